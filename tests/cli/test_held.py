"""Held mail is listed with its reason, can be looked at safely, goes on, is spam, and teaches the filter."""

import json
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Via
from gateway.store import spool
from gateway.store.db import Store
from gateway.store.outcomes import Outcome, insert_outcome
from gateway.store.spool import Spool
from tests.cli.conftest import AT, Place
from tests.peers.spamd import RunningSpamd
from tests.spam.mails import HAM

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
    "authentication": {"grade": "A1", "why": "nothing proves it"},
    "spam": {
        "engine": "spamassassin",
        "state": "scanned",
        "score": 7.5,
        "threshold": 5.0,
        "rules": ["BAYES_99"],
        "why": "BAYES_99",
    },
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
    assert "scanned: BAYES_99\n         engine spamassassin, score 7.5, threshold 5.0, rules BAYES_99\n" in shown
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


def test_a_held_mail_is_released(place: Place, entry: str) -> None:
    """Decided at once, beside `serve` or without it; the audit agrees; a second time does nothing."""
    (done,) = place.json("held", "release", entry)
    assert (entry, "released", 1) == (done["entry"], done["done"], done["ticket"])
    audit = place.json("audit")
    assert (1, 0, 0, True) == (audit["tickets_opened"], audit["held"], audit["pending"], audit["even"])
    ticket = place.json("ticket", "show", "1")
    assert "2026-09-01T08:00:00+00:00" == ticket["opened_at"]
    assert "released" in [event["kind"] for event in ticket["events"]]

    again = place.run("held", "release", entry, code=1)
    assert "it was released before by operator" in again.stdout
    assert "nothing was done for 1 of 1" in again.stderr
    assert "No mail is held.\n" == place.run("held", "list").stdout


def test_a_mark_is_made_listed_and_undone(place: Place, entry: str) -> None:
    """It stays held, apart from what waits."""
    assert "marked as spam; it stays held" in place.run("held", "spam", "--from", "A@B.example").stdout
    assert [] == place.json("held", "list")
    assert [entry] == [row["entry"] for row in place.json("held", "list", "--spam")]
    assert 1 == place.json("audit")["held"]
    assert "not marked any more; it is held" in place.run("held", "undo", entry).stdout
    assert "nothing was said of it" in place.run("held", "undo", entry, code=1).stdout
    assert [entry] == [row["entry"] for row in place.json("held", "list")]


def test_mails_are_named_by_their_numbers_in_the_last_digest(place: Place, entry: str) -> None:
    """A digest can be asked for; without one, or with another number, nothing is done."""
    assert "there is no digest" in place.run("held", "release", "1", code=2).stderr
    assert "mails in it: 1." in place.run("held", "digest").stdout
    assert "they go from 1 to 1" in place.run("held", "spam", "2", code=2).stderr
    assert [entry] == [done["entry"] for done in place.json("held", "spam", "1")]
    assert "Nothing new is held" in place.run("held", "digest").stdout
    assert ["alex@desk.example"] == [mail["recipient"] for mail in place.json("outbox", "list")]


def test_what_cannot_be_found_is_told(place: Place) -> None:
    """An id, an author, and no name at all."""
    assert "there is no such mail" in place.run("held", "spam", "01K8Z6Q2V3W4X5Y6Z7A8B9C0D1", code=1).stdout
    assert "no held mail names x@y.example" in place.run("held", "release", "--from", "x@y.example", code=1).stderr
    assert "name mails by their entry ids" in place.run("held", "release", code=2).stderr


def test_train_shows_what_was_learnt_and_what_waits(place: Place, entry: str) -> None:
    """Before and after a mark; without an engine the lesson waits."""
    assert "The spam filter was taught nothing yet.\n" == place.run("held", "train").stdout
    place.run("held", "spam", entry)
    shown = place.json("held", "train")
    assert [{"lesson": "spam", "because": "marked", "state": "waiting", "count": 1}] == shown["counts"]
    assert [(entry, "spam", "forget")] == [(row["entry"], row["lesson"], row["taught"]) for row in shown["lessons"]]
    assert "waits" in place.run("held", "train").stdout


def test_train_scores_a_set_of_mails(place: Place, spamd: RunningSpamd, tmp_path: Path) -> None:
    """By the real engine, as they are now; a file that cannot be read ends with 1."""
    text = place.file.read_text().replace('engine = "none"', f"port = {spamd.port}")
    place.file.write_text(text)
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "1.eml").write_bytes(HAM)

    (mail,) = place.json("held", "train", str(tmp_path / "mails"))["mails"]
    assert ("scanned", True) == (mail["state"], mail["score"] < 5)
    assert (
        "1 of 1 mails were scored; 0 reach the threshold" in place.run("held", "train", str(tmp_path / "mails")).stdout
    )
    place.run("held", "train", str(tmp_path / "none"), code=1)


def test_a_reviewer_must_be_an_agent(place: Place) -> None:
    """Named at the start, not when the digest is to leave."""
    place.file.write_text(place.file.read_text().replace("[spam]", '[spam]\nreviewers = ["x@y.example"]'))

    assert "[spam] reviewers: x@y.example is no agent" in place.run("held", "list", code=2).stderr
