"""What a benchmark found, as a table for people and as a document for tools."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.bench_memory import Memory

REFERENCE = "Postfix, tuned: SMTP to Maildir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of one round."""

    what: str
    rate: float
    """Mails a second."""
    cpu_milliseconds: float | None = None
    """Processor time of the gateway for one mail, all its processes together."""
    idle: float
    """Share of the machine that was idle before."""
    facts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Milliseconds of one stage for one mail."""

    name: str
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The median over all rounds; the ratio is the median of each round's own."""

    what: str
    rate: float
    ratio: float
    cpu_milliseconds: float | None
    rates: tuple[float, ...]
    least_idle: float
    facts: str


def _lines(rounds: Sequence[Sequence[Measured]]) -> list[Line]:
    by_round = [{measured.what: measured for measured in found} for found in rounds]
    lines = []
    for what in by_round[0] if by_round else ():
        of_it = [found[what] for found in by_round]
        cpu = [measured.cpu_milliseconds for measured in of_it if measured.cpu_milliseconds is not None]
        lines.append(
            Line(
                what=what,
                rate=statistics.median(measured.rate for measured in of_it),
                ratio=statistics.median(found[what].rate / found[REFERENCE].rate for found in by_round),
                cpu_milliseconds=statistics.median(cpu) if cpu else None,
                rates=tuple(measured.rate for measured in of_it),
                least_idle=min(measured.idle for measured in of_it),
                facts=of_it[-1].facts,
            )
        )
    return lines


def show(rounds: Sequence[Sequence[Measured]], stages: Sequence[Stage], memory: Sequence[Memory]) -> None:
    """Print the tables."""
    console = Console(width=None if sys.stdout.isatty() else 170)
    table = Table("what", "mails/s", "x Postfix", "cpu ms/mail", "rounds", "idle before", "facts", box=None)
    for line in _lines(rounds):
        cpu = "" if line.cpu_milliseconds is None else f"{line.cpu_milliseconds:.2f}"
        runs = " ".join(f"{rate:.0f}" for rate in line.rates)
        table.add_row(
            line.what, f"{line.rate:.0f}", f"{line.ratio:.2f}", cpu, runs, f"{line.least_idle:.0%}", line.facts
        )
    console.print(table)
    if stages:
        table = Table("stage of one mail", "ms", "of it processor", box=None)
        for stage in stages:
            table.add_row(stage.name, f"{stage.wall:.2f}", f"{stage.cpu:.2f}")
        table.add_row("all", f"{sum(s.wall for s in stages):.2f}", f"{sum(s.cpu for s in stages):.2f}")
        console.print(table)
    for found in memory:
        console.print(
            f"{found.mails} mails of 25 MB at once, roles {found.roles}: the main process {found.idle:.0f} MB before,"
            f" {found.peak:.0f} MB at most; all processes together {found.all_idle:.0f} MB before,"
            f" {found.all_peak:.0f} MB at most; done after {found.seconds:.1f} s"
        )


def document(rounds: Sequence[Sequence[Measured]], stages: Sequence[Stage], memory: Sequence[Memory]) -> dict[str, Any]:
    """The same, for `--json`."""
    return {
        "lines": [asdict(line) for line in _lines(rounds)],
        "stages_ms": [asdict(stage) for stage in stages],
        "memory_mb": [asdict(found) for found in memory],
    }
