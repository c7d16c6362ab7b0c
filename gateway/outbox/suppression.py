"""May we still write to this address? It may be dead, full, or its owner may have complained (threat model D-11).

What follows is worked out from the signs of the last 60 days each time it is asked, never kept:

    no such mailbox (5.1.1 …)        nothing automatic from the first time, no answer after two different days
    full, late, or nothing precise   nothing automatic after five within 14 days
    a complaint (RFC 5965)           nothing automatic
    refused for our reputation (x.7) no sign against the address: it is our fault, and an alarm

What must stay true: only who was handed a mail of ours can give a sign (our smarthost, or whoever has the signed return
path or Message-ID of a mail to that very address), and any proven mail from the address takes all of them away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway import events
from gateway.store import suppression as store
from gateway.store.db import Tx
from gateway.store.suppression import DeliverySign
from gateway.tokens import canonical_address

LIFETIME = timedelta(days=60)
SOFT_WINDOW = timedelta(days=14)
SOFT_SIGNS = 5
ENOUGH = 20
"""Signs of an address within their lifetime after which only that its mailbox does not exist says something new."""
HARD_DAYS = 2
"""Different days on which an address refused our mail for good, after which not even answers go to it."""

_NO_SUCH_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_REPLY = re.compile(r"([245]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?")


class Kind(StrEnum):
    """What a failure says."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    REPUTATION = "reputation"
    """About us, not about the address; never kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What is not sent to an address, until when, and why in a sentence."""

    address: str
    why: str
    until: datetime
    """No automatic mail before that."""
    answers_until: datetime | None = None
    """No agent's answer before that; None: answers are still tried."""


def kind_of(status: str) -> Kind:
    """What an enhanced status (RFC 3463) says; the kind of "" and of what is no status is soft: nothing precise."""
    if not _STATUS.fullmatch(status):
        return Kind.SOFT
    if status[:3] in ("5.7", "4.7") and status[3] == ".":
        return Kind.REPUTATION
    return Kind.HARD if status in _NO_SUCH_MAILBOX else Kind.SOFT


def status_of(reply: str) -> str:
    """The enhanced status in a server's reply, "550 5.1.1 no such user"; "" where there is none (RFC 2034)."""
    found = _REPLY.match(reply)
    return (found[2] or "") if found else ""


def state_of(address: str, signs: Sequence[DeliverySign], now: datetime) -> Suppression | None:
    """What follows from the signs of an address, the newest first; None: nothing. Pure."""
    hard = [sign for sign in signs if sign.kind == Kind.HARD]
    full = _enough_soft([sign for sign in signs if sign.kind == Kind.SOFT])
    complaints = [sign for sign in signs if sign.kind == Kind.COMPLAINT]
    decisive = [sign for sign in (*hard[:1], *full[:1], *complaints[:1]) if sign.at > now - LIFETIME]
    if not decisive:
        return None
    newest = max(decisive, key=lambda sign: sign.at)
    days = {sign.at.date() for sign in hard if sign.at > hard[0].at - LIFETIME}
    is_dead = len(days) >= HARD_DAYS and hard[0] in decisive
    return Suppression(
        address=address,
        why=_why(newest, len(days)),
        until=newest.at + LIFETIME,
        answers_until=hard[0].at + LIFETIME if is_dead else None,
    )


def look_up(tx: Tx, address: str, now: datetime) -> Suppression | None:
    """What is not sent to an address now."""
    canonical = canonical_address(address)
    return state_of(canonical, _signs(tx, canonical, now), now)


def note_failure(tx: Tx, address: str, status: str, *, ticket_id: int | None, now: datetime) -> Suppression | None:
    """A mail to this address was refused with this status; what is not sent to it from now on, None: nothing new."""
    kind = kind_of(status)
    if kind is Kind.REPUTATION:
        events.reputation_refused(_domain(address), status)
        return None
    return _note(tx, address, kind, status, ticket_id=ticket_id, now=now)


def note_complaint(tx: Tx, address: str, *, ticket_id: int | None, now: datetime) -> Suppression | None:
    """Who reads this address called a mail of ours spam; what is not sent to it from now on, None: nothing new."""
    return _note(tx, address, Kind.COMPLAINT, "", ticket_id=ticket_id, now=now)


def release(tx: Tx, address: str, *, by: str) -> bool:
    """Write to this address again; False where nothing spoke against it. `by` counts in the log."""
    count = store.delete_signs(tx, canonical_address(address))
    if count:
        events.address_released(_domain(address), by)
    return count > 0


def list_suppressed(tx: Tx, now: datetime, *, limit: int) -> list[Suppression]:
    """The addresses to which something is not sent now."""
    found = (look_up(tx, address, now) for address in store.addresses_with_signs(tx, since=now - LIFETIME, limit=limit))
    return [each for each in found if each]


def in_words(found: Suppression | None) -> str:
    """For agents, before they write: what became of earlier mail; "" where nothing did."""
    if found is None:
        return ""
    if found.answers_until:
        return f"{found.why}: no answer is sent to {found.address} before {found.answers_until:%Y-%m-%d}"
    return f"{found.why}: answers to {found.address} are tried, automatic mail not before {found.until:%Y-%m-%d}"


def _note(tx: Tx, address: str, kind: Kind, status: str, *, ticket_id: int | None, now: datetime) -> Suppression | None:
    canonical = canonical_address(address)
    signs = _signs(tx, canonical, now)
    before = state_of(canonical, signs, now)
    if len(signs) >= ENOUGH and kind is not Kind.HARD:
        return None
    sign = DeliverySign(address=canonical, at=now, kind=kind.value, status=status[:12])
    if not _is_known(sign, signs):
        store.insert_sign(tx, sign, ticket_id=ticket_id)
    after = state_of(canonical, [sign, *signs], now)
    is_new = after is not None and (before is None or (after.answers_until and not before.answers_until))
    if after is None or not is_new:
        return None
    events.address_suppressed(_domain(address), kind.value, "answers" if after.answers_until else "automatic")
    return after


def _signs(tx: Tx, address: str, now: datetime) -> list[DeliverySign]:
    """Those that count now, and those that counted together with them."""
    return store.signs_of(tx, address, since=now - 2 * LIFETIME)


def _is_known(sign: DeliverySign, signs: Sequence[DeliverySign]) -> bool:
    """A mailbox that does not exist says so once a day; only on how many days counts."""
    return sign.kind == Kind.HARD and any(each.kind == Kind.HARD and each.at.date() == sign.at.date() for each in signs)


def _enough_soft(soft: Sequence[DeliverySign]) -> list[DeliverySign]:
    """The newest sign that has so many others within the window before it."""
    pairs = zip(soft, soft[SOFT_SIGNS - 1 :], strict=False)
    return [newest for newest, oldest in pairs if newest.at - oldest.at <= SOFT_WINDOW]


def _why(sign: DeliverySign, days: int) -> str:
    on, status = f"{sign.at:%Y-%m-%d}", f" (status {sign.status})" if sign.status else ""
    if sign.kind == Kind.HARD:
        before = f", the last of {days} days" if days > 1 else ""
        return f"its server said on {on}{before} that there is no such mailbox{status}"
    if sign.kind == Kind.COMPLAINT:
        return f"its reader complained on {on} about a mail of ours"
    return f"{SOFT_SIGNS} mails within {SOFT_WINDOW.days} days did not arrive, the last on {on}{status}"


def _domain(address: str) -> str:
    return canonical_address(address).rpartition("@")[2]
