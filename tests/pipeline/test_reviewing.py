"""The digest of held mail and a reviewer's reply to it: he alone, proven, on his own address, lets mail go on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.jobs.held_digest import HeldDigest
from gateway.mail.reader import Reader
from gateway.model import Agent
from gateway.outbox.outgoing import Outgoing
from gateway.pipeline.process import process
from gateway.render import Renderer
from gateway.store import marks, tickets
from gateway.store import spool as spool_sql
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.outcomes import Outcome, balance
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, open_desk

LEE = "lee@desk.test"
BREAK = "Please change my bank account."


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk with two agents and three held mails, and the digest sent."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        agents = [
            Agent(name="Kim", address=AGENT, languages=("en",)),
            Agent(name="Lee", address=LEE, languages=("el",)),
        ]
        with store.transaction() as tx:
            put_agents(tx, agents)
        for author in (f"eve{number}@signed.test" for number in range(2)):
            opened.take(opened.post.mail(author, SUPPORT, "Buy!", subject=f"Offer of {author}", signed=False))
        opened.take(opened.post.mail(CUSTOMER, SUPPORT, BREAK, signed=False))
        clock.at += timedelta(hours=2)
        HeldDigest(store, clock, opened.gateway.desk, 7).look()
        yield opened


def digest(desk: TestDesk, reviewer: str = AGENT) -> Outgoing:
    """The newest digest to a reviewer."""
    return [mail for mail in desk.outbox("held_digest") if mail.recipient.address == reviewer][-1]


def rendered(mail: Outgoing) -> str:
    """The mail as its reader sees it."""
    return Renderer().render(mail.template, mail.language, dict(mail.values)).text


def answer(desk: TestDesk, text: str, author: str = AGENT, *, to: str = "", **how: bool) -> Outcome:
    """A reply to the digest."""
    address = to or digest(desk, author).reply_to
    return desk.take(desk.post.mail(author, address, text, **how), rcpt=[address], mail_from=author)  # type: ignore[arg-type]


def go_on(desk: TestDesk) -> list[Outcome]:
    """Decide what is pending."""
    done: list[Outcome] = []
    for entry in spool_sql.claim(desk.store, limit=10, now=desk.clock.now(), lease=timedelta(minutes=10)):
        result = process(desk.gateway, entry)
        assert isinstance(result, Outcome)
        done.append(result)
    return done


def said(desk: TestDesk, template: str = "held_done") -> dict[str, str]:
    """What the newest answer to a reviewer says."""
    return dict(desk.outbox(template)[-1].values)


def held_mails(desk: TestDesk) -> tuple[int, int]:
    """How many wait, how many are marked."""
    with desk.store.reading() as tx:
        return marks.count_held(tx)


def test_the_digest_lists_known_senders_first(desk: TestDesk) -> None:
    """With number, author, subject and reason; each reviewer in his language, with an address of his own."""
    text = rendered(digest(desk))
    assert "1. ann@bread.test, 7" in text
    assert "2. eve0@signed.test" in text
    assert text.index("Known senders") < text.index("1. ann@") < text.index("Strangers") < text.index("2. eve0@")
    assert "Γνωστοί αποστολείς" in rendered(digest(desk, LEE))
    assert digest(desk).reply_to.startswith("a1-")
    assert digest(desk).reply_to != digest(desk, LEE).reply_to


def test_a_reply_releases_and_marks(desk: TestDesk) -> None:
    """The released mail becomes a ticket of its own time; the reviewer hears what was done."""
    came = desk.clock.now() - timedelta(hours=2)

    outcome = answer(desk, "release 1\nspam 2-3\n\nKim")

    assert ("commands", None) == (outcome.action, outcome.ticket_id)
    assert ("1", "2, 3", "") == (said(desk)["released"], said(desk)["spam"], said(desk)["nothing"])
    (released,) = go_on(desk)
    ticket = desk.ticket(released)
    assert (came, "ann@bread.test") == (ticket.opened_at, ticket.correspondent)
    assert "released by Kim" in released.why
    assert (0, 2) == held_mails(desk)
    with desk.store.reading() as tx:
        assert balance(tx).is_even
        assert BREAK == tickets.articles(tx, ticket.id)[0].text.strip()


def test_acting_twice_says_so(desk: TestDesk) -> None:
    """Numbers keep their meaning; the second order does nothing."""
    answer(desk, "release 1\nspam 2")
    (released,) = go_on(desk)
    answer(desk, "release 1\nspam 1", LEE)
    assert "held_returned" == desk.outbox()[-1].template
    answer(desk, "spam 1-2", LEE)

    assert ("", "") == (said(desk)["released"], said(desk)["spam"])
    at = f"{desk.clock.now():%Y-%m-%d %H:%M} UTC"
    assert (
        f"1: it was released before by Kim on {at}; it is in ticket {released.ticket_id}\n"
        f"2: it was marked as spam before by Kim on {at}"
    ) == said(desk)["nothing"]


@pytest.mark.parametrize("text", ["relaese 1", "release 1\nspam 4", "release 1\nthanks", "hello"])
def test_a_reply_that_is_half_valid_does_nothing(desk: TestDesk, text: str) -> None:
    """The reviewer gets his text back, and what to mend."""
    answer(desk, text)

    assert (3, 0) == held_mails(desk)
    assert [] == go_on(desk)
    assert text == said(desk, "held_returned")["text"]
    assert said(desk, "held_returned")["problem"]
    assert [] == desk.outbox("held_done")


def test_a_leaked_digest_lets_nobody_act(desk: TestDesk) -> None:
    """A stranger, a forger, and a colleague on another's address."""
    address = digest(desk).reply_to
    assert "hold" == answer(desk, "release 1", "joe@signed.test", to=address).action
    assert "hold" == answer(desk, "release 1", signed=False).action
    assert "hold" == answer(desk, "release 1", "ann@bread.test", to=address).action
    assert "commands" == answer(desk, "release 1", LEE, to=address).action

    assert (6, 0) == held_mails(desk)
    assert "another reviewer's" in said(desk, "held_returned")["problem"]


def test_who_is_no_reviewer_any_more_does_nothing(desk: TestDesk) -> None:
    """The configuration names others since."""
    desk.gateway = replace(desk.gateway, desk=replace(desk.gateway.desk, reviewers=(LEE,)))

    answer(desk, "release 1")

    assert (3, 0) == held_mails(desk)
    assert "[spam] reviewers" in said(desk, "held_returned")["problem"]


def test_an_absence_notice_does_nothing(desk: TestDesk) -> None:
    """A machine answers the digest."""
    address = digest(desk).reply_to
    raw = desk.post.mail(AGENT, address, "release 1", headers=[("Auto-Submitted", "auto-replied")])

    assert "record" == desk.take(raw, rcpt=[address], mail_from=AGENT).action
    assert (3, 0) == held_mails(desk)


def test_a_reply_that_was_taken_twice_acts_once(desk: TestDesk) -> None:
    """The same bytes by another route."""
    address = digest(desk).reply_to
    raw = desk.post.mail(AGENT, address, "spam 1")
    actions = [desk.take(raw, rcpt=[address], mail_from=AGENT).action for _ in range(2)]

    assert ["commands", "duplicate"] == actions
    assert 1 == len(desk.outbox("held_done"))


def test_a_digest_comes_once_a_day(desk: TestDesk) -> None:
    """At its hour, from whichever process; what is new is listed, and what a stranger wrote is not repeated."""
    job = HeldDigest(desk.store, desk.clock, desk.gateway.desk, 7)
    assert 0 == job.look()
    desk.clock.at += timedelta(hours=20)  # 06:00
    assert 0 == job.look()
    desk.take(desk.post.mail("new@signed.test", SUPPORT, "Buy!", signed=False))
    desk.clock.at += timedelta(hours=1)

    assert 2 == job.look()
    assert 0 == HeldDigest(desk.store, desk.clock, desk.gateway.desk, 7).look()
    values = dict(digest(desk).values)
    assert "1. ann@bread.test" in values["known"]
    assert "2. new@signed.test" in values["strangers"]
    assert "eve" not in values["strangers"]


def test_a_day_without_held_mail_has_no_digest(desk: TestDesk) -> None:
    """Nobody is bothered."""
    answer(desk, "spam 1-3")
    before = len(desk.outbox("held_digest"))
    desk.clock.at += timedelta(days=1)

    assert 0 == HeldDigest(desk.store, desk.clock, desk.gateway.desk, 7).look()
    assert before == len(desk.outbox("held_digest"))


def test_only_the_named_reviewers_get_it(desk: TestDesk) -> None:
    """[spam] reviewers."""
    reviewed = replace(desk.gateway.desk, reviewers=(LEE,))
    before = len(desk.outbox("held_digest"))
    HeldDigest(desk.store, desk.clock, reviewed, 7).send()

    assert [LEE] == [mail.recipient.address for mail in desk.outbox("held_digest")[before:]]


def test_an_agent_closes_a_ticket_as_spam(desk: TestDesk) -> None:
    """Nothing leaves; its first mail is learnt; his words stay inside."""
    outcome = desk.take(desk.post.mail("joe@signed.test", SUPPORT, "Buy!"), mail_from="joe@signed.test")
    (address,) = [mail.reply_to for mail in desk.outbox("notification") if mail.recipient.address == AGENT]
    before = len(desk.outbox())
    desk.take(desk.post.mail(AGENT, address, "#spam\nWatches again."), rcpt=[address], mail_from=AGENT)

    assert "closed" == desk.ticket(outcome).state
    assert "spam" in desk.story(outcome)
    assert ["done"] == [mail.template for mail in desk.outbox()[before:]]
    with desk.store.reading() as tx:
        mark = marks.mark_of(tx, outcome.entry_id)
        assert ["in", "internal"] == sorted(article.kind for article in tickets.articles(tx, desk.ticket(outcome).id))
    assert mark
    assert ("Kim", None) == (mark.spam_by, mark.held_at)
