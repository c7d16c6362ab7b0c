r"""The mail data of one transaction, from DATA to the lone dot (RFC 5321 §4.1.1.4): what belongs to it, is it sound?

What must stay true, however the bytes are cut into chunks: the data ends at CRLF.CRLF and at nothing else (A-29); a
dot is taken off the beginning of a line only where the line began after CRLF (§4.5.2); data that is refused is read to
its true end all the same, or the rest of it would be taken for commands. Memory is bounded: what is refused is
dropped, and of what is kept only the first `IN_MEMORY` bytes stay in memory, the rest waits in a file without a name.
So a peer that sends a large mail slowly costs a file, and not memory that others wait for.
"""

import os
import re
import weakref
from enum import Enum
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType

from gateway.model import Octets

IN_MEMORY = 128 * 1024
"""Bytes of one mail that are held in memory while it comes in."""
LARGE = 1024 * 1024
"""Bytes from which on a mail is never in memory as a whole."""

_END = b"\r\n.\r\n"
_BARE_NEWLINE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Problem(Enum):
    """Why mail data is refused."""

    TOO_LARGE = "larger than max_message_bytes"
    BARE_NEWLINE = "a CR or LF that stands alone"
    NUL = "a NUL byte"
    NO_ROOM = "the scratch file cannot be written"


class MailData:
    """Takes the chunks of one mail. Use it in a `with` block: it may own a file.

    `limit` is the largest size in bytes (RFC 1870: with CRLFs, without the dots put in for transparency). With
    `mend_newlines`, a CR or LF that stands alone becomes CRLF; without, it is a problem. `scratch` is a folder on disk.
    """

    def __init__(self, *, limit: int, mend_newlines: bool, scratch: Path) -> None:
        self._limit = limit
        self._mend = mend_newlines
        self._kept = SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(scratch))  # noqa: SIM115 (closed by __exit__)
        # The CRLF of the DATA command begins the first line: a dot right behind it may already be the end.
        self._undecided = b"\r\n"
        self._started = False
        self.size = 0
        self.problem: Problem | None = None
        """The first thing found wrong; from then on nothing is kept."""

    def __enter__(self) -> "MailData":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.close()

    def feed(self, chunk: bytes) -> bytes | None:
        """Take the next bytes of the connection: None while the data goes on, else what came behind its end."""
        data = self._undecided + chunk
        end = data.find(_END)
        if end >= 0:
            self._take(data[: end + 2])
            return data[end + len(_END) :]
        decided = len(data) - _length_of_possible_end(data)
        self._undecided = data[decided:]
        if decided:
            self._take(data[:decided])
        return None

    def read(self) -> Octets:
        """The whole mail, dots taken off; a large one stays in its file. Only when nothing is wrong with it."""
        if self.size > LARGE:
            self._kept.flush()
            return _InFile(self._kept.fileno(), self.size)
        self._kept.seek(0)
        return self._kept.read()

    def _take(self, part: bytes) -> None:
        # Of what may be the beginning of the end nothing is decided, so a part never ends between CR and LF, nor
        # between CRLF and a dot: each can be searched by itself.
        if self.problem:
            return
        if b"\n." in part:
            part = part.replace(b"\r\n.", b"\r\n")
        without_pairs = part.replace(b"\r\n", b"")  # of all ways to look for lone ones the fastest, by half
        if b"\n" in without_pairs or b"\r" in without_pairs:
            if not self._mend:
                self._refuse(Problem.BARE_NEWLINE)
                return
            part = _BARE_NEWLINE.sub(b"\r\n", part)
        if b"\0" in part:
            self._refuse(Problem.NUL)
            return
        if not self._started:
            self._started, part = True, part[2:]
        self._keep(part)

    def _keep(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > self._limit:
            self._refuse(Problem.TOO_LARGE)
            return
        try:
            # Into the page cache: this does not wait for the disk unless it is overloaded.
            self._kept.write(part)
        except OSError:
            self._refuse(Problem.NO_ROOM)

    def _refuse(self, problem: Problem) -> None:
        self.problem = problem
        self._kept.close()


class _InFile:
    """What stands in a file, also after others have closed it: a peer that goes away does not end a commit."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._size = size
        weakref.finalize(self, os.close, self._descriptor)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, _ = part.indices(self._size)
        octets = os.pread(self._descriptor, max(0, stop - start), start)
        if len(octets) < stop - start:
            raise OSError("a scratch file is shorter than it was")
        return octets


def _length_of_possible_end(data: bytes) -> int:
    """How many bytes at the end of the data could be the beginning of CRLF.CRLF."""
    for length in (4, 3, 2, 1):
        if data.endswith(_END[:length]):
            return length
    return 0
