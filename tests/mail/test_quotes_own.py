"""Mails of our own after the real programs' formats, in the languages that we answer in (`replies/*.txt`)."""

from pathlib import Path

import pytest

from scripts.accuracy_replies import Case, own_cases

FOLDER = Path(__file__).parent / "replies"
CASES = {f"{path.stem}: {case.name}": case for path in sorted(FOLDER.glob("*.txt")) for case in own_cases(path)}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_reply_is_what_the_customer_wrote(case: Case) -> None:
    """Line by line, empty ones left out."""
    assert case.expected == case.found


@pytest.mark.parametrize("language", ["el", "nl", "fr", "de", "en"])
def test_each_language_has_its_mails(language: str) -> None:
    """Forty at least, each with its own name."""
    assert len([name for name in CASES if name.startswith(f"{language}: ")]) >= 40
    assert len(list(own_cases(FOLDER / f"{language}.txt"))) == sum(name.startswith(f"{language}: ") for name in CASES)
