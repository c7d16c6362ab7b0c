"""Two gateways that answer each other, and a proxy between them that takes away every mark of a machine (A-25)."""

import asyncio
import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.peers.process import free_port, wait_until
from tests.service import Installation, send

MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Loop", "List-Id", "DKIM-Signature")
ZONE = "$TTL 300\n" + "".join(
    f'{domain}. IN TXT "v=spf1 ip4:127.0.0.1 -all"\n_dmarc.{domain}. IN TXT "v=DMARC1; p=reject"\n'
    for domain in ("desk.test", "shop.test")
)
QUIET_SECONDS = 4.0


class Proxy:
    """Hands each mail to the gateway of its recipient, as if a person had written it."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.passed: list[tuple[str, str]] = []
        """(author, recipient) of each mail."""

    async def handle_DATA(  # noqa: N802  (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the marks off, put the author into the envelope, hand it on."""
        mail = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.SMTP)
        for mark in MARKS:
            del mail[mark]
        author = str(mail["From"].addresses[0].addr_spec)
        (recipient,) = envelope.rcpt_tos
        self.passed.append((author, recipient))
        port = self.ports[recipient.rpartition("@")[2].removeprefix("reply.")]
        await asyncio.to_thread(send, port, mail.as_bytes(), author=author, rcpt=[recipient])
        return "250 2.0.0 handed on"


@contextmanager
def proxy_between(*installations: Installation) -> Iterator[Proxy]:
    """The proxy as smarthost of all of them."""
    proxy, port = Proxy(), free_port()
    controller = Controller(proxy, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        for installation, domain in zip(installations, ("desk.test", "shop.test"), strict=True):
            installation.zone = ZONE
            installation.outbox = f'destination = "smtp://127.0.0.1:{port}"\nneutral_delay_seconds = [0, 0]'
            keys = installation.state / "keys"
            keys.mkdir(parents=True)
            (keys / "0").touch(mode=0o600)
            (keys / "0").write_bytes(sha256(domain.encode()).digest())  # neither knows the other's Message-IDs
            installation.write()
            written = installation.config_file.read_text()
            installation.config_file.write_text(written.replace("desk.test", domain))
            proxy.ports[domain] = installation.smtp_port
        yield proxy
    finally:
        controller.stop()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Installation, Installation, Proxy]]:
    """Two that run, wired to each other."""
    one, other = Installation(tmp_path / "one"), Installation(tmp_path / "other")
    with proxy_between(one, other) as proxy, one.serving(), other.serving():
        yield one, other, proxy


def test_two_gateways_end_after_two_mails(pair: tuple[Installation, Installation, Proxy]) -> None:
    """Each answers a proven stranger once; what answers an automatic mail is never answered, whatever it says."""
    one, other, proxy = pair
    raw = (
        b"From: support@shop.test\r\nTo: support@desk.test\r\nSubject: hello\r\nMessage-ID: <1@shop.test>\r\n\r\nhi\r\n"
    )
    send(one.smtp_port, raw, author="support@shop.test", rcpt=["support@desk.test"])

    wait_until(lambda: len(proxy.passed) >= 2, "both answer once", 40)
    with pytest.raises(AssertionError):
        wait_until(lambda: len(proxy.passed) > 2, "a third mail", QUIET_SECONDS)

    assert [("support@desk.test", "support@shop.test"), ("support@shop.test", "support@desk.test")] == proxy.passed
    for installation, mails in ((one, 2), (other, 1)):
        audit = installation.json("audit")
        assert (mails, 0) == (audit["received"], audit["pending"])
        assert {"queued": 0, "sent": 1, "failed": 0, "cancelled": 0} == audit["outbox"]
