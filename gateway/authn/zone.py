"""What does a zone file say? Answers every question from an RFC 1035 master file, so that any case can be reproduced.

One file may hold several zones; names without a final dot are relative to `$ORIGIN`, else to the root. A name exists
when it, or a name below it, has a record; any other name is NXDOMAIN. Wildcards are expanded (RFC 4592), CNAMEs
followed inside the file.

BUGS: `$INCLUDE` is refused, delegations (NS) are not.
"""

# The library has no types.
# mypy: allow-untyped-calls

from pathlib import Path
from typing import Any, cast

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zonefile

from gateway.authn.answers import NODATA, NXDOMAIN, Answer, AnswerState, Labels, Record, RecordType, Reply, no_answer
from gateway.authn.rdata import READERS
from gateway.errors import ConfigError

MAX_CHAIN = 10
"""CNAMEs followed for one question."""

DEFAULT_TTL = 3600


class Zone:
    """The records of a zone file; does not change after it was read."""

    is_remote = False

    def __init__(self, text: str, name: str) -> None:
        """Read the text; `name` stands for the file in the ConfigError that a mistake raises."""
        self._records: dict[Labels, dict[str, list[Record]]] = {}
        self._aliases: dict[Labels, Labels] = {}
        self._names: set[Labels] = {()}
        for owner, rdata in _read(text, name):
            self._add(owner, rdata)
        self._replies = {
            labels: {
                kind: _reply(Answer(state=AnswerState.FOUND, records=tuple(found))) for kind, found in kinds.items()
            }
            for labels, kinds in self._records.items()
        }

    def ask(self, kind: RecordType, name: Labels, seconds: float) -> Reply:
        """Answer one question; the answer is never to be remembered, it costs nothing."""
        for _ in range(MAX_CHAIN):
            owner = self._owner(name)
            if owner is None:
                return _NXDOMAIN
            if owner not in self._aliases:
                return self._replies.get(owner, {}).get(kind, _NODATA)
            name = self._aliases[owner]
        return _reply(no_answer("the CNAMEs of the zone file do not end"))

    def _owner(self, name: Labels) -> Labels | None:
        if name in self._names:
            return name
        # RFC 4592 §3.3.1: only the closest ancestor that exists may have the wildcard that answers.
        encloser = next(name[start:] for start in range(1, len(name) + 1) if name[start:] in self._names)
        wildcard = (b"*", *encloser)
        return wildcard if wildcard in self._names else None

    def _add(self, owner: dns.name.Name, rdata: dns.rdata.Rdata) -> None:
        labels = _labels(owner)
        self._names.update(labels[start:] for start in range(len(labels)))
        kind = dns.rdatatype.to_text(rdata.rdtype)
        if kind == "CNAME":
            self._aliases[labels] = _labels(cast(Any, rdata).target)
        elif kind in READERS:
            self._records.setdefault(labels, {}).setdefault(kind, []).append(READERS[kind](rdata))


def _reply(answer: Answer[Record]) -> Reply:
    return Reply(answer=answer, ttl=0)


_NXDOMAIN, _NODATA = _reply(NXDOMAIN), _reply(NODATA)


def read_zone(path: Path) -> Zone:
    """Read a zone file; ConfigError names the file, about the line, and the mistake."""
    try:
        return Zone(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigError(f"[dns] zone_file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"[dns] zone_file {path}: is not UTF-8 text (byte {error.start})") from error


class _Collector(dns.zonefile.RRsetsReaderTransaction):
    """Takes each record as it is read: dnspython's own transaction refuses a second zone's SOA."""

    def add(self, *args: Any) -> None:
        owner, _, rdata = args
        self.rdatasets.setdefault("collected", []).append((owner, rdata))


def _read(text: str, name: str) -> list[tuple[dns.name.Name, dns.rdata.Rdata]]:
    collector = _Collector(dns.zonefile.RRSetsReaderManager(), True, False)
    tokens = dns.tokenizer.Tokenizer(text, name)
    reader = dns.zonefile.Reader(tokens, dns.rdataclass.IN, collector, default_ttl=DEFAULT_TTL)
    try:
        reader.read()
    except dns.exception.DNSException as error:
        raise ConfigError(f"[dns] zone_file {error}; it must be a master file (RFC 1035 §5)") from error
    collected: list[tuple[dns.name.Name, dns.rdata.Rdata]] = collector.rdatasets.get("collected", [])
    return collected


def _labels(name: dns.name.Name) -> Labels:
    return tuple(label.lower() for label in name.labels if label)
