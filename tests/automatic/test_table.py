"""The decision table for automatic mail (threat model §2.2): each class recognised, each of its cells kept."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.mail.nature import NatureKind
from gateway.pipeline.machines import _BY_NATURE, TABLE, Attach, MailClass, Row, Tell
from gateway.pipeline.plan import Action
from tests.automatic import mails
from tests.automatic.mails import Scene, plain
from tests.desk import AGENT, CUSTOMER, SUPPORT

C = MailClass
ABSENT = (("Auto-Submitted", "auto-replied (vacation)"),)
DELIVER = "Before your message can be delivered, click the link below."


@dataclass(frozen=True, slots=True)
class Case:
    """A mail of a class, and what becomes of it."""

    mail_class: MailClass
    mail: Callable[[Scene], bytes]
    action: Action
    to: Callable[[Scene], str] = lambda _: SUPPORT
    mail_from: str | None = ""
    event: str = ""
    """What is added to the ticket's story."""
    sends: tuple[str, ...] = ()
    """What leaves because of it: (template)."""


def reply(scene: Scene) -> str:
    """The customer's address for this ticket."""
    return scene.reply_address()


def returned(scene: Scene) -> str:
    """The return path of the answer."""
    return scene.bounce_address()


def answering(scene: Scene) -> tuple[tuple[str, str], ...]:
    """The fields of a mail that answers ours."""
    return (("In-Reply-To", scene.answer.message_id),)


CASES = [
    Case(C.OWN_LOOP, lambda s: plain(message_id=s.answer.message_id), Action.RECORD),
    Case(C.OWN_LOOP, lambda _: plain(author=SUPPORT), Action.RECORD),
    Case(C.GENUINE_BOUNCE, lambda _: mails.bounce(), Action.RECORD, returned, "", "bounce", ("undeliverable",)),
    Case(C.GENUINE_BOUNCE, lambda _: mails.bounce("else@bread.test"), Action.RECORD, returned, "", "bounce"),
    Case(
        C.GENUINE_BOUNCE,
        lambda _: mails.bounce(status="4.4.1", action="delayed"),
        Action.RECORD,
        returned,
        "",
        "bounce",
    ),
    Case(C.OTHER_BOUNCE, lambda _: mails.bounce(), Action.RECORD),
    Case(C.OTHER_BOUNCE, lambda _: mails.bounce(), Action.RECORD, reply),
    Case(C.OTHER_BOUNCE, lambda _: mails.bounce(), Action.RECORD, returned, "eve@elsewhere.test"),
    Case(C.FEEDBACK_REPORT, lambda s: mails.complaint(s.answer.message_id), Action.RECORD, event="feedback_report"),
    Case(C.FEEDBACK_REPORT, lambda _: mails.complaint("<else@x.test>"), Action.RECORD),
    Case(
        C.DISPOSITION_NOTIFICATION,
        lambda s: mails.receipt_of_reading(s.answer.message_id),
        Action.RECORD,
        mail_from=CUSTOMER,
        event="disposition_notification",
    ),
    Case(C.DISPOSITION_NOTIFICATION, lambda _: mails.receipt_of_reading("<else@x.test>"), Action.RECORD),
    Case(C.AGGREGATE_REPORT, lambda _: mails.aggregate(), Action.RECORD, mail_from="noreply-dmarc-support@google.test"),
    Case(C.AGGREGATE_REPORT, lambda _: mails.report("tlsrpt", "x", part_type="application/tlsrpt+gzip"), Action.RECORD),
    Case(
        C.CHALLENGE,
        lambda s: plain(author="noreply@filter.test", text=DELIVER, headers=answering(s)),
        Action.RECORD,
        mail_from="x@filter.test",
        event="challenge",
        sends=("filtered",),
    ),
    Case(C.CHALLENGE, lambda _: plain(author="noreply@filter.test", text=DELIVER), Action.HOLD),
    Case(C.AUTO_REPLY, lambda _: plain(headers=ABSENT), Action.RECORD, reply, "", "auto_reply"),
    Case(C.AUTO_REPLY, lambda _: plain(headers=ABSENT), Action.RECORD, returned, "", "auto_reply"),
    Case(C.AUTO_REPLY, lambda _: plain(author="eve@elsewhere.test", headers=ABSENT), Action.RECORD, returned),
    Case(C.AUTO_REPLY, lambda s: plain(headers=(*ABSENT, *answering(s))), Action.HOLD),
    Case(C.AUTO_REPLY, lambda _: plain(headers=ABSENT), Action.HOLD),
    Case(C.AUTO_REPLY, lambda _: plain(author="eve@elsewhere.test", headers=ABSENT), Action.HOLD, reply),
    Case(C.BULK, lambda _: plain(headers=(("List-Id", "<l.x.test>"),)), Action.HOLD, mail_from="l@bread.test"),
    Case(C.BULK, lambda _: plain(headers=(("Feedback-ID", "1:x"),)), Action.HOLD, mail_from=CUSTOMER),
    Case(
        C.BULK,
        lambda _: plain(headers=(("Precedence", "bulk"),)),
        Action.APPEND,
        reply,
        CUSTOMER,
        "state",
        ("notification",),
    ),
    Case(C.BARE_CALENDAR, lambda _: mails.invitation(), Action.HOLD, mail_from=CUSTOMER),
    Case(C.BARE_CALENDAR, lambda _: mails.invitation(method="REPLY"), Action.RECORD, reply, CUSTOMER, "calendar"),
    Case(
        C.INVITATION,
        lambda _: mails.invitation("Can we talk?"),
        Action.OPEN,
        mail_from=CUSTOMER,
        sends=("receipt", "notification"),
    ),
    Case(
        C.ROLE,
        lambda _: plain(author="no-reply@signed.test"),
        Action.OPEN_UNCONFIRMED,
        mail_from="no-reply@signed.test",
        sends=("notification",),
    ),
    Case(
        C.QUIET,
        lambda _: plain(headers=(("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),)),
        Action.OPEN,
        mail_from=CUSTOMER,
        sends=("notification",),
    ),
    Case(
        C.QUIET,
        lambda _: plain(headers=(("Precedence", "first-class"),)),
        Action.OPEN,
        mail_from=CUSTOMER,
        sends=("notification",),
    ),
    Case(C.PERSON, lambda _: plain(), Action.OPEN, mail_from=CUSTOMER, sends=("receipt", "notification")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mail_class}-{case.action}-{case.event}")
def test_a_mail_of_each_class_ends_where_the_table_says(scene: Scene, case: Case) -> None:
    """Its class, its fate, the ticket's story and state, and everything that leaves because of it."""
    state = scene.ticket.state
    outcome = scene.take(case.mail(scene), case.to(scene), case.mail_from)

    assert (case.mail_class.value, case.action.value) == (outcome.mail_class, outcome.action)
    assert ([case.event] if case.event else []) == scene.story[:1]
    assert sorted(case.sends) == sorted(mail.template for mail in scene.since)
    to_outside = [mail for mail in scene.since if mail.recipient.address != AGENT]
    assert bool(to_outside) is ("receipt" in case.sends)
    if TABLE[case.mail_class].attach is not Attach.ARTICLE and case.mail_class is not C.BULK:
        assert state is scene.ticket.state
    assert outcome.why


def test_every_class_has_its_row_and_its_case() -> None:
    """The table is whole, and so are the cases."""
    assert set(MailClass) == set(TABLE) == {case.mail_class for case in CASES}


KEPT = {C.OWN_LOOP: 7, C.OTHER_BOUNCE: 14, C.AGGREGATE_REPORT: 30}


@pytest.mark.parametrize("found", MailClass)
def test_the_other_columns_are_those_of_the_threat_model(found: MailClass) -> None:
    """How long it is kept, who hears of it, what counts for priority, and that only people are answered."""
    row = TABLE[found]

    assert KEPT.get(found) == (row.keep.days if row.keep else None)
    assert (found in (C.INVITATION, C.PERSON)) is row.ack
    assert (found in (C.QUIET, C.INVITATION, C.PERSON)) is row.counts
    expected = {
        C.OWN_LOOP: Tell.OPERATORS,
        C.FEEDBACK_REPORT: Tell.OPERATORS,
        C.GENUINE_BOUNCE: Tell.IF_LOST,
        **dict.fromkeys((C.CHALLENGE, C.ROLE, C.QUIET, C.INVITATION, C.PERSON), Tell.AGENTS),
    }
    assert expected.get(found, Tell.NOBODY) is row.tell


def test_nothing_that_is_no_article_is_answered() -> None:
    """Also in a row that somebody adds."""
    rows: list[Row] = [row for row in TABLE.values() if row.attach is not Attach.ARTICLE]
    assert not any(row.ack or row.counts for row in rows)
    assert all(row.without_ticket in (Action.RECORD, Action.HOLD) for row in rows)


def test_every_nature_has_its_class() -> None:
    """`NatureKind` says who wrote; here it says what follows."""
    assert set(NatureKind) == set(_BY_NATURE) | {NatureKind.PERSON, NatureKind.BOUNCE}
