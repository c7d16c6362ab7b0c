"""The question "was it you?" to owners of accounts: who is asked, how often, and what each answer does."""

import re
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.clock import FixedClock
from gateway.mail.message import Address
from gateway.matching.yes_no import Answer
from gateway.model import Account, AccountAddress, Agent, ArticleKind, Event, Shop, Ticket, TicketState
from gateway.outbox.as_json import from_json
from gateway.outbox.outgoing import Outgoing
from gateway.store import confirmations, tickets
from gateway.store.account_addresses import revoke_address
from gateway.store.accounts import accounts_by_ids, put_accounts
from gateway.store.agents import put_agents
from gateway.store.confirmations import Question
from gateway.store.db import Store
from gateway.store.prepared import Prepared
from gateway.store.schema.outbox import OutboxRow
from gateway.store.types import EPOCH
from gateway.tickets.confirming import LIFETIME, MAX_ACCOUNTS, MAX_ADDRESSES, MAX_UNANSWERED, ask, open_question, settle
from gateway.tickets.desk import Desk
from gateway.tokens import Keys, Purpose

DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
ANN = "ann@bread.test"
BOB = "bob@bread.test"
HOME = "ann.private@mail.test"
DESK = Desk(
    support_address="support@desk.test",
    name="Shop Support",
    reply_domain="reply.desk.test",
    login_url="https://desk.test/login",
    keys=Keys({0: bytes(range(32))}),
)
BAKERY = Account(
    id="7",
    name="Bakery",
    phone="+30 210 1",
    language="el",
    shops=(Shop(id="s1", domain="bread.test"),),
    addresses=(AccountAddress(address=ANN, verified=True), AccountAddress(address=HOME)),
)


SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For what is decided here, whatever keeps it: the database has been seen to do its part by the other tests."""


@dataclass(slots=True)
class Room:
    """A store with accounts and an agent, and tickets in it."""

    store: Store
    clock: FixedClock
    count: int = field(default=0)

    @property
    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    def put(self, *accounts: Account) -> None:
        """Accounts as their source tells them."""
        with self.store.transaction() as tx:
            put_accounts(tx, accounts, self.now)

    def ticket(self, author: str = HOME, *, correspondent: str = "", account_id: str | None = None) -> Ticket:
        """A ticket with one mail, not confirmed."""
        self.count += 1
        with self.store.transaction() as tx:
            ticket = tickets.insert_ticket(
                tx,
                ref=self.count,
                subject="Payment fails",
                correspondent=correspondent or author.lower(),
                correspondent_name="",
                confirmed=account_id is not None,
                account_id=account_id,
                shop_id=None,
                language="en",
                at=self.now,
            )
        self.mail(ticket, author)
        return ticket

    def mail(self, ticket: Ticket, author: str = HOME, *, kind: ArticleKind = ArticleKind.IN) -> None:
        """One more mail, not confirmed."""
        with self.store.transaction() as tx:
            tickets.insert_article(
                tx,
                ticket_id=ticket.id,
                entry_id=None,
                kind=kind,
                at=self.now,
                author=author,
                author_name="Click here",
                confirmed=False,
                message_id="",
                subject="Win a prize",
                text="the text that somebody typed",
                reply="the text that somebody typed",
            )

    def ask(self, ticket: Ticket, *accounts: str, claimed: str = HOME) -> None:
        """Ask the owners of these accounts, as the store knows them."""
        with self.store.transaction() as tx:
            found = accounts_by_ids(tx, accounts or ("7",))
            ask(tx, DESK, ticket, claimed=Address(address=claimed, name="Evil"), accounts=found, at=self.now)

    def answer(self, ticket: Ticket, answer: Answer, *, by: str = ANN, account: str = "7") -> Ticket:
        """Settle, as the pipeline does."""
        with self.store.transaction() as tx:
            (found,) = accounts_by_ids(tx, [account])
            return settle(tx, DESK, ticket, account=found, answer=answer, by=by, at=self.now).ticket

    def sent(self, template: str = "confirm_request") -> list[Outgoing]:
        """What is to leave."""
        with self.store.reading() as tx:
            mails = [from_json(row) for row in tx.execute(select(OutboxRow.outgoing).order_by(OutboxRow.id)).scalars()]
        return [mail for mail in mails if mail.template == template]

    def recipients(self) -> list[str]:
        """Who was asked."""
        return [mail.recipient.address for mail in self.sent()]

    def story(self, ticket: Ticket) -> list[Event]:
        """The ticket's events."""
        with self.store.reading() as tx:
            return tickets.events(tx, ticket.id)

    def kinds(self, ticket: Ticket) -> list[str]:
        """Their kinds."""
        return [event.kind for event in self.story(ticket)]

    def now_is(self, ticket: Ticket) -> Ticket:
        """The ticket as it is kept."""
        with self.store.reading() as tx:
            found = tickets.ticket_by_id(tx, ticket.id)
        assert found
        return found

    def confirmed(self, ticket: Ticket) -> list[bool]:
        """Which of the ticket's articles are."""
        with self.store.reading() as tx:
            return [article.confirmed for article in tickets.articles(tx, ticket.id)]

    def open(self, ticket: Ticket, address: str, at: datetime | None = None) -> str | None:
        """The account that the address was asked about."""
        with self.store.reading() as tx:
            return open_question(tx, ticket.id, address, at)

    def questions(self, ticket: Ticket) -> list[Question]:
        """What is kept of them."""
        with self.store.reading() as tx:
            return confirmations.questions_of_ticket(tx, ticket.id)

    def address(self, address: str) -> AccountAddress | None:
        """What the account has on file of an address."""
        with self.store.reading() as tx:
            (account,) = accounts_by_ids(tx, ["7"])
        return next((entry for entry in account.addresses if entry.address == address), None)


@pytest.fixture
def room(store: Store, clock: FixedClock) -> Room:
    """The bakery's account and one agent."""
    made = Room(store, clock)
    made.put(BAKERY)
    with store.transaction() as tx:
        put_agents(tx, [Agent(name="Kim", address="kim@desk.test", languages=("en",))])
    return made


def owner_of(account_id: str, *addresses: str, verified: bool = True) -> Account:
    """An account with these addresses."""
    return Account(
        id=account_id, addresses=tuple(AccountAddress(address=address, verified=verified) for address in addresses)
    )


def test_the_owner_is_asked_at_his_verified_address(room: Room) -> None:
    """By a mail with a confirm address that is bound to him, in his language; the story tells it."""
    ticket = room.ticket()
    room.ask(ticket)

    (mail,) = room.sent()
    (found,) = DESK.keys.find(mail.reply_to)
    assert (ANN, "el", True, True) == (mail.recipient.address, mail.language, mail.limited, mail.automatic)
    assert found.token is not None
    assert (Purpose.CONFIRM, ticket.ref, True) == (
        found.purpose,
        found.token.ticket_ref,
        DESK.keys.is_bound_to(found.token, ANN),
    )
    assert ["asked_owner"] == room.kinds(ticket)
    assert "7" == room.open(ticket, ANN) == room.open(ticket, "Ann@Bread.Test")


@SQLITE
def test_nothing_that_an_outsider_typed_is_in_the_question_but_his_address(room: Room) -> None:
    """No name, no subject, no text."""
    ticket = room.ticket()
    room.ask(ticket)
    (mail,) = room.sent()
    values = dict(mail.values)

    assert {"address", "desk", "reference"} == set(values)
    assert (HOME, "Shop Support") == (values["address"], values["desk"])
    assert ("", "", "", ()) == (mail.subject, mail.recipient.name, mail.in_reply_to, mail.attachments)


@SQLITE
def test_an_address_with_room_for_a_message_is_not_repeated(room: Room) -> None:
    """Nobody is asked, and the story says why."""
    for claimed in (
        '"win a prize at evil"@mail.test',
        "www.evil.test/win@mail.test",
        "a=b@mail.test",
        "x" * 41 + "@mail.test",
        "ann@" + "a" * 60 + "." + "b" * 40 + ".test",
        "κέρδισε@mail.test",
        "ann@mail.test\nBcc: v@x.test",
        "ann@[192.0.2.1]",
        "not an address",
        "",
        "ann\ud800@mail.test",
    ):
        ticket = room.ticket()
        room.ask(ticket, claimed=claimed)

        assert ([], ["not_asked"]) == (room.sent(), room.kinds(ticket)), claimed
        assert "room for a message" in room.story(ticket)[0].detail


@SQLITE
def test_an_ordinary_address_is_repeated_in_its_canonical_form(room: Room) -> None:
    """With the domain as an A-label, in which no letter looks like another."""
    for claimed in ("Ann.Private+1@MAIL.test", "ann_x-2@mail.test", "ann@καφές.test", ANN):
        room.ask(room.ticket(), claimed=claimed)
        room.clock.at += DAY

    assert ["ann.private+1@mail.test", "ann_x-2@mail.test", "ann@xn--ixah0a8as.test", ANN] == [
        dict(mail.values)["address"] for mail in room.sent()
    ]


def test_only_addresses_that_are_verified_now_are_asked(room: Room) -> None:
    """Not those on file, nor one whose proof an operator took back; with none left the story says so."""
    ticket = room.ticket()
    with room.store.transaction() as tx:
        assert revoke_address(tx, "7", ANN, by="op", at=room.now, reason="")
    room.ask(ticket)

    assert ([], ["not_asked"]) == (room.sent(), room.kinds(ticket))


@SQLITE
def test_at_most_three_addresses_are_asked_the_claimed_one_first(room: Room) -> None:
    """Whoever it is about reads there."""
    room.put(owner_of("7", *(f"a{number}@bread.test" for number in range(8)), "z@bread.test"))
    room.ask(room.ticket("z@bread.test"), claimed="z@bread.test")

    assert MAX_ADDRESSES == 3 == len(room.recipients())
    assert {"z@bread.test", "a0@bread.test", "a1@bread.test"} == set(room.recipients())


@SQLITE
def test_at_most_three_accounts_are_asked(room: Room) -> None:
    """However many have the address on file; the story says that there are more."""
    accounts = [owner_of(str(number), f"o{number}@bread.test") for number in range(6)]
    room.put(*accounts)
    ticket = room.ticket()
    room.ask(ticket, *(account.id for account in accounts))

    assert MAX_ACCOUNTS == 3
    assert ["o0@bread.test", "o1@bread.test", "o2@bread.test"] == room.recipients()
    assert ["not_asked", "asked_owner", "asked_owner", "asked_owner"] == room.kinds(ticket)


@SQLITE
def test_an_owner_of_several_accounts_is_asked_once(room: Room) -> None:
    """About the first of them."""
    room.put(owner_of("7", ANN), owner_of("8", ANN))
    ticket = room.ticket()
    room.ask(ticket, "7", "8")

    assert [ANN] == room.recipients()
    assert "7" == room.open(ticket, ANN)
    assert ["asked_owner", "not_asked"] == room.kinds(ticket)


def test_an_account_is_asked_once_a_day(room: Room) -> None:
    """Whatever anybody writes, from whatever address, about however many tickets (A-24)."""
    opened = []
    for number in range(60):
        opened.append(room.ticket(f"x{number}@evil.test"))
        room.ask(opened[-1], claimed=f"x{number}@evil.test")
        room.clock.at += timedelta(minutes=20)
    room.clock.at = opened[0].opened_at + DAY - timedelta(microseconds=1)
    room.ask(room.ticket("y@evil.test"), claimed="y@evil.test")
    assert [ANN] == room.recipients()
    assert [["asked_owner"]] + [["not_asked"]] * 59 == [room.kinds(ticket) for ticket in opened]

    room.clock.at += timedelta(microseconds=1)
    room.ask(room.ticket("z@evil.test"), claimed="z@evil.test")
    assert [ANN, ANN] == room.recipients()


@SQLITE
def test_who_does_not_answer_is_left_in_peace(room: Room) -> None:
    """After five questions nobody asks him again until the first has expired."""
    for _ in range(60):
        room.ask(room.ticket())
        room.clock.at += DAY

    assert 2 * MAX_UNANSWERED == len(room.recipients()), "five in each thirty days"


@SQLITE
def test_a_ticket_is_asked_about_once(room: Room) -> None:
    """Otherwise an answer to the first question could pass for one to the second."""
    ticket = room.ticket()
    room.ask(ticket)
    for claimed in (HOME, "eve@evil.test"):
        room.clock.at += timedelta(days=2)
        room.ask(ticket, claimed=claimed)

    assert [ANN] == room.recipients()
    assert ["asked_owner", "not_asked", "not_asked"] == room.kinds(ticket)


def test_what_the_limits_of_the_outbox_refuse_is_no_question(room: Room) -> None:
    """The story says which limit; the day is not used up by it."""
    room.put(*(owner_of(str(number), ANN) for number in range(1, 6)))
    filled = [room.ticket() for _ in range(3)]
    for number, ticket in enumerate(filled, 1):
        room.ask(ticket, str(number))
    ticket = room.ticket()
    room.ask(ticket, "4")

    assert ([ANN] * 3, ["not_sent"]) == (room.recipients(), room.kinds(ticket))
    assert room.open(ticket, ANN) is None
    room.clock.at += DAY + MINUTE
    room.ask(ticket, "4")
    assert "4" == room.open(ticket, ANN)


def test_two_mails_at_the_same_moment_ask_once(room: Room) -> None:
    """Two processes decide about two mails that name the same account: the second waits for what the first does."""
    first, second = room.ticket("x@evil.test"), room.ticket("y@evil.test")
    has_asked = threading.Event()

    def run() -> None:
        room.ask(second, claimed="y@evil.test")
        has_asked.set()

    with room.store.transaction() as tx:
        ask(tx, DESK, first, claimed=Address(address="x@evil.test"), accounts=accounts_by_ids(tx, ["7"]), at=room.now)
        thread = threading.Thread(target=run)
        thread.start()
        assert not has_asked.wait(0.5), "it did not wait"
    thread.join(20)

    assert [ANN] == room.recipients()
    assert [["asked_owner"], ["not_asked"]] == [room.kinds(ticket) for ticket in (first, second)]


def test_a_yes_binds_the_ticket(room: Room) -> None:
    """Confirmed, of the account and its only shop; its waiting mails too; the address is known, never verified."""
    ticket = room.ticket("Ann.Other@Mail.test")
    room.mail(ticket, "eve@evil.test")
    room.mail(ticket, "ANN.OTHER@mail.test")
    room.mail(ticket, "ann.other@mail.test", kind=ArticleKind.INTERNAL)
    room.ask(ticket, claimed="Ann.Other@Mail.test")
    room.clock.at += timedelta(hours=1)
    settled = room.answer(ticket, Answer.YES, by="Ann@bread.test")

    assert settled == room.now_is(ticket)
    assert (True, "7", "s1", TicketState.NEW) == (settled.confirmed, settled.account_id, settled.shop_id, settled.state)
    assert [True, False, True, False] == room.confirmed(ticket)
    assert AccountAddress(address="ann.other@mail.test", verified=False) == room.address("ann.other@mail.test")
    assert ["asked_owner", "confirmed"] == room.kinds(ticket)
    event = room.story(ticket)[-1]
    assert "Ann@bread.test" == event.actor
    assert "mails confirmed: 2" in event.detail
    (question,) = room.questions(ticket)
    assert ("yes", "Ann@bread.test", room.now) == (question.answer, question.answered_by, question.answered_at)


@SQLITE
def test_a_yes_tells_the_agents_who_asked(room: Room) -> None:
    """In words, with the mail once more and the account's data."""
    ticket = room.ticket()
    room.ask(ticket)
    room.answer(ticket, Answer.YES)

    (mail,) = room.sent("notification")
    values = dict(mail.values)
    assert "kim@desk.test" == mail.recipient.address
    assert "the text that somebody typed" in values["text"]
    assert any(f"{ANN}, verified on account 7, says that {HOME} is his" in value for value in values.values())
    assert any("+30 210 1" in value for value in values.values())


def test_a_yes_moves_the_ticket_as_a_customers_mail_does(room: Room) -> None:
    """One that was closed meanwhile comes back."""
    ticket = room.ticket()
    room.ask(ticket)
    with room.store.transaction() as tx:
        tickets.update_ticket(tx, replace(ticket, state=TicketState.CLOSED, closed_at=room.now))
    settled = room.answer(room.now_is(ticket), Answer.YES)

    assert (TicketState.WAITING_FOR_US, None) == (settled.state, settled.closed_at)
    assert ["asked_owner", "confirmed", "reopened"] == room.kinds(ticket)


@SQLITE
def test_with_several_shops_a_yes_leaves_the_shop_open(room: Room) -> None:
    """Which one it is about, he did not say."""
    room.put(
        Account(
            id="7", shops=(Shop(id="a", domain="a.test"), Shop(id="b", domain="b.test")), addresses=BAKERY.addresses
        )
    )
    ticket = room.ticket()
    room.ask(ticket)

    assert ("7", None) == (room.answer(ticket, Answer.YES).account_id, room.now_is(ticket).shop_id)


def test_what_came_after_the_question_is_not_confirmed(room: Room) -> None:
    """Somebody may add mails in the same name while the owner thinks of his own."""
    ticket = room.ticket()
    room.ask(ticket)
    room.clock.at += MINUTE
    room.mail(ticket)
    room.answer(ticket, Answer.YES)

    assert [True, False] == room.confirmed(ticket)


@SQLITE
def test_a_yes_about_somebody_who_only_adds_to_a_ticket_does_not_bind_it(room: Room) -> None:
    """The ticket is its correspondent's; the claimed mails are proven all the same."""
    ticket = room.ticket("eve@evil.test")
    room.mail(ticket, HOME)
    room.ask(ticket)
    settled = room.answer(ticket, Answer.YES)

    assert (False, None) == (settled.confirmed, settled.account_id)
    assert [False, True] == room.confirmed(ticket)


def test_a_no_changes_nothing_but_the_story(room: Room) -> None:
    """Agents are told in words, without the account's data; he is not asked about that address again."""
    ticket = room.ticket()
    room.ask(ticket)
    before = room.now_is(ticket)
    room.clock.at += timedelta(days=2)
    settled = room.answer(ticket, Answer.NO)

    assert before == settled == room.now_is(ticket)
    assert [False] == room.confirmed(ticket)
    assert ["asked_owner", "denied"] == room.kinds(ticket)
    assert "says that he did not write this" in room.story(ticket)[-1].detail
    (mail,) = room.sent("notification")
    assert any("says that he did not write this" in value for _, value in mail.values)
    assert not any("+30 210 1" in value for _, value in mail.values)
    again = room.ticket()
    room.ask(again)
    assert ["not_asked"] == room.kinds(again)
    assert AccountAddress(address=HOME, verified=False) == room.address(HOME)


@SQLITE
def test_an_unclear_answer_leaves_the_question_open(room: Room) -> None:
    """A person reads it; a plain one may still come."""
    ticket = room.ticket()
    room.ask(ticket)
    before = room.now_is(ticket)

    assert before == room.answer(ticket, Answer.UNCLEAR)
    assert ["asked_owner", "answer_unclear"] == room.kinds(ticket)
    assert room.answer(ticket, Answer.YES).confirmed


@pytest.mark.parametrize("first", [Answer.YES, Answer.NO])
def test_a_second_answer_changes_nothing(room: Room, first: Answer) -> None:
    """Nor does one of the owner's other address; both are in the story."""
    room.put(owner_of("7", ANN, BOB))
    ticket = room.ticket()
    room.ask(ticket)
    settled = room.answer(ticket, first, by=BOB)
    told = len(room.sent("notification"))
    for by in (BOB, ANN):
        for second in Answer:
            room.clock.at += MINUTE
            assert settled == room.answer(room.now_is(ticket), second, by=by)

    assert settled == room.now_is(ticket)
    assert ["answered_again"] * 6 == room.kinds(ticket)[-6:]
    assert f"{BOB} answered {first} before" in room.story(ticket)[-1].detail
    assert told == len(room.sent("notification"))
    assert "7" == room.open(ticket, ANN)


@SQLITE
@pytest.mark.parametrize("answer", [Answer.YES, Answer.NO])
def test_a_question_expires_after_thirty_days(room: Room, answer: Answer) -> None:
    """To the moment; the story tells that an answer came too late."""
    ticket, late = room.ticket(), room.ticket()
    asked_at = room.now
    room.put(owner_of("8", BOB))
    room.ask(ticket)
    room.ask(late, "8")
    room.clock.at = asked_at + LIFETIME
    assert "8" == room.open(late, BOB, room.now)
    room.answer(ticket, answer)
    room.clock.at += timedelta(microseconds=1)
    before = room.now_is(late)

    assert room.open(late, BOB, room.now) is None
    assert before == room.answer(late, answer, by=BOB, account="8")
    assert {Answer.YES: "confirmed", Answer.NO: "denied"}[answer] == room.kinds(ticket)[1]
    assert ["asked_owner", "answered_late"] == room.kinds(late)


def test_only_who_was_asked_and_is_verified_now_may_answer(room: Room) -> None:
    """Not another address of the account, nor one whose proof was taken back since, nor about another ticket."""
    ticket, other = room.ticket(), room.ticket()
    room.ask(ticket)
    room.put(owner_of("7", ANN, BOB), owner_of("8", BOB))

    assert room.open(ticket, BOB) is None
    assert room.open(other, ANN) is None
    for case, by, account in ((ticket, BOB, "7"), (ticket, BOB, "8"), (ticket, HOME, "7"), (other, ANN, "7")):
        assert case == room.answer(case, Answer.YES, by=by, account=account)
    with room.store.transaction() as tx:
        assert revoke_address(tx, "7", ANN, by="op", at=room.now, reason="")
    assert room.open(ticket, ANN) is None
    assert ticket == room.answer(ticket, Answer.YES)
    assert ["asked_owner"] + ["answer_ignored"] * 4 == room.kinds(ticket)
    assert ["answer_ignored"] == room.kinds(other)


@SQLITE
def test_a_ticket_of_another_account_is_not_taken_over(room: Room) -> None:
    """Somebody added to it in the name of a second customer, who says that it was he."""
    room.put(owner_of("8", BOB))
    ticket = room.ticket(ANN, account_id="7")
    room.mail(ticket, HOME)
    room.ask(ticket, "8")
    before = room.now_is(ticket)

    assert before == room.answer(before, Answer.YES, by=BOB, account="8")
    assert ["asked_owner", "answer_ignored"] == room.kinds(ticket)
    assert [False, False] == room.confirmed(ticket)


@SQLITE
def test_of_two_accounts_the_first_yes_wins(room: Room) -> None:
    """The address is on file for both; the second owner's yes is for a person to look at."""
    room.put(owner_of("8", BOB))
    ticket = room.ticket()
    room.ask(ticket, "7", "8")
    settled = room.answer(ticket, Answer.YES)
    room.answer(settled, Answer.YES, by=BOB, account="8")

    assert settled == room.now_is(ticket)
    assert ["asked_owner", "asked_owner", "confirmed", "answer_ignored"] == room.kinds(ticket)


def test_looking_up_questions_reads_only_what_an_index_names(room: Room) -> None:
    """However many there are (I10)."""
    looks: list[tuple[Prepared, dict[str, object]]] = [
        (confirmations._OF_TICKET, {"ticket_id": 1}),
        (confirmations._OF_ACCOUNT, {"account_id": "7", "since": EPOCH}),
        (confirmations._TO_ADDRESS, {"ticket_id": 1, "address": ANN}),
    ]
    for look, values in looks:
        statement = look.statement.params(**values).compile(room.store.engine, compile_kwargs={"literal_binds": True})
        plan = explained(room.store, str(statement))

        # A Seq Scan that remains while they are forbidden is one that no index can take the place of.
        assert re.search(r"USING (COVERING )?INDEX ix_confirmation|Index (Only )?Scan", plan), plan
        assert not re.search(r"SCAN confirmation|Seq Scan on confirmation", plan), plan


def explained(store: Store, statement: str) -> str:
    """How the database would find the rows."""
    with store.reading() as tx:
        if store.is_sqlite:
            return "\n".join(row.detail for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
        for kind in ("seqscan", "bitmapscan"):
            tx.exec_driver_sql(f"SET LOCAL enable_{kind} = off")
        return "\n".join(row[0] for row in tx.exec_driver_sql(f"EXPLAIN {statement}"))
