"""STARTTLS with a real certificate (RFC 3207, A-30)."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from tests.ingest.listeners import DESK, Gateway, Peer, connected, listening
from tests.peers.process import require


def make_certificate(folder: Path, name: str = "gateway.test") -> dict[str, str]:
    """A key and a certificate that it signs itself, as the keys of a section."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            *[require("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
            *["-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
            *["-out", str(certificate), "-keyout", str(key)],
        ],
        check=True,
        capture_output=True,
    )
    return {"tls_certificate": str(certificate), "tls_key": str(key)}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate for gateway.test."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def gateway(tmp_path: Path, certificate: dict[str, str]) -> Iterator[Gateway]:
    """A listener that offers STARTTLS."""
    with listening(tmp_path, smtp=certificate) as running:
        yield running


@contextmanager
def over_tls(peer: Peer, certificate: dict[str, str], name: str = "gateway.test") -> Iterator[Peer]:
    """The connection from here on encrypted, the certificate checked."""
    context = ssl.create_default_context(cafile=certificate["tls_certificate"])
    with context.wrap_socket(peer.socket, server_hostname=name) as encrypted:
        yield Peer(socket=encrypted)


def test_a_mail_over_tls_is_kept_as_such(gateway: Gateway, certificate: dict[str, str]) -> None:
    """STARTTLS is offered once; the envelope says that the mail came encrypted."""
    with connected(gateway.port) as clear:
        clear.reply()
        assert clear.says("EHLO x").endswith("250 STARTTLS")
        assert "220 2.0.0 Ready" == clear.says("STARTTLS")
        with over_tls(clear, certificate) as peer:
            offered = peer.says("EHLO mail.customer.test")
            assert "STARTTLS" not in offered
            assert "AUTH" not in offered
            assert "503 5.5.1 TLS is not available" == peer.says("STARTTLS")
            peer.says("MAIL FROM:<anna@customer.test>")
            peer.says(f"RCPT TO:<{DESK}>")
            peer.says("DATA")
            peer.send(b"x" * 500_000 + b"\r\n")
            assert peer.says(".").startswith("250 2.0.0 kept as ")
            assert "221 2.0.0 Bye" == peer.says("QUIT")

    [entry] = gateway.entries()
    assert entry.envelope.tls
    assert "mail.customer.test" == entry.envelope.helo
    assert b"x" * 500_000 + b"\r\n" == entry.raw


def test_nothing_that_was_said_in_clear_survives_starttls(gateway: Gateway, certificate: dict[str, str]) -> None:
    """RFC 3207 §4.2: not even the greeting."""
    with connected(gateway.port) as clear:
        clear.reply()
        clear.says("EHLO x")
        clear.says("MAIL FROM:<mallory@elsewhere.test>")
        clear.says(f"RCPT TO:<{DESK}>")
        clear.says("STARTTLS")
        with over_tls(clear, certificate) as peer:
            assert "503 5.5.1 Greet first" == peer.says("MAIL FROM:<anna@customer.test>")
            assert "503 5.5.1 MAIL first" == peer.says(f"RCPT TO:<{DESK}>")
            assert "503 5.5.1 No recipient was accepted" == peer.says("DATA")


def test_commands_sent_behind_starttls_end_the_connection(gateway: Gateway) -> None:
    """Somebody in between put them there, to be taken for commands that came over TLS."""
    with connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        peer.send(b"STARTTLS\r\nMAIL FROM:<mallory@elsewhere.test>\r\n")

        assert "" == peer.reply()


def test_commands_sent_in_clear_after_the_220_end_the_connection(gateway: Gateway) -> None:
    """They are no TLS."""
    with connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        assert "220 2.0.0 Ready" == peer.says("STARTTLS")
        peer.send(b"MAIL FROM:<mallory@elsewhere.test>\r\n")

        assert "250" not in peer.reply()


def test_a_peer_that_leaves_in_the_handshake_frees_its_place(tmp_path: Path, certificate: dict[str, str]) -> None:
    """A session that never became one is not counted for ever."""
    with listening(tmp_path, smtp=certificate | {"max_connections": 1}) as gateway:
        for _ in range(3):
            with connected(gateway.port) as peer:
                assert "220 gateway.test ESMTP" == peer.reply()
                peer.says("STARTTLS")
                peer.socket.shutdown(socket.SHUT_RDWR)
            while gateway.listeners.connections:
                pass


def test_a_renewed_certificate_is_used_after_a_reload(tmp_path: Path) -> None:
    """Without a restart."""
    first, second = make_certificate(tmp_path, "one.test"), make_certificate(tmp_path, "two.test")
    with listening(tmp_path, smtp=first) as gateway:
        for kind in ("tls_certificate", "tls_key"):
            shutil.copy(second[kind], first[kind])
        gateway.listeners.reload_certificates()
        with connected(gateway.port) as clear:
            clear.reply()
            clear.says("STARTTLS")
            with over_tls(clear, second, "two.test") as peer:
                assert "250" == peer.says("NOOP")[:3]


def test_a_broken_certificate_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    """A reload that fails changes nothing."""
    keys = make_certificate(tmp_path)
    kept = make_certificate(tmp_path, "other.test")
    shutil.copy(keys["tls_certificate"], tmp_path / "trusted.pem")
    with listening(tmp_path, smtp=keys) as gateway:
        shutil.copy(kept["tls_key"], keys["tls_key"])
        with pytest.raises(ConfigError, match=r"^\[ingest.smtp\] tls_certificate .* cannot be used: "):
            gateway.listeners.reload_certificates()
        with connected(gateway.port) as clear:
            clear.reply()
            clear.says("STARTTLS")
            with over_tls(clear, {"tls_certificate": str(tmp_path / "trusted.pem")}) as peer:
                assert "250" == peer.says("NOOP")[:3]


@pytest.mark.parametrize("missing", ["tls_certificate", "tls_key"])
def test_half_a_certificate_is_refused(tmp_path: Path, certificate: dict[str, str], missing: str) -> None:
    """One without the other would silently mean: no TLS."""
    section = {key: value for key, value in certificate.items() if key != missing}
    with pytest.raises(ConfigError, match="belong together"), listening(tmp_path, smtp=section):
        pass
