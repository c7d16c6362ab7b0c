"""A large mail waits for its commit in its file, and not in memory."""

import gc
import os
import random
from pathlib import Path

import pytest

from gateway.ingest.mail_data import LARGE, MailData

CONTENT = random.Random(3).randbytes(LARGE).hex().encode() + b"\r\n"


def received(scratch: Path) -> MailData:
    """Mail data that has come in as a whole."""
    data = MailData(limit=10 * LARGE, mend_newlines=False, scratch=scratch)
    assert data.feed(CONTENT + b".\r\n") == b""
    return data


def test_a_large_mail_is_read_in_parts(tmp_path: Path) -> None:
    """Any part, and all of it; also when the transaction has ended before the commit did."""
    with received(tmp_path) as data:
        raw = data.read()

    assert not isinstance(raw, bytes)
    assert (len(CONTENT), CONTENT) == (len(raw), raw[:])
    assert CONTENT[1000:2000] == raw[1000:2000]
    assert CONTENT[-10:] == raw[len(CONTENT) - 10 : len(CONTENT) + 10]


def test_its_file_is_closed_when_nobody_needs_it(tmp_path: Path) -> None:
    """Else a thousand large mails would take all the descriptors that there are."""
    gc.collect()  # what other tests left
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with received(tmp_path) as data:
            data.read()
    del data
    gc.collect()

    assert before == len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_that_lost_some_of_it_is_an_error(tmp_path: Path) -> None:
    """A mail that is cut short must not be kept as if it were whole."""
    with received(tmp_path) as data:
        raw = data.read()
        os.truncate(data._kept.fileno(), 100)

    with pytest.raises(OSError, match="shorter"):
        raw[:]
