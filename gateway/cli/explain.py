"""`ticket-gateway explain`: the stages of the real run, for mails that are not taken, without their effects (I9)."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.context import reverse_path
from gateway.cli.documents import show_document
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import json_option, show_json, show_json_line, warn
from gateway.clock import SystemClock
from gateway.model import Envelope, Via

if TYPE_CHECKING:
    from gateway.ingest.file_walk import FoundProblem


def _moment(_ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError as error:
        raise click.BadParameter(f"{value} is no time such as 2026-09-01T10:00:00+03:00") from error
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _ip_address(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(value)) if value else None
    except ValueError as error:
        raise click.BadParameter(f"{value} is no IP address") from error


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--entry", "entries", metavar="ID", multiple=True, help="A mail that was decided, by its entry id.")
@click.option("--envelope-from", metavar="ADDRESS", help="The reverse path (MAIL FROM); <> for the null one.")
@click.option("--rcpt", "recipients", metavar="ADDRESS", multiple=True, help="A recipient (RCPT TO; repeatable).")
@click.option("--peer-ip", metavar="IP", callback=_ip_address, help="The address of the server that would send it.")
@click.option("--helo", metavar="NAME", help="What that server would call itself.")
@click.option("--now", metavar="TIME", callback=_moment, help="When it would come (ISO 8601); else now.")
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

    PATH is a mail, an mbox, a Maildir or a folder of these; - is one mail on standard input. Uses the same code as the
    real run; nothing is kept and nothing is sent. The options stand for what only the SMTP dialogue would know.

    It works anywhere: where there is no configuration, key or store, it says so on standard error and explains the mail
    as that of somebody unknown. --json gives one object for one mail, a list for several.
    """
    if bool(paths) == bool(entries):
        raise click.UsageError("name mails by PATH, or decided ones by --entry ID")
    # All stages and their libraries: too much for --help.
    from gateway.cli import explaining
    from gateway.cli.standin import explaining_gateway

    if entries:
        _show(explaining.decided(config_option, entries), as_json=as_json, as_lines=as_lines)
        return
    clock = explaining.StandingClock(now) if now else SystemClock()
    envelope = Envelope(
        via=Via.FILE,
        received_at=clock.now(),
        recipients=recipients,
        mail_from=reverse_path(envelope_from),
        peer_ip=peer_ip,
        helo=helo,
    )
    problems: list[FoundProblem] = []
    with explaining_gateway(config_option, dns_zone, clock, warn) as (config, gateway):
        mails = explaining.found_mails(paths, config.ingest.max_message_bytes, problems)
        found = explaining.explained(gateway, mails, envelope, threads=config.pipeline.workers)
        _show(found, as_json=as_json, as_lines=as_lines)
    if problems:
        raise No(f"{len(problems)} sources could not be read")


def _show(documents: Iterator[dict[str, Any]], *, as_json: bool, as_lines: bool) -> None:
    if as_json and as_lines:
        raise Wrong("--json and --jsonl exclude each other")
    if as_json:
        found = list(documents)
        show_json(found[0] if len(found) == 1 else found)
        return
    for document in documents:
        if as_lines:
            show_json_line(document)
        else:
            show_document(document, document["source"])
