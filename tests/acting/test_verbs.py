"""Each command does what it says, says that it did, and comes back where it cannot."""

from datetime import timedelta

import pytest

from gateway import markdown
from gateway.model import ArticleKind, Priority, TicketState
from gateway.tokens import canonical_address
from tests.acting.stage import LEE, MO, SPECIALIST, UNDO, Stage
from tests.desk import AGENT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def test_an_answer_leaves_when_it_can_no_longer_be_taken_back(stage: Stage) -> None:
    """It is in the outbox, not before then; its author hears until when."""
    ticket = stage.new_ticket()
    stage.write(ticket, "Try again.")

    (answer,) = stage.mails(ticket, "answer")
    assert ["queued"] == stage.states(ticket, "answer")
    with stage.desk.store.reading() as tx:
        rows = tx.exec_driver_sql(
            "SELECT next_try_at - created_at FROM outbox WHERE message_id = ?", (answer.message_id,)
        )
        assert UNDO == timedelta(microseconds=rows.scalar_one())
    (done,) = stage.mails(ticket, "done")
    until = f"{stage.desk.clock.now() + UNDO:%H:%M} UTC"
    assert (AGENT, until) == (done.recipient.address, dict(done.values)["until"])
    assert f"Your answer to {ticket.correspondent} leaves at {until}." == stage.said(ticket)
    now = stage.now(ticket)
    assert (TicketState.WAITING_FOR_CUSTOMER, AGENT) == (now.state, now.assignee)


def test_a_note_stays_inside(stage: Stage) -> None:
    """And nobody gets a mail but its author his confirmation."""
    ticket = stage.new_ticket()
    before = len(stage.mails(ticket))
    stage.write(ticket, "#note\nHe never pays.")

    assert ArticleKind.INTERNAL is stage.articles(ticket)[-1].kind
    assert ["done"] == [mail.template for mail in stage.mails(ticket)[before:]]
    assert "nothing of it goes to the customer" in stage.said(ticket)


def test_a_note_goes_to_the_colleagues_it_names(stage: Stage) -> None:
    """Each on a reply address of his own, which works."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#note lee, MO@desk.test\nWho knows this?")

    notes = stage.mails(ticket, "note")
    assert [LEE, MO] == [mail.recipient.address for mail in notes]
    assert 2 == len({mail.reply_to for mail in notes})
    assert "Lee, Mo got your note by mail." in stage.said(ticket)
    stage.write(ticket, "#note Kim\nI do.", agent=LEE)
    assert [LEE, MO, AGENT] == [mail.recipient.address for mail in stage.mails(ticket, "note")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#note Sandy\nWell.", "There is no colleague `Sandy`"),
        ("#note", "There is no text below #note."),
        ("#assign Sandy", "There is no colleague `Sandy`"),
        ("#team sales", "There is no team `sales`, or several could be meant. There are billing, support."),
        ("#topic cheese", "There is no topic `cheese`"),
        ("#canned nothing-like-it", "There is no canned answer nothing-like-it."),
        ("#merge 999999", "There is no ticket 999999."),
        ("#split", "there is nothing to split"),
        ("#shop elsewhere.test", "`elsewhere.test` is no shop of this customer. There are bread.test, cake.test."),
        ("#attach 9", "has no files"),
        ("#forward eve@elsewhere.test", "is no colleague and no specialist"),
        ("#invite eve@elsewhere.test", "is not on file"),
        ("#undo", "There is no mail of yours about this ticket"),
    ],
)
def test_what_cannot_be_done_comes_back_and_does_nothing(stage: Stage, text: str, problem: str) -> None:
    """Neither does anything else that stands beside it."""
    ticket = stage.new_ticket()
    before, mails = stage.snapshot(), len(stage.mails(ticket))
    alone = text.startswith(("#undo", "#merge", "#split", "#note"))
    stage.write(ticket, text if alone else f"{text}\n#priority high\nDear Ann.")

    assert before == stage.snapshot()
    assert ["returned"] == [mail.template for mail in stage.mails(ticket)[mails:]]
    assert problem in stage.problem(ticket)


def test_close_and_solved_end_the_ticket(stage: Stage) -> None:
    """With an answer or without one; who got none hears so, when that can no longer be taken back."""
    for text, state, template in (
        ("#close", TicketState.CLOSED, "closed"),
        ("#solved", TicketState.SOLVED, "solved"),
    ):
        ticket, answered = stage.new_ticket(), stage.new_ticket()
        stage.write(ticket, text)
        stage.write(answered, f"{text}\nDone.")

        assert [state] * 2 == [stage.now(ticket).state, stage.now(answered).state]
        assert (1, 0) == (len(stage.mails(ticket, template)), len(stage.mails(answered, template)))
        assert (0, 1) == (len(stage.mails(ticket, "answer")), len(stage.mails(answered, "answer")))


def test_wait_sets_the_time_by_the_hours_of_the_desk(stage: Stage) -> None:
    """From Tuesday morning three days, and over a weekend until it opens."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#wait 3d\nPlease send us the number.")
    now = stage.now(ticket)
    assert TicketState.WAITING_FOR_CUSTOMER is now.state
    assert stage.desk.clock.now() + timedelta(days=3) == now.wait_until

    stage.write(ticket, "#wait 2026-09-05")
    now = stage.now(ticket)
    assert "2026-09-07T09:00" == f"{now.wait_until:%Y-%m-%dT%H:%M}"
    stage.write(ticket, "Any news?")
    assert stage.now(ticket).wait_until is None


def test_assign_gives_the_colleague_the_whole_ticket(stage: Stage) -> None:
    """By a unique beginning of his name; he can act on what he gets."""
    ticket = stage.new_ticket("Screen is blank.")
    stage.write(ticket, "#assign le\n#note\nCan you look?")

    assert LEE == stage.now(ticket).assignee
    told = [mail for mail in stage.mails(ticket, "notification") if mail.recipient.address == LEE][-1]
    values = dict(told.values)
    assert "Screen is blank." in values["text"]
    assert "Can you look?" in values["thread"]
    assert "(A3)" in values["proof"]
    stage.write(ticket, "I do.", agent=LEE)
    assert ["queued"] == stage.states(ticket, "answer")


def test_take_priority_topic_language_and_shop_write_their_lines(stage: Stage) -> None:
    """All in one mail, with an answer that is in the new language already."""
    ticket = stage.new_ticket()
    due = stage.now(ticket).due_at
    stage.write(ticket, "#take\n#priority urgent\n#topic shipping\n#language el\n#shop bread.test\nΓεια σας.")

    now = stage.now(ticket)
    assert (AGENT, Priority.URGENT, "shipping", "el") == (now.assignee, now.priority, now.topic, now.language)
    assert "s1" == now.shop_id
    assert due is not None
    assert {"assigned", "priority", "topic", "language", "shop", "answer"} <= set(stage.story(ticket))
    assert "el" == stage.mails(ticket, "answer")[0].language


def test_priority_moves_the_deadline(stage: Stage) -> None:
    """Of a ticket that waits for us."""
    ticket = stage.new_ticket()
    before = stage.now(ticket).due_at
    stage.write(ticket, "#priority u")

    after = stage.now(ticket).due_at
    assert before is not None
    assert after is not None
    assert after < before
    assert "The answer is due on" in stage.said(ticket)


def test_a_team_gets_the_ticket_by_mail(stage: Stage) -> None:
    """Its members, but for who gives it away; who has it and is not of it has it no more."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#take")
    before = len(stage.mails(ticket, "notification"))
    stage.write(ticket, "#team BILL")

    now = stage.now(ticket)
    assert ("billing", None) == (now.team, now.assignee)
    assert [LEE, MO] == [mail.recipient.address for mail in stage.mails(ticket, "notification")[before:]]


def test_a_canned_answer_stands_below_the_agents_own_words(stage: Stage) -> None:
    """With its parameters; it is an answer like any other."""
    ticket = stage.new_ticket()
    name = next(
        each.name for each in stage.desk.gateway.desk.canned.texts() if each.language == "en" and not each.required
    )
    stage.write(ticket, f"#canned {name}\nDear Ann,")

    (answer,) = stage.mails(ticket, "answer")
    text = dict(answer.values)["text"]
    assert text.startswith("Dear Ann,\n\n")
    assert len(text) > 60
    assert markdown.plain(answer.formatted).startswith("Dear Ann,\n\n")
    assert markdown.to_text(markdown.parse(answer.formatted)).split() == text.split()


def test_a_specialist_is_asked_and_the_customer_hears_nothing(stage: Stage) -> None:
    """The text below goes to him; it waits as an answer does."""
    ticket = stage.new_ticket()
    stage.write(ticket, f"#forward {SPECIALIST}\nWhat does code 51 mean?")

    (forward,) = stage.mails(ticket, "forward")
    assert SPECIALIST == canonical_address(forward.recipient.address)
    assert "code 51" in dict(forward.values)["text"]
    assert [] == stage.mails(ticket, "answer")


@pytest.mark.parametrize("text", [f"#forward {SPECIALIST}\nSee there.", "#close", "#called\nHe sent it."])
def test_a_file_of_the_agents_own_is_not_lost_silently(stage: Stage, text: str) -> None:
    """Where nobody would get it, the mail comes back."""
    ticket = stage.new_ticket()
    stage.write(ticket, text, attachment=PNG)

    assert "Nobody would get the file shot.png." in stage.problem(ticket)


def test_an_invited_person_gets_the_text(stage: Stage) -> None:
    """Who is on file of the account."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#invite bob@bread.test\nPlease have a look.")

    (invitation,) = stage.mails(ticket, "invite")
    assert "bob@bread.test" == invitation.recipient.address
    assert [] == stage.mails(ticket, "answer")


def test_a_call_has_its_card_and_its_note(stage: Stage) -> None:
    """The customer gets nothing of either."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#call")
    stage.write(ticket, "#called 12\nHe will try again.")

    assert [AGENT] == [mail.recipient.address for mail in stage.mails(ticket, "call")]
    note = stage.articles(ticket)[-1]
    assert (ArticleKind.INTERNAL, True) == (note.kind, "12 minutes" in note.text and "try again" in note.text)
    assert [] == stage.mails(ticket, "answer")


def test_files_are_sent_on_request(stage: Stage) -> None:
    """By their numbers in the list."""
    ticket = stage.new_ticket(attachment=PNG)
    stage.write(ticket, "#attach 1")

    (file,) = stage.mails(ticket, "file")
    assert ["shot.png"] == [each.filename for each in file.attachments]


def test_a_mail_is_split_off(stage: Stage) -> None:
    """The newest one, with a subject of the agent's."""
    ticket = stage.new_ticket()
    stage.customer_writes(ticket, "And the invoice is wrong.")
    stage.write(ticket, "#split The invoice")

    with stage.desk.store.reading() as tx:
        newest = tx.exec_driver_sql("SELECT id, subject FROM ticket ORDER BY id DESC").first()
    assert newest is not None
    assert (True, "The invoice") == (newest.id > ticket.id, newest.subject)
    assert "It fails." in "".join(article.reply for article in stage.articles(ticket))


def test_two_tickets_become_one(stage: Stage) -> None:
    """What comes for the first goes to the other."""
    first = stage.new_ticket()
    second = stage.new_ticket(customer=first.correspondent)
    stage.write(first, f"#merge {second.id}")

    assert (TicketState.CLOSED, second.id) == (stage.now(first).state, stage.now(first).merged_into)
    assert second.id == stage.customer_writes(first).ticket_id


def test_next_hands_out_another_ticket(stage: Stage) -> None:
    """With its whole notification."""
    ticket, other = stage.new_ticket(), stage.new_ticket()
    stage.write(ticket, "#close\n#next")

    said = stage.said(ticket)
    assert "is yours now" in said
    assert "closed" in said
    number = int(said.split("Ticket ")[1].split()[0])
    assert number != ticket.id
    assert other.id >= number


def test_help_lists_every_command_in_the_agents_language(stage: Stage) -> None:
    """In one mail, which is its own confirmation."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#help")
    stage.write(ticket, "#help", agent=MO)

    english, greek = (dict(mail.values)["commands"] for mail in stage.mails(ticket, "help"))
    assert ("#wait TIME: wait for", "#wait TIME: περιμένει") == (
        english[english.find("#wait") :][:20],
        greek[greek.find("#wait") :][:21],
    )
    assert [] == stage.mails(ticket, "done")


def test_an_agent_who_wants_it_so_hears_once_a_day(stage: Stage) -> None:
    """His mails are used, and wait for the list; what comes back comes at once."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#take", agent=MO)
    stage.write(ticket, "#tkae", agent=MO)

    assert [] == stage.mails(ticket, "done")
    assert [MO] == [mail.recipient.address for mail in stage.mails(ticket, "returned")]
    with stage.desk.store.reading() as tx:
        rows = tx.exec_driver_sql("SELECT agent, text FROM done_line WHERE ticket_id = ?", (ticket.id,)).all()
    assert [(MO, "Το αίτημα είναι δικό σας.")] == [(row.agent, row.text) for row in rows]


def test_what_an_agent_sits_and_waits_for_is_told_at_once(each_stage: Stage) -> None:
    """Also to who wants a list once a day: whether it was taken back, and that nothing is left for him."""
    stage = each_stage
    ticket = stage.new_ticket()
    stage.write(ticket, "Try again.", agent=MO)
    assert [] == stage.mails(ticket, "done")
    stage.write(ticket, "#undo", agent=MO)

    (told,) = stage.mails(ticket, "done")
    assert (MO, ["cancelled"]) == (told.recipient.address, stage.states(ticket, "answer"))
    stage.write(ticket, "#next", agent=MO)
    assert 2 == len(stage.mails(ticket, "done")), "there is no other ticket"
