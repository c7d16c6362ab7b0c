"""The virus scanner against a real clamd."""

import base64
import socket
import time

import pytest

from gateway.clock import FixedClock, SystemClock
from gateway.config import Antivirus
from gateway.spam.clamd import Clamd, open_scanner
from gateway.spam.virus import VirusReport, VirusState
from tests.cost import LATE_SECONDS
from tests.peers.clamd import MAX_STREAM, RunningClamd, eicar, running_clamd
from tests.peers.process import free_port
from tests.spam.mails import HAM, HEADER, with_attachment
from tests.spam.test_spamd import FalseServer


def scanner(server: RunningClamd, **settings: object) -> Clamd:
    """The scanner as configured for that server."""
    given = {"engine": "clamd", "port": server.port, "timeout_seconds": 20} | settings
    return Clamd(Antivirus.model_validate(given), SystemClock())


def attached() -> bytes:
    """A mail whose attachment, in base64, is the test file."""
    return (
        HEADER + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n"
        b"--b\r\nContent-Type: application/octet-stream; name=x.com\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(eicar()).replace(b"\n", b"\r\n")
        + b"--b--\r\n"
    )


def test_a_virus_in_an_attachment_is_found_by_name(clamd: RunningClamd) -> None:
    """In base64: clamd takes mails apart itself."""
    report = scanner(clamd).scan(attached())

    assert (VirusState.FOUND, "Test.EICAR.NDB.UNOFFICIAL") == (report.state, report.name)
    assert "clamd found Test.EICAR.NDB.UNOFFICIAL in it" == report.why


@pytest.mark.parametrize("mail", [HAM, with_attachment("Hello", 900_000), b"", b"\x00\xff" * 500])
def test_what_is_clean_is_clean(mail: bytes, clamd: RunningClamd) -> None:
    """A question, a picture of 900 KB, nothing at all, rubbish."""
    report = scanner(clamd).scan(mail)

    assert (VirusState.CLEAN, "") == (report.state, report.name)


def test_the_unix_socket_serves_as_well(clamd: RunningClamd) -> None:
    """`[antivirus] socket` instead of host and port."""
    by_socket = scanner(clamd, socket=clamd.socket, port=1)

    assert "" == by_socket.ping()
    assert VirusState.FOUND is by_socket.scan(attached()).state


@pytest.mark.parametrize("by_socket", [False, True])
def test_a_mail_past_clamds_own_limit_is_unscanned(by_socket: bool, clamd: RunningClamd) -> None:
    """StreamMaxLength: it hangs up on us while we send, and that is no failure of the server."""
    asked = scanner(clamd, connections=1, socket=clamd.socket if by_socket else None)
    for _ in range(6):  # more often than the breaker stands
        report = asked.scan(HEADER + b"\r\n" + b"x" * (8 * MAX_STREAM))
        assert VirusState.UNSCANNED is report.state
        assert report.why.endswith("raise its StreamMaxLength"), report.why
    assert VirusState.FOUND is asked.scan(attached()).state


def test_a_mail_past_our_limit_is_not_sent(clamd: RunningClamd) -> None:
    """A part of a file proves nothing."""
    report = scanner(clamd, max_scan_bytes=1000).scan(HEADER + b"\r\n" + b"x" * 1000)

    assert VirusState.UNSCANNED is report.state
    assert report.why.endswith("takes 1,000")


def test_a_dead_server_is_unscanned_and_waited_for_by_few() -> None:
    """Five failures open the breaker."""
    port = free_port()
    dead = Clamd(Antivirus(engine="clamd", port=port), SystemClock())
    reasons = [dead.scan(HAM).why for _ in range(6)]

    assert all("Connection refused" in why for why in reasons[:5])
    assert f"clamd at 127.0.0.1:{port} failed 5 times in a row; it is asked again in 60 s" == reasons[5]
    assert "cannot be reached" in dead.ping()


def test_a_server_that_hangs_dies_and_comes_back() -> None:
    """SIGSTOP, SIGCONT, SIGKILL, a pause of 60 s, a new clamd on the same port."""
    clock = FixedClock(SystemClock().now())
    with running_clamd() as server:
        asked = Clamd(Antivirus(engine="clamd", port=server.port, timeout_seconds=1), clock)
        server.freeze()
        for mail in (HAM, HEADER + b"\r\n" + b"x" * MAX_STREAM):  # one fits the socket's buffers, one does not
            began = time.monotonic()
            assert "gave no answer within 1 s" in asked.scan(mail).why
            assert 0.9 < time.monotonic() - began < LATE_SECONDS
        server.thaw()
        server.kill()
        port = server.port
        assert all(VirusState.UNSCANNED is asked.scan(attached()).state for _ in range(3))
    with running_clamd(port):
        clock.seconds = 59
        assert "failed 5 times in a row" in asked.scan(attached()).why
        clock.seconds = 61
        assert VirusState.FOUND is asked.scan(attached()).state


def test_waiting_for_a_turn_counts_as_waiting() -> None:
    """A server that never answers, and one connection that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        asked = Clamd(
            Antivirus(engine="clamd", port=deaf.getsockname()[1], timeout_seconds=0.3, connections=1), SystemClock()
        )
        asked._turns.acquire()
        report = asked.scan(HAM)

    assert "raise [antivirus] connections" in report.why


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([], "gave nothing"),
        ([b"220 mail.test ESMTP\r\n\0"], "gave the answer '220 mail.test ESMTP'"),
        ([b"stream: OK"], "gave the answer 'stream: OK'"),
        ([b"OK\0"], "gave the answer 'OK'"),
        ([b"stream: a\nb FOUND\0"], "gave the answer 'stream: a?b FOUND'"),
        ([b"stream: Can't allocate memory ERROR\0"], 'gave the answer "stream: Can\'t allocate memory ERROR"'),
        ([b"\x00"], "gave nothing"),
        ([b"x" * 100_000], "gave the answer"),
    ],
)
def test_an_answer_that_is_not_one_is_unscanned(pieces: list[bytes], why: str) -> None:
    """Garbage, parts, errors: never clean, never a virus."""
    with FalseServer(pieces, hears=bytes(4)) as server:
        report = Clamd(Antivirus(engine="clamd", port=server.port, timeout_seconds=5), SystemClock()).scan(HAM)

    assert (VirusState.UNSCANNED, "") == (report.state, report.name)
    assert f"clamd at 127.0.0.1:{server.port} {why}" in report.why


def test_a_server_that_dribbles_meets_the_deadline() -> None:
    """Each byte comes in time, the answer does not."""
    with FalseServer([bytes([byte]) for byte in b"stream: OK\0"], pause=0.1, hears=bytes(4)) as server:
        began = time.monotonic()
        report = Clamd(Antivirus(engine="clamd", port=server.port, timeout_seconds=0.3), SystemClock()).scan(HAM)

        assert "gave no answer within 0.3 s" in report.why
        assert time.monotonic() - began < LATE_SECONDS


def test_the_request_is_what_the_protocol_says() -> None:
    """Byte for byte: the command, each chunk behind its length, an empty one."""
    with FalseServer([b"stream: OK\0"], hears=bytes(4)) as server:
        report = Clamd(Antivirus(engine="clamd", port=server.port), SystemClock()).scan(HAM)

    assert VirusState.CLEAN is report.state
    assert [b"zINSTREAM\0" + len(HAM).to_bytes(4) + HAM + bytes(4)] == server.requests


def test_a_ping_to_something_else_is_a_problem() -> None:
    """A mail server on the configured port."""
    with FalseServer([b"220 mail.test ESMTP\0"], hears=b"zPING\0") as server:
        problem = Clamd(Antivirus(engine="clamd", port=server.port), SystemClock()).ping()

    assert "gave the answer '220 mail.test ESMTP': its log says what went wrong" in problem


def test_the_configuration_says_whether_there_is_one(clamd: RunningClamd) -> None:
    """None by default: skipped, which is not the same as clean."""
    none, some = open_scanner(Antivirus(), SystemClock()), scanner(clamd)

    assert ("", VirusState.SKIPPED) == (none.ping(), none.scan(attached()).state)
    opened = open_scanner(Antivirus(engine="clamd", port=clamd.port), SystemClock())
    assert some.scan(attached()) == opened.scan(attached()) == _found()


def _found() -> VirusReport:
    name = "Test.EICAR.NDB.UNOFFICIAL"
    return VirusReport(engine="clamd", state=VirusState.FOUND, why=f"clamd found {name} in it", name=name)
