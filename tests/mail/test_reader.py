"""The pool of limited processes, with real processes that are really killed (threat A-36)."""

import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import Temporary
from gateway.mail import answer
from gateway.mail.message import Address, Failure
from gateway.mail.parse import parse
from gateway.mail.reader import Reader
from gateway.mail.worker import LENGTH, READY
from tests.mail.mails import mail, multipart, part
from tests.peers.process import wait_until

MEGABYTE = 1024 * 1024
MAIL = mail(b"Subject: help", b"Message-ID: <1@x>", b"Date: Tue, 1 Sep 2026 10:00:00 +0300", body=b"hello")

LONG = mail(b"Subject: long", b"Content-Type: multipart/mixed; boundary=b", body=b"--b\n\n" + b"x\n" * 100_000)
"""A mail that takes a tenth of a second or more."""


@contextmanager
def reading(workers: int = 1, memory: int = 512 * MEGABYTE, cpu: int = 10, wall: float = 20) -> Iterator[Reader]:
    """A reader for one test."""
    reader = Reader(workers, memory, cpu, wall)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that does not go on for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def is_gone(pid: int) -> bool:
    """Does this process not exist any more?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_mail_comes_back_as_if_read_here() -> None:
    """With its attachments and its time."""
    raw = multipart("mixed", part("text/plain", b"hi"), part("image/png; name=a.png", b"\x89PNG", encoding="base64"))
    with reading() as reader:
        for each in (MAIL, raw, b"", b"\xff" * 100):
            assert parse(each) == reader.read(each)


def test_starting_does_not_wait_for_the_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The service starts at once whatever they import: here they begin only after it has started."""
    late, go = tmp_path / "late", tmp_path / "go"
    late.write_text(f'#!/bin/sh\nwhile ! test -e {go}; do sleep 0.05; done\nexec {sys.executable} "$@"\n')
    late.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(late))
    with reading(4) as reader:
        assert 4 == len(set(reader.pids()))
        go.touch()
        assert "help" == reader.read(MAIL).subject


def test_many_threads_share_few_processes() -> None:
    """One mail in each at a time, every answer to the one who asked."""
    with reading(2) as reader, ThreadPoolExecutor(8) as threads:
        raws = [mail(b"Subject: %d" % number, body=b"x" * number) for number in range(100)]
        assert [str(number) for number in range(100)] == [each.subject for each in threads.map(reader.read, raws)]
        assert 2 == len(reader.pids())


def killed_while_reading(reader: Reader, kill: Callable[[int], None]) -> str:
    """Why a mail was not read whose process was killed meanwhile; a new process has taken its place."""
    reader.read(MAIL)
    (pid,) = reader.pids()
    with stopped(pid), ThreadPoolExecutor(1) as threads:
        answer = threads.submit(reader.read, MAIL)
        wait_until(lambda: not reader.pids(), "the process is busy")
        time.sleep(0.05)
        kill(pid)
        message = answer.result()
    assert ("help", "hello") == (message.subject, message.text)
    assert is_gone(pid)
    assert pid not in reader.pids()
    assert "" == reader.read(MAIL).unparsed
    return message.unparsed


def test_a_mail_whose_process_is_killed_is_a_header_only_scan() -> None:
    """The next mail finds a new process."""
    with reading() as reader:
        why = killed_while_reading(reader, lambda pid: os.kill(pid, signal.SIGKILL))
    assert "the mail could not be read: its process was killed by signal 9" == why


def test_a_crash_of_the_interpreter_is_survived() -> None:
    """A library of C may do it."""
    with reading() as reader:
        why = killed_while_reading(reader, lambda pid: (os.kill(pid, signal.SIGSEGV), os.kill(pid, signal.SIGCONT))[1])
    assert "the mail could not be read: its process was killed by signal 11" == why


def test_a_mail_that_takes_too_long_is_a_header_only_scan() -> None:
    """By the clock on the wall: the process may also just wait."""
    with reading(wall=1) as reader:
        why = killed_while_reading(reader, lambda pid: None)
    assert "the mail could not be read: it took too long" == why


def test_a_mail_that_takes_too_much_memory_is_a_header_only_scan() -> None:
    """The kernel says no, the process ends, the next one reads on."""
    big = mail(b"Subject: big", body=b"x" * (40 * MEGABYTE))
    with reading(memory=64 * MEGABYTE) as reader:
        message = reader.read(big)
        assert "big" == message.subject
        assert "memory" in message.unparsed
        assert "" == reader.read(MAIL).unparsed


def test_a_mail_that_takes_too_much_processor_time_is_a_header_only_scan() -> None:
    """The kernel ends its process: here as soon as the process has used another whole second."""
    with reading(cpu=0) as reader:
        why = next(why for _ in range(100) if (why := reader.read(LONG).unparsed))
        assert "the mail could not be read: it took more than 0 seconds of processor time" == why
        assert "" == reader.read(MAIL).unparsed


def test_processor_time_is_counted_for_each_mail() -> None:
    """A process may read for days."""
    with reading(cpu=1) as reader:
        begun = time.process_time()
        parse(LONG)
        for _ in range(int(2.2 / (time.process_time() - begun)) + 1):
            assert "" == reader.read(LONG).unparsed


def test_a_process_that_died_while_it_was_idle_blames_no_mail() -> None:
    """An operator may have killed it."""
    with reading() as reader:
        reader.read(MAIL)
        (pid,) = reader.pids()
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        assert "" == reader.read(MAIL).unparsed
        assert (pid,) != reader.pids()


def test_a_process_that_cannot_start_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's mail becomes unreadable because our installation is broken."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with reading() as reader, pytest.raises(Temporary, match="does not start"):
        reader.read(MAIL)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with reading() as reader:
        with pytest.raises(Temporary, match="does not start"):
            reader.read(MAIL)
        monkeypatch.undo()
        assert "" == reader.read(MAIL).unparsed


def test_a_stopped_reader_has_no_answer() -> None:
    """The mail stays where it is."""
    with reading() as reader:
        pids = reader.pids()
    with pytest.raises(Temporary):
        reader.read(MAIL)
    assert all(map(is_gone, pids))


def test_stopping_waits_for_the_mail_in_work() -> None:
    """It is read, not lost."""
    reader = Reader(1, 512 * MEGABYTE, 10, 20)
    reader.start()
    reader.read(MAIL)
    (pid,) = reader.pids()
    with ThreadPoolExecutor(2) as threads:
        with stopped(pid):
            answer = threads.submit(reader.read, MAIL)
            wait_until(lambda: not reader.pids(), "the process is busy")
            ended = threads.submit(reader.stop)
            time.sleep(0.1)
            assert not ended.done()
        assert "" == answer.result().unparsed
        ended.result()
    assert is_gone(pid)


def test_ctrl_c_is_for_the_parent() -> None:
    """The processes read on."""
    with reading() as reader:
        reader.read(MAIL)
        (pid,) = reader.pids()
        os.kill(pid, signal.SIGINT)
        assert "" == reader.read(MAIL).unparsed
        assert (pid,) == reader.pids()
        assert os.getsid(pid) == pid


def test_a_process_ends_when_its_parent_is_gone() -> None:
    """Also when the parent was killed and could not say good-bye."""
    ours, theirs = socket.socketpair()
    root = str(Path(__file__).parent.parent.parent)
    command = [sys.executable, "-m", "gateway.mail.worker", str(64 * MEGABYTE), "5"]
    with theirs, subprocess.Popen(command, stdin=theirs.fileno(), cwd=root) as process:
        theirs.close()
        with ours:
            ours.settimeout(20)
            assert READY == ours.recv(100)
            ours.sendall(LENGTH.pack(10) + b"half")
        assert 0 == process.wait(60)


def test_an_answer_builds_nothing_but_our_values() -> None:
    """A mail that took its process over must not get into ours."""
    for evil in (os.system, subprocess.Popen, eval, threading.Thread, parse(MAIL)):
        with pytest.raises(pickle.UnpicklingError):
            answer.read(io.BytesIO(pickle.dumps(evil)))


@pytest.mark.parametrize("wrong", [b"help", 1, None, ("help",), ["help"], {"help": "help"}])
def test_an_answer_of_another_form_is_refused(wrong: object) -> None:
    """Whatever stands in the place of whatever."""
    raw = multipart("mixed", part("text/plain", b"hi"), part("image/png; name=a.png", b"\x89PNG", encoding="base64"))
    message = replace(
        parse(raw), to=(Address(address="a@b.example"),), failures=(Failure(address="c", permanent=True),)
    )
    written = io.BytesIO()
    answer.write(message, written)
    plain = pickle.loads(written.getvalue())
    assert message == answer.read(io.BytesIO(written.getvalue()))
    for changed in changes(plain, wrong):
        if changed != plain:
            try:
                read = answer.read(io.BytesIO(pickle.dumps(changed)))
            except (TypeError, ValueError):
                continue
            # Where nothing and something are both right.
            assert None in (read.author, read.date)


def changes(value: object, wrong: object) -> Iterator[object]:
    """The value, each time with something else of it replaced."""
    yield wrong
    if isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from ((*value[:index], changed, *value[index + 1 :]) for changed in changes(each, wrong))
