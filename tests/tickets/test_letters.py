"""The mails to customers: what stands in them, where an answer to them goes, and when they leave."""

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from gateway.config import parse
from gateway.errors import ConfigError
from gateway.mail.message import Address, Message
from gateway.model import Account, Shop, Ticket
from gateway.outbox.outgoing import Outgoing
from gateway.store import outbox, tickets
from gateway.store.schema.outbox import OutboxRow
from gateway.tickets import letters
from gateway.tokens import Purpose
from tests.desk import BAKERY, CUSTOMER, STRANGER, TestDesk

KNOWN = "ann@signed.test"
TEST_MAIL = Message(
    author=Address(address=CUSTOMER), message_id="<1@bread.test>", text="My words", subject="My subject"
)
CAKES = (
    (BAKERY, Shop(id="s1", domain="bread.test")),
    (BAKERY, Shop(id="s2", domain="cake.test", name="Cakes")),
    (Account(id="9"), Shop(id="s3", domain="", name="Rolls & Co")),
)


def opened(desk: TestDesk, *, correspondent: str = CUSTOMER, language: str = "en") -> Ticket:
    """A ticket as a mail would open it."""
    with desk.store.transaction() as tx:
        return tickets.insert_ticket(
            tx,
            ref=5,
            subject="My subject",
            correspondent=correspondent,
            correspondent_name="Ann",
            confirmed=True,
            account_id=None,
            shop_id=None,
            language=language,
            at=desk.clock.now(),
        )


def ask_owner(desk: TestDesk, ticket: Ticket, claimed: str, *, language: str = "en") -> tuple[bool, Outgoing]:
    """Ask the owner whether he was it; whether that was queued, and the last mail that was."""
    with desk.store.transaction() as tx:
        is_asked = letters.send_confirmation_request(
            tx,
            desk.gateway.desk,
            ticket,
            account=BAKERY,
            recipient=CUSTOMER,
            claimed_address=claimed,
            language=language,
            at=desk.clock.now(),
        )
    return is_asked, desk.outbox("confirm_request")[-1]


def leaves_at(desk: TestDesk) -> list[datetime]:
    """When the queued mails may leave."""
    with desk.store.reading() as tx:
        return [mail.next_try_at for mail in outbox.queued(tx, limit=100)]


def text_of(desk: TestDesk, outgoing: Outgoing) -> str:
    """The plain text of a mail as it leaves."""
    part = message_from_bytes(desk.letter(outgoing).data, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_question_which_shop_numbers_the_shops_and_is_answered_on_an_address_of_its_own(desk: TestDesk) -> None:
    """In the order of the candidates, by domain where there is one; nothing that the customer wrote stands in it."""
    ticket = opened(desk)
    with desk.store.transaction() as tx:
        letters.send_ask_shop(tx, desk.gateway.desk, ticket, TEST_MAIL, candidates=CAKES, at=desk.clock.now())
    (question,) = desk.outbox("ask_shop")
    text = text_of(desk, question)

    assert "\n1. bread.test\n2. cake.test\n3. Rolls & Co\n" in text
    assert "Which of your shops is it about? (ticket 1)" in desk.letter(question).data.decode()
    assert ("<1@bread.test>", True, "") == (question.in_reply_to, question.limited, question.mail_from)
    (found,) = desk.gateway.desk.keys.find(question.reply_to)
    assert found.token
    assert (Purpose.REPLY, 5) == (found.purpose, found.token.ticket_ref)
    assert desk.gateway.desk.keys.is_bound_to(found.token, CUSTOMER)
    assert "My " not in text
    assert leaves_at(desk) == [desk.clock.now()]


def test_a_list_of_very_many_shops_ends_somewhere(desk: TestDesk) -> None:
    """Who has more writes the name."""
    many = [(BAKERY, Shop(id=str(number), domain=f"d{number}.test")) for number in range(letters.MAX_SHOPS + 50)]
    ticket = opened(desk)
    with desk.store.transaction() as tx:
        letters.send_ask_shop(tx, desk.gateway.desk, ticket, TEST_MAIL, candidates=many, at=desk.clock.now())
    (question,) = desk.outbox("ask_shop")

    assert letters.MAX_SHOPS == len(dict(question.values)["shops"].split("\n"))


def test_the_owner_is_asked_with_our_words_and_the_claimed_address_alone(desk: TestDesk) -> None:
    """On a confirm address that is bound to him; in the language of his account; as part of no thread."""
    is_asked, request = ask_owner(desk, opened(desk, correspondent=STRANGER), STRANGER, language="el")
    text = text_of(desk, request)

    assert is_asked
    assert (CUSTOMER, "el", True, "") == (request.recipient.address, request.language, request.limited, request.subject)
    assert ((), "") == (request.references, request.in_reply_to)
    assert STRANGER in text
    assert "ΝΑΙ" in text
    assert "http" not in text
    assert not any(word in text for word in ("My subject", "Bakery", "bread.test", "Ann"))
    (found,) = desk.gateway.desk.keys.find(request.reply_to)
    assert found.token
    assert Purpose.CONFIRM is found.purpose
    assert desk.gateway.desk.keys.is_bound_to(found.token, CUSTOMER)


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ("maria.pap+shop_2@mail.example", "maria.pap+shop_2@mail.example"),
        ("μαρία@mail.example", "μαρία@mail.example"),
        ("call/evil.test!now@mail.example", "…@mail.example"),
        ("see=www.evil.test/pay@mail.example", "…@mail.example"),
        ('"your account is locked"@mail.example', "…@mail.example"),
    ],
)
def test_an_address_that_says_something_is_not_repeated(desk: TestDesk, claimed: str, shown: str) -> None:
    """Its local part is the only place where a stranger could put words into our mail (A-24)."""
    _, request = ask_owner(desk, opened(desk), claimed)

    assert shown == dict(request.values)["address"]


def test_requests_count_against_the_limits_and_a_refusal_is_told(desk: TestDesk) -> None:
    """The fourth in a day does not leave; the ticket's story says so."""
    ticket = opened(desk)
    asked = [ask_owner(desk, ticket, STRANGER)[0] for _ in range(4)]
    with desk.store.reading() as tx:
        (event,) = tickets.events(tx, ticket.id)

    assert [True, True, True, False] == asked
    assert "not_sent" == event.kind
    assert event.detail.startswith("confirm_request to the owner of account 7: there were 3 automatic mails")


def test_known_and_unknown_senders_get_the_same_bytes_after_the_same_kind_of_delay(desk: TestDesk) -> None:
    """S1 and S0: all but the ids that every mail has of its own is equal; both wait 30 to 90 seconds (D1)."""
    unverified = replace(BAKERY, id="8", language="el", addresses=(replace(BAKERY.addresses[0], address=KNOWN),))
    desk.put_accounts(replace(unverified, addresses=(replace(unverified.addresses[0], verified=False),)))
    for address in (KNOWN, "joe@signed.test"):
        outcome = desk.take(desk.post.mail(address, "support@desk.test", "Where is my invoice?"), mail_from=address)
        assert "open_unconfirmed" == outcome.action
    known, unknown = desk.outbox("neutral")

    same = {"message_id": "<x@y>", "in_reply_to": "", "references": (), "ticket_id": None}
    letter, other = (
        desk.letter(replace(mail, **same, recipient=Address(address="x@y.test"))).data  # type: ignore[arg-type]
        for mail in (known, unknown)
    )
    assert _without_boundaries(letter) == _without_boundaries(other)
    assert ("", "") == (known.reply_to, unknown.reply_to)
    with desk.store.reading() as tx:
        waits = [
            row.next_try_at - row.created_at
            for row in tx.execute(select(OutboxRow.next_try_at, OutboxRow.created_at, OutboxRow.limited))
            if row.limited
        ]
    assert 2 == len(waits)
    assert all(timedelta(seconds=30) <= wait <= timedelta(seconds=90) for wait in waits)


def test_the_delay_is_spread_over_the_whole_span() -> None:
    """To the millisecond, both ends included; none where the operator wants none."""
    waits = [letters._delay(30, 90).total_seconds() for _ in range(2000)]

    assert 30 <= min(waits) < 33
    assert 87 < max(waits) <= 90
    assert 40 < sum(waits) / len(waits) - 10 < 60
    assert timedelta(0) == letters._delay(0, 0)


@pytest.mark.parametrize("value", [[90, 30], [-1, 5], [0, 4000], [30], 30])
def test_a_delay_that_is_no_span_is_refused(value: object) -> None:
    """The key is named."""
    gateway = {"support_addresses": ["support@desk.test"], "reply_domain": "reply.desk.test"}
    with pytest.raises(ConfigError, match=r"outbox\.neutral_delay_seconds"):
        parse({"gateway": gateway, "outbox": {"neutral_delay_seconds": value}}, "config.toml")


def _without_boundaries(data: bytes) -> bytes:
    boundary = message_from_bytes(data).get_boundary()
    assert boundary
    return data.replace(boundary.encode(), b"boundary")
