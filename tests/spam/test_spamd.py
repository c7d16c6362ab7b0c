"""The SpamAssassin engine against a real spamd."""

import socket
import threading
import time
from pathlib import Path

import pytest

from gateway.clock import FixedClock, SystemClock
from gateway.config import Spam
from gateway.errors import ConfigError
from gateway.spam.open import open_engine
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.spamd import Spamd
from tests.cost import LATE_SECONDS
from tests.peers.process import free_port
from tests.peers.spamd import CHILDREN, RunningSpamd, running_spamd
from tests.spam.mails import GREEK, GREEK_UNDECLARED, HAM, HEADER, SPAM, with_attachment


def engine(server: RunningSpamd, **settings: object) -> Spamd:
    """The engine as configured for that server."""
    return Spamd(Spam.model_validate({"port": server.port, "timeout_seconds": 20} | settings), SystemClock())


def is_spam(report: SpamReport) -> bool:
    """Was it scanned, and is it spam?"""
    assert ScanState.SCANNED is report.state, report.why
    return report.score >= report.threshold


def test_spam_is_spam_and_says_why(spamd: RunningSpamd) -> None:
    """GTUBE, the test pattern of all spam engines."""
    report = engine(spamd).scan(SPAM)

    assert (report.engine, report.state, report.threshold) == ("spamassassin", ScanState.SCANNED, 5.0)
    assert report.score > 900
    assert "GTUBE" in report.rules
    assert f"score {report.score:g} is at or above the threshold of 5" == report.why


def test_ham_is_ham(spamd: RunningSpamd) -> None:
    """An ordinary question."""
    report = engine(spamd).scan(HAM)

    assert not is_spam(report)
    assert f"score {report.score:g} is below the threshold of 5" == report.why


@pytest.mark.parametrize("mail", [GREEK, GREEK_UNDECLARED, HAM.replace(b"\r\n", b"\n")], ids=["utf8", "greek", "lf"])
def test_eight_bit_mail_is_scanned(mail: bytes, spamd: RunningSpamd) -> None:
    """Our customers write Greek, and not every program declares it."""
    assert not is_spam(engine(spamd).scan(mail))


@pytest.mark.parametrize("mail", [b"", b"\r\n", b"\x00\xff" * 500, b"no header at all"])
def test_rubbish_is_scanned(mail: bytes, spamd: RunningSpamd) -> None:
    """Whatever came in is asked about."""
    assert ScanState.SCANNED is engine(spamd).scan(mail).state


def test_the_unix_socket_serves_as_well(spamd: RunningSpamd) -> None:
    """`[spam] socket` instead of host and port."""
    by_socket = engine(spamd, socket=spamd.socket, port=1)

    assert by_socket.ping() == ""
    assert is_spam(by_socket.scan(SPAM))


def test_the_threshold_is_ours(spamd: RunningSpamd) -> None:
    """`[spam] threshold`, not the server's own."""
    report = engine(spamd, threshold=2000).scan(SPAM)

    assert (report.threshold, is_spam(report)) == (2000.0, False)


def test_a_user_may_be_named(spamd: RunningSpamd) -> None:
    """Whose preferences count."""
    assert is_spam(engine(spamd, user="δέσκ desk").scan(SPAM))


def test_a_user_with_a_line_end_is_a_config_error() -> None:
    """It would be a second header field."""
    with pytest.raises(ConfigError, match="user"):
        open_engine(Spam(user="desk\r\nCompress: zlib"), SystemClock())


def test_five_megabytes_of_attachment_are_scanned_by_the_text(spamd: RunningSpamd) -> None:
    """Spamc would pass such a mail unseen (threat A-40)."""
    report = engine(spamd).scan(with_attachment("Here is a picture of the broken page.", 5_000_000))

    assert not is_spam(report)
    assert "only its header and text were scanned" in report.why


@pytest.mark.parametrize("attachment_first", [False, True])
def test_spam_is_found_beside_a_large_attachment(attachment_first: bool, spamd: RunningSpamd) -> None:
    """Also behind it."""
    from tests.spam.mails import GTUBE

    assert is_spam(engine(spamd).scan(with_attachment(GTUBE, 5_000_000, attachment_first=attachment_first)))


def test_much_text_is_scanned_by_its_beginning(spamd: RunningSpamd) -> None:
    """A log pasted into the mail: the first 20,000 bytes."""
    mail = SPAM + b"2026-09-01 10:00:00 GET /checkout 500\r\n" * 30_000

    report = engine(spamd, max_scan_bytes=20_000).scan(mail)

    assert is_spam(report)
    assert report.why.endswith(f"; only its header and text were scanned, 20000 of {len(mail)} bytes")


def test_many_mails_at_once_wait_for_their_turn(spamd: RunningSpamd) -> None:
    """8 mails, 2 connections: never more than 2 at once, and all are scanned."""
    judge = engine(spamd, connections=CHILDREN)
    reports: list[SpamReport] = []
    threads = [threading.Thread(target=lambda: reports.append(judge.scan(HAM))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [report.state for report in reports] == [ScanState.SCANNED] * 8


def test_it_answers_a_ping(spamd: RunningSpamd) -> None:
    """As `check` asks."""
    assert engine(spamd).ping() == ""


def test_after_close_nothing_is_scanned(spamd: RunningSpamd) -> None:
    """And that is a state as well."""
    judge = engine(spamd)
    judge.close()

    assert (judge.scan(HAM).state, judge.scan(HAM).why) == (ScanState.UNSCANNED, "the gateway is shutting down")


class TestFailures:
    """Fault cases 16 to 18: no answer is never ham, and never spam."""

    def test_nobody_listens(self) -> None:
        """Refused: at once, with what to do."""
        port = free_port()
        judge = Spamd(Spam(port=port), SystemClock())
        began = time.monotonic()
        report = judge.scan(HAM)

        assert time.monotonic() - began < LATE_SECONDS
        assert (report.state, report.score, report.rules) == (ScanState.UNSCANNED, 0.0, ())
        why = f"spamd at 127.0.0.1:{port} cannot be reached (Connection refused): "
        assert [why + "start it, or correct [spam] host, port or socket"] * 2 == [report.why, judge.ping()]

    def test_there_is_no_such_socket(self, tmp_path: Path) -> None:
        """The path stands in the reason."""
        report = Spamd(Spam(socket=tmp_path / "none.sock"), SystemClock()).scan(HAM)

        assert ScanState.UNSCANNED is report.state
        assert report.why.startswith(f"spamd at {tmp_path}/none.sock cannot be reached (No such file or directory)")

    def test_a_host_that_has_no_address(self) -> None:
        """A mistyped name."""
        report = Spamd(Spam(host="no.such.host.invalid"), SystemClock()).scan(HAM)

        assert ScanState.UNSCANNED is report.state
        assert report.why.startswith("spamd at no.such.host.invalid:783 cannot be reached (")

    def test_a_frozen_spamd_costs_the_timeout_and_a_killed_one_opens_the_breaker(self) -> None:
        """SIGSTOP, SIGCONT, SIGKILL, five failures, a pause of 60 s, a new spamd on the same port."""
        clock = FixedClock(SystemClock().now())
        with running_spamd() as server:
            judge = Spamd(Spam(port=server.port, timeout_seconds=1), clock)
            server.freeze()
            for mail in (HAM, HEADER + b"\r\n" + b"text " * 80_000):  # one fits the socket's buffers, one does not
                began = time.monotonic()
                report = judge.scan(mail)

                assert (report.state, "gave no answer within 1 s" in report.why) == (ScanState.UNSCANNED, True)
                assert 0.9 < time.monotonic() - began < LATE_SECONDS
            server.thaw()
            patient = Spamd(Spam(port=server.port), SystemClock())
            assert is_spam(patient.scan(SPAM))
            server.kill()
            port = server.port

            reasons = [judge.scan(HAM).why for _ in range(4)]
            assert all("Connection refused" in why for why in reasons[:3])
            assert f"spamd at 127.0.0.1:{port} failed 5 times in a row; it is asked again in 60 s" == reasons[3]

        with running_spamd(port) as _:
            clock.seconds = 59
            assert ScanState.UNSCANNED is judge.scan(SPAM).state
            clock.seconds = 61
            judge = again(judge, seconds=10)
            assert is_spam(judge.scan(SPAM))
            assert is_spam(judge.scan(SPAM))

    def test_waiting_for_a_turn_counts_as_waiting(self) -> None:
        """One connection, and a server that never answers: the second mail waits no longer than the first."""
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            judge = Spamd(Spam(port=deaf.getsockname()[1], timeout_seconds=2, connections=1), SystemClock())
            began = time.monotonic()
            reports: list[SpamReport] = []
            threads = [threading.Thread(target=lambda: reports.append(judge.scan(HAM))) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert [report.state for report in reports] == [ScanState.UNSCANNED] * 3
        assert sum("this one had no turn in 2 s" in report.why for report in reports) == 2
        assert time.monotonic() - began < LATE_SECONDS


def again(judge: Spamd, seconds: float) -> Spamd:
    """The same engine with more patience: a new spamd's first answer takes its time."""
    judge._config = judge._config.model_copy(update={"timeout_seconds": seconds})
    return judge


class FalseServer:
    """A listener that answers each connection with the same bytes, a piece at a time, and then hangs up."""

    def __init__(self, pieces: list[bytes], pause: float = 0.0, hears: bytes = b"") -> None:
        """`hears` ends a request; without it the client ends it by closing its side."""
        self._hears = hears
        self._pieces = pieces
        self._pause = pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "FalseServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        try:
            request = b""
            while received := connection.recv(65536):
                request += received
                if self._hears and self._hears in request:
                    break
            self.requests.append(request)
            for piece in self._pieces:
                connection.sendall(piece)
                time.sleep(self._pause)
            # To close with a part of the request unread would reset the connection, and the answer could be lost.
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except OSError:
            return  # the client had enough


def answer(score: str = "1.0", rules: str = "A,B", status: str = "0 EX_OK", length: int | None = None) -> bytes:
    """An answer in spamd's form."""
    size = len(rules) if length is None else length
    return f"SPAMD/1.1 {status}\r\nContent-length: {size}\r\nSpam: True ; {score} / 5.0\r\n\r\n{rules}".encode()


def test_the_request_is_what_the_protocol_says() -> None:
    """Byte for byte: spamd knows `Content-length` by this spelling only."""
    with FalseServer([answer("-1.25")]) as server:
        report = Spamd(Spam(port=server.port, user="desk"), SystemClock()).scan(HAM)

    assert [f"SYMBOLS SPAMC/1.5\r\nContent-length: {len(HAM)}\r\nUser: desk\r\n\r\n".encode() + HAM] == server.requests
    assert (report.state, report.score, report.rules) == (ScanState.SCANNED, -1.25, ("A", "B"))


def test_no_rules_are_no_rules() -> None:
    """An empty body."""
    with FalseServer([answer("0.0", "")]) as server:
        report = Spamd(Spam(port=server.port), SystemClock()).scan(HAM)

    assert (report.state, report.rules) == (ScanState.SCANNED, ())


def test_a_negative_zero_is_shown_as_zero() -> None:
    """Spamd writes it so."""
    with FalseServer([answer("-0.0")]) as server:
        report = Spamd(Spam(port=server.port), SystemClock()).scan(HAM)

    assert "score 0 is below the threshold of 5" == report.why


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([], "gave nothing"),
        ([b"220 mail.test ESMTP\r\n"], "gave no SPAMD status line"),
        ([b"HTTP/1.1 400 Bad Request\r\nContent-length: 0\r\n\r\n"], "gave no SPAMD status line"),
        ([b"\x00\xff" * 1000], "gave no SPAMD status line"),
        ([b"SPAMD/1.1 0 EX_OK\r\n"], "gave a part of an answer"),
        ([answer()[:-1]], "gave a part of an answer"),
        ([answer(length=1)], "gave a part of an answer"),
        ([answer(length=10)], "gave a part of an answer"),
        ([answer(length=-1)], "gave a part of an answer"),
        ([answer().replace(b"Content-length", b"Content-width")], "gave a part of an answer"),
        ([answer("nan")], "gave no score"),
        ([answer("inf")], "gave no score"),
        ([answer("1e9")], "gave no score"),
        ([answer("9" * 400)], "gave no score"),
        ([answer("")], "gave no score"),
        ([answer().replace(b"Spam:", b"Ham:")], "gave no score"),
        ([answer(rules="A,<script>,B")], "gave no score"),
        ([answer(rules="A\r\nX: y")], "gave no score"),
        ([answer(status="79 EX_TIMEOUT")], "answered EX_TIMEOUT (79): its log says why"),
        ([b"SPAMD/1.0 76 Bad header line: (nothing)\r\n"], "answered Bad (76): its log says why"),
        ([answer(length=10**8)] + [b"x" * 100_000] * 5, "gave more than 262144 bytes"),
        ([b"x" * 100_000] * 5, "gave more than 262144 bytes"),
    ],
)
def test_an_answer_that_is_not_one_is_unscanned(pieces: list[bytes], why: str) -> None:
    """Garbage, parts, errors, no number: never a verdict."""
    with FalseServer(pieces) as server:
        report = Spamd(Spam(port=server.port, timeout_seconds=5), SystemClock()).scan(HAM)

    assert (report.state, report.score, report.rules) == (ScanState.UNSCANNED, 0.0, ())
    assert report.why.startswith(f"spamd at 127.0.0.1:{server.port} {why}")


def test_a_server_that_dribbles_meets_the_deadline() -> None:
    """Each byte comes in time, the answer does not."""
    with FalseServer([bytes([byte]) for byte in answer()], pause=0.05) as server:
        began = time.monotonic()
        report = Spamd(Spam(port=server.port, timeout_seconds=0.5), SystemClock()).scan(HAM)

        assert ScanState.UNSCANNED is report.state
        assert time.monotonic() - began < LATE_SECONDS


def test_a_ping_to_something_else_is_a_problem() -> None:
    """A mail server on the configured port."""
    with FalseServer([b"220 mail.test ESMTP\r\n"]) as server:
        problem = Spamd(Spam(port=server.port), SystemClock()).ping()

    why = f"spamd at 127.0.0.1:{server.port} gave no PONG: is it really spamd that listens there?"
    assert f"{why} Its log says what went wrong" == problem


def test_without_an_engine_every_mail_is_skipped() -> None:
    """Which is not the same as clean."""
    none = open_engine(Spam(engine="none", threshold=6), SystemClock())
    report = none.scan(SPAM)
    none.close()

    assert (report.engine, report.state, report.score, report.threshold) == ("none", ScanState.SKIPPED, 0.0, 6.0)
    assert none.ping() == ""


def test_the_configured_engine_is_spamassassin(spamd: RunningSpamd) -> None:
    """The default."""
    opened = open_engine(Spam(port=spamd.port), SystemClock())

    assert is_spam(opened.scan(SPAM))
    opened.close()
