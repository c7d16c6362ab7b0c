"""Our DKIM signatures, read by dkimpy's verifier against a zone."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dkim
import pytest

from gateway.config import Outbox
from gateway.errors import ConfigError
from gateway.outbox.compose import compose
from gateway.outbox.sign import Signer, load_signer
from tests.outbox.sending import ANSWER, COMPOSER, NOW, dkim_record, make_rsa_key


def outbox(key: Path | None, **changes: object) -> Outbox:
    """`[outbox]` that signs."""
    given = {"dkim_domain": "example.com", "dkim_selector": "s1", "dkim_key_file": key}
    return Outbox.model_validate(given | changes)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An RSA key as openssl makes it (PKCS #8)."""
    return make_rsa_key(tmp_path_factory.mktemp("dkim"))


@pytest.fixture(scope="module")
def data(key: Path) -> bytes:
    """A signed answer."""
    signer = load_signer(outbox(key))
    return compose(replace(COMPOSER, signer=signer), ANSWER, outbox_id=1, created_at=NOW, blobs={}).data


@pytest.fixture(scope="module")
def verifies(key: Path) -> Callable[[bytes], bool]:
    """Does a receiver find the signature good?"""
    zone = {b"s1._domainkey.example.com.": dkim_record(key)}
    return lambda data: bool(dkim.verify(data, dnsfunc=lambda name, timeout=5: zone.get(name, b"")))


def test_a_receiver_finds_the_signature_good(data: bytes, verifies: Callable[[bytes], bool]) -> None:
    """rsa-sha256, relaxed/relaxed, of our domain, over the whole body."""
    tags = data.partition(b"\r\nFrom:")[0].decode().replace("\r\n ", "")

    assert verifies(data)
    assert verifies(data.replace(b"\r\n", b"\n"))
    for tag in ("a=rsa-sha256", "c=relaxed/relaxed", "d=example.com", "s=s1"):
        assert tag in tags
    assert "l=" not in tags


@pytest.mark.parametrize(
    "field",
    ["From: x@example.com", "To: x@example.com", "Cc: x@example.com", "Subject: x", "Reply-To: <x@example.com>",
     "Date: Tue, 01 Sep 2026 08:00:00 +0000", "Message-ID: <x@example.com>", "In-Reply-To: <x@example.com>",
     "References: <x@example.com>", "Content-Type: text/html", "Content-Transfer-Encoding: base64",
     "MIME-Version: 1.0", "Auto-Submitted: no", "List-Unsubscribe: <https://evil.example>", "Sender: x@example.com"],
)  # fmt: skip
def test_no_field_can_be_added(data: bytes, verifies: Callable[[bytes], bool], field: str) -> None:
    """Each is signed once more than it is there (RFC 6376 §8.15), above and below the others."""
    head, _, body = data.partition(b"\r\n\r\n")

    assert not verifies(head + f"\r\n{field}\r\n\r\n".encode() + body)
    signature, _, rest = data.partition(b"\r\nFrom:")
    assert not verifies(signature + f"\r\n{field}\r\nFrom:".encode() + rest)


def test_nothing_can_be_changed(data: bytes, verifies: Callable[[bytes], bool]) -> None:
    """Neither the body nor what follows it."""
    assert not verifies(data + b"more\r\n")
    assert not verifies(data.replace(b"It works again", b"It works never"))


def test_both_forms_of_a_key_file_can_be_used(tmp_path: Path) -> None:
    """PKCS #8 as openssl writes it today, and PKCS #1 as it did before."""
    new = make_rsa_key(tmp_path, 1024)
    old = tmp_path / "old.pem"
    subprocess.run(
        ["openssl", "rsa", "-in", str(new), "-traditional", "-out", str(old)], check=True, capture_output=True
    )
    old.chmod(0o600)
    for path, form in ((new, b"BEGIN PRIVATE KEY"), (old, b"BEGIN RSA PRIVATE KEY")):
        assert form in path.read_bytes()
        assert Signer("example.com", "s1", path.read_bytes()) == load_signer(outbox(path))


def test_without_a_domain_the_smarthost_signs() -> None:
    """Nothing else is looked at."""
    assert None is load_signer(Outbox())


def test_a_key_that_cannot_be_used_ends_the_start(tmp_path: Path, key: Path) -> None:
    """With what is wrong and how to mend it; the key itself is in no message."""
    weak, open_key, text = make_rsa_key(tmp_path, 512), tmp_path / "open.pem", tmp_path / "text.pem"
    open_key.write_bytes(key.read_bytes())
    open_key.chmod(0o604)
    text.write_text("not a key")
    text.chmod(0o600)
    for config, says in (
        (outbox(None), "dkim_key_file must be set, too"),
        (outbox(key, dkim_selector=""), "dkim_selector and dkim_key_file must be set"),
        (outbox(tmp_path / "none.pem"), "cannot be read: No such file"),
        (outbox(open_key), "everybody on this machine can read this key"),
        (outbox(text), "is not an RSA key in PEM"),
        (outbox(weak), "has 512 bits"),
    ):
        with pytest.raises(ConfigError, match=says):
            load_signer(config)
    assert "Signer(example.com, s1)" == repr(load_signer(outbox(key)))
