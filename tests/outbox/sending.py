"""What tests of the outbox share: mails to send, a worker that runs for a while, a look at the rows."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.clock import Clock
from gateway.config import Outbox
from gateway.mail.message import Address
from gateway.outbox.compose import Composer
from gateway.outbox.deliver import Deliverer
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.record import Failure
from gateway.outbox.retry import Schedule
from gateway.outbox.smtp import SmtpTransport, load_smarthost
from gateway.outbox.transport import Letter, Transport
from gateway.render import Renderer
from gateway.store.db import Store, Tx
from gateway.store.schema.outbox import OutboxRow

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
RENDERER = Renderer()
COMPOSER = Composer(renderer=RENDERER, sender=Address(address="support@example.com", name="Shop Support"))
ANSWER = Outgoing(
    message_id="<m1-0@reply.example>",
    recipient=Address(address="maria@shop.example", name="Maria"),
    mail_from="b1-30k0003rj00xtxew5812fz4p88wv4n@reply.example",
    template="answer",
    language="en",
    values=(
        ("text", "It works again.\n\nKind regards"),
        ("desk", "Shop Support"),
        ("reference", "T1-X"),
        ("ticket", "7"),
    ),
    subject="Re: no mail",
    reply_to="r1-30k0003rj00xtxg21y83sn6g0pvjkk@reply.example",
    in_reply_to="<first@shop.example>",
    references=("<first@shop.example>",),
    automatic=False,
)
RECEIPT = replace(
    ANSWER,
    recipient=Address(address="maria@shop.example"),
    mail_from="",
    template="receipt",
    values=(
        *(("ticket", "7"), ("shop", "shop.example"), ("desk", "Shop Support"), ("reference", "T1-X")),
        *(("opens", ""), ("text", "")),
    ),
    subject="",
    automatic=True,
    limited=True,
)
NOTICE = replace(
    RECEIPT,
    recipient=Address(address="agent@example.com", name="Alex"),
    template="returned",
    values=(("problem", "#clse is not a command"), ("text", "#clse"), ("ticket", "7"), ("reference", "T1-X")),
    limited=False,
)


def mail(number: int, like: Outgoing = ANSWER, to: str = "") -> Outgoing:
    """One of many mails, each with its own Message-ID."""
    recipient = replace(like.recipient, address=to) if to else like.recipient
    return replace(like, message_id=f"<m1-{number}@reply.example>", recipient=recipient)


def queue(store: Store, *outgoing: Outgoing, at: datetime = NOW) -> None:
    """Enqueue these mails, in one transaction."""
    with store.transaction() as tx:
        for each in outgoing:
            enqueue(tx, each, at)


def rows(store: Store) -> list[Any]:
    """All rows of the outbox, oldest first."""
    with store.reading() as tx:
        return list(tx.execute(select(OutboxRow.__table__).order_by(OutboxRow.id)))


def states(store: Store) -> list[str]:
    """The state of each row."""
    with store.reading() as tx:
        return list(tx.execute(select(OutboxRow.state).order_by(OutboxRow.id)).scalars())


def letter(number: int = 1, to: str = "maria@shop.example", mail_from: str = ANSWER.mail_from) -> Letter:
    """A finished mail."""
    return Letter(
        outbox_id=number,
        message_id=f"<m1-{number}@reply.example>",
        created_at=NOW,
        mail_from=mail_from,
        recipient=to,
        data=f"Message-ID: <m1-{number}@reply.example>\r\nSubject: x\r\n\r\n.hidden\r\n..\r\n.\r\nend\r\n".encode(),
    )


def smtp_config(port: int, scheme: str = "smtp", **changes: object) -> Outbox:
    """`[outbox]` for a server on loopback."""
    return Outbox.model_validate({"destination": f"{scheme}://127.0.0.1:{port}", "timeout_seconds": 5, **changes})


def smtp(port: int, **changes: object) -> SmtpTransport:
    """A way out to a server on loopback."""
    return SmtpTransport(load_smarthost(smtp_config(port, **changes), "reply.example"))


@dataclass
class Failures:
    """What was given up."""

    seen: list[Failure] = field(default_factory=list)

    def __call__(self, tx: Tx, failure: Failure) -> None:
        """Remember it."""
        self.seen.append(failure)


@asynccontextmanager
async def delivering(
    store: Store,
    clock: Clock,
    make_transport: Callable[[], Transport],
    *,
    connections: int = 2,
    on_failed: Callable[[Tx, Failure], None] | None = None,
    composer: Composer = COMPOSER,
    schedule: Schedule | None = None,
) -> AsyncIterator[Deliverer]:
    """A worker that runs until the block ends, and then drains."""
    deliverer = Deliverer(
        store=store,
        clock=clock,
        composer=composer,
        make_transport=make_transport,
        connections=connections,
        schedule=schedule or Schedule(),
        on_failed=on_failed or Failures(),
        first_pause_seconds=0.05,
        poll_seconds=0.05,
    )
    await deliverer.start()
    try:
        yield deliverer
    finally:
        await deliverer.stop(10)


async def until(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Wait until the condition holds; fails with `what` after that time."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def make_rsa_key(folder: Path, bits: int = 2048) -> Path:
    """A new key for DKIM, as an operator makes it."""
    path = folder / f"dkim-{bits}.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(path), str(bits)], check=True, capture_output=True)
    path.chmod(0o600)
    return path


def dkim_record(key: Path) -> bytes:
    """What stands in the DNS for a key (RFC 6376 §3.6.1)."""
    command = ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"]
    public = subprocess.run(command, check=True, capture_output=True).stdout
    encoded = subprocess.run(["openssl", "base64", "-A"], input=public, check=True, capture_output=True).stdout
    return b"v=DKIM1; k=rsa; p=" + encoded
