"""A desk on which agents give commands, and what the store looks like before and after."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.canned.library import load_library
from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.model import Account, AccountAddress, Agent, Article, Shop, Ticket
from gateway.outbox.outgoing import Outgoing
from gateway.store import tickets
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.whole import Base
from gateway.tokens import Purpose
from tests.desk import AGENT, SUPPORT, TestDesk, open_desk

_REPLY = Purpose.REPLY
UNDO = timedelta(seconds=600)
LEE = "lee@desk.test"
MO = "mo@desk.test"
SPECIALIST = "payments@partner.test"
AGENTS = (
    Agent(name="Kim Alba", address=AGENT, teams=("support",), languages=("en",)),
    Agent(name="Lee", address=LEE, teams=("billing",), languages=("en",)),
    Agent(name="Mo", address=MO, teams=("billing", "support"), languages=("el",), confirms="digest"),
)
UNTOLD = {"spool", "raw", "outcome", "lease", "outbox", "event", "lesson", "sender_history", "agent"}
"""Tables that a mail writes to although it does nothing, or that hold what it was received as."""


@dataclass(slots=True)
class Stage:
    """A desk, its agents, and a ticket to work on."""

    desk: TestDesk
    count: int = 0

    def new_customer(self) -> str:
        """The verified address of a new account with two shops."""
        self.count += 1
        address = f"ann{self.count}@bread.test"
        account = Account(
            id=f"a{self.count}",
            phone="+30 210 1",
            shops=(Shop(id="s1", domain="bread.test"), Shop(id="s2", domain="cake.test")),
            addresses=(
                AccountAddress(address=address, verified=True),
                AccountAddress(address="bob@bread.test", verified=False),
            ),
        )
        self.desk.put_accounts(account)
        return address

    def new_ticket(self, text: str = "It fails.", *, customer: str = "", attachment: bytes = b"") -> Ticket:
        """A proven customer's new ticket, about one of his shops; a little later than the last one."""
        self.desk.clock.at += timedelta(minutes=3)
        author = customer or self.new_customer()
        raw = self.desk.post.mail(author, SUPPORT, text, subject="cake.test fails", attachment=attachment)
        return self.desk.ticket(self.desk.take(raw, mail_from=author))

    def address(self, ticket: Ticket, agent: str = AGENT) -> str:
        """The agent's own reply address of a ticket: that of the newest mail to him about it."""
        mails = [mail for mail in self.mails(ticket) if mail.recipient.address == agent and mail.reply_to]
        return mails[-1].reply_to

    def mails(self, ticket: Ticket, template: str = "") -> list[Outgoing]:
        """The mails of a ticket, oldest first."""
        return [mail for mail in self.desk.outbox(template) if mail.ticket_id == ticket.id]

    def write(self, ticket: Ticket, text: str, *, agent: str = AGENT, attachment: bytes = b"") -> Outcome:
        """The agent replies."""
        to = self.address(ticket, agent)
        raw = self.desk.post.mail(agent, to, text, subject="Re", attachment=attachment)
        return self.desk.take(raw, rcpt=[to], mail_from=agent)

    def customer_writes(self, ticket: Ticket, text: str = "And now?") -> Outcome:
        """The customer writes again, on his own reply address."""
        to = self.desk.gateway.desk.reply_address(
            _REPLY, ticket_ref=ticket.ref, address=ticket.correspondent, at=self.desk.clock.now()
        )
        return self.desk.take(
            self.desk.post.mail(ticket.correspondent, to, text), rcpt=[to], mail_from=ticket.correspondent
        )

    def now(self, ticket: Ticket) -> Ticket:
        """The ticket as it is."""
        with self.desk.store.reading() as tx:
            found = tickets.ticket_by_id(tx, ticket.id)
        assert found is not None
        return found

    def articles(self, ticket: Ticket) -> list[Article]:
        """What stands in it."""
        with self.desk.store.reading() as tx:
            return tickets.articles(tx, ticket.id)

    def story(self, ticket: Ticket) -> list[str]:
        """The kinds of its events."""
        with self.desk.store.reading() as tx:
            return [event.kind for event in tickets.events(tx, ticket.id)]

    def states(self, ticket: Ticket, template: str) -> list[str]:
        """Where the mails of that template stand in the outbox."""
        wanted = [mail.message_id for mail in self.mails(ticket, template)]
        with self.desk.store.reading() as tx:
            rows = tx.execute(select(OutboxRow.state).where(OutboxRow.message_id.in_(wanted)).order_by(OutboxRow.id))
            return list(rows.scalars())

    def said(self, ticket: Ticket) -> str:
        """What the newest confirmation says."""
        return dict(self.mails(ticket, "done")[-1].values)["done"]

    def problem(self, ticket: Ticket) -> str:
        """What the newest mail that came back says."""
        return dict(self.mails(ticket, "returned")[-1].values)["problem"]

    def snapshot(self, without: Sequence[str] = ()) -> dict[str, list[Any]]:
        """Everything in every table that a mail may change only by doing something."""
        found = {}
        with self.desk.store.reading() as tx:
            for table in Base.metadata.sorted_tables:
                if table.name not in UNTOLD and table.name not in without:
                    found[table.name] = sorted(map(repr, tx.execute(select(table)).all()))
        return found


@contextmanager
def open_stage(store: Store, clock: FixedClock, folder: Path, reader: Reader) -> Iterator[Stage]:
    """A desk whose answers can be taken back for ten minutes."""
    with open_desk(store, clock, folder, reader) as desk:
        with store.transaction() as tx:
            put_agents(tx, AGENTS)
        ours = replace(
            desk.gateway.desk, undo_seconds=UNDO.total_seconds(), specialists=(SPECIALIST,), canned=load_library()
        )
        desk.gateway = replace(desk.gateway, desk=ours)
        yield Stage(desk)
