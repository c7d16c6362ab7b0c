"""Machines by name: absent people, calendars, filters, loops, in the words that their programs use."""

from dataclasses import dataclass

import pytest

from gateway import events
from gateway.model import TicketState
from tests.automatic import mails
from tests.automatic.mails import Scene, plain
from tests.desk import CUSTOMER, SUPPORT


@dataclass(frozen=True, slots=True)
class Absence:
    """An out-of-office reply as a program writes it."""

    subject: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()


ABSENCES = [
    Absence("Automatic reply: Payment fails", "I am out of the office.", (("X-Auto-Response-Suppress", "All"),)),
    Absence("Out of Office: Payment fails", "Back on Monday.", (("Auto-Submitted", "auto-replied"),)),
    Absence(
        "Re: Payment fails", "On holiday.", (("Auto-Submitted", "auto-replied (vacation)"), ("Precedence", "bulk"))
    ),
    Absence("Αυτόματη απάντηση: Payment fails", "Θα λείπω μέχρι τη Δευτέρα."),
    Absence("Εκτός γραφείου", "Απουσιάζω με άδεια.", (("X-Autoreply", "yes"),)),
    Absence("Automatisch antwoord: Payment fails", "Ik ben er maandag weer."),
    Absence("Afwezig: Payment fails", "Ik ben met vakantie.", (("X-Autorespond", "yes"),)),
    Absence("Réponse automatique : Payment fails", "Je suis absent jusqu'à lundi."),
    Absence("Absence du bureau", "De retour lundi.", (("Auto-Submitted", "auto-replied"),)),
    Absence("Automatische Antwort: Payment fails", "Ich bin im Urlaub."),
    Absence("Abwesenheitsnotiz: Payment fails", "Ich bin ab Montag wieder da.", (("X-Autoreply", "yes"),)),
]


@pytest.mark.parametrize("absence", ABSENCES, ids=lambda absence: absence.subject)
def test_who_is_away_reopens_nothing_and_hears_nothing(scene: Scene, absence: Absence) -> None:
    """A folded line in the ticket's story, in five languages; the ticket still waits for the customer."""
    raw = plain(subject=absence.subject, text=absence.text, headers=absence.headers)
    articles = scene.desk.events(scene.first)
    outcome = scene.take(raw, scene.reply_address(), "")

    assert ("record", None) == (outcome.action, outcome.article_id)
    assert ["auto_reply"] == scene.story
    assert TicketState.WAITING_FOR_CUSTOMER is scene.ticket.state
    assert [] == scene.since
    assert 1 == len(scene.desk.events(scene.first)) - len(articles)


def test_an_agents_absence_goes_nowhere(scene: Scene) -> None:
    """Least of all to the customer (A-19)."""
    to = scene.desk.outbox("notification")[0].reply_to
    raw = plain(author="kim@desk.test", subject="Automatic reply: Ticket 1", headers=(("In-Reply-To", "<x@y.test>"),))
    outcome = scene.take(raw, to, "")

    assert "record" == outcome.action
    assert [] == scene.since


def test_an_invitation_with_words_is_read_and_its_file_named(scene: Scene) -> None:
    """The file itself stays here: a calendar file in an agent's program acts by itself (A-45)."""
    scene.take(mails.invitation("Can we talk on Monday?"), mail_from=CUSTOMER)

    notification = scene.desk.outbox("notification")[-1]
    values = dict(notification.values)
    assert "invite.ics" in values["attachments"]
    assert "Can we talk on Monday?" in values["text"]
    assert () == notification.attachments


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Fwd: Report domain: desk.test Submitter: google.test"},
        {"filename": "report.xml.gz"},
    ],
)
def test_who_asks_about_a_report_is_a_person(scene: Scene, change: dict[str, str]) -> None:
    """A report that was forwarded, or a file that only sounds like one."""
    outcome = scene.take(mails.aggregate(**change), mail_from="noreply-dmarc-support@google.test")

    assert "person" == outcome.mail_class


def test_our_own_mail_that_comes_back_rings_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the third within a day, not at each of a thousand."""
    told: list[int] = []
    monkeypatch.setattr(events, "own_loop", lambda entry, mails: told.append(mails))
    for number in range(6):
        scene.take(plain(author=SUPPORT, text=str(number)), SUPPORT, SUPPORT)

    assert [3] == told
    assert [] == scene.since


def test_a_filter_is_never_convinced(scene: Scene) -> None:
    """No link is followed, nothing is answered; the agents hear that a customer must be reached by another way."""
    text = "Your message has been waitlisted. Click: https://filter.test/deliver?token=1"
    raw = plain(author="noreply@boxbe.com", text=text, headers=(("References", scene.answer.message_id),))
    scene.take(raw, mail_from="noreply@boxbe.com")

    (told,) = scene.since
    data = scene.desk.letter(told).data.decode()
    assert "filtered" == told.template
    assert CUSTOMER in data
    assert "https://filter.test" not in data
