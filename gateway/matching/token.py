"""Which of our tokens does a mail carry, and how much does that prove?

Looked for in this order: the envelope's recipients, Delivered-To/To/Cc, message ids in In-Reply-To and References, the
reference at the foot of the text. The first of these places with a valid one wins, in it the one that proves most. Only
a reply, agent's or confirmation address that was written to proves anything (T2, T3); the rest are hints, for they
stand in every quoted copy.

The header counts beside an envelope: who answers all writes to our signed address and to the support address, and the
copy that came to the latter may be here first. Who knows the address could have put it into the envelope as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gateway.mail.message import Message
from gateway.model import Envelope
from gateway.tokens import Keys, Purpose, Token

MAX_REFERENCES = 3
"""More different references than this in one text come from an archive or a digest: none of them counts."""


class Strength(StrEnum):
    """What the token proves (T3 most)."""

    T3 = "T3"
    """A valid reply address, in time, issued to the author."""
    T2 = "T2"
    """A valid reply address, in time, issued to another address."""
    T1 = "T1"
    """A hint only: a message id or reference of ours, or an expired reply address."""
    T0 = "T0"
    """None, or one whose signature is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvidence:
    """The token that counts, None where there is none; where it was found; and what it proves."""

    strength: Strength
    why: str
    token: Token | None = None
    place: str = ""
    forged: int = 0
    """How many tokens with a wrong signature the mail was addressed to."""
    is_ambiguous: bool = False
    """It was sent to addresses of several tickets that prove the same: which one is meant, only a person can say."""


LONGEST_FIELD = 8192
"""Characters of a field that are searched for what was no message id; its end is nearest to the mail it answers."""

_ADDRESS_PURPOSES = (Purpose.REPLY, Purpose.AGENT, Purpose.CONFIRM, Purpose.BOUNCE)
_MESSAGE_ID_PURPOSES = (Purpose.MESSAGE_ID, Purpose.AUTOMATIC_MESSAGE_ID)
_ADDRESS = "reply_token"


def find_token(message: Message, envelope: Envelope, keys: Keys, now: datetime) -> TokenEvidence:
    """Find the token and grade it against the author's address."""
    forged = 0
    for place in _address_places(message, envelope):
        addressed = [found for address in place for found in keys.find(address) if found.purpose in _ADDRESS_PURPOSES]
        if not addressed:  # most mails
            continue
        forged = max(forged, sum(found.token is None for found in addressed))
        valid = [_graded(found.token, message, keys, now) for found in addressed if found.token]
        if valid:
            return replace(_strongest(valid), forged=forged)
    return _hint(message, keys, forged)


def _address_places(message: Message, envelope: Envelope) -> Iterator[Iterable[str]]:
    yield envelope.recipients
    yield (*message.delivered_to, *(address.address for address in message.to + message.cc))


def _strongest(found: Sequence[TokenEvidence]) -> TokenEvidence:
    """The evidence that proves most, of equals the first."""
    best = max(found, key=lambda evidence: evidence.strength)
    proving = {evidence.token.ticket_ref for evidence in found if evidence.token and evidence.strength == best.strength}
    return replace(best, is_ambiguous=best.strength is not Strength.T1 and len(proving) > 1)


def _hint(message: Message, keys: Keys, forged: int) -> TokenEvidence:
    hint = _in_message_ids(message, keys)
    if hint:
        why = "it answers a mail of ours"
        return TokenEvidence(strength=Strength.T1, why=why, token=hint, place="message_id", forged=forged)
    reference = _in_text(message.text, keys)
    if reference:
        why = "its text holds a reference of ours"
        return TokenEvidence(strength=Strength.T1, why=why, token=reference, place="body_reference", forged=forged)
    why = "it was sent to a reply address that we never issued" if forged else "it carries no reply token"
    return TokenEvidence(strength=Strength.T0, why=why, forged=forged)


def _graded(token: Token, message: Message, keys: Keys, now: datetime) -> TokenEvidence:
    if token.is_expired(now):
        fate = "has expired" if token.day <= now.date() else "is not valid yet: our clock, or its key, is wrong"
        why = f"its reply address was issued on {token.day} and {fate}"
        return TokenEvidence(strength=Strength.T1, why=why, token=token, place=_ADDRESS)
    if token.purpose is Purpose.BOUNCE:
        # It stands in Return-Path, where every server on the way can read it: for bounces only.
        why = "it was sent to the return path of a mail of ours"
        return TokenEvidence(strength=Strength.T1, why=why, token=token, place=_ADDRESS)
    if message.author and keys.is_bound_to(token, message.author.address):
        why = "it was sent to the reply address that we issued to its author"
        return TokenEvidence(strength=Strength.T3, why=why, token=token, place=_ADDRESS)
    why = "it was sent to a reply address that we issued to somebody else"
    return TokenEvidence(strength=Strength.T2, why=why, token=token, place=_ADDRESS)


def _in_message_ids(message: Message, keys: Keys) -> Token | None:
    for text in _answered(message):
        for found in keys.find(text):
            if found.token and found.purpose in _MESSAGE_ID_PURPOSES:
                return found.token
    return None


def _answered(message: Message) -> Iterator[str]:
    """The ids that the mail answers, the nearest first; then what is left of them where a server damaged the field."""
    yield from message.in_reply_to
    yield from reversed(message.references)
    for name in ("In-Reply-To", "References"):
        value = message.header(name)[-LONGEST_FIELD:]
        yield value  # without angle brackets, as a quoted word, in a comment
        yield "".join(value.split())  # folded in the middle of an id


def _in_text(text: str, keys: Keys) -> Token | None:
    valid = [found.token for found in keys.find_references(text) if found.token]
    if not valid or len({token.ticket_ref for token in valid}) > MAX_REFERENCES:
        return None
    return valid[0]
