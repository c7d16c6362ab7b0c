"""Which of our tokens does a mail carry, and how much does that prove?

Looked for in this order, the first valid one wins: the envelope's recipients, To/Cc/Delivered-To (where no envelope
told them), message ids in In-Reply-To and References, the reference at the foot of the text. Only a reply or agent
address that was delivered to proves anything (T2, T3); the rest are hints, for they stand in every quoted copy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.mail.message import Message
from gateway.model import Envelope
from gateway.tokens import Found, Keys, Purpose, Token

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


_ADDRESS_PURPOSES = (Purpose.REPLY, Purpose.AGENT, Purpose.BOUNCE)
_MESSAGE_ID_PURPOSES = (Purpose.MESSAGE_ID, Purpose.AUTOMATIC_MESSAGE_ID)


def find_token(message: Message, envelope: Envelope, keys: Keys, now: datetime) -> TokenEvidence:
    """Find the token and grade it against the author's address."""
    addressed = list(_in_addresses(message, envelope, keys))
    forged = sum(found.token is None for found in addressed)
    token = next((found.token for found in addressed if found.token), None)
    if token:
        return _graded(token, message, keys, now, forged)
    hint = _in_message_ids(message, keys)
    if hint:
        return TokenEvidence(
            strength=Strength.T1, why="it answers a mail of ours", token=hint, place="message_id", forged=forged
        )
    reference = _in_text(message.text, keys)
    if reference:
        return TokenEvidence(
            strength=Strength.T1,
            why="its text holds a reference of ours",
            token=reference,
            place="body_reference",
            forged=forged,
        )
    why = "it was sent to a reply address that we never issued" if forged else "it carries no reply token"
    return TokenEvidence(strength=Strength.T0, why=why, forged=forged)


def _graded(token: Token, message: Message, keys: Keys, now: datetime, forged: int) -> TokenEvidence:
    place = "reply_token"
    if token.is_expired(now):
        why = f"its reply address was issued on {token.day} and has expired"
        return TokenEvidence(strength=Strength.T1, why=why, token=token, place=place, forged=forged)
    if token.purpose is Purpose.BOUNCE:
        # It stands in Return-Path, where every server on the way can read it: for bounces only.
        why = "it was sent to the return path of a mail of ours"
        return TokenEvidence(strength=Strength.T1, why=why, token=token, place=place, forged=forged)
    if message.author and keys.is_bound_to(token, message.author.address):
        why = "it was sent to the reply address that we issued to its author"
        return TokenEvidence(strength=Strength.T3, why=why, token=token, place=place, forged=forged)
    why = "it was sent to a reply address that we issued to somebody else"
    return TokenEvidence(strength=Strength.T2, why=why, token=token, place=place, forged=forged)


def _in_addresses(message: Message, envelope: Envelope, keys: Keys) -> Iterator[Found]:
    places: Iterable[str] = envelope.recipients or (
        *message.delivered_to,
        *(address.address for address in message.to + message.cc),
    )
    for address in places:
        yield from (found for found in keys.find(address) if found.purpose in _ADDRESS_PURPOSES)


def _in_message_ids(message: Message, keys: Keys) -> Token | None:
    for message_id in (*message.in_reply_to, *reversed(message.references)):
        for found in keys.find(message_id):
            if found.token and found.purpose in _MESSAGE_ID_PURPOSES:
                return found.token
    return None


def _in_text(text: str, keys: Keys) -> Token | None:
    valid = [found.token for found in keys.find_references(text) if found.token]
    if len({token.ticket_ref for token in valid}) > MAX_REFERENCES:
        return None
    return next(iter(valid), None)
