"""Do we take mail for this address? Asked at RCPT, so that nobody has to be written to when the answer is no.

The shape of a signed address decides, not its signature: who tries signatures learns nothing here (A-07). Wrong ones
are counted, and whoever tries many is put off, for wrong ones only: a genuine token that somebody mangled is late, not
lost. Nothing here asks the store: an address of ours is known while the database is down.

BUGS: each process counts for itself, so several of them allow as many tries each. A peer whose address is not known
(LMTP) only counts towards the limit of all.
"""

import re
from collections.abc import Iterable
from enum import Enum, auto

from gateway import events
from gateway.clock import Clock
from gateway.ingest.limits import Window, group_of
from gateway.tokens import Keys, Purpose, canonical_address

HOUR = 3600.0
WRONG_PER_PEER = 20
"""Wrong signatures an hour from one peer, then 451."""
WRONG_IN_ALL = 500
"""Wrong signatures an hour from all peers together, then 451."""

_SHAPE = r"([rbac])1-([0-9a-tv-z]{30})"
# A server of our own may have signed or rewritten the return path, and a bounce may come back as it was: BATV
# (`prvs=0123abcdef=local`, older `prvs=local/0123abcdef`, Barracuda's `btv1==…==local`), SRS (`SRS0=…=domain=local`).
_SIGNED = re.compile(
    rf"(?:{_SHAPE}|(?:prvs=[0-9a-z]{{1,20}}=|btv1==[0-9a-z]{{1,40}}==|srs[01][=+-][^@\s]{{1,200}}=){_SHAPE}"
    rf"|prvs={_SHAPE}/[0-9a-z]{{1,20}})"
)
_BEGINNING = re.compile(r"new\+[^\s@+]{1,60}")
"""`new+ann=shop.example` and `new+7`: agents begin conversations there (`pipeline.beginning`)."""
_POSTMASTER = "postmaster"


class Answer(Enum):
    """What RCPT is told."""

    KNOWN = auto()
    UNKNOWN = auto()
    NOT_NOW = auto()
    """Too many wrong signatures lately."""


class Recipients:
    """The addresses we take mail for; counts wrong signatures."""

    def __init__(self, *, support_addresses: Iterable[str], reply_domain: str, keys: Keys, clock: Clock) -> None:
        support = [canonical_address(address) for address in support_addresses]
        self._reply_domain = canonical_address(f"x@{reply_domain}").rpartition("@")[2]
        # RFC 5321 §4.5.1: postmaster of every domain we take mail for, and postmaster without a domain.
        domains = [*(address.rpartition("@")[2] for address in support), self._reply_domain]
        self.postmaster = f"{_POSTMASTER}@{domains[0]}"
        """Who is meant by `<postmaster>` without a domain."""
        self._plain = {*support, *(f"{_POSTMASTER}@{domain}" for domain in domains)}
        self._keys = keys
        self._wrong = Window(clock, HOUR)

    def knows(self, address: str) -> bool:
        """Is it one of ours? A signed address counts by its shape alone."""
        if address.casefold() == _POSTMASTER:
            return True
        canonical = canonical_address(address)
        return canonical in self._plain or self._signed(canonical) is not None or self._begins(canonical)

    def answer(self, address: str, peer_ip: str | None) -> Answer:
        """What to tell a peer; `peer_ip` is None where it is not known (LMTP, unix sockets)."""
        if not self.knows(address):
            return Answer.UNKNOWN
        signed = self._signed(canonical_address(address))
        if signed is None or self._keys.verify(*signed):
            return Answer.KNOWN
        peer = group_of(peer_ip) if peer_ip else ""
        if self._wrong.total() >= WRONG_IN_ALL or (peer and self._wrong.count(peer) >= WRONG_PER_PEER):
            return Answer.NOT_NOW
        self._count(peer)
        return Answer.KNOWN

    def _count(self, peer: str) -> None:
        """One more wrong signature; whoever watches the log hears of the one that reaches a limit, once a span."""
        self._wrong.add(peer)
        if peer and self._wrong.count(peer) == WRONG_PER_PEER:
            events.tokens_guessed(peer, WRONG_PER_PEER)
        if self._wrong.total() == WRONG_IN_ALL:
            events.tokens_guessed_by_many(WRONG_IN_ALL)

    def _begins(self, canonical: str) -> bool:
        local, _, domain = canonical.rpartition("@")
        return domain == self._reply_domain and _BEGINNING.fullmatch(local) is not None

    def _signed(self, canonical: str) -> tuple[Purpose, str] | None:
        local, _, domain = canonical.rpartition("@")
        match = _SIGNED.fullmatch(local) if domain == self._reply_domain else None
        if match is None:
            return None
        tag, body = filter(None, match.groups())
        return Purpose(tag), body
