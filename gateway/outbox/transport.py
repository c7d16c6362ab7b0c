"""What a way out takes and answers: a finished mail in, how the try ended out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A finished mail with its envelope (RFC 5321 §2.3.1); addresses as SMTP carries them."""

    outbox_id: int
    message_id: str
    created_at: datetime
    mail_from: str
    recipient: str
    data: bytes
    """CRLF line ends, 7 bit."""


class Result(StrEnum):
    """How a try ended."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to hand a mail on."""

    result: Result
    text: str
    """What the next server said, or what went wrong, in words; one clean line."""
    code: int | None = None
    """The reply code, where there was a reply."""
    step: str = ""
    """Where it ended ("MAIL FROM", "connecting"): unlike `text` it holds nothing that an outsider wrote."""
    is_hop_down: bool = False
    """It was not about this mail: the next server takes none at all now."""


class Transport(Protocol):
    """A way out, used by one task at a time. Errors are answers, not exceptions."""

    async def send(self, letter: Letter) -> Attempt:
        """Try once to hand the mail on."""
        ...

    async def close(self) -> None:
        """Give up what is kept open; the next `send` opens it again."""
        ...
