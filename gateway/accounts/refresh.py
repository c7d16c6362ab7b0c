"""What a source tells takes the place of what it told before, if it can be true.

What must stay true: a source is read whole and looked at before anything of it is kept; an answer that is empty or much
smaller than what is on file is refused, because a half-broken source must not make customers strangers. An account that
the source does not tell any more is forgotten, with its verified addresses; tickets go on naming it. Only accounts that
changed are written, some hundred in a transaction, each whole, so that mail never waits long; a refresh that is cut off
is finished by the next one. Nothing here makes an address verified but the source's own word.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gateway.accounts.lines import account_of_line
from gateway.accounts.reader import Line, Snapshot, SourceFailed, read_source
from gateway.accounts.reading import Message
from gateway.accounts.sources import Source
from gateway.clock import Clock
from gateway.store.account_sources import (
    Known,
    Size,
    SourceState,
    known_accounts,
    put_source_state,
    size_of,
    source_state,
)
from gateway.store.accounts import IMPORTED, put_accounts, remove_accounts
from gateway.store.db import Store

BATCH = 200
"""Accounts of one transaction."""
SMALLEST_PART = 0.5
"""Of what is on file, a source must tell at least so much, or it is not believed."""
FEW = 10
"""Shops and verified addresses below which that says nothing: of two customers one may well leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a refresh is."""

    read: int = 0
    """Accounts that the source told so far."""
    written: int = 0
    to_write: int = 0
    """Accounts that changed or vanished; 0 while the source is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh did."""

    source: str
    accounts: int
    """How many the source has."""
    changed: int
    removed: int
    remark: str
    """What was left out, in words."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    changed: tuple[Line, ...]
    vanished: tuple[str, ...]


def refresh(
    store: Store,
    clock: Clock,
    source: Source,
    others: Collection[str],
    *,
    scratch: Path,
    force: bool = False,
    tick: Callable[[Progress], None] = lambda progress: None,
) -> Refreshed:
    """Read a source and keep what it tells; `others` are the names of the other configured sources.

    `force` believes an answer that is much smaller than what is on file. `tick` hears how far it is, at least twice a
    second and after each transaction, and may raise to end it. How it went is kept for `source_states`. Raises
    SourceFailed where the source is to blame, Temporary where the store is.
    """
    began, at = clock.monotonic(), clock.now()
    with store.reading() as tx:
        before = source_state(tx, source.name) or SourceState(name=source.name, tried_at=at)
    try:
        told, difference = _refreshed(store, clock, source, others, before, scratch, force, tick)
    except SourceFailed as failed:
        with store.transaction() as tx:
            put_source_state(tx, _failing(before, failed.reason, at))
        raise
    after = _succeeding(before, told, source, at)
    with store.transaction() as tx:
        put_source_state(tx, after)
    return Refreshed(
        source=source.name,
        accounts=after.accounts,
        changed=len(difference.changed),
        removed=len(difference.vanished),
        remark=after.remark,
        seconds=clock.monotonic() - began,
    )


def known_version(state: SourceState | None, source: Source) -> str | None:
    """What the source called its contents at the last success ("" where it has no name for them), None where what is on
    file was not read with this configuration.
    """
    fingerprint, _, version = (state.version if state else "").partition(" ")
    return version if fingerprint == source.fingerprint else None


def _refreshed(
    store: Store,
    clock: Clock,
    source: Source,
    others: Collection[str],
    before: SourceState,
    scratch: Path,
    force: bool,
    tick: Callable[[Progress], None],
) -> tuple[Message, _Difference]:
    version = "" if force else known_version(before, source) or ""
    with read_source(
        source, version=version, scratch=scratch, tick=lambda count: tick(Progress(read=count))
    ) as snapshot:
        told = snapshot.told
        if told.ended == "unchanged":
            return told, _Difference(changed=(), vanished=())
        with store.reading() as tx:
            known = known_accounts(tx)
            size = size_of(tx, source.name, others)
        if not force:
            _require_plausible(told, size)
        difference = _difference(snapshot, known, source.name, others)
        _apply(store, clock, source.name, snapshot, difference, tick)
    return told, difference


def _require_plausible(told: Message, before: Size) -> None:
    """Refuse an answer that would take most of what is on file away."""
    if told.accounts == 0:
        raise SourceFailed("it tells of no account at all; `account refresh --force` believes it")
    counts = (
        ("accounts", told.accounts, before.accounts, 0),
        ("shops", told.shops, before.shops, FEW),
        ("verified addresses", told.verified, before.verified, FEW),
    )
    for what, now, then, few in counts:
        if then >= few and now < then * SMALLEST_PART:
            raise SourceFailed(
                f"it tells of {now:,} {what} where {then:,} are on file: refused, because less than half remains;"
                " `account refresh --force` believes it"
            )


def _difference(snapshot: Snapshot, known: Mapping[str, Known], source: str, others: Collection[str]) -> _Difference:
    told: set[str] = set()
    changed: list[Line] = []
    for line in snapshot.lines():
        told.add(line.id)
        before = known.get(line.id)
        if before and before.source in others:
            raise SourceFailed(
                f"it tells of account {line.id[:50]}, which the source {before.source} tells of too:"
                " an account must have one source"
            )
        if before != Known(source=source, digest=line.digest):
            changed.append(line)
    keep = {*others, IMPORTED}
    vanished = tuple(key for key, before in known.items() if before.source not in keep and key not in told)
    return _Difference(changed=tuple(changed), vanished=vanished)


def _apply(
    store: Store,
    clock: Clock,
    source: str,
    snapshot: Snapshot,
    difference: _Difference,
    tick: Callable[[Progress], None],
) -> None:
    """First what vanished: what proves nothing any more must not prove anything for longer than it has to."""
    total = len(difference.vanished) + len(difference.changed)
    done = 0
    for start in range(0, len(difference.vanished), BATCH):
        gone = difference.vanished[start : start + BATCH]
        with store.transaction() as tx:
            remove_accounts(tx, gone)
        done += len(gone)
        tick(Progress(read=snapshot.told.accounts, written=done, to_write=total))
    for start in range(0, len(difference.changed), BATCH):
        lines = difference.changed[start : start + BATCH]
        accounts = [account_of_line(snapshot.line_at(line.offset), line.id) for line in lines]
        digests = {line.id: line.digest for line in lines}
        with store.transaction() as tx:
            put_accounts(tx, accounts, clock.now(), source=source, digests=digests)
        done += len(lines)
        tick(Progress(read=snapshot.told.accounts, written=done, to_write=total))


def _failing(before: SourceState, error: str, at: datetime) -> SourceState:
    return replace(before, tried_at=at, failing_since=before.failing_since or at, error=error)


def _succeeding(before: SourceState, told: Message, source: Source, at: datetime) -> SourceState:
    whole = replace(before, tried_at=at, succeeded_at=at, failing_since=None, error="")
    if told.ended == "unchanged":
        return whole
    remark = f"{told.left_out:,} addresses that no mail can come from were left out" if told.left_out else ""
    return replace(whole, accounts=told.accounts, remark=remark, version=f"{source.fingerprint} {told.version}")
