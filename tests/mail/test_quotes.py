"""Reply, quotation, signature: what the sender wrote now, and nothing of it lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.quotes import REPLY_MARKER, REPLY_MARKER_EL, Split, is_forward, split
from tests.cost import cheap

QUOTED = "> Hello,\n> what is the domain of your shop?\n>\n> -- \n> Support"

ATTRIBUTIONS = {
    "Gmail, English": "On Tue, 1 Sep 2026 at 10:00, Support <support@x.test> wrote:",
    "Gmail, wrapped": "On Tue, 1 Sep 2026 at 10:00, Support of the Webshop Company\n<support@x.test> wrote:",
    "Gmail, Greek": "Στις Τρί, 1 Σεπ 2026 στις 10:00 π.μ., ο/η Support <support@x.test>\nέγραψε:",
    "Gmail, Dutch": "Op di 1 sep 2026 om 10:00 schreef Support <support@x.test>:",
    "Gmail, French": "Le mar. 1 sept. 2026 à 10:00, Support <support@x.test> a écrit :",
    "Gmail, German": "Am Di., 1. Sept. 2026 um 10:00 Uhr schrieb Support <\nsupport@x.test>:",
    "Apple Mail": "On 1 Sep 2026, at 10:00, Support <support@x.test> wrote:",
    "Apple Mail, Dutch": "Op 1 sep. 2026, om 10:00 heeft Support <support@x.test> het volgende geschreven:",
    "Apple Mail, German": "Am 01.09.2026 um 10:00 schrieb Support <support@x.test>:",
    "Thunderbird, Greek": "Στις 1/9/2026 10:00, ο Support έγραψε:",
    "Thunderbird, French": "Le 01/09/2026 à 10:00, Support a écrit :",
    "mutt": "On Tue, Sep 01, 2026 at 10:00:00AM +0300, Support wrote:",
    "name first": "Support <support@x.test> wrote on 01/09/2026 10:00:",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_what_stands_above_an_attribution_is_the_reply(attribution: str) -> None:
    """Also when programs wrap it, and when the signature stands between."""
    text = f"It is shop.example.\n\nThanks\n\n-- \nMaria\n\n{attribution}\n\n{QUOTED}\n"
    assert Split(
        reply="It is shop.example.\n\nThanks", quoted=f"{attribution}\n\n{QUOTED}", signature="-- \nMaria"
    ) == split(text)


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_a_quotation_may_have_no_marks(attribution: str) -> None:
    """HTML turned to text has none."""
    quoted = f"{attribution}\n\nHello,\nwhat is the domain?"
    assert Split(reply="It is shop.example.", quoted=quoted) == split(f"It is shop.example.\n\n{quoted}\n")


SEPARATORS = {
    "Outlook, English": "-----Original Message-----",
    "Outlook, German": "-----Ursprüngliche Nachricht-----",
    "Outlook, Dutch": "-----Oorspronkelijk bericht-----",
    "Outlook, French": "-----Message d'origine-----",
    "Outlook, Greek": "-----Αρχικό μήνυμα-----",
    "a phone": "-------- Original message --------",
    "English block": "From: Support <support@x.test>\nSent: Tuesday, 1 September 2026\nTo: Maria\nSubject: RE: help",
    "Greek block": "Από: Support\nΣτάλθηκε: Τρίτη, 1 Σεπτεμβρίου 2026\nΠρος: Μαρία\nΘέμα: RE: βοήθεια",
    "Dutch block": "Van: Support\nVerzonden: dinsdag 1 september 2026\nAan: Maria\nOnderwerp: RE: hulp",
    "French block": "De : Support\nEnvoyé : mardi 1 septembre 2026\nÀ : Maria\nObjet : RE: aide",
    "German block": "Von: Support\nGesendet: Dienstag, 1. September 2026\nAn: Maria\nBetreff: AW: Hilfe",
    "bold block": "*From:* Support\n*Sent:* Tuesday\n*To:* Maria\n*Subject:* help",
    "our own line": REPLY_MARKER,
    "our own line, Greek": REPLY_MARKER_EL,
}


@pytest.mark.parametrize("separator", SEPARATORS.values(), ids=SEPARATORS.keys())
def test_what_stands_above_a_separator_is_the_reply(separator: str) -> None:
    """Outlook's blocks and lines, and our own line."""
    quoted = f"{separator}\n\nHello,\nwhat is the domain?"
    assert Split(reply="It is shop.example.", quoted=quoted) == split(f"It is shop.example.\n\n{quoted}")


@pytest.mark.parametrize("marker", [REPLY_MARKER, REPLY_MARKER_EL, f"> {REPLY_MARKER}", f">> {REPLY_MARKER_EL}"])
def test_our_own_line_is_known_where_it_is_quoted(marker: str) -> None:
    """With the attribution above it, which may be in a language that we do not know."""
    attribution = "On Tue, 1 Sep 2026 at 10:00, Support <s@x.test> wrote:"
    result = split(f"Yes.\n\n{attribution}\n\n{marker}\n> Hello\n")
    assert ("Yes.", f"{attribution}\n\n{marker}\n> Hello") == (result.reply, result.quoted)


def test_answers_between_quotations_are_kept_with_them() -> None:
    """Without the questions nobody would understand them."""
    text = "Hello,\n\nOn 1 Sep 2026 at 10:00, Support wrote:\n> Which shop?\n\nshop.example\n\n> Since when?\n\nMonday"
    assert Split(reply=text) == split(text)


def test_an_answer_below_a_quotation_is_the_reply() -> None:
    """Some people write at the bottom."""
    above = "On 1 Sep 2026 at 10:00, Support wrote:\n> Which shop?\n> And since when?"
    result = split(f"{above}\n\nshop.example, since Monday\n-- \nMaria\n")
    assert Split(reply="shop.example, since Monday", quoted=above, signature="-- \nMaria") == result


def test_a_signature_below_the_quotation_is_a_signature() -> None:
    """Thunderbird puts it there."""
    result = split("Yes\n\n> Hello\n> there\n\n-- \nMaria\n")
    assert Split(reply="Yes", quoted="> Hello\n> there", signature="-- \nMaria") == result


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote: please help. Nobody answered.",
        "On 3 May 2026 I wrote:\nplease help",
        "From: the beginning\nit did not work",
        "Dear Sirs\n\nFrom: Athens\nTo: Paris\nis what I ordered",
        "The error is:\n---------- error ----------\nfailed",
        "## Title ##\n##- a list\n- of things -##x",
        "Hello\n\nFrom: Athens\nTo: Paris\nDate: 12/12/2026\nSubject: a parcel that never came\nplease help",
        "Γεια\nΣτις 12/11/2026 10:30 ο πελάτης μου έγραψε:\nδεν έλαβα την παραγγελία\nΤι κάνω;",
        "Bonjour\nLe 12/11/2026 à 10h30 le client a écrit :\nje n'ai rien reçu\nQue faire ?",
        "Hallo\nAm 12.11.2026 um 10:30 schrieb der Kunde:\nNichts angekommen\nWas tun?",
        "Hallo\nOp 12-11-2026 om 10:30 schreef de klant jan@x.test:\nNiks ontvangen\nWat nu?",
        "Hi\nOn Monday 12/11/2026 10:30 the customer bob@x.test wrote:\nI got nothing\nWhat now?",
        "hello\n--\nthis is the second part of my question\nwhy?",
        "hello\n\n-- \nAnn\n\nPS the order number is 1234",
        "5 > 3 and so on",
        "Is > this\na quotation?",
    ],
)
def test_a_text_that_only_looks_like_a_quotation_is_kept_whole(text: str) -> None:
    """In doubt more is shown."""
    assert Split(reply=text) == split(text)


def test_a_forwarded_mail_is_kept_whole() -> None:
    """It is what the mail is about."""
    text = "What is this?\n\nFrom: Bank\nSent: Monday\nTo: Maria\nSubject: your shop\n\nPay now!"
    assert Split(reply=text) == split(text, is_forward=True)
    assert split(text).quoted
    for subject in ("Fwd: your shop", "FW: x", "WG: x", "TR: x", "ΠΡΘ: x"):
        assert is_forward(subject)
    assert not is_forward("Re: Fwd: your shop")
    assert not is_forward("forward: x")


def test_where_nothing_would_be_left_everything_is_kept() -> None:
    """A mail that is only a quotation of Outlook's kind."""
    text = "\n-----Original Message-----\nFrom: Support\n\nHello"
    assert Split(reply=text.strip("\n")) == split(text)


def test_a_long_end_is_no_signature() -> None:
    """People draw lines of dashes."""
    text = "Hello\n--\n" + "\n".join(f"line {number}" for number in range(30))
    assert Split(reply=text) == split(text)


LINES = st.lists(
    st.sampled_from(
        [
            *("", " ", "> a", ">> b", "a", "-- ", "--", REPLY_MARKER, f"> {REPLY_MARKER_EL}"),
            *("-----Original Message-----", "From: a", "To: b", "Subject: c"),
            *("On Tue, 1 Sep 2026 at 10:00, Support", "wrote:", *ATTRIBUTIONS.values()),
        ]
    )
    | st.text(max_size=10),
    max_size=30,
)


@settings(deadline=None)
@given(LINES, st.booleans())
def test_every_line_is_in_exactly_one_part(lines: list[str], forward: bool) -> None:
    """No word of a customer is lost, and none is shown twice."""
    text = "\n".join(lines)
    result = split(text, is_forward=forward)
    parts = "\n".join((result.reply, result.quoted, result.signature)).split("\n")
    assert sorted(filter(None, text.split("\n"))) == sorted(filter(None, parts))


@pytest.mark.parametrize(
    "line", ["On a ", "> " * 50, "From: a\n", "On a@b 2024\n", "-" * 100 + "\n", "##-" * 30 + "\n"]
)
def test_no_text_is_slow(line: str) -> None:
    """Other trimmers need minutes for some of these."""
    cheap(1, lambda: split(line * 20_000))
