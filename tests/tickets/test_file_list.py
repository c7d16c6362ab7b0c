"""How agents are told of files."""

import pytest

from gateway.mail.magic_types import Danger
from gateway.mail.message import Attachment
from gateway.model import StoredAttachment
from gateway.tickets.file_list import BLOCKED, file_lines
from gateway.tickets.words import WORDS

FILE = StoredAttachment(
    sha256="ab" * 32, filename="a.bin", content_type="image/png", size=123_456, inline=False, content_id=""
)


def attachment(danger: str = "", found: str = "image/png") -> Attachment:
    """What the mail holds of it."""
    return Attachment(
        filename="a.bin", content_type="image/png", content=b"", sha256="ab" * 32, found_type=found, danger=danger
    )


@pytest.mark.parametrize("language", WORDS)
def test_every_danger_has_its_words_in_every_language(language: str) -> None:
    """And the word for blocked itself."""
    assert {"", *(danger.value for danger in Danger)} == set(BLOCKED[language])
    assert len(set(BLOCKED[language].values())) == len(BLOCKED[language])


def test_a_file_is_told_of_by_its_bytes() -> None:
    """Number, name, type, size, the beginning of its digest."""
    assert ["1. a.bin (application/pdf, 123 kB, sha256 abababababab)"] == file_lines(
        [FILE], [attachment(found="application/pdf")], "en"
    )


def test_a_dangerous_file_is_blocked_in_the_agents_language() -> None:
    """An unknown language is English."""
    found = [attachment("macros")]
    assert ": gesperrt, ein Dokument mit Makros" in file_lines([FILE], found, "de-AT")[0]
    assert ": blocked, a document with macros" in file_lines([FILE], found, "xx")[0]


def test_of_two_names_for_the_same_bytes_the_worse_counts() -> None:
    """A web page by one name, a text by the other."""
    both = [attachment("web_page"), attachment()]
    assert all("blocked" in line for found in (both, both[::-1]) for line in file_lines([FILE], found, "en"))


def test_what_the_mail_does_not_hold_is_told_as_it_is_kept() -> None:
    """Its declared type, then."""
    assert ["1. a.bin (image/png, 123 kB, sha256 abababababab)"] == file_lines([FILE], [], "en")


def test_files_are_numbered_on_from_those_of_the_ticket() -> None:
    """An agent asks for a file by the number that it has in the whole ticket."""
    assert ["3. a", "4. a"] == [line.partition(".bin")[0] for line in file_lines([FILE, FILE], [], "en", first=3)]
