"""Import of mail from files, mbox, Maildir and standard input, through the same spool as all other mail.

What must stay true (I1): what is counted as received is committed. An import that is killed is simply run again: every
source is read anew, and mail that came in before is recognised by its bytes when it is decided.
"""

import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from gateway.clock import Clock
from gateway.errors import Temporary
from gateway.ingest import mbox
from gateway.ingest.file_walk import STDIN, FoundFile, FoundProblem, renamed, walk
from gateway.model import Envelope, Incoming, Via
from gateway.store.spool import Spool

WAITING_MAILS = 256
"""Mails handed to the spool and not yet committed, at most."""
WAITING_BYTES = 32 * 1024 * 1024
"""Their bytes, at most (one mail more, if it alone is larger)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMail:
    """A mail in a file: `source` is the path as given, with `#n` for the n-th of several mails in it."""

    source: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is; `total_bytes` is 0 where nothing but standard input is read."""

    mails: int
    bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did: mails that are committed, their bytes, and what could not be read."""

    received: int
    bytes: int
    problems: tuple[FoundProblem, ...]


def count_sources(paths: Sequence[str | Path]) -> int:
    """About how many bytes of mail there are, from the sizes of the files; standard input does not count."""
    return sum(found.size for found in walk(paths) if isinstance(found, FoundFile))


def read_sources(
    paths: Sequence[str | Path], *, max_message_bytes: int, stdin: BinaryIO | None = None, one_mail: bool = False
) -> Iterator[FoundMail | FoundProblem]:
    """Every mail of these paths, in the order given and then by name; what cannot be read does not end it.

    A file is an mbox when it begins with "From " and its name does not say that it is one mail. `one_mail` says so of
    standard input, too: what an MTA pipes in must not become two mails because its sender wrote a separator into it.
    """
    for path in paths:
        if str(path) == STDIN:
            yield from _read_mails(stdin or sys.stdin.buffer, STDIN, max_message_bytes, one_mail=one_mail)
            continue
        for found in walk([path]):
            if isinstance(found, FoundFile):
                yield from read_file(found, max_message_bytes)
            else:
                yield found


def read_file(found: FoundFile, limit: int) -> Iterator[FoundMail | FoundProblem]:
    """The mails of one file that was found."""
    try:
        with _open(found) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                yield FoundProblem(source=found.source, why="is not the file any more that it was")
                return
            yield from _read_mails(file, found.source, limit, one_mail=found.one_mail)
    except OSError as error:
        yield FoundProblem(source=found.source, why=f"cannot be read: {error.strerror}")


def import_sources(
    paths: Sequence[str | Path],
    spool: Spool,
    clock: Clock,
    *,
    max_message_bytes: int,
    via: Via = Via.FILE,
    mail_from: str | None = None,
    recipients: tuple[str, ...] = (),
    stdin: BinaryIO | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> ImportReport:
    """Put every mail of these paths into the spool; comes back when all of them are committed.

    `via` is PIPE for the pipe of an MTA: then standard input is exactly one mail. `mail_from` and `recipients` are what
    the MTA told of its envelope. Raises Temporary where the store cannot keep a mail: run it again (exit code 75).
    """
    putter = _Putter(spool, progress, count_sources(paths))
    problems = []
    found_all = read_sources(paths, max_message_bytes=max_message_bytes, stdin=stdin, one_mail=via is Via.PIPE)
    for found in found_all:
        if isinstance(found, FoundProblem):
            problems.append(found)
            continue
        envelope = Envelope(
            via=via, received_at=clock.now(), mail_from=mail_from, recipients=recipients, source=found.source
        )
        putter.put(Incoming(envelope=envelope, raw=found.raw))
    putter.finish()
    return ImportReport(received=putter.mails, bytes=putter.bytes, problems=tuple(problems))


class _Putter:
    """Hands mail to the spool, so much at a time that commits are shared and memory stays bounded."""

    def __init__(self, spool: Spool, progress: Callable[[Progress], None], total_bytes: int) -> None:
        self._spool = spool
        self._progress = progress
        self._total_bytes = total_bytes
        self._waiting: deque[tuple[Future[str], int]] = deque()
        self._waiting_bytes = 0
        self.mails = 0
        self.bytes = 0

    def put(self, incoming: Incoming) -> None:
        size = len(incoming.raw)
        while self._waiting and (len(self._waiting) >= WAITING_MAILS or self._waiting_bytes + size > WAITING_BYTES):
            self._take_one()
        self._waiting.append((self._spool.put(incoming), size))
        self._waiting_bytes += size

    def finish(self) -> None:
        while self._waiting:
            self._take_one()
        done = self._total_bytes or self.bytes  # what could not be read is behind us as well
        self._progress(Progress(mails=self.mails, bytes=done, total_bytes=self._total_bytes))

    def _take_one(self) -> None:
        future, size = self._waiting.popleft()
        self._waiting_bytes -= size
        try:
            future.result()
        except Temporary as error:
            raise Temporary(f"{error.reason}; {self.mails} mails are in, run the same import again") from error
        self.mails += 1
        self.bytes += size
        self._progress(Progress(mails=self.mails, bytes=self.bytes, total_bytes=self._total_bytes))


def _open(found: FoundFile) -> BinaryIO:
    # Between finding and opening somebody may have put a link or a pipe there: neither is followed nor waited for.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (os.O_NOFOLLOW if found.in_folder else 0)
    try:
        return os.fdopen(os.open(found.path, flags), "rb")
    except FileNotFoundError:
        now = renamed(found) if found.one_mail else None
        if now is None:
            raise
        return os.fdopen(os.open(now, flags), "rb")


def _read_mails(file: BinaryIO, source: str, limit: int, *, one_mail: bool) -> Iterator[FoundMail | FoundProblem]:
    first = file.readline(mbox.PIECE_BYTES)
    if not first.startswith(mbox.MARK):
        yield _judge(source, first + file.read(max(limit + 1 - len(first), 0)), limit)
        return
    while first and not first.endswith(b"\n"):
        first = file.readline(mbox.PIECE_BYTES)
    if one_mail:
        # The line is no header field but framing, of a delivery agent or of a mail program that saved the mail.
        yield _judge(source, file.read(limit + 1), limit)
        return
    mails = mbox.split(file, limit=limit)
    first_two = list(islice(mails, 2))
    if len(first_two) == 1:
        # Many a program saves one mail like this; nobody thinks of such a file as an mbox.
        yield _judge(source, first_two[0], limit)
        return
    for number, raw in enumerate(chain(first_two, mails), 1):
        yield _judge(f"{source}#{number}", raw, limit)


def _judge(source: str, raw: bytes | None, limit: int) -> FoundMail | FoundProblem:
    if raw is None or len(raw) > limit:
        return FoundProblem(source=source, why=f"is larger than {limit} bytes")
    if not raw:
        return FoundProblem(source=source, why="is empty")
    return FoundMail(source=source, raw=raw)
