"""What agents are told of a mail: who, how far that is proven, what is on file, and what is for their eyes only."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from gateway.accounts.sender import Standing
from gateway.authn.result import Grade
from gateway.hours.desk_hours import DeskHours
from gateway.mail.message import Address, Message
from gateway.matching.token import Strength
from gateway.model import Account, AccountAddress, Agent, Order, Priority, Shop, TicketState
from gateway.outbox.compose import Composer, compose
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.scrub import scrub
from gateway.render import Renderer
from gateway.store.accounts import put_accounts
from gateway.store.agents import put_agents
from gateway.tickets.overview import also_addressed
from gateway.tickets.words import WORDS, words_of
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk

RICH = replace(
    BAKERY,
    plan="Pro",
    notes="Pays late.",
    shops=(Shop(id="s1", domain="bread.test"), Shop(id="s2", domain="cake.test")),
    orders=tuple(Order(number=f"47{number}", status="paid", total="49.00 EUR") for number in range(9)),
)


ON_FILE = ("account", "shop", "shops", "phone", "orders", "recent", "earlier", "notes")
TOLD = {
    "account": ("771177", "Bakery"),
    "shops": ("bread-shop.test", "cake.test"),
    "plan": ("Pro",),
    "phone": ("+30 210 1", "#call"),
    "orders": ("470", "49.00"),
    "tickets": ("Old matter",),
    "notes": ("Pays late.",),
}
"""What each field of `[desk] overview` brings, and nothing else does."""
CHOSEN = replace(
    RICH,
    id="771177",
    shops=(Shop(id="s1", domain="bread-shop.test"), Shop(id="s2", domain="cake.test")),
    addresses=(AccountAddress(address=CUSTOMER, verified=True),),
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


def with_overview(desk: TestDesk, *fields: str) -> TestDesk:
    """The same desk, whose configuration lists these fields."""
    gateway = desk.gateway
    return TestDesk(replace(gateway, desk=replace(gateway.desk, overview=fields)), desk.spool, desk.clock)


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
    """On one screen: grade, account, plan, phone, shop, topic, deadline; then the mail; then what else is on file."""
    desk.put_accounts(RICH)
    for number in range(5):
        desk.take(desk.post.mail(CUSTOMER, SUPPORT, "x", subject=f"Old matter {number}"), mail_from=CUSTOMER)
    desk.clock.at += timedelta(days=31)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "x", subject="Last week"), mail_from=CUSTOMER)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "My cake.test is down."), mail_from=CUSTOMER)
    text = read(desk, desk.outbox("notification")[-1])
    head, _, below = text.partition("--- end of internal ---")
    mail, _, rest = below.partition("--- internal ---")

    for line in (
        "From: ann@bread.test",
        "Proven: the author's domain signed this mail. (A3)",
        "The address is verified on an account. (S2)",
        "Ticket 7: new, normal priority, nobody has it",
        "Account: 7 Bakery (Pro)",
        "Phone: +30 210 1",
        "Shop: cake.test; other shops: bread.test",
        "Answer by: Friday 2 October at 17:00",
        "Other tickets in the last 30 days: 1",
    ):
        assert line in head, line
    for lines in (
        "\n470, paid, 49.00 EUR\n471, paid, 49.00 EUR\n472, paid, 49.00 EUR\n\n",
        "\n6, 2026-10-02, new: Last week\n5, 2026-09-01, new: Old matter 4\n4, 2026-09-01, new: Old matter 3\n\n",
        "\nPays late.\n",
    ):
        assert lines in rest, lines
    assert "not proven" not in head
    assert "My cake.test is down." in mail
    assert 12 >= sum(line.startswith(("-", "  ")) and "Spam" not in line for line in head.split("\n")[4:])
    assert len(text.split("\n")) <= 60
    assert 80 >= max(map(len, text.split("\n")))


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
    assert {""} == {away[name] for name in (*ON_FILE, "identity")}
    assert "second" == away["text"].strip()
    assert "#call" not in away["commands"]


@pytest.mark.parametrize("language", WORDS)
def test_every_grade_and_state_has_its_words(language: str) -> None:
    """A new one cannot be forgotten; T0 says nothing, for there is nothing to say."""
    words = words_of(f"{language}-XX")

    assert WORDS[language] is words
    assert {grade.value for grade in Grade} == set(words.grades)
    assert {standing.value for standing in Standing} == set(words.standings)
    assert {strength.value for strength in Strength} - {"T0"} == set(words.strengths)
    assert set(TicketState) == set(words.states)
    assert set(Priority) == set(words.priorities)
    assert "{}" in words.taken
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
    hire(desk, Agent(name="a0", address="a0@desk.test"))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)  # the first mail of all takes some more
    hire(desk, *(Agent(name=f"a{number}", address=f"a{number}@desk.test") for number in range(9)))
    many = statements_of_a_mail(desk)
    hire(desk, Agent(name="a0", address="a0@desk.test"))
    one = statements_of_a_mail(desk)

    assert 1 + 9 + 1 == len(desk.outbox("notification"))
    assert 8 == many - one


def statements_of_a_mail(desk: TestDesk) -> int:
    """How many statements a mail of the customer takes."""
    traced: list[str] = []
    with suppress(KeyError), desk.store.transaction():
        raise KeyError  # the connection of a transaction that failed is not kept: the next one checks out another
    event.listen(desk.store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(traced.append))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    with suppress(KeyError), desk.store.transaction():
        raise KeyError
    event.listen(desk.store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(None))
    return sum(statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE")) for statement in traced)


@pytest.mark.parametrize("field", [*TOLD, "nothing"])
def test_only_what_the_configuration_lists_is_told(desk: TestDesk, field: str) -> None:
    """Each field by itself: its own words appear in the notification and on the card for a call, no other's do."""
    with desk.store.transaction() as tx:
        put_accounts(tx, [replace(BAKERY, addresses=()), CHOSEN], desk.clock.now())
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "first", subject="Old matter"), mail_from=CUSTOMER)
    chosen = with_overview(desk, *({field} & set(TOLD)))
    chosen.post.count = 10
    chosen.take(chosen.post.mail(CUSTOMER, SUPPORT, "second", subject="New one"), mail_from=CUSTOMER)
    told = chosen.outbox("notification")[-1]
    chosen.take(chosen.post.mail(AGENT, told.reply_to, "#call"), rcpt=[told.reply_to], mail_from=AGENT)
    (card,) = chosen.outbox("call")
    known = {name: value for name, value in told.values if name in (*ON_FILE, "identity", "commands")}
    on_card = {name: value for name, value in card.values if name in ("account", "shop", "shops", "phone", "tel")}

    for each, words in TOLD.items():
        for word in words:
            assert (each == field) is (word in repr(known)), (word, known)
            assert each == field or word not in repr(on_card), (word, on_card)
    assert (field == "phone") is (dict(card.values)["phone"] != "")


@pytest.mark.parametrize("language", WORDS)
def test_the_subject_never_changes_and_the_thread_has_one_root(desk: TestDesk, language: str) -> None:
    """Gmail and Outlook put mails of one subject together, Apple Mail and mutt those of one thread (RFC 5322 §3.6.4).

    Whoever has it, however pressing it is, wherever it stands.
    """
    hire(desk, Agent(name="Kim", address=AGENT, languages=(language,)))
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "first"), mail_from=CUSTOMER)
    first = desk.outbox("notification")[-1]
    for text in ("#priority urgent\n#take", "An answer.\n#solved"):
        desk.take(desk.post.mail(AGENT, first.reply_to, text), rcpt=[first.reply_to], mail_from=AGENT)
    answers = {"answers": "<1@bread.test>"}
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "Not yet.", subject="Re: Payment fails", **answers), mail_from=CUSTOMER)
    second = desk.outbox("notification")[-1]
    heads = [message_from_bytes(desk.letter(each).data, policy=default) for each in (first, second)]
    words = WORDS[language]

    assert dict(first.values)["state"] != dict(second.values)["state"]
    assert words.priorities[Priority.URGENT] == dict(second.values)["priority"]
    assert words.yours == dict(second.values)["holder"]
    assert [f"{NOUN.get(language, 'Ticket')} {outcome.ticket_id}: Payment fails"] * 2 == [
        str(head["Subject"]) for head in heads
    ]
    ref = f"<ticket-{outcome.ticket_id}@reply.desk.test>"
    assert [(ref, ref)] * 2 == [(str(head["In-Reply-To"]), str(head["References"])) for head in heads]
    assert heads[0]["Message-ID"] != heads[1]["Message-ID"]


NOUN = {"el": "Αίτημα"}


def test_screenshots_are_shown_below_the_mail_they_came_with(desk: TestDesk) -> None:
    """Attached ones, too; each by an address of our own that is in the same mail, before what is internal."""
    raw = desk.post.mail(CUSTOMER, SUPPORT, "See there. <img src=cid:evil> [pictures]", attachment=PNG)
    desk.take(raw, mail_from=CUSTOMER)
    (told,) = desk.outbox("notification")
    composer = Composer(renderer=Renderer(), sender=Address(address=SUPPORT))
    blobs = {told.attachments[0].sha256: PNG}
    data = compose(composer, told, outbox_id=1, created_at=desk.clock.now(), blobs=blobs).data
    message = message_from_bytes(data, policy=default)
    body = message.get_body(("html",))
    assert body is not None
    html = str(body.get_content())
    shown = [part for part in message.walk() if part.get_content_maintype() == "image"]

    assert [PNG] == [part.get_content() for part in shown]
    assert [str(shown[0]["Content-ID"])[1:-1]] == re.findall(r'<img src="cid:([^"]+)"', html)
    assert 1 == html.count("<img")
    assert html.index("See there.") < html.index("<img") < html.rindex("--- internal ---")
    assert "&lt;img src=cid:evil&gt; [pictures]" in html


def test_a_late_ticket_says_so_by_the_desks_clock(desk: TestDesk) -> None:
    """In words, where the desk is; nothing where it does not wait for us."""
    desk = TestDesk(
        replace(
            desk.gateway,
            desk=replace(desk.gateway.desk, hours=replace(DeskHours(), zone=ZoneInfo("Europe/Athens"))),
        ),
        desk.spool,
        desk.clock,
    )
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "first", message_id="<1@bread.test>"), mail_from=CUSTOMER)
    early = read(desk, desk.outbox("notification")[-1])
    desk.clock.at += timedelta(days=2)
    raw = desk.post.mail(CUSTOMER, SUPPORT, "Hello?", subject="Re: Payment fails", answers="<1@bread.test>")
    desk.take(raw, mail_from=CUSTOMER)
    late = read(desk, desk.outbox("notification")[-1])

    assert "- Answer by: Wednesday 2 September at 11:00\n" in early  # 8:00 UTC is 11:00 there
    assert "- Should have been answered by: Wednesday 2 September at 11:00\n" in late


def test_the_thread_below_is_short(desk: TestDesk) -> None:
    """The beginning of each earlier mail, and that there is more."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "A line.\n\n" * 200), mail_from=CUSTOMER)
    (receipt,) = desk.outbox("receipt")
    desk.take(desk.post.mail(CUSTOMER, receipt.reply_to, "More."), rcpt=[receipt.reply_to], mail_from=CUSTOMER)
    thread = dict(desk.outbox("notification")[-1].values)["thread"]

    assert ["2026-09-01 08:00 ann@bread.test:", *["A line."] * 11, "A line. […]"] == thread.split("\n")
