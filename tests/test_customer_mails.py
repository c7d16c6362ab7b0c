"""Every mail to a customer in every language, with awkward data, as it leaves: words, links, lengths, both forms."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache

import pytest

from gateway.mail.message import Address
from gateway.matching.rating import Rating, read_rating
from gateway.outbox.compose import Composer, compose
from gateway.outbox.outgoing import Outgoing
from gateway.render import LANGUAGES, Renderer
from gateway.tickets.opening import moment_in_words
from tests.test_render import TO_CUSTOMERS

RENDERER = Renderer()
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LOGIN = "https://shops.example/login?next=a_b"
REFERENCE = "T1-30K00-03RJ0-0XTXG-21Y83-SN6G0-PVJKK"
ORDINARY = {
    "address": "maria@bakery.example",
    "desk": "Kallisto",
    "login_url": LOGIN,
    "many": "yes",
    "opens": "10.10. 09:00",
    "reference": REFERENCE,
    "shop": "bakery.example",
    "shops": "1. bakery.example\n2. cake.example",
    "silent": "yes",
    "specialist": "yes",
    "text": "4711",
    "ticket": "104217",
}
LONG = "Χριστοδουλοπούλου-Παπαδημητρακοπούλου-" * 4
AWKWARD = ORDINARY | {
    "address": "*a_b*+{{7*7}}@bakery.example",
    "desk": f"**Desk** _of_ # {LONG} {{{{7*7}}}} [x](https://evil.example) <b>",
    "shop": "",
    "shops": "1. *\n2. שלום مرحبا \u202eevil\n3. {% if x %}<script>",
    "text": "# no heading\n\n- {{7*7}} ${x} {0.__class__}\nשלום مرحبا\n<img src=https://evil.example/p.png> [a](https://evil.example)",
}
SUBJECTS = ("Δεν λειτουργεί η πληρωμή", "مرحبا שלום", "**{{7*7}}** [x](https://evil.example)", "x" * 500, "")
SIGNED = {
    "en": ("Hello,", "Kind regards", "This mail was sent automatically."),
    "el": ("Γεια σας,", "Με φιλικούς χαιρετισμούς", "Το μήνυμα αυτό στάλθηκε αυτόματα."),
    "nl": ("Hallo,", "Met vriendelijke groet", "Deze mail is automatisch verstuurd."),
    "fr": ("Bonjour,", "Bien cordialement", "Ce message a été envoyé automatiquement."),
    "de": ("Guten Tag,", "Mit freundlichen Grüßen", "Diese Mail wurde automatisch verschickt."),
}
ENGLISH = re.compile(
    r"(?i)\b(the|and|you|your|hello|please|thank|thanks|this|that|regards|answer|reply|closed|waiting|solved|we|our|if|not)\b"
)
NO_ENGLISH = {"nl": {"we"}}
"""What is a word there, too."""
MAILS = [(name, language) for name in TO_CUSTOMERS for language in LANGUAGES]
AUTOMATIC = [(name, language) for name, language in MAILS if name != "answer"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail as it would leave."""

    subject: str
    plain: str
    html: str
    raw: bytes


def send(name: str, language: str, values: dict[str, str], subject: str = "") -> Sent:
    """Compose it, and read it as a mail program does."""
    return _sent(name, language, tuple(values.items()), subject)


@cache
def _sent(name: str, language: str, values: tuple[tuple[str, str], ...], subject: str) -> Sent:
    needed = RENDERER.placeholders(name, language)
    outgoing = Outgoing(
        message_id="<1@reply.example>",
        recipient=Address(address="ann@bakery.example"),
        mail_from="",
        template=name,
        language=language,
        values=tuple((key, value) for key, value in values if key in needed),
        subject=subject,
        automatic=name != "answer",
        limited=name != "answer",
    )
    composer = Composer(renderer=RENDERER, sender=Address(address="support@desk.example", name="Kallisto"))
    raw = compose(composer, outgoing, outbox_id=1, created_at=AT, blobs={}).data
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return Sent(str(mail["Subject"]), _part(mail, "plain"), _part(mail, "html"), raw)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def seen(document: str) -> list[str]:
    """The words of our HTML."""
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</?[bu]>|</?a\b[^>]*>", "", document))).split()


def shape(document: str) -> int:
    """How many paragraphs."""
    return document.count("<p>")


@pytest.mark.parametrize(("name", "language"), MAILS)
def test_an_ordinary_mail_is_whole(name: str, language: str) -> None:
    """Short subject and lines, a salutation, the desk's name under a greeting, the reference, nothing unresolved."""
    sent = send(name, language, ORDINARY)
    lines = sent.plain.rstrip().split("\n")
    hello, regards, automatic = SIGNED[language]

    assert 10 <= len(sent.subject) <= 78
    assert 78 >= max(map(len, lines))
    assert not re.search(r"[{}%\\]|\*\*|\bNone\b", sent.plain + sent.subject)
    assert (name == "neutral") == (f"Ref: {REFERENCE}" != lines[-1])
    if name == "answer":
        assert "Kallisto" in lines
    else:
        assert lines[0] == hello
        assert lines[lines.index(regards) + 1] == "Kallisto"
        assert automatic in " ".join(lines[lines.index("Kallisto") :])


@pytest.mark.parametrize(("name", "language"), MAILS)
def test_both_forms_say_the_same_words(name: str, language: str) -> None:
    """With ordinary data and with awkward data; who reads one has read the other."""
    for values in (ORDINARY, AWKWARD, dict.fromkeys(ORDINARY, "")):
        sent = send(name, language, values)
        # A name that is too long for a line makes the line after it shorter, and nothing else.
        assert sent.plain.split() == seen(sent.html)


@pytest.mark.parametrize(("name", "language"), MAILS)
def test_awkward_data_stays_data(name: str, language: str) -> None:
    """Nothing is worked out, no link or tag comes of a value, and our own lines stay short."""
    ordinary, sent = send(name, language, ORDINARY), send(name, language, AWKWARD)
    tags = re.compile(r"<(\w+)")

    assert "49" not in sent.plain.replace(REFERENCE, "")
    assert sent.plain.count("{{7*7}}") == sent.html.count("{{7*7}}")
    assert {"a"} >= set(tags.findall(sent.html)) & {"a", "img", "script", "b", "em", "h1"} - set(
        tags.findall(ordinary.html)
    )
    assert re.findall(r'href="([^"]*)"', ordinary.html) == re.findall(r'href="([^"]*)"', sent.html)
    values = [line for value in AWKWARD.values() for line in value.split("\n")]
    ours = [line for line in sent.plain.split("\n") if not any(value and value in line for value in values)]
    assert 78 >= max(map(len, ours))


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_customers_own_subject_stays_his(language: str, subject: str) -> None:
    """Whatever he wrote: one line in an answer, letter for letter as far as it is kept."""
    sent = send("answer", language, ORDINARY, f"Re: {subject}".rstrip())

    assert f"Re: {subject}".rstrip()[:200] == sent.subject
    assert 78 >= max(len(line) for line in sent.raw.split(b"\r\n") if b"x" * 100 not in line)
    assert subject not in sent.plain or not subject


@pytest.mark.parametrize(("name", "language"), MAILS)
def test_links_lead_to_the_login_and_nowhere_else(name: str, language: str) -> None:
    """In one mail alone; no picture, no address that tells who opened it, no password is asked for."""
    sent = send(name, language, AWKWARD | {"text": "x", "shops": "x", "desk": "x"})

    assert ([LOGIN] if name == "neutral" else []) == [
        html.unescape(url) for url in re.findall(r'href="([^"]*)"', sent.html)
    ]
    assert (1 if name == "neutral" else 0) == sent.plain.count("http")
    assert not re.search(r"(?i)<img|<style|src=|url\(", sent.html)


@pytest.mark.parametrize(("name", "language"), [each for each in MAILS if each[1] != "en"])
def test_no_english_is_left_in_the_others(name: str, language: str) -> None:
    """A small list of words; and in Greek no Latin word at all but what we call things."""
    sent = send(
        name, language, ORDINARY | {"desk": "4711", "address": "4711", "shops": "4711", "login_url": "", "shop": "1"}
    )
    text = sent.subject + "\n" + sent.plain.replace(REFERENCE, "")

    assert not {found.lower() for found in ENGLISH.findall(text)} - NO_ENGLISH.get(language, set())
    if language == "el":
        assert {"Ref", "email"} >= set(re.findall(r"[A-Za-z]{2,}", text))
    else:
        assert not re.search(r"[\u0370-\u03ff]", text)


@pytest.mark.parametrize("name", TO_CUSTOMERS)
@pytest.mark.parametrize("values", [ORDINARY, dict.fromkeys(ORDINARY, ""), ORDINARY | {"specialist": "", "silent": ""}])
def test_all_languages_have_the_same_values_and_as_many_paragraphs(name: str, values: dict[str, str]) -> None:
    """One more or one less where a language needs it."""
    english = send(name, "en", values)
    for language in LANGUAGES:
        sent = send(name, language, values)
        assert RENDERER.placeholders(name, "en") == RENDERER.placeholders(name, language)
        assert abs(shape(english.html) - shape(sent.html)) <= 1
        assert 0.6 <= len(sent.plain) / len(english.plain) <= 1.8


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_delay_has_one_reason_or_none(language: str) -> None:
    """A specialist before closed doors before too much work; where none is known no reason is made up."""
    none = {"specialist": "", "opens": "", "many": ""}
    texts = {
        reason: send("delayed", language, ORDINARY | none | {reason: "10.10. 09:00"}).plain
        for reason in ("specialist", "opens", "many")
    }
    plain = send("delayed", language, ORDINARY | none).plain

    assert 4 == len({plain, *texts.values()})
    assert all(len(plain) < len(text) for text in texts.values())
    assert "10.10. 09:00" in texts["opens"]
    assert texts["specialist"] == send("delayed", language, ORDINARY).plain
    assert ":" not in plain.partition("Ref:")[0].split("\n\n", 2)[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["receipt", "ask_shop", "reopened"])
def test_a_closed_desk_says_so_in_the_same_mail(name: str, language: str) -> None:
    """When it is there again, once; an open one says nothing of it."""
    closed, opened = (send(name, language, ORDINARY | {"opens": opens}) for opens in ("10.10. 09:00", ""))

    assert 1 == closed.plain.count("10.10. 09:00")
    assert "10.10." not in opened.plain
    assert closed.subject == opened.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_how_it_went_lists_five_answers_that_are_understood(language: str) -> None:
    """Each number and each word beside it, alone or together, is read as that number."""
    rows = re.findall(r"(?m)^([1-5]) = (.+)$", send("feedback", language, ORDINARY).plain)

    assert ["5", "4", "3", "2", "1"] == [number for number, _ in rows]
    for number, word in rows:
        for answer in (number, word, word.capitalize(), f"{number} = {word}", f"{number} {word}!"):
            assert Rating(value=int(number), has_more=False) == read_rating(answer), answer


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Monday 1 June at 09:05"),
        ("el", "τη Δευτέρα 1 Ιουνίου στις 09:05"),
        ("nl", "maandag 1 juni om 09:05 uur"),
        ("fr", "lundi 1er juin à 09 h 05"),
        ("de", "Montag, dem 1. Juni, um 09:05 Uhr"),
        ("sv", "Monday 1 June at 09:05"),
    ],
)
def test_a_moment_reads_as_people_say_it(language: str, words: str) -> None:
    """Every day and month has its name in each language."""
    moment = datetime(2026, 6, 1, 9, 5, tzinfo=UTC)

    assert words == moment_in_words(moment, language)
    every = {
        moment_in_words(datetime(2026, month, day, tzinfo=UTC), language)
        for month in range(1, 13)
        for day in range(1, 8)
    }
    assert 84 == len(every)
