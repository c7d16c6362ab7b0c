"""Runs the public test suite of RFC 7208 through our SPF, and names every case that differs.

    make spf-suite SUITE=DIR                           (DIR, or any folder below, holds rfc7208-tests.yml)

Each scenario becomes a zone of our own resolver; nothing is asked of the network. Where the standard leaves room the
suite allows several results: those cases are printed with ours. Ends with 1 where a case differs, 2 where there is no
suite.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from gateway.authn import spf
from gateway.authn.answers import Labels, RecordType, Reply, no_answer
from gateway.authn.domains import labels_of
from gateway.authn.resolver import Resolver
from gateway.authn.zone import Zone
from gateway.clock import FixedClock
from gateway.config import Dns
from gateway.model import Envelope, Via

FILE = "rfc7208-tests.yml"
TIMEOUT = "TIMEOUT"
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: what is asked, and the results that the suite allows."""

    scenario: str
    name: str
    envelope: Envelope
    allowed: tuple[str, ...]


class Scenario:
    """The zone of a scenario; a name that it marks with TIMEOUT does not answer, but for the types it lists."""

    is_remote = False

    def __init__(self, description: str, names: dict[str, list[Any]]) -> None:
        lines = {name: list(_zone_lines(name, records)) for name, records in names.items()}
        self._zone = Zone("\n".join([*(line for some in lines.values() for line in some), ""]), description)
        self._silent = {
            labels_of(name): {line.split(" ")[3] for line in lines[name]}
            for name, records in names.items()
            if TIMEOUT in records
        }

    def ask(self, kind: RecordType, name: Labels, seconds: float) -> Reply:
        """Answer from the zone, or not at all."""
        if kind.value in self._silent.get(name, {kind.value}):
            return self._zone.ask(kind, name, seconds)
        return Reply(answer=no_answer("the suite says TIMEOUT"), ttl=0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help=f"where {FILE} is, in any folder below")
    folder: Path = parser.parse_args(arguments).folder
    file = next(iter(sorted(folder.rglob(FILE))), None)
    if file is None:
        sys.stderr.write(f"there is no {FILE} in {folder} or below\n")
        return 2
    console = Console(highlight=False, soft_wrap=True, markup=False)
    results = [(case, result) for case, resolver in read(file) for result in [run(case, resolver)]]
    for case, result in results:
        if len(case.allowed) > 1:
            console.print(f"room  {case.scenario} / {case.name}: {result.result} (allowed: {', '.join(case.allowed)})")
    missed = [(case, result) for case, result in results if result.result not in case.allowed]
    for case, result in missed:
        console.print(f"MISS  {case.scenario} / {case.name}: {result.result} instead of {case.allowed[0]} {result.why}")
    console.print(f"{len(results) - len(missed)} of {len(results)} cases of RFC 7208 as the suite expects")
    return 1 if missed or not results else 0


def run(case: Case, resolver: Resolver) -> spf.SpfResult:
    """What our SPF says."""
    return spf.check(case.envelope, resolver.for_mail())


def read(file: Path) -> Iterator[tuple[Case, Resolver]]:
    """Every case, with the resolver of its scenario."""
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        sys.exit("the suite is written in YAML: PyYAML is needed (.venv/bin/pip install PyYAML)")
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        scenario = str(document["description"])
        source = Scenario(scenario, document["zonedata"])
        resolver = Resolver(Dns(), FixedClock(AT), source)
        for name, case in document["tests"].items():
            yield _case(scenario, name, case), resolver


def _case(scenario: str, name: str, case: dict[str, Any]) -> Case:
    result = case["result"]
    return Case(
        scenario=scenario,
        name=name,
        envelope=Envelope(
            via=Via.SMTP, received_at=AT, mail_from=case["mailfrom"], peer_ip=case["host"], helo=case["helo"]
        ),
        allowed=tuple(result) if isinstance(result, list) else (result,),
    )


def _zone_lines(name: str, records: Sequence[Any]) -> Iterator[str]:
    pairs = [pair for record in records if isinstance(record, dict) for pair in record.items()]
    # The suite is older than RFC 7208: a record of the abandoned type SPF stands for TXT, where there is no TXT.
    spf_counts = not any(kind == "TXT" for kind, _ in pairs)
    for kind, value in pairs:
        if kind == "TXT" or (kind == "SPF" and spf_counts):
            if value != "NONE":
                yield f"{_name(name)} 60 IN TXT {_strings(value)}"
        elif kind == "MX":
            yield f"{_name(name)} 60 IN MX {value[0]} {_name(value[1])}"
        elif kind != "SPF":
            yield f"{_name(name)} 60 IN {kind} {_name(value) if kind in ('CNAME', 'PTR') else value}"


def _name(name: str) -> str:
    escaped = "".join(one if one.isalnum() or one in ".-_*" else _decimal(one) for one in name)
    return escaped.removesuffix(".") + "."


def _strings(value: str | list[str]) -> str:
    parts = [value] if isinstance(value, str) else value or [""]
    chunks = [part[start : start + 200] for part in parts for start in range(0, len(part) or 1, 200)]
    return " ".join('"' + "".join(_character(character) for character in chunk) + '"' for chunk in chunks)


def _character(character: str) -> str:
    return character if " " <= character <= "~" and character not in '"\\' else _decimal(character)


def _decimal(character: str) -> str:
    return "".join(f"\\{octet:03d}" for octet in character.encode())


if __name__ == "__main__":
    sys.exit(main())
