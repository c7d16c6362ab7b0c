r"""One connection to one folder of an IMAP server (RFC 9051), as the reader needs it: typed, its failures in words.

What must stay true: no command here sets \Seen (only BODY.PEEK is fetched), and nothing is expunged but by UID, for
the folder also belongs to people. A message leaves it only by `move`.

Failures: Refused where the server said no and the connection goes on; AuthenticationFailed; Temporary for all else,
after which the connection cannot be used.

BUGS: without MOVE, a crash between COPY and the ledger's commit leaves a second copy in the processed folder. Without
MOVE and UIDPLUS a taken mail stays in the folder, flagged \Deleted, until somebody expunges it: a bare EXPUNGE would
take along what a person has deleted.
"""

import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from imapclient.exceptions import LoginError

from gateway.clock import Clock
from gateway.config import Imap
from gateway.errors import ConfigError, GatewayError, Temporary
from gateway.ingest.imap_events import clean
from gateway.ingest.imap_socket import Client, Wire
from gateway.ingest.oauth2 import AccessTokens, is_loopback

UIDS_AT_ONCE = 500
"""UIDs of one command: 5,500 bytes, servers take lines of 8,000 (RFC 7162 §4)."""
HEAD_BYTES = 256 * 1024
"""Of the header of an oversize mail."""
BEGINNING_BYTES = 64 * 1024
"""Of the body of an oversize mail (A-38)."""
_TRY_LATER = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")


class Refused(GatewayError):
    """The server answered a command with NO or BAD; the connection can be used."""


class AuthenticationFailed(GatewayError):
    """The server does not accept the login."""


def tls_context(config: Imap) -> ssl.SSLContext | None:
    """How the server's certificate is checked; None for a connection in the clear, which only goes to this machine."""
    entry = f"[[ingest.imap]] {config.name}"
    if config.security == "none":
        if not is_loopback(config.host):
            raise ConfigError(f'{entry}: security = "none" would show the password to the network')
        return None
    try:
        return ssl.create_default_context(cafile=config.tls_ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{entry}: tls_ca_file {config.tls_ca_file}: {error}") from error


class Connection:
    """A connection; for one thread, except `interrupt`."""

    def __init__(self, config: Imap, *, longest_mail: int, clock: Clock, alive: Callable[[], None]) -> None:
        self._config = config
        self._longest_literal = 2 * longest_mail + HEAD_BYTES  # RFC822.SIZE is an estimate on some servers
        self._wire = Wire(timeout_seconds=config.timeout_seconds, clock=clock, alive=alive)
        self._client: Any = None

    def open(self, tls: ssl.SSLContext | None, tokens: AccessTokens | None) -> None:
        """Connect and log in."""
        config = self._config
        with self._in_words():
            self._wire.connect(config.host, config.port, tls if config.security == "tls" else None)
            self._client = Client(self._wire, config.host, config.port, longest_literal=self._longest_literal)
            if config.security == "starttls":
                self._client.starttls(tls)
        if tokens:
            self._log_in_with_token(tokens)
        else:
            self._log_in(self._log_in_with_password)

    def interrupt(self) -> None:
        """From another thread: whatever is waited for here ends now."""
        self._wire.interrupt()

    def log_out(self) -> None:
        """Say goodbye, so that the server need not wonder."""
        with self._in_words():
            self._client.logout()

    def close(self) -> None:
        """Give the socket back."""
        self._wire.close()

    @property
    def tls_version(self) -> str:
        """The TLS version, "" in the clear."""
        return self._wire.tls_version

    @property
    def can_idle(self) -> bool:
        """Does the server know IDLE (RFC 2177)?"""
        return self._can("IDLE")

    @property
    def way_to_move(self) -> str:
        """How mail leaves the folder: "MOVE" (RFC 6851), "UID EXPUNGE" (RFC 4315) or "only flagged"."""
        return "MOVE" if self._can("MOVE") else "UID EXPUNGE" if self._can("UIDPLUS") else "only flagged"

    def select(self) -> int:
        """Open the folder for reading and writing; its UIDVALIDITY."""
        with self._in_words():
            answer = self._client.select_folder(self._config.folder)
            self._client.take_news()  # SELECT always tells how many there are
        if b"UIDVALIDITY" not in answer:
            raise Temporary(f"{self._config.folder} has no UIDVALIDITY: this server cannot name its messages for ever")
        return int(answer[b"UIDVALIDITY"])

    def search(self) -> list[int]:
        """The UIDs of all messages of the folder, oldest first."""
        with self._in_words():
            return sorted(self._client.search("ALL"))

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """RFC822.SIZE of these messages, as far as they are still there."""
        found: dict[int, int] = {}
        for part in parts(uids):
            with self._in_words():
                answer = self._client.fetch(part, ["RFC822.SIZE"])
            found |= {uid: int(item[b"RFC822.SIZE"]) for uid, item in answer.items() if b"RFC822.SIZE" in item}
        return found

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The messages, byte for byte, as far as they are still there."""
        with self._in_words():
            answer = self._client.fetch(list(uids), ["BODY.PEEK[]"])
        return {uid: raw for uid, item in answer.items() if isinstance(raw := item.get(b"BODY[]"), bytes)}

    def fetch_beginning(self, uid: int) -> bytes | None:
        """The header and the first 64 KB of the body; None when it is gone."""
        wanted = [f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>", f"BODY.PEEK[TEXT]<0.{BEGINNING_BYTES}>"]
        with self._in_words():
            item = self._client.fetch([uid], wanted).get(uid, {})
        head, text = item.get(b"BODY[HEADER]<0>"), item.get(b"BODY[TEXT]<0>")
        if not isinstance(head, bytes):
            return None
        return head + text if isinstance(text, bytes) and len(head) < HEAD_BYTES else head

    def move(self, uids: Sequence[int]) -> None:
        """Move these messages to the processed folder, which is made where it is missing."""
        try:
            self._move(uids)
        except Refused:
            if not self._make_processed_folder():
                raise
            self._move(uids)

    def take_news(self) -> bool:
        """Has new mail been announced since `select`, so that there is nothing to wait for?"""
        return bool(self._client.take_news())

    def wait_for_mail(self, seconds: float) -> bool:
        """IDLE until new mail is announced or the time is over; SELECT and SEARCH have to follow either way."""
        with self._in_words():
            return bool(self._client.wait_for_mail(seconds))

    def _can(self, capability: str) -> bool:
        with self._in_words():
            return bool(self._client.has_capability(capability))

    def _move(self, uids: Sequence[int]) -> None:
        target = self._config.processed_folder
        way = self.way_to_move
        with self._in_words():
            if way == "MOVE":
                self._client.move(uids, target)
                return
            self._client.copy(uids, target)
            self._client.add_flags(uids, [b"\\Deleted"], silent=True)
            if way == "UID EXPUNGE":
                self._client.uid_expunge(uids)

    def _make_processed_folder(self) -> bool:
        target = self._config.processed_folder
        with self._in_words():
            if self._client.folder_exists(target):
                return False
            self._client.create_folder(target)
        with suppress(Refused), self._in_words():
            self._client.subscribe_folder(target)  # or people's mail programs do not show it
        return True

    def _log_in_with_token(self, tokens: AccessTokens) -> None:
        token = tokens.get()
        try:
            self._log_in(lambda: self._client.sasl_login("XOAUTH2", _xoauth2(self._config.user, token)))
        except AuthenticationFailed:
            tokens.forget()  # it may have been withdrawn before its time: one new token, one more try
            token = tokens.get()
            self._log_in(lambda: self._client.sasl_login("XOAUTH2", _xoauth2(self._config.user, token)))

    def _log_in_with_password(self) -> None:
        password = _read_password(self._config)
        # LOGIN carries ASCII only and imaplib does not quote its user name: PLAIN (RFC 4616) where the server knows it.
        if self._client.has_capability("AUTH=PLAIN"):
            self._client.plain_login(self._config.user, password)
        elif self._client.has_capability("LOGINDISABLED"):
            raise AuthenticationFailed("the server does not accept passwords on this connection; use TLS or XOAUTH2")
        else:
            self._client.login(self._config.user, password)

    def _log_in(self, attempt: Callable[[], object]) -> None:
        try:
            with self._in_words():
                attempt()
        except Refused as error:
            if any(code in error.reason.upper() for code in _TRY_LATER):
                raise Temporary(error.reason) from error
            raise AuthenticationFailed(error.reason) from error

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Turn what the libraries raise into our two kinds: Refused, or Temporary for a connection that is lost."""
        server = f"{self._config.host}:{self._config.port}"
        try:
            yield
        except GatewayError:
            raise
        except imaplib.IMAP4.readonly as error:
            raise Temporary(f"{server}: {self._config.folder} is read-only for {self._config.user}") from error
        except imaplib.IMAP4.error as error:
            # imapclient makes a LoginError of everything, also of a connection that ended.
            cause = error.__context__ if isinstance(error, LoginError) else error
            if isinstance(cause, imaplib.IMAP4.abort):
                raise Temporary(f"{server}: {clean(error)}") from error
            raise Refused(f"{server}: {clean(error)}") from error
        except ssl.SSLCertVerificationError as error:
            raise Temporary(f"{server}: its certificate is not trusted: {error.verify_message}") from error
        except TimeoutError as error:
            raise Temporary(f"{server}: no answer within {self._config.timeout_seconds:g} s") from error
        except OSError as error:
            raise Temporary(f"{server}: {clean(error)}") from error
        except Exception as error:  # not quoted: it may hold what stands in a mail
            raise Temporary(f"{server}: its answer cannot be read ({type(error).__name__})") from error


def parts(uids: Sequence[int]) -> Iterator[list[int]]:
    """The UIDs in portions that fit one command."""
    for start in range(0, len(uids), UIDS_AT_ONCE):
        yield list(uids[start : start + UIDS_AT_ONCE])


def _xoauth2(user: str, token: str) -> Callable[[bytes], str]:
    """The client's side of XOAUTH2: the token at once, an empty line to the challenge that tells of a failure."""
    answers = iter((f"user={user}\x01auth=Bearer {token}\x01\x01",))
    return lambda _challenge: next(answers, "")


def _read_password(config: Imap) -> str:
    assert config.password_file is not None
    try:
        return config.password_file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AuthenticationFailed(f"password_file {config.password_file} cannot be read: {error}") from error
