"""The topics with their titles and keywords in each language, as the data files tell them.

What must stay true: the words are read once for a process; a data file with a mistake ends the start, not a mail.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from gateway.topics.names import TOPIC_NAMES

LANGUAGES = ("en", "el", "nl", "fr", "de")
FOLDER = Path(__file__).parent / "data"
EVERY_LANGUAGE = "names"
"""The file of words that are the same everywhere."""


class Weight(float, Enum):
    """How much a keyword says: about the logarithm of how much likelier it makes its topic."""

    DECISIVE = 4.5
    STRONG = 3.0
    PLAIN = 1.5
    WEAK = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A word (or two or three that follow each other) that speaks for a topic."""

    pattern: str
    """`word`, `word*`, `*word*`, or such words with spaces between them."""
    weight: float
    topic: str
    language: str
    """The file that it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a mail may be about."""

    name: str
    titles: Mapping[str, str]
    """By language."""
    keywords: tuple[Keyword, ...]


@cache
def topics() -> Mapping[str, Topic]:
    """The topics by their names, in the order of the help centre."""
    files = {language: _read(language) for language in (*LANGUAGES, EVERY_LANGUAGE)}
    return {
        name: Topic(
            name=name,
            titles={language: files[language][name]["title"] for language in LANGUAGES},
            keywords=tuple(word for language, file in files.items() for word in _words(name, language, file)),
        )
        for name in TOPIC_NAMES
    }


def title_of(name: str, language: str) -> str:
    """A topic's title in this language, else in English; an unknown name is its own title, and "" has none."""
    topic = topics().get(name)
    return name if topic is None else topic.titles.get(language, topic.titles["en"])


def _words(name: str, language: str, file: Mapping[str, Any]) -> Iterator[Keyword]:
    chapter = file.get(name, {})
    for weight in Weight:
        for pattern in chapter.get(weight.name.lower(), ()):
            yield Keyword(pattern=pattern, weight=weight.value, topic=name, language=language)


def _read(language: str) -> dict[str, Any]:
    with (FOLDER / f"{language}.toml").open("rb") as file:
        found = tomllib.load(file)
    assert set(found) <= set(TOPIC_NAMES), f"{language}.toml has chapters that are no topics"
    return found
