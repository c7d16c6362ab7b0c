"""The outbox worker that the configuration describes."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from gateway.clock import Clock
from gateway.config import Config, Outbox
from gateway.mail.message import Address
from gateway.outbox.compose import Composer
from gateway.outbox.deliver import Deliverer
from gateway.outbox.maildir import MaildirTransport
from gateway.outbox.record import OnFailed
from gateway.outbox.retry import Schedule
from gateway.outbox.sign import load_signer
from gateway.outbox.smtp import SmtpTransport, load_smarthost
from gateway.outbox.transport import Transport
from gateway.render import Renderer
from gateway.store.db import Store


def make_deliverer(config: Config, *, store: Store, clock: Clock, renderer: Renderer, on_failed: OnFailed) -> Deliverer:
    """A worker ready to `run`; ConfigError where `[outbox]` cannot be used (the network is not tried)."""
    outbox = config.outbox
    sender = Address(address=config.support_address, name=config.gateway.desk_name)
    return Deliverer(
        store=store,
        clock=clock,
        composer=Composer(renderer=renderer, sender=sender, signer=load_signer(outbox)),
        make_transport=transport_factory(config),
        connections=outbox.connections,
        schedule=Schedule(
            first=timedelta(seconds=outbox.first_retry_seconds),
            longest=timedelta(seconds=outbox.longest_retry_seconds),
            give_up_after=timedelta(days=outbox.give_up_days),
        ),
        on_failed=on_failed,
    )


def is_private(config: Outbox) -> bool:
    """Does mail leave over TLS for certain, or not leave this machine? Beyond the smarthost nobody can say."""
    scheme, host = urlsplit(config.destination).scheme, urlsplit(config.destination).hostname or ""
    return scheme in ("maildir", "smtps") or config.require_tls or bool(config.user) or _is_here(host)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "localhost.localdomain")


def transport_factory(config: Config) -> Callable[[], Transport]:
    """What makes a way out to the configured destination."""
    destination = config.outbox.destination
    if destination.startswith("maildir:"):
        folder = config.state / Path(destination.removeprefix("maildir:"))
        return lambda: MaildirTransport(folder)
    # Null reverse paths are checked by the name of EHLO (RFC 7208 §2.4): ours must be of our domain.
    smarthost = load_smarthost(config.outbox, config.gateway.reply_domain)
    return lambda: SmtpTransport(smarthost)
