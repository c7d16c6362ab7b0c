"""Person or machine? Bounces against the labels of flufl.bounce and BounceParser; no person may be called a machine.

A bounce of flufl.bounce is right where it is called one and exactly the addresses of its label are found, permanent
ones as permanent; a mail that it expects nothing of is right where no address is found. A mail of BounceParser is right
where "is a bounce" and its label agree. Of every other collection, all that is called a machine's is listed, and is a
miss unless its author or its own report shows it to be one. `tests/mail/natures` are mails of our own. Those in
`held_back` were written before their author had looked at the rules; of these every second was not used to mend them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.mail.message import Message
from gateway.mail.nature import Nature, NatureKind, classify
from gateway.mail.parse import parse
from gateway.model import Envelope, Via
from gateway.tokens import Keys
from scripts.accuracy_replies import HALVES, halves

WANTED = 0.97
OWN = Path(__file__).parent.parent / "tests" / "mail" / "natures"
HELD_BACK = OWN / "held_back"
_KEYS = Keys({0: bytes(range(32))})
_WHERE = Envelope(via=Via.FILE, received_at=datetime(2026, 1, 1, tzinfo=UTC))
_NO_MACHINES = (NatureKind.PERSON, NatureKind.BULK)
_SERVERS = ("mailer-daemon@", "postmaster@")
_NO_MAILS = {".json", ".md", ".py", ".go", ".rb", ".php", ".yml", ".xml", ".js", ".exs", ".tnef", ".out", ".html"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A mail that was told wrong."""

    name: str
    expected: str
    found: str
    why: str


def measure(corpora: Path, console: Console) -> bool:
    """Print the figures; are they as wanted?"""
    table = Table(title="Bounces and automatic mail")
    for column in ("collection", "mails", "right", "share", "wanted"):
        table.add_column(column)
    bounces = {"flufl_bounce": list(_flufl(corpora)), "bounceparser": list(_bounceparser(corpora))}
    total = sum(len(found) for found in bounces.values())
    misses = [miss for found in bounces.values() for miss in found if miss]
    for name, found in bounces.items():
        _row(table, name, len(found), sum(1 for miss in found if miss), "")
    _row(table, "both", total, len(misses), f"{WANTED:.0%}")
    people = list(_others(corpora))
    called = [miss for miss in people if miss]
    _row(table, "persons in all others", len(people), len(called), "100%")
    console.print(table)
    for miss in misses + called:
        console.print(f"  {miss.name}: expected {miss.expected}, found {miss.found} ({miss.why})", markup=False)
    is_own_right = measure_own(console)
    return len(misses) <= (1 - WANTED) * total and not called and is_own_right


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail of our own: what it may be called, and what it is called."""

    name: str
    expected: tuple[str, ...]
    found: Nature

    @property
    def is_right(self) -> bool:
        """It is called one of those."""
        return self.found.kind in self.expected

    @property
    def is_wronged(self) -> bool:
        """A person who is called a machine; "bulk" is held for a person to look at."""
        return NatureKind.PERSON in self.expected and self.found.kind not in _NO_MACHINES


def measure_own(console: Console) -> bool:
    """The mails of our own, which need no collection: print the figures; are they as wanted?"""
    table = Table(title="Bounces and automatic mail, our own")
    for column in ("set", "mails", "right", "share", "wanted", "persons called machines"):
        table.add_column(column)
    sets = own_sets()
    for name, cases in sets.items():
        right = sum(case.is_right for case in cases)
        called = str(sum(case.is_wronged for case in cases))
        table.add_row(name, str(len(cases)), str(right), f"{right / len(cases):.2%}", f"{WANTED:.0%}", called)
    console.print(table)
    for case in (case for cases in sets.values() for case in cases if not case.is_right):
        console.print(
            f"  {case.name}: expected {case.expected}, found {case.found.kind} ({case.found.why})", markup=False
        )
    are_enough = all(sum(case.is_right for case in cases) >= WANTED * len(cases) for cases in sets.values())
    return are_enough and not any(case.is_wronged for cases in sets.values() for case in cases)


def own_sets() -> dict[str, list[Case]]:
    """The mails of our own by the name of their set, and of those held back each half."""
    sets = {f"own, {path.stem}": list(own_cases(path)) for path in sorted(OWN.glob("*.txt"))}
    for path in sorted(HELD_BACK.glob("*.txt")):
        cases = list(own_cases(path))
        sets |= {f"{name}, {path.stem}": half for name, half in zip(HALVES, halves(cases), strict=True)}
    return sets


def own_cases(path: Path) -> Iterator[Case]:
    """The mails of a file: `# name`, `#! Kind: …` (each that is right) and the mail itself, each line behind a bar."""
    for entry in re.split(r"(?m)^# ", path.read_text(encoding="utf-8"))[1:]:
        name, kinds, *lines = entry.rstrip("\n").split("\n")
        raw = "\n".join(line.removeprefix("|") for line in lines).encode()
        nature = classify(parse(raw), _WHERE, _KEYS, ())
        yield Case(name=name, expected=tuple(kinds.removeprefix("#! Kind: ").split()), found=nature)


def _row(table: Table, name: str, total: int, misses: int, wanted: str) -> None:
    share = f"{(total - misses) / total:.2%}" if total else "-"
    table.add_row(name, str(total), str(total - misses), share, wanted)


def _read(path: Path) -> tuple[Message, Nature]:
    message = parse(path.read_bytes())
    return message, classify(message, _WHERE, _KEYS, ())


def _flufl(corpora: Path) -> Iterator[Miss | None]:
    folder = corpora / "flufl_bounce"
    for name, label in json.loads((folder / "expected.json").read_text()).items():
        _, nature = _read(folder / "tests" / "data" / name)
        reported = nature.bounce.recipients if nature.bounce else ()
        late = {each.address.lower() for each in reported if not each.permanent and each.action in ("", "delayed")}
        found = ({each.address.lower() for each in reported if each.permanent}, late)
        expected = tuple({address.lower() for address in label[kind]} for kind in ("permanent", "temporary"))
        is_right = found == expected and (nature.kind is NatureKind.BOUNCE or not any(expected))
        if is_right:
            yield None
        else:
            yield Miss(name=name, expected=str(expected), found=f"{nature.kind} {found}", why=nature.why)


def _bounceparser(corpora: Path) -> Iterator[Miss | None]:
    folder = corpora / "bounceparser"
    for name, label in json.loads((folder / "labels.json").read_text()).items():
        _, nature = _read(folder / "t" / "corpus" / name)
        if (nature.kind is NatureKind.BOUNCE) == bool(label["is_bounce"]):
            yield None
        else:
            expected = "a bounce" if label["is_bounce"] else "no bounce"
            yield Miss(name=name, expected=expected, found=nature.kind, why=nature.why)


def _others(corpora: Path) -> Iterator[Miss | None]:
    """Every mail of the other collections that is not shown to be a machine's."""
    for path in sorted(corpora.rglob("*")):
        folder = path.relative_to(corpora).parts[0]
        if folder in ("flufl_bounce", "bounceparser") or path.suffix in _NO_MAILS or not path.is_file():
            continue
        message, nature = _read(path)
        if not message.headers or (nature.kind not in _NO_MACHINES and _is_shown(message)):
            continue
        if nature.kind in _NO_MACHINES:
            yield None
        else:
            name = str(path.relative_to(corpora))
            yield Miss(name=name, expected="a person", found=nature.kind, why=nature.why)


def _is_shown(message: Message) -> bool:
    author = message.author.address.casefold() if message.author else ""
    return author.startswith(_SERVERS) or message.header("Content-Type").lower().startswith("multipart/report")
