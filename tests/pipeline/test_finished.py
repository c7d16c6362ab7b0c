"""Mail into finished tickets: ratings, and closed tickets that come back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.model import ArticleKind, Ticket, TicketState
from gateway.outbox.outgoing import Outgoing
from gateway.pipeline.machines import TABLE
from gateway.store.outcomes import Outcome
from gateway.store.schema.desk import LetterRow
from gateway.tickets import change, letters, letters_clock
from gateway.tickets.letters_whom import MAY_BE_ANSWERED
from gateway.tickets.state import Happening
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk

ABSENT = [("Auto-Submitted", "auto-replied")]


def finished(desk: TestDesk, happening: Happening = Happening.SOLVED) -> Ticket:
    """A customer's ticket that the desk answered and finished."""
    ticket = desk.ticket(desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails")))
    at = desk.clock.now()
    with desk.store.transaction() as tx:
        change.add_text(tx, ticket, kind=ArticleKind.OUT, author=AGENT, author_name="Kim", text="Try", at=at)
        return change.move(tx, ticket, happening, actor="Kim", at=at)


def asked(desk: TestDesk, ticket: Ticket) -> Outgoing:
    """He is asked how it went."""
    with desk.store.transaction() as tx:
        assert letters_clock.send_feedback(tx, desk.gateway.desk, ticket, at=desk.clock.now())
    return desk.outbox("feedback")[-1]


def reply(desk: TestDesk, to: Outgoing, text: str, *, author: str = CUSTOMER, **options: object) -> Outcome:
    """Press Reply and write."""
    raw = desk.post.mail(author, to.reply_to, text, answers=to.message_id, **options)  # type: ignore[arg-type]
    return desk.take(raw, rcpt=[to.reply_to])


def ratings(desk: TestDesk) -> list[int | None]:
    """What was recorded."""
    with desk.store.reading() as tx:
        return list(tx.execute(select(LetterRow.rating).order_by(LetterRow.id)).scalars())


@pytest.mark.parametrize("happening", [Happening.SOLVED, Happening.CLOSED])
@pytest.mark.parametrize(("text", "value"), [("5", 5), ("very good", 5), ("4\n\nKind regards\nAnn", 4), ("3", 3)])
def test_a_rating_is_recorded_and_the_ticket_stays_finished(
    fast_desk: TestDesk, happening: Happening, text: str, value: int
) -> None:
    """No agent is disturbed, nothing is answered; the story tells it, and the mail is an article."""
    ticket = finished(fast_desk, happening)
    before = len(fast_desk.outbox()) + 1
    outcome = reply(fast_desk, asked(fast_desk, ticket), text)

    assert ("append", ticket.id) == (outcome.action, outcome.ticket_id)
    assert [value] == ratings(fast_desk)
    assert ticket.state is fast_desk.ticket(outcome).state
    assert before == len(fast_desk.outbox())
    assert f"the customer gives {value} of 5" in [event.detail for event in fast_desk.events(outcome)]


def test_a_bad_mark_and_every_word_are_shown_to_agents(fast_desk: TestDesk) -> None:
    """A complaint brings the ticket back; praise leaves it where it is."""
    for text, value, state in (
        ("2", 2, TicketState.SOLVED),
        ("5, you were very quick", 5, TicketState.SOLVED),
        ("1, it still fails", 1, TicketState.WAITING_FOR_US),
    ):
        fast_desk.clock.at += timedelta(days=2)  # or the limits of automatic mail would say no
        ticket = finished(fast_desk)
        told = len(fast_desk.outbox("notification"))
        outcome = reply(fast_desk, asked(fast_desk, ticket), text)

        assert value == ratings(fast_desk)[-1]
        assert (state, told + 1) == (fast_desk.ticket(outcome).state, len(fast_desk.outbox("notification"))), text


def test_the_last_word_counts(fast_desk: TestDesk) -> None:
    """He may think again, as long as the question is open."""
    ticket = finished(fast_desk)
    question = asked(fast_desk, ticket)
    reply(fast_desk, question, "1")
    reply(fast_desk, question, "Sorry, I meant 5")
    assert [1] == ratings(fast_desk)
    reopened = reply(fast_desk, question, "5")

    assert "append" == reopened.action
    assert [1] == ratings(fast_desk), "his second mail brought the ticket back, and with it ended the question"


@pytest.mark.parametrize(
    ("author", "options"),
    [(STRANGER, {}), (CUSTOMER, {"signed": False}), ("joe@signed.test", {}), (CUSTOMER, {"headers": ABSENT})],
)
def test_nobody_else_rates(fast_desk: TestDesk, author: str, options: dict[str, object]) -> None:
    """Not with a leaked reply address, not in his name, not his machine."""
    ticket = finished(fast_desk)
    reply(fast_desk, asked(fast_desk, ticket), "5", author=author, **options)

    assert [None] == ratings(fast_desk)


def test_a_number_is_no_rating_where_nobody_asked(fast_desk: TestDesk) -> None:
    """Another mail of the ticket, or a new one: it is what a customer writes, and brings the ticket back."""
    ticket = finished(fast_desk)
    receipt = fast_desk.outbox("receipt")[-1]
    outcome = reply(fast_desk, receipt, "5")

    assert TicketState.WAITING_FOR_US is fast_desk.ticket(outcome).state
    assert ticket.id == outcome.ticket_id
    assert [] == ratings(fast_desk)


def test_a_number_without_our_reply_address_is_no_rating(fast_desk: TestDesk) -> None:
    """A thread alone proves too little."""
    question = asked(fast_desk, finished(fast_desk))
    fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, "5", answers=question.message_id))

    assert [None] == ratings(fast_desk)


def test_who_brings_a_closed_ticket_back_hears_that_it_is_open_again(fast_desk: TestDesk) -> None:
    """Once, in place of a receipt, also where he answers the mail that said it is closed; in answer to his mail."""
    ticket = finished(fast_desk, Happening.CLOSED)
    with fast_desk.store.transaction() as tx:
        assert letters.send_closed(tx, fast_desk.gateway.desk, ticket, at=fast_desk.clock.now())
    closing = fast_desk.outbox("closed")[-1]
    for _ in range(2):
        outcome = reply(fast_desk, closing, "No, it still fails")
    (mail,) = fast_desk.outbox("reopened")

    assert TicketState.WAITING_FOR_US is fast_desk.ticket(outcome).state
    assert 1 == len(fast_desk.outbox("receipt"))
    assert (CUSTOMER, True, False) == (mail.recipient.address, mail.limited, mail.unasked)
    assert mail.in_reply_to.endswith("@bread.test>")
    assert "Auto-Submitted: auto-replied\r\n" in fast_desk.letter(mail).data.decode()
    assert mail.reply_to.partition("-")[0] == "r1"


@pytest.mark.parametrize(
    "case", ["solved", "unsigned", "a machine", "asks for silence", "another person", "another envelope"]
)
def test_nobody_else_hears_that_it_is_open_again(fast_desk: TestDesk, case: str) -> None:
    """A solved ticket goes on without a word; below A2 nothing leaves; nor to machines, nor to another address."""
    finished(fast_desk, Happening.SOLVED if case == "solved" else Happening.CLOSED)
    receipt = fast_desk.outbox("receipt")[-1]
    headers = {"a machine": ABSENT, "asks for silence": [("X-Auto-Response-Suppress", "All")]}.get(case, [])
    author = STRANGER if case == "another person" else CUSTOMER
    raw = fast_desk.post.mail(author, receipt.reply_to, "It still fails", headers=headers, signed=case != "unsigned")
    mail_from = "other@bread.test" if case == "another envelope" else author
    fast_desk.take(raw, rcpt=[receipt.reply_to], mail_from=mail_from)

    assert [] == fast_desk.outbox("reopened")


def test_a_ticket_that_was_closed_long_ago_is_not_open_again(fast_desk: TestDesk) -> None:
    """What comes opens a new one, with its own receipt."""
    finished(fast_desk, Happening.CLOSED)
    receipt = fast_desk.outbox("receipt")[-1]
    fast_desk.clock.at += timedelta(days=31)
    raw = fast_desk.post.mail(CUSTOMER, receipt.reply_to, "It fails again")
    outcome = fast_desk.take(raw, rcpt=[receipt.reply_to], mail_from=CUSTOMER)

    assert "open" == outcome.action
    assert [] == fast_desk.outbox("reopened")
    assert 2 == len(fast_desk.outbox("receipt"))


def test_who_may_get_mail_by_the_clock_is_who_may_get_a_receipt() -> None:
    """The two tables agree."""
    assert {mail_class.value for mail_class, row in TABLE.items() if row.ack} == MAY_BE_ANSWERED
