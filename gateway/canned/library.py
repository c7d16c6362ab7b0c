"""The canned texts of a desk: which there are, which fit a mail, and what one says with these parameters.

The operator's folder is read before the shipped one: a file of the same language and name takes its place, an empty one
takes it away. What must stay true: nothing here knows a customer; a suggestion is the same each time; what stands
behind a parameter is a value and never a part of the text's Markdown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from gateway.canned.check import faults_of
from gateway.canned.search import Index
from gateway.canned.text import Canned, read_canned
from gateway.matching.spelling import distance
from gateway.render import Passage, Renderer, TemplateProblem, template_directories

FLOOR = 0.7
"""What fits less is not suggested to an agent: about what one keyword scores that no other text has."""
PUBLIC_FLOOR = 2.0
"""The same for what a customer reads before anybody looked at his mail."""
NEAR = 0.75
"""A second text for a customer must fit nearly as well as the first."""
TOPIC = 2.0
"""A text of the mail's topic fits so many times as well."""
OF_TOPIC = 0.8
"""What it scores before that, beside its words: a mail that says things its own way shares none with it."""
SOMETHING = 0.25
"""A mail that fits no text so well says nothing, whatever its topic."""
MAX_OFFERED = 2
FIRST_LINE = 90
"""Characters of a text's beginning, where it is shown beside its title."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text cannot be sent, as a sentence for the agent who asked for it."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A text that may answer a mail."""

    name: str
    language: str
    title: str
    first_line: str
    command: str
    """What an agent writes to send it; `…` stands for what he has to fill in."""
    public: bool
    score: float
    """1.0 is what a keyword of this text alone scores, see `search`."""


class Library:
    """The texts, read once. Usable from any thread."""

    def __init__(self, texts: Iterable[Canned] = ()) -> None:
        self._texts = {(each.language, each.name): each for each in texts}
        self._renderer = Renderer()
        self._shelves: dict[str, _Shelf] = {}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that there are texts in."""
        return tuple(sorted({language for language, _ in self._texts}))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all texts, in whatever language they are."""
        return tuple(sorted({name for _, name in self._texts}))

    def texts(self) -> list[Canned]:
        """All of them, by name and language."""
        return sorted(self._texts.values(), key=lambda each: (each.name, each.language))

    def find(self, name: str, language: str) -> Canned | None:
        """The text of that name in that very language."""
        return self._texts.get((language, name))

    def suggest(
        self, text: str, language: str, topic: str = "", public_only: bool = False, limit: int = 3
    ) -> tuple[Suggestion, ...]:
        """The texts of this language that fit what somebody wrote, the best first; () where none fits well enough.

        `text` is the subject and the words of the mail, without what it quotes; `topic` makes its texts fit better.
        """
        shelf = self._shelf(language)
        fitting = [each for each in shelf.fitting(text, topic) if shelf.texts[each[0]].public or not public_only]
        return tuple(shelf.suggestion(*each) for each in fitting[:limit])

    def offers(self, text: str, language: str, topic: str = "") -> tuple[Suggestion, ...]:
        """The public texts that a customer may read in his receipt: one, or two that fit nearly as well as each other.

        Where the topic is known it must be theirs, however well their words fit. Where more than two fit nearly as
        well, the mail is about something that they only share words with: none is offered.
        """
        shelf = self._shelf(language)
        found = [
            (number, score)
            for number, score in shelf.fitting(text)
            if score >= PUBLIC_FLOOR and shelf.texts[number].is_offered_for(topic)
        ]
        near = [(number, score) for number, score in found if score >= NEAR * found[0][1]]
        return tuple(shelf.suggestion(*each) for each in near) if len(near) <= MAX_OFFERED else ()

    def search_ahead(self, text: str, language: str) -> None:
        """Search now what will soon be asked for, where it would hold up others: what is found is remembered."""
        self._shelf(language).index.scores(text)

    def fill(self, name: str, language: str, parameters: Mapping[str, str]) -> str | Problem:
        """What the text says with these parameters, as plain text: a paragraph is one line, links stand as `<url>`."""
        filled = self.filled(name, language, parameters)
        return filled if isinstance(filled, Problem) else filled.text

    def filled(self, name: str, language: str, parameters: Mapping[str, str]) -> Passage | Problem:
        """The same as text and HTML."""
        canned = self.find(name, language)
        if canned is None:
            return Problem(self._absent(name, language))
        problem = _wrong_parameters(canned, parameters)
        if problem:
            return Problem(problem)
        try:
            return self._rendered(canned, parameters)
        except TemplateProblem as broken:
            return Problem(f"The canned answer {canned.name} is broken and cannot be sent: {broken.reason}.")

    def _rendered(self, canned: Canned, parameters: Mapping[str, str]) -> Passage:
        values = {name: parameters.get(name, "") for name in canned.parameters}
        return self._renderer.passage(canned.path, canned.source, values)

    def _absent(self, name: str, language: str) -> str:
        elsewhere = [tongue for tongue, other in sorted(self._texts) if other == name]
        if elsewhere:
            return (
                f"The canned answer {name} exists in {', '.join(elsewhere)}, not in {language}, the ticket's language."
            )
        near = _nearest(name, self.names)
        hint = f"Did you mean {near}?" if near else f"There are: {', '.join(self.names) or 'none'}."
        return f"There is no canned answer {name[:60]}. {hint}"

    def _shelf(self, language: str) -> "_Shelf":
        if language not in self._shelves:
            found = [
                (each, words) for each in self.texts() if each.language == language and (words := self._words(each))
            ]
            self._shelves[language] = _Shelf(
                texts=tuple(canned for canned, _ in found),
                words=tuple(words for _, words in found),
                of_topic=_of_topic([canned for canned, _ in found]),
                index=Index(found, language),
            )
        return self._shelves[language]

    def _words(self, canned: Canned) -> str:
        """The text without what its parameters say; "" where it is broken: no mail is to wait until it is mended."""
        try:
            return self._rendered(canned, {}).text
        except TemplateProblem:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """The texts of one language."""

    texts: tuple[Canned, ...]
    words: tuple[str, ...]
    of_topic: Mapping[str, Sequence[int]]
    """The numbers of each topic's texts."""
    index: Index

    def fitting(self, text: str, topic: str = "") -> list[tuple[int, float]]:
        """The numbers of the texts that fit well enough for an agent, and how well, the best first."""
        scores = dict(self.index.scores(text))
        says_something = max(scores.values(), default=0.0) >= SOMETHING
        for number in self.of_topic.get(topic, ()) if says_something else ():
            scores[number] = TOPIC * (scores.get(number, 0.0) + OF_TOPIC)
        found = [(-round(score, 6), number) for number, score in scores.items()]
        return [(number, -score) for score, number in sorted(found) if -score >= FLOOR]

    def suggestion(self, number: int, score: float) -> Suggestion:
        """The text of that number, as it is suggested."""
        return _suggestion(self.texts[number], self.words[number], score)


def load_library(own: Path | None = None) -> Library:
    """The texts of the operator's folder and the shipped ones.

    Raises TemplateProblem for the first whose front matter is wrong; the words are looked at by `faults`.
    """
    return _read_library(own) if own else shipped_library()


@cache
def shipped_library() -> Library:
    """The shipped texts alone, the same for all: what was found in them is remembered."""
    return _read_library(None)


def _read_library(own: Path | None) -> Library:
    return Library(canned for path in canned_files(own) if (canned := read_canned(path)))


def faults(own: Path | None = None) -> list[str]:
    """What is wrong with the texts, a sentence each."""
    renderer = Renderer()
    return [fault for path in canned_files(own) for fault in faults_in(path, renderer)]


def faults_in(path: Path, renderer: Renderer) -> list[str]:
    """What is wrong with the text of this file."""
    try:
        canned = read_canned(path)
        return faults_of(canned, renderer) if canned else []
    except TemplateProblem as problem:
        return [problem.reason]


def canned_files(own: Path | None) -> list[Path]:
    """The files that count, each language and name once."""
    found: dict[tuple[str, str], Path] = {}
    for directory in template_directories(own):
        for path in sorted(directory.glob("*/canned/*.md")):
            found.setdefault((path.parent.parent.name, path.stem), path)
    return list(found.values())


def _of_topic(texts: Sequence[Canned]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {}
    for number, canned in enumerate(texts):
        for topic in canned.topics:
            found.setdefault(topic, []).append(number)
    return found


def _suggestion(canned: Canned, words: str, score: float) -> Suggestion:
    first = words.partition("\n")[0]
    asked = "".join(f" {name}=…" for name in canned.required)
    return Suggestion(
        name=canned.name,
        language=canned.language,
        title=canned.title,
        first_line=first if len(first) <= FIRST_LINE else f"{first[:FIRST_LINE].rpartition(' ')[0]} …",
        command=f"#canned {canned.name}{asked}",
        public=canned.public,
        score=score,
    )


def _wrong_parameters(canned: Canned, given: Mapping[str, str]) -> str:
    takes = ", ".join(canned.parameters) or "no parameters"
    for name in given:
        if name not in canned.parameters:
            return f"The canned answer {canned.name} does not know `{name[:40]}`. It takes: {takes}."
    for name in canned.required:
        if not given.get(name, "").strip():
            return f"The canned answer {canned.name} needs `{name}`: #canned {canned.name} {name}=…"
    return ""


def _nearest(name: str, names: Sequence[str]) -> str:
    limit = 2
    near = [(distance(name.lower(), each, limit), each) for each in names]
    best = min(near, default=(limit + 1, ""))
    return best[1] if best[0] <= limit else ""
