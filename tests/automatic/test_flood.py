"""A flood of lists and forged bounces delays no customer, and nobody is written to: `make flood`, in short."""

from pathlib import Path

from scripts.flood import flood


def test_a_customer_is_served_while_the_flood_waits(tmp_path: Path) -> None:
    """By a real `serve`: his ticket first, lists held, forged bounces recorded, two mails in all."""
    found = flood(tmp_path / "site", lists=500, bounces=100)

    assert (600, 0) == (found.accepted, found.refused)
    assert {"hold": 500, "record": 100, "open": 1} == found.outcomes
    assert found.is_even
    assert found.expected_recipients == found.recipients
    assert found.seconds_to_ticket < 5
