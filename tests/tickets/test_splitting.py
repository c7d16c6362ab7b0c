"""`#split`: the customer's newest mail becomes a ticket of its own, and can be taken back."""

from dataclasses import replace

from gateway.model import Agent, Ticket, TicketState
from gateway.store.agents import put_agents
from gateway.store.outcomes import outcome_of
from gateway.store.tickets import attachments, update_ticket
from gateway.tickets import splitting
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.tickets.story import DESIGNER, KIM, again, answer, articles, do, invite, kinds, reply, ticket_with

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def split(desk: TestDesk, ticket: Ticket, subject: str = "") -> str:
    """Kim splits it."""
    now = again(desk, ticket)
    return do(
        desk,
        lambda tx: splitting.split(tx, desk.gateway.desk, now, agent=KIM, subject=subject, at=desk.clock.now()),
    )


def with_a_second_mail(desk: TestDesk, *, message_id: str = "<second@bread.test>") -> Ticket:
    """A ticket whose customer has written about something else."""
    ticket = ticket_with(desk, "the first matter")
    told = answer(desk, ticket)
    raw = desk.post.mail(
        CUSTOMER,
        told.reply_to,
        "quite another matter",
        subject="Re: Payment",
        answers=told.message_id,
        message_id=message_id,
        attachment=PICTURE,
    )
    desk.take(raw, rcpt=[told.reply_to], mail_from=CUSTOMER)
    return again(desk, ticket)


def test_the_newest_mail_is_a_ticket_of_its_own(any_desk: TestDesk) -> None:
    """Of the same owner; what answers that mail is in it; the agent has a notification of it; both stories tell."""
    ticket = with_a_second_mail(any_desk)
    mail = articles(any_desk, ticket)[-1]
    sent = len(any_desk.outbox())

    said = split(any_desk, ticket, "Another matter\nthan that")

    (told,) = any_desk.outbox()[sent:]
    assert told.ticket_id is not None
    new = again(any_desk, replace(ticket, id=told.ticket_id))
    assert f"is ticket {new.id} now: “Another matter than that”." in said
    assert (TicketState.NEW, "Another matter than that") == (new.state, new.subject)
    same = ("correspondent", "correspondent_name", "confirmed", "account_id", "shop_id", "language", "assignee")
    assert all(getattr(ticket, field) == getattr(new, field) for field in same)
    assert ["quite another matter"] == [each.reply for each in articles(any_desk, new)]
    assert 2 == len(articles(any_desk, ticket))
    assert ("notification", AGENT) == (told.template, told.recipient.address)
    assert "quite another matter" in dict(told.values)["text"]
    assert "1. shot.png (image/png" in dict(told.values)["attachments"]
    assert "T3" in dict(told.values)["proof"]
    with any_desk.store.reading() as tx:
        assert 1 == len(attachments(tx, mail.id))
        outcome = outcome_of(tx, mail.entry_id or "")
    assert outcome
    assert new.id == outcome.ticket_id
    raw = any_desk.post.mail(CUSTOMER, SUPPORT, "one more thing", answers=mail.message_id)
    assert new.id == any_desk.take(raw, mail_from=CUSTOMER).ticket_id
    assert kinds(any_desk, ticket)[-1] == "split"
    assert {"opened", "split"} <= set(kinds(any_desk, new))


def test_an_answer_in_the_new_ticket_goes_to_the_customer_and_comes_back_there(desk: TestDesk) -> None:
    """The notification that the agent got carries him on; the old address leads to the old ticket."""
    ticket = with_a_second_mail(desk)
    old = desk.outbox("answer")[-1]
    split(desk, ticket)
    told = desk.outbox("notification")[-1]
    desk.take(desk.post.mail(AGENT, told.reply_to, "about the other"), rcpt=[told.reply_to], mail_from=AGENT)
    new = desk.outbox("answer")[-1]

    assert (CUSTOMER, told.ticket_id) == (new.recipient.address, new.ticket_id)
    assert "<second@bread.test>" == new.in_reply_to
    assert told.ticket_id == reply(desk, new, "to the new one").ticket_id
    assert ticket.id == reply(desk, old, "to the old one").ticket_id


def test_a_split_is_taken_back(any_desk: TestDesk) -> None:
    """The mail is where it was, and what leads to the new ticket leads there as well."""
    ticket = with_a_second_mail(any_desk)
    before = articles(any_desk, ticket)
    split(any_desk, ticket)
    told = any_desk.outbox("notification")[-1]
    new_id = told.ticket_id or 0

    said = do(
        any_desk,
        lambda tx: splitting.unsplit(tx, again(any_desk, ticket), new=new_id, agent=KIM, at=any_desk.clock.now()),
    )

    assert f"The mail of ticket {new_id} is in ticket {ticket.id} again." == said
    assert before == articles(any_desk, ticket)
    new = again(any_desk, replace(ticket, id=new_id))
    assert (TicketState.CLOSED, ticket.id) == (new.state, new.merged_into)
    raw = any_desk.post.mail(AGENT, told.reply_to, "an answer", answers=told.message_id)
    assert ticket.id == any_desk.take(raw, rcpt=[told.reply_to], mail_from=AGENT).ticket_id


def test_a_split_that_has_gone_on_is_not_taken_back(desk: TestDesk) -> None:
    """What came since would be lost in it."""
    ticket = with_a_second_mail(desk)
    split(desk, ticket)
    told = desk.outbox("notification")[-1]
    desk.take(desk.post.mail(AGENT, told.reply_to, "an answer"), rcpt=[told.reply_to], mail_from=AGENT)
    new_id = told.ticket_id or 0

    said = do(desk, lambda tx: splitting.unsplit(tx, ticket, new=new_id, agent=KIM, at=desk.clock.now()))

    assert "has gone on since" in said
    assert 2 == len(articles(desk, ticket))


def test_there_must_be_something_to_split(desk: TestDesk) -> None:
    """One mail, be it answered, or none that is proven."""
    ticket = ticket_with(desk)
    stranger = desk.ticket(desk.take(desk.post.mail("eve@unsigned.test", SUPPORT, "hello")))

    assert "holds only this one mail" in split(desk, ticket)
    assert "no mail that is proven" in split(desk, stranger)
    with desk.store.reading() as tx:
        assert "holds only this one mail" in splitting.problem(tx, ticket)
    assert "split" not in kinds(desk, ticket)
    answer(desk, ticket)
    assert "holds only this one mail" in split(desk, ticket)


def test_only_the_customers_own_and_proven_mail_is_split_off(desk: TestDesk) -> None:
    """A newer one of an invited person, or one that is not proven to be his, stays."""
    ticket = with_a_second_mail(desk)
    told = desk.outbox("answer")[-1]
    reply(desk, told, f"please ask {DESIGNER}")
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    reply(desk, asked, "the designer's")
    reply(desk, told, "somebody else's", author=STRANGER)

    split(desk, ticket)

    new = again(desk, replace(ticket, id=desk.outbox("notification")[-1].ticket_id or 0))
    assert [f"please ask {DESIGNER}"] == [each.reply for each in articles(desk, new)]


def test_who_splits_is_told_and_so_is_who_has_the_ticket(desk: TestDesk) -> None:
    """He goes on from his own notification."""
    lee = Agent(name="Lee", address="lee@desk.test")
    do(desk, lambda tx: put_agents(tx, [KIM, lee]))
    ticket = with_a_second_mail(desk)
    do(desk, lambda tx: update_ticket(tx, replace(again(desk, ticket), assignee=lee.address)))
    sent = len(desk.outbox())

    split(desk, ticket)

    assert {AGENT, lee.address} == {mail.recipient.address for mail in desk.outbox()[sent:]}
