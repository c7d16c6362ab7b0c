"""rspamd judges and learns; every failure is a state with a reason."""

import time

import pytest

from gateway.clock import SystemClock
from gateway.config import Spam
from gateway.errors import ConfigError
from gateway.spam.known import Known
from gateway.spam.open import open_engine
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.rspamd import Rspamd
from gateway.spam.server import Lesson
from tests.cost import LATE_SECONDS
from tests.peers.process import free_port
from tests.peers.rspamd import RunningRspamd
from tests.spam.mails import HAM, SPAM
from tests.spam.test_spamd import FalseServer

OFFERS = (
    "From: seller{0}@offers.test\r\nTo: you@desk.example\r\nSubject: cheap watches {0}\r\n"
    "Message-ID: <{0}.{1}@offers.test>\r\nDate: Tue, 01 Sep 2026 08:00:00 +0000\r\n\r\n"
    "Replica watches number {0}, luxury brands, order today with a discount of {0} percent, limited "
    "stock, click the shop now, genuine looking watches shipped worldwide by express courier, {1}. "
    "Bracelets, handbags and sunglasses of every famous brand are waiting for you at unbeatable prices.\r\n"
)
LETTER = (
    "Order {0} has been waiting for {1} days now, and the customer asks every morning where the parcel is. "
    "Could somebody of your team look into the delivery settings of our shop, please? Many thanks.\r\n"
)


def engine(server: RunningRspamd, **settings: object) -> Rspamd:
    """An engine that asks that server."""
    values = {"engine": "rspamd", "port": server.port, "controller_port": server.controller_port}
    return Rspamd(Spam.model_validate(values | {"password_file": server.password_file} | settings), SystemClock())


def test_spam_is_spam_and_ham_is_ham(rspamd: RunningRspamd) -> None:
    """GTUBE, and a customer's mail."""
    judge = engine(rspamd)
    spam, ham = judge.scan(SPAM), judge.scan(HAM)

    assert ("rspamd", ScanState.SCANNED, ScanState.SCANNED) == (spam.engine, spam.state, ham.state)
    assert spam.score >= spam.threshold > ham.score
    assert "GTUBE" in spam.rules
    assert judge.ping() == ""


def test_the_envelope_goes_with_the_mail(rspamd: RunningRspamd) -> None:
    """A peer and a sender of which nothing good is known count; a field that cannot stand in HTTP is left out."""
    known = Known(peer_ip="192.0.2.7", helo="x", mail_from="a@b.test", recipients=("you@desk.example",))
    lie = Known(peer_ip="192.0.2.7\r\nIP: 127.0.0.1", helo="é", mail_from="a b", recipients=("x\ny",))

    assert {ScanState.SCANNED} == {engine(rspamd).scan(HAM, each).state for each in (known, lie)}


def test_whose_preferences_count_makes_nobody_an_author_who_logged_in(rspamd: RunningRspamd) -> None:
    """Of those rspamd asks less: the same rules must see the mail."""
    known = Known(peer_ip="192.0.2.7", helo="x", mail_from="a@b.test", recipients=("you@desk.example",))

    assert engine(rspamd).scan(HAM, known).rules == engine(rspamd, user="support").scan(HAM, known).rules


def test_it_learns_and_judges_by_it(rspamd: RunningRspamd) -> None:
    """After six and six, a seventh mail of that kind scores higher than before."""
    judge = engine(rspamd)
    seventh = OFFERS.format(7, "seventh").encode()
    before = judge.scan(seventh).score
    for number in range(6):
        assert "" == judge.learn(OFFERS.format(number, f"word{number}").encode(), Lesson.SPAM)
        assert "" == judge.learn(HAM + LETTER.format(number, number * 7).encode(), Lesson.HAM)

    assert "" == judge.learn(OFFERS.format(0, "word0").encode(), Lesson.SPAM), "to learn it again is no error"
    report = judge.scan(seventh)
    assert report.score > before + 1
    assert any(rule.startswith("BAYES_SPAM") for rule in report.rules)


def test_a_wrong_password_is_told(rspamd: RunningRspamd, tmp_path: object) -> None:
    """With what to do about it."""
    judge = engine(rspamd, password_file=None)

    assert "put its controller's password into [spam] password_file" in judge.learn(SPAM, Lesson.SPAM)


def test_a_password_file_that_is_missing_is_a_config_error() -> None:
    """It names the key."""
    with pytest.raises(ConfigError, match=r"\[spam\] password_file: /none cannot be read"):
        open_engine(Spam(engine="rspamd", password_file="/none"), SystemClock())


def test_nobody_listens() -> None:
    """Refused: at once, with what to do."""
    port = free_port()
    report = Rspamd(Spam(engine="rspamd", port=port), SystemClock()).scan(HAM)

    assert ScanState.UNSCANNED is report.state
    assert f"rspamd at 127.0.0.1:{port} cannot be reached (Connection refused)" in report.why


OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([], "gave no HTTP answer"),
        ([b"220 mail.test ESMTP\r\n"], "gave no HTTP answer"),
        ([OK % (2, b"{}")], "gave no score"),
        ([OK % (4, b"null")], "gave no score"),
        ([OK % (9, b"not json!")], "gave no JSON"),
        ([OK % (15, b'{"score": true}')], "gave no score"),
        ([OK % (14, b'{"score": NaN}')], "gave no score"),
        ([OK % (17, b'{"score": 1e9999}')], "gave no score"),
        ([b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"], "answered 500: its log says why"),
        ([OK % (10**7, b"x" * 100_000), *[b"x" * 100_000] * 4], "gave more than 262144 bytes"),
    ],
)
def test_an_answer_that_is_not_one_is_unscanned(pieces: list[bytes], why: str) -> None:
    """Garbage, parts, errors, no number: never a verdict."""
    with FalseServer(pieces, hears=b"\r\n\r\n") as server:
        report = Rspamd(Spam(engine="rspamd", port=server.port, timeout_seconds=5), SystemClock()).scan(HAM)

    assert (ScanState.UNSCANNED, 0.0, ()) == (report.state, report.score, report.rules)
    assert report.why.startswith(f"rspamd at 127.0.0.1:{server.port} {why}")


def test_a_server_that_dribbles_meets_the_deadline() -> None:
    """Each byte comes in time, the answer does not."""
    answer = OK % (14, b'{"score": 1.0}')
    with FalseServer([bytes([byte]) for byte in answer], pause=0.05, hears=b"\r\n\r\n") as server:
        began = time.monotonic()
        report: SpamReport = Rspamd(Spam(engine="rspamd", port=server.port, timeout_seconds=0.5), SystemClock()).scan(
            HAM
        )

        assert ScanState.UNSCANNED is report.state
        assert time.monotonic() - began < LATE_SECONDS
