"""A desk for tests: the real stages on a store, with really signed mail and a zone file that answers for it."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import dkim
from nacl.signing import SigningKey
from sqlalchemy import select

from gateway.authn.resolver import Resolver
from gateway.clock import Clock, FixedClock
from gateway.config import Dns
from gateway.mail.message import Address
from gateway.mail.reader import Reader
from gateway.model import Account, AccountAddress, Agent, Entry, Envelope, Event, Incoming, Shop, Ticket, Via
from gateway.outbox.as_json import from_json
from gateway.outbox.compose import Composer, compose
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.transport import Letter
from gateway.pipeline.decide import Policy
from gateway.pipeline.process import Gateway, Later, process
from gateway.render import Renderer
from gateway.spam.engine import Engine
from gateway.spam.none import NoEngine
from gateway.store import spool as spool_sql
from gateway.store import tickets
from gateway.store.accounts import put_accounts
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.store.schema.outbox import OutboxRow
from gateway.store.spool import Spool
from gateway.tickets.desk import Desk
from gateway.tokens import Keys

SUPPORT = "support@desk.test"
CUSTOMER = "ann@bread.test"
AGENT = "kim@desk.test"
STRANGER = "eve@elsewhere.test"
BAKERY = Account(
    id="7",
    name="Bakery",
    phone="+30 210 1",
    shops=(Shop(id="s1", domain="bread.test"),),
    addresses=(AccountAddress(address=CUSTOMER, verified=True),),
)
SIGNED_DOMAINS = ("bread.test", "desk.test", "signed.test")
LOOSE_DOMAINS = ("loose.test",)
"""They sign, too, and forbid nothing: what is not signed is not proven, and not forged either."""
_KEY = SigningKey(bytes(range(32)))
_FIELDS = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references")


def zone() -> str:
    """DNS of the domains that sign, and their policies."""
    public = base64.b64encode(bytes(_KEY.verify_key)).decode()
    lines = ["$TTL 300"]
    for domain in SIGNED_DOMAINS + LOOSE_DOMAINS:
        lines += [
            f"{domain}. IN SOA ns.{domain}. h.{domain}. 1 2 3 4 5",
            f"{domain}. IN NS ns.{domain}.",
            f'k._domainkey.{domain}. IN TXT "v=DKIM1; k=ed25519; p={public}"',
            f'_dmarc.{domain}. IN TXT "v=DMARC1; p={"none" if domain in LOOSE_DOMAINS else "reject"}"',
        ]
    return "\n".join(lines) + "\n"


def sign(raw: bytes, domain: str) -> bytes:
    """The mail as the domain's own server would send it."""
    present = [name for name in _FIELDS if b"\n" + name + b":" in b"\n" + raw.lower().partition(b"\r\n\r\n")[0]]
    seed = base64.b64encode(bytes(_KEY))
    signature: bytes = dkim.sign(
        raw, b"k", domain.encode(), seed, include_headers=present, signature_algorithm=b"ed25519-sha256"
    )
    return signature + raw


@dataclass(slots=True)
class Post:
    """Composes mail with increasing Message-IDs."""

    clock: Clock
    count: int = 0

    def mail(
        self,
        author: str,
        to: str,
        text: str = "hello",
        *,
        subject: str = "Payment fails",
        answers: str = "",
        message_id: str = "",
        headers: Sequence[tuple[str, str]] = (),
        attachment: bytes = b"",
        signed: bool = True,
    ) -> bytes:
        """A mail as bytes, signed where its author's domain signs."""
        self.count += 1
        mail = EmailMessage()
        domain = author.rpartition("@")[2]
        mail["From"] = author
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(self.clock.now())
        mail["Message-ID"] = message_id or f"<{self.count}@{domain}>"
        if answers:
            mail["In-Reply-To"] = answers
            mail["References"] = answers
        for name, value in headers:
            mail[name] = value
        mail.set_content(text)
        if attachment:
            mail.add_attachment(attachment, maintype="image", subtype="png", filename="shot.png")
        raw = mail.as_bytes(policy=SMTP)
        return sign(raw, domain) if signed and domain in SIGNED_DOMAINS + LOOSE_DOMAINS else raw


@dataclass(slots=True)
class TestDesk:
    """A running desk: put mail in, see what became of it."""

    __test__ = False
    gateway: Gateway
    spool: Spool
    clock: FixedClock
    post: Post = field(init=False)

    def __post_init__(self) -> None:
        self.post = Post(self.clock)

    @property
    def store(self) -> Store:
        """The store under the desk."""
        return self.gateway.store

    def put(self, raw: bytes, *, rcpt: Sequence[str] = (SUPPORT,), mail_from: str | None = None) -> Entry:
        """Accept a mail as over LMTP; its entry, claimed."""
        envelope = Envelope(
            via=Via.LMTP, received_at=self.clock.now(), recipients=tuple(rcpt), mail_from=mail_from, source="test"
        )
        self.spool.put(Incoming(envelope=envelope, raw=raw)).result(10)
        (entry,) = spool_sql.claim(self.store, limit=1, now=self.clock.now(), lease=timedelta(minutes=10))
        return entry

    def take(self, raw: bytes, *, rcpt: Sequence[str] = (SUPPORT,), mail_from: str | None = None) -> Outcome:
        """Accept and decide a mail."""
        result = process(self.gateway, self.put(raw, rcpt=rcpt, mail_from=mail_from))
        assert not isinstance(result, Later), result
        return result

    def ticket(self, outcome: Outcome) -> Ticket:
        """The ticket that a mail ended in."""
        assert outcome.ticket_id is not None, outcome
        with self.store.reading() as tx:
            found = tickets.ticket_by_id(tx, outcome.ticket_id)
        assert found
        return found

    def outbox(self, template: str = "") -> list[Outgoing]:
        """Everything that is to leave, oldest first; of one template if it is named."""
        with self.store.reading() as tx:
            rows = tx.execute(select(OutboxRow.outgoing).order_by(OutboxRow.id)).scalars()
            mails = [from_json(row) for row in rows]
        return [mail for mail in mails if template in (mail.template, "")]

    def story(self, outcome: Outcome) -> list[str]:
        """The kinds of events of a ticket, from its beginning."""
        return [event.kind for event in self.events(outcome)]

    def events(self, outcome: Outcome) -> list[Event]:
        """The story of a ticket, from its beginning."""
        assert outcome.ticket_id is not None
        with self.store.reading() as tx:
            return tickets.events(tx, outcome.ticket_id)

    def put_accounts(self, *accounts: Account) -> None:
        """Accounts as their source tells them."""
        with self.store.transaction() as tx:
            put_accounts(tx, accounts, self.clock.now())

    def letter(self, outgoing: Outgoing) -> Letter:
        """The mail as it would leave now: rendered and built, with nothing signed."""
        composer = Composer(renderer=Renderer(), sender=Address(address=SUPPORT, name="Shop Support"))
        return compose(composer, outgoing, outbox_id=1, created_at=self.clock.now(), blobs={})


@contextmanager
def open_desk(
    store: Store, clock: FixedClock, folder: Path, reader: Reader, engine: Engine | None = None
) -> Iterator[TestDesk]:
    """A desk with one customer's account and one agent."""
    (folder / "zone").write_text(zone())
    with store.transaction() as tx:
        put_accounts(tx, [BAKERY], clock.now())
        put_agents(tx, [Agent(name="Kim", address=AGENT, languages=("en",))])
    spool = Spool(store, clock)
    gateway = Gateway(
        store=store,
        clock=clock,
        reader=reader,
        resolver=Resolver(Dns(zone_file=folder / "zone"), clock),
        engine=engine or NoEngine(5.0),
        desk=Desk(
            support_address=SUPPORT,
            name="Shop Support",
            reply_domain="reply.desk.test",
            login_url="https://desk.test/login",
            keys=Keys({0: bytes(range(32))}),
        ),
        policy=Policy(),
        own_addresses=(SUPPORT,),
    )
    spool.start()
    try:
        yield TestDesk(gateway, spool, clock)
    finally:
        spool.stop()
