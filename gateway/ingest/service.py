"""What all connections of one listener share."""

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.clock import Clock
from gateway.config import SmtpLimits
from gateway.ingest.accept import Door
from gateway.ingest.limits import Peers
from gateway.ingest.recipients import Recipients
from gateway.model import Incoming, Via


class Open(Protocol):
    """An open connection, as whoever ends the listener sees it."""

    def end_soon(self, reply: str) -> None:
        """Say this and close, once what runs now is answered."""

    def end_now(self, reply: str) -> None:
        """Say this and close, whatever runs."""

    @property
    def task(self) -> "asyncio.Task[None]":
        """The task that talks to the peer."""
        ...


class Screening(Protocol):
    """A mail that is decided while its sender waits."""

    def put(self, incoming: Incoming) -> "Future[str]":
        """As `accept.Put`; the decision begins once it is durable."""
        ...

    async def refusal(self, seconds: float) -> str:
        """The reply that refuses it, "" where it is taken or not decided within that time."""
        ...

    def end(self) -> None:
        """Its sender waits no longer; to be called in any case."""
        ...


BeginScreening = Callable[[str | None], Screening | None]
"""Given the peer's address: begin to screen a mail, None where that is not possible now."""


def no_screen(peer_ip: str | None) -> Screening | None:
    """Nothing is screened."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One section of the configuration at work: `[ingest.smtp]` or `[ingest.lmtp]`."""

    via: Via
    limits: SmtpLimits
    mend_newlines: bool
    max_message_bytes: int
    door: Door
    recipients: Recipients
    peers: Peers
    clock: Clock
    scratch: Path
    """A folder on disk for what is larger than memory should hold."""
    has_room: Callable[[], bool]
    """Is there room on the disk for one more mail?"""
    tls: ssl.SSLContext | None
    screen: BeginScreening = no_screen
    screen_seconds: float = 0.0
    """From the final dot on."""
    connections: set[Open] = field(default_factory=set)
