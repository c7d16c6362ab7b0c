"""Do the suggested canned answers fit? Measured on texts of our own, so it needs no collections.

`tests/data/canned` holds mails with the text that answers each; every second one of a text was held out. The mails of
`tests/data/topics`, which somebody else wrote for the guess of topics, say how it fares with what it was not made for:
there a text is right where it is of the mail's topic. Mails of strangers (see `strangers`) are labelled with the one
text that helps. Each mail goes the way of a real one: its language is found and its topic is guessed first, by the
model that is shipped, and texts are looked for in the language it is to be answered in.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.canned.library import Library, load_library
from gateway.mail.language import guess_language
from gateway.topics.guess import guess_topic
from gateway.topics.starting import starting_model
from scripts.strangers import Stranger, halves, strangers

DATA = Path(__file__).parent.parent / "tests" / "data"
LANGUAGES = ("en", "el", "nl", "fr", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What is wanted: shares of the mails that a text answers, and of all mails."""

    first: float
    among_three: float
    wrongly_offered: float


SETS = {
    "Canned answers": ("canned", False, Floor(first=0.95, among_three=0.98, wrongly_offered=0.01)),
    "The same, of mails that were held out": (
        "canned",
        True,
        Floor(first=0.90, among_three=0.95, wrongly_offered=0.03),
    ),
    "Mails of others, by topic": ("topics", False, Floor(first=0.65, among_three=0.75, wrongly_offered=0.04)),
    "Mails of others that were held out, by topic": (
        "topics",
        True,
        Floor(first=0.60, among_three=0.70, wrongly_offered=0.05),
    ),
}


STRANGERS: dict[str, tuple[Callable[[], Sequence[Stranger]], Floor]] = {
    "Mails of strangers, half one": (
        lambda: halves()[0],
        Floor(first=0.95, among_three=0.97, wrongly_offered=0.05),
    ),
    "Mails of strangers, half two": (
        lambda: halves()[1],
        Floor(first=0.95, among_three=0.97, wrongly_offered=0.04),
    ),
    "Mails of strangers, later": (
        lambda: strangers("strangers_later"),
        Floor(first=0.95, among_three=0.97, wrongly_offered=0.03),
    ),
    "Mails of strangers, last": (
        lambda: strangers("strangers_last"),
        Floor(first=0.75, among_three=0.80, wrongly_offered=0.05),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A labelled mail: the names of the texts that answer it, none where no text does."""

    language: str
    text: str
    right: frozenset[str]
    suggested: tuple[str, ...]
    offered: tuple[str, ...]

    @property
    def is_first(self) -> bool:
        """Is the first suggestion right?"""
        return bool(self.right.intersection(self.suggested[:1]))

    @property
    def is_among_three(self) -> bool:
        """Is one of them right?"""
        return bool(self.right.intersection(self.suggested))

    @property
    def is_wrongly_offered(self) -> bool:
        """Would the customer read something else in his receipt?"""
        return bool(self.offered) and not self.right.intersection(self.offered)


def mails(folder: str, held_out: bool, library: Library) -> Iterator[Mail]:
    """The mails of a set, with what is suggested for each."""
    of_topic = {topic: frozenset(_of_topic(library, topic)) for each in library.texts() for topic in each.topics}
    for language in LANGUAGES:
        for number, mail in enumerate(tomllib.loads((DATA / folder / f"{language}.toml").read_text("utf-8"))["mail"]):
            # The mails of our set stand in pairs: the second of each is held out.
            if bool(mail.get("held_out", number % 2)) is not held_out:
                continue
            right = of_topic.get(mail["topic"], frozenset()) if "topic" in mail else {mail["canned"]} - {""}
            yield _read(library, language, mail.get("subject", ""), mail["text"], frozenset(right))


def of_strangers(title: str, library: Library) -> Iterator[Mail]:
    """The mails of one of their sets."""
    for mail in STRANGERS[title][0]():
        right = frozenset({mail.canned} - {""})
        yield _read(library, mail.language, mail.subject, mail.text, right)


def measure(console: Console) -> bool:
    """Print the figures and the misses; are they as wanted?"""
    library = load_library()
    results = [
        _measure(title, list(mails(folder, held_out, library)), floor, console)
        for title, (folder, held_out, floor) in SETS.items()
    ]
    results += [
        _measure(title, list(of_strangers(title, library)), floor, console) for title, (_, floor) in STRANGERS.items()
    ]
    return all(results)


def is_as_wanted(found: Sequence[Mail], floor: Floor) -> bool:
    """Are the shares at least those, and the wrong offers no more?"""
    answered = [mail for mail in found if mail.right]
    wrong = sum(mail.is_wrongly_offered for mail in found)
    return (
        sum(mail.is_first for mail in answered) >= floor.first * len(answered)
        and sum(mail.is_among_three for mail in answered) >= floor.among_three * len(answered)
        and wrong <= floor.wrongly_offered * len(found)
    )


def _measure(title: str, found: Sequence[Mail], floor: Floor, console: Console) -> bool:
    table = Table(title=title)
    for column in ("language", "mails", "with an answer", "first", "among three", "offered, right", "offered, wrong"):
        table.add_column(column, justify="left" if column == "language" else "right")
    for language in (*LANGUAGES, "all"):
        table.add_row(language, *_figures([mail for mail in found if language in ("all", mail.language)]))
    table.add_row(
        "wanted", "", "", f"{floor.first:.0%}", f"{floor.among_three:.0%}", "", f"{floor.wrongly_offered:.0%}"
    )
    console.print(table)
    for mail in found:
        if (mail.right and not mail.is_among_three) or mail.is_wrongly_offered:
            what = "offered" if mail.is_wrongly_offered else "suggested"
            names = ", ".join(mail.offered if mail.is_wrongly_offered else mail.suggested) or "nothing"
            right = " or ".join(sorted(mail.right)) or "nothing"
            console.print(f"  {mail.language}: {what} {names}, right is {right}: {mail.text[:70]!r}", markup=False)
    return is_as_wanted(found, floor)


def _figures(found: Sequence[Mail]) -> list[str]:
    answered = [mail for mail in found if mail.right]
    first, three = sum(mail.is_first for mail in answered), sum(mail.is_among_three for mail in answered)
    offered = [mail for mail in found if mail.offered]
    wrong = sum(mail.is_wrongly_offered for mail in offered)
    return [
        str(len(found)),
        str(len(answered)),
        f"{first} ({first / len(answered):.0%})",
        f"{three} ({three / len(answered):.0%})",
        str(len(offered) - wrong),
        f"{wrong} ({wrong / len(found):.1%})",
    ]


def _of_topic(library: Library, topic: str) -> Iterator[str]:
    return (each.name for each in library.texts() if topic in each.topics)


def _read(library: Library, language: str, subject: str, text: str, right: frozenset[str]) -> Mail:
    topic = guess_topic(text, starting_model(), subject=subject, language=guess_language(text)).topic
    words = f"{subject}\n{text}"
    return Mail(
        language=language,
        text=" ".join(words.split()),
        right=right,
        suggested=tuple(each.name for each in library.suggest(words, language, topic)),
        offered=tuple(each.name for each in library.offers(words, language, topic)),
    )
