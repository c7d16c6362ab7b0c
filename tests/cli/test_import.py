"""Import keeps mail, decides it, tells what became of it; and every way to fail has its exit code."""

import json
import mailbox
import os
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Via
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.store.spool import Spool
from tests.cli.conftest import AT, Place

MAIL = """\
From: Eleni <eleni@shop.example>
To: support@desk.example
Subject: Order {number}
Message-ID: <{number}@shop.example>
Date: Tue, 01 Sep 2026 10:00:00 +0300

Where is my order {number}?
"""


def mail(number: int = 1) -> bytes:
    """A customer's mail."""
    return MAIL.format(number=number).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three mails: one twice, and a bounce of nothing we sent."""
    made = tmp_path / "mails"
    made.mkdir()
    (made / "1.eml").write_bytes(mail(1))
    (made / "2.eml").write_bytes(mail(2))
    (made / "3.eml").write_bytes(mail(1))
    return made


def test_an_import_decides_what_it_took(place: Place, folder: Path) -> None:
    """Every mail has its outcome when the command ends, and the audit agrees."""
    found = place.json("import", str(folder))
    assert found["seconds"] > 0
    assert found == {
        "received": 3,
        "problems": [],
        "outcomes": {"duplicate": 1, "open_unconfirmed": 2},
        "pending": 0,
        "interrupted": False,
        "seconds": found["seconds"],
    }
    audit = place.json("audit")
    assert (audit["received"], audit["pending"], audit["tickets_opened"], audit["duplicates"]) == (3, 0, 2, 1)
    assert {ticket["subject"] for ticket in place.json("ticket", "list")} == {"Order 1", "Order 2"}


def test_the_same_import_again_finds_duplicates(place: Place, folder: Path) -> None:
    """Whoever is not sure runs it again."""
    place.run("import", str(folder))
    assert place.json("import", str(folder))["outcomes"] == {"duplicate": 3}
    assert place.json("audit")["tickets_opened"] == 2


def test_what_became_of_them_is_told_in_words(place: Place, folder: Path) -> None:
    """A table on standard output, nothing on standard error."""
    result = place.run("import", str(folder))
    assert result.stderr == ""
    assert [line.rsplit(maxsplit=1) for line in result.stdout.splitlines()] == [
        ["Mails", "Count"],
        ["taken", "3"],
        ["  duplicates", "1"],
        ["  tickets opened, unconfirmed", "2"],
    ]


def test_spool_only_keeps_and_the_next_import_decides(place: Place, folder: Path, tmp_path: Path) -> None:
    """What waits is decided by whoever decides next; its own numbers are of its own mails."""
    assert place.json("import", str(folder), "--spool-only")["pending"] == 3
    assert place.json("audit")["pending"] == 3
    other = tmp_path / "other.eml"
    other.write_bytes(mail(9))
    assert place.json("import", str(other))["outcomes"] == {"open_unconfirmed": 1}
    assert place.json("audit")["received"] == 4


def test_mbox_and_maildir_are_read(place: Place, tmp_path: Path) -> None:
    """Both in one import, each mail with its place as source."""
    box = mailbox.mbox(tmp_path / "box")
    for number in (1, 2):
        box.add(mail(number))
    box.close()
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    maildir.add(mail(3))
    assert place.json("import", str(tmp_path / "box"), str(tmp_path / "Maildir"))["received"] == 3


def test_a_source_that_cannot_be_read_ends_with_1_and_the_rest_is_taken(place: Place, folder: Path) -> None:
    """It is named, on standard error and in the document."""
    found = place.json("import", "/none", str(folder), code=1)
    assert found["received"] == 3
    assert found["problems"] == [{"source": "/none", "why": "cannot be read: No such file or directory"}]
    assert "/none: cannot be read" in place.run("import", "/none", str(folder), code=1).stderr


def test_a_mail_that_is_too_large_is_a_problem(place: Place, tmp_path: Path) -> None:
    """By `[ingest] max_message_bytes`."""
    place.file.write_text(place.file.read_text() + "[ingest]\nmax_message_bytes = 2000\n")
    (tmp_path / "big.eml").write_bytes(mail() + b"x" * 2000)
    assert "larger than 2000 bytes" in place.json("import", str(tmp_path / "big.eml"), code=1)["problems"][0]["why"]


def test_the_envelope_comes_from_the_options(place: Place, opened: Store) -> None:
    """A pipe tells it; the null reverse path in all its spellings."""
    for given, kept in (("<>", ""), ("", ""), ("MAILER-DAEMON", ""), ("a@b.example", "a@b.example")):
        place.run("import", "-", "--spool-only", "--envelope-from", given, "--rcpt", "x@d.example", stdin=mail())
        with sqlite3.connect(place.state / "ticket-gateway.db") as connection:
            row = connection.execute("SELECT via, mail_from, recipients FROM spool ORDER BY id DESC").fetchone()
        connection.close()
        assert row == ("pipe", kept, '["x@d.example"]')


def test_a_pipe_is_one_mail_whatever_stands_in_it(place: Place) -> None:
    """A sender must not make two mails of one by writing a separator."""
    raw = b"From a@b.example Tue Sep  1 10:00:00 2026\n" + mail() + b"\nFrom x Tue Sep  1 10:00:00 2026\n\nmore\n"
    result = place.run("import", "-", "--json", stdin=raw)
    assert json.loads(result.stdout)["outcomes"] == {"open_unconfirmed": 1}


@pytest.mark.parametrize(
    ("raw", "words"), [(b"", "it is empty"), (b"Subject: x\n\n" + b"x" * 2000, "it is larger than 1024 bytes")]
)
def test_a_pipe_refuses_what_will_never_be_taken(place: Place, raw: bytes, words: str) -> None:
    """Its sender hears of it at once: 1, which a mail server bounces."""
    place.file.write_text(place.file.read_text() + "[ingest]\nmax_message_bytes = 1024\n")
    assert words in place.run("import", "-", stdin=raw, code=1).stderr


def test_a_pipe_says_75_where_the_store_is_not_right(place: Place) -> None:
    """No database, no key: the mail stays with who has it (I1)."""
    (place.config.keys_directory / "0").rename(place.state / "0")
    assert "not kept" in place.run("import", "-", stdin=mail(), code=75).stderr
    assert place.json("audit")["received"] == 0
    (place.state / "0").rename(place.config.keys_directory / "0")
    (place.state / "ticket-gateway.db").unlink()
    assert "not kept" in place.run("import", "-", stdin=mail(), code=75).stderr


def test_files_say_2_where_the_configuration_is_wrong(place: Place, folder: Path) -> None:
    """And nothing is kept before that is known."""
    (place.config.keys_directory / "0").unlink()
    assert "there is no token key" in place.run("import", str(folder), code=2).stderr
    assert place.json("audit")["received"] == 0


@pytest.mark.parametrize("source", ["file", "pipe"])
def test_a_store_that_does_not_commit_ends_with_75(source: str, place: Place, folder: Path) -> None:
    """A database that cannot grow any more; nothing is told as kept."""
    with sqlite3.connect(place.state / "ticket-gateway.db") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON raw BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    connection.close()
    arguments = ["-"] if source == "pipe" else [str(folder)]
    result = place.run("import", "--spool-only", *arguments, stdin=mail(), code=75)
    assert "disk full" in result.stderr
    assert place.json("audit")["received"] == 0


def test_a_kept_mail_is_no_failure_even_if_it_cannot_be_decided(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is committed a pipe says 0: the mail server must neither bounce it nor send it again."""

    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("gateway.cli.importing.wait_until_decided", fail)
    result = place.run("import", "-", stdin=mail())
    assert "The mail is kept, but could not be decided" in result.stderr
    assert place.json("audit")["received"] == 1


def test_standard_input_stands_alone(place: Place, folder: Path) -> None:
    """Else exit codes could not keep their promise; behind a mail server also this is 75."""
    assert "stands alone" in place.run("import", "-", str(folder), code=75).stderr


def test_mail_that_another_process_decides_is_counted(place: Place, opened: Store, folder: Path) -> None:
    """A running `serve` takes from the same spool: the outcome is looked up."""
    from gateway.cli.tally import Tally, wait_until_decided
    from gateway.store.outcomes import insert_outcome
    from gateway.store.spool import finish

    kept = Spool(opened, FixedClock(AT))
    kept.start()
    ids = [kept.put(Incoming(envelope=Envelope(via=Via.FILE, received_at=AT), raw=mail(n))).result(9) for n in (1, 2)]
    kept.stop()
    with opened.transaction() as tx:
        insert_outcome(tx, Outcome(entry_id=ids[0], decided_at=AT, action="hold", why="elsewhere"))
        finish(tx, ids[0])
    tally = Tally()
    for entry_id in ids:
        tally.keep(entry_id)
    tally.decide(Outcome(entry_id=ids[1], decided_at=AT, action="open", why="here"))
    tally.decide(Outcome(entry_id="other", decided_at=AT, action="open", why="a mail of somebody else"))
    wait_until_decided(opened, tally)
    assert tally.by_action() == {"hold": 1, "open": 1}


def test_ctrl_c_stops_it_and_running_it_again_takes_the_rest(place: Place, tmp_path: Path) -> None:
    """130, what was kept is told, nothing is in work any more, and the audit is even."""
    box = tmp_path / "box"
    separator = b"From a Tue Sep  1 10:00:00 2026\n"
    box.write_bytes(b"\n".join(separator + mail(number) for number in range(150)))
    command = [sys.executable, "-m", "gateway", "--config", str(place.file), "import", str(box), "--json"]
    # Tests that run in the background have Ctrl-C ignored, and so would all that they start.
    listens = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listens)
    database = sqlite3.connect(place.state / "ticket-gateway.db")
    end = time.monotonic() + 60
    while database.execute("SELECT count(*) FROM spool").fetchone() == (0,) and time.monotonic() < end:
        time.sleep(0.01)
    database.close()
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert "interrupted" in err
    audit = place.json("audit")
    assert audit["received"] == found["received"] > 0
    assert audit["even"] is True
    with sqlite3.connect(place.state / "ticket-gateway.db") as connection:
        claimed = "SELECT count(*) FROM spool WHERE state = 'pending' AND claimed_by IS NOT NULL"
        assert connection.execute(claimed).fetchone() == (0,)
    connection.close()
    assert place.json("import", str(box))["pending"] == 0
    audit = place.json("audit")
    assert (audit["tickets_opened"], audit["pending"], audit["even"]) == (150, 0, True)
