"""The reader of one IMAP mailbox: a thread that connects, looks, waits for news, and begins again whatever happens.

What must stay true: no exception ends the thread, no wait is without an end, and `stop` is obeyed within seconds. Two
processes that read the same mailbox by mistake or for a moment do no harm: the ledger's key lets each mail in once.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date

from gateway.clock import Clock
from gateway.config import Imap
from gateway.errors import ConfigError, GatewayError, Permanent
from gateway.ingest.imap_connection import AuthenticationFailed, Connection, Refused, tls_context
from gateway.ingest.imap_events import (
    AuthenticationRefused,
    Connected,
    Failed,
    GrantExpires,
    GrantNotSaved,
    MailboxEvent,
    Released,
)
from gateway.ingest.imap_intake import Intake
from gateway.ingest.imap_retry import LONGEST_SECONDS, Backoff
from gateway.ingest.oauth2 import AccessTokens, days_to_warn_of
from gateway.store.db import Store
from gateway.store.spool import Spool

LONGEST_IDLE_SECONDS = 25 * 60.0
"""A server may log out who idles for 30 minutes (RFC 2177)."""
_LEASE_SECONDS = 5.0
"""Longest pause before asking again whether the mailbox is ours."""
_SLICE_SECONDS = 5.0
_STUCK_SECONDS = 60.0


class MailboxReader:
    """Reads one mailbox in a thread of its own.

    `may_run` tells whether this process holds the mailbox's lease; it is asked before every look. `report` is called
    from the reader's thread with every MailboxEvent. Raises ConfigError where the mailbox is configured wrongly.
    """

    def __init__(
        self,
        config: Imap,
        *,
        max_message_bytes: int,
        spool: Spool,
        store: Store,
        clock: Clock,
        may_run: Callable[[], bool],
        report: Callable[[MailboxEvent], None],
    ) -> None:
        _check(config)
        self._config = config
        self._limit = max_message_bytes
        self._clock = clock
        self._may_run = may_run
        self._listener = report
        self._tls = tls_context(config)
        self._tokens = self._access_tokens()
        self._intake = Intake(
            config,
            max_message_bytes=max_message_bytes,
            spool=spool,
            store=store,
            clock=clock,
            go_on=self._go_on,
            alive=self._alive,
            report=self._report,
        )
        self._backoff = Backoff()
        self._stopping = threading.Event()
        self._guard = threading.Lock()  # `stop` and the thread share the connection
        self._connection: Connection | None = None
        self._thread: threading.Thread | None = None
        self._idle_works = True
        self._warned_on: date | None = None
        self.alive_at = clock.monotonic()
        """When the thread last made progress, in `clock.monotonic` seconds."""

    @property
    def is_stuck(self) -> bool:
        """Has the thread stood still for longer than any wait of its own lasts? For a watchdog."""
        allowed = 2 * self._config.timeout_seconds + _STUCK_SECONDS
        return self._thread is not None and self._clock.monotonic() - self.alive_at > allowed

    def start(self) -> None:
        """Start reading."""
        self._thread = threading.Thread(target=self._run, name=f"imap-{self._config.name}", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 10.0) -> bool:
        """End reading, whatever is waited for; False where the thread is not gone within that time.

        What is committed and not moved is moved after the next start.
        """
        self._stopping.set()
        with self._guard:
            if self._connection:
                self._connection.interrupt()
        if self._thread is None:
            return True
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._session()
            except (AuthenticationFailed, Permanent) as error:
                # Slowly from the first time on: many servers lock a user out who is refused too often.
                name, pause = self._config.name, LONGEST_SECONDS
                self._fail(AuthenticationRefused(mailbox=name, why=error.reason, retry_seconds=pause))
            except Exception as error:
                why = error.reason if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"
                name, pause = self._config.name, self._backoff.next_seconds()
                self._fail(Failed(mailbox=name, why=why, retry_seconds=pause))

    def _session(self) -> None:
        """Connect and read until the mailbox is another process's; every failure ends it as an exception."""
        self._warn_of_grant()
        if not self._may_run():
            self._pause(min(_LEASE_SECONDS, self._config.poll_seconds))
            return
        connection = self._new_connection()
        try:
            connection.open(self._tls, self._tokens)
            self._tell_connected(connection)
            while self._go_on() and self._may_run():
                self._warn_of_grant()
                self._intake.look(connection)
                self._backoff.reset()
                self._wait_for_news(connection)
            if self._go_on():
                self._report(Released(mailbox=self._config.name))
                connection.log_out()
        finally:
            self._drop(connection)

    def _wait_for_news(self, connection: Connection) -> None:
        if connection.take_news():
            return
        seconds = min(self._config.poll_seconds, LONGEST_IDLE_SECONDS)
        if self._idles(connection):
            try:
                connection.wait_for_mail(seconds)
            except Refused:
                self._idle_works = False  # it says that it can, and cannot
            else:
                return
        self._pause(seconds)

    def _idles(self, connection: Connection) -> bool:
        return self._config.idle and self._idle_works and connection.can_idle

    def _new_connection(self) -> Connection:
        connection = Connection(self._config, longest_mail=self._limit, clock=self._clock, alive=self._alive)
        with self._guard:
            self._connection = connection
        if not self._go_on():
            connection.interrupt()  # `stop` came before there was anything that it could interrupt
        return connection

    def _drop(self, connection: Connection) -> None:
        with self._guard:
            self._connection = None
        connection.close()

    def _go_on(self) -> bool:
        return not self._stopping.is_set()

    def _alive(self) -> None:
        self.alive_at = self._clock.monotonic()

    def _pause(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0 and not self._stopping.wait(min(left, _SLICE_SECONDS)):
            self._alive()
        self._alive()

    def _fail(self, event: Failed | AuthenticationRefused) -> None:
        if self._go_on():
            self._report(event)
            self._pause(event.retry_seconds)

    def _report(self, event: MailboxEvent) -> None:
        with suppress(Exception):  # whoever listens must not be able to stop the mail
            self._listener(event)

    def _tell_connected(self, connection: Connection) -> None:
        self._report(
            Connected(
                mailbox=self._config.name,
                tls=connection.tls_version,
                idle=self._idles(connection),
                move=connection.way_to_move,
            )
        )

    def _access_tokens(self) -> AccessTokens | None:
        config = self._config
        if config.oauth2 is None:
            return None
        return AccessTokens(
            config.oauth2,
            timeout_seconds=config.timeout_seconds,
            clock=self._clock,
            not_saved=lambda why: self._report(GrantNotSaved(mailbox=config.name, why=why)),
        )

    def _warn_of_grant(self) -> None:
        """Once a day, from 30 days before the grant ends."""
        today = self._clock.now().date()
        if self._config.oauth2 is None or self._warned_on == today:
            return
        days = days_to_warn_of(self._config.oauth2, today)
        if days is not None:
            self._warned_on = today
            self._report(GrantExpires(mailbox=self._config.name, days=days))


def _check(config: Imap) -> None:
    entry = f"[[ingest.imap]] {config.name}"
    if config.password_file is None and config.oauth2 is None:
        raise ConfigError(f"{entry}: neither password_file nor oauth2 is set; one of them must be")
    same = config.folder == config.processed_folder
    if same or config.folder.upper() == config.processed_folder.upper() == "INBOX":
        raise ConfigError(
            f"{entry}: processed_folder must be another folder than folder: "
            "a mail moved to where it came from would be taken again, for ever"
        )
