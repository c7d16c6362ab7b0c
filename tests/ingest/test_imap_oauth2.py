"""Access tokens from a refresh token, against a provider that speaks HTTP."""

import errno
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.config import OAuth2
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.ingest.oauth2 import AccessTokens, days_to_warn_of
from tests.peers.dovecot import Provider, running_provider
from tests.peers.process import free_port

USER = "desk@support.test"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of this test's own."""
    with running_provider() as running:
        yield running


class Grant:
    """A grant of a provider, with its refresh token in a file."""

    def __init__(self, provider: Provider, folder: Path, **changes: object) -> None:
        self.file = folder / "refresh"
        self.file.write_text(provider.grant(USER) + "\n")
        self.file.chmod(0o600)
        self.clock = FixedClock(datetime(2026, 9, 1, tzinfo=UTC))
        self.warnings: list[str] = []
        settings = {"token_url": provider.token_url, "client_id": "us", "refresh_token_file": self.file}
        self.config = OAuth2.model_validate(settings | changes)
        self.tokens = AccessTokens(self.config, timeout_seconds=2, clock=self.clock, not_saved=self.warnings.append)


def test_a_token_is_kept_until_a_minute_before_its_end(provider: Provider, tmp_path: Path) -> None:
    """The provider is asked once for an hour's token, and again 60 seconds before the hour is over."""
    grant = Grant(provider, tmp_path)
    first = grant.tokens.get()
    grant.clock.seconds = 3539
    assert grant.tokens.get() == first
    grant.clock.seconds = 3540
    assert grant.tokens.get() != first
    assert len(provider.asked) == 2


def test_a_token_that_was_refused_is_asked_for_again(provider: Provider, tmp_path: Path) -> None:
    """`forget` is what the mail server's refusal leads to."""
    grant = Grant(provider, tmp_path)
    first = grant.tokens.get()
    grant.tokens.forget()
    assert grant.tokens.get() != first


def test_the_request_is_the_one_of_the_standard(provider: Provider, tmp_path: Path) -> None:
    """RFC 6749 §6, with the client's secret and a scope where they are configured."""
    secret = tmp_path / "secret"
    secret.write_text("s3cret&=\n")
    grant = Grant(provider, tmp_path, client_secret_file=secret, scope="mail offline")
    grant.tokens.get()
    assert provider.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": grant.file.read_text().strip(),
            "client_id": "us",
            "client_secret": "s3cret&=",
            "scope": "mail offline",
        }
    ]


def test_a_new_refresh_token_replaces_the_old_one_on_disk(provider: Provider, tmp_path: Path) -> None:
    """Whole, for us alone, nothing left beside it; a new process goes on with it."""
    provider.rotates = True
    grant = Grant(provider, tmp_path)
    before = grant.file.read_text()
    grant.tokens.get()
    assert grant.file.read_text() != before
    assert stat.S_IMODE(grant.file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["refresh"]
    again = AccessTokens(grant.config, timeout_seconds=2, clock=grant.clock, not_saved=grant.warnings.append)
    assert again.get()
    assert grant.warnings == []


def fail_to_sync(_file: int) -> None:
    """As on a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_refresh_token_that_cannot_be_written_is_used_and_warned_of(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the only one that is still worth something; when the disk has room again the next one is written."""
    provider.rotates = True
    grant = Grant(provider, tmp_path)
    before = grant.file.read_text()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_to_sync)
        grant.tokens.get()
    assert grant.file.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["refresh"]
    assert [f"{grant.file} cannot be written (No space left on device)"] == [
        warning.partition(":")[0] for warning in grant.warnings
    ]
    grant.tokens.forget()
    assert grant.tokens.get()
    assert grant.file.read_text() != before


def test_a_refresh_token_that_somebody_has_put_there_since_is_used(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours is only in memory and not good any more: what another reader or a person wrote counts."""
    provider.rotates = True
    grant = Grant(provider, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_to_sync)
        grant.tokens.get()
    provider.withdraw(USER)
    grant.file.write_text(provider.grant(USER))
    grant.tokens.forget()
    assert grant.tokens.get()


def test_an_ended_grant_is_told_with_what_to_do(provider: Provider, tmp_path: Path) -> None:
    """It is a person's turn: the file is named, no token is."""
    grant = Grant(provider, tmp_path)
    provider.withdraw(USER)
    with pytest.raises(Permanent) as refused:
        grant.tokens.get()
    assert "let the mail provider issue a new refresh token" in refused.value.reason
    assert str(grant.file) in refused.value.reason
    assert "refresh-" not in refused.value.reason.replace(str(grant.file), "")


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, '{"error": "invalid_client"}', Permanent, "client_id or the content of client_secret_file"),
        (400, '{"error": "invalid_scope"}', Permanent, "scope"),
        (503, '{"error": "temporarily_unavailable"}', Temporary, "temporarily_unavailable"),
        (400, '{"error": "x\\n", "error_description": "a\\u001bb"}', Temporary, "refuses (x): a b"),
        (500, "<html>sorry</html>", Temporary, "answered 500"),
        (500, "{}", Temporary, "answered 500"),
        (302, "", Temporary, "answered 302"),
        (200, "{}", Temporary, "did not answer with an access token"),
        (200, '{"access_token": "a\\u0001auth=Bearer b"}', Temporary, "did not answer with an access token"),
        (200, "x" * 200_000, Temporary, "answered 200"),
        (200, json.dumps({"access_token": "t" * 20_000}), Temporary, "did not answer with an access token"),
    ],
)
def test_an_answer_that_is_no_token_is_told_in_words(
    provider: Provider, tmp_path: Path, status: int, body: str, kind: type[Exception], words: str
) -> None:
    """Unknown means temporary."""
    grant = Grant(provider, tmp_path)
    provider.fails_with = (status, body)
    with pytest.raises(kind) as refused:
        grant.tokens.get()
    assert words in str(refused.value)


def test_a_provider_that_cannot_be_reached_is_temporary(provider: Provider, tmp_path: Path) -> None:
    """Nothing listens there."""
    grant = Grant(provider, tmp_path, token_url=f"http://127.0.0.1:{free_port()}/token")
    with pytest.raises(Temporary, match="cannot be asked"):
        grant.tokens.get()


def test_a_missing_refresh_token_file_is_told(provider: Provider, tmp_path: Path) -> None:
    """By its name."""
    grant = Grant(provider, tmp_path)
    grant.file.unlink()
    with pytest.raises(Permanent, match=str(grant.file)):
        grant.tokens.get()


@pytest.mark.parametrize("url", ["http://token.example/t", "file:///etc/passwd", "https://", "ftp://127.0.0.1/"])
def test_secrets_do_not_go_into_the_clear(provider: Provider, tmp_path: Path, url: str) -> None:
    """In the clear they only go to this machine."""
    with pytest.raises(ConfigError, match="token_url"):
        Grant(provider, tmp_path, token_url=url)


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2027, 2, 28), None),
        (date(2027, 3, 1), 30),
        (date(2027, 3, 31), 0),
        (date(2027, 4, 2), -2),
    ],
)
def test_a_grant_is_warned_of_from_thirty_days_before_its_end(today: date, days: int | None) -> None:
    """And after it."""
    config = OAuth2(
        token_url="https://t.example", client_id="c", refresh_token_file=Path("f"), grant_expires="2027-03-31"
    )
    assert days_to_warn_of(config, today) == days


def test_an_end_that_is_no_day_is_refused(provider: Provider, tmp_path: Path) -> None:
    """When the reader is made, not on the day."""
    with pytest.raises(ConfigError, match="grant_expires"):
        Grant(provider, tmp_path, grant_expires="31.3.2027")
