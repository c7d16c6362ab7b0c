"""A new ticket has its topic and its team, whose agents hear of it; what agents make of topics is learnt."""

import json
from datetime import timedelta

import pytest

from gateway.jobs.topic_training import AGAIN, MIN_EXAMPLES, TopicTraining, train_topics
from gateway.model import ArticleKind, TicketState
from gateway.pipeline.topic import LOOK_SECONDS
from gateway.store import tickets as store
from gateway.store.agents import active_agents
from gateway.store.outcomes import Outcome
from gateway.store.topic_model import keep_model, kept_model, model_content, topic_labels
from gateway.tickets import change
from gateway.tickets.notifications import recipients_of
from gateway.topics.model import from_json
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.topics.conftest import LEE, SAM

PARCEL = "What does delivery to Ireland cost? The shipping zones are missing."
MONEY = "PayPal payments fail, the credit card too."


def take(desk: TestDesk, text: str, subject: str = "Question", author: str = CUSTOMER) -> Outcome:
    """A mail comes in."""
    return desk.take(desk.post.mail(author, SUPPORT, text, subject=subject))


def told(desk: TestDesk) -> list[str]:
    """Whom the notifications went to, in their order."""
    return [mail.recipient.address for mail in desk.outbox("notification")]


def finish(desk: TestDesk, outcome: Outcome, topic: str = "", *, answered: bool = True, spam: bool = False) -> None:
    """An agent deals with the ticket: sets its topic or leaves it, answers it, closes it."""
    ticket, at = desk.ticket(outcome), desk.clock.now()
    with desk.store.transaction() as tx:
        if topic:
            change.amend(tx, ticket, kind="topic", actor="Kim", detail=f"to {topic}", at=at, topic=topic)
            ticket = store.ticket_by_id(tx, ticket.id) or ticket
        if answered:
            change.add_text(tx, ticket, kind=ArticleKind.OUT, author=AGENT, author_name="Kim", text="Done.", at=at)
        if spam:
            change.note(tx, ticket, kind="spam", actor="Kim", detail="closed as spam", at=at)
        change.amend(
            tx, ticket, kind="state", actor="Kim", detail="closed", at=at, state=TicketState.CLOSED, closed_at=at
        )


def labels(desk: TestDesk) -> list[tuple[str, bool]]:
    """What there is to learn from: topics, and whether an agent set them."""
    with desk.store.reading() as tx:
        return [(label.topic, label.was_set) for label in topic_labels(tx, limit=100)]


def test_a_ticket_has_a_topic_and_its_team_is_told(fast_desk: TestDesk) -> None:
    """And nobody else."""
    outcome = take(fast_desk, PARCEL)
    ticket = fast_desk.ticket(outcome)
    assert ("shipping", "parcels") == (ticket.topic, ticket.team)
    assert [LEE] == told(fast_desk)


def test_without_a_team_for_it_everybody_is_told(fast_desk: TestDesk) -> None:
    """A topic that no team has, and no topic at all."""
    assert ("photos", "") == (lambda ticket: (ticket.topic, ticket.team))(
        fast_desk.ticket(take(fast_desk, "The photo is blurry"))
    )
    assert {AGENT, LEE, SAM} == set(told(fast_desk))
    assert "" == fast_desk.ticket(take(fast_desk, "hello there")).topic


def test_a_team_whose_agents_are_all_gone_leaves_nobody_untold(fast_desk: TestDesk) -> None:
    """Then everybody is told."""
    ticket = fast_desk.ticket(take(fast_desk, PARCEL))
    with fast_desk.store.reading() as tx:
        agents = [agent for agent in active_agents(tx) if agent.address != LEE]
    assert agents == recipients_of(agents, ticket)


def test_a_strangers_ticket_has_a_topic_too_and_he_learns_nothing_of_it(fast_desk: TestDesk) -> None:
    """What he is written is the same whatever his mail is about."""
    mails = [take(fast_desk, text, author=f"{name}@signed.test") for name, text in (("a", PARCEL), ("b", MONEY))]
    assert ["shipping", "payments"] == [fast_desk.ticket(outcome).topic for outcome in mails]
    neutral = [dict(mail.values) | {"reference": ""} for mail in fast_desk.outbox("neutral")]
    assert 2 == len(neutral)
    assert neutral[0] == neutral[1]


def test_an_answer_changes_no_topic(fast_desk: TestDesk) -> None:
    """It belongs to the ticket, which agents may have put under another one."""
    first = take(fast_desk, PARCEL)
    answer = fast_desk.post.mail(CUSTOMER, SUPPORT, MONEY, answers=f"<{fast_desk.post.count}@bread.test>")
    assert first.ticket_id == fast_desk.take(answer).ticket_id
    assert "shipping" == fast_desk.ticket(first).topic


def test_the_explanation_tells_the_topic_and_why(fast_desk: TestDesk) -> None:
    """With the words that said so, the candidates and the team."""
    found = json.loads(take(fast_desk, PARCEL).explanation)["topic"]
    assert ("shipping", "parcels") == (found["name"], found["team"])
    assert '"delivery' in found["why"]
    assert 0.28 < found["score"] <= 1
    assert {"name", "score"} == set(found["others"][0])
    unclear = json.loads(take(fast_desk, "hello there").explanation)["topic"]
    assert unclear["name"] is None
    assert unclear["why"].startswith(("no word of it", "not clear"))


def test_a_customers_mail_that_an_agent_passes_on_has_its_own_topic(fast_desk: TestDesk) -> None:
    """By what the customer wrote, not the agent."""
    text = (
        "please look at this invoice thing later\n\n---------- Forwarded message ---------\n"
        f"From: Ann <{CUSTOMER}>\nDate: Tue, 1 Sept 2026 at 09:00\nSubject: Sending\nTo: <{AGENT}>\n\n{PARCEL}\n"
    )
    ticket = fast_desk.ticket(take(fast_desk, text, subject="Fwd: Sending", author=AGENT))
    assert CUSTOMER == ticket.correspondent
    assert ("shipping", "parcels") == (ticket.topic, ticket.team)


def test_only_what_agents_said_is_learnt(desk: TestDesk) -> None:
    """A topic that one set, or left on a ticket that was answered and finished; never of spam."""
    finish(desk, take(desk, PARCEL), "orders", answered=False)
    finish(desk, take(desk, MONEY))
    finish(desk, take(desk, "The photo is blurry"), answered=False)
    finish(desk, take(desk, "Cheap newsletter campaigns"), spam=True)
    take(desk, "How do I add a slideshow")
    assert [("payments", False), ("orders", True)] == labels(desk)


def test_what_was_learnt_counts_for_the_next_mails(desk: TestDesk) -> None:
    """Within a minute, in processes that run."""
    desk.clock.seconds = 1000.0
    text = "the wobbler of {} stands still"
    assert "" == desk.ticket(take(desk, text.format("mine"), author=STRANGER)).topic
    for number in range(40):
        finish(desk, take(desk, text.format(number), author=f"a{number}@signed.test"), "slideshow")
        if number % 2:
            finish(desk, take(desk, f"hello {number}", author=f"b{number}@signed.test"), "contact")
            finish(desk, take(desk, f"greetings {number}", author=f"c{number}@signed.test"), "photos")
    trained = train_topics(desk.store, desk.clock)
    assert (1, 80) == (trained.version, trained.examples)
    assert "" == desk.ticket(take(desk, text.format("his"))).topic
    desk.clock.seconds += LOOK_SECONDS
    learnt = take(desk, text.format("hers"))
    assert "slideshow" == desk.ticket(learnt).topic
    assert '"wobbler"' in json.loads(learnt.explanation)["topic"]["why"]


def test_the_clock_trains_once_a_day_and_not_on_a_handful(desk: TestDesk) -> None:
    """With too few examples the keywords decide alone."""
    training = TopicTraining(desk.store, desk.clock)
    finish(desk, take(desk, MONEY))
    assert 0 == training.look()
    with desk.store.reading() as tx:
        assert kept_model(tx) is None
    for number in range(MIN_EXAMPLES):
        finish(desk, take(desk, MONEY, author=f"a{number}@signed.test"), "payments")
    assert MIN_EXAMPLES + 1 == training.look()
    assert 0 == training.look()
    desk.clock.at += AGAIN - timedelta(minutes=1)
    assert 0 == training.look()
    desk.clock.at += timedelta(minutes=1)
    assert MIN_EXAMPLES + 1 == training.look()
    with desk.store.reading() as tx:
        kept = kept_model(tx)
        assert kept is not None
        assert (2, MIN_EXAMPLES + 1, desk.clock.now()) == (kept.version, kept.mails, kept.trained_at)
        assert {"payments": 2.0 * MIN_EXAMPLES + 1} == from_json(model_content(tx)).mails


def test_a_model_of_another_form_is_not_used(fast_desk: TestDesk) -> None:
    """An older or newer release wrote it: the keywords decide, until the next training."""
    with fast_desk.store.transaction() as tx:
        keep_model(tx, '{"form":0}', mails=7, at=fast_desk.clock.now())
    assert "shipping" == fast_desk.ticket(take(fast_desk, PARCEL)).topic


@pytest.mark.parametrize("subject", ["", "\x00", "Re: " * 200])
def test_odd_subjects_are_no_obstacle(fast_desk: TestDesk, subject: str) -> None:
    """The topic is found in the text."""
    assert "shipping" == fast_desk.ticket(take(fast_desk, PARCEL, subject=subject.replace("\x00", "?"))).topic
