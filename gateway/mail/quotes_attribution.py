"""Is this the line that a mail program puts above a quotation (`On ..., somebody wrote:`), in any language?

Two strengths: above lines that are marked as quoted, `names an author and ends with a colon` is enough; where nothing
below is marked, the line cuts off all the rest, and only what a program writes is enough. A line is looked at at most
`MAX_LINES` times.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.mail.quotes_words import DAYS, OPENINGS, QUOTING, WROTE, WROTE_ASIAN, folded

MAX_LINES = 4
"""Lines over which an attribution may be wrapped."""
MAX_LENGTH = 300
"""Characters of one of its lines."""

_HEAD = re.compile(r"[\s\-–—*]{0,8}")
_DASHES = re.compile(r"\s?-{3,20}$")
_WORD = re.compile(r"[^\W\d_]+")
_TIME = re.compile(r"\d{1,2}\s?[:.h]\s?\d\d|\d{1,2}時")
_DATE = re.compile(r"\d{4}|\d{1,2}[./\-]\d{1,2}[./\-]\d\d|\d{1,2}月")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_FIRST_PERSON = re.compile(r"\b(?:I|i wrote|ich|ik|j'ai|j’ai)\b")
_SECOND_PERSON = re.compile(
    r"(?i)\b(?:you|jij|jullie|vous|ihr|usted)\b|\b(?:Sie|tu|u(?! \d))\b|(?<!napisao )(?<!napisala )\bje\b"
)
# As `folded` leaves it. What a customer of the customer wrote is the story itself; no program calls anybody so.
_BUYER = re.compile(
    r"\b(?:the|a|my|our|this) (?:customer|client|buyer)\b|πελατη(?:σ|ν) |πελατισσα|αγοραστ(?:ησ|ρια)"
    r"|\b(?:de|een|mijn|onze|deze) (?:klante?|koper|consument)\b|\b(?:le|la|une?|mon|ma|notre|cet?|cette) cliente?\b"
    r"|\bl'acheteu(?:r|se)\b|\b(?:der|die|eine?|meine?|unsere?|dieser?) (?:kund(?:e|in)|kaufer(?:in)?)\b"
)
_NAME_FOLLOWS = ("schr", "skr", "gesc", "kirj")
"""Beginnings of the verbs behind which the author stands; behind the others the line ends, or the date follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How many lines from here on it is, and whether that is sure without marked lines below it."""

    lines: int
    certain: bool


def attribution(lines: Sequence[str], index: int) -> Attribution | None:
    """The attribution that begins with this line."""
    found = _at(lines, index)
    if found is None or found.lines == 1:
        return found
    # The line above belongs to the customer where the rest is one by itself.
    for later in range(index + 1, index + found.lines):
        other = _at(lines, later) if _opens(lines[later]) else None
        if other is not None and other.certain:
            return None
    return found


def _at(lines: Sequence[str], index: int) -> Attribution | None:
    joined = ""
    for count in range(1, MAX_LINES + 1):
        line = lines[index + count - 1].strip() if index + count <= len(lines) else ""
        if not line or len(line) > MAX_LENGTH or _is_quoted(line):
            return None
        joined = f"{joined} {line}" if joined else line
        if joined.startswith("---") and (inside := _DASHES.sub("", line)) not in ("", line):
            # Zoho stands it between dashes, and needs no colon then.
            return _judged(lines[index], f"{joined.removesuffix(line)}{inside}".strip("- ") + ":", count)
        if count == 1 and (head := _with_text_behind(line)):
            return head
        if line.endswith((":", "：")):
            return _judged(lines[index], joined, count)
        if line.endswith(("!", "?", ";")) or (count == 1 and not _may_begin(line)):
            return None
    return None


def _with_text_behind(line: str) -> Attribution | None:
    """Yahoo on phones puts the first words of the quotation on the same line, behind spaces."""
    head, spaces, text = line.partition(":  ")
    if not spaces or not text.strip():
        return None
    found = _judged(line, f"{head}:", 1)
    return found if found and found.certain and _ADDRESS.search(head) else None


def _is_quoted(line: str) -> bool:
    return line.startswith(">") and not line.startswith(">:")  # an address may be wrapped before its end


def _judged(first: str, joined: str, count: int) -> Attribution | None:
    plain = folded(joined)
    wrote = WROTE.search(plain) or WROTE_ASIAN.search(joined)
    address, time, date = _ADDRESS.search(joined), _TIME.search(joined), _DATE.search(joined)
    if address and QUOTING.match(plain):
        return Attribution(lines=count, certain=False)
    if _FIRST_PERSON.search(joined) or not (wrote or (address and (time or date))):
        return None
    opens = _opens(first) or _ADDRESS.search(first) is not None
    if count > 1 and not (opens and (address or time)):
        return None
    dated = time is not None and date is not None
    written = wrote is not None and (address is not None or (dated and _ends_well(plain, wrote)))
    named = address is not None and dated and joined.endswith((">:", ">："))
    is_sure = opens and (written or named) and not (_SECOND_PERSON.search(joined) or _BUYER.search(plain))
    return Attribution(lines=count, certain=is_sure)


def _ends_well(plain: str, wrote: re.Match[str]) -> bool:
    """Does no more follow the verb than programs write? `wrote on the door:` is a customer's story."""
    rest = plain[wrote.end() :].strip(" :：")
    return not rest or wrote[0].startswith(_NAME_FOLLOWS) or any(character.isdigit() for character in rest)


def _may_begin(line: str) -> bool:
    return _opens(line) or _ADDRESS.search(line) is not None or QUOTING.match(folded(line[:40])) is not None


def _opens(line: str) -> bool:
    """Does it begin as such lines do: a date, a day of the week, `On`?"""
    text = line[_HEAD.match(line).end() :]  # type: ignore[union-attr] # it matches nothing too
    if text[:1].isdigit():
        return _DATE.search(text[:40]) is not None or _TIME.search(text[:40]) is not None or " " in text[:4]
    if text[:1] in "在于於":
        return True
    word = _WORD.match(text)
    return word is not None and folded(word[0]) in _FIRST_WORDS


_FIRST_WORDS = frozenset(phrase.split()[0] for phrase in OPENINGS) | DAYS
