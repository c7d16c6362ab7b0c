"""Which recipients are ours, and what who tries signatures learns (A-07)."""

import ast
import inspect
from datetime import UTC, date, datetime
from time import process_time

import pytest

from gateway.clock import FixedClock
from gateway.ingest import recipients as module
from gateway.ingest.path import MAX_PATH, parse_forward_path, parse_reverse_path
from gateway.ingest.recipients import WRONG_IN_ALL, WRONG_PER_PEER, Answer, Recipients
from gateway.tokens import Purpose
from tests.ingest.listeners import KEYS

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
    begin = process_time()
    parse_reverse_path(attack)
    parse_forward_path(attack)

    assert process_time() - begin < 1


def test_a_path_has_a_longest_length() -> None:
    """In octets, not in characters."""
    fits = "a" * (MAX_PATH - len("@b.test")) + "@b.test"
    greek = "α" * (MAX_PATH // 2) + "@b.test"

    assert parse_reverse_path(f"<{fits}>")
    assert parse_reverse_path(f"<a{fits}>") is None
    assert parse_reverse_path(f"<{greek}>") is None
