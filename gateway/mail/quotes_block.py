"""Does a quoted or a forwarded mail begin here? Lines with dashes, and header blocks as Outlook writes them.

A header block is cut on only where it names a sender and a subject or a time of sending: lists of `From:`, `To:` and
`Date:` are written by customers, too.
"""

import re
from collections.abc import Sequence

from gateway.mail.quotes_words import FORWARDED, FROM, LABELS, ORIGINAL, SENT, SUBJECT, folded

BLOCK = 8
"""Lines in which a header block must have its labels."""

_BETWEEN_DASHES = re.compile(r"[-_=*—– ]{2,40}([^-_<>@:=]{2,60}(?:-[^-_<>@:=]{2,40})?)[-_=*—– ]{2,40}")
_RULER = re.compile(r"[-_=*—–⎯─]{5,200}")
_DAVID = "original message processed by david"
_ANY_LABEL = re.compile(r"\W{0,3}[^\W\d][^:<>@]{0,30}?\W{0,2}[:：]")
_TIME = re.compile(r"\d\s?[:.h時时시点點]\s?\d\d")
_DAY = re.compile(r"\d{4}|\d{1,2}\s?[./\-]\s?\d")
_WHEN_OR_WHO = re.compile(r"@|\b\d{4}\b|\d[:.]\d\d")


def is_ruler(line: str) -> bool:
    """A line drawn of dashes or the like."""
    return _RULER.fullmatch(line.strip()) is not None


def is_separator(line: str) -> bool:
    """`-----Original Message-----` in any of our languages."""
    stripped = line.strip()
    if len(stripped) > 120:
        return False
    return _named(stripped) in ORIGINAL or folded(stripped).startswith(_DAVID)


def is_forward_line(line: str) -> bool:
    """`---------- Forwarded message ---------`, `Begin forwarded message:`, with marks before it or not."""
    stripped = line.strip().lstrip("> ").strip("*_ ")
    if not stripped or len(stripped) > 120:
        return False
    if stripped.endswith((":", "：")):
        return folded(stripped.rstrip(":： ")) in FORWARDED
    return stripped[0] in "-_=*—–" and folded(stripped.strip("-_=*—– ")) in FORWARDED


def _named(stripped: str) -> str:
    if stripped[:1] not in "-_=*—–":
        return ""
    match = _BETWEEN_DASHES.fullmatch(stripped)
    return folded(match[1].strip()) if match else ""


def header_block(lines: Sequence[str], index: int) -> int:
    """How many lines from here on head a quoted mail; 0 for none."""
    if label(lines[index]) not in LABELS:
        return 0
    found: list[str] = []
    end = index
    for position in range(index, min(index + BLOCK, len(lines))):
        if not lines[position].strip():
            break
        name = label(lines[position])
        if name in LABELS:
            found.append(name)
            end = position + 1
    names = set(found)
    is_one = len(names) >= 3 and names & FROM and names & (SUBJECT | SENT) and _begins(found, lines, index, end)
    return end - index if is_one else 0


def _begins(found: Sequence[str], lines: Sequence[str], index: int, end: int) -> bool:
    """Programs begin with the sender and say when he sent it; those that do not name an address."""
    if any("@" in line for line in lines[index:end]):
        return True
    is_whole = not SENT.isdisjoint(found) and not SUBJECT.isdisjoint(found)
    return found[0] in FROM and (is_whole or any(_is_dated(line[:300]) for line in lines[index:end]))


def _is_dated(line: str) -> bool:
    """Does it tell a time, or when something was sent? `Sent: within two days` is a shop's promise."""
    return _TIME.search(line) is not None or (label(line) in SENT and _DAY.search(line) is not None)


def looks_like_headers(lines: Sequence[str], index: int) -> bool:
    """Do labels and values in a row begin here, in whatever language? Only where the HTML has said so before."""
    block = [line for line in lines[index : index + BLOCK] if line.strip()]
    labelled = [line for line in block if _ANY_LABEL.match(line[:60])]
    # A form's `Order:`, `Date:` and `Name:` may stand below a line, too: somebody must have sent it.
    is_sent = any("@" in line[:300] or label(line) in FROM for line in labelled)
    return len(labelled) >= 3 and is_sent and any(_WHEN_OR_WHO.search(line[:300]) for line in labelled)


def label(line: str) -> str:
    """The folded word before the colon, "" where there is none."""
    start = line[:60].replace("：", ":")
    head, colon, _ = start.partition(":")
    return folded(head.strip(" \t*_|>\u00a0")) if colon else ""
