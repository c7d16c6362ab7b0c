"""What stands in a Content-Type or Content-Disposition field? RFC 2045 §5.1, RFC 2183, RFC 2231.

Linear, and never more than 50 parameters: the standard library needs a second for 51 KB of them. Reads what real
programs write: no space or semicolon between parameters, quotes that never close, 8-bit names, encoded words where
none may be.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from gateway.mail import charset, words

MAX_PARAMETERS = 50
MAX_VALUE = 64 * 1024
MAX_COMMON = 200
"""Characters of a field that may well come again in another mail."""

_VALUE = re.compile(r"\s*([^\s;,\"()]*)")
# One separator, not many: the regular expression must not try each beginning of a long run of spaces.
_PARAMETER = re.compile(
    r'[;\s]([!#$&+\-.^_`|~0-9A-Za-z%*]{1,80})\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^;\r\n]*))', re.DOTALL
)
_ESCAPE = re.compile(r'\\(["\\])')
_SEGMENT = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameterised:
    """A field's value in lower case, and its parameters: lower-case names, decoded values, first one first."""

    value: str
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The value of a parameter, "" where there is none."""
        return next((value for known, value in self.parameters if known == name), "")


@dataclass(slots=True)
class _Parts:
    plain: str = ""
    segments: list[tuple[int, bool, str]] | None = None


class TooMany(ValueError):
    """A field has more parameters than any honest program writes."""


def read(field: str) -> Parameterised:
    """Take a field's value apart; octets may stand in it as surrogates (surrogateescape). Raises TooMany."""
    return _read_common(field) if len(field) <= MAX_COMMON else _read(field[:MAX_VALUE])


def _read(field: str) -> Parameterised:
    head = _VALUE.match(field)
    value = head[1].lower() if head else ""
    parts: dict[str, _Parts] = {}
    for count, match in enumerate(_PARAMETER.finditer(field, head.end() if head else 0)):
        if count >= MAX_PARAMETERS:
            raise TooMany(f"a Content field has more than {MAX_PARAMETERS} parameters")
        _sort(parts, match[1].lower(), _ESCAPE.sub(r"\1", match[2]) if match[2] is not None else match[3].strip())
    return Parameterised(value=value, parameters=tuple((name, _joined(part)) for name, part in parts.items()))


_read_common = lru_cache(maxsize=256)(_read)


def _sort(parts: dict[str, _Parts], name: str, text: str) -> None:
    if "*" not in name:
        part = parts.setdefault(name, _Parts())
        part.plain = part.plain or text
        return
    segment = _SEGMENT.fullmatch(name)
    if not segment:
        return
    part = parts.setdefault(segment[1], _Parts())
    if segment[2] is None and not segment[3]:
        part.plain = part.plain or text
        return
    if part.segments is None:
        part.segments = []
    part.segments.append((int(segment[2] or 0), bool(segment[3]), text))


def _joined(part: _Parts) -> str:
    if not part.segments:
        plain = words.recovered(part.plain)
        return words.decode(plain) if "=?" in plain else plain
    label, octets = "", b""
    for index, (_, is_encoded, text) in enumerate(sorted(part.segments, key=lambda segment: segment[0])):
        if is_encoded and index == 0 and text.count("'") >= 2:
            label, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        octets += unquote_to_bytes(raw) if is_encoded else raw
    return charset.decode(octets, label)[0]
