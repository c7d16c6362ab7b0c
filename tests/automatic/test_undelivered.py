"""Answers that do not arrive: whom we believe, what the agent hears, when an address is written to again (D-11)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway import events
from gateway.outbox.record import Failure
from gateway.outbox.suppression import look_up
from gateway.store.suppression import addresses_with_signs
from gateway.tickets.undeliverable import record_failure
from tests.automatic import mails
from tests.automatic.mails import Scene
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT

DAY = timedelta(days=1)


def suppressed(scene: Scene, address: str = CUSTOMER) -> str:
    """What is not sent to an address now."""
    with scene.desk.store.reading() as tx:
        found = look_up(tx, address, scene.desk.clock.now())
    return "" if found is None else "answers" if found.answers_until else "automatic"


@pytest.mark.parametrize("to", ["support", "reply", "foreign", "another ticket", "with a sender"])
def test_a_hundred_forged_bounces_silence_nobody(scene: Scene, to: str) -> None:
    """Without the signed return path, with another ticket's, or with a reverse path: recorded, no more (A-27)."""
    address, mail_from = {
        "support": (SUPPORT, ""),
        "reply": (scene.reply_address(), ""),
        "foreign": (f"b1-{'0' * 30}@reply.desk.test", ""),
        "another ticket": (others_return_path(scene), ""),
        "with a sender": (scene.bounce_address(), STRANGER),
    }[to]
    before = len(scene.desk.outbox())
    for number in range(100):
        outcome = scene.take(mails.bounce(number=number), address, mail_from)
        assert outcome.action == "record"

    assert "" == suppressed(scene)
    with scene.desk.store.reading() as tx:
        assert [] == list(addresses_with_signs(tx, since=scene.desk.clock.now() - DAY, limit=9))
    assert before == len(scene.desk.outbox())


def others_return_path(scene: Scene) -> str:
    """The attacker's own: an agent answered him, too."""
    desk = scene.desk
    eve = "eve@signed.test"
    desk.take(desk.post.mail(eve, SUPPORT, "help me"), mail_from=eve)
    return Scene.answered(desk, desk.outbox("notification")[-1].reply_to).mail_from


def test_a_genuine_bounce_is_told_with_the_text_that_was_lost(scene: Scene) -> None:
    """The agent gets his words back, the ticket's story says it, and nothing goes to the customer."""
    scene.take(mails.bounce(returned=scene.answer.message_id), scene.bounce_address())

    (told,) = scene.since
    assert ("undeliverable", AGENT) == (told.template, told.recipient.address)
    values = dict(told.values)
    assert (CUSTOMER, "Please try again.") == (values["recipient"], values["text"])
    assert "5.1.1" in values["reason"]
    assert ["bounce", "suppressed"] == scene.story
    assert "automatic" == suppressed(scene)


def test_a_bounce_that_names_nobody_is_told_and_proves_nothing_about_an_address(scene: Scene) -> None:
    """It came to the answer's own return path, so the answer is lost."""
    raw = mails.plain(author=mails.MACHINE, subject="failure notice", text="Sorry, it did not work out.")
    scene.take(raw, scene.bounce_address())

    assert ["undeliverable"] == [mail.template for mail in scene.since]
    assert "" == suppressed(scene)


def test_after_two_days_an_answer_stays_here_and_the_agent_hears_so(scene: Scene) -> None:
    """He sees it before he writes, gets his text back if he writes all the same, and the customer's mail ends it."""
    desk = scene.desk
    for number in range(2):
        scene.take(mails.bounce(number=number), scene.bounce_address())
        desk.clock.at += DAY
    assert "answers" == suppressed(scene)
    to = scene.reply_address()
    desk.take(desk.post.mail(STRANGER, to, "May I add something?"), rcpt=[to], mail_from=STRANGER)
    seen = desk.outbox("notification")[-1]
    assert "no answer is sent to ann@bread.test before 2026-11-01" in dict(seen.values)["delivery"]
    assert b"Mail to the customer" in desk.letter(seen).data

    before = len(desk.outbox("answer"))
    kim = desk.outbox("notification")[0].reply_to
    desk.take(desk.post.mail(AGENT, kim, "One more thing.", subject="Re: Ticket 1"), rcpt=[kim], mail_from=AGENT)
    assert before == len(desk.outbox("answer"))
    lost = desk.outbox("undeliverable")[-1]
    assert "One more thing." == dict(lost.values)["text"]
    assert "no such mailbox" in dict(lost.values)["reason"]
    assert "not_sent" in scene.story

    desk.take(desk.post.mail(CUSTOMER, to, "It works again"), rcpt=[to], mail_from=CUSTOMER)
    assert "" == suppressed(scene)
    assert "One last thing." == dict(Scene.answered(desk, kim, "One last thing.").values)["text"]


def test_who_only_says_to_be_the_customer_does_not_end_it(scene: Scene) -> None:
    """A2 or better, from that very address."""
    scene.take(mails.bounce(), scene.bounce_address())
    desk = scene.desk
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "forged", signed=False), mail_from=CUSTOMER)
    desk.take(desk.post.mail("bob@bread.test", SUPPORT, "somebody else"), mail_from="bob@bread.test")

    assert "automatic" == suppressed(scene)


@pytest.mark.parametrize(
    ("reason", "code", "step", "expected"),
    [
        ("550 5.1.1 no such user", 550, "RCPT TO", "automatic"),
        ("550 5.1.1 no such user", 550, "DATA", "automatic"),
        ("550 5.1.1 your own address is unknown here", 550, "MAIL FROM", ""),
        ("552 5.2.2 full", 552, "RCPT TO", ""),
        ("550 5.7.1 we do not like you", 550, "RCPT TO", ""),
        ("550 no such user", 550, "RCPT TO", ""),
        ("the smarthost takes no mail", None, "connecting", ""),
    ],
)
def test_what_our_smarthost_refuses_counts_as_a_bounce(
    scene: Scene, reason: str, code: int | None, step: str, expected: str
) -> None:
    """Where it was about the recipient; of an agent's address nothing is kept."""
    for outgoing in (scene.receipt, replace(scene.receipt, recipient=replace(scene.receipt.recipient, address=AGENT))):
        desk, limited = scene.desk, outgoing.recipient.address != AGENT
        failure = Failure(
            outbox_id=1,
            outgoing=replace(outgoing, limited=limited),
            code=code,
            reason=reason,
            at=desk.clock.now(),
            step=step,
        )
        with desk.store.transaction() as tx:
            record_failure(tx, desk.gateway.desk, failure)

    assert (expected, "") == (suppressed(scene), suppressed(scene, AGENT))
    assert [] == scene.since  # a lost receipt is worth no mail


def test_a_refusal_for_our_reputation_is_an_alarm(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody's address is the worse for it."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(events, "reputation_refused", lambda domain, status: told.append((domain, status)))
    scene.take(mails.bounce(status="5.7.26"), scene.bounce_address())

    assert [("bread.test", "5.7.26")] == told
    assert "" == suppressed(scene)
    assert ["undeliverable"] == [mail.template for mail in scene.since]


def test_a_complaint_stops_automatic_mail_to_its_reader_only(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators hear of each; about a mail to somebody else it proves nothing."""
    told: list[int | None] = []
    monkeypatch.setattr(events, "complaint", lambda entry, ticket: told.append(ticket))
    notification = scene.desk.outbox("notification")[0]
    scene.take(mails.complaint(notification.message_id))
    assert "" == suppressed(scene)
    scene.take(mails.complaint(scene.answer.message_id, number=1))
    assert "automatic" == suppressed(scene)
    scene.take(mails.complaint("<somebody@else.test>", number=2))

    assert [1, 1, None] == told
    assert [] == scene.since
