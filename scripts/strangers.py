"""Short mails as strangers write them, labelled with topic, language and the canned text that helps.

`tests/data/strangers` was written by somebody who knew neither the keywords nor the texts. Half of it was then learnt
from; no miss of the other half was looked at, but who wrote the mails added the words. A situation that is told in
several languages is in one half as a whole. `strangers_later` was written against the keywords of then (it says things
without their usual words) and learnt from, `strangers_last` when everything was done.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from gateway.topics.names import TOPIC_NAMES

DATA = Path(__file__).parent.parent / "tests" / "data"
LANGUAGES = ("en", "el", "nl", "fr", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A mail and what is right for it."""

    id: str
    topic: str
    """ "" where it is about none."""
    also: tuple[str, ...]
    """Topics that are right, too."""
    language: str
    canned: str
    """The text that helps, "" where none does."""
    subject: str
    text: str

    @property
    def is_learnt_from(self) -> bool:
        """Is it of the half that was learnt from? By its number within its topic, the topics taking turns."""
        place = TOPIC_NAMES.index(self.topic) if self.topic else 0
        return (place + int(self.id.rpartition("-")[2])) % 2 == 1


def strangers(folder: str = "strangers") -> list[Stranger]:
    """All mails of a folder of `tests/data`."""
    return [mail for language in LANGUAGES for mail in _of_language(folder, language)]


def halves() -> tuple[list[Stranger], list[Stranger]]:
    """The half that was learnt from, and the other."""
    mails = strangers()
    return [mail for mail in mails if mail.is_learnt_from], [mail for mail in mails if not mail.is_learnt_from]


def _of_language(folder: str, language: str) -> list[Stranger]:
    found = tomllib.loads((DATA / folder / f"{language}.toml").read_text("utf-8"))["mail"]
    return [
        Stranger(
            id=mail["id"],
            topic=mail["topic"],
            also=tuple(mail.get("also", ())),
            language=language,
            canned=mail["canned"],
            subject=mail.get("subject", ""),
            text=mail["text"],
        )
        for mail in found
    ]
