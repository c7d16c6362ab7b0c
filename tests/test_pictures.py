"""The short form of `make pictures`: how our mails are built, without a browser; and the pictures that are kept."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.render import LANGUAGES
from scripts.pictures import DARK, FOLDER, MOST_BYTES, SHOWN, picture_name
from scripts.pictures_mails import TO_CUSTOMERS, mail

ROOT = Path(__file__).parent.parent
KEPT = ROOT / FOLDER
ALL = [(template, language) for template in ("notification", *TO_CUSTOMERS) for language in LANGUAGES]
COLUMNS = 80
HEAD_LINES = 22
"""From the first line of a notification to the mail itself, on a screen of 24 lines."""
STYLED = {"body", "ul", "ol", "blockquote", "pre", "p", "img"}
_TAGS = {"html", "head", "meta", "body", "p", "br", "ul", "ol", "li", "b", "i", "u", "blockquote", "pre", "a", "img"}


class _Reader(HTMLParser):
    """Every element with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.elements.append((tag, {name: value or "" for name, value in attributes}))


def elements(template: str, language: str) -> list[tuple[str, dict[str, str]]]:
    """Of the mail's HTML."""
    reader = _Reader()
    reader.feed(mail(template, language).html)
    return reader.elements


@pytest.mark.parametrize(("template", "language"), ALL)
def test_text_fits_into_a_terminal(template: str, language: str) -> None:
    """80 columns, but for a word that has no place to break it, and that stands by itself."""
    for line in mail(template, language).text.split("\n"):
        assert len(line) <= COLUMNS or " " not in line.strip("> "), line


@pytest.mark.parametrize(("template", "language"), ALL)
def test_html_fits_every_screen_and_every_ground(template: str, language: str) -> None:
    """Long words break, pictures shrink, nothing has a width of its own; no colour that a dark ground would swallow."""
    found = elements(template, language)
    (body,) = [attributes for tag, attributes in found if tag == "body"]

    assert {tag for tag, _ in found} <= _TAGS
    assert "overflow-wrap:anywhere" in body["style"]
    assert "word-wrap:break-word" in body["style"]
    for tag, attributes in found:
        style = attributes.get("style", "")
        assert not {"width", "height", "align", "bgcolor", "color", "class", "id", "background"} & set(attributes)
        assert not style or tag in STYLED
        assert not re.search(r"(?<![-\w])(?:width|min-width|position|display|float|background|color)\s*:", style), style
        assert not re.search(r"#|rgb|url\(", style.replace("border-left:3px solid #888", "")), style
        assert tag != "img" or "max-width:100%" in style


@pytest.mark.parametrize(("template", "language"), ALL)
def test_pictures_are_parts_of_the_same_mail(template: str, language: str) -> None:
    """No address leads to nowhere or to another machine, no part is left unseen."""
    seen = mail(template, language)
    shown = [attributes["src"] for tag, attributes in elements(template, language) if tag == "img"]

    assert [f"cid:{name}" for name in seen.pictures] == shown
    assert (template in ("notification", "answer")) is bool(shown)
    assert seen.html.count("<!--") == 0
    assert "[pictures]" not in seen.html + seen.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notification_begins_with_what_matters(language: str) -> None:
    """What is not proven, who and what in twelve lines, then the mail; the rest below it."""
    text = mail("notification", language).text
    head, _, rest = text.partition("--- end of internal ---")
    facts = [line for line in head.split("\n") if line.startswith(("- ", "  "))]

    assert len(facts) <= 12, facts
    assert len(head.split("\n")) <= HEAD_LINES
    for below in ("#canned ", "#help", "2026-88", "103870", "Ref: "):
        assert below not in head
        assert below in rest.partition("--- internal ---")[2]


def test_the_kept_pictures_are_those_of_the_list_and_small() -> None:
    """At most 25 in less than two megabytes, each with its text beside it: `make pictures` writes them."""
    pictures = {picture_name(*each) for each in SHOWN} | {f"{name}-{language}-dark.png" for name, language in DARK}
    texts = {f"{template}-{language}.txt" for template, language, _ in SHOWN}
    kept = {path.name: path.stat().st_size for path in KEPT.iterdir()}

    assert pictures | texts == set(kept)
    assert len(pictures) == len(SHOWN) + len(DARK) <= 25
    assert sum(kept.values()) < MOST_BYTES


@pytest.mark.parametrize(("template", "language"), sorted({each[:2] for each in SHOWN}))
def test_the_kept_texts_are_what_is_written_today(template: str, language: str) -> None:
    """Whoever changes a mail looks at it: `make pictures`, then docs/pictures.md."""
    seen = mail(template, language)

    assert f"Subject: {seen.subject}\n\n{seen.text}" == (KEPT / f"{template}-{language}.txt").read_text("utf-8")
