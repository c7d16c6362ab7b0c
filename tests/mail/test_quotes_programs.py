"""What single programs put around a text: elements for signatures, heads between dashes, nouns in place of verbs."""

import pytest

from gateway.mail.parse import parse
from gateway.mail.quotes import split
from gateway.mail.quotes_signature import is_phone_line
from tests.cost import assert_linear
from tests.mail.mails import multipart, part

HEADER = "From: a@x.test\nSubject: Re: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"


def parts(html: str) -> tuple[str, str, str]:
    """Reply, quotation and signature of a mail in HTML."""
    message = parse(f"{HEADER}{html}".encode())
    return message.reply, message.quoted, message.signature


def both(plain: str, html: str) -> tuple[str, str, str]:
    """The same of a mail that says it in plain text, too."""
    text = part("text/plain; charset=utf-8", plain.encode())
    message = parse(multipart("alternative", text, part("text/html; charset=utf-8", html.encode())))
    return message.reply, message.quoted, message.signature


@pytest.mark.parametrize(
    "element",
    ['id="Signature"', 'class="gmail_signature"', 'data-smartmail="gmail_signature"', 'name="messageSignatureSection"'],
)
def test_what_a_program_calls_a_signature_is_one(element: str) -> None:
    """Above the quotation and below it; no line of it is thrown away."""
    signature = f"<div {element}><div>Jo Hat</div><div>Hats Ltd</div></div>"
    quotation = '<blockquote type="cite"><p>Which one?</p></blockquote>'

    assert ("Blue", "Which one?", "Jo Hat\nHats Ltd") == parts(f"<p>Blue</p>{signature}{quotation}")
    assert ("Blue", "Which one?", "Jo Hat\nHats Ltd") == parts(f"{quotation}<p>Blue</p>{signature}")


def test_the_html_says_where_the_signature_of_the_plain_text_begins() -> None:
    """Only where both end with the same lines, and with text above them."""
    rich = '<p>Blue</p><div id="Signature">Jo Hat<br>Hats Ltd</div>'

    assert ("Blue", "", "Jo Hat\nHats Ltd") == both("Blue\n\nJo Hat\nHats Ltd", rich)
    assert ("Blue\n\nJo Hat\nHats Ltd\nand red", "", "") == both("Blue\n\nJo Hat\nHats Ltd\nand red", rich)
    assert ("Jo Hat\nHats Ltd", "", "") == both("Jo Hat\nHats Ltd", rich)


@pytest.mark.parametrize("words", ["Can you call me?", "PS: the blog, too", "line<br>" * 16])
def test_people_type_into_the_element_for_signatures_too(words: str) -> None:
    """What asks, what is added and what is long is shown."""
    reply, _, signature = parts(f'<p>Hello</p><div id="Signature">{words}<br>Jo</div>')

    assert "" == signature
    assert reply.endswith("Jo")


def test_text_below_the_element_for_signatures_keeps_it_shown() -> None:
    """Nothing tells what was typed last."""
    reply, _, signature = parts('<p>Hello</p><div class="gmail_signature">Jo</div><p>Oh, and the price is 12.</p>')

    assert ("", True) == (signature, reply.startswith("Hello"))
    assert "price is 12" in reply


@pytest.mark.parametrize(
    "head",
    [
        "---- On Tue, 01 Sep 2026 10:00:00 +0200 Support <s@desk.test> wrote ---",
        "---- Op di, 01 sep. 2026 10:00:00 +0200 Support <s@desk.test> schreef ----",
        "---- On Tue, 01 Sep 2026 10:00:00 +0200 The Support of all our Shops\n<s@desk.test> wrote ----",
    ],
)
def test_a_head_between_dashes_begins_a_quotation(head: str) -> None:
    """Zoho marks nothing below it."""
    assert ("Blue", f"{head}\n\nWhich one?") == (
        split(f"Blue\n\n{head}\n\nWhich one?").reply,
        split(f"Blue\n\n{head}\n\nWhich one?").quoted,
    )


@pytest.mark.parametrize("noun", ["Quoting", "Zitat von", "Citeren", "Παράθεση από", "Citando a"])
def test_a_noun_and_an_address_stand_above_a_marked_quotation(noun: str) -> None:
    """Horde names no time; without an address it may be a person's own words."""
    assert "Blue" == split(f"Blue\n\n{noun} Support <s@desk.test>:\n\n> Which one?").reply
    assert f"Blue\n\n{noun} Goethe:" == split(f"Blue\n\n{noun} Goethe:\n\n> Which one?").reply


def test_a_marked_header_block_in_a_forwarded_mail_is_what_it_is_about() -> None:
    """Orange marks what it passes on as it marks what it quotes."""
    text = "Yours?\n\n> Message du 01/09/26 10:00\n> De : x@y.test\n> A : a@x.test\n> Objet : Facture\n> \n> Payez"

    assert text == split(text, is_forward=True).reply
    assert "Yours?" == split(text).reply


def test_a_few_marked_lines_at_the_top_may_be_a_list() -> None:
    """Only an attribution, or more of them, say that they are quoted."""
    assert "> ten\n> twelve\nPlease." == split("> ten\n> twelve\nPlease.").reply
    assert "Please." == split("On 1 Sep 2026 at 10:00, S <s@desk.test> wrote:\n> ten\nPlease.").reply
    assert "Please." == split("> 1\n> 2\n> 3\n> 4\nPlease.").reply


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Von Yahoo Mail auf Android gesendet",
            "Von meinem/meiner Galaxy gesendet",
            "Sent with Proton Mail secure email.",
        ),
        *(
            "Gesendet mit Proton Mail sicherer E-Mail.",
            "Sent with [Proton Mail](https://proton.example/home) secure email.",
        ),
        *("Envoyé avec la messagerie sécurisée Proton Mail.", "\u2063Get BlueMail for Android \u200b"),
    ],
)
def test_lines_of_programs_are_signatures(line: str) -> None:
    """In the languages that put the verb last, and with a link in Markdown."""
    assert is_phone_line(line, alone=True)


@pytest.mark.parametrize(
    "line",
    [
        *("sent from a Proton Mail address", "Von unserem Lager gesendet", "verzonden met PostNL"),
        *("Sent you the file from my Proton Mail account", "Sent with Proton Mail, but nothing came"),
    ],
)
def test_the_end_of_a_sentence_is_no_signature(line: str) -> None:
    """It goes on from the line above."""
    assert not is_phone_line(line, alone=False)


def test_shipping_terms_are_no_header_block() -> None:
    """`Sent:` counts where it tells when, or beside a subject."""
    terms = "Please write:\n\nFrom: 5 euro\nTo: 7 euro\nSent: within two days"

    assert terms == split(terms).reply


@pytest.mark.parametrize(
    "html",
    [
        '<div id="Signature">x</div>',
        '<div id="Signature">',
        '<p>x</p><div class="gmail_signature"><p>y</p></div><blockquote type="cite">z</blockquote>',
    ],
)
def test_elements_for_signatures_cost_no_more_than_text(html: str) -> None:
    """However many there are."""
    assert_linear(lambda size: parse(f"{HEADER}{html * size}".encode()), 200)


@pytest.mark.parametrize("line", ["--- a", "Zitat von a@b.test", "> De : x", "von a gesendet", "sent with " * 5])
def test_lines_that_look_like_heads_cost_no_more_than_text(line: str) -> None:
    """However many there are."""
    assert_linear(lambda size: split(f"{line} {size}\n" * size), 500)
