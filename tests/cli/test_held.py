"""Held mail is listed with its reason and can be looked at, safely."""

import json

import pytest

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Via
from gateway.store import spool
from gateway.store.db import Store
from gateway.store.outcomes import Outcome, insert_outcome
from gateway.store.spool import Spool
from tests.cli.conftest import AT, Place

RAW = b"From: a@b.example\r\nSubject: \x1b[31mBuy\r\n\r\nNow \xff\r\n"
DOCUMENT = {
    "source": "cur/1",
    "mail": {
        "from": {"name": "A", "address": "a@b.example"},
        "to": [],
        "subject": "\x1b[31mBuy",
        "attachments": [{"filename": "x\u202egnp.exe", "content_type": "image/png", "size": 3}],
        "defects": [],
    },
    "spam": {"state": "scanned", "score": 7.5, "why": "BAYES_99"},
    "plan": {"action": "hold", "reply": None, "language": "en", "why": "spam score 7.5 of 5"},
}


@pytest.fixture
def entry(opened: Store) -> str:
    """A held mail; its entry id."""
    kept = Spool(opened, FixedClock(AT))
    kept.start()
    envelope = Envelope(via=Via.FILE, received_at=AT, source="cur/1")
    entry_id = kept.put(Incoming(envelope=envelope, raw=RAW)).result(10)
    kept.stop()
    with opened.transaction() as tx:
        why = "spam score 7.5 of 5"
        outcome = Outcome(entry_id=entry_id, decided_at=AT, action="hold", why=why, explanation=json.dumps(DOCUMENT))
        insert_outcome(tx, outcome)
        spool.finish(tx, entry_id)
    return entry_id


def test_held_mail_is_listed_with_its_reason(place: Place, entry: str) -> None:
    """For people and for tools."""
    assert place.json("held", "list") == [
        {
            "entry": entry,
            "decided_at": "2026-09-01T08:00:00+00:00",
            "via": "file",
            "source": "cur/1",
            "from": {"name": "A", "address": "a@b.example"},
            "subject": "\x1b[31mBuy",
            "why": "spam score 7.5 of 5",
        }
    ]
    assert place.run("held", "list").stdout.splitlines()[1].split()[1:3] == ["a@b.example", "\\x1b[31mBuy"]


def test_a_held_mail_is_shown_stage_by_stage(place: Place, entry: str) -> None:
    """Each stage with its reason; nothing of the stranger's steers the terminal."""
    shown = place.run("held", "show", entry).stdout
    assert "held: spam score 7.5 of 5" in shown
    assert "scanned: BAYES_99\n         score 7.5\n" in shown
    assert "x\\u202egnp.exe (image/png, 3 bytes)" in shown
    assert "\x1b" not in shown
    assert place.json("held", "show", entry)["mail"] == DOCUMENT["mail"]


def test_the_mail_itself_comes_byte_for_byte(place: Place, entry: str) -> None:
    """For a file or another program."""
    assert place.run("held", "show", entry, "--raw").stdout_bytes == RAW


def test_a_mail_that_is_not_held_ends_with_1(place: Place, entry: str) -> None:
    """The answer is no."""
    assert "no mail with the entry id X" in place.run("held", "show", "X", code=1).stderr


def test_without_held_mail_the_list_says_so(place: Place) -> None:
    """In words, and as an empty list."""
    assert place.run("held", "list").stdout == "No mail is held.\n"
    assert place.json("held", "list") == []
