"""The data files are whole: each topic has a title and keywords in each language, written as the index takes them."""

import re

import pytest

from gateway.topics.names import TOPIC_NAMES
from gateway.topics.topic import LANGUAGES, title_of, topics

PATTERN = re.compile(r"\*?[^\s*]+\*?")


def test_the_topics_are_the_chapters_of_the_help_centre() -> None:
    """Thirty-five, each once, with names that fit into a command."""
    assert 35 == len(set(TOPIC_NAMES)) == len(TOPIC_NAMES)
    assert tuple(topics()) == TOPIC_NAMES
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in TOPIC_NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_a_title_and_keywords_in_every_language(language: str) -> None:
    """No title twice; at least five words of its own."""
    titles = [topic.titles[language] for topic in topics().values()]
    assert len(titles) == len(set(titles))
    assert all(title.strip() == title and title for title in titles)
    few = [
        topic.name for topic in topics().values() if sum(keyword.language == language for keyword in topic.keywords) < 5
    ]
    assert [] == few


def test_keywords_are_written_as_they_are_found() -> None:
    """None twice, stars at the ends only; beginnings have three letters or more (in a row of words two), parts four."""
    for topic in topics().values():
        for keyword in topic.keywords:
            words = keyword.pattern.split()
            assert 1 <= len(words) <= 6, keyword
            for word in words:
                assert PATTERN.fullmatch(word), keyword
                assert len(words) == 1 or not word.startswith("*"), keyword
                least = 4 if word.startswith("*") else 1
                if word.endswith("*") and not word.startswith("*"):
                    least = 3 if len(words) == 1 else 2
                assert len(word.strip("*")) >= least, keyword
        patterns = [(keyword.language, keyword.pattern) for keyword in topic.keywords]
        assert len(patterns) == len(set(patterns)), topic.name


def test_titles_are_told_in_the_language_or_else_in_english() -> None:
    """A name that is none is its own title."""
    assert "Zahlungsarten und Zahlungsanbieter" == title_of("payments", "de")
    assert title_of("payments", "en") == title_of("payments", "it")
    assert "old-name" == title_of("old-name", "en")
    assert "" == title_of("", "en")
