"""Which token counts, where it is looked for, and what it proves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.mail.message import Address, Message
from gateway.matching.token import Strength, find_token
from gateway.model import Envelope, Via
from gateway.tokens import Keys, Purpose, body_reference

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
TODAY = NOW.date()
KEYS = Keys({3: bytes(range(32))})
ANN = "ann@bread.test"
MAIL = Message(author=Address(address=ANN))
ENVELOPE = Envelope(via=Via.LMTP, received_at=NOW)


def issue(purpose: Purpose, *, ref: int = 5, address: str = ANN, day: date = TODAY) -> str:
    """A token of the test's keys."""
    return KEYS.issue(purpose, ticket_ref=ref, address=address, day=day)


def address(purpose: Purpose = Purpose.REPLY, *, to: str = ANN, day: date = TODAY) -> str:
    """A signed address."""
    return f"{issue(purpose, address=to, day=day)}@reply.desk.test"


def sent_to(recipient: str) -> Envelope:
    """An envelope with one recipient."""
    return replace(ENVELOPE, recipients=(recipient,))


@pytest.mark.parametrize(
    ("recipient", "strength"),
    [
        (address(), Strength.T3),
        (address().upper(), Strength.T3),
        (address(to="bob@bread.test"), Strength.T2),
        (address(day=NOW.date() - timedelta(days=180)), Strength.T3),
        (address(day=NOW.date() - timedelta(days=181)), Strength.T1),
        (address(day=NOW.date() + timedelta(days=2)), Strength.T3),
        (address(day=NOW.date() + timedelta(days=3)), Strength.T1),
        (address(Purpose.BOUNCE), Strength.T1),
        (address(Purpose.AGENT), Strength.T3),
        ("r1-" + "0" * 30 + "@reply.desk.test", Strength.T0),
        ("support@desk.test", Strength.T0),
    ],
)
def test_what_the_recipient_proves(recipient: str, strength: Strength) -> None:
    """Bound to the author, to another, too old, from the future, for bounces, forged, none."""
    assert find_token(MAIL, sent_to(recipient), KEYS, NOW).strength is strength


def test_a_forged_token_is_counted() -> None:
    """It proves nothing, and it is evidence against the mail."""
    forged = find_token(MAIL, sent_to("r1-" + "0" * 30 + "@reply.desk.test"), KEYS, NOW)

    assert (forged.forged, forged.token) == (1, None)


def test_the_envelope_outranks_the_header() -> None:
    """A token there counts, whatever To says."""
    message = replace(MAIL, to=(Address(address=address()),))

    assert find_token(message, sent_to(address(to="bob@bread.test")), KEYS, NOW).strength is Strength.T2


def test_the_header_counts_where_the_envelope_has_no_token() -> None:
    """The copy of an answer to all that came to the support address, or a mailbox that tells no envelope."""
    message = replace(MAIL, to=(Address(address=address()),))

    assert find_token(message, sent_to("support@desk.test"), KEYS, NOW).strength is Strength.T3
    assert find_token(message, ENVELOPE, KEYS, NOW).strength is Strength.T3
    delivered = replace(MAIL, delivered_to=(address(),))
    assert find_token(delivered, ENVELOPE, KEYS, NOW).strength is Strength.T3


def test_of_several_addresses_the_one_that_proves_most_counts() -> None:
    """An old address from the address book, one of another, the author's own: in any order."""
    own = address()
    others = [address(day=TODAY - timedelta(days=300)), address(to="bob@bread.test"), address(Purpose.BOUNCE)]

    for recipients in ((own, *others), (*others, own)):
        found = find_token(MAIL, replace(ENVELOPE, recipients=recipients), KEYS, NOW)
        assert (Strength.T3, False) == (found.strength, found.is_ambiguous)


@pytest.mark.parametrize(("other", "ambiguous"), [(5, False), (6, True)])
def test_addresses_of_two_tickets_do_not_say_which_one_is_meant(other: int, ambiguous: bool) -> None:
    """Two that were issued to the author; two of one ticket are no riddle."""
    recipients = (address(), f"{issue(Purpose.REPLY, ref=other)}@reply.desk.test")

    assert ambiguous is find_token(MAIL, replace(ENVELOPE, recipients=recipients), KEYS, NOW).is_ambiguous


@pytest.mark.parametrize("purpose", [Purpose.MESSAGE_ID, Purpose.AUTOMATIC_MESSAGE_ID])
def test_an_answered_message_id_is_a_hint(purpose: Purpose) -> None:
    """It stands in every copy and archive."""
    message_id = f"<{issue(purpose)}.abcdefgh@reply.desk.test>"
    for message in (replace(MAIL, in_reply_to=(message_id,)), replace(MAIL, references=("<x@y>", message_id))):
        found = find_token(message, ENVELOPE, KEYS, NOW)
        assert (found.strength, found.place) == (Strength.T1, "message_id")


def test_a_reference_in_the_text_is_a_hint() -> None:
    """Quoted, in Greek capitals, and only while there are few."""
    reference = body_reference(issue(Purpose.TEXT))
    found = find_token(replace(MAIL, text=f"> Ref: {reference.replace('T', 'Τ', 1)}\n"), ENVELOPE, KEYS, NOW)
    assert (found.strength, found.place) == (Strength.T1, "body_reference")

    many = "\n".join(body_reference(issue(Purpose.TEXT, ref=ref)) for ref in range(4))
    assert find_token(replace(MAIL, text=many), ENVELOPE, KEYS, NOW).strength is Strength.T0


def test_a_token_of_another_purpose_is_not_a_reply_address() -> None:
    """A message id turned into an address proves nothing."""
    stolen = issue(Purpose.MESSAGE_ID).replace("m1-", "r1-") + "@reply.desk.test"

    assert find_token(MAIL, sent_to(stolen), KEYS, NOW).strength is Strength.T0
