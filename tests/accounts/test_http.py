"""A web service as the source of accounts: pages and lines, and everything that can be wrong with it."""

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.accounts.http import read_http
from gateway.accounts.version import Unchanged, Version
from gateway.config import AccountsHttp, parse
from gateway.errors import ConfigError, GatewayError, Temporary
from gateway.model import Account, AccountAddress, Order, Shop
from tests.accounts.servers import JSON, Answer, Request, Service, documents, make_certificate, serving

LINES = {"Content-Type": "application/x-ndjson"}
LIMIT = 1024 * 1024


@pytest.fixture
def service() -> Iterator[Service]:
    """A running service."""
    with serving() as running:
        yield running


def read(service: Service, version: Version | None = None, limit: int = LIMIT, **settings: Any) -> list[Account]:
    """What the service tells."""
    section = AccountsHttp(url=service.url, **settings)
    return list(read_http(section, max_bytes=limit, version=version or Version()))


def test_pages_are_followed_and_the_token_is_sent(service: Service, tmp_path: Path) -> None:
    """By `next`, relative to the page; every request has the token."""
    (tmp_path / "token").write_text("secret-1\n")
    pages = {
        "/accounts": documents({"id": 1}, {"id": 2}, next_page="/accounts?page=2"),
        "/accounts?page=2": documents({"id": 3}),
    }
    service.answer = lambda request: pages[request.path]

    assert ["1", "2", "3"] == [account.id for account in read(service, token_file=tmp_path / "token")]
    assert ["Bearer secret-1"] * 2 == [request.headers["Authorization"] for request in service.requests]


def test_a_link_header_leads_to_the_next_page(service: Service) -> None:
    """RFC 8288, for a service that answers with a bare list."""

    def answer(request: Request) -> Answer:
        more = {"Link": '</accounts?p=2>; rel="next"'} if request.path == "/accounts" else {}
        return Answer(headers=JSON | more, body=json.dumps([{"id": request.path}]).encode())

    service.answer = answer

    assert ["/accounts", "/accounts?p=2"] == [account.id for account in read(service)]


def test_a_stream_of_lines_is_read_as_a_file_is(service: Service) -> None:
    """Characters that end a line elsewhere do not end one here; the last line needs no line break."""
    first = {
        "id": 7,
        "name": "A\u2028B",
        "shops": [{"id": 1, "domain": "a.example"}],
        "addresses": [{"address": "ann@a.example", "verified": True}],
        "orders": [{"number": "N1", "shop": "1", "total": 9}],
    }
    body = f"{json.dumps(first, ensure_ascii=False)}\r\n\n{json.dumps({'id': 8})}".encode()
    service.answer = lambda request: Answer(headers=LINES, body=body)

    assert [
        Account(
            id="7",
            name="A\u2028B",
            shops=(Shop(id="1", domain="a.example"),),
            addresses=(AccountAddress(address="ann@a.example", verified=True),),
            orders=(Order(number="N1", shop_id="1", total="9"),),
        ),
        Account(id="8"),
    ] == read(service)


def test_an_etag_spares_the_second_reading(service: Service) -> None:
    """The service answers 304 where it is still the same."""

    def answer(request: Request) -> Answer:
        if request.headers.get("If-None-Match") == '"v1"':
            return Answer(status=304, headers={})
        return documents({"id": 1}, ETag='"v1"')

    service.answer = answer
    version = Version()

    assert ["1"] == [account.id for account in read(service, version)]
    assert '"v1"' == version.text
    with pytest.raises(Unchanged):
        read(service, Version('"v1"'))


def test_an_etag_of_the_first_of_several_pages_says_nothing(service: Service) -> None:
    """The others may have changed."""
    service.answer = lambda request: (
        documents({"id": 1}, next_page="?p=2", ETag='"v1"') if request.path == "/accounts" else documents({"id": 2})
    )
    version = Version()
    read(service, version)

    assert "" == version.text


def cut(**kind: str) -> Answer:
    """A connection that ends in the middle."""
    return Answer(headers=kind, body=b'{"accounts": [{"id": 1}', cut=True)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer(status=500), Temporary, "answers 500"),
        (Answer(status=401), Temporary, "answers 401 Unauthorized: see .* token_file"),
        (Answer(status=302, headers={"Location": "https://other.test/"}), Temporary, "redirects are not followed"),
        (Answer(status=304, headers={}), Temporary, "answers 304"),
        (Answer(headers={"Content-Type": "text/html"}, body=b"<h1>Maintenance</h1>"), ConfigError, "with text/html"),
        (Answer(headers={}, body=b"{}"), ConfigError, "with no Content-Type"),
        (Answer(body=b"\x00\xff\xfe garbage"), ConfigError, "page 1: is not JSON"),
        (Answer(body=b"[" * 100_000), ConfigError, "page 1: is not JSON"),
        (Answer(body=b'{"error": "out of order"}'), ConfigError, 'page 1: has no list "accounts"'),
        (Answer(body=b'{"accounts": {"id": 1}}'), ConfigError, 'page 1: has no list "accounts"'),
        (Answer(body=b'[{"id": 1}, {"name": "no id"}]'), ConfigError, "page 1, record 2: id: Field required"),
        (Answer(body=b'[{"id": 1, "addresses": "a@b.example"}]'), ConfigError, "page 1, record 1: addresses: "),
        (Answer(body=b'{"accounts": [], "next": 7}'), ConfigError, "next is no URL"),
        (Answer(body=b'{"accounts": [], "next": "http://[x"}'), ConfigError, "next is no URL"),
        (documents(next_page="http://other.test/accounts"), ConfigError, "another server .other.test., which must not"),
        (documents(next_page="/accounts"), ConfigError, "the pages do not end"),
        (cut(**JSON), Temporary, "127.0.0.1: peer closed connection"),
        (Answer(headers=LINES, body=b'{"id": 1}\n{"id": 2}\n', cut=True), Temporary, "peer closed connection"),
        (Answer(headers=LINES, body=b'{"id": 1}\n{"id": 2'), ConfigError, "line 2: is not JSON"),
        (Answer(headers=LINES, body=b"\xff\n"), ConfigError, "line 1: is not JSON"),
        (Answer(headers=JSON | {"Content-Encoding": "gzip"}, body=b"no gzip"), Temporary, "127.0.0.1: "),
    ],
)
def test_a_wrong_answer_is_told_in_words(
    service: Service, answer: Answer, error: type[GatewayError], words: str
) -> None:
    """Each as a sentence that says what is wrong; nothing of it is taken for accounts."""
    service.answer = lambda request: answer

    with pytest.raises(error, match=words):
        read(service)


@pytest.mark.parametrize("headers", [JSON, LINES], ids=["json", "lines"])
def test_a_huge_answer_is_given_up_at_the_limit(service: Service, headers: dict[str, str]) -> None:
    """Also one that is small on its way: the limit counts what it unpacks to."""
    body = gzip.compress(b'[{"id": "' + b"x" * (4 * LIMIT) + b'"}]')
    service.answer = lambda request: Answer(headers=headers | {"Content-Encoding": "gzip"}, body=body)
    assert len(body) < LIMIT // 100

    with pytest.raises(ConfigError, match=r"gives more than 1 MB; if that is right, raise \[accounts\] max_bytes"):
        read(service)


def test_pages_without_an_end_are_given_up_at_the_limit(service: Service) -> None:
    """Each page is small, and there is always one more."""
    service.answer = lambda request: documents(
        {"id": len(service.requests), "notes": "x" * 100_000}, next_page=f"?p={len(service.requests)}"
    )

    with pytest.raises(ConfigError, match="gives more than 1 MB"):
        read(service)
    assert 11 == len(service.requests)


def test_a_service_that_falls_silent_is_given_up(service: Service) -> None:
    """After the configured time."""
    end = threading.Event()
    service.answer = lambda request: Answer(body=b"[]", wait_for=end)

    with pytest.raises(Temporary, match=r"127\.0\.0\.1 did not answer in time"):
        read(service, timeout_seconds=0.2)
    end.set()


def test_a_service_that_is_not_there_is_named() -> None:
    """The host, and what the system says."""
    with serving() as gone:
        pass

    with pytest.raises(Temporary, match=r"127\.0\.0\.1: .*refused"):
        read(gone)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Unless it is named as one to trust; the token is not sent before."""
    certificate = make_certificate(tmp_path)
    with serving(certificate) as service:
        service.answer = lambda request: documents({"id": 1})
        with pytest.raises(Temporary, match="CERTIFICATE_VERIFY_FAILED"):
            read(service)
        assert [] == service.requests

        assert ["1"] == [account.id for account in read(service, tls_ca_file=certificate)]


@pytest.mark.parametrize("content", ["", "two words", "Ünicode", "a\nb"])
def test_a_token_file_holds_one_token(service: Service, tmp_path: Path, content: str) -> None:
    """Anything else would end up in a header."""
    (tmp_path / "token").write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match="token_file"):
        read(service, token_file=tmp_path / "token")


@pytest.mark.parametrize(
    "url", ["http://shop.example/accounts", "ftp://127.0.0.1/a", "https:///accounts", "accounts.json", "http://[x"]
)
def test_accounts_do_not_travel_unencrypted(url: str) -> None:
    """But on this machine."""
    gateway = {"support_addresses": ["a@b.example"], "reply_domain": "r.example"}
    with pytest.raises(ConfigError, match=r"accounts\.http\.url: must be \"https://HOST/…\""):
        parse({"gateway": gateway, "accounts": {"http": {"url": url}}}, "config.toml")
