"""Person or machine? Bounces against the labels of flufl.bounce and BounceParser; no person may be called a machine.

A bounce of flufl.bounce is right where it is called one and exactly the addresses of its label are found, permanent
ones as permanent; a mail that it expects nothing of is right where no address is found. A mail of BounceParser is right
where "is a bounce" and its label agree. Of every other collection, all that is called a machine's is listed, and is a
miss unless its author or its own report shows it to be one.
"""

import json
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

WANTED = 0.97
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
    return len(misses) <= (1 - WANTED) * total and not called


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
