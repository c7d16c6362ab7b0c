"""Addresses that do not take our mail: what each sign means, when it ends, and that nobody else can give one (D-11)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway import events
from gateway.outbox import suppression
from gateway.outbox.enqueue import enqueue
from gateway.outbox.limits import Limit
from gateway.outbox.suppression import Kind, Suppression, kind_of, state_of, status_of
from gateway.store.db import Store
from gateway.store.suppression import DeliverySign
from tests.outbox.sending import ANSWER, NOTICE, NOW, RECEIPT, mail

DAY = timedelta(days=1)
MARIA = "maria@shop.example"


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the log is told."""
    found: list[tuple[str, ...]] = []
    for name in ("address_suppressed", "address_released", "reputation_refused"):
        monkeypatch.setattr(events, name, lambda *values, name=name: found.append((name, *values)))
    return found


def fail(store: Store, status: str, at: datetime = NOW, address: str = MARIA) -> Suppression | None:
    """A mail to her was refused with this status."""
    with store.transaction() as tx:
        return suppression.note_failure(tx, address, status, ticket_id=None, now=at)


def sent(store: Store, at: datetime = NOW, address: str = MARIA, first: int = 0) -> tuple[bool, bool]:
    """Does a receipt to her leave, and does an agent's answer?"""
    with store.transaction() as tx:
        receipt = enqueue(tx, mail(first, RECEIPT, address), at)
        answer = enqueue(tx, mail(first + 1, ANSWER, address), at)
    assert all(refusal.limit is Limit.SUPPRESSED for refusal in (receipt, answer) if refusal)
    return receipt is None, answer is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Kind.HARD) for status in ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")),
        *((status, Kind.SOFT) for status in ("5.2.2", "5.2.1", "5.1.8", "5.1.100", "4.2.2", "4.4.7", "4.1.1", "5.4.4")),
        *((status, Kind.REPUTATION) for status in ("5.7.1", "5.7.515", "4.7.0", "4.7.26")),
        *((status, Kind.SOFT) for status in ("", "5", "5.1", "5.70.1", "x", "5.1.1.1", "\u0665.1.1")),
    ],
)
def test_each_status_has_its_meaning(status: str, kind: Kind) -> None:
    """RFC 3463; what is no status says nothing precise."""
    assert kind is kind_of(status)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.1.1 <maria@shop.example>: no such user", "5.1.1"),
        ("550-5.7.26 this mail is not authenticated", "5.7.26"),
        ("451 4.2.2 full; it was tried for 5 days, 20 times", "4.2.2"),
        ("550 no such user 5.1.1", ""),
        ("550 5.1.1.1 x", ""),
        ("the connection ended at DATA", ""),
        ("", ""),
    ],
)
def test_a_replys_status_is_read(reply: str, status: str) -> None:
    """RFC 2034: behind the code, and nowhere else."""
    assert status == status_of(reply)


def test_a_mailbox_that_does_not_exist_gets_nothing_automatic_and_answers_until_another_day(store: Store) -> None:
    """However often it says so on one day; from the second day on agents' answers stay here, too."""
    assert (True, True) == sent(store)
    for _ in range(5):
        fail(store, "5.1.1")
    assert (False, True) == sent(store, first=10)
    found = fail(store, "5.1.10", NOW + DAY)

    assert (False, False) == sent(store, NOW + DAY, first=20)
    assert found is not None
    assert (NOW + DAY + suppression.LIFETIME,) * 2 == (found.until, found.answers_until)
    assert (
        "its server said on 2026-09-02, the last of 2 days that there is no such mailbox (status 5.1.10): "
        "no answer is sent to maria@shop.example before 2026-11-01" == suppression.in_words(found)
    )


def test_a_full_mailbox_has_five_tries_in_two_weeks(store: Store, told: list[tuple[str, ...]]) -> None:
    """Four are too few, and so are five over a longer time; answers are tried always."""
    for number in range(4):
        assert fail(store, "5.2.2", NOW + number * DAY) is None
    assert (True, True) == sent(store, NOW + 4 * DAY)
    assert fail(store, "4.2.2", NOW + 15 * DAY) is None
    assert fail(store, "4.2.2", NOW + 15 * DAY) is not None
    assert (False, True) == sent(store, NOW + 15 * DAY, first=10)
    assert [("address_suppressed", "shop.example", "soft", "automatic")] == told


def test_our_reputation_is_nobodys_fault_but_ours(store: Store, told: list[tuple[str, ...]]) -> None:
    """Never a sign against an address, always an alarm."""
    for number in range(20):
        fail(store, "5.7.1", NOW + number * DAY)

    assert (True, True) == sent(store, NOW + 20 * DAY)
    assert [("reputation_refused", "shop.example", "5.7.1")] * 20 == told


def test_a_complaint_stops_automatic_mail_only(store: Store) -> None:
    """Her agent's answer is what she asked for."""
    with store.transaction() as tx:
        suppression.note_complaint(tx, MARIA, ticket_id=None, now=NOW)

    assert (False, True) == sent(store, NOW + DAY)


def test_it_ends_after_sixty_days(store: Store) -> None:
    """For both kinds of mail."""
    fail(store, "5.1.1")
    fail(store, "5.1.1", NOW + DAY)
    assert (False, False) == sent(store, NOW + DAY + suppression.LIFETIME - timedelta(seconds=1))
    assert (True, True) == sent(store, NOW + DAY + suppression.LIFETIME, first=10)


def test_it_ends_when_she_writes(store: Store, told: list[tuple[str, ...]]) -> None:
    """However her address is spelled; and what was released is told once."""
    fail(store, "5.1.1")
    fail(store, "5.1.1", NOW + DAY)
    with store.transaction() as tx:
        assert suppression.release(tx, "Maria@SHOP.example", by="mail")
        assert not suppression.release(tx, MARIA, by="mail")

    assert (True, True) == sent(store, NOW + DAY)
    assert ("address_released", "shop.example", "mail") == told[-1]


def test_agents_are_never_cut_off(store: Store) -> None:
    """Who works here hears of every mail, whatever his server says."""
    address = NOTICE.recipient.address
    fail(store, "5.1.1", address=address)
    fail(store, "5.1.1", NOW + DAY, address=address)
    with store.transaction() as tx:
        assert enqueue(tx, mail(1, NOTICE), NOW + DAY) is None


def test_signs_do_not_pile_up(store: Store) -> None:
    """Ten thousand soft ones are as good as twenty; a mailbox that is gone is still heard of after that."""
    for number in range(50):
        fail(store, "4.2.2", NOW + number * timedelta(minutes=1))
    for number in range(3):
        fail(store, "5.1.1", NOW + DAY * number)
    with store.reading() as tx:
        signs = suppression.store.signs_of(tx, MARIA, since=NOW - DAY)

    assert (20, 3) == tuple(sum(sign.kind == kind for sign in signs) for kind in ("soft", "hard"))
    assert (False, False) == sent(store, NOW + 3 * DAY)


def test_all_suppressed_addresses_are_listed(store: Store) -> None:
    """Those to which nothing speaks any more are not."""
    fail(store, "5.1.1", NOW, "b@x.example")
    fail(store, "5.2.2", NOW, "c@x.example")
    fail(store, "5.1.1", NOW - 2 * suppression.LIFETIME, "d@x.example")
    fail(store, "5.1.1", NOW, "A@x.example")
    with store.reading() as tx:
        found = suppression.list_suppressed(tx, NOW + DAY, limit=10)

    assert ["a@x.example", "b@x.example"] == [each.address for each in found]


def test_nothing_is_said_where_nothing_happened() -> None:
    """No line for the agents."""
    assert "" == suppression.in_words(None)
    old = DeliverySign(address=MARIA, at=NOW - suppression.LIFETIME, kind="hard", status="5.1.1")
    assert state_of(MARIA, [old], NOW) is None
    assert state_of(MARIA, [replace(old, at=NOW)], NOW) is not None
