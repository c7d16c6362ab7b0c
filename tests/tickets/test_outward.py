"""What of an agent's mail may reach a customer."""

from datetime import UTC, datetime

import pytest

from gateway.mail.message import Attachment, Message
from gateway.model import Agent, Article, ArticleKind
from gateway.tickets import outward

ANN = "ann@bread.test"
KIM = Agent(name="Kim", address="kim@desk.test")


def article(kind: ArticleKind, text: str, author: str = ANN) -> Article:
    """An article of a ticket."""
    return Article(
        id=1,
        ticket_id=1,
        entry_id=None,
        kind=kind,
        at=datetime(2026, 9, 1, tzinfo=UTC),
        author=author,
        author_name="",
        confirmed=True,
        message_id="",
        subject="",
        text=text,
        reply=text,
        defects=(),
    )


def file(
    content: bytes = b"x", *, name: str = "a.txt", kind: str = "text/plain", cid: str = "", inline: bool = False
) -> Attachment:
    """A file of an agent's mail."""
    return Attachment(
        filename=name, content_type=kind, content=content, sha256=str(content), inline=inline, content_id=cid
    )


ARTICLES = [
    article(ArticleKind.IN, "The payment page\nstays empty since this morning."),
    article(ArticleKind.INTERNAL, "He never pays his bills.", author=KIM.address),
    article(ArticleKind.IN, "I am his colleague.", author="bob@bread.test"),
    article(ArticleKind.OUT, "Please try again.", author=KIM.address),
]


@pytest.mark.parametrize(
    ("quoted", "passes"),
    [
        ("> stays empty since this morning.", True),
        ("> The payment page stays", True),
        (">> Please   try again.", True),
        ("> He never pays his bills.", False),
        ("> I am his colleague.", False),
        ("> kim@desk.test:", False),
        (">", False),
    ],
)
def test_a_quotation_passes_where_the_customer_has_its_words(quoted: str, passes: bool) -> None:
    """Also wrapped anew; a note, a colleague's mail and what stands around them do not pass."""
    text = f"> --- internal ---\n{quoted}\nMy words.\n> --- end of internal ---"

    expected = f"{quoted}\nMy words." if passes else "My words."
    assert expected == outward.own_words(text, ARTICLES, ANN)


def test_what_an_agent_marks_as_quoted_himself_is_his() -> None:
    """Without a line of our notification there is nothing to cut."""
    text = "Please type:\n> connect shop\nThat is all."

    assert text == outward.own_words(text, ARTICLES, ANN)


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("Dear Ann,\nhe never pays his bills.\n", False),
        ("Dear Ann,\nHe never pays his bills.\n", True),
        ("> He never pays his", True),
        ("> stays empty since this", False),
    ],
)
def test_a_line_of_a_note_is_noticed(text: str, repeats: bool) -> None:
    """A note that repeats the customer's words hides them from nobody."""
    notes = [*ARTICLES, article(ArticleKind.INTERNAL, "She says: stays empty since this morning.")]

    assert repeats is outward.repeats_a_note(text, notes, ANN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to Kim@Desk.test.", "Write to support@desk.test."),
        ("<kim@desk.test>", "<support@desk.test>"),
        ("akim@desk.test kim@desk.test.example", "akim@desk.test kim@desk.test.example"),
    ],
)
def test_an_agents_address_becomes_the_desks(text: str, expected: str) -> None:
    """However it is written, and only where it stands alone."""
    assert expected == outward.without_addresses(text, [KIM], "support@desk.test")


HEAD = "De: Desk <support@desk.test>\nEnviado: martes\nPara: Kim\nAsunto: Ticket 1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Try again.\n\nEl martes a las 8:00, Desk (<support@desk.test>) escribió:\n", "Try again."),
        (f"Try again.\n\n{HEAD}\n", "Try again."),
        ("Write to support@desk.test.", "Write to support@desk.test."),
        ("See:\nName: x\nWrite to: support@desk.test", "See:\nName: x\nWrite to: support@desk.test"),
        ("One: 1\nTwo: 2\nThree: 3", "One: 1\nTwo: 2\nThree: 3"),
    ],
)
def test_the_head_of_a_quotation_does_not_stay(text: str, expected: str) -> None:
    """In languages that nobody taught us; what an agent writes himself does."""
    assert expected == outward.without_head(text, "support@desk.test")


@pytest.mark.parametrize("mark", outward.MARKS)
def test_a_rest_of_a_notification_keeps_the_answer_back(mark: str) -> None:
    """Its marks stand in nothing else."""
    assert outward.HOLDS_QUOTATION == outward.problem_of(f"Hello\n{mark}\nbye", Message(author=None), [KIM])


TOKEN = b"a1-" + b"0" * 30


@pytest.mark.parametrize(
    ("attachment", "words"),
    [
        (file(name="forwarded.eml", kind="message/rfc822"), "is a mail"),
        (file(name="Forwarded.MSG", kind="application/octet-stream"), "is a mail"),
        (file(b"... --- internal --- ..."), "only the desk"),
        (file(b"Reply-To: " + TOKEN), "only the desk"),
        (file(b"KIM@desk.test"), "only the desk"),
        (file(TOKEN, kind="image/png"), ""),
        (file(b"EMAIL:kim@desk.test", name="kim.vcf", kind="text/vcard"), ""),
        (file(b"--- internal ---", name="ATT00001.txt"), ""),
        (file(), ""),
    ],
)
def test_a_file_for_the_desk_keeps_the_answer_back(attachment: Attachment, words: str) -> None:
    """Mails, and texts with marks, tokens or addresses of the desk; what mail programs add is left out instead."""
    problem = outward.problem_of("Hello", Message(author=None, attachments=(attachment,)), [KIM])

    assert words in problem
    assert bool(words) is bool(problem)


def test_what_mail_programs_add_does_not_go_along() -> None:
    """Signatures, keys and cards name the agent; a text that Exchange cut off holds the quotation."""
    wanted = [file(name="price.pdf", kind="application/pdf"), file(b"the rest of my text", name="ATT00002.txt")]
    added = [
        file(name="smime.p7s", kind="application/pkcs7-signature"),
        file(name="signature.asc", kind="application/pgp-signature"),
        file(name="kim.vcf", kind="text/vcard"),
        file(name="winmail.dat", kind="application/ms-tnef"),
        file(b"--- internal ---", name="ATT00001.htm", kind="text/html"),
    ]

    message = Message(author=None, attachments=(*wanted, *added))
    assert wanted == outward.files(message, frozenset())


@pytest.mark.parametrize(
    ("html", "passes"),
    [
        ("", True),
        ('<p>See: <img src="cid:shot@x"></p><div class="gmail_quote"><img src="cid:old@x"></div>', True),
        ('<p>See</p><div class="gmail_quote"><img src="cid:SHOT@x"></div>', False),
        ('<p>See</p><p>##- Please type your reply above this line -##</p><img src="cid:shot@x">', False),
        ('<p>See</p><div id="Signature"><img src="cid:shot@x"></div>', False),
    ],
)
def test_a_pasted_picture_goes_along(html: str, passes: bool) -> None:
    """Unless it stands in the quotation or the signature; one that no HTML shows was attached (Apple Mail)."""
    picture = file(name="shot.png", kind="image/png", cid="shot@x", inline=True)
    message = Message(author=None, html=html, attachments=(picture,))

    assert passes is bool(outward.files(message, frozenset()))
    assert [] == outward.files(message, frozenset({picture.sha256})), "the ticket's own picture, quoted"
