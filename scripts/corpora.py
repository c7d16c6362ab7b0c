"""Imports every file below each folder, and checks that nothing is lost, nothing crashes and nothing takes long.

    make corpora CORPORA=DIR                           (each folder in DIR)
    .venv/bin/python -m scripts.corpora FOLDER…

Real collections of mail hold what nobody would think of. Each folder goes through the real `ticket-gateway import` into
a new gateway of its own, without a spam engine and with a DNS that knows nothing. Ends with 1, and names the files,
where a mail has no outcome, went to the poison shelf, took longer than 2 seconds, or where `audit` does not balance.

How long a mail took is the time between its outcome and the one before, with one worker; what could only be read in
part ("unparsed") is asked of the reader again. BUGS: the first mail of a folder has no time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from gateway.config import load
from gateway.errors import Temporary
from gateway.mail.reader import Reader
from gateway.store.db import Store
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.spool import RawRow, SpoolRow
from scripts.bench_gateway import ROOT, Site, make_site

LONGEST_SECONDS = 2.0
"""For one mail."""
PATIENCE_SECONDS = 60.0
"""For the start, on top of what the mails may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One mail: where it came from, what became of it, how long it took."""

    source: str
    action: str
    seconds: float
    unparsed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One folder."""

    folder: Path
    mails: tuple[Decided, ...]
    problems: tuple[str, ...]
    """What the import could not take: empty files, links."""
    failures: tuple[str, ...]
    """What must not be."""
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Import, check, show; 1 where something failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("--list", action="store_true", help="name every mail that was only read in part")
    given = parser.parse_args(arguments)
    results = [_import(folder.resolve()) for folder in given.folders]
    _show(results, with_list=given.list)
    return 1 if any(result.failures for result in results) else 0


def _import(folder: Path) -> Result:
    with tempfile.TemporaryDirectory(prefix="tg-corpora-", ignore_cleanup_errors=True) as scratch:
        site = make_site(Path(scratch), signed=False)
        with site.config.open("a") as config:
            config.write("\n[pipeline]\nworkers = 1\n")
        began = time.monotonic()
        failures, problems, received = _run(site, folder)
        seconds = time.monotonic() - began
        mails = tuple(_decided(site))
        failures += [f"audit does not balance: {site.run('audit', '--json', expect=(0, 1))}"] * (not _is_even(site))
        failures += [f"{received} were received, {len(mails)} have an outcome"] * (received != len(mails))
    failures += [f"{mail.source}: took {mail.seconds:.1f} s" for mail in mails if mail.seconds > LONGEST_SECONDS]
    failures += [f"{mail.source}: went to the poison shelf" for mail in mails if mail.action == "poison"]
    return Result(folder=folder, mails=mails, problems=tuple(problems), failures=tuple(failures), seconds=seconds)


def _run(site: Site, folder: Path) -> tuple[list[str], list[str], int]:
    """Import the folder: what failed, what it could not take, how many mails it took."""
    patience = PATIENCE_SECONDS + LONGEST_SECONDS * sum(1 for _ in folder.rglob("*"))
    command = site.command("import", "--json", str(folder))
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL, check=False, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return [f"the import did not end within {patience:.0f} s"], [], 0
    if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
        return [f"the import ended with {done.returncode}: {done.stderr[-500:]}"], [], 0
    found = json.loads(done.stdout)
    problems = [f"{problem['source']}: {problem['why']}" for problem in found["problems"]]
    failures = [f"{found['pending']} mails are still pending"] if found["pending"] else []
    failures += [f"on standard error: {line}" for line in done.stderr.splitlines() if '"error"' in line]
    return failures, problems, found["received"]


def _is_even(site: Site) -> bool:
    return bool(json.loads(site.run("audit", "--json", expect=(0, 1)))["even"])


def _decided(site: Site) -> Iterator[Decided]:
    """Every mail that has an outcome, in the order of these."""
    store = Store(load(site.config).store_url)
    reader = Reader(1, 512 * 1024 * 1024, 10, 20)
    reader.start()
    try:
        with store.reading() as tx:
            rows = tx.execute(
                select(SpoolRow.source, OutcomeRow.action, OutcomeRow.decided_at, RawRow.content)
                .join(OutcomeRow, OutcomeRow.entry_id == SpoolRow.id)
                .join(RawRow, RawRow.entry_id == SpoolRow.id)
                .order_by(OutcomeRow.decided_at)
            ).all()
        for before, row in pairwise([*rows[:1], *rows]):
            yield Decided(
                source=row.source,
                action=row.action,
                seconds=(row.decided_at - before.decided_at).total_seconds(),
                unparsed=_unparsed(reader, row.content),
            )
    finally:
        reader.stop()
        store.close()


def _unparsed(reader: Reader, raw: bytes) -> str:
    try:
        return reader.read(raw).unparsed
    except Temporary as error:
        return error.reason


def _show(results: Sequence[Result], *, with_list: bool) -> None:
    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)
    table = Table("folder", "mails", "outcomes", "not taken", "unparsed", "slowest", "seconds", "failures", box=None)
    for result in results:
        actions = Counter(mail.action for mail in result.mails)
        table.add_row(
            result.folder.name,
            str(len(result.mails)),
            ", ".join(f"{action} {count}" for action, count in actions.most_common()),
            str(len(result.problems)),
            str(sum(bool(mail.unparsed) for mail in result.mails)),
            f"{max((mail.seconds for mail in result.mails), default=0.0):.2f} s",
            f"{result.seconds:.1f}",
            str(len(result.failures)),
        )
    console.print(table)
    console.print(f"{sum(len(result.mails) for result in results)} mails")
    for result in results:
        for failure in result.failures:
            console.print(f"FAILED {result.folder.name}: {failure}", markup=False)
        for mail in result.mails if with_list else ():
            if mail.unparsed:
                console.print(f"read in part: {mail.source}: {mail.unparsed}", markup=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
