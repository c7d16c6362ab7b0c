"""What can DNS answer? The values that every source of records gives.

Three answers differ for good: the name has such records, the name exists without them, the name does not exist. The
fourth, `TEMPERROR`, is no answer at all: whoever reads it must try again later, never conclude anything.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

Labels = tuple[bytes, ...]
"""A domain name as its labels, lower case, without the root label."""


class AnswerState(StrEnum):
    """How a question ended."""

    FOUND = "found"
    NODATA = "nodata"
    """The name exists, but has no record of that type (RFC 2308 §2.2)."""
    NXDOMAIN = "nxdomain"
    TEMPERROR = "temperror"
    """No usable answer: a timeout, SERVFAIL, or the mail's budget is spent."""


class RecordType(StrEnum):
    """The record types that we ask for."""

    TXT = "TXT"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"


@dataclass(frozen=True, slots=True, order=True)
class Mx:
    """A mail exchanger (RFC 5321 §5.1); the host is "" for the null MX (RFC 7505)."""

    preference: int
    host: str


Record = bytes | str | Mx
R = TypeVar("R", bytes, str, Mx, Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[R]):
    """An answer: TXT records are bytes (their strings joined), A, AAAA and PTR text; CNAMEs were followed."""

    state: AnswerState
    records: tuple[R, ...] = ()
    """Empty unless the state is FOUND."""
    why: str = ""
    """What went wrong, in words; empty unless the state is TEMPERROR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer and for how many seconds it may be remembered."""

    answer: Answer[Record]
    ttl: int


class Source(Protocol):
    """Where records come from."""

    is_remote: bool
    """An answer may take time, so that asking for several at once saves some."""

    def ask(self, kind: RecordType, name: Labels, seconds: float) -> Reply:
        """Ask one question and wait for at most that many seconds; never raises, usable from any thread."""
        ...


NODATA: Answer[Record] = Answer(state=AnswerState.NODATA)
NXDOMAIN: Answer[Record] = Answer(state=AnswerState.NXDOMAIN)


def no_answer(why: str) -> Answer[Record]:
    """The answer that is none."""
    return Answer(state=AnswerState.TEMPERROR, why=why)
