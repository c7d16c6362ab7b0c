"""docs/letters.md and the code say the same of each mail to customers."""

import re
from pathlib import Path

import pytest

from gateway.config import DeskSection
from gateway.jobs.letters import MOST_IN_AN_HOUR
from gateway.outbox.limits import PER_ADDRESS
from gateway.store.letters import LetterKind
from tests.test_render import TO_CUSTOMERS

DOCUMENT = (Path(__file__).parent.parent / "docs" / "letters.md").read_text()
ROWS = re.findall(r"^\| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)[1:]
TABLE = {mail: (when, whom, wrote) for mail, when, whom, wrote, _ in ROWS}


def test_every_mail_to_customers_stands_in_the_table() -> None:
    """And no other."""
    assert set(TO_CUSTOMERS) == set(TABLE)


@pytest.mark.parametrize("mail", TO_CUSTOMERS)
def test_the_table_says_who_wrote_it_as_the_mail_does(mail: str) -> None:
    """What comes by the clock, or to who did not write, is generated; what answers a mail is a reply."""
    wrote = TABLE[mail][2]
    unasked = mail in {"confirm_request", *LetterKind}

    assert ("a person" if mail == "answer" else f"machine, auto-{'generated' if unasked else 'replied'}") == wrote


def test_the_days_and_limits_are_those_of_the_code() -> None:
    """Each key with its default."""
    told = dict(re.findall(r"`(\w+_days)` \((\d+)\)", DOCUMENT))
    settings = DeskSection()

    assert {name: str(getattr(settings, name)) for name in DeskSection.model_fields if name.endswith("_days")} == told
    assert f"at most {MOST_IN_AN_HOUR} mails" in DOCUMENT
    assert 3 == PER_ADDRESS
    assert "three a day to one address" in DOCUMENT
    for key in ("closing_mail", "delay_mail", "hours"):
        assert key in DeskSection.model_fields
