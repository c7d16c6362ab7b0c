"""How fast is it? The same mails through Postfix, Dovecot and the gateway, in turn, on this machine, in one run.

    make bench [MAILS=DIR]
    .venv/bin/python -m scripts.bench [--mails DIR] [--count 1000] [--rounds 3] [--only WHAT]… [--json FILE]

`--only` takes peers, door, end, stages, memory. DIR holds mails, a file each, with --recipient as their recipient;
without it the mails are made here (`bench_mails`), the same each time, once as they are and once with the DKIM
signatures of customers whose accounts are on file: these get a receipt, the others do not.

Absolute figures of different days, machines or disks say nothing: compare the ratios to the tuned Postfix of the same
run. docs/performance.md says what each line means.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from scripts.bench_gateway import ROOT, Site, make_site, serving, wait_for
from scripts.bench_mails import RECIPIENT, make_mails, write_mails
from scripts.bench_memory import DOOR_ONLY, Memory, measure_memory, write_large_mails
from scripts.bench_outcomes import Outcomes
from scripts.bench_peers import Peer, dovecot_lmtp, tuned_postfix
from scripts.bench_report import REFERENCE, Measured, Stage, document, show
from scripts.bench_stages import stage_times

PARTS = ("peers", "door", "end", "stages", "memory")
WITHOUT_SENDING = ("smtp", "lmtp", "decide", "clock")
SEED = 7
QUIET_SHARE = 0.85
_console = Console(stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """What is fed: a folder of plain mails, one of signed ones where there are any."""

    plain: Path
    signed: Path | None
    count: int
    recipient: str
    connections: int


def main(arguments: Sequence[str]) -> int:
    """Measure and show; 0 where everything that was fed was accepted and decided."""
    given = _arguments(arguments)
    with tempfile.TemporaryDirectory(prefix="tg-bench-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        mails = _mails(Path(folder), given)
        rounds = [_round(mails, Path(folder) / f"round{number}", given) for number in range(given.rounds)]
        stages = measure_stages(mails, Path(folder) / "stages") if "stages" in given.only else []
        memory = measure_large(Path(folder), given) if "memory" in given.only else []
    show(rounds, stages, memory)
    if given.json:
        given.json.write_text(json.dumps(document(rounds, stages, memory), indent=1) + "\n")
    return 0


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=Path, help="a folder of mails, or a Maildir")
    parser.add_argument("--recipient", default=RECIPIENT)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--quiet", type=float, default=30, help="seconds to wait for a quiet machine before each run")
    parser.add_argument("--processes", type=int, default=0, help="processes that decide; 0: as shipped")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--large", type=int, default=20, help="mails of 25 MB at once")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    given.only = tuple(given.only or PARTS)
    return given


def _mails(folder: Path, given: argparse.Namespace) -> Mails:
    if given.mails:
        plain: Path = given.mails / "new" if (given.mails / "new").is_dir() else given.mails
        count = min(given.count, sum(1 for _ in plain.iterdir()))
        return Mails(plain=plain, signed=None, count=count, recipient=given.recipient, connections=given.connections)
    _console.print(f"making {given.count} mails", style="dim")
    made = make_mails(given.count, seed=SEED, at=datetime.now(UTC) - timedelta(days=1))
    write_mails(made, folder / "plain", signed=False)
    write_mails(made, folder / "signed", signed=True)
    return Mails(
        plain=folder / "plain",
        signed=folder / "signed",
        count=given.count,
        recipient=RECIPIENT,
        connections=given.connections,
    )


# --- one round ---


def _round(mails: Mails, folder: Path, given: argparse.Namespace) -> list[Measured]:
    found: list[Measured] = []
    for run in _runs(mails, folder, given.only, given.processes):
        idle = _wait_for_quiet(given.quiet)
        for measured in run(idle):
            _console.print(f"  {measured.what:55} {measured.rate:8.1f}/s  idle before {idle:4.0%}", style="dim")
            found.append(measured)
    return found


Run = Callable[[float], list[Measured]]


def _runs(mails: Mails, folder: Path, only: Sequence[str], processes: int) -> Iterator[Run]:
    """Everything that is measured in one round, in its order."""
    user = mails.recipient.partition("@")[0]
    yield partial(measure_peer, tuned_postfix(), REFERENCE, mails)
    if "peers" in only:
        yield partial(measure_peer, dovecot_lmtp(user), "Dovecot: LMTP to Maildir", mails)
    if "door" in only:
        yield partial(measure_door, folder / "door-smtp", mails, lmtp=False)
        yield partial(measure_door, folder / "door-lmtp", mails, lmtp=True)
    if "end" in only:
        end = partial(measure_end, processes=processes)
        yield partial(end, folder / "plain-smtp", mails, signed=False, lmtp=False)
        yield partial(end, folder / "plain-lmtp", mails, signed=False, lmtp=True)
        if mails.signed:
            yield partial(end, folder / "signed-smtp", mails, signed=True, lmtp=False)
            yield partial(end, folder / "signed-lmtp", mails, signed=True, lmtp=True)
            yield partial(end, folder / "sent-lmtp", mails, signed=True, lmtp=True, sends=True)


def measure_peer(peer: AbstractContextManager[Peer], what: str, mails: Mails, idle: float) -> list[Measured]:
    """First byte to last file in the Maildir."""
    with peer as running, _feeding(running.port, mails, signed=False, lmtp=running.lmtp) as fed:
        ended = wait_for(mails.count, running.arrived, "mails arrived")
    return [Measured(what=what, rate=mails.count / (ended - fed["began"]), idle=idle, facts=_latency(fed))]


def measure_door(folder: Path, mails: Mails, idle: float, *, lmtp: bool) -> list[Measured]:
    """First byte to last 250, and nothing is decided meanwhile."""
    site = make_site(folder, recipient=mails.recipient)
    with serving(site, roles=DOOR_ONLY) as served:
        before = served.cpu_seconds()
        with _feeding(_port(site, lmtp), mails, signed=False, lmtp=lmtp) as fed:
            pass
        cpu = served.cpu_seconds() - before
    assert site.audit()["received"] == mails.count
    found = _of_door(f"door alone, {_name(lmtp)}", mails, fed, idle, cpu)
    return [replace(found, facts=f"{found.facts}; ready after {served.start_seconds:.1f} s")]


def measure_end(
    folder: Path, mails: Mails, idle: float, *, signed: bool, lmtp: bool, sends: bool = False, processes: int = 0
) -> list[Measured]:
    """First byte to last outcome, and to the last mail out where it sends; the door of the same run."""
    site = make_site(folder, recipient=mails.recipient, signed=signed, processes=processes)
    name = f"{_name(lmtp)}, {'signed, with receipts' if signed else 'unsigned'}{', sending' if sends else ''}"
    with serving(site, roles=() if sends else WITHOUT_SENDING) as served, Outcomes(site) as outcomes:
        before = served.cpu_seconds()
        with _feeding(_port(site, lmtp), mails, signed=signed, lmtp=lmtp) as fed:
            ended = wait_for(mails.count, outcomes.count, "mails decided")
        cpu = served.cpu_seconds() - before
        queued = sum(site.audit()["outbox"].values())
        sent = wait_for(queued, outcomes.sent, "mails sent") if sends else 0.0
    audit = site.audit()
    assert (audit["received"], audit["pending"], audit["even"]) == (mails.count, 0, True), audit
    facts = f"{audit['tickets_opened']} tickets, {audit['articles_added']} added, {queued} mails out"
    found = [
        _of_door(f"door while deciding, {name}", mails, fed, idle, None),
        Measured(
            what=f"end to end, {name}",
            rate=mails.count / (ended - fed["began"]),
            cpu_milliseconds=cpu / mails.count * 1000,
            idle=idle,
            facts=facts,
        ),
    ]
    if sends:
        rate = queued / (sent - fed["began"])
        found.append(Measured(what=f"mails out into a Maildir, {_name(lmtp)}", rate=rate, idle=idle))
    return found


def _of_door(what: str, mails: Mails, fed: dict[str, Any], idle: float, cpu: float | None) -> Measured:
    return Measured(
        what=what,
        rate=mails.count / (fed["ended"] - fed["began"]),
        cpu_milliseconds=None if cpu is None else cpu / mails.count * 1000,
        idle=idle,
        facts=_latency(fed),
    )


def _latency(fed: dict[str, Any]) -> str:
    found = sorted(fed["milliseconds"])
    return f"answer after {statistics.median(found):.1f} ms, 99 %: {found[int(len(found) * 0.99)]:.0f} ms"


def _name(lmtp: bool) -> str:
    return "LMTP" if lmtp else "SMTP"


def _port(site: Site, lmtp: bool) -> int:
    return site.lmtp_port if lmtp else site.smtp_port


@contextmanager
def _feeding(port: int, mails: Mails, *, signed: bool, lmtp: bool) -> Iterator[dict[str, Any]]:
    """Feed from another process; what came of it is in the value when the block has ended."""
    folder = mails.signed if signed and mails.signed else mails.plain
    command = [sys.executable, "-m", "scripts.bench_feed", str(port), str(folder), "--recipient", mails.recipient]
    command += ["--count", str(mails.count), "--connections", str(mails.connections), *(["--lmtp"] if lmtp else [])]
    fed: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            yield fed
            output, _ = process.communicate(timeout=600)
        finally:
            process.kill()
    fed.update(json.loads(output or b"{}"))
    assert process.returncode == 0, f"not every mail was accepted: {fed.get('refused', [])[:3]}"


def _wait_for_quiet(seconds: float) -> float:
    """Wait until the machine is idle, not longer than that; the idle share just before the run."""
    end = time.monotonic() + seconds
    while True:
        idle = _idle_share(1.0)
        if idle >= QUIET_SHARE or time.monotonic() > end:
            return idle


def _idle_share(seconds: float) -> float:
    def looked() -> tuple[int, int]:
        times = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return times[3] + times[4], sum(times)

    idle, total = looked()
    time.sleep(seconds)
    idle_then, total_then = looked()
    return (idle_then - idle) / max(1, total_then - total)


# --- stages and memory ---


def measure_stages(mails: Mails, folder: Path) -> list[Stage]:
    """Where the time of one mail goes."""
    files = sorted((mails.signed or mails.plain).iterdir())[: min(500, mails.count)]
    watch, count = stage_times(make_site(folder, recipient=mails.recipient, signed=bool(mails.signed)), files)
    return [
        Stage(name=name, wall=spent.wall / count * 1000, cpu=spent.cpu / count * 1000)
        for name, spent in watch.stages.items()
    ]


def measure_large(folder: Path, given: argparse.Namespace) -> list[Memory]:
    """What large mails take, of a door alone and of all roles together."""
    _console.print(f"{given.large} mails of 25 MB at once", style="dim")
    large = write_large_mails(folder / "large", mails=given.large, megabytes=25)
    return [
        measure_memory(folder / f"memory-{len(roles)}", large, roles=roles, processes=given.processes)
        for roles in (DOOR_ONLY, ())
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
