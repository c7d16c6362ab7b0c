"""An agent forwards a customer's mail to the desk, or writes to a customer: what opens, and who hears of it."""

from collections.abc import Sequence
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest
from sqlalchemy import select

from gateway.model import Account, AccountAddress, Agent, Article, ArticleKind, TicketState
from gateway.outbox.outgoing import Outgoing
from gateway.pipeline.plan import Action
from gateway.store import outcomes, tickets
from gateway.store.agents import put_agents
from gateway.store.schema.outbox import OutboxRow
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk, sign

LEE = "lee@desk.test"
DOMAIN = "reply.desk.test"
ORIGINAL = "The payment of order 1234 fails, and I cannot see why."
FORWARD = """{comment}

---------- Forwarded message ---------
From: {author}
Date: Tue, 1 Sep 2026 at 10:00
Subject: Payment fails
To: <kim@desk.test>


{text}
"""


def forward(
    *, comment: str = "She called me about it.", author: str = f"Ann <{CUSTOMER}>", text: str = ORIGINAL
) -> str:
    """A mail as Gmail forwards it."""
    return FORWARD.format(comment=comment, author=author, text=text)


def passed_on(
    desk: TestDesk, text: str, *, answers: str = "", signed: bool = True, by: str = AGENT
) -> outcomes.Outcome:
    """An agent sends that to the desk."""
    raw = desk.post.mail(by, SUPPORT, text, subject="Fwd: Payment fails", answers=answers, signed=signed)
    return desk.take(raw, mail_from=by)


def written(desk: TestDesk, to: str, text: str = "Good morning, here is news.", *, by: str = AGENT) -> outcomes.Outcome:
    """An agent writes to an address at the reply domain."""
    address = f"{to}@{DOMAIN}"
    return desk.take(desk.post.mail(by, address, text, subject="News for you"), rcpt=[address], mail_from=by)


def articles(desk: TestDesk, outcome: outcomes.Outcome) -> list[Article]:
    """What the ticket holds."""
    assert outcome.ticket_id is not None
    with desk.store.reading() as tx:
        return tickets.articles(tx, outcome.ticket_id)


def to_outside(desk: TestDesk) -> list[Outgoing]:
    """Every mail to somebody who is not of the desk."""
    return [mail for mail in desk.outbox() if not mail.recipient.address.endswith("@desk.test")]


def two_agents(desk: TestDesk) -> None:
    """Kim and Lee."""
    with desk.store.transaction() as tx:
        put_agents(tx, [Agent(name="Kim", address=AGENT, languages=("en",)), Agent(name="Lee", address=LEE)])


def test_a_forwarded_mail_opens_a_ticket_of_its_author(desk: TestDesk) -> None:
    """His account is linked for the agents, nothing is proven of him, and nothing goes to him."""
    outcome = passed_on(desk, forward())
    ticket = desk.ticket(outcome)
    mail, note = articles(desk, outcome)

    assert Action.COMMANDS.value == outcome.action
    assert (CUSTOMER, "Ann", AGENT) == (ticket.correspondent, ticket.correspondent_name, ticket.reported_by)
    assert ("7", "s1", False, None) == (ticket.account_id, ticket.shop_id, ticket.confirmed, ticket.assignee)
    assert ("Payment fails", TicketState.NEW) == (ticket.subject, ticket.state)
    assert (ArticleKind.IN, CUSTOMER, ORIGINAL, False) == (mail.kind, mail.author, mail.text, mail.confirmed)
    assert (ArticleKind.INTERNAL, AGENT, "She called me about it.") == (note.kind, note.author, note.text)
    assert [] == to_outside(desk)


def test_agents_read_that_he_is_only_reported(fast_desk: TestDesk) -> None:
    """The one who forwarded it gets the notification, too, on his own address, and answers it like any other."""
    passed_on(fast_desk, forward())
    (told,) = fast_desk.outbox("notification")
    values = dict(told.values)
    fast_desk.take(fast_desk.post.mail(AGENT, told.reply_to, "It works now."), rcpt=[told.reply_to], mail_from=AGENT)
    (answer,) = fast_desk.outbox("answer")

    assert "Kim forwarded it, and nothing else says who wrote it" in values["identity"]
    assert "not proven" in values["caution"]
    assert ORIGINAL in values["text"]
    assert (AGENT, CUSTOMER) == (told.recipient.address, answer.recipient.address)


def test_a_command_above_the_mail_is_done(fast_desk: TestDesk) -> None:
    """`#take` makes the ticket his; the words below it stay inside."""
    two_agents(fast_desk)
    outcome = passed_on(fast_desk, forward(comment="#take\nI know her."))

    assert AGENT == fast_desk.ticket(outcome).assignee
    assert ["I know her."] == [each.text for each in articles(fast_desk, outcome) if each.kind is ArticleKind.INTERNAL]
    assert [AGENT] == [mail.recipient.address for mail in fast_desk.outbox("notification")]


def test_who_is_given_it_hears_of_it_once_and_the_agent_too(fast_desk: TestDesk) -> None:
    """Each has a reply address of his own."""
    two_agents(fast_desk)
    outcome = passed_on(fast_desk, forward(comment="#assign Lee\nYours."))
    told = fast_desk.outbox("notification")

    assert LEE == fast_desk.ticket(outcome).assignee
    assert [AGENT, LEE] == sorted(mail.recipient.address for mail in told)
    assert 2 == len({mail.reply_to for mail in told})


def test_half_a_command_above_the_mail_does_nothing(fast_desk: TestDesk) -> None:
    """No ticket opens; he gets his text back with what to mend."""
    outcome = passed_on(fast_desk, forward(comment="#tkae\nI know her."))
    (back,) = fast_desk.outbox("unused")

    assert outcome.ticket_id is None
    assert "#take" in dict(back.values)["problem"]
    assert ["unused"] == [mail.template for mail in fast_desk.outbox()]


def test_an_attached_mail_opens_its_ticket_and_later_mails_find_it(desk: TestDesk) -> None:
    """By the original's Message-ID, which her next mail refers to."""
    outcome = desk.take(attached(desk, original(desk)), mail_from=AGENT)
    (mail,) = [each for each in articles(desk, outcome) if each.kind is ArticleKind.IN]
    with desk.store.reading() as tx:
        files = tickets.attachments(tx, mail.id)
    later = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "Any news?", answers="<o1@bread.test>"), mail_from=CUSTOMER)

    assert ("<o1@bread.test>", ORIGINAL) == (mail.message_id, mail.text.strip())
    assert ["shot.png"] == [file.filename for file in files]
    assert (outcome.ticket_id, "append") == (later.ticket_id, later.action)


def test_a_mail_that_a_ticket_holds_becomes_a_note_there(desk: TestDesk) -> None:
    """By its Message-ID and by its words; the agent hears in which ticket it is."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT, ORIGINAL, message_id="<o1@bread.test>"), mail_from=CUSTOMER)
    by_id = desk.take(attached(desk, original(desk, text="Other words, for all that anybody knows.")), mail_from=AGENT)
    by_words = passed_on(desk, forward(comment="Once more."))

    assert first.ticket_id == by_id.ticket_id == by_words.ticket_id
    assert 2 == desk.story(first).count("forwarded_again")
    assert [ArticleKind.IN, ArticleKind.INTERNAL, ArticleKind.INTERNAL] == [each.kind for each in articles(desk, first)]
    assert [AGENT, AGENT] == [mail.recipient.address for mail in desk.outbox("known")]


def test_a_known_message_id_of_another_author_opens_a_ticket(fast_desk: TestDesk) -> None:
    """Whoever claims an id has no part in another's ticket by it."""
    first = fast_desk.take(
        fast_desk.post.mail(CUSTOMER, SUPPORT, ORIGINAL, message_id="<o1@bread.test>"), mail_from=CUSTOMER
    )
    mail = passed_on(fast_desk, forward(author=STRANGER, text="Tell me about her order."), answers="<o1@bread.test>")

    assert first.ticket_id != mail.ticket_id
    assert STRANGER == fast_desk.ticket(mail).correspondent
    assert "linked" in fast_desk.story(mail)


def test_a_stranger_who_is_forwarded_has_no_account(fast_desk: TestDesk) -> None:
    """Nor does an address that is on file but not verified."""
    fast_desk.put_accounts(BAKERY, Account(id="8", addresses=(AccountAddress(address="home@mail.test"),)))
    stranger = fast_desk.ticket(passed_on(fast_desk, forward(author=STRANGER)))
    known = fast_desk.ticket(passed_on(fast_desk, forward(author="home@mail.test", text="Another matter altogether.")))

    assert [(None, None), (None, None)] == [(each.account_id, each.shop_id) for each in (stranger, known)]


def test_a_forward_that_is_not_proven_to_be_the_agents_is_held(fast_desk: TestDesk) -> None:
    """His domain forbids it: the identity table holds it. Where it forbids nothing, it is held all the same."""
    with fast_desk.store.transaction() as tx:
        put_agents(tx, [Agent(name="Kim", address=AGENT), Agent(name="Lou", address="lou@loose.test")])
    forged = passed_on(fast_desk, forward(), signed=False)
    unproven = passed_on(fast_desk, forward(), signed=False, by="lou@loose.test")

    assert ["hold", "hold"] == [forged.action, unproven.action]
    assert "an agent's address" in unproven.why
    assert [] == fast_desk.outbox()


def test_a_customer_who_forwards_writes_for_himself(fast_desk: TestDesk) -> None:
    """It is an ordinary mail of his."""
    outcome = fast_desk.take(
        fast_desk.post.mail(CUSTOMER, SUPPORT, forward(author=STRANGER), subject="Fwd: x"), mail_from=CUSTOMER
    )

    assert (CUSTOMER, "") == (fast_desk.ticket(outcome).correspondent, fast_desk.ticket(outcome).reported_by)
    assert "open" == outcome.action


@pytest.mark.parametrize("author", [AGENT, SUPPORT, f"r1-{'0' * 30}@{DOMAIN}"])
def test_a_mail_of_the_desk_itself_is_no_customers(fast_desk: TestDesk, author: str) -> None:
    """Nobody becomes his own customer; it goes back."""
    outcome = passed_on(fast_desk, forward(author=author))

    assert (None, ["unused"]) == (outcome.ticket_id, [mail.template for mail in fast_desk.outbox()])


def test_a_notification_inside_of_a_forwarded_mail_leads_to_nothing(fast_desk: TestDesk) -> None:
    """Notes that it quotes would count as the customer's own words."""
    first = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, ORIGINAL), mail_from=CUSTOMER)
    text = fast_desk.letter(fast_desk.outbox("notification")[0]).data.decode().partition("\r\n\r\n")[2]
    marked = "##- Please type your reply above this line -##\n--- internal ---\nShe never pays."
    for body in (text, marked, "> " + marked.replace("\n", "\n> ")):
        outcome = passed_on(fast_desk, forward(author=STRANGER, text=body))
        assert outcome.ticket_id in (None, first.ticket_id), body
    back = [*fast_desk.outbox("unused"), *fast_desk.outbox("returned")]

    assert [AGENT] * 3 == [mail.recipient.address for mail in back]
    assert 1 == len(articles(fast_desk, first))


def test_what_a_colleague_passed_on_is_the_customers(fast_desk: TestDesk) -> None:
    """From Lee to Kim to the desk: the ticket is Ann's, and both comments are kept."""
    two_agents(fast_desk)
    inner = forward(comment="For you, Kim.")
    outcome = passed_on(fast_desk, forward(comment="From Lee.", author=f"Lee <{LEE}>", text=inner))
    mail, note = articles(fast_desk, outcome)

    assert (CUSTOMER, ORIGINAL) == (mail.author, mail.text)
    assert "From Lee." in note.text
    assert "For you, Kim." in note.text


def test_a_mail_inside_of_a_strangers_mail_is_not_looked_for(fast_desk: TestDesk) -> None:
    """Who writes to an agent could put anybody's name into it."""
    outcome = passed_on(fast_desk, forward(author=STRANGER, text=forward()))

    assert STRANGER == fast_desk.ticket(outcome).correspondent


def test_an_agents_plain_mail_to_the_desk_goes_back_to_him(fast_desk: TestDesk) -> None:
    """It never becomes a ticket; he reads what he can do. A mail that mentions a ticket goes back in its thread."""
    plain = passed_on(fast_desk, "How do I do this?")
    opened = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, ORIGINAL), mail_from=CUSTOMER)
    told = fast_desk.outbox("notification")[0]
    mentions = passed_on(fast_desk, "It works now.", answers=told.message_id)
    (unused,), (returned,) = fast_desk.outbox("unused"), fast_desk.outbox("returned")

    assert (None, opened.ticket_id) == (plain.ticket_id, mentions.ticket_id)
    assert f"new+ann=shop.example@{DOMAIN}" == dict(unused.values)["example"]
    assert "" == unused.reply_to
    assert returned.reply_to.startswith("a1-")
    assert [] == fast_desk.outbox("answer")


def test_a_machine_with_an_agents_address_makes_no_loop(fast_desk: TestDesk) -> None:
    """What answers our own automatic mail begins nothing and gets no answer."""
    passed_on(fast_desk, "first")
    (unused,) = fast_desk.outbox("unused")
    second = passed_on(fast_desk, "I am a machine.", answers=unused.message_id)

    assert ("hold", 1) == (second.action, len(fast_desk.outbox("unused")))


def test_an_agent_writes_to_a_customer(desk: TestDesk) -> None:
    """His words leave on the customer's own reply address, and her answer comes into the ticket, which is his."""
    outcome = written(desk, "new+ann=bread.test")
    ticket = desk.ticket(outcome)
    (mail,) = desk.outbox("answer")
    answer = desk.take(desk.post.mail(CUSTOMER, mail.reply_to, "Thank you"), rcpt=[mail.reply_to], mail_from=CUSTOMER)

    assert (CUSTOMER, "7", AGENT, AGENT) == (
        ticket.correspondent,
        ticket.account_id,
        ticket.assignee,
        ticket.reported_by,
    )
    assert TicketState.WAITING_FOR_CUSTOMER == ticket.state
    assert (CUSTOMER, "News for you") == (mail.recipient.address, mail.subject)
    assert mail.reply_to.startswith("r1-")
    assert "Good morning, here is news." == dict(mail.values)["text"]
    assert [(ArticleKind.OUT, AGENT)] == [(each.kind, each.author) for each in articles(desk, outcome)][:1]
    assert (outcome.ticket_id, "append") == (answer.ticket_id, answer.action)
    assert desk.ticket(answer).confirmed


@pytest.mark.parametrize("to", ["new+7", "NEW+Ann=Bread.test", "new+eve=elsewhere.test"])
def test_an_account_or_an_earlier_correspondent_can_be_written_to(fast_desk: TestDesk, to: str) -> None:
    """By number; in any case; and who is on no account, but wrote."""
    fast_desk.take(fast_desk.post.mail(STRANGER, SUPPORT, "hello"), mail_from=STRANGER)
    written(fast_desk, to)

    assert [STRANGER if "eve" in to else CUSTOMER] == [mail.recipient.address for mail in fast_desk.outbox("answer")]


@pytest.mark.parametrize(
    "to", ["new+who=nowhere.test", "new+99", "new+kim=desk.test", "new+support=desk.test", "new+=", "new+8"]
)
def test_nobody_else_can_be_written_to(fast_desk: TestDesk, to: str) -> None:
    """Mail from an agent adds no address to the desk's (A-19); he hears why."""
    fast_desk.put_accounts(BAKERY, Account(id="8", addresses=(AccountAddress(address="home@mail.test"),)))
    outcome = written(fast_desk, to)

    assert (None, ["unused"]) == (outcome.ticket_id, [mail.template for mail in fast_desk.outbox()])


@pytest.mark.parametrize("text", ["#note\nfor us only", "#take", "#cloes\nhello", ""])
def test_a_mail_without_words_for_the_customer_begins_nothing(fast_desk: TestDesk, text: str) -> None:
    """No ticket that nobody wrote in, and no half of a command."""
    outcome = written(fast_desk, "new+7", text)

    assert (None, ["unused"]) == (outcome.ticket_id, [mail.template for mail in fast_desk.outbox()])


def test_only_agents_begin_conversations(fast_desk: TestDesk) -> None:
    """A customer's, a stranger's and a forged agent's mail there is held, and nobody hears of it."""
    address = f"new+7@{DOMAIN}"
    forged = fast_desk.post.mail(AGENT, address, "x", signed=False)
    outcomes_ = [written(fast_desk, "new+7", by=CUSTOMER), written(fast_desk, "new+7", by=STRANGER)]
    outcomes_.append(fast_desk.take(forged, rcpt=[address], mail_from=AGENT))

    assert ["hold"] * 3 == [outcome.action for outcome in outcomes_]
    assert [] == fast_desk.outbox()


def test_several_customers_at_once_are_none(fast_desk: TestDesk) -> None:
    """Each gets a mail of his own, and a ticket."""
    both = [f"new+7@{DOMAIN}", f"new+8@{DOMAIN}"]
    outcome = fast_desk.take(fast_desk.post.mail(AGENT, ", ".join(both)), rcpt=both, mail_from=AGENT)

    assert (None, ["unused"]) == (outcome.ticket_id, [mail.template for mail in fast_desk.outbox()])


def test_what_an_agent_begins_can_be_taken_back(fast_desk: TestDesk) -> None:
    """While it is held as every answer is."""
    fast_desk.gateway = replace(fast_desk.gateway, desk=replace(fast_desk.gateway.desk, undo_seconds=600))
    written(fast_desk, "new+7")
    (done,) = fast_desk.outbox("done")
    fast_desk.take(fast_desk.post.mail(AGENT, done.reply_to, "#undo"), rcpt=[done.reply_to], mail_from=AGENT)

    assert [] == [mail for mail in fast_desk.outbox("answer") if is_queued(fast_desk, mail)]


def is_queued(desk: TestDesk, mail: Outgoing) -> bool:
    """Is it still to leave?"""
    with desk.store.reading() as tx:
        state = tx.execute(select(OutboxRow.state).where(OutboxRow.message_id == mail.message_id)).scalar()
    return state == "queued"


def original(desk: TestDesk, *, text: str = ORIGINAL) -> EmailMessage:
    """Ann's mail to Kim, with a picture."""
    mail = EmailMessage()
    mail["From"] = f"Ann <{CUSTOMER}>"
    mail["To"] = AGENT
    mail["Subject"] = "Payment fails"
    mail["Message-ID"] = "<o1@bread.test>"
    mail["Date"] = format_datetime(desk.clock.now())
    mail.set_content(text)
    mail.add_attachment(b"\x89PNG\r\n\x1a\n0", maintype="image", subtype="png", filename="shot.png")
    return mail


def attached(
    desk: TestDesk, mail: EmailMessage, text: str = "Please look.", *, to: Sequence[str] = (SUPPORT,)
) -> bytes:
    """Kim's mail with it."""
    outer = EmailMessage()
    outer["From"] = AGENT
    outer["To"] = ", ".join(to)
    outer["Subject"] = "Fwd: Payment fails"
    outer["Date"] = format_datetime(desk.clock.now())
    outer["Message-ID"] = f"<a{len(mail.as_bytes())}@desk.test>"
    outer.set_content(text)
    outer.add_attachment(mail, filename="mail.eml")
    return sign(outer.as_bytes(policy=SMTP), "desk.test")
