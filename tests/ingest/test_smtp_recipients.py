"""Which recipients are ours, and what who tries signatures learns (A-07)."""

import ast
import inspect
import smtplib
from concurrent.futures import Future
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.ingest import recipients as module
from gateway.ingest.path import MAX_PATH, parse_forward_path, parse_reverse_path
from gateway.ingest.recipients import WRONG_IN_ALL, WRONG_PER_PEER, Answer, Recipients
from gateway.model import Incoming, MailboxUid
from gateway.tokens import Purpose
from tests.cost import cheap
from tests.ingest.listeners import KEYS, listening

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
RIGHT = KEYS.issue(Purpose.REPLY, ticket_ref=1, address="anna@customer.test", day=date(2026, 9, 1))
WRONG = RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands."""
    return FixedClock(NOW)


@pytest.fixture
def recipients(clock: FixedClock) -> Recipients:
    """Two support domains, one of them in Greek, and a reply domain."""
    return Recipients(
        support_addresses=["Desk@Support.test", "βοήθεια@ΕΤΑΙΡΕΊΑ.test"],
        reply_domain="Reply.test",
        keys=KEYS,
        clock=clock,
    )


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("desk@support.test", True),
        ("DESK@SUPPORT.TEST", True),
        ("βοήθεια@εταιρεία.test", True),
        ("ΒΟΉΘΕΙΑ@xn--kxadbnbx0dva.test", True),
        ("postmaster@support.test", True),
        ("postmaster@reply.test", True),
        ("postmaster", True),
        ("postmaster@elsewhere.test", False),
        ("desk@reply.test", False),
        ("desk@support.test.elsewhere.test", False),
        (f"{RIGHT}@reply.test", True),
        (f"{RIGHT.upper()}@REPLY.TEST", True),
        (f"{WRONG}@reply.test", True),
        (f"{RIGHT}@support.test", False),
        (f"{RIGHT}x@reply.test", False),
        (f"x-{RIGHT}@reply.test", False),
        (f"{RIGHT[:-1]}u@reply.test", False),
        ("b1-" + "0" * 30 + "@reply.test", True),
        ("a1-" + "0" * 30 + "@reply.test", True),
        ("c1-" + "0" * 30 + "@reply.test", True),
        ("m1-" + "0" * 30 + "@reply.test", False),
        ("t1-" + "0" * 30 + "@reply.test", False),
        (f"prvs=0123abcdef={RIGHT}@reply.test", True),
        (f"PRVS=0123ABCDEF={RIGHT.upper()}@Reply.test", True),
        (f"prvs={RIGHT}/0123abcdef@reply.test", True),
        (f"btv1==0123abcdef=={RIGHT}@reply.test", True),
        (f"SRS0=HHHH=TT=reply.test={RIGHT}@reply.test", True),
        (f"SRS1=HHHH=first.test==HHH=TT=reply.test={RIGHT}@reply.test", True),
        (f"srs0+HHHH=TT=reply.test={RIGHT}@reply.test", True),
        (f"SRS0=HHHH=TT=reply.test={RIGHT}@support.test", False),
        (f"SRS0=HHHH=TT=reply.test={RIGHT}x@reply.test", False),
        (f"prvs={RIGHT}@reply.test", False),
        ("new+ann=shop.example@reply.test", True),
        ("New+7@Reply.test", True),
        ("new+@reply.test", False),
        ("new+a+b@reply.test", False),
        (f"new+{'x' * 61}@reply.test", False),
        ("renew+7@reply.test", False),
        ("new+7@support.test", False),
        (f"prvs=0123abcdef=={RIGHT[:-1]}@reply.test", False),
        ("", False),
        ("@", False),
    ],
)
def test_an_address_is_ours_or_not(recipients: Recipients, address: str, known: bool) -> None:
    """Support addresses and postmaster by name, signed addresses by their shape."""
    assert known == recipients.knows(address)


def test_one_peer_may_try_twenty_wrong_signatures_an_hour(recipients: Recipients, clock: FixedClock) -> None:
    """Then wrong ones are put off, and only wrong ones, and only his."""
    for _ in range(WRONG_PER_PEER):
        assert Answer.KNOWN is recipients.answer(f"{WRONG}@reply.test", "192.0.2.1")

    assert Answer.NOT_NOW is recipients.answer(f"{WRONG}@reply.test", "192.0.2.1")
    assert Answer.KNOWN is recipients.answer(f"{RIGHT}@reply.test", "192.0.2.1")
    assert Answer.KNOWN is recipients.answer("desk@support.test", "192.0.2.1")
    assert Answer.UNKNOWN is recipients.answer("nobody@support.test", "192.0.2.1")
    assert Answer.KNOWN is recipients.answer(f"{WRONG}@reply.test", "192.0.2.2")
    clock.seconds += 3600
    assert Answer.KNOWN is recipients.answer(f"{WRONG}@reply.test", "192.0.2.1")


def test_all_peers_together_may_try_five_hundred_an_hour(recipients: Recipients) -> None:
    """Also those whose address is not known."""
    for number in range(WRONG_IN_ALL - 1):
        assert Answer.KNOWN is recipients.answer(f"{WRONG}@reply.test", f"192.0.{number % 250}.1")
    assert Answer.KNOWN is recipients.answer(f"{WRONG}@reply.test", None)

    assert Answer.NOT_NOW is recipients.answer(f"{WRONG}@reply.test", None)
    assert Answer.NOT_NOW is recipients.answer(f"{WRONG}@reply.test", "198.51.100.1")
    assert Answer.KNOWN is recipients.answer(f"{RIGHT}@reply.test", "198.51.100.1")


def test_a_wrapped_address_is_verified_like_a_plain_one(recipients: Recipients) -> None:
    """What BATV and SRS put around it neither hides a wrong signature nor makes a right one wrong."""
    for wrapped in ("prvs=0123abcdef={}", "prvs={}/0123abcdef", "SRS0=HHHH=TT=reply.test={}"):
        for _ in range(WRONG_PER_PEER):
            recipients.answer(f"{wrapped.format(WRONG)}@reply.test", "192.0.2.7")

        assert Answer.NOT_NOW is recipients.answer(f"{wrapped.format(WRONG)}@reply.test", "192.0.2.7")
        assert Answer.KNOWN is recipients.answer(f"{wrapped.format(RIGHT)}@reply.test", "192.0.2.7")


def test_who_reaches_a_limit_is_told_of_once_an_hour(
    recipients: Recipients, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The peer by his address, and an alarm where it comes from everywhere; never a token."""
    for _ in range(2):
        for number in range(WRONG_IN_ALL + 50):
            recipients.answer(f"{WRONG}@reply.test", f"192.0.2.{number % 25}")
        clock.seconds += 3600

    said = [(record.levelname, record.getMessage(), getattr(record, "fields")) for record in caplog.records]  # noqa: B009
    peers = [fields["peer"] for _, name, fields in said if name == "tokens_guessed"]
    assert 2 * [("ERROR", "tokens_guessed_by_many", {"tries": 500})] == [line for line in said if line[0] == "ERROR"]
    assert (50, 25) == (len(peers), len(set(peers)))
    assert {"WARNING", "ERROR"} == {level for level, _, _ in said}
    assert WRONG[3:] not in str(said)


def test_addresses_are_known_while_the_database_is_down(tmp_path: Path) -> None:
    """RCPT asks the keys alone; it is the mail itself that cannot be kept, and stays with its sender."""

    def fail(incoming: Incoming, mailbox_uid: MailboxUid | None = None) -> "Future[str]":
        raise Temporary("the database is down")

    with (
        listening(tmp_path, put=lambda put: fail) as gateway,
        smtplib.SMTP("127.0.0.1", gateway.port, timeout=20) as peer,
    ):
        peer.ehlo("peer.test")
        peer.mail("anna@customer.test")
        assert (250, b"2.1.5 OK") == peer.rcpt(f"{RIGHT}@reply.test")
        assert (250, b"2.1.5 OK") == peer.rcpt(f"{WRONG}@reply.test")
        assert 550 == peer.rcpt("nobody@reply.test")[0]
        assert 451 == peer.data(b"Subject: x\r\n\r\nx\r\n")[0]


def test_no_part_of_the_way_to_a_known_address_imports_the_store() -> None:
    """Nor does it ask anything else that can be down."""
    tree = ast.parse(inspect.getsource(module))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}

    assert {"gateway", "gateway.clock", "gateway.ingest.limits", "gateway.tokens"} == {
        name for name in imported if name.startswith("gateway")
    }


def test_one_ipv6_subscriber_is_one_peer(recipients: Recipients) -> None:
    """He has 2^64 addresses to choose from."""
    for number in range(WRONG_PER_PEER):
        recipients.answer(f"{WRONG}@reply.test", f"2001:db8::{number:x}")

    assert Answer.NOT_NOW is recipients.answer(f"{WRONG}@reply.test", "2001:db8::ffff:1")
    assert Answer.KNOWN is recipients.answer(f"{WRONG}@reply.test", "2001:db8:0:1::1")


def test_signatures_are_not_compared_here() -> None:
    """`==` on them would tell by its time how much of a guess is right: only `Keys.verify` looks at them."""
    source = ast.parse(inspect.getsource(module))
    compared = [ast.unparse(node) for node in ast.walk(source) if isinstance(node, ast.Compare)]

    assert not [text for text in compared if "signed[" in text]


@pytest.mark.parametrize(
    "attack",
    [
        "<" + "a-" * 50_000,
        "<" + "a." * 50_000 + "@b>",
        "<a@" + "b-" * 50_000,
        '<"' + '\\"' * 50_000,
        "<" + "@a.a," * 20_000,
        "<a@b>" + " " * 100_000 + "\x7f",
        "<a@b>" + " x" * 50_000 + "\x7f",
    ],
)
def test_a_path_is_read_in_linear_time(attack: str) -> None:
    """A pattern that tries again from each of 100,000 places would take minutes."""
    cheap(0.5, lambda: (parse_reverse_path(attack), parse_forward_path(attack)))


def test_a_path_has_a_longest_length() -> None:
    """In octets, not in characters."""
    fits = "a" * (MAX_PATH - len("@b.test")) + "@b.test"
    greek = "α" * (MAX_PATH // 2) + "@b.test"

    assert parse_reverse_path(f"<{fits}>")
    assert parse_reverse_path(f"<a{fits}>") is None
    assert parse_reverse_path(f"<{greek}>") is None
