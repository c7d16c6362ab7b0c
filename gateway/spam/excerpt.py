"""What of a large mail is scanned? Its header and its text, without the bytes of attachments, up to a limit.

Spam engines are made for text; 20 MB of pictures only keep them busy. What must stay true: a mail is never passed
unseen for its size (spamc does that); time is linear, whatever the mail holds.

BUGS: text behind the limit is not seen, nor is text in a part that calls itself something else.
"""

import re
from collections.abc import Iterator

MAX_PARTS = 200
"""Parts told apart; of a mail with more, the rest is taken as text."""
MAX_PART_HEADER = 4096
MAX_DASHES = 10_000
"""Lines of one part that begin like a delimiter; of a part with more, the rest is taken as belonging to it."""

_BOUNDARY = re.compile(rb'boundary[ \t]{0,9}=[ \t]{0,9}"?([^"\s;]{1,70})', re.IGNORECASE)
_TEXT = re.compile(rb"^content-type:\s{0,9}(?:text|multipart|message)/", re.IGNORECASE | re.MULTILINE)
_ANY_TYPE = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\n\r?\n")


def excerpt(raw: bytes, limit: int) -> bytes:
    """The bytes to scan: the whole mail if it is no larger than `limit` bytes, else its texts, cut to that."""
    if len(raw) <= limit:
        return raw
    kept: list[bytes] = []
    size = 0
    for piece in _texts(raw):
        kept.append(piece[: limit - size])
        size += len(kept[-1])
        if size >= limit:
            break
    return b"".join(kept)


def _texts(raw: bytes) -> Iterator[bytes]:
    """Every part in order: text whole, of other parts only the header."""
    boundaries: set[bytes] = set()
    start = 0
    for _ in range(MAX_PARTS):
        header_end = _header_end(raw, start)
        header = raw[start:header_end]
        boundaries.update(_BOUNDARY.findall(header[:MAX_PART_HEADER] if start else header))
        end = _next_delimiter(raw, header_end, boundaries)
        is_text = not start or _TEXT.search(header) or not _ANY_TYPE.search(header)
        yield raw[start:end] if is_text else header
        if end == len(raw):
            return
        start = end
    yield raw[start:]


def _header_end(raw: bytes, start: int) -> int:
    # The header of a part is short; that of the mail itself may be long.
    end = _END.search(raw, start, start + MAX_PART_HEADER if start else len(raw))
    return end.end() if end else start


def _next_delimiter(raw: bytes, start: int, boundaries: set[bytes]) -> int:
    """Where the next line that begins a part, or ends a multipart, begins; the end of the mail where there is none."""
    position = max(start - 1, 0)
    for _ in range(MAX_DASHES):
        position = raw.find(b"\n--", position)
        if position < 0:
            return len(raw)
        line = raw[position + 3 : position + 3 + 80].partition(b"\n")[0].rstrip()
        if line in boundaries or line.removesuffix(b"--") in boundaries:
            return position + 1
        position += 3
    return len(raw)
