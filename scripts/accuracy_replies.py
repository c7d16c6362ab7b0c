"""What did the sender write now? Split replies of many programs and languages against what a person reads in them.

A mail is right where the lines of `reply` are exactly those that were read off as the customer's, empty lines left out;
it loses text where a customer's line stands in no `reply`, which no mail may. talon's mails bring their expectation
with them. Of the other collections `tests/mail/replies/corpora.toml` holds the numbers of the lines, and
`tests/mail/replies/LANGUAGE.txt` are mails of our own after the real programs' formats. Those in `held_back` were
written before their author had looked at the rules; of these every second was not used to mend them.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from gateway.mail import clean
from gateway.mail.parse import parse
from gateway.mail.quotes import Split, is_forward, split

WANTED = 0.97
OWN = Path(__file__).parent.parent / "tests" / "mail" / "replies"
HELD_BACK = OWN / "held_back"
KINDS = {"R": "reply", "Q": "quoted", "S": "signature", "H": "HTML"}
T = TypeVar("T")
HALVES = ("held back, learned", "held back, untouched")
_TALON = Path("talon/tests/fixtures")
_HEADER = "From: a@x.test\nSubject: {}\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mail: the lines that its customer wrote, those that were found, and why they may differ."""

    name: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Nothing lost, nothing shown too much."""
        return self.expected == self.found

    @property
    def lost(self) -> tuple[str, ...]:
        """What the customer wrote and nobody would see."""
        return tuple((Counter(self.expected) - Counter(self.found)).elements())


def measure(corpora: Path, console: Console) -> bool:
    """Print the figures; are they as wanted?"""
    return _print({"talon": list(_talon(corpora)), "other collections": list(_corpora(corpora))} | own_sets(), console)


def measure_own(console: Console) -> bool:
    """The same, without any collection: the mails of our own."""
    return _print(own_sets(), console)


def own_sets() -> dict[str, list[Case]]:
    """The mails of our own by the name of their set, and of those held back each half."""
    sets = {f"own, {path.stem}": list(own_cases(path)) for path in sorted(OWN.glob("*.txt"))}
    return sets | held_back_sets()


def held_back_sets() -> dict[str, list[Case]]:
    """Each half of what was held back, by language and then whole."""
    by_language: dict[str, list[Case]] = {}
    for path in sorted(HELD_BACK.glob("*.txt")):
        parts = zip(HALVES, halves(list(own_cases(path))), strict=True)
        by_language |= {f"{half}, {path.stem}": cases for half, cases in parts}
    whole = {
        half: [case for name, cases in by_language.items() if name.startswith(half) for case in cases]
        for half in HALVES
    }
    return by_language | whole


def halves(cases: Sequence[T]) -> tuple[list[T], list[T]]:
    """What was learned from (the first, the third…) and what was only measured."""
    return list(cases[::2]), list(cases[1::2])


def _print(sets: Mapping[str, list[Case]], console: Console) -> bool:
    table = Table(title="Replies")
    for column in ("set", "mails", "right", "share", "wanted", "text lost in"):
        table.add_column(column)
    for name, cases in sets.items():
        right, lost = sum(case.is_right for case in cases), sum(bool(case.lost) for case in cases)
        wanted = f"{_wanted(name):.0%}" if _wanted(name) else ""
        share = f"{right / len(cases):.1%}" if cases else "-"
        table.add_row(name, str(len(cases)), str(right), share, wanted, str(lost))
    console.print(table)
    for name, cases in sets.items():
        if name not in HALVES:
            _print_misses(console, name, cases)
    return all(_is_as_wanted(name, cases) for name, cases in sets.items())


def _is_as_wanted(name: str, cases: list[Case]) -> bool:
    is_enough = sum(case.is_right for case in cases) >= _wanted(name) * len(cases)
    return bool(cases) and is_enough and not any(case.lost for case in cases)


def _wanted(name: str) -> float:
    if name.startswith("held back") and name not in HALVES:
        return 0.0  # twenty mails of a language are too few for a share
    return 1.0 if name == "talon" else WANTED


def _print_misses(console: Console, name: str, cases: list[Case]) -> None:
    for case in cases:
        if case.is_right:
            continue
        extra = len(case.found) - len(case.expected)
        what = f"lost {len(case.lost)} lines" if case.lost else f"{extra} lines shown too much"
        console.print(f"  {name}: {case.name}: {what}{f' ({case.note})' if case.note else ''}", markup=False)


def _talon(corpora: Path) -> Iterator[Case]:
    """Each mail's expectation is NAME_reply_text, or `Hello`; it may hold the signature."""
    for path in sorted((corpora / _TALON / "standard_replies").glob("*.eml")):
        message = parse(path.read_bytes())
        text = path.with_name(f"{path.stem}_reply_text")
        expected = _texts(text.read_text() if text.exists() else "Hello")
        found = _texts(message.reply)
        with_signature = found + _texts(message.signature)
        yield Case(name=path.name, expected=expected, found=with_signature if with_signature == expected else found)
    path = corpora / _TALON / "reply-quotations-share-block.eml"
    message = parse(path.read_bytes())
    # Upstream wants that something is left and nothing of the quotation: here all that stands above it.
    expected = _texts(message.text.partition("---")[0])
    yield Case(name=path.name, expected=expected, found=_texts(message.reply))


def _corpora(corpora: Path) -> Iterator[Case]:
    data = tomllib.loads((OWN / "corpora.toml").read_text(encoding="utf-8"))
    for entry in data["text"]:
        if "left_out" not in entry:
            text = clean.block((corpora / entry["files"][0]).read_text(encoding="utf-8", errors="replace"))
            lines = text.split("\n")
            yield _case(entry, {number: line for number, line in enumerate(lines, 1) if line.strip()}, split(text))
    for entry in data["html"]:
        subject = entry.get("subject", "Re: x")
        raw = _HEADER.format(subject).encode() + (corpora / entry["files"][0]).read_bytes()
        message = parse(raw)
        lines = [line for line in message.text.split("\n") if line.strip()]
        result = Split(reply=message.reply, quoted=message.quoted, signature=message.signature)
        yield _case(entry, dict(enumerate(lines, 1)), result)


def _case(entry: dict[str, str], lines: dict[int, str], result: Split) -> Case:
    first, _, last = entry["reply"].partition("-")
    wanted = range(int(first), int(last or first) + 1)
    expected = tuple(line.strip() for number, line in lines.items() if number in wanted)
    return Case(name=entry["files"][0], expected=expected, found=_texts(result.reply), note=entry.get("note", ""))


def own_cases(path: Path) -> Iterator[Case]:
    """The mails of a file: `# name` and `#! Subject: …` above the lines, each with the letter of its part.

    Where there are lines with H, they are the mail in HTML, and those with R are what its customer wrote.
    """
    for name, subject, lines in _own(path):
        html = "\n".join(line for kind, line in lines if kind == "H")
        text = "\n".join(line for _, line in lines)
        found = (
            parse(_HEADER.format(subject).encode() + html.encode())
            if html
            else split(text, is_forward=is_forward(subject))
        )
        expected = tuple(line.strip() for kind, line in lines if kind == "R" and line.strip())
        yield Case(name=name, expected=expected, found=_texts(found.reply))


def _own(path: Path) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    name, subject = "", ""
    lines: list[tuple[str, str]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("#! "):
            subject = line[3:].removeprefix("Subject: ")
        elif line.startswith("# "):
            if lines:
                yield name, subject, lines
            name, subject, lines = line[2:], "", []
        elif line[1:2] == "|" and line[0] in KINDS:
            lines.append((line[0], line[2:]))
        elif line:
            raise ValueError(f"{path.name}:{number}: {line!r} is neither R|, Q|, S|, H| nor a name")
    if lines:
        yield name, subject, lines


def _texts(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())
