"""What all connections of one listener share."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.clock import Clock
from gateway.config import SmtpLimits
from gateway.ingest.accept import Door
from gateway.ingest.limits import Peers
from gateway.ingest.recipients import Recipients
from gateway.model import Via


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
    connections: set[Open] = field(default_factory=set)
