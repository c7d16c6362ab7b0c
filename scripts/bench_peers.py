"""Postfix and Dovecot to measure against: private ones, on loopback, as durable as they are shipped.

Postfix takes mail by SMTP and virtual(8) writes it into a Maildir (an fsync of the queue file, one of the Maildir
file). It is tuned: with `in_flow_delay` at its default it stalls senders for a second when mail comes faster than it
leaves.
Dovecot takes it by LMTP into a Maildir (an fsync of the file, fdatasync of `new` and of the list of UIDs).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.dovecot import Dovecot, running_provider
from tests.peers.postfix import MAIN, running_postfix
from tests.peers.process import open_folder

_CONCURRENCY = "default_destination_concurrency_limit = 20\nvirtual_destination_concurrency_limit = 20\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A running server: where to feed it, and where its mails end up."""

    port: int
    lmtp: bool
    inbox: Path
    """The `new` of a Maildir: a file appears there whole, by rename or link."""

    def arrived(self) -> int:
        """How many mails are there."""
        return sum(1 for _ in self.inbox.iterdir()) if self.inbox.exists() else 0


@contextmanager
def tuned_postfix() -> Iterator[Peer]:
    """A Postfix of our own until the block ends."""
    assert "in_flow_delay = 0" in MAIN, "the tests' Postfix has changed: it must be tuned here"
    with running_postfix(_CONCURRENCY) as server:
        yield Peer(port=server.port, lmtp=False, inbox=server.folder / "mail" / "inbox" / "new")


@contextmanager
def dovecot_lmtp(user: str) -> Iterator[Peer]:
    """A Dovecot of our own until the block ends, with the fsyncs that the tests' one does without."""
    with open_folder() as folder, running_provider() as provider:
        server = Dovecot(folder, provider)
        config = folder / "dovecot.conf"
        text = config.read_text()
        assert "mail_fsync = never" in text, "the tests' Dovecot has changed: it must sync like a real one here"
        config.write_text(text.replace("mail_fsync = never", "mail_fsync = optimized"))
        try:
            server.start()
            yield Peer(port=server.lmtp_port, lmtp=True, inbox=folder / "mail" / user / "new")
        finally:
            server.kill()
