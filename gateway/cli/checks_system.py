"""What the gateway needs of this machine and of the servers around it, looked at one by one."""

import asyncio
import errno
import os
import socket
import ssl
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gateway.canned.library import faults as canned_faults
from gateway.cli.checks_site import Note, Notes, Site, ok, problem, warning
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.ingest.sockets import close, open_sockets
from gateway.outbox.setup import is_private
from gateway.outbox.smtp import Smarthost, SmtpTransport, load_smarthost
from gateway.render import Renderer, template_directories
from gateway.spam.clamd import open_scanner
from gateway.spam.open import open_engine
from gateway.store.migrate import HEAD
from gateway.tokens import load_keys

if TYPE_CHECKING:
    from gateway.accounts.reading import Message

PATIENCE = 10.0
"""Seconds at most that one check waits for another server."""


def state_directory(site: Site) -> Notes:
    """Is there a place for what must be kept?"""
    yield _writable_folder(site.config.state)


def store(site: Site) -> Notes:
    """Can the store be reached, and has it the right tables?"""
    with open_store(site.config) as opened, opened.reading():
        yield ok(f"{'SQLite' if opened.is_sqlite else 'PostgreSQL'} answers, schema {HEAD}")


def keys(site: Site) -> Notes:
    """Are the keys of reply addresses there, and nobody else's to read?"""
    ids = load_keys(site.config.keys_directory).ids
    yield ok(f"{len(ids)} in {site.config.keys_directory}; key {ids[-1]} signs")


def templates(site: Site) -> Notes:
    """Can every mail of ours be written?"""
    directories = template_directories(site.config.templates.directory)
    mistakes = [*Renderer(directories).check_templates(), *canned_faults(site.config.templates.directory)]
    yield from (problem(mistake) for mistake in mistakes)
    if not mistakes:
        yield ok(f"all can be used ({', '.join(map(str, directories))})")


def agents(site: Site) -> Notes:
    """Is there somebody who hears of tickets?"""
    if site.config.agents:
        yield ok(f"{len(site.config.agents)} named")
    else:
        yield warning("no one will be told of a new ticket", "name the people of the desk in [[agents]]")


def spam_engine(site: Site) -> Notes:
    """Does the spam engine answer?"""
    spam = site.config.spam
    if spam.engine == "none":
        yield warning('[spam] engine is "none": no mail is scanned', "install SpamAssassin and set engine")
        return
    with closing(open_engine(spam, SystemClock())) as engine:
        silence = engine.ping()
    yield problem(silence) if silence else ok(f"{spam.engine} answers")


def virus_scanner(site: Site) -> Notes:
    """Does the virus scanner answer, where there is to be one?"""
    antivirus = site.config.antivirus
    if antivirus.engine == "none":
        return
    silence = open_scanner(antivirus, SystemClock()).ping()
    yield problem(silence) if silence else ok(f"{antivirus.engine} answers")


def outbox(site: Site) -> Notes:
    """Can our mail leave?"""
    config = site.config
    kind, _, place = config.outbox.destination.partition(":")
    if kind == "maildir":
        yield _writable_folder(config.state / place, may_be_missing=True)
        says = f"mail is only written to the folder {config.state / place}; nothing is sent"
        yield warning(says, "set [outbox] destination to your smarthost")
        return
    # As `outbox.setup` names us; login and TLS are tried, no mail is sent.
    yield asyncio.run(_greet(load_smarthost(config.outbox, config.gateway.reply_domain)))
    if config.agents and config.desk.overview and not is_private(config.outbox):
        says = "mail may leave unencrypted, so agents are told nothing of accounts"
        yield warning(says, "set require_tls in [outbox], or overview = [] in [desk]")


def listeners(site: Site) -> Notes:
    """Can we listen where we are told to?"""
    ingest = site.config.ingest
    for key, section in (("smtp", ingest.smtp), ("lmtp", ingest.lmtp)):
        if section.tls_certificate or section.tls_key:
            yield _certificate(key, section.tls_certificate, section.tls_key)
        for where in section.listen:
            yield _listener(f"[ingest.{key}] listen", where)
    if not ingest.smtp.listen and not ingest.lmtp.listen and not ingest.imap:
        yield warning("there is no door", "set listen in [ingest.smtp] or [ingest.lmtp], or an [[ingest.imap]]")


def mailboxes(site: Site) -> Notes:
    """Can the servers of our mailboxes be reached, and the passwords be read?"""
    for mailbox in site.config.ingest.imap:
        for file in (mailbox.password_file, mailbox.oauth2 and mailbox.oauth2.refresh_token_file):
            if file and not os.access(file, os.R_OK):
                yield problem(f"{mailbox.name}: {file} cannot be read")
        try:
            socket.create_connection((mailbox.host, mailbox.port), timeout=PATIENCE).close()
            yield ok(f"{mailbox.name}: {mailbox.host}:{mailbox.port} can be reached")
        except OSError as error:
            yield problem(f"{mailbox.name}: {mailbox.host}:{mailbox.port}: {error.strerror or error}")


def accounts(site: Site) -> Notes:
    """Can the sources of accounts be read? Each whole, as for a refresh; nothing of it is kept."""
    from gateway.accounts.reader import read_source
    from gateway.accounts.sources import sources_of

    with TemporaryDirectory(prefix="ticket-gateway-") as scratch:
        for source in sources_of(site.config.accounts):
            try:
                with read_source(source, version="", scratch=Path(scratch), tick=lambda count: None) as snapshot:
                    yield _told(source.place, snapshot.told)
            except GatewayError as error:
                yield problem(error.reason)


def _told(place: str, told: "Message") -> Note:
    count = f"{told.accounts:,} accounts in {place}"
    if told.verified:
        return ok(f"{count}, {told.verified:,} verified addresses")
    return warning(
        f"{count}, and no address of them is verified: nobody is ever proven to be a customer",
        "have the source say `verified` where the owner has proven that the address is his",
    )


def login_page(site: Site) -> Notes:
    """Is there a way for a stranger to become a customer?"""
    url = site.config.gateway.login_url
    if url:
        yield ok(f"senders we do not know are led to {url}")
    else:
        yield warning(
            "senders we do not know are only asked to write from the address on file for them",
            "set [gateway] login_url to the page where the webshop's customers log in",
        )


def _writable_folder(folder: Path, *, may_be_missing: bool = False) -> Note:
    if not folder.is_dir():
        if may_be_missing and not folder.exists():
            return ok(f"{folder} will be made")
        return problem(f"{folder} is not there", "`ticket-gateway init` makes it")
    if not os.access(folder, os.W_OK | os.X_OK):
        return problem(f"{folder} cannot be written to by this user")
    return ok(str(folder))


async def _greet(smarthost: Smarthost) -> Note:
    where = f"{smarthost.host}:{smarthost.port}"
    probe = _Probe(replace(smarthost, timeout=min(PATIENCE, smarthost.timeout)))
    try:
        return ok(f"{where} answers, {'encrypted' if await probe.is_encrypted() else 'not encrypted'}")
    except Exception as error:
        return problem(f"{where}: {error or type(error).__name__}")
    finally:
        await asyncio.sleep(0.1)  # TLS says goodbye after the connection is closed, while the loop still turns


class _Probe(SmtpTransport):
    """Connects as for a mail, and goes away again."""

    async def is_encrypted(self) -> bool:
        client = await self._connect()
        try:
            return client.get_transport_info("ssl_object") is not None
        finally:
            with suppress(Exception):
                await client.quit(timeout=1)
            client.close()


def _certificate(key: str, certificate: Path | None, private_key: Path | None) -> Note:
    if not certificate or not private_key:
        return problem(f"[ingest.{key}] tls_certificate and tls_key belong together")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, private_key, password="")
    except OSError as error:  # ssl.SSLError is one
        return problem(f"[ingest.{key}] {certificate} and {private_key}: {error.strerror or error}")
    return ok(f"[ingest.{key}] {certificate}")


def _listener(key: str, where: str) -> Note:
    if where.startswith("systemd:"):
        return ok(f"{where} is handed over by systemd at the start")
    try:
        for listening in open_sockets(where, key=key, environ={}):
            close(listening)
    except GatewayError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
            return warning(f"{key}: {where} is taken: by this gateway if it is running, else by another program")
        return problem(error.reason)
    return ok(f"{where} is free")
