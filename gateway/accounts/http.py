"""Accounts from a web service: JSON in pages, or a stream of JSON Lines, over verified TLS.

    application/json        {"accounts": [...], "next": URL or null}, or a bare list; also a `Link` header (RFC 8288)
    application/x-ndjson    one account a line, as in a JSON Lines file

What must stay true: the token goes to the configured origin only, so no redirect is followed and every page must be of
that origin. Nothing is read beyond the limit, whatever the service says of its size. An `ETag` (RFC 9110 §8.8.3) is
used where the whole answer is one page: of several it speaks only for the first.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import httpx

from gateway import __version__
from gateway.accounts.budget import Budget
from gateway.accounts.lines import account_of_line
from gateway.accounts.record import account_of
from gateway.accounts.version import Unchanged, Version
from gateway.config import AccountsHttp
from gateway.errors import ConfigError, Temporary
from gateway.model import Account

MAX_PAGES = 20_000
MAX_LINE_BYTES = 4 * 1024 * 1024
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


def read_http(settings: AccountsHttp, *, max_bytes: int, version: Version) -> Iterator[Account]:
    """The accounts that the service tells; raises Unchanged where it says that nothing changed.

    Temporary where it does not answer, ConfigError where its answer is wrong, each with a sentence.
    """
    budget = Budget(max_bytes)
    known, version.text = version.text, ""
    seen: set[str] = set()
    with _client(settings) as client:
        url: str | None = settings.url
        while url:
            if url in seen or len(seen) >= MAX_PAGES:
                raise ConfigError(f"the pages do not end: {url} comes again" if url in seen else "has too many pages")
            with _answer(client, url, known if not seen else "") as response:
                is_first = not seen
                seen.add(url)
                page = _Page(response, f"page {len(seen)}", budget)
                yield from page.accounts()
                url = page.next
                if is_first and url is None:
                    version.text = response.headers.get("ETag", "")


class _Page:
    """One answer of the service; `next` is known after its accounts were read."""

    def __init__(self, response: httpx.Response, name: str, budget: Budget) -> None:
        self._response = response
        self._name = name
        self._budget = budget
        self.next: str | None = None

    def accounts(self) -> Iterator[Account]:
        """The accounts of the page."""
        kind = self._response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind in _LINES:
            yield from self._lines()
        elif kind == "application/json" or kind.endswith("+json"):
            yield from self._document()
        else:
            raise ConfigError(f"answers with {kind or 'no Content-Type'}, not with application/json or {_LINES[0]}")

    def _lines(self) -> Iterator[Account]:
        rest = bytearray()
        number = 0
        for chunk in self._chunks():
            *lines, tail = chunk.split(b"\n")
            for line in lines:
                number += 1
                rest += line
                yield from self._account_of_line(bytes(rest), number)
                rest.clear()
            rest += tail
            if len(rest) > MAX_LINE_BYTES:
                raise ConfigError(f"line {number + 1}: is longer than {MAX_LINE_BYTES // 1024 // 1024} MB")
        yield from self._account_of_line(bytes(rest), number + 1)

    def _account_of_line(self, line: bytes, number: int) -> Iterator[Account]:
        if line.strip():
            yield account_of_line(line, f"line {number}")

    def _document(self) -> Iterator[Account]:
        try:
            document = json.loads(b"".join(self._chunks()))
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{self._name}: is not JSON") from error
        records = document.get("accounts") if isinstance(document, dict) else document
        if not isinstance(records, list):
            raise ConfigError(f'{self._name}: has no list "accounts", and is no list itself')
        self.next = self._next(document)
        for number, record in enumerate(records, 1):
            yield account_of(record, f"{self._name}, record {number}")

    def _next(self, document: Any) -> str | None:
        named = document.get("next") if isinstance(document, dict) else None
        named = named or self._response.links.get("next", {}).get("url")
        if not named:
            return None
        here = self._response.url
        if not isinstance(named, str):
            raise ConfigError(f"{self._name}: next is no URL")
        try:
            target = httpx.URL(urljoin(str(here), named))
        except (httpx.InvalidURL, ValueError) as error:
            raise ConfigError(f"{self._name}: next is no URL") from error
        if (target.scheme, target.host, target.port) != (here.scheme, here.host, here.port):
            raise ConfigError(
                f"{self._name}: next leads to another server ({target.host}), which must not get our token"
            )
        return str(target)

    def _chunks(self) -> Iterator[bytes]:
        for chunk in self._response.iter_bytes():
            self._budget.spend(len(chunk))
            yield chunk


@contextmanager
def _client(settings: AccountsHttp) -> Iterator[httpx.Client]:
    headers = {"Accept": f"application/json, {_LINES[0]}", "User-Agent": f"ticket-gateway/{__version__}"}
    if settings.token_file:
        headers["Authorization"] = f"Bearer {_token(settings)}"
    with httpx.Client(
        headers=headers, timeout=settings.timeout_seconds, follow_redirects=False, verify=_trust(settings)
    ) as client:
        yield client


@contextmanager
def _answer(client: httpx.Client, url: str, known: str) -> Iterator[httpx.Response]:
    headers = {"If-None-Match": known} if known else {}
    try:
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and known:
                raise Unchanged
            if response.status_code != httpx.codes.OK:
                raise Temporary(_refusal(response))
            yield response
    except httpx.TimeoutException as error:
        raise Temporary(f"{httpx.URL(url).host} did not answer in time") from error
    except httpx.HTTPError as error:
        raise Temporary(f"{httpx.URL(url).host}: {error or type(error).__name__}") from error


def _refusal(response: httpx.Response) -> str:
    said = f"answers {response.status_code} {response.reason_phrase}".strip()
    if response.is_redirect:
        return f"{said}: redirects are not followed, [accounts.http] url must be the final one"
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return f"{said}: see [accounts.http] token_file"
    return said


def _token(settings: AccountsHttp) -> str:
    assert settings.token_file
    try:
        token = settings.token_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[accounts.http] token_file {settings.token_file}: cannot be read: {error}") from error
    if not token or not token.isprintable() or " " in token:
        raise ConfigError(f"[accounts.http] token_file {settings.token_file}: must hold one token and nothing else")
    return token


def _trust(settings: AccountsHttp) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.tls_ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(f"[accounts.http] tls_ca_file {settings.tls_ca_file}: {error.strerror or error}") from error
