"""`#invite`: who of the customer's side may be asked in, what he reads, and what his answers are."""

from dataclasses import replace

import pytest

from gateway.model import AccountAddress, ArticleKind, Ticket, TicketState
from gateway.store.account_addresses import revoke_address
from gateway.store.tickets import update_ticket
from gateway.tickets import inviting
from gateway.tokens import Purpose
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.tickets.story import (
    DESIGNER,
    PRINTER,
    again,
    answer,
    articles,
    do,
    forward,
    invite,
    kinds,
    reply,
    text_of,
    ticket_with,
    wire,
)

NAMES_HIM = f"My web designer knows it, ask {DESIGNER.upper()}."


def waits_for_customer(desk: TestDesk, ticket: Ticket) -> None:
    """As after an answer."""
    moved = replace(again(desk, ticket), state=TicketState.WAITING_FOR_CUSTOMER)
    do(desk, lambda tx: update_ticket(tx, moved))


def test_an_invited_persons_answer_comes_in_as_his_own(any_desk: TestDesk) -> None:
    """The whole way on both stores: confirmed, and not the correspondent's; the ticket waits for us again."""
    ticket = ticket_with(any_desk, NAMES_HIM)
    said = invite(any_desk, ticket)
    (asked,) = any_desk.outbox("invite")
    waits_for_customer(any_desk, ticket)
    before = any_desk.outbox()

    outcome = reply(any_desk, asked, "The template is broken.")

    assert f"{DESIGNER} was invited into ticket {ticket.id}" in said
    assert ("append", ticket.id) == (outcome.action, outcome.ticket_id)
    article = articles(any_desk, ticket)[-1]
    assert (ArticleKind.IN, DESIGNER, True) == (article.kind, article.author, article.confirmed)
    assert TicketState.WAITING_FOR_US is again(any_desk, ticket).state
    assert CUSTOMER == again(any_desk, ticket).correspondent
    assert "invited_answer" in kinds(any_desk, ticket)
    (told,) = any_desk.outbox()[len(before) :]
    assert ("notification", AGENT) == (told.template, told.recipient.address)
    values = dict(told.values)
    assert "not that it is a customer's" in values["caution"]
    assert f"{DESIGNER} was invited into the ticket by Kim" in values["identity"]
    assert CUSTOMER == values["answers_to"]


def test_he_reads_the_agents_words_number_and_subject_alone(desk: TestDesk) -> None:
    """On an address of his own, in the language of the ticket; not who the customer is, nor what he wrote."""
    ticket = replace(ticket_with(desk, NAMES_HIM + "\nthe customer's words"), language="nl")

    invite(desk, ticket, text=f"What do you see?\n> quoted by {CUSTOMER}\nWrite to {AGENT}")

    (asked,) = desk.outbox("invite")
    shown = wire(desk, asked)
    assert (DESIGNER, "nl") == (asked.recipient.address, asked.language)
    assert f"What do you see?\nWrite to {SUPPORT}" in text_of(desk, asked)
    for hidden in (CUSTOMER, AGENT, "Kim", "customer's words", "Bakery", "bread.test"):
        assert hidden not in shown, hidden
    found = [each.token for each in desk.gateway.desk.keys.find(shown) if each.token]
    assert {Purpose.REPLY, Purpose.MESSAGE_ID} == {token.purpose for token in found}
    assert all(desk.gateway.desk.keys.is_bound_to(token, DESIGNER) for token in found)


def test_he_gets_nothing_that_is_meant_for_the_customer(desk: TestDesk) -> None:
    """Neither before his answer nor after it; and the customer not what went to him, nor its message id."""
    ticket = ticket_with(desk, NAMES_HIM)
    invite(desk, ticket, text="a question for the designer")
    (asked,) = desk.outbox("invite")
    answer(desk, ticket, "one for the customer")
    reply(desk, asked, "his answer")
    answer(desk, ticket, "and another")

    assert ["invite"] == [mail.template for mail in desk.outbox() if mail.recipient.address == DESIGNER]
    for mail in desk.outbox("answer"):
        assert CUSTOMER == mail.recipient.address
        assert all(each not in wire(desk, mail) for each in (DESIGNER, asked.message_id, "question for the"))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("designer", "is not an address"),
        (CUSTOMER, "is the customer of this ticket"),
        (AGENT, "is of the desk"),
        (SUPPORT, "is of the desk"),
        (PRINTER, "was asked for help with this ticket"),
        (STRANGER, "not on file"),
        ("other@signed.test", "not on file"),
        ("signed.test", "is not an address"),
        ("revoked@bread.test", "not on file"),
    ],
)
def test_a_typing_error_finds_no_recipient(desk: TestDesk, address: str, says: str) -> None:
    """A-19: nothing is sent, nothing is written down but what was asked before."""
    revoked = AccountAddress(address="revoked@bread.test", verified=True)
    desk.put_accounts(replace(BAKERY, addresses=(*BAKERY.addresses, revoked)))
    do(desk, lambda tx: revoke_address(tx, "7", revoked.address, by="x", at=desk.clock.now(), reason="gone"))
    ticket = ticket_with(desk, f"Ask {PRINTER}, Kim or us: {AGENT}, {SUPPORT}.")
    forward(desk, ticket, PRINTER)

    assert says in do(desk, lambda tx: inviting.problem(tx, ticket, address, desk=desk.gateway.desk))
    assert says in invite(desk, ticket, address)
    assert [] == desk.outbox("invite")


def test_who_is_on_file_or_named_in_to_and_cc_may_be_invited(desk: TestDesk) -> None:
    """Verified, known, or as the customer's own mail addressed them."""
    second = AccountAddress(address="second@bread.test")
    desk.put_accounts(replace(BAKERY, addresses=(*BAKERY.addresses, second)))
    mail = desk.post.mail(CUSTOMER, f"{SUPPORT}, to@x.test", headers=[("Cc", "Web <cc@x.test>")])
    ticket = desk.ticket(desk.take(mail, mail_from=CUSTOMER))

    for address in (second.address, "to@x.test", "cc@x.test"):
        assert "was invited" in invite(desk, ticket, address)


def test_only_what_is_proven_to_be_the_customers_names_anybody(desk: TestDesk) -> None:
    """A spoofed mail with his own address in Cc (A-03), a quotation, an invited person's word: none counts."""
    ticket = ticket_with(desk, NAMES_HIM)
    told = answer(desk, ticket)
    forged = desk.post.mail(
        "ann@loose.test", told.reply_to, "ask evil@x.test", headers=[("Cc", "evil2@x.test")], signed=False
    )
    desk.take(forged, rcpt=[told.reply_to])
    reply(desk, told, "see below\n\n> please write to evil3@x.test")
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    reply(desk, asked, "ask evil4@x.test")

    for number in ("", "2", "3", "4"):
        assert "not on file" in invite(desk, ticket, f"evil{number}@x.test"), number


def test_an_unproven_ticket_has_nobody_to_invite(desk: TestDesk) -> None:
    """Its author may be anybody, who names whom he likes."""
    raw = desk.post.mail("ann@unsigned.test", SUPPORT, NAMES_HIM)
    ticket = desk.ticket(desk.take(raw, mail_from="ann@unsigned.test"))

    assert "not on file" in invite(desk, ticket)


@pytest.mark.parametrize(("author", "signed"), [(DESIGNER, False), ("eve@signed.test", True), (STRANGER, True)])
def test_what_is_not_proven_to_be_his_is_held(desk: TestDesk, author: str, signed: bool) -> None:
    """He handed the mail on, or somebody uses his name."""
    ticket = ticket_with(desk, NAMES_HIM)
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    before = desk.outbox(), articles(desk, ticket)

    assert "hold" == reply(desk, asked, author=author, signed=signed).action
    assert before == (desk.outbox(), articles(desk, ticket))


def test_the_customer_and_his_man_may_use_each_others_address(desk: TestDesk) -> None:
    """They hand our mails to each other: each is heard as himself (threat model §4, T2)."""
    ticket = ticket_with(desk, NAMES_HIM)
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    told = answer(desk, ticket)

    assert "append" == reply(desk, asked, "I am the customer", author=CUSTOMER).action
    assert "append" == reply(desk, told, "I am the designer", author=DESIGNER).action

    found = [(each.author, each.confirmed) for each in articles(desk, ticket)[-2:]]
    assert [(CUSTOMER, True), (DESIGNER, True)] == found
    assert "invited_answer" == kinds(desk, ticket)[-1]


def test_an_invited_person_confirms_nothing_and_is_told_nothing(desk: TestDesk) -> None:
    """Verified on the account itself, he would be the owner on an address of his own (T3, S2)."""
    second = AccountAddress(address=DESIGNER, verified=True)
    desk.put_accounts(replace(BAKERY, addresses=(*BAKERY.addresses, second)))
    ticket = ticket_with(desk)
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    before = again(desk, ticket)
    sent = len(desk.outbox())

    outcome = reply(desk, asked, "yes")

    now = again(desk, ticket)
    assert "invited" in outcome.why
    assert (before.correspondent, before.account_id, before.shop_id, before.confirmed) == (
        now.correspondent,
        now.account_id,
        now.shop_id,
        now.confirmed,
    )
    assert [AGENT] == [mail.recipient.address for mail in desk.outbox()[sent:]]
