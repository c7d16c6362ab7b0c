"""A way out that writes each mail into a Maildir: for trials, and for what hands mail on from files.

A mail is in `new/` whole or not at all, and durable before it counts as sent: written to `tmp/`, fsync, renamed, fsync
of the folder. Its name is made of its Message-ID, so that a mail which is written twice is there once.
"""

import asyncio
import os
from hashlib import sha256
from pathlib import Path

from gateway.outbox.transport import Attempt, Letter, Result


class MaildirTransport:
    """Writes to one Maildir, which is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, letter: Letter) -> Attempt:
        """Write the mail; a disk that does not take it is a reason to try again."""
        try:
            await asyncio.to_thread(_write, self._folder, letter)
        except OSError as error:
            text = f"{self._folder} cannot be written: {error.strerror}"
            return Attempt(result=Result.DEFERRED, text=text, step="writing", is_hop_down=True)
        return Attempt(result=Result.SENT, text="written to the Maildir")

    async def close(self) -> None:
        """Nothing is kept open."""


def _write(folder: Path, letter: Letter) -> None:
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256(letter.message_id.encode()).hexdigest()[:24]
    name = f"{int(letter.created_at.timestamp())}.M{digest}.ticket-gateway"
    # RFC 5321 §4.4: who delivers for good writes down the envelope that ends here.
    envelope = f"Return-Path: <{letter.mail_from}>\nDelivered-To: {letter.recipient}\n"
    with (folder / "tmp" / name).open("wb") as file:
        file.write(envelope.encode("ascii") + letter.data.replace(b"\r\n", b"\n"))
        file.flush()
        os.fsync(file.fileno())
    (folder / "tmp" / name).rename(folder / "new" / name)
    handle = os.open(folder / "new", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
