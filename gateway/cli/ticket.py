"""`ticket-gateway ticket`: tickets as operators read them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.documents import author_in_words, identity_in_words
from gateway.cli.failure import No
from gateway.cli.screen import Column, cell_text, iso, json_option, show_json, show_panel, show_table
from gateway.cli.stored import open_store
from gateway.cli.ticket_acts import ACTS, NUMBER
from gateway.cli.ticket_queue import queue
from gateway.model import Article, ArticleKind, Event, StoredAttachment, Ticket, TicketState
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.store.outbox import leaves_at
from gateway.store.outcomes import outcome_of
from gateway.tickets.state import FINISHED
from gateway.topics.names import TOPIC_NAMES

UNFINISHED = tuple(state for state in TicketState if state not in FINISHED)


@click.group()
def ticket() -> None:
    """Read tickets and act on them.

    What is done here stands in the ticket's story, like what agents do by mail.
    """


for act in (*ACTS, queue):
    ticket.add_command(act)


@ticket.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in TicketState]),
    help="Only these (repeatable); else all that are not solved or closed.",
)
@click.option("--all", "all_states", is_flag=True, help="Solved and closed ones too.")
@click.option("--account", metavar="ID", help="Of this account, in any state.")
@click.option(
    "--topic", metavar="NAME", type=click.Choice(TOPIC_NAMES), help="Of this topic; `topics show` lists them."
)
@click.option("--team", metavar="NAME", help="Of this team.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_tickets(
    config_option: str | None,
    states: tuple[str, ...],
    all_states: bool,
    account: str | None,
    topic: str | None,
    team: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List tickets, the ones touched last first."""
    wanted = tuple(map(TicketState, states)) or (tuple(TicketState) if all_states else UNFINISHED)
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        if account is None:
            found = store.list_tickets(tx, states=wanted, limit=limit, topic=topic or "", team=team or "")
        else:
            of_account = store.tickets_of_account(tx, account, limit=limit)
            found = [
                each for each in of_account if (topic or each.topic) == each.topic and (team or each.team) == each.team
            ]
    if as_json:
        show_json([document(each) for each in found])
        return
    show_table(
        [
            Column("No", right=True),
            Column("State"),
            Column("Last touched"),
            Column("Correspondent", flexible=True),
            Column("Subject", flexible=True),
        ],
        ((each.id, _state(each), each.updated_at, each.correspondent, each.subject) for each in found),
        nothing="There are no such tickets.",
    )


@ticket.command()
@NUMBER
@json_option
@click.pass_obj
def show(config_option: str | None, number: int, as_json: bool) -> None:
    """Show a ticket with its articles and its story."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = store.ticket_by_id(tx, number)
        if found is None:
            raise No(f"there is no ticket {number}")
        articles = [_shown(tx, article) for article in store.articles(tx, number)]
        events = store.events(tx, number)
    if as_json:
        show_json(_whole(found, articles, events))
        return
    show_panel(f"Ticket {found.id}: {found.subject}", _facts(found))
    for each in articles:
        show_panel(_heading(each.article), _about(each), below=each.article.text)
    show_table(
        [Column("When"), Column("What"), Column("Who", flexible=True), Column("Details", flexible=True)],
        ((event.at, event.kind.replace("_", " "), event.actor, event.detail) for event in events),
        nothing="It has no story yet.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An article, its files, and what was found about the mail that it came in with."""

    article: Article
    files: list[StoredAttachment]
    explanation: dict[str, Any]
    """The `explain` document of the decision; empty for what the desk wrote."""
    decision: str
    leaves_at: datetime | None
    """Of an answer that waits, because its author may still take it back."""


def _shown(tx: Tx, article: Article) -> _Shown:
    outcome = outcome_of(tx, article.entry_id) if article.entry_id and article.kind is ArticleKind.IN else None
    return _Shown(
        article=article,
        files=store.attachments(tx, article.id),
        explanation=json.loads(outcome.explanation) if outcome and outcome.explanation else {},
        decision=outcome.why if outcome else "",
        leaves_at=_leaves_at(tx, article),
    )


def _leaves_at(tx: Tx, article: Article) -> datetime | None:
    at = leaves_at(tx, article.message_id) if article.kind is ArticleKind.OUT else None
    return at if at and at > article.at else None


def document(found: Ticket) -> dict[str, Any]:
    """A ticket for tools; the keys are a contract."""
    return {
        "number": found.id,
        "state": found.state.value,
        "subject": found.subject,
        "correspondent": {"name": found.correspondent_name, "address": found.correspondent},
        "confirmed": found.confirmed,
        "account": found.account_id,
        "shop": found.shop_id,
        "language": found.language,
        "assignee": found.assignee,
        "topic": found.topic or None,
        "team": found.team or None,
        "priority": found.priority.value,
        "due_at": iso(found.due_at),
        "opened_at": iso(found.opened_at),
        "updated_at": iso(found.updated_at),
        "closed_at": iso(found.closed_at),
    }


def _whole(found: Ticket, articles: list[_Shown], events: list[Event]) -> dict[str, Any]:
    story = [
        {"at": iso(event.at), "kind": event.kind, "actor": event.actor, "detail": event.detail} for event in events
    ]
    return document(found) | {"articles": [_article(each) for each in articles], "events": story}


def _evidence(shown: _Shown) -> dict[str, Any] | None:
    """Who wrote it, as far as it is proven; None for what the desk wrote."""
    if not shown.explanation:
        return None
    authentication, identity = shown.explanation.get("authentication", {}), shown.explanation.get("identity", {})
    return {
        "grade": authentication.get("grade"),
        "why": authentication.get("why"),
        "sender": identity.get("sender"),
        "token": identity.get("token"),
        "decision": shown.decision,
    }


def _article(shown: _Shown) -> dict[str, Any]:
    article = shown.article
    return {
        "id": article.id,
        "entry": article.entry_id,
        "kind": article.kind.value,
        "at": iso(article.at),
        "author": {"name": article.author_name, "address": article.author},
        "confirmed": article.confirmed,
        "message_id": article.message_id,
        "subject": article.subject,
        "text": article.text,
        "reply": article.reply,
        "attachments": [
            {
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
                "sha256": file.sha256,
                "inline": file.inline,
            }
            for file in shown.files
        ],
        "defects": list(article.defects),
        "leaves_at": iso(shown.leaves_at),
        "evidence": _evidence(shown),
    }


def _state(found: Ticket) -> str:
    return found.state.replace("_", " ") + ("" if found.confirmed else " (unconfirmed)")


def _facts(found: Ticket) -> list[tuple[str, str]]:
    facts = (
        ("State", _state(found)),
        ("Correspondent", person(found.correspondent, found.correspondent_name)),
        ("Account", found.account_id),
        ("Shop", found.shop_id),
        ("Language", found.language),
        ("Assigned to", found.assignee),
        ("Topic", found.topic),
        ("Team", found.team),
        ("Priority", found.priority.value),
        ("Due", found.due_at),
        ("Opened", found.opened_at),
        ("Last touched", found.updated_at),
        ("Finished", found.closed_at),
    )
    return [(name, cell_text(value)) for name, value in facts if value]


def person(address: str, name: str) -> str:
    """The address first: a display name is whatever its writer likes."""
    return f"{address} ({name})" if name and "@" not in name else address


_KINDS = {
    ArticleKind.IN: "from",
    ArticleKind.OUT: "answer by",
    ArticleKind.INTERNAL: "note by",
    ArticleKind.WITHDRAWN: "taken back by",
}


def _heading(article: Article) -> str:
    return f"{cell_text(article.at)}, {_KINDS[article.kind]} {person(article.author, article.author_name)}"


def _about(shown: _Shown) -> list[tuple[str, str]]:
    article = shown.article
    rows = [
        ("Author", cell_text(author_in_words(shown.explanation))),
        ("Identity", cell_text(identity_in_words(shown.explanation))),
        ("Decision", cell_text(shown.decision)),
        ("Unconfirmed", "" if article.confirmed else "it is not proven that this author wrote it"),
        ("Leaves at", f"{cell_text(shown.leaves_at)}; until then #undo takes it back" if shown.leaves_at else ""),
    ]
    rows += [("File", cell_text(f"{file.filename} ({file.content_type}, {file.size:,} bytes)")) for file in shown.files]
    return [row for row in rows if row[1]] + [("Defect", cell_text(defect)) for defect in article.defects]
