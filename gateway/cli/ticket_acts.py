"""What an operator does to a ticket: each act is one transaction and leaves its line in the ticket's story."""

import hashlib
import mimetypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click

from gateway.cli.context import load_config, operator
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import say
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import AgentSection, Config
from gateway.model import ArticleKind, StoredAttachment, Ticket
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets import change
from gateway.tickets.state import Happening
from gateway.tokens import Purpose, canonical_address

NUMBER = click.argument("number", metavar="NUMBER", type=click.IntRange(1))
AS = click.option("--as", "agent", metavar="AGENT", help="In the name of this agent of the configuration.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An open transaction on one ticket, and in whose name."""

    tx: Tx
    ticket: Ticket
    actor: str
    address: str
    """Of the agent, or the support address where the operator acts as himself."""
    at: datetime


def _text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where the words come from."""
    command = click.option("--file", "source", type=click.File(encoding="utf-8"), help="Read the text from a file.")(
        command
    )
    return click.option("--text", help="The text; without it and --file it is read from standard input.")(command)


@click.command()
@NUMBER
@_text_options
@click.option(
    "--attach",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file to send with it (repeatable).",
)
@AS
@click.pass_obj
def reply(
    config_option: str | None,
    number: int,
    text: str | None,
    source: TextIO | None,
    files: tuple[Path, ...],
    agent: str | None,
) -> None:
    """Answer the correspondent of a ticket.

    Goes out like an agent's answer: from the support address, in the correspondent's own thread.
    """
    config = load_config(config_option)
    answer = _words(text, source)
    with _acting(config, number, agent) as act:
        if not act.ticket.correspondent:
            raise No(f"ticket {number} has no address that could be answered")
        taken = _take(act) if agent else act
        _send(taken, config, answer, files)
        change.move(act.tx, taken.ticket, Happening.AGENT_ANSWERED, actor=act.actor, at=act.at)
    say(f"The answer to ticket {number} is in the outbox.")


@click.command()
@NUMBER
@_text_options
@AS
@click.pass_obj
def note(config_option: str | None, number: int, text: str | None, source: TextIO | None, agent: str | None) -> None:
    """Add a note that only the desk sees."""
    words = _words(text, source)
    with _acting(load_config(config_option), number, agent) as act:
        _add_text(act, ArticleKind.INTERNAL, words)
        _story(act, "note", "a note for the desk")
    say(f"The note is in ticket {number}.")


@click.command()
@NUMBER
@click.argument("agent")
@click.pass_obj
def assign(config_option: str | None, number: int, agent: str) -> None:
    """Give a ticket to an agent, named by address or name."""
    config = load_config(config_option)
    chosen = _agent(config, agent)
    with _acting(config, number, None) as act:
        change.assign(act.tx, act.ticket, canonical_address(chosen.address), actor=act.actor, at=act.at)
    say(f"Ticket {number} belongs to {chosen.name} now.")


@click.command()
@NUMBER
@AS
@click.pass_obj
def solve(config_option: str | None, number: int, agent: str | None) -> None:
    """Mark a ticket as solved."""
    _move(config_option, number, agent, Happening.SOLVED)


@click.command()
@NUMBER
@AS
@click.pass_obj
def close(config_option: str | None, number: int, agent: str | None) -> None:
    """Close a ticket; a further mail of its correspondent opens it again."""
    _move(config_option, number, agent, Happening.CLOSED)


ACTS = (reply, note, assign, solve, close)


def _move(config_option: str | None, number: int, agent: str | None, happening: Happening) -> None:
    with _acting(load_config(config_option), number, agent) as act:
        moved = change.move(act.tx, act.ticket, happening, actor=act.actor, at=act.at)
    say(f"Ticket {number} is {moved.state.replace('_', ' ')}.")


@contextmanager
def _acting(config: Config, number: int, agent: str | None) -> Iterator[Act]:
    chosen = _agent(config, agent) if agent else None
    with open_store(config) as opened, opened.transaction() as tx:
        found = _ticket(tx, number)
        opened.lock_names(tx, [f"ticket {found.ref}"])  # as the pipeline does: a mail may just be acting on it
        yield Act(
            tx=tx,
            ticket=_ticket(tx, number),
            actor=chosen.name if chosen else operator(),
            address=canonical_address(chosen.address if chosen else config.support_address),
            at=SystemClock().now(),
        )


def _ticket(tx: Tx, number: int) -> Ticket:
    found = store.ticket_by_id(tx, number)
    if found is None:
        raise No(f"there is no ticket {number}")
    return found


def _agent(config: Config, name: str) -> AgentSection:
    wanted = name.casefold()
    found = [each for each in config.agents if wanted in (each.name.casefold(), each.address.casefold())]
    if not found:
        known = ", ".join(each.name for each in config.agents) or "none"
        raise Wrong(f"[[agents]] names nobody as {name}; there are: {known}")
    return found[0]


def _words(text: str | None, source: TextIO | None) -> str:
    if text is not None and source is not None:
        raise click.UsageError("--text and --file exclude each other")
    try:
        words = text if text is not None else source.read() if source else sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Wrong(f"the text is not UTF-8 (byte {error.start})") from error
    if not words.strip():
        raise Wrong("there is no text: give it by --text, --file or standard input")
    return words.strip()


def _take(act: Act) -> Act:
    """As by mail: who answers a ticket that nobody has, has it."""
    if act.ticket.assignee is not None:
        return act
    taken = change.assign(act.tx, act.ticket, act.address, actor=act.actor, at=act.at)
    return Act(tx=act.tx, ticket=taken, actor=act.actor, address=act.address, at=act.at)


def _send(act: Act, config: Config, answer: str, files: tuple[Path, ...]) -> None:
    from gateway.assemble import desk_of
    from gateway.tickets import held, letters

    desk = desk_of(config)
    ticket = act.ticket
    attached = [_keep(act.tx, file) for file in files]
    message_id = desk.message_id(Purpose.MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=act.at)
    held.note_answer(act.tx, ticket, by=act.actor, at=act.at)
    # Enqueued before the article is written, so that the thread it answers ends with the customer's mail.
    letters.send_answer(act.tx, desk, ticket, text=answer, attachments=attached, message_id=message_id, at=act.at)
    article_id = _add_text(act, ArticleKind.OUT, answer, message_id)
    for file in attached:
        store.insert_attachment(act.tx, article_id, file)
    _story(act, "answer", f"to {ticket.correspondent}")


def _keep(tx: Tx, file: Path) -> StoredAttachment:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Wrong(f"{file}: {error.strerror}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    store.insert_blob(tx, sha256, content)
    return StoredAttachment(
        sha256=sha256,
        filename=file.name,
        content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        size=len(content),
        inline=False,
        content_id="",
    )


def _add_text(act: Act, kind: ArticleKind, text: str, message_id: str = "") -> int:
    return change.add_text(
        act.tx,
        act.ticket,
        kind=kind,
        author=act.address,
        author_name=act.actor,
        text=text,
        at=act.at,
        message_id=message_id,
    )


def _story(act: Act, kind: str, detail: str) -> None:
    change.note(act.tx, act.ticket, kind=kind, actor=act.actor, detail=detail, at=act.at)
