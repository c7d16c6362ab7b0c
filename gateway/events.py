"""What the log is told: one typed function for each event, one line for each call.

Every line about a mail carries its entry id. Never in a line: the text or subject of a mail, a token, a Message-ID
(ours hold tokens), a password. `docs/events.md` lists every event; a test holds the two together. How a line looks is
the business of `gateway.logs`.
"""

import dataclasses
import logging
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import GatewayError
from gateway.logs import configure as configure

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LOGGER = logging.getLogger("ticket-gateway")
_QUIET_MAILBOX_EVENTS = ("connected", "took", "released")


def _event(name: str, level: int, **fields: Any) -> None:
    if LOGGER.isEnabledFor(level):
        told = {"fields": {key: value for key, value in fields.items() if value is not None}}
        # As `Logger.log` does, but it also looks for the caller's line, which no event tells.
        LOGGER.handle(LOGGER.makeRecord(LOGGER.name, level, "", 0, name, (), None, extra=told))


# --- the process ---


def started(version: str, store: str) -> None:
    """The gateway takes mail; `store` is "sqlite" or "postgresql", never a URL, which may hold a password."""
    _event("started", logging.INFO, version=version, store=store)


def stopping(reason: str) -> None:
    """No new mail is taken; what is in work is finished."""
    _event("stopping", logging.INFO, reason=reason)


def stopped(seconds: float) -> None:
    """The gateway has ended in order; `seconds` is how long that took."""
    _event("stopped", logging.INFO, seconds=round(seconds, 3))


def reloaded() -> None:
    """The listeners' certificates were read again (SIGHUP)."""
    _event("reloaded", logging.INFO)


def reload_failed(error: str) -> None:
    """The certificates could not be read again; the old ones stay in use."""
    _event("reload_failed", logging.ERROR, error=error)


def listener_started(address: str) -> None:
    """A listener takes connections at this address."""
    _event("listener_started", logging.INFO, address=address)


def unexpected(where: str, error: BaseException, entry_id: str | None = None, outbox_id: int | None = None) -> None:
    """Something failed that nobody foresaw: a fault of the program.

    The message of an exception that is not our own is left out: it may quote the mail that caused it. Its frames are
    named, innermost first.
    """
    frames = traceback.extract_tb(error.__traceback__)[:-9:-1]
    trace = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    _event(
        "unexpected",
        logging.ERROR,
        where=where,
        error=describe(error),
        trace=trace,
        entry=entry_id,
        outbox=outbox_id,
    )


def describe(error: BaseException) -> str:
    """An exception in words that hold nothing an outsider typed."""
    name = type(error).__name__
    if isinstance(error, GatewayError):
        return error.reason
    if isinstance(error, OSError):
        return f"{name}: {error.strerror or 'no details'}"
    return name


# --- a mail on its way in ---


def mail_kept(entry_id: str, via: str, size: int, peer: str | None = None) -> None:
    """A mail is durable and was acknowledged; `size` in bytes, `peer` the IP address where one is known."""
    _event("mail_kept", logging.INFO, entry=entry_id, via=via, size=size, peer=peer)


def mail_refused(via: str, code: int, why: str, peer: str | None = None) -> None:
    """A mail was refused in the dialogue and not kept: its sender was told `code`."""
    _event("mail_refused", logging.INFO, via=via, code=code, why=why, peer=peer)


def peer_refused(via: str, peer: str, why: str) -> None:
    """A connection was refused or cut because its peer passed a limit."""
    _event("peer_refused", logging.WARNING, via=via, peer=peer, why=why)


def tokens_guessed(peer: str, tries: int) -> None:
    """A peer wrote to so many addresses within an hour that look like ours and are none: for him these wait."""
    _event("tokens_guessed", logging.WARNING, peer=peer, tries=tries)


def tokens_guessed_by_many(tries: int) -> None:
    """So many addresses that look like ours and are none came within an hour from all sides: all of these wait."""
    _event("tokens_guessed_by_many", logging.ERROR, tries=tries)


def mail_decided(
    entry_id: str, action: str, ticket: int | None = None, why_code: str | None = None, milliseconds: int | None = None
) -> None:
    """A mail has its outcome, `milliseconds` after it was taken into work. `explain` tells why in words."""
    _event(
        "mail_decided",
        logging.INFO,
        entry=entry_id,
        action=action,
        ticket=ticket,
        why_code=why_code,
        milliseconds=milliseconds,
    )


def mail_failed(entry_id: str, error: str, tries: int | None = None) -> None:
    """A mail could not be decided now; it stays in the spool and is tried again."""
    _event("mail_failed", logging.WARNING, entry=entry_id, error=error, tries=tries)


def mail_poisoned(entry_id: str, tries: int) -> None:
    """A mail failed as often as is allowed and became a ticket of its header: a person must look."""
    _event("mail_poisoned", logging.ERROR, entry=entry_id, tries=tries)


def worker_replaced(reason: str, entry_id: str | None = None) -> None:
    """A worker process that reads mail ended before its time and was replaced."""
    _event("worker_replaced", logging.WARNING, reason=reason, entry=entry_id)


def decider_replaced(reason: str) -> None:
    """A process that decides ended before its time, or said no longer that it is well, and was replaced."""
    _event("decider_replaced", logging.ERROR, reason=reason)


def mailbox(happened: "DataclassInstance") -> None:
    """Something happened to an `[[ingest.imap]]` mailbox: a value of `gateway.ingest.imap_events`.

    Its class gives the event's name (`UidValidityChanged`: `mailbox_uid_validity_changed`), its fields the fields.
    """
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(happened).__name__).lower()
    level = logging.INFO if words in _QUIET_MAILBOX_EVENTS else logging.WARNING
    values = {field.name: getattr(happened, field.name) for field in dataclasses.fields(happened)}
    _event(f"mailbox_{words}", level, **values)


# --- a mail on its way out ---


def outgoing_sent(outbox_id: int, code: int | None = None, milliseconds: int | None = None) -> None:
    """The next server took a mail of ours with this reply code (none for a Maildir)."""
    _event("outgoing_sent", logging.INFO, outbox=outbox_id, code=code, milliseconds=milliseconds)


def outgoing_deferred(outbox_id: int, code: int | None = None, error: str | None = None) -> None:
    """A mail of ours could not be handed on now; it is tried again."""
    _event("outgoing_deferred", logging.WARNING, outbox=outbox_id, code=code, error=error)


def outgoing_failed(outbox_id: int, code: int | None = None, error: str | None = None) -> None:
    """A mail of ours was refused for good or was tried for too long; the desk is told."""
    _event("outgoing_failed", logging.ERROR, outbox=outbox_id, code=code, error=error)


def outgoing_limited(recipient_domain: str, limit: str) -> None:
    """An automatic mail was not written because this limit is reached."""
    _event("outgoing_limited", logging.WARNING, domain=recipient_domain, limit=limit)


def automatic_mail_off(mails: int, until: str) -> None:
    """So many automatic mails left within an hour that something must be wrong: none is sent until then. Said once."""
    _event("automatic_mail_off", logging.ERROR, mails=mails, until=until)


def address_suppressed(domain: str, sign: str, what: str) -> None:
    """An address of this domain does not take our mail: "automatic" mail, or also "answers", are not sent to it."""
    _event("address_suppressed", logging.WARNING, domain=domain, sign=sign, what=what)


def address_released(domain: str, by: str) -> None:
    """An address is written to again: its owner wrote to us ("mail"), or an "operator" said so."""
    _event("address_released", logging.INFO, domain=domain, by=by)


def reputation_refused(domain: str, status: str) -> None:
    """A server refused mail of ours for what it thinks of us (status x.7.x): no fault of the address. Act."""
    _event("reputation_refused", logging.ERROR, domain=domain, status=status)


def complaint(entry_id: str, ticket: int | None = None) -> None:
    """A mailbox provider reports (RFC 5965) that somebody called a mail of ours spam."""
    _event("complaint", logging.WARNING, entry=entry_id, ticket=ticket)


def own_loop(entry_id: str, mails: int) -> None:
    """So many mails of our own came back to us within a day: somebody forwards our mail to ourselves. Act."""
    _event("own_loop", logging.ERROR, entry=entry_id, mails=mails)


# --- the desk ---


def tickets_handed_on(tickets: int) -> None:
    """So many tickets of agents who are away went to colleagues, or to nobody where none may have them."""
    _event("tickets_handed_on", logging.INFO, tickets=tickets)


# --- held mail and what the spam engine learns ---


def held_digest_sent(mails: int, reviewers: int) -> None:
    """The list of held mail went to so many agents."""
    _event("held_digest_sent", logging.INFO, mails=mails, reviewers=reviewers)


def topics_trained(tickets: int, version: int) -> None:
    """The model that guesses topics was made anew from so many tickets."""
    _event("topics_trained", logging.INFO, tickets=tickets, version=version)


def letters_sent(kind: str, mails: int) -> None:
    """So many customers heard by the clock that we wait ("waiting"), are late ("delayed"), "solved", or "feedback"."""
    _event("letters_sent", logging.INFO, kind=kind, mails=mails)


def held_mail_released(entry_id: str, by: str) -> None:
    """A person let a held mail go on; it is decided again."""
    _event("held_mail_released", logging.INFO, entry=entry_id, by=by)


def held_mail_marked(entry_id: str, by: str) -> None:
    """A person marked a held mail as spam; it stays held."""
    _event("held_mail_marked", logging.INFO, entry=entry_id, by=by)


def lesson_taught(entry_id: str, lesson: str) -> None:
    """The spam engine learnt a mail: "ham", "spam", or "forget" where a lesson was taken back."""
    _event("lesson_taught", logging.INFO, entry=entry_id, lesson=lesson)


def lessons_wait(error: str) -> None:
    """The spam engine does not take lessons: they wait and are told again. Said once for each reason."""
    _event("lessons_wait", logging.WARNING, error=error)


def lessons_go_on() -> None:
    """The spam engine takes lessons again."""
    _event("lessons_go_on", logging.INFO)


def lesson_given_up(entry_id: str, error: str) -> None:
    """A mail cannot be learnt any more."""
    _event("lesson_given_up", logging.WARNING, entry=entry_id, error=error)


# --- what we depend on ---


def spam_engine_down(error: str) -> None:
    """The spam engine does not answer: mail goes on as unscanned. Said once, until it is back."""
    _event("spam_engine_down", logging.WARNING, error=error)


def spam_engine_up() -> None:
    """The spam engine answers again."""
    _event("spam_engine_up", logging.INFO)


def virus_scanner_down(error: str) -> None:
    """The virus scanner does not answer: mail goes on, marked as not checked. Said once, until it is back."""
    _event("virus_scanner_down", logging.WARNING, error=error)


def virus_scanner_up() -> None:
    """The virus scanner answers again."""
    _event("virus_scanner_up", logging.INFO)


def mail_rescanned(entry_id: str, scanner: str, score: float, is_bad: bool, ticket: int | None = None) -> None:
    """A scanner ("spam", "virus") has seen a mail that it gave no answer for when it came; what people have stays."""
    _event(
        "mail_rescanned",
        logging.INFO,
        entry=entry_id,
        scanner=str(scanner),
        score=round(score, 1),
        bad=is_bad,
        ticket=ticket,
    )


def mail_forgotten(mails: int) -> None:
    """So many mails of machines were kept long enough: their bytes are deleted, what became of them stays."""
    _event("mail_forgotten", logging.INFO, mails=mails)


def deadline(ticket: int, nearness: str, priority: str) -> None:
    """The deadline of a ticket is "near" or "passed"; agents were told by mail. Said once for each."""
    _event("deadline", logging.WARNING, ticket=ticket, nearness=nearness, priority=priority)


def burst_began(entry_id: str, ticket: int | None, until: str) -> None:
    """A customer's address writes so much that its new mail is held until then; `ticket` is its newest one."""
    _event("burst_began", logging.WARNING, entry=entry_id, ticket=ticket, until=until)


def accounts_refreshed(source: str, accounts: int, changed: int, removed: int, seconds: float) -> None:
    """A source of accounts ("file", "sql", "http") told something new; so many accounts were written, or forgotten."""
    _event(
        "accounts_refreshed",
        logging.INFO,
        source=source,
        accounts=accounts,
        changed=changed,
        removed=removed,
        seconds=round(seconds, 1),
    )


def account_source_failed(source: str, error: str, since: str) -> None:
    """A source of accounts cannot be read or believed: what is on file stays. Said once for each reason."""
    _event("account_source_failed", logging.WARNING, source=source, error=error, since=since)


def account_source_recovered(source: str, since: str) -> None:
    """A source of accounts works again; `since` is when it began to fail."""
    _event("account_source_recovered", logging.INFO, source=source, since=since)


def account_address_changed(account: str, change: str, by: str) -> None:
    """An operator verified, revoked or reset an address of an account; `account show` tells which, and why."""
    _event("account_address_changed", logging.INFO, account=account, change=change, by=by)


def store_failed(reason: str) -> None:
    """The store does not commit: no mail is taken, peers are told to try again. Said once, until it is back."""
    _event("store_failed", logging.ERROR, reason=reason)


def store_recovered() -> None:
    """The store commits again."""
    _event("store_recovered", logging.INFO)


def schema_upgraded(before: str | None, after: str) -> None:
    """The database was brought to this revision of the schema."""
    _event("schema_upgraded", logging.INFO, before=before, after=after)


def lease_taken(name: str) -> None:
    """We are now the process that does what only one may do."""
    _event("lease_taken", logging.INFO, lease=name)


def lease_lost(name: str) -> None:
    """Another process does it now; this one stops doing it."""
    _event("lease_lost", logging.WARNING, lease=name)


def job_failed(name: str, error: str) -> None:
    """Something that is done by the clock failed; it is done again at its next time."""
    _event("job_failed", logging.ERROR, job=name, error=error)
