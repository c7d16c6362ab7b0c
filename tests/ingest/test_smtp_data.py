"""The data of a mail: where it ends, what is refused in it, and what it costs to take it (A-29, A-34, A-38)."""

import re
import tempfile
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ingest.mail_data import IN_MEMORY, MailData, Problem
from gateway.store.db import Store
from gateway.store.spool import count_pending
from tests.ingest.listeners import DESK, Gateway, connected, listening, process

LIMIT = 1_000_000

NOT_THE_END = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\r.\n",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r\n.\n",
    b"\n.\r",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
]
"""What one server or another once took for the end of a mail (CVE-2023-51764, -51765, -51766, CVE-2024-27305)."""

SMUGGLED = b"MAIL FROM:<ceo@company.test>\r\nRCPT TO:<desk@support.test>\r\nDATA\r\nSubject: smuggled\r\n\r\npay me"


def read(data: bytes, *cuts: int, mend: bool = False, limit: int = LIMIT) -> tuple[Problem | None, bytes, bytes]:
    """What becomes of these bytes, cut there: the problem, the mail, and what came behind its end."""
    edges = [0, *sorted(cuts), len(data)]
    with MailData(limit=limit, mend_newlines=mend, scratch=Path(tempfile.gettempdir())) as mail:
        rest: bytes | None = None
        behind = b""
        for start, end in pairwise(edges):
            if rest is None:
                rest = mail.feed(data[start:end])
                behind = rest or b""
            else:
                behind += data[start:end]
        assert rest is not None
        return mail.problem, b"" if mail.problem else mail.read()[:], behind


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A listener that refuses lone newlines; no test of it has a mail kept."""
    with listening(tmp_path_factory.mktemp("strict")) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def mending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A listener that mends them."""
    with listening(tmp_path_factory.mktemp("mending"), smtp={"bare_newlines": "normalise"}) as gateway:
        yield gateway


@pytest.mark.parametrize("ending", NOT_THE_END, ids=repr)
def test_nothing_but_crlf_dot_crlf_ends_a_mail(strict: Gateway, ending: bytes) -> None:
    """A stranger's server gets 550 after the true end, and nothing of what was smuggled is a mail."""
    with connected(strict.port) as peer:
        peer.begins()
        peer.send(b"Subject: hello\r\n\r\nbody" + ending + SMUGGLED + b"\r\n.\r\n")

        assert peer.reply().startswith(("550 5.5.2 ", "550 5.6.0 "))
        assert "250 2.0.0 OK" == peer.says("NOOP")
    assert [] == strict.entries()


@pytest.mark.parametrize("ending", [ending for ending in NOT_THE_END if b"\0" not in ending], ids=repr)
def test_where_newlines_are_mended_a_smuggled_mail_is_text_of_the_one_mail(mending: Gateway, ending: bytes) -> None:
    """`bare_newlines = "normalise"`: the text is kept with CRLFs, whole, as one entry."""
    before = {entry.id for entry in mending.entries()}
    with connected(mending.port) as peer:
        peer.begins()
        peer.send(b"Subject: hello\r\n\r\nbody" + ending + SMUGGLED + b"\r\n.\r\n")
        assert peer.reply().startswith("250 2.0.0 kept as ")
        assert "250 2.0.0 OK" == peer.says("NOOP")

    [entry] = [entry for entry in mending.entries() if entry.id not in before]
    assert entry.raw.endswith(SMUGGLED + b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", entry.raw)


def test_a_nul_is_refused_however_newlines_are_treated(strict: Gateway, mending: Gateway) -> None:
    """No program down the line agrees with the next one on what a NUL is."""
    for gateway in (strict, mending):
        with connected(gateway.port) as peer:
            peer.begins()

            assert "550 5.6.0 Message contains a NUL byte" == peer.says("a\0b\r\n.")


@pytest.mark.parametrize("line", [b"NOOP\n", b"NOOP\rNOOP\r\n"])
def test_a_bare_newline_in_a_command_ends_the_connection(strict: Gateway, line: bytes) -> None:
    """It may be the second half of a smuggled mail."""
    with connected(strict.port) as peer:
        peer.reply()
        peer.send(b"EHLO x\r\n" + line + b"NOOP\r\n")
        peer.reply()

        assert "500 5.5.2 Lines end with CR LF" == peer.reply()
        assert "" == peer.reply()


def test_long_lines_are_taken(tmp_path: Path) -> None:
    """A customer's program writes its HTML in one line: that is no reason to bounce his mail (A-34)."""
    mail = b"Subject: x\r\n\r\n" + b"a" * 2_000 + b"\r\n" + b"b" * 500_000 + b"\r\n"
    with listening(tmp_path) as gateway:
        with connected(gateway.port) as peer:
            peer.begins()
            peer.send(mail + b".\r\n")
            assert peer.reply().startswith("250 2.0.0 kept as ")

        assert mail == gateway.entries()[0].raw


def test_a_mail_that_is_too_large_is_refused_after_its_end(tmp_path: Path) -> None:
    """552 5.3.4 (A-38), and the connection goes on; the largest one that is allowed is taken."""
    with listening(tmp_path, max_message_bytes=200_000) as gateway:
        with connected(gateway.port) as peer:
            peer.begins()
            peer.send(b"." + b".\r\n".join([b"x" * 997] * 200) + b"\r\n")
            assert "552 5.3.4 Message too large" == peer.says("more\r\n.")
            peer.says("MAIL FROM:<anna@customer.test>")
            peer.says(f"RCPT TO:<{DESK}>")
            peer.says("DATA")
            peer.send(b"\r\n".join([b".." + b"x" * 997] * 200) + b"\r\n.\r\n")
            assert peer.reply().startswith("250 2.0.0 kept as ")

        assert [200_000] == [len(entry.raw) for entry in gateway.entries()]


def test_what_cannot_be_held_on_disk_is_put_off(tmp_path: Path) -> None:
    """No room for the scratch file: 452, and nothing is lost that a sender does not still have."""
    with MailData(limit=LIMIT, mend_newlines=False, scratch=tmp_path / "is not there") as mail:
        mail.feed(b"x" * (IN_MEMORY + 1))

        assert b"" == mail.feed(b"\r\n.\r\n")
        assert Problem.NO_ROOM is mail.problem


@pytest.mark.parametrize(
    ("data", "mail"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"a\r\n..\r\n..b\r\nc.\r\n.\r\n", b"a\r\n.\r\n.b\r\nc.\r\n"),
    ],
)
def test_dots_are_taken_off_as_rfc_5321_says(data: bytes, mail: bytes) -> None:
    """§4.5.2, and an empty mail is a mail."""
    assert (None, mail, b"") == read(data)


FRAGMENTS = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.\r\n", b"a", b"\0", b"\r\n."]), max_size=30)


@given(FRAGMENTS, st.lists(st.integers(0, 100), max_size=12), st.booleans())
def test_it_does_not_matter_how_a_mail_is_cut_into_packets(fragments: list[bytes], cuts: list[int], mend: bool) -> None:
    """Every cut gives what one piece gives; only the first of two problems may be another one."""
    data = b"".join(fragments) + b"\r\n.\r\n"
    whole = read(data, mend=mend)
    pieces = read(data, *[min(cut, len(data)) for cut in cuts], mend=mend)

    assert (whole[0] is None, *whole[1:]) == (pieces[0] is None, *pieces[1:])


@given(FRAGMENTS)
def test_a_kept_mail_is_what_a_reader_of_lines_would_have_kept(fragments: list[bytes]) -> None:
    """The plain way to say it: lines end at CRLF, a dot alone ends the mail, a first dot is taken off."""
    data = b"".join(fragments) + b"\r\n.\r\n"
    lines: list[bytes] = []
    rest = data
    while True:
        line, _, rest = rest.partition(b"\r\n")
        if line == b".":
            break
        lines.append(line.removeprefix(b"."))
    sound = not any(byte in line for line in lines for byte in (b"\r", b"\n", b"\0"))
    problem, mail, behind = read(data)

    assert sound == (problem is None)
    assert rest == behind
    if sound:
        assert b"".join(line + b"\r\n" for line in lines) == mail


def test_a_mail_sent_byte_by_byte_needs_no_more_memory_than_its_bytes(tmp_path: Path) -> None:
    """Packets of one byte are the cheapest attack on a list of packets."""
    with MailData(limit=LIMIT, mend_newlines=False, scratch=tmp_path) as mail:
        for _ in range(1000):
            mail.feed(b"x")

        assert 1000 == mail.size
        mail.feed(b"\r\n.\r\n")
        assert b"x" * 1000 + b"\r\n" == mail.read()


MEGABYTE = b"y" * 1022 + b"\r\n"


def send_large(port: int, megabytes: int, together: threading.Barrier, replies: list[str]) -> None:
    """One mail of that size, its last bytes at the same time as those of the others."""
    with connected(port) as peer:
        peer.socket.settimeout(90)
        peer.begins()
        block = MEGABYTE * 1024
        for _ in range(megabytes):
            peer.send(block)
        together.wait(60)
        replies.append(peer.says("."))


def test_twenty_mails_of_25_mb_at_once_need_less_than_300_mb(tmp_path: Path) -> None:
    """The process's whole memory at its peak, its program and the commits included (§1.5, A-38)."""
    together, replies = threading.Barrier(20), list[str]()
    with process(tmp_path) as (running, port):
        senders = [
            threading.Thread(target=send_large, args=(port, 25, together, replies), daemon=True) for _ in range(20)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        peak = memory(running.pid, "VmHWM")

    # A slow disk may put some off, but never answer for one that is not there.
    assert {reply.split()[0] for reply in replies} <= {"250", "451"}
    assert count_entries(tmp_path) == sum(reply.startswith("250") for reply in replies) > 0
    assert peak < 300 * 1024


def test_a_line_without_end_costs_no_memory(tmp_path: Path) -> None:
    """One line, over the limit and never ended: the library's own reader would keep all of it."""
    with process(tmp_path) as (running, port), connected(port) as peer:
        peer.begins()
        before = memory(running.pid, "VmRSS")
        block = b"x" * 1024 * 1024
        for _ in range(40):
            peer.send(block)

        assert memory(running.pid, "VmRSS") - before < 20 * 1024


def memory(pid: int, what: str) -> int:
    """Memory of a process (proc(5)), in kB."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def count_entries(folder: Path) -> int:
    """How many mails a process of its own has in its spool."""
    store = Store(f"sqlite:///{folder}/store.db")
    try:
        with store.reading() as tx:
            return count_pending(tx)
    finally:
        store.close()
