"""The parts of a mail in which nothing is wrong: what the standard library's parser makes of it, in half the time.

Most of that parser's time goes into a regular expression for each boundary and a look at each line with it; here the
boundaries are searched for. What is not exactly as RFC 2046 has it is `Faulty`, and then the parser itself is asked:
it is known what it makes of each fault.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from email.message import Message
from email.policy import compat32
from typing import TypeVar

_PartT = TypeVar("_PartT", bound="Message[str, str]")
_FIELD_NAME = re.compile(r"[!-9;-~]+:")
MAX_TEXT = 256 * 1024
"""Characters of a text of which each level of parts may have its own copy."""
_ENCODINGS = ("7bit", "8bit", "binary")
"""What a multipart may have (RFC 2045 §6.4)."""


class Faulty(Exception):
    """The mail has a fault, or something rare that is taken for one."""


def read(fields: Sequence[str], text: str, new_part: Callable[[], _PartT]) -> _PartT:
    """The mail with these fields (each with its line end) and this text behind them; raises Faulty."""
    if len(text) > MAX_TEXT or text.count("\r") != text.count("\r\n"):
        raise Faulty
    root = new_part()
    for field in fields:
        root.set_raw(*compat32.header_source_parse([field]))
    _fill(root, text, new_part)
    return root


def _fill(part: _PartT, text: str, new_part: Callable[[], _PartT]) -> None:
    if part.get_content_maintype() != "multipart":
        part.set_payload(text)
        return
    boundary = part.get_boundary()
    encoding = str(part.get("content-transfer-encoding", "8bit")).lower()
    if boundary is None or "\n" in boundary or encoding not in _ENCODINGS:
        raise Faulty
    is_digest = part.get_content_type() == "multipart/digest"
    for content in _contents(text, f"--{boundary}"):
        child = new_part()
        if is_digest:
            child.set_default_type("message/rfc822")
        part.attach(child)
        _fill(child, content[_read_fields(child, content) :], new_part)


def _contents(text: str, separator: str) -> Iterator[str]:
    """What stands between the lines of a boundary, each without its last line end, which belongs to the boundary."""
    begin = None
    for start, stop, is_last in _boundary_lines(text, separator):
        if begin is not None:
            if start == begin:
                raise Faulty  # nothing between them
            yield text[begin : start - (2 if text.endswith("\r\n", begin, start) else 1)]
        if is_last:
            if begin is None:
                raise Faulty
            return
        begin = stop
    raise Faulty


def _boundary_lines(text: str, separator: str) -> Iterator[tuple[int, int, bool]]:
    """Where each line of the boundary begins and ends, and whether it says that nothing follows."""
    start = 0 if text.startswith(separator) else text.find(f"\n{separator}") + 1 or len(text)
    while start < len(text):
        stop = text.find("\n", start) + 1 or len(text)
        rest = text[start + len(separator) : stop].rstrip(" \t\r\n")
        if rest in ("", "--"):
            yield start, stop, rest != ""
        start = text.find(f"\n{separator}", stop - 1) + 1 or len(text)


def _read_fields(part: "Message[str, str]", content: str) -> int:
    """Give a part its header fields; where its body begins."""
    field: list[str] = []
    position = 0
    while end := content.find("\n", position) + 1:
        line = content[position:end]
        position = end
        if line[0] in " \t" and field:
            field.append(line)
            continue
        if field:
            part.set_raw(*compat32.header_source_parse(field))
        if line in ("\n", "\r\n"):
            return position
        if not _FIELD_NAME.match(line):
            break
        field = [line]
    raise Faulty
