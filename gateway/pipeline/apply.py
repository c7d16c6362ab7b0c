"""Plan → effects: the only writer. Everything here happens in the one transaction that also holds the outcome (I3)."""

import json
from collections.abc import Callable

from gateway.authn.result import Authentication
from gateway.model import ArticleKind, Participant, Role, Ticket
from gateway.pipeline import asking, following, participating
from gateway.pipeline.answering import commands
from gateway.pipeline.away import note_return
from gateway.pipeline.effect import Doer, Effect, has_just_written, held_ticket
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.explanation import explanation
from gateway.pipeline.machines import class_of
from gateway.pipeline.past import remember
from gateway.pipeline.plan import Action, Plan
from gateway.pipeline.policy import Column
from gateway.pipeline.recording import record
from gateway.pipeline.relation import column_of, strength_of
from gateway.pipeline.scanning import remember_unscanned
from gateway.pipeline.starting import start
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.virus import VirusReport, VirusState
from gateway.store.outcomes import Outcome, insert_outcome
from gateway.tickets import change, notifications, undeliverable
from gateway.tickets.state import Happening


def apply(doer: Doer, evidence: Evidence, plan: Plan) -> Outcome:
    """Do what the plan says and write the outcome."""
    author = evidence.reading.message.author
    if author and column_of(evidence) is Column.PROVEN:
        undeliverable.is_reached_again(doer.tx, author.address)
    note_return(doer, evidence, plan)
    effect = EFFECTS[plan.action](doer, evidence, plan)
    outcome = Outcome(
        entry_id=evidence.reading.entry.id,
        decided_at=doer.at,
        action=plan.action.value,
        why=plan.why,
        mail_class=class_of(evidence.reading).value,
        ticket_id=effect.ticket_id,
        article_id=effect.article_id,
        duplicate_of=evidence.duplicate_of,
        # Looked up by content, a thousand copies would all be found: only the first of them is.
        content_key="" if plan.action is Action.DUPLICATE else evidence.reading.content_key,
        explanation=json.dumps(explanation(evidence, plan), ensure_ascii=False, separators=(",", ":")),
    )
    insert_outcome(doer.tx, outcome)
    remember_unscanned(doer, evidence, outcome)
    remember(doer, evidence, plan)
    asking.count(doer, evidence, plan)
    return outcome


def open_ticket(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """A new ticket; the automatic mail that the plan has; word to the agents."""
    confirmed = plan.action is Action.OPEN
    owner = change.Owner(
        confirmed=confirmed,
        account_id=plan.account.id if plan.account else None,
        shop_id=plan.shop.id if plan.shop else None,
        language=plan.language,
        topic=plan.topic,
        team=plan.team,
    )
    ticket = change.open_ticket(
        doer.tx, evidence.reading.message, owner=owner, hours=doer.desk.hours, why=plan.why, at=doer.mail_at
    )
    article_id = _add(doer, evidence, ticket, confirmed=confirmed)
    following.note_shop(doer, plan, ticket)
    following.link(doer, plan, ticket)
    following.reply(doer, evidence, plan, ticket, is_first=True)
    following.ask_owners(doer, evidence, plan, ticket)
    if plan.notify:
        _notify(doer, evidence, ticket, article_id, is_first=True)
    return Effect(ticket_id=ticket.id, article_id=article_id)


def append(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """One more article of a ticket; only a confirmed one moves its state."""
    ticket = held_ticket(doer, evidence)
    if plan.participant:
        return _answer_of(plan.participant, doer, evidence, plan, ticket)
    confirmed = plan.action is Action.APPEND
    article_id = _add(doer, evidence, ticket, confirmed=confirmed)
    author = evidence.reading.message.author
    actor = author.address if author else ""
    following.note_rating(doer, plan, ticket)
    if confirmed and plan.answer is None and not plan.stays:
        hours = doer.desk.hours
        ticket = change.move(doer.tx, ticket, Happening.CUSTOMER_WROTE, hours=hours, actor=actor, at=doer.at)
    change.note(
        doer.tx,
        ticket,
        kind="article" if confirmed else "unconfirmed_article",
        actor=actor,
        detail=plan.why,
        at=doer.at,
    )
    ticket, has_told = _follow(doer, evidence, plan, ticket)
    if plan.notify and not has_told:
        _notify(doer, evidence, ticket, article_id, denial=following.denial(plan, ticket))
    return Effect(ticket_id=ticket.id, article_id=article_id)


def _answer_of(participant: Participant, doer: Doer, evidence: Evidence, plan: Plan, ticket: Ticket) -> Effect:
    """What somebody wrote who was asked for help, or invited: nothing of a customer's mail follows from it."""
    ticket, article_id = participating.take(doer, evidence, plan, participant, ticket)
    if participant.role is Role.INVITED:
        _notify(doer, evidence, ticket, article_id, guest=participant)
    return Effect(ticket_id=ticket.id, article_id=article_id)


def _follow(doer: Doer, evidence: Evidence, plan: Plan, ticket: Ticket) -> tuple[Ticket, bool]:
    """The ticket as it is then; and were agents told already?"""
    if plan.answer:
        settled = following.settle(doer, evidence, plan, ticket)
        return settled.ticket, settled.has_told
    following.note_denial(doer, plan, ticket)
    ticket = following.bind(doer, plan, ticket)
    following.note_shop(doer, plan, ticket)
    following.reply(doer, evidence, plan, ticket)
    return ticket, False


def orders(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """An agent's mail: about a ticket, or to begin something."""
    return start(doer, evidence, plan) if plan.start else commands(doer, evidence, plan)


def keep_aside(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """Held, or known already: the outcome says it all."""
    return Effect()


EFFECTS: dict[Action, Callable[[Doer, Evidence, Plan], Effect]] = {
    Action.OPEN: open_ticket,
    Action.OPEN_UNCONFIRMED: open_ticket,
    Action.APPEND: append,
    Action.APPEND_UNCONFIRMED: append,
    Action.COMMANDS: orders,
    Action.RECORD: record,
    Action.HOLD: keep_aside,
    Action.REJECT: keep_aside,
    Action.DUPLICATE: keep_aside,
    Action.POISON: open_ticket,
}


def _add(doer: Doer, evidence: Evidence, ticket: Ticket, *, confirmed: bool) -> int:
    return change.add_mail(
        doer.tx,
        ticket,
        evidence.reading.message,
        kind=ArticleKind.IN,
        entry_id=evidence.reading.entry.id,
        confirmed=confirmed,
        at=doer.mail_at,
    )


def _notify(
    doer: Doer,
    evidence: Evidence,
    ticket: Ticket,
    article_id: int,
    *,
    denial: str = "",
    guest: Participant | None = None,
    is_first: bool = False,
) -> None:
    """`guest` is who was invited: that he has a reply address of the ticket makes him no customer."""
    reading = evidence.reading
    message = reading.message
    invited = f"{guest.address} was invited into the ticket by {guest.by}" if guest else ""
    notifications.send_notification(
        doer.tx,
        doer.desk,
        evidence.agents,
        ticket,
        article_id,
        message,
        notifications.Circumstances(
            identity="; ".join(filter(None, (invited, denial, _identity_in_words(reading.authentication, evidence)))),
            grade=reading.authentication.grade.value,
            standing="" if guest else evidence.sender.standing.value,
            strength="" if guest else strength_of(evidence).value,
            spam=_spam_in_words(reading.spam),
            delivery="" if has_just_written(evidence, ticket) else undeliverable.in_words(doer.tx, ticket, at=doer.at),
            account=evidence.shop.account or evidence.sender.account,
            accounts=evidence.sender.accounts or evidence.sender.claimed,
            defects=tuple(filter(None, (virus_in_words(reading.virus), *message.defects, message.unparsed))),
        ),
        at=doer.at,
        is_first=is_first,
    )


def _identity_in_words(authentication: Authentication, evidence: Evidence) -> str:
    return f"{evidence.sender.why}; {authentication.why}; {evidence.reading.token.why}"


def virus_in_words(report: VirusReport) -> str:
    """What agents are told: that it was looked for and not found they need not read."""
    if report.state is VirusState.FOUND:
        return f"there is a virus in it: {report.name}"
    return f"not checked for viruses: {report.why}" if report.state is VirusState.UNSCANNED else ""


def _spam_in_words(report: SpamReport) -> str:
    return "" if report.state is ScanState.SCANNED else f"{report.state}: {report.why}"
