"""The mails of an mbox file (RFC 4155), one after the other, as bytes.

A separator is a line that begins with "From " and ends like asctime's answer, at the start of the file or after an empty
line. The empty line before it belongs to it. A line of `>` and "From " loses one `>` (mboxrd). All else is kept byte for
byte, with the line ends it has. Linear in the size of the file, and no more than one mail is held in memory.

BUGS: files that count lengths instead of quoting (mboxcl2) are split where a mail quotes a separator.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

PIECE_BYTES = 64 * 1024
"""Longer lines are read in pieces."""
MARK = b"From "

_DAY = b"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = b"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# "Tue Sep  1 10:00:00 2026", also without seconds and with time zones ("EET", "+0300") before the year.
_DATE = re.compile(rb" %s %s [ \d]?\d \d\d:\d\d(?::\d\d)?(?: [A-Z+-][A-Za-z\d+-]*)* \d{4}" % (_DAY, _MONTH))
_QUOTED = re.compile(b">+From ")
_LONGEST_SEPARATOR = 1000
_EMPTY = (b"\n", b"\r\n")


class _Mail:
    """A mail while it is read; what is over the limit is counted and not kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._ends_empty = False

    def add(self, piece: bytes, *, is_empty_line: bool) -> None:
        self._ends_empty = is_empty_line
        self._size += len(piece)
        self._pieces.append(piece)
        if self._size > self._limit + len(_EMPTY[-1]):
            self._pieces.clear()

    def end(self) -> bytes | None:
        """Its bytes, without the empty line that belongs to the separator behind it; None when they are too many."""
        if self._ends_empty and self._pieces:
            self._size -= len(self._pieces.pop())
        return b"".join(self._pieces) if self._size <= self._limit else None


def is_separator(line: bytes) -> bool:
    """Does this line, which stands after an empty one, begin a new mail?"""
    whole = line.startswith(MARK) and line.endswith(b"\n")
    return whole and _DATE.search(line, 0, _LONGEST_SEPARATOR) is not None


def split(file: BinaryIO, *, limit: int) -> Iterator[bytes | None]:
    """The mails of a file of which the first separator line was read; None for a mail of more than `limit` bytes."""
    mail = _Mail(limit)
    begins_line = after_empty = True
    while piece := file.readline(PIECE_BYTES):
        if begins_line and after_empty and is_separator(piece):
            yield mail.end()
            mail, after_empty = _Mail(limit), False
            continue
        after_empty = begins_line and piece in _EMPTY
        mail.add(piece[1:] if begins_line and _QUOTED.match(piece) else piece, is_empty_line=after_empty)
        begins_line = piece.endswith(b"\n")
    yield mail.end()
