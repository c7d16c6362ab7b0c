"""Which token counts, where it is looked for, and what it proves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.mail.message import Address, Message
from gateway.matching.token import Strength, find_token
from gateway.model import Envelope, Via
from gateway.tokens import Keys, Purpose, body_reference
from tests.cost import cheap

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
        (address(Purpose.CONFIRM), Strength.T3),
        (address(Purpose.CONFIRM, to="bob@bread.test"), Strength.T2),
        (address(Purpose.CONFIRM, day=NOW.date() - timedelta(days=181)), Strength.T1),
        (address(Purpose.MESSAGE_ID), Strength.T0),
        (address(Purpose.AUTOMATIC_MESSAGE_ID), Strength.T0),
        (address(Purpose.TEXT), Strength.T0),
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


@pytest.mark.parametrize(
    "wrapped",
    [
        "prvs=0123abcdef={token}@reply.desk.test",
        "btv1==0123abcdef=={token}@reply.desk.test",
        "SRS0=HHHH=TT=reply.desk.test={token}@reply.desk.test",
        "SRS1=HHHH=first.test==HHH=TT=reply.desk.test={token}@reply.desk.test",
        "list-bounces+{token}=reply.desk.test@list.test",
        "<{token}@reply.desk.test>",
        "{token}@REPLY.DESK.TEST.",
    ],
)
def test_a_wrapped_address_still_proves(wrapped: str) -> None:
    """BATV, SRS, VERP and brackets, in the envelope and in the header; upper case at once."""
    for token in (issue(Purpose.REPLY), issue(Purpose.REPLY).upper()):
        recipient = wrapped.format(token=token)
        assert find_token(MAIL, sent_to(recipient), KEYS, NOW).strength is Strength.T3
        message = replace(MAIL, to=(Address(address=recipient),))
        assert find_token(message, ENVELOPE, KEYS, NOW).strength is Strength.T3


def damaged(name: str, value: str) -> Message:
    """A mail in whose field the parser found no message id."""
    return replace(MAIL, headers=((name, value),))


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
@pytest.mark.parametrize(
    "value",
    [
        "{token}.abcdefgh@reply.desk.test",
        '"{token}.abcdefgh"@reply.desk.test',
        "Your message of Tuesday <{start} {end}.abcdefgh@reply.desk.test>",
        "<x@y.test>,<{token}.abcdefgh@reply.desk.test>,<z@y.test>",
        "(was: {token}.abcdefgh@reply.desk.test)",
        "<{token}.abc defgh@reply.desk.test>",
    ],
)
def test_an_id_that_a_server_damaged_is_still_a_hint(name: str, value: str) -> None:
    """Without its brackets, quoted, folded in the middle, joined with commas, in a comment."""
    token = issue(Purpose.MESSAGE_ID)
    message = damaged(name, value.format(token=token, start=token[:12], end=token[12:]))
    found = find_token(message, ENVELOPE, KEYS, NOW)

    assert (Strength.T1, "message_id", 5) == (found.strength, found.place, found.token and found.token.ticket_ref)


def test_a_whole_id_outranks_a_damaged_one() -> None:
    """What the parser read is what the mail answers."""
    message = replace(
        damaged("References", f"{issue(Purpose.MESSAGE_ID, ref=6)}.abcdefgh@reply.desk.test"),
        in_reply_to=(f"<{issue(Purpose.MESSAGE_ID)}.abcdefgh@reply.desk.test>",),
    )
    found = find_token(message, ENVELOPE, KEYS, NOW)

    assert found.token is not None
    assert 5 == found.token.ticket_ref


def test_only_the_end_of_a_long_field_is_searched() -> None:
    """A quarter of a megabyte of false ids costs no more than eight kilobytes of them."""
    forged = "m1-" + "0" * 30 + ".abcdefgh@reply.desk.test "
    message = damaged("References", forged * 4000 + f"{issue(Purpose.MESSAGE_ID)}.abcdefgh@reply.desk.test")
    found = cheap(0.2, lambda: find_token(message, ENVELOPE, KEYS, NOW))

    assert Strength.T1 is found.strength


def test_the_reference_survives_what_mail_programs_do_to_text() -> None:
    """Outlook's dashes, Apple's line breaks, a quote of a quote, a Greek keyboard: all at once."""
    reference = body_reference(issue(Purpose.TEXT))
    greek = reference.translate(str.maketrans("TKMNPXYZ", "ΤΚΜΝΡΧΥΖ"))
    shown = greek.replace("-", "–", 3)[:20] + "\n> > " + greek.replace("-", "–", 3)[20:]
    found = find_token(replace(MAIL, text=f"> > Κωδικός: {shown}\n"), ENVELOPE, KEYS, NOW)

    assert (Strength.T1, "body_reference") == (found.strength, found.place)


def test_a_token_is_good_after_a_restore_and_with_other_keys_beside_it() -> None:
    """Nothing but the keys is needed; a revoked key's tokens prove nothing, and nothing breaks."""
    recipient = sent_to(address())
    rotated = Keys({3: bytes(range(32)), 4: bytes(range(1, 33))})
    revoked = Keys({4: bytes(range(1, 33))})

    assert find_token(MAIL, recipient, Keys({3: bytes(range(32))}), NOW).strength is Strength.T3
    assert find_token(MAIL, recipient, rotated, NOW).strength is Strength.T3
    assert find_token(MAIL, recipient, revoked, NOW).strength is Strength.T0
