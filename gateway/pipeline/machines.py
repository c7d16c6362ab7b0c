"""Who or what wrote a mail, and what follows from that alone: the table for automatic mail (threat model §2.2).

`class_of` recognises the class, the first that fits in the order of `MailClass`; `TABLE` says what follows. Everything
that decides, answers, records or counts asks this table, so that "machines never get an answer" stands in one place.
Tests walk every cell. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from gateway.mail.message import Address
from gateway.mail.nature import NatureKind
from gateway.pipeline.evidence import Evidence, Reading
from gateway.pipeline.plan import Action


class MailClass(StrEnum):
    """The classes, in the order in which they are recognised."""

    OWN_LOOP = "own_loop"
    GENUINE_BOUNCE = "genuine_bounce"
    """Null reverse path, and it came to a return path that we signed."""
    OTHER_BOUNCE = "other_bounce"
    FEEDBACK_REPORT = "feedback_report"
    DISPOSITION_NOTIFICATION = "disposition_notification"
    AGGREGATE_REPORT = "aggregate_report"
    CHALLENGE = "challenge"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    BARE_CALENDAR = "bare_calendar"
    """A calendar's mail without a word of a person."""
    ROLE = "role"
    """It bears no mark of a machine but an address that nobody reads."""
    QUIET = "quiet"
    """A person's mail that asks for silence."""
    INVITATION = "invitation"
    """A person's mail with a calendar file in it, which asks for no silence."""
    PERSON = "person"


class Attach(StrEnum):
    """What a ticket gets of it."""

    NOTHING = "nothing"
    DELIVERY = "delivery"
    """A line in the story of the ticket whose mail came back."""
    HINTED = "hinted"
    """A line in the story of the ticket that it mentions, be that only a hint (T1)."""
    PROVEN = "proven"
    """A line in the story of the ticket whose signed address it was sent to (T3, T2, the author's own return path)."""
    ARTICLE = "article"
    """It is a mail like any other: the identity table says."""


class Tell(StrEnum):
    """Who hears of it at once."""

    NOBODY = "nobody"
    OPERATORS = "operators"
    """By an event in the log."""
    AGENTS = "agents"
    IF_LOST = "if lost"
    """Agents, where an answer of theirs did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What follows from a class."""

    keep: timedelta | None
    """How long its bytes are kept at least; None: as long as any accepted mail."""
    attach: Attach
    without_ticket: Action
    """What becomes of it where no ticket is found: recorded and counted, or held for a person to see."""
    ack: bool = False
    """May anything automatic go to its author? Only if everything else allows it, too."""
    tell: Tell = Tell.NOBODY
    counts: bool = False
    """Does it count when who asks rarely is served before who writes daily (A-22)?"""


_DAYS = timedelta(days=1)
_C, _RECORD, _HOLD, _OPEN = MailClass, Action.RECORD, Action.HOLD, Action.OPEN
TABLE: dict[MailClass, Row] = {
    _C.OWN_LOOP: Row(keep=7 * _DAYS, attach=Attach.NOTHING, without_ticket=_RECORD, tell=Tell.OPERATORS),
    _C.GENUINE_BOUNCE: Row(keep=None, attach=Attach.DELIVERY, without_ticket=_RECORD, tell=Tell.IF_LOST),
    _C.OTHER_BOUNCE: Row(keep=14 * _DAYS, attach=Attach.NOTHING, without_ticket=_RECORD),
    _C.FEEDBACK_REPORT: Row(keep=None, attach=Attach.HINTED, without_ticket=_RECORD, tell=Tell.OPERATORS),
    _C.DISPOSITION_NOTIFICATION: Row(keep=None, attach=Attach.HINTED, without_ticket=_RECORD),
    _C.AGGREGATE_REPORT: Row(keep=30 * _DAYS, attach=Attach.NOTHING, without_ticket=_RECORD),
    _C.CHALLENGE: Row(keep=None, attach=Attach.HINTED, without_ticket=_HOLD, tell=Tell.AGENTS),
    # What no ticket is found for may be a contact form's mail, or an alarm: somebody should have a look.
    _C.AUTO_REPLY: Row(keep=None, attach=Attach.PROVEN, without_ticket=_HOLD),
    _C.BULK: Row(keep=None, attach=Attach.NOTHING, without_ticket=_HOLD),
    _C.BARE_CALENDAR: Row(keep=None, attach=Attach.PROVEN, without_ticket=_HOLD),
    _C.ROLE: Row(keep=None, attach=Attach.ARTICLE, without_ticket=_OPEN, tell=Tell.AGENTS),
    _C.QUIET: Row(keep=None, attach=Attach.ARTICLE, without_ticket=_OPEN, tell=Tell.AGENTS, counts=True),
    _C.INVITATION: Row(keep=None, attach=Attach.ARTICLE, without_ticket=_OPEN, ack=True, tell=Tell.AGENTS, counts=True),
    _C.PERSON: Row(keep=None, attach=Attach.ARTICLE, without_ticket=_OPEN, ack=True, tell=Tell.AGENTS, counts=True),
}


def kept() -> tuple[tuple[str, timedelta], ...]:
    """How long the bytes of which machines' mail are kept, for those that are not kept as long as any other."""
    return tuple((mail_class.value, row.keep) for mail_class, row in TABLE.items() if row.keep is not None)


def row_of(evidence: Evidence) -> Row:
    """What follows from the class of this mail."""
    return TABLE[class_of(evidence.reading)]


def class_of(reading: Reading) -> MailClass:
    """The class of a mail."""
    nature = reading.nature
    if nature.kind is NatureKind.BOUNCE:
        is_genuine = nature.bounce is not None and nature.bounce.genuine
        return MailClass.GENUINE_BOUNCE if is_genuine else MailClass.OTHER_BOUNCE
    if nature.kind is not NatureKind.PERSON:
        return _BY_NATURE[nature.kind]
    for found, is_it in _OF_PEOPLE:
        if is_it(reading):
            return found
    return MailClass.PERSON


def is_machines_address(author: Address | None) -> bool:
    """Is it one that no person reads (RFC 5230 §4.6 and what no-reply addresses are called)?"""
    return author is not None and _is_machines_name(author.address.rpartition("@")[0])


@lru_cache(1000)  # the class of a mail is asked for a handful of times
def _is_machines_name(name: str) -> bool:
    local = name.casefold()
    plain = local.partition("+")[0].translate(_NO_SEPARATORS)
    return plain in _MACHINES or local.startswith("owner-") or local.endswith("-request")


def _is_role(reading: Reading) -> bool:
    return is_machines_address(reading.message.author)


def _asks_for_silence(reading: Reading) -> bool:
    """Normal mail may carry these fields too, so they only silence; any Precedence does ("controversial", RFC 2076)."""
    message = reading.message
    suppress = message.header("X-Auto-Response-Suppress")
    if suppress and any(word.strip() in _SUPPRESSED for word in suppress.lower().split(",")):
        return True
    return bool(message.header("Precedence").strip())


def _is_invitation(reading: Reading) -> bool:
    files = reading.message.attachments
    return bool(files) and any(part.content_type in ("text/calendar", "application/ics") for part in files)


_BY_NATURE = {
    NatureKind.OWN_LOOP: MailClass.OWN_LOOP,
    NatureKind.FEEDBACK_REPORT: MailClass.FEEDBACK_REPORT,
    NatureKind.DISPOSITION_NOTIFICATION: MailClass.DISPOSITION_NOTIFICATION,
    NatureKind.AGGREGATE_REPORT: MailClass.AGGREGATE_REPORT,
    NatureKind.CHALLENGE: MailClass.CHALLENGE,
    NatureKind.AUTO_REPLY: MailClass.AUTO_REPLY,
    NatureKind.BULK: MailClass.BULK,
    NatureKind.CALENDAR: MailClass.BARE_CALENDAR,
}
_OF_PEOPLE: tuple[tuple[MailClass, Callable[[Reading], bool]], ...] = (
    (MailClass.ROLE, _is_role),
    (MailClass.QUIET, _asks_for_silence),
    (MailClass.INVITATION, _is_invitation),
)
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_NO_SEPARATORS = str.maketrans("", "", "-_.")
_MACHINES = frozenset(
    {"noreply", "donotreply", "nepasrepondre", "mailerdaemon", "listserv", "majordomo", "bounce", "bounces"}
)
