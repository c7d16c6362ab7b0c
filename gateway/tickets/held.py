"""What people do about mail that was held: let it go on, call it spam, and take that back.

What must stay true: each act is one transaction with the lesson that follows from it; done twice it does nothing the
second time, and says who did it. To let a mail go on makes it pending again: the pipeline decides it from what was
found when it came (`pipeline.release`).
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.model import Ticket
from gateway.store import history, lessons, marks
from gateway.store.db import Tx
from gateway.store.history import Happening, keys_in
from gateway.store.lessons import Because, Wanted
from gateway.store.marks import HOLD, Mark
from gateway.store.outcomes import Outcome, outcome_of
from gateway.tokens import canonical_address

FIRST_MAILS = 20
"""Mails of a ticket that are looked at when it is answered first."""
PROVEN_GRADES = ("A3", "A2")


class Done(StrEnum):
    """What an act came to."""

    RELEASED = "released"
    MARKED = "marked"
    UNMARKED = "unmarked"
    """The mark is gone; what was learnt from it is taken back."""
    UNLEARNT = "unlearnt"
    """Only what was learnt is taken back: a mail that went on has gone on."""
    RELEASED_BEFORE = "released_before"
    MARKED_BEFORE = "marked_before"
    NOT_HELD = "not_held"
    NOT_KEPT = "not_kept"
    """The bytes of the mail are gone."""
    UNKNOWN = "unknown"
    NOTHING_TO_UNDO = "nothing_to_undo"


CHANGES = (Done.RELEASED, Done.MARKED, Done.UNMARKED, Done.UNLEARNT)
"""Where something was done; the others did nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an act came to for one mail; who did the same before, if somebody did; the ticket that it is in."""

    entry_id: str
    done: Done
    by: str = ""
    at: datetime | None = None
    ticket_id: int | None = None


def release(tx: Tx, entry_id: str, *, by: str, at: datetime, claim: tuple[str, timedelta] | None = None) -> Result:
    """Let a held mail go on: it is pending again, and wanted. `claim` keeps it for this process to decide."""
    outcome, mark = outcome_of(tx, entry_id), marks.mark_of(tx, entry_id)
    if outcome is None or outcome.action != HOLD:
        return _not_held(tx, entry_id, outcome, mark)
    if not marks.is_kept(tx, entry_id):
        return Result(entry_id=entry_id, done=Done.NOT_KEPT)
    if not marks.take_held_outcome(tx, entry_id):  # somebody else did at this moment
        return _not_held(tx, entry_id, outcome_of(tx, entry_id), marks.mark_of(tx, entry_id))
    marks.write_mark(tx, replace(_mark(outcome), released_by=by, released_at=at))
    marks.make_pending(tx, entry_id, at=at, claim=claim)
    lessons.want(tx, entry_id, Wanted.HAM, because=Because.RELEASED, by=by, at=at)
    if mark and mark.spam_at:
        history.take_back(tx, keys_in(outcome.explanation), Happening.SPAM)
    history.note(tx, keys_in(outcome.explanation), Happening.RELEASED, at)
    return Result(entry_id=entry_id, done=Done.RELEASED)


def mark_spam(tx: Tx, entry_id: str, *, by: str, at: datetime) -> Result:
    """A held mail is spam: it stays held, is not listed any more, and the engine learns it."""
    outcome, mark = outcome_of(tx, entry_id), marks.mark_of(tx, entry_id)
    if outcome is None or outcome.action != HOLD:
        return _not_held(tx, entry_id, outcome, mark)
    if mark and mark.spam_at:
        return Result(entry_id=entry_id, done=Done.MARKED_BEFORE, by=mark.spam_by or "", at=mark.spam_at)
    marks.write_mark(tx, replace(_mark(outcome), spam_by=by, spam_at=at))
    lessons.want(tx, entry_id, Wanted.SPAM, because=Because.MARKED, by=by, at=at)
    history.note(tx, keys_in(outcome.explanation), Happening.SPAM, at)
    return Result(entry_id=entry_id, done=Done.MARKED)


def mark_ticket_spam(tx: Tx, ticket: Ticket, *, by: str, at: datetime) -> bool:
    """A ticket is spam: the engine learns its first mail. False where there is none, as in a ticket made by hand."""
    for mail in marks.mails_of_ticket(tx, ticket.id, limit=1):
        mark = marks.mark_of(tx, mail.entry_id) or Mark(entry_id=mail.entry_id)
        if mark.spam_at is None:
            history.note(tx, keys_in(mail.explanation), Happening.SPAM, at)
        marks.write_mark(tx, replace(mark, spam_by=by, spam_at=at))
        lessons.want(tx, mail.entry_id, Wanted.SPAM, because=Because.TICKET, by=by, at=at)
        return True
    return False


def undo(tx: Tx, entry_id: str, *, by: str, at: datetime) -> Result:
    """Take back what was said of a mail, and the lesson; of a mail that went on, only the lesson."""
    outcome, mark = outcome_of(tx, entry_id), marks.mark_of(tx, entry_id)
    ticket_id = outcome.ticket_id if outcome else None
    keys = keys_in(outcome.explanation if outcome else mark.explanation if mark else "")
    lesson = lessons.lesson_of(tx, entry_id)
    if mark and mark.spam_at:
        wanted = Wanted.HAM if mark.released_at else Wanted.FORGET
        lessons.want(tx, entry_id, wanted, because=Because.UNDONE, by=by, at=at)
        history.take_back(tx, keys, Happening.SPAM)
        if mark.released_at:
            marks.write_mark(tx, replace(mark, spam_by=None, spam_at=None))
        else:
            marks.remove_mark(tx, entry_id)
        return Result(entry_id=entry_id, done=Done.UNMARKED, ticket_id=ticket_id)
    if lesson is None or lesson.wanted is Wanted.FORGET:
        return Result(entry_id=entry_id, done=Done.NOTHING_TO_UNDO, ticket_id=ticket_id)
    lessons.want(tx, entry_id, Wanted.FORGET, because=Because.UNDONE, by=by, at=at)
    if mark and mark.released_at:
        history.take_back(tx, keys, Happening.RELEASED)
    return Result(entry_id=entry_id, done=Done.UNLEARNT, ticket_id=ticket_id)


def note_answer(tx: Tx, ticket: Ticket, *, by: str, at: datetime) -> None:
    """Before the desk's first answer is kept: what its proven correspondent wrote until now is wanted mail.

    Not what is not proven: whoever writes in a customer's name must not teach the engine his words. What somebody said
    of a mail himself stands.
    """
    if marks.has_answer(tx, ticket.id):
        return
    proven = _proven_mails(tx, ticket)
    entries = [mail.entry_id for mail in proven]
    lessons.want_where_nothing_is(tx, entries, Wanted.HAM, because=Because.ANSWERED, by=by, at=at)
    for mail in proven[:1]:  # once a ticket: who writes ten mails in one has not proven more
        history.note(tx, keys_in(mail.explanation), Happening.ANSWERED, at)


def take_back_answer(tx: Tx, ticket: Ticket) -> None:
    """The desk's first answer was taken back before it left: nothing of what it said about his mails stays.

    What the engine was told already it may know: the next answer would say the same.
    """
    proven = _proven_mails(tx, ticket)
    lessons.drop_untaught(tx, [mail.entry_id for mail in proven], Because.ANSWERED)
    for mail in proven[:1]:
        history.take_back(tx, keys_in(mail.explanation), Happening.ANSWERED)


def _proven_mails(tx: Tx, ticket: Ticket) -> list[marks.TicketMail]:
    mails = marks.mails_of_ticket(tx, ticket.id, limit=FIRST_MAILS)
    return [mail for mail in mails if is_proven(mail, ticket.correspondent)]


def is_proven(mail: marks.TicketMail, correspondent: str) -> bool:
    """Is it proven that the correspondent wrote this mail?"""
    document = json.loads(mail.explanation) if mail.explanation else {}
    grade = document.get("authentication", {}).get("grade")
    return grade in PROVEN_GRADES and canonical_address(mail.author) == correspondent


def _mark(outcome: Outcome) -> Mark:
    return Mark(
        entry_id=outcome.entry_id, held_at=outcome.decided_at, held_why=outcome.why, explanation=outcome.explanation
    )


def _not_held(tx: Tx, entry_id: str, outcome: Outcome | None, mark: Mark | None) -> Result:
    ticket_id = outcome.ticket_id if outcome else None
    if mark and mark.released_at:
        return Result(
            entry_id=entry_id,
            done=Done.RELEASED_BEFORE,
            by=mark.released_by or "",
            at=mark.released_at,
            ticket_id=ticket_id,
        )
    is_there = outcome is not None or marks.is_pending(tx, entry_id)
    return Result(entry_id=entry_id, done=Done.NOT_HELD if is_there else Done.UNKNOWN, ticket_id=ticket_id)
