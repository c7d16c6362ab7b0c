"""What does an Authentication-Results value say? The grammar of RFC 8601 §2.2, strictly and in linear time.

What must stay true: what an outsider can get a server to repeat (the local part of an address, a HELO name) must not
become a result of its own. So every doubt refuses the whole value: `UnreadableResults` says why.

BUGS: white space or comments around the dot of `header.d` are refused, though the grammar allows them.
"""

import re
from dataclasses import dataclass

MAX_OCTETS = 16 * 1024
MAX_DEPTH = 5
"""Of comments inside comments."""

_BLANK = " \t\r\n"
_PLAIN = re.compile(r'[^\s;()"\\]+')
_METHOD = re.compile(r"[a-z][a-z0-9-]*(?:/1)?")
_RESULT = re.compile(r"[a-z]+")
_PROPERTY = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9_-]+")
_VERSION = re.compile(r"[0-9]+")


class UnreadableResults(Exception):
    """The value has no one certain reading; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """One result: `spf`, `pass`, and what it is about (`smtp.mailfrom`, `header.d`), names and results lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def about(self, name: str) -> str:
        """The value of a property; "" where it is missing or stands there several times."""
        values = [value for known, value in self.properties if known == name]
        return values[0] if len(values) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A whole value: whose it is, and what it found."""

    authserv_id: str
    """Lower case, without quotes and comments."""
    results: tuple[MethodResult, ...] = ()

    def of(self, method: str) -> tuple[MethodResult, ...]:
        """All results of one method."""
        return tuple(found for found in self.results if found.method == method)


def parse(value: str) -> Results:
    """Read the value of an Authentication-Results field."""
    head, *segments = _segments(value)
    if not head or len(head) > 2 or "=" in head[0]:
        raise UnreadableResults("it does not begin with the name of a server")
    if len(head) == 2 and (not _VERSION.fullmatch(head[1]) or int(head[1][:9]) != 1):
        raise UnreadableResults("its version is not 1")
    if segments and not segments[-1]:
        segments.pop()  # a final semicolon, as many servers write it
    if segments == [["none"]]:
        segments = []
    return Results(
        authserv_id=head[0].lower().removesuffix("."),
        results=tuple(read for segment in segments if (read := _result(segment))),
    )


def _result(items: list[str]) -> MethodResult | None:
    pairs = [(name.lower(), value) for name, _, value in (item.partition("=") for item in items)]
    if not pairs or any("=" not in item for item in items):
        raise UnreadableResults("a result is not written as method=result")
    (method, result), *properties = pairs
    if not _METHOD.fullmatch(method):
        if re.fullmatch(r"[a-z][a-z0-9-]*/[0-9]+", method):
            return None  # another version of a method is to be ignored (RFC 8601 §2.5)
        raise UnreadableResults("a result does not begin with the name of a method")
    if not _RESULT.fullmatch(result.lower()):
        raise UnreadableResults("a result is no word")
    return MethodResult(
        method=method.removesuffix("/1"),
        result=result.lower(),
        properties=tuple((name, value) for name, value in properties if _PROPERTY.fullmatch(name)),
    )


def _segments(value: str) -> list[list[str]]:
    """The words between semicolons; quoted strings are unquoted, comments left out, `a = b` is one word `a=b`."""
    if len(value) > MAX_OCTETS:
        raise UnreadableResults(f"it is longer than {MAX_OCTETS // 1024} KiB")
    segments: list[list[str]] = [[]]
    word: list[str] = []
    at = 0
    while at < len(value):
        character = value[at]
        if character == ";" or character in _BLANK:
            _end_word(word, segments[-1])
            if character == ";":
                segments.append([])
            at += 1
        elif character == "(":
            at = _end_of_comment(value, at)
            _end_word(word, segments[-1])
        elif character == '"':
            at = _quoted(value, at, word)
        elif plain := _PLAIN.match(value, at):
            word.append(plain[0])
            at = plain.end()
        else:
            raise UnreadableResults("a bracket or a backslash stands alone")
    _end_word(word, segments[-1])
    return segments


def _end_word(word: list[str], segment: list[str]) -> None:
    if not word:
        return
    text = "".join(word)
    word.clear()
    # `method = result`: what has no value yet takes the next word as its value.
    if segment and (segment[-1].find("=") == len(segment[-1]) - 1 or (text[0] == "=" and "=" not in segment[-1])):
        segment[-1] += text
    else:
        segment.append(text)


def _quoted(value: str, at: int, word: list[str]) -> int:
    at += 1
    while at < len(value) and value[at] != '"':
        if value[at] == "\\":
            at += 1
        word.append(value[at : at + 1])
        at += 1
    if at >= len(value):
        raise UnreadableResults("a quoted string has no end")
    return at + 1


def _end_of_comment(value: str, at: int) -> int:
    depth = 0
    while at < len(value):
        character = value[at]
        if character in '"\\':
            # A quoted local part that a server repeats in a comment could end that comment where its sender likes.
            raise UnreadableResults("a comment holds a quotation mark or a backslash")
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            raise UnreadableResults("comments are nested too deeply")
        at += 1
        if depth == 0:
            if at < len(value) and value[at] not in _BLANK + ";":
                raise UnreadableResults("a word follows a comment without a space")
            return at
    raise UnreadableResults("a comment has no end")
