"""What outsiders are told, and who hears of their mail: the bytes that leave, and to whom."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.model import Account, AccountAddress, Shop
from gateway.outbox.transport import Letter
from gateway.store.tickets import insert_ticket
from gateway.tokens import Purpose
from tests.desk import AGENT, BAKERY, CUSTOMER, SUPPORT, TestDesk, open_desk
from tests.stores import sqlite_store

JOE = "joe@signed.test"
EVIL = "evil@elsewhere.test"
CLAIMED = Account(
    id="9",
    name="Jo's",
    language="el",
    shops=(Shop(id="j", domain="joes.test"),),
    addresses=(AccountAddress(address=JOE), AccountAddress(address="owner@bread.test", verified=True)),
)


@contextmanager
def new_desk(folder: Path, clock: FixedClock, reader: Reader) -> Iterator[TestDesk]:
    """A desk on a store of its own."""
    folder.mkdir()
    store = sqlite_store(folder / "store.db")
    with open_desk(store, clock, folder, reader) as opened:
        yield opened
    store.close()


def unknown(desk: TestDesk) -> None:
    """S0: nothing is known of him."""


def on_file(desk: TestDesk) -> None:
    """S1: an account names his address, unverified."""
    desk.put_accounts(CLAIMED)


def correspondent(desk: TestDesk) -> None:
    """S1: he wrote before, and that was proven."""
    with desk.store.transaction() as tx:
        insert_ticket(
            tx,
            ref=5,
            subject="x",
            correspondent=JOE,
            correspondent_name="",
            confirmed=True,
            account_id=None,
            shop_id=None,
            language="el",
            at=desk.clock.now(),
        )


def with_a_ticket(desk: TestDesk) -> None:
    """S0, and the mail id that he answers is one of a customer's ticket in another language."""
    desk.put_accounts(Account(id="7", language="el", shops=BAKERY.shops, addresses=BAKERY.addresses))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, message_id="<known@bread.test>"), mail_from=CUSTOMER)


def neutral_of(desk: TestDesk, text: str) -> tuple[Letter, tuple[str, ...]]:
    """The mail that answers Joe's, as it leaves, and what else leaves to him."""
    raw = desk.post.mail(JOE, SUPPORT, text, answers="<known@bread.test>", message_id="<one@signed.test>")
    desk.take(raw, mail_from=JOE)
    (neutral,) = desk.outbox("neutral")
    others = tuple(mail.template for mail in desk.outbox() if mail.recipient.address == JOE and mail != neutral)
    return desk.letter(neutral), others


def alike(letter: Letter) -> bytes:
    """Its bytes without what must differ: our Message-ID, and the MIME boundary that is made of it."""
    own = letter.message_id.encode()
    data = letter.data.replace(own, b"<OURS>")
    boundaries = re.findall(rb'boundary="([^"]+)"', data)
    for boundary in boundaries:
        data = data.replace(boundary, b"BOUNDARY")
    return data


@pytest.mark.parametrize("text", ["Hello?", "joes.test is down, and so is bread.test. My order is 12345."])
def test_known_or_not_a_stranger_gets_the_same_bytes(
    text: str, tmp_path: Path, clock: FixedClock, reader: Reader
) -> None:
    """S0, both kinds of S1, and a hint of another's ticket: the mail that leaves is the same, byte for byte.

    But for Message-ID, which is random by design, and the boundary. Date, Subject, language, In-Reply-To (his own
    Message-ID), the lack of Reply-To and of a reference, text and HTML: all the same.
    """
    letters = []
    for number, prepare in enumerate((unknown, on_file, correspondent, with_a_ticket)):
        with new_desk(tmp_path / str(number), clock, reader) as desk:
            prepare(desk)
            letter, others = neutral_of(desk, text)
            assert () == others
            letters.append(letter)

    assert 1 == len({alike(letter) for letter in letters})
    assert {("", JOE)} == {(letter.mail_from, letter.recipient) for letter in letters}
    assert 4 == len({letter.message_id for letter in letters})
    assert b"joes" not in letters[1].data
    assert b"Reply-To:" not in letters[1].data.replace(b"In-Reply-To:", b"")


HIJACK = [
    ("Cc", EVIL),
    ("Reply-To", EVIL),
    ("Sender", EVIL),
    ("Disposition-Notification-To", EVIL),
    ("Return-Receipt-To", EVIL),
    ("Errors-To", EVIL),
    ("Resent-From", EVIL),
    ("X-Original-To", EVIL),
]


@pytest.mark.parametrize("author", [CUSTOMER, JOE, "ann@elsewhere.test", "no-reply@signed.test"])
@pytest.mark.parametrize("signed", [True, False])
def test_no_header_names_a_recipient(fast_desk: TestDesk, author: str, signed: bool) -> None:
    """A-03, A-21: a new ticket, a reply in it, an agent's answer: only its author, agents and owners are written to."""
    fast_desk.put_accounts(CLAIMED)
    to = f"{SUPPORT}, {EVIL}"
    first = fast_desk.take(
        fast_desk.post.mail(author, to, headers=HIJACK, signed=signed, message_id="<a@signed.test>"), mail_from=author
    )
    fast_desk.take(fast_desk.post.mail(author, to, headers=HIJACK, answers="<a@signed.test>"), mail_from=author)
    for notification in fast_desk.outbox("notification")[:1]:
        fast_desk.take(
            fast_desk.post.mail(AGENT, notification.reply_to, "Here you are.", headers=HIJACK),
            rcpt=[notification.reply_to],
            mail_from=AGENT,
        )

    recipients = {fast_desk.letter(mail).recipient for mail in fast_desk.outbox() if not mail.attachments}
    assert recipients <= {author, AGENT, "owner@bread.test"}
    assert EVIL not in recipients
    assert first.ticket_id is None or fast_desk.ticket(first).correspondent == author


def reply_address(desk: TestDesk, text: str = "It fails.") -> str:
    """The address that the customer was given for his ticket."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, text), mail_from=CUSTOMER)
    return desk.outbox("receipt")[-1].reply_to


@pytest.mark.parametrize(
    ("author", "headers"),
    [
        ("no-reply@signed.test", ()),
        ("feedback@signed.test", (("Auto-Submitted", "auto-generated"),)),
        ("feedback@signed.test", (("List-Unsubscribe", "<https://signed.test/u>"),)),
        ("feedback@signed.test", (("Feedback-ID", "1:verify:signed"),)),
        ("feedback@signed.test", (("Precedence", "bulk"),)),
    ],
)
def test_a_verification_mail_to_a_customers_address_is_held(
    fast_desk: TestDesk, author: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """A-01: he signed up elsewhere with our address; nothing of it is in his ticket or in any mail of ours."""
    address = reply_address(fast_desk)
    before = fast_desk.outbox()
    raw = fast_desk.post.mail(author, address, "Your code is CANARY", subject="CANARY", headers=headers)

    outcome = fast_desk.take(raw, rcpt=[address], mail_from=author)

    assert ("hold", None) == (outcome.action, outcome.ticket_id)
    assert before == fast_desk.outbox()


def test_a_forged_bounce_to_a_customers_address_is_recorded_and_tells_nobody(fast_desk: TestDesk) -> None:
    """A-27: a server's report is no verification mail, and proves nothing at an address that is not for bounces."""
    address = reply_address(fast_desk)
    before = fast_desk.outbox()
    raw = fast_desk.post.mail("mailer-daemon@signed.test", address, "User unknown", subject="Undelivered Mail Returned")

    outcome = fast_desk.take(raw, rcpt=[address], mail_from="")

    assert "record" == outcome.action
    assert before == fast_desk.outbox()


def test_the_owners_own_out_of_office_reply_is_still_recorded(fast_desk: TestDesk) -> None:
    """It came to the address that he was given: a line in his ticket's story, and no answer."""
    address = reply_address(fast_desk)
    raw = fast_desk.post.mail(CUSTOMER, address, "Away", headers=[("Auto-Submitted", "auto-replied")])

    outcome = fast_desk.take(raw, rcpt=[address], mail_from=CUSTOMER)

    assert ("record", "auto_reply") == (outcome.action, fast_desk.story(outcome)[-1])


def test_a_customer_who_mentions_anothers_ticket_gets_one_of_his_own_and_agents_see_both(desk: TestDesk) -> None:
    """T1, other account: each ticket's story names the other; his receipt names only his own."""
    florist = "flo@signed.test"
    desk.put_accounts(
        Account(
            id="8",
            shops=(Shop(id="f", domain="flowers.test"),),
            addresses=(AccountAddress(address=florist, verified=True),),
        )
    )
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT, message_id="<7@bread.test>"), mail_from=CUSTOMER)
    second = desk.take(desk.post.mail(florist, SUPPORT, "as he said", answers="<7@bread.test>"), mail_from=florist)

    ticket = desk.ticket(second)
    assert ("8", "f", True) == (ticket.account_id, ticket.shop_id, ticket.confirmed)
    assert first.ticket_id != second.ticket_id
    links = [
        next(event.detail for event in desk.events(outcome) if event.kind == "linked") for outcome in (first, second)
    ]
    assert [f"ticket {second.ticket_id}", f"ticket {first.ticket_id}"] == [
        re.findall(r"ticket \d+", link)[0] for link in links
    ]
    receipt = desk.outbox("receipt")[-1]
    assert (florist, str(second.ticket_id)) == (receipt.recipient.address, dict(receipt.values)["ticket"])
    assert "linked" not in repr(receipt)


def test_ten_thousand_guessed_references_change_nothing(fast_desk: TestDesk) -> None:
    """A-02, some of them: valid and invalid ones are answered alike, and nothing is added to any ticket."""
    first = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    ticket = fast_desk.ticket(first)
    keys = fast_desk.gateway.desk
    actions = set()
    for number in range(20):
        ref = ticket.ref if number % 2 else number
        address = keys.reply_address(Purpose.REPLY, ticket_ref=ref, address=JOE, at=fast_desk.clock.now())
        guess = address.replace(address[20:24], "0000" if number % 3 else "zzzz")
        text = keys.reference(ticket_ref=ref, address=JOE, at=fast_desk.clock.now())[:-5] + "00000"
        author = f"joe{number}@elsewhere.test"
        outcome = fast_desk.take(fast_desk.post.mail(author, guess, f"Ref: {text}"), rcpt=[guess], mail_from=author)
        actions.add((outcome.action, outcome.ticket_id == first.ticket_id))

    assert {("open_unconfirmed", False)} == actions
    assert ["opened"] == fast_desk.story(first)
    assert [] == [mail for mail in fast_desk.outbox() if "joe" in mail.recipient.address]
