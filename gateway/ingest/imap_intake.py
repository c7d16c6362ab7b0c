r"""One look into a folder: take every mail that the ledger does not know, then move what is taken.

    SELECT ─► SEARCH ALL ─► minus ledger ─► sizes ─► FETCH a batch ─► spool.put ─► committed? ─► MOVE ─► settled

What must stay true (I1): a mail is moved only after the commit that holds it and its ledger row. Whatever ends a look
half-way, the next one finishes: mail without a row is fetched again, mail with a row is only moved. The ledger, not
\Seen and not a highest UID, says what was taken; so nobody who reads the same folder can make us skip a mail.

BUGS: two MOVEs of one mail at the same moment need not exclude each other (seen with Dovecot): two processes that
both believe to hold the lease may leave two copies in the processed folder. In the spool it is once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass

from gateway.clock import Clock
from gateway.config import Imap
from gateway.errors import GatewayError, Temporary
from gateway.ingest.imap_connection import Connection, Refused, parts
from gateway.ingest.imap_events import MailboxEvent, MailFailed, MoveFailed, Took, UidValidityChanged
from gateway.ingest.imap_retry import Attempts
from gateway.model import Envelope, Incoming, MailboxUid, Via
from gateway.store.db import Store
from gateway.store.spool import Spool, mark_moved, taken_uids, unsettled_uids

BATCH_BYTES = 8 * 1024 * 1024
"""Of one FETCH; a larger mail is fetched alone."""
_LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    uid: int
    raw: bytes
    size: int
    oversize: bool


class Intake:
    """Takes the mail of one folder; keeps between looks only what makes retries gentle. For one thread."""

    def __init__(
        self,
        config: Imap,
        *,
        max_message_bytes: int,
        spool: Spool,
        store: Store,
        clock: Clock,
        go_on: Callable[[], bool],
        alive: Callable[[], None],
        report: Callable[[MailboxEvent], None],
    ) -> None:
        self._config = config
        self._limit = max_message_bytes
        self._spool = spool
        self._store = store
        self._clock = clock
        self._go_on = go_on
        self._alive = alive
        self._report = report
        self._attempts = Attempts()
        self._uidvalidity = 0
        self._cannot_move = ""

    def look(self, connection: Connection) -> None:
        """Take what is new. Raises Temporary where the store or the connection failed: look again later."""
        self._note(connection.select())
        present = connection.search()
        self._attempts.forget_others(present)
        taken = self._taken(present)
        # Moved just before a crash, or by a person: nothing more is to be done with what is not here.
        self._mark(sorted(set(self._unsettled()) - set(present)))
        sizes = connection.sizes([uid for uid in present if not taken.get(uid)])
        self._settle(connection, {uid: size for uid, size in sizes.items() if uid in taken})
        new = {uid: size for uid, size in sizes.items() if uid not in taken}
        limits = {"count": self._config.batch, "size": BATCH_BYTES}
        for batch in self._attempts.plan(new, **limits, now=self._clock.monotonic()):
            if not self._go_on():
                return
            self._take(connection, {uid: new[uid] for uid in batch})

    def _note(self, uidvalidity: int) -> None:
        if self._uidvalidity not in (0, uidvalidity):
            self._attempts = Attempts()
            self._report(UidValidityChanged(mailbox=self._config.name, before=self._uidvalidity, now=uidvalidity))
        self._uidvalidity = uidvalidity

    def _taken(self, uids: Iterable[int]) -> dict[int, bool]:
        """Those messages that the ledger knows; true for those with which nothing more is to be done."""
        with self._store.reading() as tx:
            return taken_uids(tx, self._config.name, self._uidvalidity, list(uids))

    def _unsettled(self) -> list[int]:
        with self._store.reading() as tx:
            return unsettled_uids(tx, self._config.name, self._uidvalidity)

    def _take(self, connection: Connection, batch: Mapping[int, int]) -> None:
        self._attempts.begin(batch, self._clock.monotonic())
        try:
            fetched = self._fetch(connection, batch)
        except Refused as error:
            # One mail that the server cannot read fails the whole batch: the plan goes on with each of them alone.
            if len(batch) == 1:
                self._mail_failed(min(batch), error.reason)
            return
        except Temporary as error:
            if len(batch) == 1:
                self._mail_failed(min(batch), error.reason)
            raise
        self._miss(connection, batch.keys() - {mail.uid for mail in fetched})
        kept = self._keep(fetched)
        self._tell(kept)
        self._settle(connection, {mail.uid: mail.size for mail in kept})

    def _fetch(self, connection: Connection, batch: Mapping[int, int]) -> list[_Fetched]:
        large = [uid for uid, size in batch.items() if size > self._limit]
        whole = connection.fetch([uid for uid in batch if uid not in large])
        # Nothing at all, of a mail that has a size, is what some servers send for one that was just expunged.
        fetched = [
            _Fetched(uid=uid, raw=raw, size=batch[uid], oversize=False)
            for uid, raw in whole.items()
            if raw or not batch[uid]
        ]
        fetched += [
            _Fetched(uid=uid, raw=raw, size=batch[uid], oversize=True)
            for uid in large
            if (raw := connection.fetch_beginning(uid)) is not None
        ]
        return sorted(fetched, key=lambda mail: mail.uid)

    def _miss(self, connection: Connection, missing: set[int]) -> None:
        """A person may have expunged them meanwhile, which is his right; those still there the server did not give."""
        still_there = connection.sizes(sorted(missing)).keys()
        self._attempts.forget(missing - still_there)
        for uid in still_there:
            self._mail_failed(uid, "the server did not send the mail")

    def _keep(self, mails: Sequence[_Fetched]) -> list[_Fetched]:
        """Put them into the spool, all in one go so that they share a commit; those that it has kept."""
        futures = {mail.uid: self._spool.put(self._incoming(mail), self._name(mail.uid)) for mail in mails}
        while wait(futures.values(), timeout=_LOOK_SECONDS).not_done:
            self._alive()
            if not self._go_on():
                raise Temporary("stopped while the store was busy; what it has kept will be moved later")
        failures = {uid: str(error) for uid, future in futures.items() if (error := future.exception())}
        self._attempts.forget(futures.keys() - failures.keys())
        if failures:
            self._judge(failures, all_failed=len(failures) == len(futures))
        return [mail for mail in mails if mail.uid not in failures]

    def _judge(self, failures: Mapping[int, str], *, all_failed: bool) -> None:
        # What another process has taken in the same moment is no failure; it will also move it.
        taken = failures.keys() & self._taken(failures).keys()
        self._attempts.forget(taken)
        failed = {uid: why for uid, why in failures.items() if uid not in taken}
        alone_again = len(failed) == 1 and self._attempts.pause_seconds(min(failed)) > 0
        if failed and all_failed and not alone_again:
            self._attempts.forget(failed)  # the store is to blame, not these mails
            raise Temporary(next(iter(failed.values())))
        for uid, why in failed.items():
            self._mail_failed(uid, why)

    def _incoming(self, mail: _Fetched) -> Incoming:
        source = f"{self._config.name}/{self._uidvalidity}/{mail.uid}"
        if mail.oversize:
            source += f" (oversize: {mail.size} bytes, the whole mail stays in the mailbox)"
        return Incoming(envelope=Envelope(via=Via.IMAP, received_at=self._clock.now(), source=source), raw=mail.raw)

    def _name(self, uid: int) -> MailboxUid:
        return MailboxUid(mailbox=self._config.name, uidvalidity=self._uidvalidity, uid=uid)

    def _settle(self, connection: Connection, sizes: Mapping[int, int]) -> None:
        """Move mail that is in the ledger, and note that nothing more is to be done with it."""
        # An oversize mail is only taken in part: it must stay, also when the limit is raised later.
        self._mark([uid for uid, size in sizes.items() if size > self._limit])
        for part in parts([uid for uid, size in sizes.items() if size <= self._limit]):
            try:
                connection.move(part)
            except Refused as error:
                self._tell_cannot_move(len(part), error)
                return
            self._cannot_move = ""
            self._mark(part)

    def _mark(self, uids: Sequence[int]) -> None:
        for part in parts(uids):
            with self._store.transaction() as tx:
                mark_moved(tx, self._config.name, self._uidvalidity, part, self._clock.now())

    def _tell(self, kept: Sequence[_Fetched]) -> None:
        if kept:
            self._report(
                Took(
                    mailbox=self._config.name,
                    mails=len(kept),
                    bytes=sum(len(mail.raw) for mail in kept),
                    oversize=sum(mail.oversize for mail in kept),
                )
            )

    def _tell_cannot_move(self, mails: int, error: GatewayError) -> None:
        if error.reason != self._cannot_move:  # it is tried at every look; told once
            self._cannot_move = error.reason
            self._report(MoveFailed(mailbox=self._config.name, mails=mails, why=error.reason))

    def _mail_failed(self, uid: int, why: str) -> None:
        pause = self._attempts.pause_seconds(uid)
        if not pause:
            return  # the first time it may be anything; it is tried alone, at once
        self._report(
            MailFailed(
                mailbox=self._config.name,
                uidvalidity=self._uidvalidity,
                uid=uid,
                why=why,
                retry_seconds=pause,
            )
        )
