"""The mails of an mbox file (RFC 4155), one after the other, as bytes.

A separator is a line that begins with "From " and ends like asctime's answer, at the start of the file or after an
empty line. The empty line before it belongs to it. A line of `>` and "From " loses one `>` (mboxrd). All else is kept
byte for byte, with the line ends it has. Linear in the size of the file, in the memory of one mail.

BUGS: files that count lengths instead of quoting (mboxcl2) are split where a mail quotes a separator.
"""

import re
from collections.abc import Iterator
from functools import partial
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
_ROOM = 2  # for the empty line that does not count
_SPECIAL = b"F>"


def is_separator(line: bytes) -> bool:
    """Does this line, which stands after an empty one, begin a new mail?"""
    whole = line.startswith(MARK) and line.endswith(b"\n")
    return whole and _DATE.search(line, 0, _LONGEST_SEPARATOR) is not None


def split(file: BinaryIO, *, limit: int) -> Iterator[bytes | None]:
    """The mails of a file of which the first separator line was read; None for a mail of more than `limit` bytes."""
    pieces: list[bytes] = []
    size = 0
    begins_line, after_empty = True, False
    for piece in iter(partial(file.readline, PIECE_BYTES), b""):
        if begins_line and piece[0] in _SPECIAL:
            if after_empty and is_separator(piece):
                yield _join(pieces, size, limit, ends_empty=True)
                pieces, size, after_empty = [], 0, False
                continue
            if _QUOTED.match(piece):
                piece = piece[1:]
        after_empty = begins_line and piece in _EMPTY
        begins_line = piece.endswith(b"\n")
        size += len(piece)
        pieces.append(piece)
        if size > limit + _ROOM:
            pieces.clear()  # it will not be wanted, only counted
    yield _join(pieces, size, limit, ends_empty=after_empty)


def _join(pieces: list[bytes], size: int, limit: int, *, ends_empty: bool) -> bytes | None:
    """A mail without the empty line that belongs to the separator behind it; None when it is too large."""
    if ends_empty and pieces:
        size -= len(pieces.pop())
    return b"".join(pieces) if size <= limit else None
