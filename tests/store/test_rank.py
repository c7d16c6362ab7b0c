"""Who is decided first: people before machines, and machines all the same (A-26)."""

from datetime import timedelta

import pytest

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Via
from gateway.store import spool as spool_sql
from gateway.store.db import Store
from gateway.store.rank import LOOKED_AT, MACHINES, PEOPLE, rank_of
from gateway.store.spool import Spool

LEASE = timedelta(minutes=10)


def incoming(
    clock: FixedClock, header: str = "", *, mail_from: str | None = "ann@shop.test", number: int = 0
) -> Incoming:
    """A mail with this field in it."""
    envelope = Envelope(via=Via.SMTP, received_at=clock.now(), recipients=("support@desk.test",), mail_from=mail_from)
    fields = f"From: ann@shop.test\r\nSubject: {number}\r\n" + (f"{header}\r\n" if header else "")
    return Incoming(envelope=envelope, raw=f"{fields}\r\nList-Id: in the text\r\n".encode())


@pytest.mark.parametrize(
    ("header", "rank"),
    [
        ("List-Id: <x>", MACHINES),
        ("list-unsubscribe : <mailto:x@y.test>", MACHINES),
        ("Precedence: bulk", MACHINES),
        ("Precedence: first-class", PEOPLE),
        ("Auto-Submitted: auto-replied", MACHINES),
        ("Auto-Submitted: no", PEOPLE),
        ("Feedback-ID: 1", MACHINES),
        ("X-Autoreply: yes", MACHINES),
        ("Content-Type: multipart/report; boundary=b", MACHINES),
        ("Return-Path: <>", MACHINES),
        ("Return-Path: <ann@shop.test>", PEOPLE),
        ("X-Lists: List-Id: x", PEOPLE),
        ("", PEOPLE),
    ],
)
def test_a_field_tells_whose_mail_it_seems_to_be(clock: FixedClock, header: str, rank: int) -> None:
    """Only in the header, only at the beginning of a line."""
    assert rank == rank_of(incoming(clock, header))


def test_the_null_reverse_path_is_a_machines(clock: FixedClock) -> None:
    """An unknown one is not."""
    assert MACHINES == rank_of(incoming(clock, mail_from=""))
    assert PEOPLE == rank_of(incoming(clock, mail_from=None))


def test_only_the_beginning_is_looked_at(clock: FixedClock) -> None:
    """However large it is."""
    assert PEOPLE == rank_of(incoming(clock, f"X: {'y' * LOOKED_AT}\r\nList-Id: <x>"))


def test_people_come_first_and_machines_do_not_starve(store: Store, clock: FixedClock) -> None:
    """Of each batch one place is a machine's; when people are done, all are."""
    spool = Spool(store, clock)
    spool.start()
    header = {True: "List-Id: <x>", False: ""}
    mails = [incoming(clock, header[number < 20], number=number) for number in range(30)]  # the machines came first
    ids = [future.result(10) for future in [spool.put(mail) for mail in mails]]
    spool.stop()

    batches = []
    while entries := spool_sql.claim(store, limit=4, now=clock.now(), lease=LEASE):
        batches.append([ids.index(entry.id) >= 20 for entry in entries])

    assert [True, True, True, False] == batches[0]
    assert [[True, True, True, False]] * 3 == batches[:3]
    assert 10 == sum(sum(batch) for batch in batches)
    assert 30 == sum(len(batch) for batch in batches)
    alone = spool_sql.claim(store, limit=1, now=clock.now() + LEASE, lease=LEASE)
    assert [True] == [ids.index(entry.id) >= 20 for entry in alone]
