"""`#call` and `#called`: what stands on the card, who gets it, and what is kept of the call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import AccountAddress, Agent, ArticleKind, Shop, Ticket
from gateway.tickets import calling
from gateway.tickets.best_time import FEWEST, FIRST_HOUR, HOURS, LAST_HOUR, best_time
from tests.desk import AGENT, BAKERY, CUSTOMER, SUPPORT, TestDesk, sign
from tests.tickets.story import DESIGNER, KIM, answer, articles, do, invite, kinds, notes, reply, text_of, ticket_with

ATHENS = timezone(timedelta(hours=3))
DAY = timedelta(days=1)


def call(desk: TestDesk, ticket: Ticket, agent: Agent = KIM) -> str:
    """Kim asks for the card."""
    return do(desk, lambda tx: calling.call(tx, desk.gateway.desk, ticket, agent=agent, at=desk.clock.now()))


def called(desk: TestDesk, ticket: Ticket, text: str = "He will send it.", minutes: int | None = 5) -> str:
    """Kim says what was said."""
    return do(desk, lambda tx: calling.called(tx, ticket, agent=KIM, minutes=minutes, text=text, at=desk.clock.now()))


def html_of(desk: TestDesk, ticket: Ticket) -> str:
    """The card as HTML."""
    part = message_from_bytes(desk.letter(desk.outbox("call")[-1]).data, policy=default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_the_card_holds_what_the_caller_needs(any_desk: TestDesk) -> None:
    """Number, account, shops, the last first lines, and that a voice proves nothing; to him alone."""
    any_desk.put_accounts(replace(BAKERY, shops=(*BAKERY.shops, Shop(id="s2", domain="cake.test"))))
    ticket = ticket_with(any_desk, "The card reader is dead.\nIt was fine yesterday.")
    answer(any_desk, ticket, "Is it plugged in?")

    said = call(any_desk, ticket)

    (card,) = any_desk.outbox("call")
    text = text_of(any_desk, card)
    assert AGENT == card.recipient.address
    assert "The card for the call is on its way to you." == said
    for shown in (
        "- Phone: +30 210 1\n",
        "- Best time: not known",
        f"- Customer: {CUSTOMER}\n",
        "- Account: 7 Bakery\n",
        "cake.test",
        f"{CUSTOMER}: The card reader is dead.\n",
        f"{AGENT}: Is it plugged in?\n",
        "A voice proves nothing.",
        "#called 5",
    ):
        assert shown in text, shown
    assert "yesterday" not in text
    assert 'href="tel:+302101"' in html_of(any_desk, ticket)
    assert "tel:" not in text
    assert "call_card" == kinds(any_desk, ticket)[-1]
    assert "+30" not in said


@pytest.mark.parametrize(
    ("phone", "first", "tel", "others"),
    [
        ("+30 (210) 12-34, 0030 697 5", "+30 (210) 12-34", "+302101234", "0030 697 5"),
        ("210 1234 / 210 5678; 697", "210 1234", "2101234", "210 5678, 697"),
        ("ask for Ann", "ask for Ann", "", ""),
        ("++30+210", "++30+210", "+30210", ""),
        ("", "", "", ""),
    ],
)
def test_a_number_is_a_link_if_it_can_be_dialled(phone: str, first: str, tel: str, others: str) -> None:
    """As people write numbers."""
    values = dict(calling._phone_values(calling._phones([replace(BAKERY, phone=phone)])))

    assert {"phone": first, "tel": tel, "phones": others} == values


def test_without_a_number_the_card_says_so(desk: TestDesk) -> None:
    """And so does the confirmation."""
    desk.put_accounts(replace(BAKERY, phone=""))
    ticket = ticket_with(desk)

    assert "no telephone number is on file" in call(desk, ticket)
    assert "- Phone: no number is on file" in text_of(desk, desk.outbox("call")[-1])


def test_an_agent_of_another_domain_gets_no_account_data(desk: TestDesk) -> None:
    """Nor the number (design 5.10)."""
    away = Agent(name="Pat", address="pat@elsewhere.test", languages=("en",))
    ticket = ticket_with(desk)

    call(desk, ticket, away)

    text = text_of(desk, desk.outbox("call")[-1])
    assert "+30" not in text
    assert "Bakery" not in text


def test_an_account_that_is_only_claimed_is_shown_as_that(desk: TestDesk) -> None:
    """The number on file may be called: who answers there can say whether he wrote."""
    claimed = AccountAddress(address="joe@signed.test")
    desk.put_accounts(replace(BAKERY, addresses=(*BAKERY.addresses, claimed)))
    raw = desk.post.mail(claimed.address, SUPPORT, "hello")
    ticket = desk.ticket(desk.take(raw, mail_from=claimed.address))

    call(desk, ticket)

    text = text_of(desk, desk.outbox("call")[-1])
    assert "- Account, not proven to be the customer's: 7 Bakery" in text
    assert "+30 210 1" in text


def test_the_best_time_is_when_he_writes_by_his_own_clock(desk: TestDesk) -> None:
    """Over all his tickets; an invited person's hours are not his."""
    for hour in (10, 11, 11, 22):
        desk.clock.at = datetime(2026, 9, 2, hour, tzinfo=ATHENS) + DAY * desk.post.count
        ticket = ticket_in_his_time(desk)
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    for minute in range(9):
        reply(desk, asked, f"at night {minute}")

    call(desk, ticket)

    expected = "- Best time: 09:00–12:00 by the customer's clock, UTC+03:00: 3 of 4 mails came\nthen"
    assert expected.replace("\n", " ") in " ".join(text_of(desk, desk.outbox("call")[-1]).split())


def ticket_in_his_time(desk: TestDesk) -> Ticket:
    """A ticket whose mail bears his clock's offset; the harness writes the clock's time as UTC."""
    at = desk.clock.at
    raw = desk.post.mail(CUSTOMER, SUPPORT, f"ask {DESIGNER}", headers=[("X-Clock", "his")], signed=False)
    dated = raw.replace(
        f"{at.astimezone(UTC):%a, %d %b %Y %H:%M:%S} +0000".encode(), f"{at:%a, %d %b %Y %H:%M:%S %z}".encode()
    )
    assert raw != dated
    return desk.ticket(desk.take(sign(dated, "bread.test"), mail_from=CUSTOMER))


def at_hours(*hours: int, zone: timezone = ATHENS) -> list[datetime]:
    """Mails at these hours."""
    return [datetime(2026, 9, 1, hour, 30, tzinfo=zone) for hour in hours]


def test_too_few_mails_say_nothing() -> None:
    """Nor do mails at night, or without a clock of their own."""
    assert None is best_time([])
    assert None is best_time(at_hours(10, 10))
    assert None is best_time(at_hours(2, 2, 3, 3, 23))
    assert None is best_time(at_hours(8, 12, 16, 19))
    assert None is best_time([datetime(2026, 9, 1, 10)] * 5)  # noqa: DTZ001 # a Date field without a zone


def test_a_servers_clock_counts_only_where_there_is_no_other() -> None:
    """UTC may be anybody's."""
    mixed = best_time(at_hours(10, 10, 10) + at_hours(18, 18, 18, 18, zone=UTC))
    alone = best_time(at_hours(18, 18, 18, zone=UTC))

    assert mixed
    assert (8, "+03:00", 3, 3) == (mixed.begin, mixed.offset, mixed.seen, mixed.mails)
    assert alone
    assert "+00:00" == alone.offset


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 23), max_size=30))
def test_the_best_time_is_decent_and_no_other_is_better(hours: list[int]) -> None:
    """By day, of three hours, with at least three mails, and the most that any such time has."""
    found = best_time(at_hours(*hours))
    counts = [sum(b <= hour < b + HOURS for hour in hours) for b in range(FIRST_HOUR, LAST_HOUR - HOURS + 1)]

    if max(counts) < FEWEST:
        assert found is None
    else:
        assert found
        assert FIRST_HOUR <= found.begin < found.end == found.begin + HOURS <= LAST_HOUR
        assert (max(counts), len(hours)) == (found.seen, found.mails)


@pytest.mark.parametrize(
    ("minutes", "head"),
    [(5, "Telephone call, 5 minutes"), (1, "Telephone call, 1 minute"), (None, "Telephone call")],
)
def test_what_was_said_is_a_note(any_desk: TestDesk, minutes: int | None, head: str) -> None:
    """With how long it took; nothing leaves."""
    ticket = ticket_with(any_desk)
    sent = any_desk.outbox()

    said = called(any_desk, ticket, " He will send it.\n", minutes)

    assert [f"{head}\n\nHe will send it."] == notes(any_desk, ticket)
    note = articles(any_desk, ticket)[-1]
    assert (ArticleKind.INTERNAL, AGENT, "Kim") == (note.kind, note.author, note.author_name)
    assert "the customer gets nothing of it" in said
    assert "called" == kinds(any_desk, ticket)[-1]
    assert sent == any_desk.outbox()


def test_a_call_without_words_is_noted_too(desk: TestDesk) -> None:
    """Nobody answered."""
    ticket = ticket_with(desk)
    called(desk, ticket, "", None)

    assert ["Telephone call"] == notes(desk, ticket)
