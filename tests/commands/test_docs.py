"""docs/commands.md is what the verbs say.

`python -m tests.commands.test_docs` writes it anew.
"""

from pathlib import Path

from gateway.commands.document import document, help_lines
from gateway.commands.meanings import MEANINGS
from gateway.commands.order import Word
from gateway.commands.verbs import VERBS

FILE = Path(__file__).parent.parent.parent / "docs" / "commands.md"
LONGEST = 100
"""Characters of a line of the list that `#help` mails."""


def test_the_document_is_written_from_the_verbs() -> None:
    """`python -m tests.commands.test_docs` after a change of a verb."""
    assert document() == FILE.read_text(encoding="utf-8")


def test_every_command_has_its_line_in_every_language() -> None:
    """One line, short enough for a mail."""
    assert list(Word) == list(VERBS)
    assert {language: set(Word) for language in MEANINGS} == {name: set(found) for name, found in MEANINGS.items()}
    for language in ("en", *MEANINGS):
        lines = list(help_lines(language))
        assert [line for line in lines if len(line) > LONGEST or "\n" in line] == []
        assert [f"#{word}" for word in Word] == [line.replace(":", " ").split()[0] for line in lines]


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
