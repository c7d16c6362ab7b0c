"""Quotations by the structure of HTML: what each program's elements say, alone and beside a plain text."""

from base64 import b64encode
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.html import marked_words, to_marked_text, to_text
from gateway.mail.message import Message
from gateway.mail.parse import parse
from gateway.mail.quotes_html import SIGNS, marked, read
from gateway.mail.quotes_views import split_views
from tests.cost import cheap

ATTRIBUTION = "An 1. x 2026 um 10:00 zzz Support &lt;support@x.test&gt; zzz zzz:"
"""In no language."""


def mail(html: str, plain: str | None = None, subject: str = "Re: x") -> Message:
    """A mail with this HTML, and with a plain text beside it."""
    parts = [("plain", plain)] if plain is not None else []
    raw = f"From: a@x.test\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    for kind, text in (*parts, ("html", html)):
        content = b64encode(text.encode()).decode()
        raw += f"--b\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{content}\n"
    return parse(f"{raw}--b--\n".encode())


def words(text: str) -> list[str]:
    """The lines that are not empty."""
    return [line.strip() for line in text.split("\n") if line.strip()]


REPLIES = {
    "Gmail": (
        '<div dir="ltr">Yes<br>Maria</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{ATTRIBUTION}<br></div><blockquote class="gmail_quote" style="margin:0;border-left:1px solid">'
        "Which shop?</blockquote></div>"
    ),
    "Gmail, old": (
        f'<p>Yes</p><p>Maria</p><div class="gmail_quote">{ATTRIBUTION}<br type="attribution">'
        '<blockquote class="gmail_quote">Which shop?<br></blockquote></div>'
    ),
    "Outlook desktop": (
        "<div class=WordSection1><p class=MsoNormal>Yes<o:p></o:p></p><p class=MsoNormal>Maria</p><div>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>"
        "<b>Zz:</b> Support &lt;support@x.test&gt;<br><b>Yy:</b> 1 x 2026 10:00<br><b>Xx:</b> Maria<br><b>Ww:</b> RE: a"
        "</p></div></div><p class=MsoNormal>Which shop?</p></div>"
    ),
    "Outlook on the web": (
        '<div>Yes</div><div>Maria</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
        '<div id="divRplyFwdMsg" dir="ltr"><font><b>Zz:</b> Support &lt;support@x.test&gt;<br><b>Yy:</b> 1 x 2026<br>'
        "<b>Xx:</b> Maria<br><b>Ww:</b> Re: a</font><div>&nbsp;</div></div><div>Which shop?</div>"
    ),
    "Outlook for Mac, old": (
        '<div>Yes</div><div>Maria</div><span id="OLK_SRC_BODY_SECTION"><div><b>Zz: </b>Support<br><b>Ww: </b>a</div>'
        "<div>Which shop?</div></span>"
    ),
    "Apple Mail": (
        f'Yes<div>Maria</div><div><br><blockquote type="cite"><div>{ATTRIBUTION}</div><br class="Apple-interchange">'
        "<div>Which shop?</div></blockquote></div><br>"
    ),
    "Thunderbird": (
        f'Yes<br>Maria<br><div class="moz-cite-prefix">{ATTRIBUTION}<br></div>'
        '<blockquote type="cite" cite="mid:a@x.test">Which<br>shop?</blockquote>'
    ),
    "Yahoo": (
        '<div class="ydp1">Yes</div><div>Maria</div><div id="ydp2yahoo_quoted_1" class="ydp3yahoo_quoted yahoo_quoted">'
        f"<div><div>{ATTRIBUTION}</div><div>Which shop?</div></div></div>"
    ),
    "Zimbra": (
        '<div>Yes</div><div>Maria</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">'
        '<b>Zz: </b>Support<br></div><div data-marker="__QUOTED_TEXT__">Which shop?</div>'
    ),
    "Zimbra, old": (
        '<div>Yes<br>Maria<br><hr id="zwchr"><b>Zz: </b>support@x.test<br><b>Xx: </b>m@x.test<br>'
        "<b>Yy: </b>1 x 2026<br><b>Ww: </b>a<br><br>Which shop?</div>"
    ),
    "Proton": (
        '<div>Yes</div><div>Maria</div><div class="protonmail_quote">' + ATTRIBUTION + "<br>"
        '<blockquote class="protonmail_quote" type="cite">Which shop?</blockquote></div>'
    ),
    "mail.ru": f"<p>Yes</p><p>Maria</p>{ATTRIBUTION}<br><blockquote>Which shop?</blockquote>",
}  # fmt: skip


@pytest.mark.parametrize("html", REPLIES.values(), ids=REPLIES.keys())
def test_what_a_program_marks_is_quoted_in_every_language(html: str) -> None:
    """The words above the quotation are in none."""
    message = mail(html)
    assert ["Yes", "Maria"] == words(message.reply)
    assert words(message.quoted)[-1].endswith("hop?")


@pytest.mark.parametrize("html", REPLIES.values(), ids=REPLIES.keys())
def test_the_structure_helps_the_plain_text(html: str) -> None:
    """Which has no marks, and words above the quotation that nobody knows."""
    plain = to_text(html)[0]
    assert plain == mail("", plain).reply
    message = mail(html, f"{plain}\n")
    assert plain == message.text.strip("\n")
    assert ["Yes", "Maria"] == words(message.reply)
    assert words(plain) == words(message.reply) + words(message.quoted)


def test_answers_between_quotations_are_kept_with_them() -> None:
    """Gmail closes the quotation before an answer, inside of one element around all."""
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On 1 Sep 2026 at 10:00, S &lt;s@x.test&gt; wrote:</div>'
        '<blockquote class="gmail_quote">Which shop?</blockquote><div>shop.example</div>'
        '<blockquote class="gmail_quote">Since when?</blockquote><div>Monday</div></div>'
    )
    assert ["Which shop?", "shop.example", "Since when?", "Monday"] == words(mail(html).reply)[1:]


def test_an_answer_below_a_quotation_is_the_reply() -> None:
    """Thunderbird's way."""
    html = (
        '<div class="moz-cite-prefix">Am 1.9.2026 schrieb S:</div><blockquote type="cite">Which shop?</blockquote>'
        '<p>shop.example</p><pre class="moz-signature">-- \nMaria</pre>'
    )
    message = mail(html)
    assert (["shop.example"], ["--", "Maria"]) == (words(message.reply), words(message.signature))


def test_what_stands_between_attribution_and_quotation_is_kept() -> None:
    """Somebody typed above the quotation."""
    html = f'Hello<div class="moz-cite-prefix">{ATTRIBUTION}</div><p>shop.example</p>'
    html += '<blockquote type="cite">Which?</blockquote>'
    assert "shop.example" in words(mail(html).reply)


@pytest.mark.parametrize(
    "html",
    [
        '<p>My terms:</p><blockquote style="margin:0 0 0 40px;border:none;padding:0px">14 days</blockquote>',
        "<p>My terms:</p><blockquote>14 days</blockquote>",
        '<p>My terms:</p><div style="border-top:1px solid red">14 days<br>from: us<br>to: you</div>',
        '<div id="appendonsend"></div><p>My terms:</p><p>14 days</p>',
        '<p>My terms:</p><hr><p>14 days</p>',
        "<p>My terms:</p></div></blockquote><p>14 days</p>",
        '<!-- <blockquote type="cite"> --><p>My terms:</p><p>14 days</p><!-- </blockquote> -->',
    ],
)  # fmt: skip
def test_what_the_author_indents_is_his_own(html: str) -> None:
    """And what only looks like the beginning of a quotation."""
    message = mail(html)
    assert ("", "") == (message.quoted, message.signature)
    assert words(message.text) == words(message.reply)


FORWARDED = {
    "Gmail": (
        '<div>Is it real?</div><div class="gmail_quote"><div class="gmail_attr">'
        "---------- Forwarded message ---------<br>From: <b>Bank</b><br>Date: Mon<br>Subject: Pay<br>"
        "To: me<br></div><br>Pay now</div>"
    ),
    "Apple Mail": (
        'Is it real?<blockquote type="cite"><div>Begin forwarded message:</div><div><b>From: </b>Bank</div>'
        "<div><b>Subject: </b>Pay</div><div>Pay now</div></blockquote>"
    ),
    "Thunderbird, in no language": (
        '<p>Is it real?</p><div class="moz-forward-container">-------- Zzzz zzz --------<table><tr><th>Subject: </th>'
        "<td>Pay</td></tr><tr><th>From: </th><td>Bank</td></tr></table>Pay now</div>"
    ),
    "Yahoo": (
        '<div>Is it real?</div><div class="yahoo_quoted"><div>----- Forwarded Message -----</div><div>From: Bank</div>'
        "<div>Pay now</div></div>"
    ),
}


@pytest.mark.parametrize("html", FORWARDED.values(), ids=FORWARDED.keys())
def test_a_mail_that_is_passed_on_is_kept_whole(html: str) -> None:
    """It is what the mail is about, whatever its subject says."""
    message = mail(html)
    assert words(message.text) == words(message.reply)
    assert "Pay now" == words(message.reply)[-1]


def test_a_mail_that_its_subject_calls_passed_on_is_kept_whole() -> None:
    """Outlook marks it as it marks a quotation."""
    message = mail(REPLIES["Outlook desktop"], subject="FW: a")
    assert words(message.text) == words(message.reply)


def test_what_the_html_shows_is_not_cut_from_the_plain_text() -> None:
    """The customer cites a letter; his program marks only what it quotes itself."""
    plain = (
        "I got this:\n\nFrom: Bank\nSent: Monday\nTo: me\nSubject: Pay\n\nIs it real?\n\n"
        "On 1 Sep 2026 at 10:00, S <s@x.test> wrote:\n> Hello"
    )
    html = (
        "<p>I got this:</p><div>From: Bank<br>Sent: Monday<br>To: me<br>Subject: Pay<br><br>Is it real?</div>"
        '<div class="gmail_quote"><div class="gmail_attr">On 1 Sep 2026 at 10:00, S &lt;s@x.test&gt; wrote:</div>'
        '<blockquote class="gmail_quote">Hello</blockquote></div>'
    )
    assert "Is it real?" in mail("", plain).quoted
    # Both readings cut here: nothing in the structure says that the letter is not quoted.
    assert ["I got this:"] == words(mail(html, plain).reply)
    typed = html.replace("From: Bank<br>Sent: Monday<br>", "From: Bank Sent: Monday ")
    assert "Is it real?" in words(mail(typed, plain).reply)


def test_a_plain_text_that_says_something_else_is_left_alone() -> None:
    """Some programs put `this mail is HTML` there."""
    html = REPLIES["Gmail"]
    for plain in ("Your program does not show HTML.", "Which shop? is what you ask.\nYes\nMaria", ""):
        assert words(mail(html, plain).reply) == (words(plain) or ["Yes", "Maria"])


def test_the_text_of_a_marked_document_is_the_same_text() -> None:
    """No sign is left, no word is lost, also none that looks like a sign."""
    for html in (*REPLIES.values(), *FORWARDED.values(), f"a{SIGNS}b<blockquote>c</blockquote>", "&#xfdd0;a&#xfdd1;"):
        text, _ = read(to_marked_text(html)[0])
        assert not set(SIGNS) & set(text)
        assert words("".join(c for c in to_text(html)[0] if c not in SIGNS)) == words(text)


TAGS = st.lists(
    st.sampled_from(
        [
            *(
                '<div class="gmail_quote">',
                '<div class="gmail_attr">',
                '<blockquote type="cite">',
                "<blockquote>",
                "<div>",
            ),
            *(
                "</div>",
                "</blockquote>",
                "<span>",
                "</span>",
                '<hr id="zwchr">',
                '<div id="divRplyFwdMsg">',
                "<br>",
                "one ",
            ),
            *(
                "<p>two</p>",
                "From: a@x.test<br>",
                "Sent: 2026<br>",
                "To: b<br>",
                "Subject: c<br>",
                "On 1.1.2026 S wrote:<br>",
            ),
            *(
                '<div class="moz-forward-container">',
                '<div class="yahoo_quoted">',
                "<!--",
                "-->",
                "<table><tr><td>",
                "</table>",
            ),
        ]
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=150)
@given(TAGS, st.booleans())
def test_no_line_is_lost_or_doubled_in_broken_html(tags: list[str], has_plain: bool) -> None:
    """Every line of the text is in exactly one part."""
    html = "".join(tags)
    message = mail(html, to_text(html)[0] if has_plain else None)
    parts = words(message.reply) + words(message.quoted) + words(message.signature)
    assert sorted(words(message.text)) == sorted(parts)


@pytest.mark.parametrize(
    "html",
    [
        '<div class="gmail_quote">' * 30_000,
        '<blockquote type="cite">a</blockquote>' * 20_000,
        "<span>" * 60_000 + "</div>" * 60_000,
        "<div>" * 30_000 + "<span></div>" * 30_000,
        "<!-- <div" * 60_000 + "<div>",
        "<!--" + "-" * 500_000,
        "<div " + "class=" * 100_000 + ">",
        '<div style="' + "border-top:" * 50_000 + '">',
        "<blockquote>On 1.1.2026 at 10:00,<br></blockquote>" * 10_000,
        "<div class=gmail_attr>" + "a<br>" * 100_000,
    ],
)
def test_no_document_is_slow(html: str) -> None:
    """Marks cost no more than the text does."""
    cheap(2, lambda: (marked_words(html), read(marked(html))))


@pytest.mark.parametrize("head", ["On zz:", "On 1.1.2026 S wrote:"])
def test_two_views_of_a_long_mail_are_compared_quickly(head: str) -> None:
    """Twenty thousand lines each, the same and all different."""
    quotation = f'<div class="gmail_quote"><div class=gmail_attr>{head}</div><blockquote type="cite">q1</blockquote>'
    for word in ("line", "other"):
        html = "".join(f"<p>line {number}</p>" for number in range(20_000)) + quotation
        plain = "\n".join(f"{word} {number}" for number in range(20_000)) + f"\n\n{head}\n> q1"
        cheap(2, partial(split_views, plain, html, is_forward=False))


def test_a_form_below_a_line_is_the_customers() -> None:
    """Labels, a date and a time below a border, but nobody who sent it."""
    rows = ("Order: 12", "Date: 12/12/2026 10:30", "Name: Maria", "Please cancel it")
    form = "".join(f"<p>{row}</p>" for row in rows)
    read = mail(f'<p>Hello</p><div style="border-top:solid 1pt">{form}</div>')

    assert ["Hello", *rows] == words(read.reply)
