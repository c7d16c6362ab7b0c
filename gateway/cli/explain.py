"""`ticket-gateway explain`: the stages of the real run, for mails that are not taken, without their effects (I9)."""

import ipaddress
import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.documents import show_document
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import json_option, show_json, show_json_line, warn
from gateway.clock import Clock, SystemClock
from gateway.model import Envelope, Via


@dataclass(frozen=True, slots=True)
class StandingClock(SystemClock):
    """The time of day stands still; durations go on, so that budgets of seconds end."""

    at: datetime

    def now(self) -> datetime:
        """The time it was given, in UTC."""
        return self.at.astimezone(UTC)


class _Moment(click.ParamType):
    """A time as ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no time such as 2026-09-01T10:00:00+03:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _IpAddress(click.ParamType):
    """An IP address in its canonical spelling."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError:
            self.fail(f"{value} is no IP address", param, ctx)


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--entry", "entries", metavar="ID", multiple=True, help="A mail that was decided, by its entry id.")
@click.option("--envelope-from", metavar="ADDRESS", help="The reverse path (MAIL FROM); <> for the null one.")
@click.option("--rcpt", "recipients", metavar="ADDRESS", multiple=True, help="A recipient (RCPT TO; repeatable).")
@click.option("--peer-ip", metavar="IP", type=_IpAddress(), help="The address of the server that would send it.")
@click.option("--helo", metavar="NAME", help="What that server would call itself.")
@click.option("--now", metavar="TIME", type=_Moment(), help="When it would come (ISO 8601); else now.")
@click.option(
    "--dns-zone",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Answer DNS from this master file (RFC 1035).",
)
@json_option
@click.option("--jsonl", "as_lines", is_flag=True, help="One JSON object a line, each as soon as it is known.")
@click.pass_obj
def explain(
    config_option: str | None,
    paths: tuple[str, ...],
    entries: tuple[str, ...],
    envelope_from: str | None,
    recipients: tuple[str, ...],
    peer_ip: str | None,
    helo: str | None,
    now: datetime | None,
    dns_zone: Path | None,
    as_json: bool,
    as_lines: bool,
) -> None:
    """Tell what would become of a mail, and why, without doing it.

    PATH is a file, an mbox, a Maildir, a folder, or - for standard input. Uses the same code as the real run; nothing
    is written and nothing is sent. The options stand for what only the SMTP dialogue would know.

    It works anywhere: without a configuration, keys or store it says so on standard error and explains the mail as that
    of somebody unknown. --json gives one object for one mail and a list for several.
    """
    if not paths and not entries:
        raise click.UsageError("name mails by PATH, or decided ones by --entry ID")
    if entries:
        documents = _decided(config_option, entries)
        _show(documents, as_json=as_json, as_lines=as_lines, is_one=len(entries) == 1)
        if not paths:
            return
    clock = StandingClock(now) if now else SystemClock()
    envelope = Envelope(
        via=Via.FILE,
        received_at=clock.now(),
        recipients=recipients,
        mail_from="" if envelope_from == "<>" else envelope_from,
        peer_ip=peer_ip,
        helo=helo,
    )
