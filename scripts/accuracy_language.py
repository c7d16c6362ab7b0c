"""In which language is a short mail answered? Measured on our own texts (`tests/mail/languages*.txt`, `strangers`).

A text is right where the language told is the one to answer in. Where nothing is told the desk's own language would be
used: that is counted apart from a wrong one, which is worse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.mail.language import guess_language
from scripts.strangers import strangers

FOLDER = Path(__file__).parent.parent / "tests" / "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What is wanted: which part is right, and which may be told to be in a wrong language."""

    right: float
    wrong: float


SETS = {
    "Languages of short mails": (FOLDER / "languages.txt", Floor(right=0.97, wrong=0.02)),
    "The same, of a set that was held back": (FOLDER / "languages_held_back.txt", Floor(right=0.90, wrong=0.05)),
}
STRANGERS = {"Mails of strangers": "strangers", "The same, later": "strangers_later", "The last": "strangers_last"}
"""Their folders. Nothing is known of their authors' languages."""
STRANGERS_FLOOR = Floor(right=0.97, wrong=0.01)
NAMES = {"en": "English", "el": "Greek", "nl": "Dutch", "fr": "French", "de": "German", "": "no language by itself"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of the set: the language to answer in, that of the account, what was told."""

    expected: str
    prior: str
    text: str
    found: str

    @property
    def is_right(self) -> bool:
        """Is it told as a person would?"""
        return self.found == self.expected

    @property
    def is_wrong(self) -> bool:
        """Is it told to be in another language?"""
        return bool(self.found) and not self.is_right


def texts(path: Path) -> Iterator[Text]:
    """The set, each with what is told of it."""
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            expected, prior, text = (part.strip() for part in line.split("|", 2))
            expected, prior = expected.strip("-"), prior.strip("-")
            yield Text(expected=expected, prior=prior, text=text, found=guess_language(text, prior))


def of_strangers(folder: str) -> Iterator[Text]:
    """The mails of a folder of them."""
    for mail in strangers(folder):
        text = " ".join(mail.text.split())
        yield Text(expected=mail.language, prior="", text=text, found=guess_language(mail.text))


def measure(console: Console) -> bool:
    """Print the figures of all sets; are they as wanted?"""
    results = [_measure(console, title, list(texts(path)), floor) for title, (path, floor) in SETS.items()]
    results += [
        _measure(console, title, list(of_strangers(each)), STRANGERS_FLOOR) for title, each in STRANGERS.items()
    ]
    return all(results)


def shares(found: list[Text]) -> tuple[float, float]:
    """Which part is right, and which is told to be in a wrong language."""
    return sum(each.is_right for each in found) / len(found), sum(each.is_wrong for each in found) / len(found)


def _measure(console: Console, title: str, found: list[Text], floor: Floor) -> bool:
    table = Table(title=title)
    for column in ("to answer in", "texts", "right", "nothing told", "wrong", "wanted"):
        table.add_column(column)
    for language, name in NAMES.items():
        _row(table, name, [each for each in found if each.expected == language], "")
    _row(table, "with the account's language", [each for each in found if each.prior], "")
    _row(table, "all", found, f"{floor.right:.0%} right, at most {floor.wrong:.0%} wrong")
    console.print(table)
    for each in found:
        if not each.is_right:
            told = f"expected {each.expected or 'nothing'}, told {each.found or 'nothing'}"
            console.print(f"  {told} (account: {each.prior or 'none'}): {each.text}", markup=False)
    right, wrong = shares(found)
    return right >= floor.right and wrong <= floor.wrong


def _row(table: Table, name: str, these: list[Text], wanted: str) -> None:
    right, wrong = sum(each.is_right for each in these), sum(each.is_wrong for each in these)
    table.add_row(name, str(len(these)), str(right), str(len(these) - right - wrong), str(wrong), wanted)
