"""A way out over one kept SMTP connection to the smarthost (RFC 5321); each mail is one transaction of one recipient.

What must stay true: `sent` only after the 250 to the final dot; a refusal for good only where the server said 5xx about
this mail. Where a kept connection turns out to be over before DATA, the mail is tried once more at once on a new one;
after DATA nobody knows whether the mail left, so it is deferred, to be sent again with the same Message-ID.
"""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib

from gateway.config import Outbox
from gateway.errors import ConfigError
from gateway.mail import clean
from gateway.outbox.transport import Attempt, Letter, Result

DATA_FACTOR = 10
"""The answer to the final dot may take this many times longer: who gives up early sends twice (RFC 1047)."""
ABOUT_OUR_LOGIN = frozenset({530, 534, 535, 538})
"""Replies that mean every mail, in whatever step they come (RFC 4954 §6, RFC 3207 §4)."""
SHUTTING_DOWN = 421


@dataclass(frozen=True, slots=True, kw_only=True)
class Smarthost:
    """The next server, and how to talk to it."""

    host: str
    port: int
    implicit_tls: bool
    start_tls: bool | None
    """True: required; None: where it is offered, with any certificate (RFC 7435)."""
    context: ssl.SSLContext
    helo: str
    user: str
    password: str
    timeout: float


def load_smarthost(config: Outbox, helo: str) -> Smarthost:
    """What `[outbox]` says of the smarthost; ConfigError where it cannot be. `helo` is our own name for EHLO."""
    parts = urlsplit(config.destination)
    implicit = parts.scheme == "smtps"
    # A password is only said to a server whose certificate was checked.
    required = config.require_tls or bool(config.user)
    try:
        port = parts.port or (465 if implicit else 25)
    except ValueError as error:
        raise ConfigError(f"[outbox] destination: {config.destination} has no valid port") from error
    if not parts.hostname:
        raise ConfigError(f"[outbox] destination: {config.destination} names no host")
    return Smarthost(
        host=parts.hostname,
        port=port,
        implicit_tls=implicit,
        start_tls=False if implicit else True if required else None,
        context=_context(config, verify=implicit or required or config.tls_ca_file is not None),
        helo=helo,
        user=config.user,
        password=_password(config),
        timeout=config.timeout_seconds,
    )


def _context(config: Outbox, *, verify: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(config.tls_ca_file) if config.tls_ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"[outbox] tls_ca_file: {config.tls_ca_file} cannot be used: {error.strerror}") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _password(config: Outbox) -> str:
    if not config.user:
        return ""
    if config.password_file is None:
        raise ConfigError("[outbox] user is set, so password_file must be set, too")
    try:
        return Path(config.password_file).read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[outbox] password_file: {config.password_file} cannot be read") from error


class SmtpTransport:
    """One connection, opened when it is needed and kept until `close`."""

    def __init__(self, smarthost: Smarthost) -> None:
        self._smarthost = smarthost
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, letter: Letter) -> Attempt:
        """Hand one mail on; over a new connection where the kept one turns out to be over."""
        was_kept = self._client is not None
        attempt, is_safe_to_repeat = await self._send(letter)
        if was_kept and is_safe_to_repeat:
            attempt, _ = await self._send(letter)
        return attempt

    async def close(self) -> None:
        """Say goodbye, within a moment."""
        client, self._client = self._client, None
        if client is None:
            return
        transport = client.transport
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            if client.is_connected:
                await client.quit(timeout=1)
        _hang_up(client, transport)
        await asyncio.sleep(0)  # lets the loop close the socket, even if it ends after this

    async def _send(self, letter: Letter) -> tuple[Attempt, bool]:
        """One try, and whether it ended because the connection is over while the mail is certainly not taken."""
        if self._client is None:
            try:
                self._client = await self._connect()
            except aiosmtplib.SMTPResponseException as error:
                return _hop_down("connecting", error.code, error.message), False
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                return _hop_down("connecting", None, str(error) or type(error).__name__), False
        client = self._client
        step = _Step()
        try:
            attempt = await _transaction(client, letter, step, self._smarthost.timeout * DATA_FACTOR)
        except aiosmtplib.SMTPResponseException as error:
            if error.code == SHUTTING_DOWN:
                self._drop()
                return _refused(step.name, error.code, error.message), True
            await self._reset(client)
            return _refused(step.name, error.code, error.message), False
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            return _broken(step.name, str(error) or type(error).__name__), step.name != "DATA"
        return attempt, False

    async def _connect(self) -> aiosmtplib.SMTP:
        where = self._smarthost
        client = aiosmtplib.SMTP(
            hostname=where.host,
            port=where.port,
            local_hostname=where.helo,
            timeout=where.timeout,
            use_tls=where.implicit_tls,
            start_tls=where.start_tls,
            tls_context=where.context,
        )
        await client.connect()
        transport = client.transport
        try:
            if where.user:
                await client.login(where.user, where.password)
        except BaseException:
            _hang_up(client, transport)
            raise
        return client

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        """The next mail must not inherit anything of one that was refused."""
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            _hang_up(self._client, self._client.transport)
            self._client = None


def _hang_up(client: aiosmtplib.SMTP, transport: asyncio.BaseTransport | None) -> None:
    client.close()
    # An encrypted connection would wait for the other side's goodbye, for half a minute if need be.
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


@dataclass(slots=True)
class _Step:
    """How far a transaction came."""

    name: str = "MAIL FROM"


async def _transaction(client: aiosmtplib.SMTP, letter: Letter, step: _Step, data_seconds: float) -> Attempt:
    await client.mail(letter.mail_from, options=_mail_options(client, letter))
    step.name = "RCPT TO"
    await client.rcpt(letter.recipient, options=_recipient_options(client, letter))
    step.name = "DATA"
    response = await client.data(letter.data, timeout=data_seconds)
    text = clean.line(response.message, 500)
    return Attempt(result=Result.SENT, code=response.code, text=f"{response.code} {text}", step=step.name)


def _mail_options(client: aiosmtplib.SMTP, letter: Letter) -> list[str]:
    options = [f"SIZE={len(letter.data)}"] if client.supports_extension("size") else []
    if client.supports_extension("dsn") and letter.mail_from:
        options += ["RET=HDRS", f"ENVID=tg{letter.outbox_id}"]  # RFC 3461 §4.3, §4.4
    return options


def _recipient_options(client: aiosmtplib.SMTP, letter: Letter) -> list[str]:
    if not client.supports_extension("dsn") or not letter.mail_from:
        return []
    xtext = "".join(c if c not in "+=" else f"+{ord(c):02X}" for c in letter.recipient)  # RFC 3461 §4
    return ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{xtext}"]


def _refused(step: str, code: int, message: str) -> Attempt:
    if code in ABOUT_OUR_LOGIN:
        return _hop_down(step, code, message)
    result = Result.FAILED if 500 <= code <= 599 else Result.DEFERRED
    return Attempt(result=result, code=code, text=f"{code} {clean.line(message, 500)}", step=step)


def _broken(step: str, what: str) -> Attempt:
    doubt = "; it may have arrived" if step == "DATA" else ""
    text = f"the connection ended at {step}{doubt}: {clean.line(what, 300)}"
    return Attempt(result=Result.DEFERRED, text=text, step=step)


def _hop_down(step: str, code: int | None, message: str) -> Attempt:
    said = f"{code} {message}" if code else message
    text = f"the smarthost takes no mail from us ({step}): {clean.line(said, 500)}"
    return Attempt(result=Result.DEFERRED, code=code, text=text, step=step, is_hop_down=True)
