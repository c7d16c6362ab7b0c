"""Which header fields does a mail have, byte for byte? What signatures are made of (RFC 6376 §3.4), in linear time.

What must stay true: the bytes of a field are not changed but for line ends, which become CRLF; a header that cannot be
read for certain is refused, so that no signature of it can pass.
"""

import re

MAX_HEADER_OCTETS = 256 * 1024
MAX_FIELDS = 2000

_END = re.compile(rb"\n\r?\n")
_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+):")
_MBOX_SEPARATOR = re.compile(rb"From (?![\t ]*:)")  # "From :" is a field in obsolete grammar (RFC 5322 §4.5.2)

Field = tuple[bytes, bytes]
"""A field: its name as sent, and what follows the colon, with folding and a final CRLF."""
Fields = tuple[Field, ...]
"""Every field in order."""


class UnreadableHeader(Exception):
    """The header has no one certain reading; the text says why."""


def split(raw: bytes) -> tuple[bytes, bytes]:
    """The header and the body of a mail, as they are; lines may end in CRLF or LF."""
    if raw.startswith((b"\n", b"\r\n")):
        return b"", raw.partition(b"\n")[2]
    end = _END.search(raw)
    return (raw[: end.start() + 1], raw[end.end() :]) if end else (raw, b"")


def read_fields(header: bytes) -> Fields:
    """The fields of a header; UnreadableHeader where a line is neither a field nor the continuation of one."""
    if len(header) > MAX_HEADER_OCTETS:
        raise UnreadableHeader(f"the header is longer than {MAX_HEADER_OCTETS // 1024} KiB")
    lines = header.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n") if header else []
    if lines and _MBOX_SEPARATOR.match(lines[0]):
        lines = lines[1:]
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in lines:
        _take(line, fields)
    if len(fields) > MAX_FIELDS:
        raise UnreadableHeader(f"the header has more than {MAX_FIELDS} fields")
    return tuple((name, b"\r\n".join((*value, b""))) for name, value in fields)


def _take(line: bytes, fields: list[tuple[bytes, list[bytes]]]) -> None:
    if line[:1] in (b" ", b"\t"):
        if not fields:
            raise UnreadableHeader("the header begins with white space")
        fields[-1][1].append(line)
        return
    field = _NAME.match(line)
    if field is None:
        raise UnreadableHeader("a line of the header is not a field")
    fields.append((field[1], [line[field.end() :]]))


def canonical_body(body: bytes, *, relaxed: bool) -> bytes:
    """A body in the "simple" or the "relaxed" form (RFC 6376 §3.4.3, §3.4.4), but that an empty one stays empty.

    Done here because dkimpy's own way takes quadratic time on runs of white space.
    """
    lines = body.replace(b"\r\n", b"\n")
    if relaxed:
        lines = lines.replace(b"\t", b" ")
        while b"  " in lines:
            lines = lines.replace(b"  ", b" ")  # halves every run, so this ends after few rounds
        lines = lines.replace(b" \n", b"\n")
    end = len(lines)
    for step in (4096, 1):  # long runs in large strides
        run = b"\n" * (step + 1)
        while lines.endswith(run, 0, end):
            end -= step
    trimmed = lines[:end].replace(b"\n", b"\r\n")
    return b"" if trimmed == b"\r\n" else trimmed
