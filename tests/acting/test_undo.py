"""`#undo`: the last mail of an agent did not happen, or it is too late, and then nothing happens."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.model import ArticleKind, Ticket, TicketState
from gateway.store import lessons
from gateway.store import outbox as outbox_sql
from gateway.store.schema.outbox import OutboxRow
from tests.acting.stage import LEE, SPECIALIST, UNDO, Stage
from tests.desk import AGENT, SUPPORT

LEASE = timedelta(minutes=15)
BLOCKS = [
    "Try again.",
    "#close",
    "#solved\nIt works.",
    "#wait 3d\nPlease tell us the number.",
    "#note\nHe never pays.",
    "#note Lee\nDo you know him?",
    "#take",
    "#assign Lee",
    "#team billing",
    "#priority urgent\n#topic shipping\n#language el\n#shop bread.test\n#take\n#close\nΓεια σας.",
    f"#forward {SPECIALIST}\nWhat does 51 mean?\n",
    "#invite bob@bread.test\nPlease look.",
    "#called 5\nHe will try again.",
    "#spam\nAgain.",
    "#canned login\n#wait 1 week",
]


def fields(ticket: Ticket) -> Ticket:
    """Everything of a ticket but when it was touched."""
    return replace(ticket, updated_at=ticket.opened_at)


def claim_all(stage: Stage) -> None:
    """A deliverer has just taken everything that is due."""
    with_limit = {"limit": 1000, "now": stage.desk.clock.now(), "lease": LEASE}
    outbox_sql.claim(stage.desk.store, **with_limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_ticket_is_as_it_was(stage: Stage, block: str) -> None:
    """Every field; nothing leaves; what was written is marked as taken back, and the story tells it."""
    ticket = stage.new_ticket()
    before, articles = fields(stage.now(ticket)), len(stage.articles(ticket))
    stage.write(ticket, block)
    assert before != fields(stage.now(ticket)) or articles < len(stage.articles(ticket))
    stage.write(ticket, "#undo")

    assert before == fields(stage.now(ticket))
    assert {ArticleKind.WITHDRAWN} >= {article.kind for article in stage.articles(ticket)[articles:]}
    for template in ("answer", "forward", "invite", "closed", "solved"):
        assert {"cancelled"} >= set(stage.states(ticket, template))
    assert "undone" == stage.story(ticket)[-1]
    assert stage.said(ticket).startswith("Taken back: ")
    assert "The ticket is as it was before." in stage.said(ticket)


def test_it_works_by_a_reply_to_the_confirmation(stage: Stage) -> None:
    """Which is what an agent has in front of him; text below it is not used, and he hears so."""
    ticket = stage.new_ticket()
    stage.write(ticket, "Try again.")
    confirmation = stage.mails(ticket, "done")[-1]
    assert confirmation.reply_to == stage.address(ticket)
    stage.write(ticket, "#undo\n\nKim\nSupport")

    assert ["cancelled"] == stage.states(ticket, "answer")
    assert "Your text below the command was not used." in stage.said(ticket)


def test_what_has_left_cannot_be_taken_back(stage: Stage) -> None:
    """Also what a deliverer just has in hand; then nothing of the block is."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#close\n#priority high\nTry again.")
    stage.desk.clock.at += UNDO
    claim_all(stage)
    before = stage.snapshot()
    stage.write(ticket, "#undo")

    assert before == stage.snapshot()
    assert "has left, or is just leaving" in stage.problem(ticket)


def test_it_holds_for_ten_minutes(stage: Stage) -> None:
    """By when the mail came in, not by when it was decided; and for what sends nothing, too."""
    late, last = stage.new_ticket(), stage.new_ticket()
    stage.write(late, "#close\n#note\nWell.")
    stage.write(last, "#close\n#note\nWell.")
    stage.desk.clock.at += UNDO
    stage.write(last, "#undo")
    stage.desk.clock.at += timedelta(seconds=1)
    stage.write(late, "#undo")

    assert [TicketState.CLOSED, TicketState.NEW] == [stage.now(late).state, stage.now(last).state]
    assert "#undo works for 10 minutes" in stage.problem(late)


def test_a_newer_mail_of_the_customer_is_not_lost(stage: Stage) -> None:
    """The ticket waits for us since then, whatever is taken back; what he did not touch goes back."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#priority high\n#close\nTry again.")
    stage.customer_writes(ticket, "It is urgent!")
    reopened = stage.now(ticket)
    stage.write(ticket, "#undo")

    now = stage.now(ticket)
    assert (TicketState.WAITING_FOR_US, "normal", None) == (now.state, now.priority, now.closed_at)
    assert reopened.waiting_since == now.waiting_since
    assert "It is urgent!" in [article.reply for article in stage.articles(ticket)]
    assert "What has changed since then stays as it is: " in stage.said(ticket)
    assert ["cancelled"] == stage.states(ticket, "answer")


def test_what_others_did_since_stays(stage: Stage) -> None:
    """Field by field."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#priority high\n#topic shipping")
    stage.write(ticket, "#priority low", agent=LEE)
    stage.write(ticket, "#undo")

    assert ("low", "low") == (stage.now(ticket).priority, stage.now(ticket).priority)
    assert "shipping" != stage.now(ticket).topic


def test_who_takes_back_what_stood_upon_it_leaves_the_ticket_as_it_was_before_both(stage: Stage) -> None:
    """A ticket whose only answer was taken back never goes on waiting for the customer, where nobody would see it."""
    ticket = stage.new_ticket()
    before = fields(stage.now(ticket))
    stage.write(ticket, "#priority high\nTry again.")
    stage.write(ticket, "#close\n#priority urgent", agent=LEE)
    stage.write(ticket, "#undo")
    assert (TicketState.CLOSED, "urgent") == (stage.now(ticket).state, stage.now(ticket).priority)
    stage.write(ticket, "#undo", agent=LEE)

    assert before == fields(stage.now(ticket))
    assert ["cancelled"] == stage.states(ticket, "answer")


def test_a_colleagues_answer_goes_on_being_one(stage: Stage) -> None:
    """The ticket waits for the customer because of him; until he takes his own back as well."""
    ticket = stage.new_ticket()
    before = fields(stage.now(ticket))
    stage.write(ticket, "Try again.")
    stage.write(ticket, "Or wait a little.", agent=LEE)
    stage.write(ticket, "#undo")
    assert TicketState.WAITING_FOR_CUSTOMER is stage.now(ticket).state
    assert ["cancelled", "queued"] == stage.states(ticket, "answer")
    stage.write(ticket, "#undo", agent=LEE)

    assert before == fields(stage.now(ticket))
    assert ["cancelled", "cancelled"] == stage.states(ticket, "answer")


def test_a_file_in_the_mail_is_no_obstacle(stage: Stage) -> None:
    """A signature's card; an answer that is withdrawn while its author reads that nothing happened would be lost."""
    ticket = stage.new_ticket()
    stage.write(ticket, "Try again.")
    stage.write(ticket, "#undo", attachment=b"BEGIN:VCARD")

    assert ["cancelled"] == stage.states(ticket, "answer")
    assert (TicketState.NEW, "undone") == (stage.now(ticket).state, stage.story(ticket)[-1])


def test_to_ask_whether_it_can_be_done_changes_nothing(stage: Stage) -> None:
    """Above a mail that is forwarded again all is asked twice, and something else may stand against it."""
    ticket = stage.new_ticket("The page of the checkout shows nothing but error 500.")
    stage.write(ticket, "Try again.")
    head = f"---------- Forwarded message ---------\nFrom: Ann <{ticket.correspondent}>\nSubject: Hi\nTo: <{SUPPORT}>"
    text = f"#undo\n\n{head}\n\nThe page of the checkout shows nothing but error 500.\n"
    stage.desk.take(stage.desk.post.mail(AGENT, SUPPORT, text, subject="Fwd: Hi"), mail_from=AGENT)

    assert ["cancelled"] == stage.states(ticket, "answer")
    assert TicketState.NEW is stage.now(ticket).state
    assert stage.said(ticket).startswith("Taken back: your answer.")


def test_a_second_one_takes_back_the_mail_before(stage: Stage) -> None:
    """And a third finds nothing."""
    ticket = stage.new_ticket()
    before = fields(stage.now(ticket))
    stage.write(ticket, "#priority high")
    stage.write(ticket, "#close")
    stage.write(ticket, "#undo")
    assert ("high", TicketState.NEW) == (stage.now(ticket).priority, stage.now(ticket).state)
    stage.write(ticket, "#undo")
    assert before == fields(stage.now(ticket))
    stage.write(ticket, "#undo")

    assert "no mail of yours" in stage.problem(ticket)


def test_nobody_takes_back_what_another_wrote(stage: Stage) -> None:
    """Each has his own last mail."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#close\n#note\nWell.")
    stage.write(ticket, "#undo", agent=LEE)

    assert TicketState.CLOSED is stage.now(ticket).state
    assert "no mail of yours" in stage.problem(ticket)


def test_the_corrected_answer_may_say_the_same(stage: Stage) -> None:
    """What was taken back is no note that must not leave."""
    ticket = stage.new_ticket()
    stage.write(ticket, "Please press the red button twice.\nBest regards")
    stage.write(ticket, "#undo")
    stage.write(ticket, "Please press the red button twice.\nKind regards")

    assert ["cancelled", "queued"] == stage.states(ticket, "answer")


def test_the_engine_does_not_learn_what_was_taken_back(stage: Stage) -> None:
    """Neither that it is spam nor, by an answer, that it is wanted; and the next answer says so anew."""
    for block, wanted in (("#spam", lessons.Wanted.SPAM), ("Try again.", lessons.Wanted.HAM)):
        ticket = stage.new_ticket()
        entry = stage.articles(ticket)[0].entry_id
        assert entry is not None
        stage.write(ticket, block)
        with stage.desk.store.reading() as tx:
            lesson = lessons.lesson_of(tx, entry)
            assert lesson is not None
            assert wanted is lesson.wanted
        stage.write(ticket, "#undo")
        with stage.desk.store.reading() as tx:
            lesson = lessons.lesson_of(tx, entry)
            assert lesson is None or lesson.wanted is lessons.Wanted.FORGET


def test_a_merge_is_taken_back(stage: Stage) -> None:
    """By a reply to its confirmation, whose ticket is the other one by now."""
    first = stage.new_ticket()
    second = stage.new_ticket(customer=first.correspondent)
    before = fields(stage.now(first))
    stage.write(first, f"#merge {second.id}")
    assert second.id == stage.now(first).merged_into
    stage.write(first, "#undo")

    assert before == fields(stage.now(first))
    assert first.id == stage.customer_writes(first).ticket_id


def test_an_answer_after_a_merge_is_taken_back_before_the_merge(stage: Stage) -> None:
    """On the merged ticket's address, too: the last mail is the last, in whichever of the two it ended."""
    customer = stage.new_customer()
    source, target = stage.new_ticket(customer=customer), stage.new_ticket("More.", customer=customer)
    stage.write(source, f"#merge {target.id}")
    stage.write(source, "Try again.")
    stage.write(source, "#undo")
    assert (["cancelled"], target.id) == (stage.states(target, "answer"), stage.now(source).merged_into)
    stage.write(source, "#undo")

    assert stage.now(source).merged_into is None


def test_a_split_is_taken_back(stage: Stage) -> None:
    """The mail is in its ticket again."""
    ticket = stage.new_ticket()
    stage.customer_writes(ticket, "And the invoice is wrong.")
    before = [article.reply for article in stage.articles(ticket)]
    stage.write(ticket, "#split")
    assert before != [article.reply for article in stage.articles(ticket)]
    stage.write(ticket, "#undo")

    assert before == [article.reply for article in stage.articles(ticket)]


def test_a_note_that_colleagues_have_stays_theirs(stage: Stage) -> None:
    """The agent hears what could not be taken back."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#note Lee\nWho is he?")
    stage.write(ticket, "#undo")

    assert "This was done at once and stays: Lee got your note by mail." in stage.said(ticket)


def test_a_desk_that_sends_at_once_takes_nothing_back(stage: Stage) -> None:
    """`undo_seconds = 0`."""
    ticket, gateway = stage.new_ticket(), stage.desk.gateway
    stage.desk.gateway = replace(gateway, desk=replace(gateway.desk, undo_seconds=0))
    try:
        stage.write(ticket, "Try again.")
        stage.write(ticket, "#undo")
    finally:
        stage.desk.gateway = gateway

    assert "" == dict(stage.mails(ticket, "done")[-1].values)["until"]
    assert f"Your answer to {ticket.correspondent} is on its way." == stage.said(ticket)
    assert "switched off" in stage.problem(ticket)


def test_a_mail_that_waits_is_not_hurried_with_the_others(stage: Stage) -> None:
    """`outbox retry --all` is for what could not be delivered."""
    ticket = stage.new_ticket()
    stage.write(ticket, "Try again.")
    with stage.desk.store.transaction() as tx:
        outbox_sql.retry(tx, [], now=stage.desk.clock.now())
        waits = select(OutboxRow.next_try_at).where(OutboxRow.ticket_id == ticket.id, ~OutboxRow.automatic)
        assert stage.desk.clock.now() + UNDO == tx.execute(waits).scalar_one()
