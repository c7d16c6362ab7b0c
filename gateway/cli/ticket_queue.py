"""`ticket-gateway ticket queue`: what waits for the desk, in the order in which it is to be answered, and why."""

from datetime import datetime
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import Column, Styled, cell_text, iso, json_option, show_json, show_panel, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.hours.deadline import Nearness, nearness, waiting_since
from gateway.hours.desk_hours import DeskHours
from gateway.model import Agent
from gateway.queue.order import Placed, is_of_stranger
from gateway.queue.words import due_in_words, span_in_words, why

_STYLES = {Nearness.PASSED: "bold red", Nearness.NEAR: "yellow", Nearness.FAR: ""}
_COLUMNS = (
    Column("Place", right=True),
    Column("No", right=True),
    Column("Due"),
    Column("Priority"),
    Column("Correspondent", flexible=True),
    Column("Account"),
    Column("Why here", flexible=True),
    Column("Agent", flexible=True),
    Column("Team"),
    Column("Lang"),
)


@click.command("queue")
@click.option("--agent", metavar="AGENT", help="Only what this agent of the configuration may be handed.")
@click.option("--team", metavar="TEAM", help="Only tickets of this team.")
@click.option("--language", metavar="CODE", help="Only tickets in this language.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@click.option("--explain", "explained", metavar="NUMBER", type=click.IntRange(1), help="How this ticket got its place.")
@json_option
@click.pass_obj
def queue(
    config_option: str | None,
    agent: str | None,
    team: str | None,
    language: str | None,
    limit: int,
    explained: int | None,
    as_json: bool,
) -> None:
    """List what waits for the desk, the first to be answered first.

    By deadline, and by how rarely the account asks; "Due" is told in working time. The formula is explained in
    docs/queue.md.
    """
    from gateway.assemble import hours_of
    from gateway.queue.look import look

    config, now = load_config(config_option), SystemClock().now()
    hours = hours_of(config)
    with open_store(config) as opened, opened.reading() as tx:
        placed = look(tx, hours, now)
    if explained is not None:
        _explain(placed, explained, hours, now, as_json=as_json)
        return
    found = [
        one
        for one in placed
        if team in (None, one.ticket.team)
        and language in (None, one.ticket.language)
        and (agent is None or _may(config, agent, one, hours, now))
    ]
    if as_json:
        show_json([document(one, hours, now) for one in found[:limit]])
        return
    show_table(_COLUMNS, (_row(one, hours, now) for one in found[:limit]), nothing="Nothing waits for the desk.")
    if len(found) > limit:
        click.echo(f"\n{len(found) - limit} more wait behind them.")


def document(placed: Placed, hours: DeskHours, now: datetime) -> dict[str, Any]:
    """A ticket and its place for tools; the keys are a contract. Spans are minutes of working time."""
    ticket, terms = placed.ticket, placed.terms
    return {
        "rank": placed.rank,
        "number": ticket.id,
        "subject": ticket.subject,
        "correspondent": {"name": ticket.correspondent_name, "address": ticket.correspondent},
        "account": ticket.account_id,
        "proven_customer": not is_of_stranger(ticket),
        "priority": ticket.priority.value,
        "waiting_since": iso(waiting_since(ticket)),
        "due_at": iso(terms.due_at),
        "due": due_in_words(hours, terms.due_at, now),
        "stands_at": iso(terms.stands_at),
        "terms": {
            "mails": terms.mails,
            "asks_minutes": terms.asks.total_seconds() / 60,
            "before": terms.before,
            "turn_minutes": terms.turn.total_seconds() / 60,
            "stranger_minutes": terms.stranger.total_seconds() / 60,
        },
        "why": why(placed),
        "assignee": ticket.assignee,
        "team": ticket.team or None,
        "topic": ticket.topic or None,
        "language": ticket.language,
    }


def _row(placed: Placed, hours: DeskHours, now: datetime) -> tuple[object, ...]:
    ticket, terms = placed.ticket, placed.terms
    due = Styled(due_in_words(hours, terms.due_at, now), _STYLES[nearness(hours, ticket, now)])
    return (
        placed.rank,
        ticket.id,
        due,
        ticket.priority.value,
        ticket.correspondent,
        ticket.account_id,
        why(placed),
        ticket.assignee,
        ticket.team,
        ticket.language,
    )


def _explain(placed: list[Placed], number: int, hours: DeskHours, now: datetime, *, as_json: bool) -> None:
    found = next((one for one in placed if one.ticket.id == number), None)
    if found is None:
        raise No(f"ticket {number} does not wait for the desk")
    if as_json:
        show_json(document(found, hours, now))
        return
    ticket, terms = found.ticket, found.terms
    show_panel(
        f"Ticket {number}: place {found.rank} of {len(placed)}",
        [
            ("Waits since", cell_text(waiting_since(ticket))),
            ("To be answered", f"{cell_text(terms.due_at)} ({due_in_words(hours, terms.due_at, now)})"),
            ("+ asks", f"{span_in_words(terms.asks)} ({terms.mails} mails of the account count)"),
            ("+ turn", f"{span_in_words(terms.turn)} ({terms.before} tickets of the account come before it)"),
            ("+ stranger", span_in_words(terms.stranger)),
            ("= stands at", cell_text(terms.stands_at)),
            ("Why", cell_text(why(found))),
        ],
    )


def _may(config: Config, name: str, placed: Placed, hours: DeskHours, now: datetime) -> bool:
    from gateway.basis import agents_of
    from gateway.queue.who_may import may_serve

    agents = agents_of(config)
    return may_serve(_agent(agents, name), placed.ticket, agents=agents, hours=hours, at=now)


def _agent(agents: tuple[Agent, ...], name: str) -> Agent:
    wanted = name.casefold()
    found = [each for each in agents if wanted in (each.name.casefold(), each.address.casefold())]
    if not found:
        raise Wrong(
            f"[[agents]] names nobody as {name}; there are: {', '.join(each.name for each in agents) or 'none'}"
        )
    return found[0]
