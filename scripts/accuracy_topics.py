"""What is a mail about? Measured on short support mails of our own (`tests/data/topics`), with and without training.

Trained means: on the other mails. Of the labelled set a mail is guessed by a model that saw none of its situation:
situations 1 and 2 of a topic were told in English, Dutch, French and German, and are left out together, with a tenth of
all others. The sets beside it are guessed by a model of everything that is older than they are.

Mails of strangers (see `strangers`) are guessed by the model that is shipped, as on the first day of a desk.

Top 1 and top 3 count the order of topics, also where the guess says nothing because it is not sure; how often it says
something, and how often that is right, stands beside them.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.mail.language import guess_language
from gateway.topics.guess import guess_topic, rank
from gateway.topics.model import UNTRAINED, TopicModel
from gateway.topics.starting import starting_model
from gateway.topics.train import Example, train
from scripts.strangers import Stranger, halves, strangers

DATA = Path(__file__).parent.parent / "tests" / "data"
LANGUAGES = {"en": "English", "el": "Greek", "nl": "Dutch", "fr": "French", "de": "German"}
FOLDS = 10
BY_ANOTHER_HAND = {
    "administrators": "administrators",
    "backup": "backup",
    "discount-codes": "discounts",
    "domain-name": "domains",
    "legal-terms": "invoices",
    "login": "account",
    "order-mails": "automatic-mails",
    "payment-methods": "payments",
    "photos": "photos",
    "shipping-costs": "shipping",
    "shop-languages": "languages",
    "two-factor": "two-factor",
}
"""Canned texts that are of one topic: mails labelled with them (`tests/data/canned`) were written for another use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A mail and its topic."""

    id: str
    topic: str
    language: str
    subject: str
    text: str
    held_out: bool
    also: tuple[str, ...] = ()
    """Topics that are right, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """What was made of it."""

    mail: Labelled
    ranked: tuple[str, ...]
    said: str
    why: str

    @property
    def is_first(self) -> bool:
        """Is its topic the likeliest?"""
        return self.ranked[:1] == (self.mail.topic,) or bool(set(self.ranked[:1]).intersection(self.mail.also))

    @property
    def is_among_three(self) -> bool:
        """Is it one of the three likeliest?"""
        return bool({self.mail.topic, *self.mail.also}.intersection(self.ranked[:3]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A set under a way of guessing, and what is wanted of it: top 1 and top 3."""

    title: str
    guessed: tuple[Guessed, ...]
    wanted: tuple[float, float] | None = None
    about_nothing: tuple[Guessed, ...] = ()
    """Mails of the same set that are about no topic: right where nothing is said."""

    @property
    def is_as_wanted(self) -> bool:
        """Does it reach the floor?"""
        return self.wanted is None or (top_1(self.guessed) >= self.wanted[0] and top_3(self.guessed) >= self.wanted[1])


ModelOf = Callable[[Labelled], TopicModel]


def mails_of(name: str) -> list[Labelled]:
    """A file of the set."""
    found = tomllib.loads((DATA / "topics" / f"{name}.toml").read_text("utf-8"))["mail"]
    return [
        Labelled(
            id=mail["id"],
            topic=mail["topic"],
            language=mail["language"],
            subject=mail.get("subject", ""),
            text=mail["text"],
            held_out=mail.get("held_out", False),
        )
        for mail in found
    ]


def labelled() -> list[Labelled]:
    """The labelled set: half of it is held out."""
    return [mail for language in LANGUAGES for mail in mails_of(language)]


def by_another_hand() -> list[Labelled]:
    """Mails of beginners that were written and labelled for the canned texts."""
    found = []
    for language in LANGUAGES:
        mails = tomllib.loads((DATA / "canned" / f"{language}.toml").read_text("utf-8"))["mail"]
        found += [
            Labelled(
                id=f"canned-{language}-{number}",
                topic=BY_ANOTHER_HAND[mail["canned"]],
                language=language,
                subject=mail.get("subject", ""),
                text=mail["text"],
                held_out=True,
            )
            for number, mail in enumerate(mails, 1)
            if mail["canned"] in BY_ANOTHER_HAND
        ]
    return found


def of_strangers(mails: Iterable[Stranger]) -> list[Labelled]:
    """Mails of strangers, those about nothing among them."""
    return [
        Labelled(
            id=f"stranger-{mail.id}",
            topic=mail.topic,
            language=mail.language,
            subject=mail.subject,
            text=mail.text,
            held_out=not mail.is_learnt_from,
            also=mail.also,
        )
        for mail in mails
    ]


def learnt_from() -> list[Labelled]:
    """What the shipped model is trained on: all but what nothing is to be changed for."""
    others = [*labelled(), *mails_of("veiled"), *mails_of("fresh"), *by_another_hand()]
    return others + of_strangers([*halves()[0], *strangers("strangers_later")])


def trained_on(mails: Iterable[Labelled]) -> TopicModel:
    """The model of these mails, each of another writer."""
    return train([Example(topic=mail.topic, text=mail.text, subject=mail.subject, writer=mail.id) for mail in mails])


def cross_validated(mails: Sequence[Labelled]) -> ModelOf:
    """For each mail, a model of those that tell of other situations."""
    models = {fold: trained_on(mail for mail in mails if _fold(mail) != fold) for fold in range(FOLDS)}
    return lambda mail: models[_fold(mail)]


def guessed(mails: Iterable[Labelled], model_of: ModelOf) -> tuple[Guessed, ...]:
    """What is made of these mails."""
    found = []
    for mail in mails:
        model = model_of(mail)
        language = guess_language(mail.text)  # as with a mail: the label is not known then
        guess = guess_topic(mail.text, model, subject=mail.subject, language=language)
        ranked = tuple(each.topic for each in rank(mail.text, model, subject=mail.subject, language=language))
        found.append(Guessed(mail=mail, ranked=ranked, said=guess.topic, why=guess.why))
    return tuple(found)


def top_1(found: Sequence[Guessed]) -> float:
    """Which part is right."""
    return sum(each.is_first for each in found) / len(found)


def top_3(found: Sequence[Guessed]) -> float:
    """Of which part the topic is among the three likeliest."""
    return sum(each.is_among_three for each in found) / len(found)


def runs() -> list[Run]:
    """Everything that is measured."""
    mails, veiled, fresh, unseen = labelled(), mails_of("veiled"), mails_of("fresh"), mails_of("unseen")
    development = [mail for mail in mails if not mail.held_out]
    held_out = [mail for mail in mails if mail.held_out]
    folds, older, all_older = cross_validated(mails), trained_on(mails), trained_on([*mails, *veiled, *fresh])
    return [
        Run(title="development half, keywords", guessed=guessed(development, _untrained)),
        Run(title="development half, trained", guessed=guessed(development, folds)),
        Run(title="held-out half, keywords", guessed=guessed(held_out, _untrained)),
        Run(title="held-out half, trained", guessed=guessed(held_out, folds), wanted=(0.80, 0.92)),
        Run(title="veiled words, keywords", guessed=guessed(veiled, _untrained)),
        Run(title="veiled words, trained", guessed=guessed(veiled, lambda _: older)),
        Run(title="fresh, keywords", guessed=guessed(fresh, _untrained)),
        Run(title="fresh, trained", guessed=guessed(fresh, lambda _: older)),
        Run(title="unseen, keywords", guessed=guessed(unseen, _untrained)),
        Run(title="unseen, trained", guessed=guessed(unseen, lambda _: all_older), wanted=(0.75, 0.92)),
        Run(title="by another hand, keywords", guessed=guessed(by_another_hand(), _untrained)),
        Run(
            title="by another hand, trained",
            guessed=guessed(by_another_hand(), lambda _: all_older),
            wanted=(0.85, 0.95),
        ),
        Run(title="unseen, shipped", guessed=guessed(unseen, _shipped), wanted=(0.85, 0.94)),
        *_runs_of_strangers(),
    ]


def _runs_of_strangers() -> list[Run]:
    half_one, half_two = halves()
    sets = {
        "half one": (half_one, (0.90, 0.97)),
        "half two": (half_two, (0.90, 0.97)),
        "later": (strangers("strangers_later"), (0.90, 0.97)),
        "last": (strangers("strangers_last"), (0.60, 0.75)),
    }
    found = []
    for name, (mails, wanted) in sets.items():
        for way, model_of, floor in (("keywords", _untrained, None), ("shipped", _shipped, wanted)):
            title = f"strangers, {name}, {way}"
            everything = guessed(of_strangers(mails), model_of)
            about = tuple(each for each in everything if each.mail.topic)
            rest = tuple(each for each in everything if not each.mail.topic)
            found.append(Run(title=title, guessed=about, wanted=floor, about_nothing=rest))
    return found


def measure(console: Console) -> bool:
    """Print the figures; are they as wanted?"""
    found = runs()
    tell(found, console)
    return all(run.is_as_wanted for run in found)


def tell(found: Sequence[Run], console: Console) -> None:
    """Print the figures, and every miss of the trained runs by its id."""
    table = Table(title="Topics of short mails")
    table.add_column("set", no_wrap=True)
    for column in ("mails", "top 1", "top 3", "says something", "right then", "on nothing", "wanted"):
        table.add_column(column)
    for run in found:
        _row(table, run)
    console.print(table)
    for run in found:
        if run.title.endswith(("trained", "shipped")):
            _tell_languages(run, console)
            misses = [each for each in run.guessed if not each.is_first]
            for each in [*misses, *(each for each in run.about_nothing if each.said)]:
                console.print(f"  {run.title}: {each.mail.id}: {each.why}", markup=False, soft_wrap=True)


def _row(table: Table, run: Run) -> None:
    found = run.guessed
    said = [each for each in found if each.said]
    right = sum(each.is_first for each in said)
    told = sum(bool(each.said) for each in run.about_nothing)
    table.add_row(
        run.title,
        str(len(found)),
        f"{top_1(found):.1%}",
        f"{top_3(found):.1%}",
        f"{len(said) / len(found):.1%}",
        f"{right / len(said):.1%}",
        f"{told} of {len(run.about_nothing)}" if run.about_nothing else "",
        f"{run.wanted[0]:.0%} and {run.wanted[1]:.0%}" if run.wanted else "",
    )


def _tell_languages(run: Run, console: Console) -> None:
    parts = []
    for language, name in LANGUAGES.items():
        found = [each for each in run.guessed if each.mail.language == language]
        parts.append(f"{name} {top_1(found):.0%} and {top_3(found):.0%} of {len(found)}")
    console.print(f"  {run.title}: {', '.join(parts)}", markup=False, soft_wrap=True)


def _untrained(_: Labelled) -> TopicModel:
    return UNTRAINED


def _shipped(_: Labelled) -> TopicModel:
    return starting_model()


def _fold(mail: Labelled) -> int:
    situation = f"{mail.topic} {mail.id.rpartition('-')[2]}"
    return hashlib.sha256(situation.encode()).digest()[0] % FOLDS
