"""Mail in files, mbox, Maildir, folders and standard input."""

import io
import mailbox
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.ingest import files
from gateway.ingest.file_walk import FoundFile, FoundProblem, walk
from gateway.ingest.files import FoundMail, ImportReport, Progress, count_sources, import_sources, read_sources
from gateway.model import Entry, Via
from gateway.store.db import Store
from gateway.store.spool import Spool, load
from tests.cost import cheap
from tests.stores import sqlite_store

LIMIT = 100_000
DATE = "Tue Sep  1 10:00:00 2026"


def read(*paths: str | Path, stdin: bytes = b"", one_mail: bool = False) -> list[tuple[str, bytes | str]]:
    """What is found: source and bytes, or source and why not."""
    found = read_sources(paths, max_message_bytes=LIMIT, stdin=io.BytesIO(stdin), one_mail=one_mail)
    return [(item.source, item.raw if isinstance(item, FoundMail) else item.why) for item in found]


def mails_of(tmp_path: Path, content: bytes) -> list[bytes | str]:
    """The mails of a file with this content."""
    (tmp_path / "file").write_bytes(content)
    return [item for _, item in read(tmp_path / "file")]


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\n\nbody\n",
        b"Subject: x\r\n\r\nbody\r\n",
        b"Subject: x\r\rMac\r",
        b"no end",
        b"\x00\xff\n\nFrom a@b Tue Sep  1 10:00:00 2026\n",
        b">From a@b Tue Sep  1 10:00:00 2026\n\nx",
        b"From: a@b\n\nFrom a@b Tue Sep  1 10:00:00 2026\n\nx\n",
    ],
)
def test_a_file_that_does_not_begin_like_an_mbox_is_one_mail_byte_for_byte(tmp_path: Path, content: bytes) -> None:
    """Line ends, NUL and separators inside are part of the mail."""
    assert mails_of(tmp_path, content) == [content]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_mbox_is_split_at_its_separators(tmp_path: Path, end: bytes) -> None:
    """The empty line before a separator belongs to it; one level of quoting is taken off; line ends are kept."""
    lines = [
        b"From a@cust.test Tue Sep  1 10:00:00 2026",
        b"Subject: one",
        b"",
        b">From here on",
        b">>From deeper",
        b"> From a person",
        b"From me Tue Sep  1 10:00:00 2026, without an empty line before",
        b"",
        b"From me to you, no date",
        b"",
        b"From - Wed Sep 02 10:00 EET 2026",
        b"Subject: two",
        b"",
        b"",
        b"",
        b"From MAILER-DAEMON Thu Sep  3 10:00:00 +0300 2026 remote from x",
        b"Subject: three",
        b"",
    ]
    first = [b"Subject: one", b"", b"From here on", b">From deeper", *lines[5:9]]
    wanted = [first, [b"Subject: two", b"", b""], [b"Subject: three"]]
    content = b"".join(line + end for line in lines)
    assert mails_of(tmp_path, content) == [b"".join(line + end for line in mail) for mail in wanted]


def test_the_mails_of_an_mbox_are_numbered_from_one(tmp_path: Path) -> None:
    """`file#n` is what `explain` and `import` call them."""
    (tmp_path / "box").write_text(f"From a {DATE}\nA: 1\n\nFrom b {DATE}\nB: 2\n")
    assert read(tmp_path / "box") == [(f"{tmp_path}/box#1", b"A: 1\n"), (f"{tmp_path}/box#2", b"B: 2\n")]


def test_a_file_with_a_separator_and_one_mail_has_no_numbers(tmp_path: Path) -> None:
    """Mail programs save single mails like that."""
    (tmp_path / "saved").write_text(f"From a {DATE}\nA: 1\n")
    assert read(tmp_path / "saved") == [(f"{tmp_path}/saved", b"A: 1\n")]


def test_an_mbox_written_by_the_standard_library_is_read_back(tmp_path: Path) -> None:
    """A hundred mails of every awkward kind; the library quotes `From ` as most do."""
    bodies = [b"x" * n + b"\n" for n in range(96)] + [b"From x\n", b"a\n\nFrom b\n", b"\n\n\n", b"\n"]
    box = mailbox.mbox(tmp_path / "box")
    for number, body in enumerate(bodies):
        box.add(b"Subject: %d\n\n" % number + body)
    box.close()
    found = [item for _, item in read(tmp_path / "box")]
    assert found == [b"Subject: %d\n\n" % number + body for number, body in enumerate(bodies)]


@pytest.mark.parametrize("trap", [f"\nFrom b {DATE}\n", ">From b\n", f"From b {DATE}\n"])
def test_lines_longer_than_the_buffer_are_kept_whole(tmp_path: Path, trap: str) -> None:
    """The next piece of a line is never taken for a line of its own: no empty one, no quoted one, no separator."""
    mail = b"A: 1\n\n" + b"x" * 65536 + trap.encode()
    assert mails_of(tmp_path, f"From a {DATE} {'z' * 70000}\n".encode() + mail) == [mail]


def test_a_file_that_is_named_one_mail_is_one_mail(tmp_path: Path) -> None:
    """An .eml saved with a From_ line, a mail in a Maildir that quotes a separator: nobody smuggles in a second one."""
    content = f"From a {DATE}\nSubject: x\n\nFrom b {DATE}\n>From c\n".encode()
    wanted = content.partition(b"\n")[2]
    (tmp_path / "saved.EML").write_bytes(content)
    for name in ("cur", "new", "tmp"):
        (tmp_path / "Mail" / name).mkdir(parents=True)
    (tmp_path / "Mail/new/1.a.b").write_bytes(content)
    assert read(tmp_path / "saved.EML", tmp_path / "Mail") == [
        (f"{tmp_path}/saved.EML", wanted),
        (f"{tmp_path}/Mail/new/1.a.b", wanted),
    ]


def test_a_maildir_is_read_in_the_order_of_arrival(tmp_path: Path) -> None:
    """Read and unread mail together, by name; tmp, hidden names and folders in it are left alone."""
    for name in ("cur", "new", "tmp", ".Sent/cur"):
        (tmp_path / name).mkdir(parents=True)
    for name in (
        "cur/3.x:2,S",
        "new/2.x",
        "cur/1.x:2,",
        "new/4.x",
        "tmp/0.x",
        "cur/.hidden",
        ".Sent/cur/5.x",
        "dovecot",
    ):
        (tmp_path / name).write_text(name)
    assert [source.removeprefix(f"{tmp_path}/") for source, _ in read(tmp_path)] == [
        "cur/1.x:2,",
        "new/2.x",
        "cur/3.x:2,S",
        "new/4.x",
    ]


def test_a_folder_is_read_with_all_below_numbers_by_their_value(tmp_path: Path) -> None:
    """MH: 10 comes after 9; folders come after the files beside them; a Maildir below is read as one."""
    for name in ("inbox", "a/b", "z/cur", "z/new", "z/tmp", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("inbox/10", "inbox/9", "inbox/x", "a/b/1", "last", "z/new/1", "z/tmp/2", ".hidden/3", ".mh_sequences"):
        (tmp_path / name).write_text("A: 1\n")
    assert [source.removeprefix(f"{tmp_path}/") for source, _ in read(tmp_path)] == [
        "last",
        "a/b/1",
        "inbox/9",
        "inbox/10",
        "inbox/x",
        "z/new/1",
    ]


def test_the_source_is_the_path_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative stays relative, a slash at the end is no harm, and what cannot be printed is escaped."""
    monkeypatch.chdir(tmp_path)
    odd = Path(os.fsdecode(b"cur\xff\n"))
    odd.mkdir()
    (odd / "m").write_text("A: 1\n")
    Path("m.eml").write_text("A: 1\n")
    sources = [source for source, _ in read("./m.eml", f"{odd}/")]
    assert sources == ["./m.eml", "cur\\xff\\n/m"]


def test_what_is_no_file_is_told_and_not_followed(tmp_path: Path) -> None:
    """Links, pipes and devices in a folder; the mail beside them is read, nothing is waited for."""
    (tmp_path / "secret").write_text("A: secret\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").symlink_to(tmp_path / "secret")
    (folder / "b").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "c")
    (folder / "d").symlink_to("nowhere")
    (folder / "e").write_text("A: 1\n")
    found = dict(read(folder, "/dev/null", tmp_path / "none"))
    assert found.pop(f"{folder}/e") == b"A: 1\n"
    assert [word for word in map(str, found.values()) if "secret" in word] == []
    assert {source.rpartition("/")[2]: str(why).partition(";")[0] for source, why in found.items()} == {
        "a": "is a symbolic link",
        "b": "is a symbolic link",
        "c": "is a device, a pipe or a socket",
        "d": "is a symbolic link",
        "null": "is a device, a pipe or a socket",
        "none": "cannot be read: No such file or directory",
    }


def test_a_link_that_was_named_is_followed(tmp_path: Path) -> None:
    """Whoever names it wants it."""
    (tmp_path / "mail").write_text("A: 1\n")
    (tmp_path / "link").symlink_to("mail")
    assert read(tmp_path / "link") == [(f"{tmp_path}/link", b"A: 1\n")]


def test_a_file_exchanged_for_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    """Between finding and opening."""
    (tmp_path / "secret").write_text("A: secret\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_text("A: 1\n")
    found = [item for item in walk([folder]) if isinstance(item, FoundFile)]
    (folder / "a").unlink()
    (folder / "a").symlink_to(tmp_path / "secret")
    (folder / "b").unlink()
    os.mkfifo(folder / "b")
    assert [type(item) for file in found for item in files.read_file(file, LIMIT)] == [FoundProblem, FoundProblem]


def test_a_mail_that_a_mail_program_flags_meanwhile_is_found_again(tmp_path: Path) -> None:
    """It moves from new to cur and gets another name."""
    for name in ("cur", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "new/1.x").write_text("A: 1\n")
    (tmp_path / "new/2.x").write_text("A: 2\n")
    found = read_sources([tmp_path], max_message_bytes=LIMIT)
    next(found)
    (tmp_path / "new/2.x").rename(tmp_path / "cur/2.x:2,S")
    assert [item.raw for item in found if isinstance(item, FoundMail)] == [b"A: 2\n"]


def test_mail_over_the_limit_and_empty_mail_are_told(tmp_path: Path) -> None:
    """The mails beside them in the same mbox are read; exactly the limit is allowed."""
    (tmp_path / "large").write_bytes(b"x" * (LIMIT + 1))
    (tmp_path / "just").write_bytes(b"x" * LIMIT)
    (tmp_path / "empty").touch()
    mark = f"From a {DATE}\n".encode()
    parts = [b"A: 1\n", b"x" * LIMIT + b"\n", b"x" * (LIMIT - 1) + b"\n", b"", b"A: 2\n"]
    (tmp_path / "mbox").write_bytes(b"".join(mark + part + b"\n" for part in parts))
    found = {source.rpartition("/")[2]: item for source, item in read(tmp_path)}
    assert found == {
        "empty": "is empty",
        "just": b"x" * LIMIT,
        "large": f"is larger than {LIMIT} bytes",
        "mbox#1": b"A: 1\n",
        "mbox#2": f"is larger than {LIMIT} bytes",
        "mbox#3": parts[2],
        "mbox#4": "is empty",
        "mbox#5": b"A: 2\n",
    }


def test_standard_input_is_one_mail_or_an_mbox() -> None:
    """As a file would be."""
    box = f"From a {DATE}\nA: 1\n\nFrom b {DATE}\nB: 2\n".encode()
    assert read("-", stdin=b"A: 1\n") == [("-", b"A: 1\n")]
    assert read("-", stdin=box) == [("-#1", b"A: 1\n"), ("-#2", b"B: 2\n")]


def test_what_an_mta_pipes_in_is_one_mail_whatever_its_sender_wrote() -> None:
    """A separator in the text must not become a second mail with a header of the sender's choice."""
    text = f"Subject: x\n\nFrom b {DATE}\nAuthentication-Results: us; dmarc=pass\n".encode()
    assert read("-", stdin=f"From a@cust.test {DATE}\n".encode() + text, one_mail=True) == [("-", text)]


def test_reading_an_mbox_takes_time_in_proportion(tmp_path: Path) -> None:
    """Lines made to cost much: almost separators, quotes without end, empty lines; 1 MB each within seconds."""
    almost = b"\nFrom a" + b" Tue Sep  1 10:00:00" * 40 + b"\n"
    for line in (almost, b">" * 60_000 + b"\n", b"\n", b"From " * 10_000 + b"\n"):
        content = f"From a {DATE}\n".encode() + line * (1_000_000 // len(line))
        (tmp_path / "box").write_bytes(content)
        cheap(1, lambda: list(read_sources([tmp_path / "box"], max_message_bytes=10_000_000)))


@pytest.fixture
def spool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Spool]]:
    """A spool on a SQLite file."""
    opened = sqlite_store(tmp_path_factory.mktemp("store") / "store.db")
    writer = Spool(opened, CLOCK)
    writer.start()
    yield opened, writer
    writer.stop()
    opened.close()


CLOCK = FixedClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


def entries(store: Store) -> list[Entry]:
    """Everything that is in the spool."""
    with store.reading() as tx:
        ids = [row.id for row in tx.exec_driver_sql("SELECT id FROM spool")]
    return load(store, ids)


def test_an_import_counts_what_is_committed_and_what_was_not_read(tmp_path: Path, spool: tuple[Store, Spool]) -> None:
    """Progress ends at the whole; each entry says which file it comes from."""
    store, writer = spool
    (tmp_path / "box").write_text(f"From a {DATE}\nA: 1\n\nFrom b {DATE}\nB: 2\n")
    (tmp_path / "mail").write_text("C: 3\n")
    (tmp_path / "nil").touch()
    told: list[Progress] = []
    report = import_sources([tmp_path], writer, CLOCK, max_message_bytes=LIMIT, progress=told.append)
    assert report == ImportReport(
        received=3, bytes=15, problems=(FoundProblem(source=f"{tmp_path}/nil", why="is empty"),)
    )
    total = count_sources([tmp_path])
    assert told[-1] == Progress(mails=3, bytes=total, total_bytes=total)
    assert [progress.mails for progress in told] == [1, 2, 3, 3]
    assert {(entry.envelope.source, entry.raw, entry.envelope.via) for entry in entries(store)} == {
        (f"{tmp_path}/box#1", b"A: 1\n", Via.FILE),
        (f"{tmp_path}/box#2", b"B: 2\n", Via.FILE),
        (f"{tmp_path}/mail", b"C: 3\n", Via.FILE),
    }


def test_a_pipe_hands_over_the_envelope_that_the_mta_told(spool: tuple[Store, Spool]) -> None:
    """Also the null reverse path of a bounce, which is not the same as none told."""
    store, writer = spool
    report = import_sources(
        ["-"],
        writer,
        CLOCK,
        max_message_bytes=LIMIT,
        via=Via.PIPE,
        mail_from="",
        recipients=("support@shop.test",),
        stdin=io.BytesIO(b"A: 1\n\nFrom b Tue Sep  1 10:00:00 2026\n"),
    )
    assert report.received == 1
    (entry,) = entries(store)
    assert (entry.envelope.via, entry.envelope.mail_from, entry.envelope.recipients, entry.envelope.source) == (
        Via.PIPE,
        "",
        ("support@shop.test",),
        "-",
    )


def test_an_import_run_twice_gives_the_same_entries_again(tmp_path: Path, spool: tuple[Store, Spool]) -> None:
    """By the same bytes they are recognised when they are decided; so a killed import is simply run again."""
    store, writer = spool
    (tmp_path / "box").write_text(f"From a {DATE}\nA: 1\n\nFrom b {DATE}\nB: 2\n")
    for _ in range(2):
        import_sources([tmp_path], writer, CLOCK, max_message_bytes=LIMIT)
    hashes = [entry.sha256 for entry in entries(store)]
    assert len(hashes) == 4
    assert len(set(hashes)) == 2


def test_a_spool_that_cannot_keep_a_mail_ends_the_import(tmp_path: Path, spool: tuple[Store, Spool]) -> None:
    """It is temporary: for the pipe of an MTA that is exit code 75, the mail stays in the MTA's queue."""
    _, writer = spool
    (tmp_path / "mail").write_text("A: 1\n")
    writer.stop()
    with pytest.raises(Temporary, match="0 mails are in, run the same import again"):
        import_sources([tmp_path], writer, CLOCK, max_message_bytes=LIMIT)


def test_no_more_than_a_bounded_number_of_mails_waits_for_the_commit(
    tmp_path: Path, spool: tuple[Store, Spool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However fast the disk is read and however long a commit takes."""
    store, writer = spool
    monkeypatch.setattr(files, "WAITING_MAILS", 5)
    monkeypatch.setattr(files, "WAITING_BYTES", 40)
    (tmp_path / "small").write_text("".join(f"From a {DATE}\nA\n\n" for _ in range(20)))
    (tmp_path / "tall").write_text("".join(f"From a {DATE}\n{'x' * 18}\n\n" for _ in range(20)))
    handed = []
    put = writer.put

    def count(*arguments: object) -> object:
        handed.append(arguments)
        return put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "put", count)
    for name, most in (("small", 5), ("tall", 2)):
        handed.clear()
        with store.transaction():  # nobody else can commit now
            work = threading.Thread(
                target=import_sources, args=([tmp_path / name], writer, CLOCK), kwargs={"max_message_bytes": LIMIT}
            )
            work.start()
            work.join(0.3)
            assert len(handed) == most
        work.join()
        assert len(handed) == 20
