"""`ticket-gateway explain`: the stages of the real run, for mails that are not taken, without their effects (I9)."""

import hashlib
import ipaddress
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
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
from gateway.cli.standin import explaining_gateway
from gateway.cli.stored import open_store
from gateway.clock import Clock, SystemClock
from gateway.ingest.file_walk import FoundProblem
from gateway.ingest.files import FoundMail, read_sources
from gateway.model import Entry, Envelope, Via
from gateway.pipeline.decide import decide
from gateway.pipeline.explanation import explanation
from gateway.pipeline.process import Gateway, read, weigh
from gateway.store.ids import new_id
from gateway.store.outcomes import outcome_of

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StandingClock:
    """The time of day stands still; durations go on, so that budgets of seconds end."""

    at: datetime

    def now(self) -> datetime:
        """The time it was given, in UTC."""
        return self.at.astimezone(UTC)

    def monotonic(self) -> float:
        """Seconds of the machine."""
        return SystemClock().monotonic()


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
    if entries:
        _show(_decided(config_option, entries), as_json=as_json, as_lines=as_lines)
        return
    clock: Clock = StandingClock(now) if now else SystemClock()
    envelope = Envelope(
        via=Via.FILE,
        received_at=clock.now(),
        recipients=recipients,
        mail_from="" if envelope_from == "<>" else envelope_from,
        peer_ip=peer_ip,
        helo=helo,
    )
    problems: list[FoundProblem] = []
    with explaining_gateway(config_option, dns_zone, clock, warn) as (config, gateway):
        mails = _mails(paths, config.ingest.max_message_bytes, problems)
        found = _explained(gateway, mails, envelope, threads=config.pipeline.workers)
        _show(found, as_json=as_json, as_lines=as_lines)
    if problems:
        raise No(f"{len(problems)} sources could not be read")


def document_of(gateway: Gateway, mail: FoundMail, envelope: Envelope) -> Document:
    """What would become of this mail; nothing is written."""
    entry = Entry(
        id=new_id(envelope.received_at),
        envelope=replace(envelope, source=mail.source),
        raw=mail.raw,
        sha256=hashlib.sha256(mail.raw).hexdigest(),
        tries=0,
    )
    reading = read(gateway, entry)
    with gateway.store.reading() as tx:
        evidence = weigh(gateway, tx, reading)
    return explanation(evidence, decide(evidence, gateway.policy), with_text=True)


def _mails(paths: Sequence[str], limit: int, problems: list[FoundProblem]) -> Iterator[FoundMail]:
    for found in read_sources(paths, max_message_bytes=limit, one_mail=True):
        if isinstance(found, FoundMail):
            yield found
        else:
            problems.append(found)
            warn(f"{found.source}: {found.why}")


def _explained(gateway: Gateway, mails: Iterable[FoundMail], envelope: Envelope, *, threads: int) -> Iterator[Document]:
    """In the order of the mails; most of the time is waiting for DNS and the spam engine, so several at once."""
    waiting: deque[Future[Document]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="explain") as pool:
        try:
            for mail in mails:
                waiting.append(pool.submit(document_of, gateway, mail, envelope))
                while len(waiting) > 2 * threads:  # so that a large mbox does not gather in memory
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _decided(config_option: str | None, entries: Sequence[str]) -> Iterator[Document]:
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        for entry in entries:
            outcome = outcome_of(tx, entry)
            if outcome is None:
                raise No(f"there is no decided mail with the entry id {entry}")
            if not outcome.explanation:
                raise No(f"{entry}: {outcome.why}")  # shelved with nothing but its reason
            yield json.loads(outcome.explanation)


def _show(documents: Iterator[Document], *, as_json: bool, as_lines: bool) -> None:
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
