"""What a history says: built as data, and which evidence decided is asserted beside the answer."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.model import SenderHistory
from gateway.spam.history import REST, Burst, BurstLimits, Reputation, burst_of, reputation

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
GOOD, NONE, BAD = Reputation.GOOD, Reputation.NONE, Reputation.BAD
LIMITS = BurstLimits(opened=10, spam=3)


def history(
    key: str,
    *,
    accepted: int = 9,
    answered: int = 0,
    released: int = 0,
    spam: int = 0,
    since: timedelta | None = None,
    opened: int = 0,
    burst_spam: int = 0,
    held: timedelta | None = None,
) -> SenderHistory:
    """A row; `since` and `held` are counted from now, back and on."""
    return SenderHistory(
        key=key,
        accepted=accepted,
        answered=answered,
        released=released,
        spam=spam,
        first_at=NOW,
        last_at=NOW,
        burst_since=None if since is None else NOW - since,
        burst_opened=opened,
        burst_spam=burst_spam,
        held_until=None if held is None else NOW + held,
    )


@pytest.mark.parametrize(
    ("kind", "answered", "released", "spam", "said"),
    [
        ("address", 0, 0, 0, NONE),
        ("address", 1, 0, 0, NONE),
        ("address", 2, 0, 0, GOOD),
        ("address", 0, 2, 0, GOOD),
        ("address", 1, 1, 0, GOOD),
        ("address", 9, 0, 1, NONE),
        ("address", 10, 0, 1, GOOD),
        ("address", 0, 0, 1, BAD),
        ("address", 1, 0, 1, NONE),
        ("address", 1, 0, 2, BAD),
        ("account", 2, 0, 0, GOOD),
        ("account", 0, 0, 1, BAD),
        ("domain", 4, 0, 0, NONE),
        ("domain", 5, 0, 0, GOOD),
        ("domain", 0, 0, 2, NONE),
        ("domain", 0, 0, 3, BAD),
        ("domain", 2, 1, 3, NONE),
    ],
)
def test_what_people_did_with_earlier_mail_is_what_counts(
    kind: str, answered: int, released: int, spam: int, said: Reputation
) -> None:
    """Mail that was only taken says nothing, however much of it there is."""
    found = history(f"{kind} x", accepted=10_000, answered=answered, released=released, spam=spam)
    assert said is reputation([found])[0]


def test_the_narrowest_conclusive_evidence_decides() -> None:
    """A good address of a bad domain is good; one of which nothing is known is as bad as its domain."""
    address, unknown = history("address ann@bread.test", answered=3), history("address bob@bread.test")
    domain = history("domain bread.test", spam=5)

    said, why = reputation([address, domain])
    assert (GOOD, True) == (said, "of address ann@bread.test" in why)
    said, why = reputation([unknown, domain])
    assert (BAD, True) == (said, "of domain bread.test" in why)


def test_without_a_conclusion_it_says_what_there_is() -> None:
    """Nothing at all, or too little; in words."""
    assert (NONE, "nothing is known of earlier mail of its sender") == reputation([])
    said, why = reputation([history("address ann@bread.test", accepted=4, answered=1)])
    assert NONE is said
    assert "of address ann@bread.test, 4 earlier mails were taken, agents answered 1 tickets" in why


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, None),
        (history("address x"), None),
        (history("address x", since=MINUTE, opened=9), None),
        (history("address x", since=MINUTE, opened=10), (REST, True)),
        (history("address x", since=HOUR, opened=10), None),
        (history("address x", since=MINUTE, burst_spam=2), None),
        (history("address x", since=MINUTE, burst_spam=3), (REST, True)),
        (history("address x", since=MINUTE, opened=11, held=MINUTE), (REST, False)),
        (history("address x", since=MINUTE, opened=1, held=MINUTE), (MINUTE, False)),
        (history("address x", since=HOUR, opened=50, held=MINUTE), (MINUTE, False)),
        (history("address x", since=HOUR, opened=50, held=timedelta(0)), None),
        (history("address x", since=MINUTE, opened=10, held=-MINUTE), (REST, True)),
    ],
)
def test_a_burst_begins_goes_on_and_ends(found: SenderHistory | None, expected: tuple[timedelta, bool] | None) -> None:
    """Too much within the window holds for an hour from the last of it; then it is over by itself."""
    burst = burst_of(found, NOW, LIMITS)
    assert expected == (None if burst is None else (burst.until - NOW, burst.begins))
    assert burst is None or isinstance(burst, Burst)


def test_a_limit_of_zero_is_none() -> None:
    """For who does not want to be protected."""
    busy = history("address x", since=MINUTE, opened=99, burst_spam=99)
    assert burst_of(busy, NOW, BurstLimits(opened=0, spam=0)) is None
