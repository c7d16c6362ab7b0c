"""The spool: accepted mails until they are decided. The one door in is `Spool.put`.

What must stay true: the future that `put` returns resolves only after a commit with full durability (I1). Many waiting
mails share one commit: a writer thread takes all that have gathered while the last commit ran and while it waited for
its turn.
"""

import hashlib
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, case, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from gateway.clock import Clock
from gateway.errors import Temporary
from gateway.model import Entry, Envelope, Incoming, MailboxUid, Octets, Via
from gateway.store import large
from gateway.store.db import Store, Tx
from gateway.store.ids import new_id
from gateway.store.large import is_large
from gateway.store.prepared import Prepared
from gateway.store.rank import MACHINES, PEOPLE, RANKS, rank_of
from gateway.store.schema.spool import MailboxMessageRow, RawRow, SpoolRow

GROUP = 256
"""Mails of one commit at most."""
LONGEST_PAUSE = timedelta(hours=1)
"""Longer than any pause before a mail is tried again."""
UIDS_AT_ONCE = 500
"""Messages asked for in one query."""
LARGE = large.LARGE
"""Bytes from which a mail is in work alone, beside small ones: there it takes several times its size."""
ANY_SIZE = 1 << 62
GROUP_BYTES = 32 * 1024 * 1024
"""Bytes of one commit at most, so that large mails do not gather in memory."""


class Bell(Protocol):
    """Something to set: a `threading.Event`, or what stands for one."""

    def set(self) -> None:
        """There is something new; never waits, never fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    id: str
    incoming: Incoming
    mailbox_uid: MailboxUid | None
    done: "Future[str]"
    lease: timedelta | None = None
    """For who put it: nobody else takes it meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beat:
    done: "Future[None]"


# Made and compiled once: to do that anew for every call takes far longer than to run them.
_INSERT_SPOOL = Prepared(insert(SpoolRow))
_INSERT_RAW = Prepared(insert(RawRow))
_INSERT_MAILBOX_MESSAGE = Prepared(insert(MailboxMessageRow))
# In the order of the partial index, so that it reads no further than it takes, however many wait. The state is written
# out: only then does SQLite's planner see that the index holds these rows.
_DUE = (
    select(SpoolRow.id, SpoolRow.size)
    .where(
        text("spool.state = 'pending'"),
        SpoolRow.rank == bindparam("rank"),
        SpoolRow.size <= bindparam("largest"),
        SpoolRow.next_try_at <= bindparam("now"),
        (SpoolRow.claimed_until.is_(None)) | (SpoolRow.claimed_until <= bindparam("now")),
    )
    .order_by(SpoolRow.next_try_at, SpoolRow.id)
    .limit(bindparam("at_most"))
)
# Due so late that no pause of ours explains it: the clock was set back since. Without this they would wait as long.
_TOO_LATE = (
    select(SpoolRow.id, SpoolRow.size)
    .where(
        text("spool.state = 'pending'"),
        SpoolRow.rank == bindparam("rank"),
        SpoolRow.size <= bindparam("largest"),
        SpoolRow.next_try_at > bindparam("latest"),
        SpoolRow.claimed_until.is_(None),
    )
    .order_by(SpoolRow.next_try_at, SpoolRow.id)
    .limit(bindparam("at_most"))
)
# By whether SQLite is asked, which has one writer anyway.
_ALL_DUE = {True: Prepared(_DUE), False: Prepared(_DUE.with_for_update(skip_locked=True))}
_ALL_TOO_LATE = {True: Prepared(_TOO_LATE), False: Prepared(_TOO_LATE.with_for_update(skip_locked=True))}
_CLAIM = Prepared(
    update(SpoolRow)
    .where(SpoolRow.id == bindparam("entry_id"))
    .values(claimed_by=bindparam("owner"), claimed_until=bindparam("until"), tries=SpoolRow.tries + 1)
)
_LOAD = Prepared(
    select(SpoolRow.__table__, case((SpoolRow.size <= bindparam("largest"), RawRow.content)).label("content"))
    .join(RawRow, RawRow.entry_id == SpoolRow.id)
    .where(SpoolRow.id == bindparam("entry_id"))
)
_FINISH = Prepared(update(SpoolRow).where(SpoolRow.id == bindparam("entry_id"), SpoolRow.state == "pending"))


class Spool:
    """Keeps accepted mails. `start` before the first `put`; `stop` writes what still waits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._queue: queue.SimpleQueue[_Waiting | _Beat | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._guard = threading.Lock()
        self._left_over: _Waiting | None = None
        """What did not fit into the last commit."""
        self._has_ended = False
        self.on_put: list[Bell] = []
        """Set after every commit: whoever decides hears of new mail."""

    def start(self) -> None:
        """Start the writer."""
        self._has_ended = False
        self._writer = threading.Thread(target=self._write, name="spool-writer", daemon=True)
        self._writer.start()

    def stop(self) -> None:
        """Write what waits, then end the writer; a `put` after this fails with Temporary."""
        with self._guard:
            writer, self._writer = self._writer, None
            if writer:
                self._queue.put(None)
        if writer:
            writer.join()

    def put(self, incoming: Incoming, mailbox_uid: MailboxUid | None = None) -> "Future[str]":
        """Keep a mail; the future gives its entry id once it is durable, or raises Temporary.

        `mailbox_uid` is recorded in the same commit, so that an IMAP message is taken once however often it is seen.
        Never blocks; usable from any thread.
        """
        return self._put(incoming, mailbox_uid, None)

    def put_claimed(self, incoming: Incoming, lease: timedelta) -> "Future[str]":
        """Keep a mail that this process itself is about to decide: nobody else takes it while the lease lasts."""
        return self._put(incoming, None, lease)

    def _put(self, incoming: Incoming, mailbox_uid: MailboxUid | None, lease: timedelta | None) -> "Future[str]":
        entry_id = new_id(incoming.envelope.received_at)
        waiting = _Waiting(id=entry_id, incoming=incoming, mailbox_uid=mailbox_uid, done=Future(), lease=lease)
        waiting.done.set_running_or_notify_cancel()  # what is handed over cannot be taken back
        if not self._hand_over(waiting):
            waiting.done.set_exception(Temporary("the gateway is shutting down"))
        return waiting.done

    def heartbeat(self) -> "Future[None]":
        """Resolves once the writer has come round: tells that it is alive, not that the store is."""
        beat = _Beat(done=Future())
        beat.done.set_running_or_notify_cancel()
        if not self._hand_over(beat):
            beat.done.set_result(None)
        return beat.done

    def _hand_over(self, item: "_Waiting | _Beat") -> bool:
        with self._guard:
            if self._writer is not None:
                self._queue.put(item)
            return self._writer is not None

    def _write(self) -> None:
        while group := self._gather([]):
            self._commit(group, is_open=True)
            group.clear()  # up to 32 MB, which nobody needs while this thread waits for the next mail

    def _gather(self, group: list[_Waiting]) -> list[_Waiting]:
        """With everything that waits now, up to one commit's worth; where the group is empty, with what comes next."""
        size = sum(len(waiting.incoming.raw) for waiting in group)
        while len(group) < GROUP and (waiting := self._next(block=not group)):
            size += len(waiting.incoming.raw)
            if group and size > GROUP_BYTES:
                self._left_over = waiting
                break
            group.append(waiting)
        return group

    def _next(self, *, block: bool) -> _Waiting | None:
        """None where nothing waits, or nothing will come any more."""
        left_over, self._left_over = self._left_over, None
        if left_over:
            return left_over
        while not self._has_ended:
            try:
                item = self._queue.get(block=block)
            except queue.Empty:
                return None
            if item is None:
                self._has_ended = True
            elif isinstance(item, _Beat):
                item.done.set_result(None)
            else:
                return item
        return None

    def _commit(self, group: list[_Waiting], *, is_open: bool = False) -> None:
        """`is_open`: what comes while we wait for our turn is kept with it."""
        try:
            rows = self._rows(group)  # before the turn: hashes need none
            with self._store.transaction(first=True) as tx:
                if is_open:
                    self._gather(group)
                    rows += self._rows(group[len(rows) :])
                _insert(tx, group, rows)
        except Exception as error:  # whatever it is, nobody may be told that his mail is kept
            self._fail(group, error)
            return
        for waiting in group:
            waiting.done.set_result(waiting.id)
        for event in self.on_put:
            event.set()

    def _rows(self, group: Sequence[_Waiting]) -> list[dict[str, Any]]:
        now = self._clock.now()
        return [_spool_row(waiting, now, self._store.owner) for waiting in group]

    def _fail(self, group: Sequence[_Waiting], error: Exception) -> None:
        if len(group) > 1 and isinstance(error.__cause__, IntegrityError):
            # One that was taken before (the same IMAP message) must not fail its neighbours.
            for waiting in group:
                self._commit([waiting])
            return
        failure = error
        if not isinstance(error, Temporary):
            failure = Temporary(f"the spool cannot write: {type(error).__name__}: {error}")
        for waiting in group:
            waiting.done.set_exception(failure)


def taken_uids(tx: Tx, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, bool]:
    """Which of these messages of a mailbox were taken: UID → is nothing more to be done with it there?"""
    found: dict[int, bool] = {}
    for start in range(0, len(uids), UIDS_AT_ONCE):
        rows = tx.execute(
            select(MailboxMessageRow.uid, MailboxMessageRow.moved_at).where(
                MailboxMessageRow.mailbox == mailbox,
                MailboxMessageRow.uidvalidity == uidvalidity,
                MailboxMessageRow.uid.in_(uids[start : start + UIDS_AT_ONCE]),
            )
        )
        found |= {uid: moved_at is not None for uid, moved_at in rows}
    return found


def unsettled_uids(tx: Tx, mailbox: str, uidvalidity: int) -> list[int]:
    """The messages of a mailbox that were taken and have not left it, as far as is known."""
    return list(
        tx.execute(
            select(MailboxMessageRow.uid).where(
                MailboxMessageRow.mailbox == mailbox,
                MailboxMessageRow.uidvalidity == uidvalidity,
                MailboxMessageRow.moved_at.is_(None),
            )
        ).scalars()
    )


def mark_moved(tx: Tx, mailbox: str, uidvalidity: int, uids: Sequence[int], at: datetime) -> None:
    """Record that these messages left the mailbox for the processed folder."""
    tx.execute(
        update(MailboxMessageRow)
        .where(
            MailboxMessageRow.mailbox == mailbox,
            MailboxMessageRow.uidvalidity == uidvalidity,
            MailboxMessageRow.uid.in_(uids),
        )
        .values(moved_at=at)
    )


def claim(
    store: Store, *, limit: int, max_bytes: int = GROUP_BYTES, largest: int = ANY_SIZE, now: datetime, lease: timedelta
) -> list[Entry]:
    """Take pending entries for this process, people's mail first, until the lease ends or they are finished.

    At most `limit` of them, none of more than `largest` bytes, only one of more than `LARGE`, and the others together
    at most `max_bytes`, except that one is always taken. Of each rank those come first that are due longest.
    """

    def take(tx: Tx) -> list[str]:
        due = _due(store, tx, now, limit, largest) or _due_too_late(store, tx, now, limit, largest)
        ids = _chosen(due, max_bytes)
        if ids:
            until = now + lease
            _CLAIM.run_many(tx, [{"entry_id": each, "owner": store.owner, "until": until} for each in ids])
        return ids

    return load(store, store.together(take))


def _due(store: Store, tx: Tx, now: datetime, limit: int, largest: int) -> list[Any]:
    """People's mail, then machines'; one place is a machine's, or a stream of people's mail would keep it waiting."""
    due = _ALL_DUE[store.is_sqlite]
    people = due.all(tx, rank=PEOPLE, largest=largest, now=now, at_most=limit)
    places = max(limit - len(people), 1 if limit > 1 else 0)
    machines = due.all(tx, rank=MACHINES, largest=largest, now=now, at_most=places) if places else []
    return people[: limit - len(machines)] + machines


def _due_too_late(store: Store, tx: Tx, now: datetime, limit: int, largest: int) -> list[Any]:
    late, latest = _ALL_TOO_LATE[store.is_sqlite], now + LONGEST_PAUSE
    found = (late.all(tx, rank=rank, largest=largest, latest=latest, at_most=limit) for rank in RANKS)
    return [row for rows in found for row in rows][:limit]


def _chosen(due: Sequence[Any], max_bytes: int) -> list[str]:
    ids: list[str] = []
    has_large, size = False, 0
    for row in due:
        if row.size > LARGE:
            if not has_large:
                ids.append(row.id)
            has_large = True
            continue
        size += row.size
        if ids and size > max_bytes:
            break
        ids.append(row.id)
    return ids


def load(store: Store, ids: Sequence[str]) -> list[Entry]:
    """The entries with these ids whose bytes are still kept, in this order."""
    if not ids:
        return []
    largest = LARGE if store.is_sqlite else ANY_SIZE
    with store.reading() as tx:
        rows = [_LOAD.first(tx, entry_id=each, largest=largest) for each in ids]
        return [_entry(tx, row) for row in rows if row is not None]


def _entry(tx: Tx, row: Any) -> Entry:
    return Entry(
        id=row.id,
        envelope=Envelope(
            via=Via(row.via),
            received_at=row.received_at,
            recipients=row.recipients,
            mail_from=row.mail_from,
            peer_ip=row.peer_ip,
            helo=row.helo,
            tls=row.tls,
            authenticated_as=row.authenticated_as,
            source=row.source,
        ),
        raw=large.raw(tx, row.id) if row.content is None else row.content,
        sha256=row.sha256,
        tries=row.tries,
        released_at=row.released_at,
    )


def finish(tx: Tx, entry_id: str) -> bool:
    """The entry is decided: part of the transaction that holds its effects. False where it was decided before."""
    return _FINISH.run(tx, entry_id=entry_id, state="done", claimed_by=None, claimed_until=None) == 1


def give_back(tx: Tx, entry_id: str, *, error: str, next_try_at: datetime, counts: bool = True) -> None:
    """The entry could not be decided now: it is tried again at that time.

    A try that was in vain for reasons outside the mail does not count against it.
    """
    tx.execute(
        update(SpoolRow)
        .where(SpoolRow.id == entry_id, SpoolRow.state == "pending")
        .values(
            claimed_by=None,
            claimed_until=None,
            next_try_at=next_try_at,
            last_error=error,
            tries=SpoolRow.tries if counts else SpoolRow.tries - 1,
        )
    )


def release_claims(tx: Tx, owner: str) -> None:
    """Give back everything that this process had in work, at once: when it stops."""
    tx.execute(
        update(SpoolRow)
        .where(SpoolRow.claimed_by == owner, SpoolRow.state == "pending")
        .values(claimed_by=None, claimed_until=None, tries=SpoolRow.tries - 1)
    )


def count_pending(tx: Tx) -> int:
    """How many entries wait for a decision."""
    return tx.execute(select(func.count()).select_from(SpoolRow).where(SpoolRow.state == "pending")).scalar_one()


def _insert(tx: Tx, group: Sequence[_Waiting], rows: Sequence[dict[str, Any]]) -> None:
    _INSERT_SPOOL.run_many(tx, rows)
    small = [waiting for waiting in group if not is_large(tx, len(waiting.incoming.raw))]
    if small:
        _INSERT_RAW.run_many(tx, [{"entry_id": waiting.id, "content": waiting.incoming.raw[:]} for waiting in small])
    for waiting in group:
        if is_large(tx, len(waiting.incoming.raw)):
            large.insert_raw(tx, waiting.id, waiting.incoming.raw)
    ledger = [
        {"mailbox": uid.mailbox, "uidvalidity": uid.uidvalidity, "uid": uid.uid, "entry_id": waiting.id}
        for waiting in group
        if (uid := waiting.mailbox_uid)
    ]
    if ledger:
        _INSERT_MAILBOX_MESSAGE.run_many(tx, ledger)


def _digest(raw: Octets) -> str:
    digest = hashlib.sha256()
    for piece in large.pieces(raw):
        digest.update(piece)
    return digest.hexdigest()


def _spool_row(waiting: _Waiting, now: datetime, owner: str) -> dict[str, Any]:
    envelope, raw = waiting.incoming.envelope, waiting.incoming.raw
    return {
        "id": waiting.id,
        "received_at": envelope.received_at,
        "via": envelope.via.value,
        "mail_from": envelope.mail_from,
        "recipients": envelope.recipients,
        "peer_ip": envelope.peer_ip,
        "helo": envelope.helo,
        "tls": envelope.tls,
        "authenticated_as": envelope.authenticated_as,
        "source": envelope.source,
        "sha256": _digest(raw),
        "size": len(raw),
        "state": "pending",
        "rank": rank_of(waiting.incoming),
        "tries": 1 if waiting.lease else 0,
        "next_try_at": now,
        "claimed_by": owner if waiting.lease else None,
        "claimed_until": now + waiting.lease if waiting.lease else None,
    }
