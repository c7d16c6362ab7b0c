"""Logging in: TLS that is checked, passwords, tokens, and refusals told in words."""

import re
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.config import Imap
from gateway.ingest import imap_retry
from gateway.ingest.imap_events import AuthenticationRefused, Connected, Failed, GrantExpires, Released
from tests.ingest.imap_desk import hide, make_config, make_mail, open_desk, proxy, reading
from tests.peers.dovecot import Dovecot, make_certificate

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses ten times shorter than real ones."""
    monkeypatch.setattr(imap_retry, "FIRST_SECONDS", imap_retry.FIRST_SECONDS / 10)


def secured(dovecot: Dovecot, user: str, scratch: Path, security: str, **changes: Any) -> Imap:
    """A mailbox read over TLS, the server's certificate checked against its CA."""
    port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
    settings = {"host": "localhost", "port": port, "security": security, "tls_ca_file": dovecot.ca_file}
    return make_config(dovecot, user, scratch, **(settings | changes))


def with_token(dovecot: Dovecot, user: str, scratch: Path, **changes: Any) -> Imap:
    """A mailbox read with XOAUTH2."""
    file = scratch / "refresh"
    file.write_text(dovecot.provider.grant(user))
    grant = {"token_url": dovecot.provider.token_url, "client_id": "us", "refresh_token_file": file, **changes}
    return make_config(dovecot, user, scratch, oauth2=grant, password_file=None, poll_seconds=0.2, idle=False)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_is_read_over_tls_with_a_ca_of_ones_own(dovecot: Dovecot, tmp_path: Path, security: str) -> None:
    """Also IDLE works there, where news may wait inside the TLS layer."""
    user = dovecot.make_user()
    with open_desk(tmp_path) as desk, reading(desk, secured(dovecot, user, tmp_path, security)) as told:
        assert told.wait_for(Connected).tls in ("TLSv1.2", "TLSv1.3")
        time.sleep(0.3)
        dovecot.deliver(user, make_mail(1))
        desk.wait_for_mails(1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("wrong", ["CA", "name"])
def test_a_server_that_cannot_prove_its_name_gets_no_password(
    dovecot: Dovecot, tmp_path: Path, security: str, wrong: str
) -> None:
    """Its certificate is of a CA we do not know, or for another name than the one we were told to call."""
    user = dovecot.make_user()
    config = secured(dovecot, user, tmp_path, security)
    if wrong == "CA":
        make_certificate(tmp_path)
        config = config.model_copy(update={"tls_ca_file": tmp_path / "cert.pem"})
    else:
        config = config.model_copy(update={"host": "127.0.0.2"})  # the server is called there, too
    with open_desk(tmp_path) as desk, reading(desk, config) as told:
        assert "its certificate is not trusted" in told.wait_for(Failed).why
        assert told.told(Connected) == []
    assert f"user=<{user}>" not in (dovecot.folder / "log").read_text()


def test_words_slipped_in_behind_starttls_end_the_connection(dovecot: Dovecot, tmp_path: Path) -> None:
    """Somebody between adds to the answer what would be taken for part of the encrypted dialogue (CVE-2011-0411)."""
    user = dovecot.make_user()

    def slip_in(data: bytes) -> bytes:
        return data + b"* CAPABILITY IMAP4rev1 MOVE\r\n" if b"OK Begin TLS" in data else data

    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, slip_in) as port,
        reading(desk, secured(dovecot, user, tmp_path, "starttls", port=port)) as told,
    ):
        assert "somebody may be between" in told.wait_for(Failed).why
    assert f"user=<{user}>" not in (dovecot.folder / "log").read_text()


def test_a_server_that_does_not_offer_starttls_gets_no_password(dovecot: Dovecot, tmp_path: Path) -> None:
    """Nothing is sent in the clear instead."""
    user = dovecot.make_user()
    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, hide("STARTTLS")) as port,
        reading(desk, secured(dovecot, user, tmp_path, "starttls", port=port)) as told,
    ):
        assert "STARTTLS" in told.wait_for(Failed).why
    assert f"user=<{user}>" not in (dovecot.folder / "log").read_text()


def test_a_wrong_password_is_told_once_and_not_tried_in_a_hurry(dovecot: Dovecot, tmp_path: Path) -> None:
    """The words name the server's reason; the next try is minutes away."""
    user = dovecot.make_user()
    config = make_config(dovecot, user, tmp_path)
    (tmp_path / "password").write_text("wrong")
    with open_desk(tmp_path) as desk, reading(desk, config) as told:
        refused = told.wait_for(AuthenticationRefused)
        assert "[AUTHENTICATIONFAILED]" in refused.why
        assert "wrong" not in refused.why
        assert refused.retry_seconds == 300
        assert told.told(Failed) == []


def test_a_missing_password_file_is_told_by_its_name(dovecot: Dovecot, tmp_path: Path) -> None:
    """It is a person's turn, as with a wrong one."""
    config = make_config(dovecot, dovecot.make_user(), tmp_path, password_file=tmp_path / "none")
    with open_desk(tmp_path) as desk, reading(desk, config) as told:
        assert str(tmp_path / "none") in told.wait_for(AuthenticationRefused).why


@pytest.mark.parametrize("answer", [b"NO [UNAVAILABLE] later", b"NO [INUSE] busy", b"NO [LIMIT] too many"])
def test_a_login_refused_for_now_is_no_wrong_password(dovecot: Dovecot, tmp_path: Path, answer: bytes) -> None:
    """Response codes of RFC 5530 tell them apart; it is tried again soon."""
    user = dovecot.make_user()
    dovecot.deliver(user, make_mail(1))
    busy = [answer]

    def refuse(data: bytes) -> bytes:
        return re.sub(rb"OK .*Logged in", busy.pop(), data) if busy and b"Logged in" in data else data

    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, refuse) as port,
        reading(desk, make_config(dovecot, user, tmp_path, port=port)) as told,
    ):
        desk.wait_for_mails(1)
        assert told.told(AuthenticationRefused) == []
        assert len(told.told(Failed)) == 1


@pytest.mark.parametrize("hidden", [(), ("AUTH=PLAIN",)], ids=["AUTHENTICATE PLAIN", "LOGIN"])
def test_the_password_goes_by_the_way_that_the_server_knows(
    dovecot: Dovecot, tmp_path: Path, hidden: tuple[str, ...]
) -> None:
    """PLAIN can carry any password, LOGIN is for servers without it."""
    user = dovecot.make_user()
    dovecot.deliver(user, make_mail(1))
    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, hide(*hidden)) as port,
        reading(desk, make_config(dovecot, user, tmp_path, port=port)),
    ):
        desk.wait_for_mails(1)


def test_a_server_that_takes_no_password_in_the_clear_is_told(dovecot: Dovecot, tmp_path: Path) -> None:
    """LOGINDISABLED (RFC 9051 §6.2.3): the password is not sent."""

    def disable(data: bytes) -> bytes:
        return data.replace(b" AUTH=PLAIN", b" LOGINDISABLED")

    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, disable) as port,
        reading(desk, make_config(dovecot, dovecot.make_user(), tmp_path, port=port)) as told,
    ):
        assert "does not accept passwords" in told.wait_for(AuthenticationRefused).why


def test_xoauth2_reads_mail_and_renews_what_was_withdrawn(dovecot: Dovecot, tmp_path: Path) -> None:
    """The access token ends before its time while nobody looks: one new one is asked for, and the mail is taken."""
    user = dovecot.make_user()
    ours = threading.Event()
    ours.set()
    with open_desk(tmp_path) as desk, reading(desk, with_token(dovecot, user, tmp_path), may_run=ours.is_set) as told:
        dovecot.deliver(user, make_mail(1))
        desk.wait_for_mails(1)
        ours.clear()
        told.wait_for(Released)
        dovecot.provider.end_access(user)
        asked = len(dovecot.provider.asked)
        dovecot.deliver(user, make_mail(2))
        ours.set()
        desk.wait_for_mails(2)
        assert len(dovecot.provider.asked) == asked + 1
        assert told.told(AuthenticationRefused) == []


def test_an_ended_grant_is_told_with_what_to_do(dovecot: Dovecot, tmp_path: Path) -> None:
    """Not as a failure among others: no try of ours will help."""
    user = dovecot.make_user()
    config = with_token(dovecot, user, tmp_path)
    dovecot.provider.withdraw(user)
    with open_desk(tmp_path) as desk, reading(desk, config) as told:
        assert "let the mail provider issue a new refresh token" in told.wait_for(AuthenticationRefused).why


def test_a_token_that_the_server_does_not_take_is_told(dovecot: Dovecot, tmp_path: Path) -> None:
    """The provider gives tokens, but for another user: asked for twice, then told, without the token."""
    user = dovecot.make_user()
    config = with_token(dovecot, dovecot.make_user(), tmp_path).model_copy(update={"user": user})
    with open_desk(tmp_path) as desk, reading(desk, config) as told:
        refused = told.wait_for(AuthenticationRefused)
        assert "access-" not in refused.why
        ours = (tmp_path / "refresh").read_text()
        assert [form["refresh_token"] for form in dovecot.provider.asked].count(ours) == 2


def test_an_ending_grant_is_warned_of_once_a_day(dovecot: Dovecot, tmp_path: Path) -> None:
    """In good time, and not at every look."""
    user = dovecot.make_user()
    end = SystemClock().now().date() + timedelta(days=7)
    config = with_token(dovecot, user, tmp_path, grant_expires=end.isoformat())
    with open_desk(tmp_path) as desk, reading(desk, config) as told:
        assert told.wait_for(GrantExpires).days in (6, 7)
        dovecot.deliver(user, make_mail(1))
        desk.wait_for_mails(1)
        assert len(told.told(GrantExpires)) == 1
