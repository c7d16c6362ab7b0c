"""Reading a mailbox of a real Dovecot, while nothing goes wrong."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.clock import Clock, FixedClock, SystemClock
from gateway.config import Imap
from gateway.errors import ConfigError
from gateway.ingest.imap import MailboxReader
from gateway.ingest.imap_events import Connected, MoveFailed, Released, Took, UidValidityChanged
from gateway.model import Via
from gateway.store.spool import load
from tests.ingest.imap_desk import LIMIT, Desk, hide, make_config, make_mail, open_desk, proxy, reading
from tests.peers.dovecot import Dovecot
from tests.peers.process import wait_until

pytestmark = pytest.mark.peer


def append(dovecot: Dovecot, user: str, *mails: bytes, folder: str = "INBOX", flags: tuple[bytes, ...] = ()) -> None:
    """Put mails into a folder as they are."""
    with dovecot.log_in(user) as person:
        if not person.folder_exists(folder):
            person.create_folder(folder)
        person.multiappend(folder, [{"msg": mail, "flags": flags} for mail in mails])


def look_into(dovecot: Dovecot, user: str, folder: str) -> list[tuple[bytes, tuple[bytes, ...]]]:
    """Bytes and flags of all mails of a folder, as a person sees them."""
    with dovecot.log_in(user) as person:
        if not person.folder_exists(folder):
            return []
        person.select_folder(folder, readonly=True)
        found = person.fetch(person.search(), ["BODY.PEEK[]", "FLAGS"])
        return [
            (item[b"BODY[]"], tuple(flag for flag in item[b"FLAGS"] if flag != b"\\Recent"))
            for _, item in sorted(found.items())
        ]


def test_takes_every_mail_byte_for_byte_and_moves_it_unread(dovecot: Dovecot, tmp_path: Path) -> None:
    """Also mail that is no proper mail at all; the processed folder is made, and shown to people."""
    user = dovecot.make_user()
    mails = [make_mail(1), b"no header at all\r\n", b"Subject: \xff\xfe\x80\r\n\r\n8-bit \x80\r\n", b'"\\"{5}\r\n']
    append(dovecot, user, *mails)
    with open_desk(tmp_path) as desk, reading(desk, make_config(dovecot, user, tmp_path)) as told:
        desk.wait_for_mails(4)
        assert mails == desk.mails()
        assert [event.mails for event in told.told(Took)] == [4]
    assert look_into(dovecot, user, "INBOX") == []
    assert [(mail, ()) for mail in mails] == look_into(dovecot, user, "Processed")
    with dovecot.log_in(user) as person:
        assert [name for _, _, name in person.list_sub_folders()] == ["Processed"]


def test_an_entry_names_its_message_and_claims_nothing_else(dovecot: Dovecot, tmp_path: Path) -> None:
    """IMAP tells no envelope: no reverse path, no recipients, no peer."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1))
    with open_desk(tmp_path) as desk, reading(desk, make_config(dovecot, user, tmp_path)):
        desk.wait_for_mails(1)
        with dovecot.log_in(user) as person:
            uidvalidity = person.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        with desk.store.reading() as tx:
            ids = [row.id for row in tx.exec_driver_sql("SELECT id FROM spool")]
        (entry,) = load(desk.store, ids)
    assert f"support/{uidvalidity}/1" == entry.envelope.source
    assert entry.envelope.via == Via.IMAP
    assert (
        entry.envelope.mail_from,
        entry.envelope.recipients,
        entry.envelope.peer_ip,
        entry.envelope.helo,
    ) == (None, (), None, None)


def test_idle_wakes_the_reader_at_once(dovecot: Dovecot, tmp_path: Path) -> None:
    """A mail is taken at its delivery although the next look would be in five minutes; the second one too."""
    user = dovecot.make_user()
    with open_desk(tmp_path) as desk, reading(desk, make_config(dovecot, user, tmp_path)) as told:
        assert told.wait_for(Connected).idle
        for number in (1, 2):
            time.sleep(0.2)
            dovecot.deliver(user, make_mail(number))
            desk.wait_for_mails(number)


@pytest.mark.parametrize("hidden", [("IDLE",), ()], ids=["the server cannot", "the operator does not want it"])
def test_without_idle_the_reader_polls(dovecot: Dovecot, tmp_path: Path, hidden: tuple[str, ...]) -> None:
    """It looks every poll_seconds."""
    user = dovecot.make_user()
    with open_desk(tmp_path) as desk, proxy(dovecot.imap_port, hide(*hidden)) as port:
        config = make_config(dovecot, user, tmp_path, port=port, poll_seconds=0.2, idle=bool(hidden))
        with reading(desk, config) as told:
            assert not told.wait_for(Connected).idle
            dovecot.deliver(user, make_mail(1))
            desk.wait_for_mails(1)


def test_read_mail_is_taken_like_any_other_and_keeps_its_flags(dovecot: Dovecot, tmp_path: Path) -> None:
    r"""A person has read and flagged it before we came: \Seen says nothing about what we took."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), flags=(b"\\Seen", b"\\Flagged"))
    with open_desk(tmp_path) as desk, reading(desk, make_config(dovecot, user, tmp_path)):
        desk.wait_for_mails(1)
    ((_, flags),) = look_into(dovecot, user, "Processed")
    assert {b"\\Seen", b"\\Flagged"} == set(flags)


def test_a_person_may_read_flag_and_expunge_meanwhile(dovecot: Dovecot, tmp_path: Path) -> None:
    """A mail program holds the folder open, changes flags and expunges while mail arrives and is taken."""
    user = dovecot.make_user()
    with (
        open_desk(tmp_path) as desk,
        dovecot.log_in(user) as person,
        reading(desk, make_config(dovecot, user, tmp_path)) as told,
    ):
        told.wait_for(Connected)
        person.select_folder("INBOX")
        for number in range(1, 5):
            person.append("INBOX", make_mail(number))
            for uid in person.search():
                person.add_flags([uid], [b"\\Seen"])
            if number == 3:
                person.append("INBOX", make_mail(99), [b"\\Deleted"])
                person.expunge()
        wait_until(lambda: len(desk.mails()) >= 4, "they are taken")
        assert {make_mail(number) for number in range(1, 5)} <= set(desk.mails())
        assert len(desk.mails()) == len(set(desk.mails()))
        wait_until(lambda: not look_into(dovecot, user, "INBOX"), "the folder is empty")


@pytest.mark.parametrize(
    ("hidden", "way", "left"),
    [(("MOVE",), "UID EXPUNGE", []), (("MOVE", "UIDPLUS"), "only flagged", [make_mail(1), make_mail(2)])],
    ids=["COPY and UID EXPUNGE", "nothing but COPY"],
)
def test_without_move_mail_is_copied_and_nobody_elses_mail_is_expunged(
    dovecot: Dovecot, tmp_path: Path, hidden: tuple[str, ...], way: str, left: list[bytes]
) -> None:
    """A mail that a person has deleted and not expunged survives; no mail is taken or copied twice."""
    user = dovecot.make_user()
    deleted = make_mail(9, size=2 * LIMIT)  # too large to be moved, so it is only there for a person
    append(dovecot, user, deleted, flags=(b"\\Deleted",))
    append(dovecot, user, make_mail(1), make_mail(2))
    with open_desk(tmp_path) as desk, proxy(dovecot.imap_port, hide(*hidden)) as port:
        config = make_config(dovecot, user, tmp_path, port=port, poll_seconds=0.1, idle=False)
        for _ in range(2):
            with reading(desk, config) as told:
                assert way == told.wait_for(Connected).move
                desk.wait_for_mails(3)
                time.sleep(0.2)
        assert len(desk.mails()) == 3
    assert [make_mail(1), make_mail(2)] == [mail for mail, _ in look_into(dovecot, user, "Processed")]
    assert [deleted, *left] == [mail for mail, _ in look_into(dovecot, user, "INBOX")]


def test_an_oversize_mail_is_taken_in_part_and_stays(dovecot: Dovecot, tmp_path: Path) -> None:
    """Header and 64 KB are taken, once; it is not moved, not even when a larger limit is set later."""
    user = dovecot.make_user()
    large = make_mail(1, size=LIMIT + 1000)
    append(dovecot, user, large, make_mail(2))
    with open_desk(tmp_path) as desk:
        config = make_config(dovecot, user, tmp_path, poll_seconds=0.1, idle=False)
        with reading(desk, config) as told:
            desk.wait_for_mails(2)
            assert told.wait_for(Took).oversize == 1
        with reading(desk, config, limit=10 * LIMIT):
            time.sleep(0.2)
        head_size = large.index(b"\r\n\r\n") + 4
        assert [large[: head_size + 65536], make_mail(2)] == desk.mails()
        assert f"(oversize: {len(large)} bytes, the whole mail stays in the mailbox)" in desk.sources()[0]
    assert [(large, ())] == look_into(dovecot, user, "INBOX")


def test_a_folder_made_anew_is_read_again(dovecot: Dovecot, tmp_path: Path) -> None:
    """Its UIDs begin again (another UIDVALIDITY): mail with UIDs that the ledger knows is taken all the same."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), folder="Desk")
    with open_desk(tmp_path) as desk:
        config = make_config(dovecot, user, tmp_path, folder="Desk", poll_seconds=0.2, idle=False)
        with reading(desk, config) as told:
            desk.wait_for_mails(1)
            with dovecot.log_in(user) as person:
                person.delete_folder("Desk")
            append(dovecot, user, make_mail(2), folder="Desk")
            desk.wait_for_mails(2)
            changed = told.wait_for(UidValidityChanged)
            assert changed.before != changed.now
        assert [make_mail(1), make_mail(2)] == desk.mails()
        assert [source.rpartition("/")[2] for source in desk.sources()] == ["1", "1"]


def test_mail_that_could_not_be_moved_is_moved_later_and_not_taken_twice(dovecot: Dovecot, tmp_path: Path) -> None:
    """First no server would make such a folder; then the operator names another one."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), make_mail(2))
    with open_desk(tmp_path) as desk:
        wrong = make_config(dovecot, user, tmp_path, processed_folder="a//b", poll_seconds=0.1, idle=False)
        with reading(desk, wrong) as told:
            wait_until(lambda: len(desk.mails()) == 2, "both are taken")
            assert "a//b" in told.wait_for(MoveFailed).why or "name" in told.wait_for(MoveFailed).why
            time.sleep(0.2)
            assert len(told.told(MoveFailed)) == 1, "told once, not at every look"
        assert desk.unsettled() == 2
        with reading(desk, make_config(dovecot, user, tmp_path)):
            desk.wait_for_mails(2)
        assert len(desk.mails()) == 2
    assert len(look_into(dovecot, user, "Processed")) == 2


def test_taken_mail_that_is_gone_before_it_is_moved_is_settled(dovecot: Dovecot, tmp_path: Path) -> None:
    """A person has removed it, or it was moved just before a crash: the ledger is not left with an open end."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), make_mail(2))
    with open_desk(tmp_path) as desk:
        with reading(desk, make_config(dovecot, user, tmp_path, processed_folder="a//b")) as told:
            told.wait_for(MoveFailed)
        with dovecot.log_in(user) as person:
            person.select_folder("INBOX")
            person.delete_messages([1])
            person.expunge()
        with reading(desk, make_config(dovecot, user, tmp_path)):
            wait_until(lambda: not desk.unsettled(), "both are settled")
        assert [make_mail(1), make_mail(2)] == desk.mails()


def test_a_processed_folder_that_somebody_deleted_is_made_again(dovecot: Dovecot, tmp_path: Path) -> None:
    """Between two mails."""
    user = dovecot.make_user()
    with open_desk(tmp_path) as desk, reading(desk, make_config(dovecot, user, tmp_path)):
        append(dovecot, user, make_mail(1))
        desk.wait_for_mails(1)
        with dovecot.log_in(user) as person:
            person.delete_folder("Processed")
        append(dovecot, user, make_mail(2))
        desk.wait_for_mails(2)
    assert [make_mail(2)] == [mail for mail, _ in look_into(dovecot, user, "Processed")]


def test_only_the_holder_of_the_lease_reads(dovecot: Dovecot, tmp_path: Path) -> None:
    """Without it the reader is not connected; it lets go when it loses it."""
    user = dovecot.make_user()
    ours = threading.Event()
    with open_desk(tmp_path) as desk:
        config = make_config(dovecot, user, tmp_path, poll_seconds=0.1, idle=False)
        append(dovecot, user, make_mail(1))
        with reading(desk, config, may_run=ours.is_set) as told:
            time.sleep(0.2)
            assert told.events == []
        ours.set()
        with reading(desk, config, may_run=ours.is_set) as told:
            desk.wait_for_mails(1)
            ours.clear()
            told.wait_for(Released)
            append(dovecot, user, make_mail(2))
            time.sleep(0.2)
            assert len(desk.mails()) == 1


def test_two_readers_of_one_mailbox_take_each_mail_once(dovecot: Dovecot, tmp_path: Path) -> None:
    """Two processes may believe for a moment that they hold the lease."""
    user = dovecot.make_user()
    mails = [make_mail(number) for number in range(60)]
    append(dovecot, user, *mails)
    config = make_config(dovecot, user, tmp_path, batch=7, poll_seconds=0.1, idle=False)
    with open_desk(tmp_path) as desk, open_desk(tmp_path) as other:
        with reading(desk, config), reading(other, config):
            desk.wait_for_mails(60)
            append(dovecot, user, make_mail(60))
            desk.wait_for_mails(61)
        assert sorted([*mails, make_mail(60)]) == sorted(desk.mails())
    assert {*mails, make_mail(60)} == {mail for mail, _ in look_into(dovecot, user, "Processed")}


def test_five_hundred_mails_are_taken_in_batches(dovecot: Dovecot, tmp_path: Path) -> None:
    """Fetched, committed and moved fifty by fifty."""
    user = dovecot.make_user()
    mails = [make_mail(number, size=3500) for number in range(500)]
    append(dovecot, user, *mails)
    with open_desk(tmp_path) as desk:
        with reading(desk, make_config(dovecot, user, tmp_path)) as told:
            desk.wait_for_mails(500, seconds=100)
            assert len(told.told(Took)) == 10
        assert mails == desk.mails()


def make_reader(desk: Desk, clock: Clock, may_run: Callable[[], bool], **changes: object) -> MailboxReader:
    """A reader that is not started."""
    settings = {"name": "support", "host": "imap.example.com", "user": "u", "password_file": "p", **changes}
    return MailboxReader(
        Imap.model_validate(settings),
        max_message_bytes=LIMIT,
        spool=desk.spool,
        store=desk.store,
        clock=clock,
        may_run=may_run,
        report=lambda event: None,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"security": "none"}, "password to the network"),
        ({"folder": "inbox", "processed_folder": "INBOX"}, "for ever"),
        ({"folder": "a", "processed_folder": "a"}, "for ever"),
        ({"tls_ca_file": "/nonexistent.pem"}, "tls_ca_file"),
        ({"password_file": None}, "neither password_file nor oauth2"),
    ],
)
def test_a_mailbox_that_cannot_work_is_refused_at_the_start(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    """With a sentence that names the entry."""
    with open_desk(tmp_path) as desk, pytest.raises(ConfigError, match=words) as refused:
        make_reader(desk, SystemClock(), lambda: True, **changes)
    assert "support" in refused.value.reason


def test_a_reader_that_stands_still_can_be_told_from_one_that_waits(tmp_path: Path) -> None:
    """For a watchdog: `is_stuck` after longer than any wait of its own; not before, and not before it is started."""
    clock = FixedClock(datetime(2026, 9, 1, tzinfo=UTC))
    hang, asked = threading.Event(), threading.Event()

    def may_run() -> bool:
        asked.set()
        return hang.wait(20) and False

    with open_desk(tmp_path) as desk:
        assert make_reader(desk, clock, may_run).stop(), "not started: nothing to wait for"
        reader = make_reader(desk, clock, may_run, timeout_seconds=10)
        clock.seconds = 1000
        assert not reader.is_stuck
        clock.seconds = 0
        reader.start()
        assert asked.wait(30)
        clock.seconds = 80
        assert not reader.is_stuck
        clock.seconds = 81
        assert reader.is_stuck
        hang.set()
        assert reader.stop()
