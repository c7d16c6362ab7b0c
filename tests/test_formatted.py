"""The formatting of agents' answers, from the HTML of the mail programs that they write in."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import markdown
from gateway.formatted import MAX_HTML, fingerprint, formatted
from tests.cost import cheap

GMAIL_QUOTE = (
    '<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, Sep 1, 2026 Support wrote:<br></div>'
    '<blockquote class="gmail_quote"><b>a note for the desk</b></blockquote></div>'
)
GMAIL = (
    '<div dir="ltr"><div>#solved</div><div>Hello <b>Ann</b>,<br>please see <a href="https://help.test/x?a=1&amp;b=2">'
    "this page</a>:</div><ul><li>one <i>thing</i></li><li>two<ol><li>deep</li><li>deeper</li></ol></li></ul>"
    f"<div>Kind regards</div></div>{GMAIL_QUOTE}"
)
GMAIL_PLAIN = (
    "Hello *Ann*,\nplease see this page <https://help.test/x?a=1&b=2>:\n\n   - one *thing*\n   - two\n"
    "      1. deep\n      2. deeper\n\nKind regards"
)
OUTLOOK = (
    '<html><head><style>p {margin:0}</style></head><body><div class="WordSection1"><p class="MsoNormal">Hello Ann,'
    '<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">The domain is <b>connected</b>: '
    '<a href="https://bread.test/">https://bread.test/</a><o:p></o:p></p><div><div style="border:none;border-top:solid '
    '#E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Support</p></div></div></body></html>'
)
OUTLOOK_PLAIN = "Hello Ann,\n\nThe domain is connected: https://bread.test/"
APPLE = (
    "<html><body>Dear Ann,<div><br></div><div><strong>First</strong> the prices, <em>then</em> the photos.</div>"
    '<div><br><blockquote type="cite"><div>On 1 Sep 2026, Support wrote:</div><div>a note</div></blockquote></div>'
    "</body></html>"
)
APPLE_PLAIN = "Dear Ann,\n\nFirst the prices, then the photos."


TAGS = ("b", "i", "p", "li", "u", "div", "blockquote")


def both(document: str, answer: str) -> tuple[str, str]:
    """The formatted answer as text and as HTML."""
    tokens = markdown.parse(formatted(document, answer))
    return markdown.to_text(tokens).strip(), markdown.to_html(tokens).strip()


def test_bold_links_and_lists_of_gmail_reach_the_customer() -> None:
    """Without the command above, and without the quotation below."""
    text, html = both(GMAIL, GMAIL_PLAIN)

    assert (
        "Hello Ann,\nplease see this page <https://help.test/x?a=1&b=2>:\n\n- one thing\n- two\n  1. deep\n"
        "  2. deeper\n\nKind regards" == text
    )
    assert "Hello <b>Ann</b>,<br>" in html
    assert '<a href="https://help.test/x?a=1&amp;b=2">this page</a>' in html
    assert "<li>one <i>thing</i></li>" in html
    assert "<ol>\n<li>deep</li>\n<li>deeper</li>\n</ol>" in html
    assert "solved" not in html
    assert "note" not in html


@pytest.mark.parametrize(
    ("document", "plain", "expected"),
    [
        (OUTLOOK, OUTLOOK_PLAIN, "<b>connected</b>"),
        (OUTLOOK, OUTLOOK_PLAIN, '<a href="https://bread.test/">https://bread.test/</a>'),
        (APPLE, APPLE_PLAIN, "<b>First</b> the prices, <i>then</i> the photos."),
        ("<p>Το <b>κατάστημα</b> άνοιξε</p>", "Το κατάστημα άνοιξε", "<b>κατάστημα</b>"),
        ("<blockquote>cited</blockquote><p>yes</p>", "> cited\n\nyes", "<blockquote>"),
        ("<h2>Steps</h2><p>go</p>", "Steps\n\ngo", "<b>Steps</b>"),
    ],
)
def test_other_programs(document: str, plain: str, expected: str) -> None:
    """Their own HTML, and what they make of it as plain text."""
    assert expected in both(document, plain)[1]


@pytest.mark.parametrize(
    ("document", "plain"),
    [
        ("", "Hello"),
        ("<p>Hello</p>", "Hello"),  # nothing is formatted
        ("<p>Hello <b>Ann</b></p>", "Hello Bob"),
        ("<p>Hello <b>Ann</b> and more</p>", "Hello Ann"),  # the run ends inside a line
        ("<p>a secret</p><p><b>Hello</b></p>", "secret Hello"),  # it begins inside one
        ("<p>Hello <b>Ann</b></p><p>a note</p><p>Bye</p>", "Hello Ann\n\nBye"),  # what is between may not leave
        ("<b>x</b>" * MAX_HTML, "x"),
        ("<p><b>Hello</b></p>", ""),
    ],
)
def test_where_the_words_differ_the_answer_stays_plain(document: str, plain: str) -> None:
    """What may leave was decided on the plain text."""
    assert "" == formatted(document, plain)


def test_nothing_of_it_is_dangerous() -> None:
    """Scripts, styles, pictures, other schemes and Markdown of the agent's own: words, or nothing."""
    document = (
        "<style>p{}</style><script>alert(1)</script><p onclick=x><b>Hi</b> <a href='javascript:alert(1)'>here</a> "
        "<a href='/relative'>there</a> <img src='https://evil.test/p.png'> [a](https://evil.test) **x** {{7*7}} "
        "&lt;b&gt; `c`</p>"
    )
    text, html = both(document, "Hi here there [a](https://evil.test) **x** {{7*7}} <b> `c`")

    assert "Hi here there [a](https://evil.test) **x** {{7*7}} <b> `c`" == text
    assert "<p><b>Hi</b> here there [a](https://evil.test) **x** {{7*7}} &lt;b&gt; `c`</p>" == html


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["b", "i", "p", "li", "u", "div", "blockquote"]), st.text(max_size=12)), max_size=12
    )
)
def test_no_letter_leaves_that_is_not_in_the_answer(pieces: list[tuple[str, str]]) -> None:
    """Whatever the HTML is, its words come out once, in their order, or not at all."""
    document = "".join(
        f"<{tag}>{markdown.to_html(markdown.parse(markdown.escape(text)))}</{tag}>" for tag, text in pieces
    )
    answer = "\n".join(text for _, text in pieces)
    text, _ = both(document, answer)

    assert fingerprint(text) in ("", fingerprint(answer))


def test_it_takes_time_in_proportion() -> None:
    """Half a megabyte of what repeats itself, and of what is nested."""
    for document, answer in (
        ("<div>aaaa</div>" * (MAX_HTML // 15), "a" * 5000 + "b"),
        ("<ul><li>x" * (MAX_HTML // 9), "x" * 9),
        ("<b>" * (MAX_HTML // 4) + "x", "x"),
        ("<i><b>" * 40 + "<p>x</p>" * (MAX_HTML // 9), "x"),
    ):
        cheap(2, partial(formatted, document, answer))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<div>one <b>b</b></div><div>two</div><div><br></div><div>three</div>", "one b\ntwo\n\nthree"),
        ("one <b>b</b><br>two<br><br>three<div>four</div>", "one b\ntwo\n\nthree\nfour"),
        ("<p>one <b>b</b></p><p>two</p>", "one b\n\ntwo"),
        (
            "<div>one <b>b</b></div><ul><li>two<br>more</li><li>three</li></ul><div>four</div>",
            "one b\n\n- two\n  more\n- three\n\nfour",
        ),
    ],
    ids=["gmail", "breaks", "paragraphs", "list"],
)
def test_empty_lines_stand_where_the_agent_saw_them(document: str, expected: str) -> None:
    """Lines of one block stay together, however the mail program wrote them."""
    assert expected == both(document, expected)[0]
