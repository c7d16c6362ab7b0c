"""HTML to text: readable, nothing hidden, and never slow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.html import MAX_HTML, declared_charset, stripped, to_text
from tests.cost import cheap


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<p>one<p>two", "one\n\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<ul><li>a<li>b</ul>", "  * a\n  * b"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a  b\nc  d"),
        ("&lt;b&gt; &amp; &#8364; &euro;", "<b> & € €"),
        ("<script>alert(1)</script><style>p{}</style>seen", "seen"),
        ("<!-- <p>comment --> seen", "seen"),
        ("<title>only a title", "only a title"),
        ('<p style="display:none">hidden', "hidden"),
        ('<p style="color:red;VISIBILITY : hidden">hidden', "hidden"),
        ('<?xml version="1.0" encoding="utf-8"?><html><body>x', "x"),
        ("", ""),
        ("<!-- nothing -->", ""),
        ("plain text", "plain text"),
        ("a\0b", "ab"),
    ],
)
def test_html_becomes_what_a_person_would_read(document: str, text: str) -> None:
    """Also what a style sheet hides from the sender's own program."""
    assert (text, "") == to_text(document)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("<div>" * 50_000 + "found", "found"),
        ("<table><tr><td>" * 3_000 + "found", "found"),
        ("<table>" + ("<tr>" + "<td>x" * 100) * 2000 + "</table>", "x"),
        (("<table><tr><td>a<td>" * 40) + "x y " * 200_000, "x y"),
        ("<b>x</b>" * 100_000, "x"),
        ("<" * 500_000, "<"),
        ("<!--" * 100_000 + "found", ""),
        ("&#" * 300_000, "&#"),
        ("&#" + "9" * 500_000 + ";found", "found"),
        ("<a " + 'x="1" ' * 100_000 + ">found", "found"),
        ("<p>" + " " * 900_000 + "found", "found"),
        ("<style" * 100_000 + "found", "found"),
    ],
)
def test_no_document_is_slow(document: str, words: str) -> None:
    """Deep, wide or broken without end; what is too complex loses its tags only."""
    text, _ = cheap(1, lambda: to_text(document))
    assert words in text


def test_a_long_document_is_read_as_far_as_its_limit() -> None:
    """And says so."""
    text, defect = to_text("<p>" + "word " * 400_000)
    assert len(text) <= MAX_HTML
    assert "only the first 1024 KB of the HTML were read" == defect


def test_stripping_keeps_the_words_of_broken_html() -> None:
    """The way out when nothing else goes."""
    assert "a b\n\nc" == stripped("<head><title>t</title></head><td>a<td>b<p\n><p>c<script>x</script>").strip()


def test_a_document_may_name_its_charset() -> None:
    """Both forms of it, within the first octets only."""
    assert "windows-1253" == declared_charset(b'<html><meta charset="windows-1253">')
    assert "utf-8" == declared_charset(b"<meta http-equiv=Content-Type content='text/html; charset=utf-8'>")
    assert "" == declared_charset(b" " * 5000 + b"<meta charset=utf-8>")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='<>/!-"=&#; abptdrileh\x00\u202eά', max_size=200))
def test_no_document_raises(document: str) -> None:
    """Whatever looks like HTML."""
    to_text(document)
