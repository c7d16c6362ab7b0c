"""The shipped texts: each can be sent, in each language, and they are the same texts in all of them."""

import re

import pytest

from gateway.canned.check import MAX_PUBLIC_TEXT, SCHEMES
from gateway.canned.library import Library, canned_files, faults
from gateway.canned.text import Canned, read_canned
from gateway.mail.language import guess_language
from gateway.render import AWKWARD, LANGUAGES, Passage
from gateway.topics.names import TOPIC_NAMES

TEXTS = [text for path in canned_files(None) if (text := read_canned(path))]
NAMES = sorted({text.name for text in TEXTS})
_TAG = re.compile(r"<[^>]*>")
_TARGET = re.compile(r" <(?:https?|mailto):[^>]*>")
_ITEM = re.compile(r"^\s*(?:- |\d+\. )", re.MULTILINE)
_PASSWORD = re.compile(r"(?i)(send|tell|give|mail) us your (password|code)")


def ids(text: Canned) -> str:
    """The name of a case."""
    return f"{text.language}-{text.name}"


def passage(library: Library, text: Canned, value: str) -> Passage:
    """The text with this for every parameter."""
    filled = library.filled(text.name, text.language, dict.fromkeys(text.parameters, value))
    assert isinstance(filled, Passage), filled
    return filled


def test_nothing_is_wrong_with_any_of_them() -> None:
    """Front matter, parameters, awkward values, lengths, links."""
    assert [] == faults()


def test_the_fifteen_texts_are_there_in_five_languages() -> None:
    """Twelve were asked for."""
    assert 15 == len(NAMES)
    assert sorted((name, language) for name in NAMES for language in LANGUAGES) == sorted(
        (text.name, text.language) for text in TEXTS
    )


@pytest.mark.parametrize("name", NAMES)
def test_all_languages_agree_about_a_text(name: str) -> None:
    """Parameters, topics, and whether a customer may read it by himself."""
    agreed = {(text.required, text.optional, text.topics, text.public) for text in TEXTS if text.name == name}

    assert 1 == len(agreed)


@pytest.mark.parametrize("name", NAMES)
def test_all_languages_have_the_same_steps(name: str) -> None:
    """A step that one of them lacks is lost to its readers."""
    steps = {len(re.findall(r"^\d\. ", text.source, re.MULTILINE)) for text in TEXTS if text.name == name}

    assert 1 == len(steps)


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_text_holds_what_awkward_parameters_say_letter_for_letter(shipped: Library, text: Canned) -> None:
    """Nothing in them is Markdown, HTML or a placeholder."""
    awkward, plain = passage(shipped, text, AWKWARD), passage(shipped, text, "Qwvx")

    assert awkward.text.count(AWKWARD) >= len(text.parameters) or awkward.text.count(AWKWARD) == plain.text.count(
        "Qwvx"
    )
    assert len(_TAG.findall(plain.html)) == len(_TAG.findall(awkward.html))
    assert "onclick='x'" not in "".join(_TAG.findall(awkward.html))


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_plain_text_and_html_say_the_same(shipped: Library, text: Canned) -> None:
    """But for the marks of lists and the targets of links."""
    found = passage(shipped, text, "")
    html = _TAG.sub(" ", found.html).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")

    assert _letters(_ITEM.sub("", _TARGET.sub("", found.text))) == _letters(html)


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_links_lead_to_the_web_or_to_a_mailbox(shipped: Library, text: Canned) -> None:
    """Nothing else is let through, and nothing else is written."""
    assert [] == [link for link in passage(shipped, text, "").links if not link.startswith(SCHEMES)]


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_text_is_short_and_in_its_language(shipped: Library, text: Canned) -> None:
    """Long enough to help, short enough to be read; the title fits into a line."""
    found = passage(shipped, text, "").text

    assert 400 <= len(found) <= MAX_PUBLIC_TEXT
    assert len(text.title) <= 76
    assert text.language == guess_language(found)


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_topics_are_topics_and_words_hold_no_markup(shipped: Library, text: Canned) -> None:
    """A topic that does not exist would never match."""
    assert set(text.topics) <= set(TOPIC_NAMES)
    assert text.topics
    assert not re.search(r"[*_<>{}]", passage(shipped, text, "").text)


def test_no_text_asks_for_a_password() -> None:
    """Only to keep it: `please do not send us your password`."""
    english = {text.name: " ".join(text.source.split()) for text in TEXTS if text.language == "en"}

    assert ["login"] == [name for name, words in english.items() if _PASSWORD.search(words)]
    assert "Please do not send us your password" in english["login"]


def test_what_needs_a_look_first_is_not_public() -> None:
    """Who lost his phone must be proven to be himself; what the law wants is no matter for a machine."""
    assert ["legal-terms", "two-factor"] == sorted({text.name for text in TEXTS if not text.public})


def _letters(text: str) -> str:
    return "".join(text.split())
