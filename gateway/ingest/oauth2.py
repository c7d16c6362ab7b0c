"""Access tokens for XOAUTH2, from a refresh token (RFC 6749 §6).

What must stay true: a refresh token that the provider hands out replaces the old one on disk before the new access
token is used, for the old one may be worth nothing from then on. No token is ever part of an error or an event. Secrets
go to https only, or to this machine, and no redirect is followed.
"""

import ipaddress
import os
import re
import ssl
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from gateway.clock import Clock
from gateway.config import OAuth2
from gateway.errors import ConfigError, Permanent, Temporary

EARLY_SECONDS = 60.0
"""So long before its end an access token is replaced."""
WARN_DAYS = 30
"""So long before its end a grant is warned about."""
_ASSUMED_SECONDS = 300
"""Life of an access token whose answer does not tell (RFC 6749 §5.1)."""
_LONGEST_ANSWER = 64 * 1024
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}", re.ASCII)
_WHAT_TO_DO = {
    "invalid_grant": "the grant has ended or was withdrawn: let the mail provider issue a new refresh token and put it "
    "into {file}",
    "invalid_client": "the provider does not accept client_id or the content of client_secret_file",
    "unauthorized_client": "the provider does not allow this client_id to refresh tokens",
    "invalid_scope": "the provider does not accept the scope; it must be one of those the grant was given for",
    "unsupported_grant_type": "this token_url does not refresh tokens; look up the right one of the provider",
    "invalid_request": "the provider does not accept the request; check client_id, client_secret_file and scope",
}


class _Answer(BaseModel):
    """RFC 6749 §5.1 and §5.2."""

    access_token: str = ""
    refresh_token: str = ""
    expires_in: float = _ASSUMED_SECONDS
    error: str = ""
    error_description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    token: str
    good_until: float


class AccessTokens:
    """The access tokens of one grant: kept until shortly before their end. For one thread."""

    def __init__(
        self, config: OAuth2, *, timeout_seconds: float, clock: Clock, not_saved: Callable[[str], None]
    ) -> None:
        self._config = config
        self._timeout = timeout_seconds
        self._clock = clock
        self._not_saved = not_saved
        self._unsaved = ""
        self._access: _Access | None = None
        _check_url(config.token_url)
        expires_on(config)

    def get(self) -> str:
        """An access token; asks the provider where the kept one is at its end.

        Raises Permanent where a person has to act (the reason says how), Temporary where the provider cannot be asked.
        """
        if self._access is None or self._access.good_until <= self._clock.monotonic():
            self._access = self._refresh()
        return self._access.token

    def forget(self) -> None:
        """The mail server did not take the token: do not use it again."""
        self._access = None

    def _refresh(self) -> _Access:
        refresh_token = self._unsaved or _read_secret(self._config.refresh_token_file)
        answer = self._ask(refresh_token)
        if answer.error == "invalid_grant":
            # Another reader of the same grant, or a person, may have put a newer one there meanwhile.
            newer = _read_secret(self._config.refresh_token_file)
            if newer != refresh_token:
                self._unsaved = ""
                refresh_token, answer = newer, self._ask(newer)
        if answer.error:
            raise _refusal(self._config, answer)
        if not _TOKEN.fullmatch(answer.access_token):
            raise Temporary(f"{self._config.token_url} did not answer with an access token")
        if answer.refresh_token not in ("", refresh_token):
            self._keep(answer.refresh_token)
        life = max(answer.expires_in - EARLY_SECONDS, 0.0)
        return _Access(token=answer.access_token, good_until=self._clock.monotonic() + life)

    def _ask(self, refresh_token: str) -> _Answer:
        config = self._config
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": config.client_id}
        if config.client_secret_file:
            form["client_secret"] = _read_secret(config.client_secret_file)
        if config.scope:
            form["scope"] = config.scope
        try:
            status, body = _post(config.token_url, urlencode(form), self._timeout)
        except ssl.SSLCertVerificationError as error:
            raise Temporary(f"{config.token_url}: its certificate is not trusted: {error.verify_message}") from error
        except (OSError, HTTPException) as error:
            raise Temporary(f"{config.token_url} cannot be asked: {type(error).__name__}: {error}") from error
        return _read_answer(config.token_url, status, body)

    def _keep(self, refresh_token: str) -> None:
        """Put the new refresh token on disk; where that fails it is used from memory, and somebody is told."""
        path = self._config.refresh_token_file
        try:
            write_secret(path, refresh_token)
        except OSError as error:
            self._unsaved = refresh_token
            self._not_saved(
                f"{path} cannot be written ({error.strerror}): the new refresh token will be lost at the next restart"
            )
        else:
            self._unsaved = ""


def expires_on(config: OAuth2) -> date | None:
    """The day that the grant ends, as configured; None where nothing is said."""
    if not config.grant_expires:
        return None
    try:
        return date.fromisoformat(config.grant_expires)
    except ValueError as error:
        raise ConfigError(f'oauth2.grant_expires: "{config.grant_expires}" is not a day such as 2027-03-31') from error


def days_to_warn_of(config: OAuth2, today: date) -> int | None:
    """In how many days the grant ends (negative: ago), None while that is more than 30 days away or not known."""
    end = expires_on(config)
    left = (end - today).days if end else WARN_DAYS + 1
    return left if left <= WARN_DAYS else None


def write_secret(path: Path, secret: str) -> None:
    """Replace a secret file as a whole, durably, readable for us alone; a crash leaves the old one or the new one."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_secret(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{path} cannot be read: {error}") from error


def _check_url(url: str) -> None:
    parsed = urlsplit(url)
    if not parsed.hostname or parsed.scheme not in ("https", "http"):
        raise ConfigError(f'oauth2.token_url: "{url}" is not an https address')
    if parsed.scheme == "http" and not is_loopback(parsed.hostname):
        raise ConfigError(f"oauth2.token_url: {url} would show the refresh token to the network; use https")


def is_loopback(host: str) -> bool:
    """Does this name mean this machine?"""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _post(url: str, form: str, timeout: float) -> tuple[int, bytes]:
    parsed = urlsplit(url)
    assert parsed.hostname
    connection: HTTPConnection
    if parsed.scheme == "https":
        context = ssl.create_default_context()
        connection = HTTPSConnection(parsed.hostname, parsed.port, timeout=timeout, context=context)
    else:
        connection = HTTPConnection(parsed.hostname, parsed.port, timeout=timeout)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    with closing(connection):
        connection.request("POST", f"{parsed.path or '/'}{'?' if parsed.query else ''}{parsed.query}", form, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(_LONGEST_ANSWER)


def _read_answer(url: str, status: int, body: bytes) -> _Answer:
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError as error:
        raise Temporary(f"{url} answered {status} with something that is no token answer") from error
    if status != 200 and not answer.error:
        raise Temporary(f"{url} answered {status}")
    return answer


def _refusal(config: OAuth2, answer: _Answer) -> Permanent | Temporary:
    code = "".join(symbol for symbol in answer.error[:40] if symbol.isalnum() or symbol == "_")
    detail = "".join(symbol if symbol.isprintable() else " " for symbol in answer.error_description[:200])
    what_to_do = _WHAT_TO_DO.get(code, "").format(file=config.refresh_token_file)
    reason = f"{config.token_url} refuses ({code}): {what_to_do or detail}"
    if what_to_do and detail:
        reason = f"{reason}; it says: {detail}"
    # Unknown means temporary: `temporarily_unavailable`, `server_error`, and what providers invent.
    return Permanent(reason) if what_to_do else Temporary(reason)
