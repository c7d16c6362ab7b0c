"""What agents are told of a mail: who, how far that is proven, what is on file, and what is for their eyes only."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import event

from gateway.accounts.sender import Standing
from gateway.authn.result import Grade
from gateway.mail.message import Address, Message
from gateway.matching.token import Strength
from gateway.model import Account, AccountAddress, Agent, Order, Shop, TicketState
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.scrub import scrub
from gateway.store.accounts import put_agents
from gateway.tickets.overview import also_addressed
from gateway.tickets.words import WORDS, words_of
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk

RICH = replace(
    BAKERY,
    plan="Pro",
    shops=(Shop(id="s1", domain="bread.test"), Shop(id="s2", domain="cake.test")),
    orders=tuple(Order(number=f"47{number}", status="paid", total="49.00 EUR") for number in range(9)),
)


def read(desk: TestDesk, outgoing: Outgoing) -> str:
    """The plain text of a notification as it leaves."""
    part = message_from_bytes(desk.letter(replace(outgoing, attachments=())).data, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def hire(desk: TestDesk, *agents: Agent) -> None:
    """These are the agents from now on."""
    with desk.store.transaction() as tx:
        put_agents(tx, agents)


def test_the_head_says_who_writes_and_that_it_is_proven(desk: TestDesk) -> None:
    """On one screen: grade, account, plan, phone, orders, other tickets; then the mail; then what went before."""
    desk.put_accounts(RICH)
    for number in range(5):
        desk.take(desk.post.mail(CUSTOMER, SUPPORT, "x", subject=f"Old matter {number}"), mail_from=CUSTOMER)
    desk.clock.at += timedelta(days=31)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "x", subject="Last week"), mail_from=CUSTOMER)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "My cake.test is down."), mail_from=CUSTOMER)
    text = read(desk, desk.outbox("notification")[-1])
    head = text.partition("--- end of internal ---")[0]

    for line in (
        "From: ann@bread.test",
        "Proven: the author's domain signed this mail. (A3)",
        "The address is verified on an account. (S2)",
        "Ticket: 7, new",
        "Account: 7 Bakery (Pro)",
        "Phone: +30 210 1",
        "  470, paid, 49.00 EUR\n  471, paid, 49.00 EUR\n  472, paid, 49.00 EUR\n-",
        "Other tickets in the last 30 days: 1",
        "  6, 2026-10-02, new: Last week\n  5, 2026-09-01, new: Old matter 4\n  4, 2026-09-01, new: Old matter 3\n-",
    ):
        assert line in head, line
    assert "not proven" not in head
    assert len(text.split("\n")) <= 50
    assert "My cake.test is down." in text.partition("--- end of internal ---")[2]


def test_a_mail_that_is_not_proven_says_so_before_anything_else(desk: TestDesk) -> None:
    """The account it claims is shown as claimed; a stranger has none."""
    desk.put_accounts(replace(RICH, addresses=(AccountAddress(address=STRANGER, verified=True),)))
    desk.take(desk.post.mail(STRANGER, SUPPORT), mail_from=STRANGER)
    desk.take(desk.post.mail("joe@signed.test", SUPPORT), mail_from="joe@signed.test")
    claimed, stranger = (read(desk, mail) for mail in desk.outbox("notification"))

    assert "It is not proven who wrote this: say nothing about an account" in claimed.partition("- From:")[0]
    assert "Account, not proven to be the author's: 7 Bakery (Pro)" in claimed
    assert "(A1)\n  The address is verified on an account. (S2)" in claimed
    assert "Only the address is proven, not that it is a customer's" in stranger.partition("- From:")[0]
    assert "Account" not in stranger
    assert "The address is not known to us. (S0)" in stranger


def test_one_address_of_two_accounts_shows_both(desk: TestDesk) -> None:
    """The agent sees which ones it may be of, and all their shops."""
    other = Account(
        id="8",
        name="Cakes",
        shops=(Shop(id="c", domain="cake.test"),),
        addresses=(AccountAddress(address=CUSTOMER, verified=True),),
    )
    desk.put_accounts(other)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    values = dict(desk.outbox("notification")[-1].values)

    assert ("7 Bakery\n8 Cakes", "bread.test, cake.test") == (values["account"], values["shops"])


def test_each_agent_is_told_in_his_language_and_only_at_the_desks_domain_of_accounts(desk: TestDesk) -> None:
    """Words, states and grades are his; a freelancer's mailbox elsewhere gets the mail, and nothing on file."""
    agents = [Agent(name=name, address=f"{name}@desk.test", languages=(name,)) for name in WORDS]
    outside = Agent(name="out", address="out@freelance.test", languages=("en",))
    hire(desk, *agents, outside, Agent(name="any", address="any@desk.test"))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "first"), mail_from=CUSTOMER)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "second"), mail_from=CUSTOMER)
    mails = {mail.recipient.address: mail for mail in desk.outbox("notification")[-7:]}

    for language, words in WORDS.items():
        mail = mails[f"{language}@desk.test"]
        text = read(desk, mail)
        assert language == mail.language
        assert f"{words.grades['A3']} (A3)\n  {words.standings['S2']} (S2)\n" in text
        assert words.states[TicketState.NEW] in text
        assert "+30 210 1" in text
    assert "en" == mails["any@desk.test"].language
    away = dict(mails["out@freelance.test"].values)
    assert {""} == {away[name] for name in ("account", "shop", "shops", "phone", "orders", "recent", "earlier")}
    assert "second" == away["text"].strip()


@pytest.mark.parametrize("language", WORDS)
def test_every_grade_and_state_has_its_words(language: str) -> None:
    """A new one cannot be forgotten; T0 says nothing, for there is nothing to say."""
    words = words_of(f"{language}-XX")

    assert WORDS[language] is words
    assert {grade.value for grade in Grade} == set(words.grades)
    assert {standing.value for standing in Standing} == set(words.standings)
    assert {strength.value for strength in Strength} - {"T0"} == set(words.strengths)
    assert set(TicketState) == set(words.states)
    assert WORDS["en"] is words_of("sv")


def test_who_else_was_addressed_is_named_and_gets_nothing(desk: TestDesk) -> None:
    """Not we, nor agents, nor the author (A-03)."""
    headers = (("Cc", f"Bob <bob@elsewhere.test>, {AGENT}, {CUSTOMER}, r1-x@reply.desk.test, BOB@elsewhere.test"),)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, headers=headers), mail_from=CUSTOMER)
    (notification,) = desk.outbox("notification")

    assert "bob@elsewhere.test" == dict(notification.values)["others"]
    assert "Also addressed to: bob@elsewhere.test (not part of the ticket, gets nothing)" in " ".join(
        read(desk, notification).split()
    )
    assert {AGENT, CUSTOMER} == {mail.recipient.address for mail in desk.outbox()}


def test_a_thousand_other_addressees_are_a_short_line(desk: TestDesk) -> None:
    """Some of them, and how many more were looked at."""
    message = Message(author=None, to=tuple(Address(address=f"a{number}@x.test") for number in range(1000)))
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    line = also_addressed(desk.gateway.desk, [], desk.ticket(outcome), message)

    assert line.startswith("a0@x.test, a1@x.test")
    assert line.endswith(", … (+72)")


def test_an_answer_that_goes_elsewhere_is_announced(desk: TestDesk) -> None:
    """Somebody writes on the customer's reply address: the agent sees both names (A-04)."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (receipt,) = desk.outbox("receipt")
    desk.take(desk.post.mail("eve@signed.test", receipt.reply_to), rcpt=[receipt.reply_to], mail_from="eve@signed.test")
    text = read(desk, desk.outbox("notification")[-1])

    assert "Your answer goes to ann@bread.test, who is not proven to be the author" in " ".join(text.split())
    assert "given to somebody else. (T2)" in text
    assert "answer goes to" not in read(desk, desk.outbox("notification")[0])


def test_all_but_the_mail_itself_is_internal(desk: TestDesk) -> None:
    """Also what was written earlier in the ticket, and the list of files (known gap of old)."""
    desk.put_accounts(RICH)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "Very first words."), mail_from=CUSTOMER)
    (receipt,) = desk.outbox("receipt") or desk.outbox("ask_shop")
    raw = desk.post.mail(CUSTOMER, receipt.reply_to, "More words.", attachment=b"\x89PNG\r\n\x1a\n" + bytes(60))
    desk.take(raw, rcpt=[receipt.reply_to], mail_from=CUSTOMER)
    text = read(desk, desk.outbox("notification")[-1])

    assert "> Very first words." in text
    assert "shot.png (image/png, 1 kB, sha256 " in text
    assert [
        "##- Please type your reply above this line -##",
        "ann@bread.test wrote:",
        "More words.",
    ] == [line for line in scrub(text).split("\n") if line]


def test_more_agents_cost_no_more_look_ups(desk: TestDesk) -> None:
    """Eight more agents are eight more rows in the outbox, and nothing else."""
    hire(desk, *(Agent(name=f"a{number}", address=f"a{number}@desk.test") for number in range(9)))
    many = statements_of_a_mail(desk)
    hire(desk, Agent(name="a0", address="a0@desk.test"))
    one = statements_of_a_mail(desk)

    assert 9 + 1 == len(desk.outbox("notification"))
    assert 8 == many - one


def statements_of_a_mail(desk: TestDesk) -> int:
    """How many statements a mail of the customer takes."""
    traced: list[str] = []
    event.listen(desk.store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(traced.append))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    event.listen(desk.store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(None))
    return sum(statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE")) for statement in traced)
