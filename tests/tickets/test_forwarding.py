"""`#forward`: whom a ticket goes to, what of it he reads, and where his answer comes back."""

import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.config import parse
from gateway.errors import ConfigError
from gateway.model import AccountAddress, Agent, ArticleKind, Role, TicketState
from gateway.outbox.suppression import look_up
from gateway.pipeline.process import process
from gateway.store import outbox, spool
from gateway.store.agents import active_agents, put_agents
from gateway.store.outcomes import Outcome
from gateway.store.participants import participants
from gateway.tickets import forwarding, held
from gateway.tokens import Purpose
from tests.automatic import mails
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.tickets.story import (
    ALLOWED,
    DESIGNER,
    PRINTER,
    again,
    answer,
    articles,
    do,
    forward,
    invite,
    kinds,
    notes,
    reply,
    text_of,
    ticket_with,
    wire,
)

LEE = Agent(name="Lee", address="lee@desk.test", languages=("de",))
SECRET = "CANARY-internal-4711"


def problem(desk: TestDesk, to: str, *, allowed: tuple[str, ...] = ALLOWED, text: str = "") -> str:
    """Why the first ticket cannot be forwarded to him."""
    ticket = ticket_with(desk)
    return do(
        desk,
        lambda tx: forwarding.problem(
            to, allowed=allowed, agents=active_agents(tx), desk=desk.gateway.desk, tx=tx, ticket=ticket, text=text
        ),
    )


def test_a_specialists_answer_comes_back_as_a_note_and_agents_hear_of_it(any_desk: TestDesk) -> None:
    """The whole way on both stores: he is written to, he replies, the note is there, the customer gets nothing."""
    ticket = ticket_with(any_desk, "The card reader prints nothing.")
    said = forward(any_desk, ticket)
    (asked,) = any_desk.outbox("forward")
    before = any_desk.outbox()

    outcome = reply(any_desk, asked, "It is the cable.")

    assert f"Ticket {ticket.id} was forwarded to {PRINTER} with the customer's mail of 2026-09-01 08:00 UTC." in said
    assert ("append", ticket.id) == (outcome.action, outcome.ticket_id)
    assert "kept as a note" in outcome.why
    note = articles(any_desk, ticket)[-1]
    assert (ArticleKind.INTERNAL, PRINTER, True) == (note.kind, note.author, note.confirmed)
    assert "It is the cable." in note.text
    (told,) = any_desk.outbox()[len(before) :]
    assert ("specialist_answer", AGENT) == (told.template, told.recipient.address)
    assert "It is the cable." in text_of(any_desk, told)
    assert TicketState.NEW is again(any_desk, ticket).state
    assert kinds(any_desk, ticket)[-2:] == ["forwarded", "specialist_answer"]


def test_he_reads_the_agents_words_and_the_customers_newest_and_nothing_else(desk: TestDesk) -> None:
    """No note, no earlier mail, no overview, no other ticket, no address of the customer's, no token but his own."""
    other = ticket_with(desk, "another matter", subject="Other ticket")
    text = f"Mine is {CUSTOMER.upper()}, or <{CUSTOMER}>.\nMy old address: T1-30K00-03RJ0-0XTXG-21Y83-SN6G0-PVJKK"
    ticket = ticket_with(desk, "the first mail of it", subject=f"Ask {CUSTOMER} now")
    told = answer(desk, ticket, "an answer to the customer")
    reply(desk, told, text)
    (agents,) = [each for each in desk.outbox("notification") if "Mine is" in dict(each.values)["text"]]
    noted = desk.post.mail(AGENT, agents.reply_to, f"#note\n{SECRET}")
    desk.take(noted, rcpt=[agents.reply_to], mail_from=AGENT)

    forward(desk, ticket, text=f"What is it?\n\n> {SECRET}\n> {CUSTOMER} wrote\nGreetings, {AGENT}")

    (asked,) = desk.outbox("forward")
    shown = wire(desk, asked)
    assert "Mine is […], or <[…]>." in text_of(desk, asked)
    assert f"What is it?\n\nGreetings, {SUPPORT}" in text_of(desk, asked)
    for hidden in (SECRET, CUSTOMER, AGENT, "Kim", "the first mail", "an answer", "Bakery", "+30 210", other.subject):
        assert hidden.casefold() not in shown.casefold(), hidden
    assert [PRINTER] == [each.recipient.address for each in desk.outbox("forward")]
    found = [each for each in desk.gateway.desk.keys.find(shown) if each.token]
    found += list(desk.gateway.desk.keys.find_references(shown))
    assert {Purpose.REPLY, Purpose.MESSAGE_ID, Purpose.TEXT} == {each.purpose for each in found}
    assert all(each.token and desk.gateway.desk.keys.is_bound_to(each.token, PRINTER) for each in found)
    assert (False, "", ()) == (asked.automatic, asked.in_reply_to, asked.references)


def test_a_colleague_reads_whose_ticket_it_is_and_his_answer_is_a_note_too(desk: TestDesk) -> None:
    """In his own language; named by his name; what he replies to that mail does not go to the customer."""
    do(desk, lambda tx: put_agents(tx, [Agent(name="Kim", address=AGENT, languages=("en",)), LEE]))
    ticket = ticket_with(desk, "It fails.")

    forward(desk, ticket, "lee", "Have you seen this before?")
    (asked,) = desk.outbox("forward")
    outcome = reply(desk, asked, "Yes, twice.")

    assert (LEE.address, "de") == (asked.recipient.address, asked.language)
    assert CUSTOMER in text_of(desk, asked)
    assert "Kim bittet Sie um Hilfe" in text_of(desk, asked)
    assert "append" == outcome.action
    assert "Yes, twice." in notes(desk, ticket)[-1]
    assert [] == desk.outbox("answer")


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("printer", "neither an address nor a colleague's name"),
        ("joe@@print.test", "neither an address"),
        ("a b@print.test", "neither an address"),
        ("joe@print.test\nBcc: eve@x.test", "neither an address"),
        (SUPPORT, "an address of the desk itself"),
        ("r1-30k0003rj00xtxg21y83sn6g0pvjkk@reply.desk.test", "an address of the desk itself"),
        (CUSTOMER, "the customer of this ticket"),
        (CUSTOMER.upper(), "the customer of this ticket"),
        ("ann.second@bread.test", "on file for the customer's account"),
        (STRANGER, "no colleague and no specialist"),
        ("joe@more.print.test", "no colleague and no specialist"),
        ("joe@signed.test.evil.test", "no colleague and no specialist"),
    ],
)
def test_mail_finds_no_recipient_that_the_operator_did_not_allow(desk: TestDesk, to: str, says: str) -> None:
    """A-19; and never the customer's side, although the configuration allowed it."""
    second = AccountAddress(address="ann.second@bread.test")
    desk.put_accounts(replace(BAKERY, addresses=(*BAKERY.addresses, second)))
    ticket = ticket_with(desk)

    assert says in problem(desk, to, allowed=(*ALLOWED, "@bread.test"))
    assert says in forward(desk, ticket, to)
    assert [] == desk.outbox("forward")
    assert "forwarded" not in kinds(desk, ticket)


@pytest.mark.parametrize("to", [PRINTER, PRINTER.upper(), f"<{PRINTER}>", "any.body@print.test", "Kim", AGENT])
def test_the_allowed_are_addresses_whole_domains_and_colleagues(desk: TestDesk, to: str) -> None:
    """In any spelling."""
    assert "" == problem(desk, to)


def test_who_was_invited_is_not_asked_behind_the_customers_back(desk: TestDesk) -> None:
    """He is of the customer's side, although he may be a specialist of the desk's elsewhere."""
    ticket = ticket_with(desk, f"Ask {DESIGNER} please.")
    invite(desk, ticket)

    with desk.store.reading() as tx:
        found = forwarding.problem(
            DESIGNER, allowed=(DESIGNER,), agents=(), desk=desk.gateway.desk, tx=tx, ticket=ticket
        )

    assert "was invited into this ticket" in found


def test_a_notification_that_is_left_in_his_words_goes_back_to_the_agent(desk: TestDesk) -> None:
    """Without marks of a quotation nothing tells what is his: half of it would be worse."""
    ticket = ticket_with(desk)

    assert "a part of the mail that it answers" in forward(desk, ticket, text="x\n--- internal ---\nsecret")
    assert [] == desk.outbox("forward")


def test_it_leaves_when_it_can_no_longer_be_taken_back(desk: TestDesk) -> None:
    """As an answer does."""
    waiting = replace(desk.gateway.desk, undo_seconds=600)
    ticket = ticket_with(desk)
    do(
        desk,
        lambda tx: forwarding.forward(
            tx,
            waiting,
            ticket,
            agent=Agent(name="Kim", address=AGENT),
            to=PRINTER,
            text="x",
            allowed=ALLOWED,
            agents=(),
            at=desk.clock.now(),
        ),
    )
    with desk.store.reading() as tx:
        (mail,) = [each for each in outbox.queued(tx, limit=100) if each.recipient == PRINTER]

    assert desk.clock.now() + timedelta(seconds=600) == mail.next_try_at


@pytest.mark.parametrize(
    ("author", "signed", "why"),
    [
        (PRINTER, False, "it is not proven who wrote it"),
        ("eve@signed.test", True, "issued to somebody else"),
        (STRANGER, True, "it is not proven who wrote it"),
        (CUSTOMER, True, "issued to somebody else"),
        (AGENT, True, "issued to somebody else"),
    ],
)
def test_what_is_not_proven_to_be_his_is_held(desk: TestDesk, author: str, signed: bool, why: str) -> None:
    """A forged answer, one of another person's, the customer's, an agent's on his address: nobody hears of it."""
    ticket = ticket_with(desk)
    forward(desk, ticket)
    (asked,) = desk.outbox("forward")
    before = desk.outbox(), articles(desk, ticket), again(desk, ticket)

    outcome = reply(desk, asked, author=author, signed=signed)

    assert ("hold", None) == (outcome.action, outcome.ticket_id)
    assert why in outcome.why
    assert before == (desk.outbox(), articles(desk, ticket), again(desk, ticket))


def test_his_answer_never_reaches_the_customer(desk: TestDesk) -> None:
    """Neither by itself, nor where the agent quotes the mail that told him of it, nor in the thread's ids."""
    ticket = ticket_with(desk)
    forward(desk, ticket)
    (asked,) = desk.outbox("forward")
    reply(desk, asked, f"Tell him nothing: {SECRET}")
    (told,) = desk.outbox("specialist_answer")
    quoted = "".join(f"> {line}\n" for line in text_of(desk, told).split("\n"))

    raw = desk.post.mail(AGENT, told.reply_to, f"Please change the cable.\n\n{quoted}", answers=told.message_id)
    desk.take(raw, rcpt=[told.reply_to], mail_from=AGENT)

    to_him = [mail for mail in desk.outbox() if mail.recipient.address == CUSTOMER]
    assert ["receipt", "answer"] == [mail.template for mail in to_him]
    for mail in to_him:
        shown = wire(desk, mail)
        assert all(word not in shown for word in (SECRET, PRINTER, "signed.test", asked.message_id, "cable is"))


def test_a_specialist_who_is_a_customer_of_ours_gets_no_rights_by_his_address(desk: TestDesk) -> None:
    """Verified on an account of his own, he would be the owner of what his own reply address names (T3, S2)."""
    own = AccountAddress(address=PRINTER, verified=True)
    desk.put_accounts(BAKERY, replace(BAKERY, id="8", shops=(), addresses=(own,)))
    ticket = ticket_with(desk)
    forward(desk, ticket)
    (asked,) = desk.outbox("forward")

    reply(desk, asked, "yes")

    assert ticket == replace(again(desk, ticket), updated_at=ticket.updated_at)
    assert [CUSTOMER] == [mail.recipient.address for mail in desk.outbox("receipt")]
    assert ArticleKind.INTERNAL is articles(desk, ticket)[-1].kind


def test_a_released_answer_that_is_not_proven_is_a_note_that_says_so(desk: TestDesk) -> None:
    """A reviewer let it go on: it is of the desk all the same, and nobody takes it for proven."""
    ticket = ticket_with(desk)
    forward(desk, ticket)
    (asked,) = desk.outbox("forward")
    outcome = reply(desk, asked, "It is the cable.", signed=False)
    assert "hold" == outcome.action
    do(desk, lambda tx: held.release(tx, outcome.entry_id, by="kim", at=desk.clock.now()))
    (entry,) = spool.claim(desk.store, limit=1, now=desk.clock.now(), lease=timedelta(minutes=10))
    released = process(desk.gateway, entry)

    note = articles(desk, ticket)[-1]
    assert (ArticleKind.INTERNAL, False) == (note.kind, note.confirmed)
    assert isinstance(released, Outcome)
    assert "append_unconfirmed" == released.action
    (told,) = desk.outbox("specialist_answer")
    assert "not proven who wrote this" in text_of(desk, told)


def test_his_absence_note_is_a_line_in_the_story(desk: TestDesk) -> None:
    """Machines are recorded, whoever's they are."""
    ticket = ticket_with(desk)
    forward(desk, ticket)
    (asked,) = desk.outbox("forward")
    raw = desk.post.mail(PRINTER, asked.reply_to, "I am away", headers=[("Auto-Submitted", "auto-replied")])

    outcome = desk.take(raw, rcpt=[asked.reply_to], mail_from="")

    assert ("record", ticket.id) == (outcome.action, outcome.ticket_id)
    assert "auto_reply" == kinds(desk, ticket)[-1]
    assert [] == desk.outbox("specialist_answer")


def test_a_question_that_comes_back_is_told_as_what_it_is(desk: TestDesk) -> None:
    """Not as an answer to the customer that was lost; and nothing is held against the customer's address."""
    ticket = ticket_with(desk)
    forward(desk, ticket, text="What is it?")
    (asked,) = desk.outbox("forward")

    raw = mails.bounce(recipient=PRINTER, returned=asked.message_id)
    outcome = desk.take(raw, rcpt=[asked.mail_from], mail_from="")

    assert ("record", ticket.id) == (outcome.action, outcome.ticket_id)
    (told,) = desk.outbox("undeliverable")
    assert (PRINTER, "What is it?") == (dict(told.values)["recipient"], dict(told.values)["text"])
    with desk.store.reading() as tx:
        assert look_up(tx, PRINTER, desk.clock.now())
        assert look_up(tx, CUSTOMER, desk.clock.now()) is None


def test_asked_twice_he_is_one_participant(any_desk: TestDesk) -> None:
    """Each of his answers counts, on either address; his role stays."""
    ticket = ticket_with(any_desk)
    forward(any_desk, ticket)
    forward(any_desk, ticket, text="And now?")
    first, second = any_desk.outbox("forward")
    for asked in (first, second):
        assert "append" == reply(any_desk, asked, f"answer to {asked.message_id[-30:]}").action

    with any_desk.store.reading() as tx:
        (one,) = participants(tx, ticket.id)
    assert (PRINTER, Role.SPECIALIST, "Kim") == (one.address, one.role, one.by)


def test_the_configuration_names_addresses_and_domains() -> None:
    """What is neither is refused, with the key."""
    base = '[gateway]\nsupport_addresses=["a@desk.test"]\nreply_domain="r.desk.test"\n[desk]\nspecialists='
    good = parse(tomllib.loads(base + '["joe@print.test", "@Print.test"]'), "x.toml")
    assert ("joe@print.test", "@print.test") == good.desk.specialists
    for wrong in ("print.test", "@", "@local", "joe@"):
        with pytest.raises(ConfigError, match="desk"):
            parse(tomllib.loads(f'{base}["{wrong}"]'), "x.toml")
