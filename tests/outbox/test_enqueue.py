"""What is kept of a mail that is to leave."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Permanent, Temporary
from gateway.mail.message import Address
from gateway.outbox.as_json import from_json, to_json
from gateway.outbox.enqueue import enqueue
from gateway.outbox.listing import list_queued, retry_now
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment
from gateway.outbox.retry import Schedule
from gateway.store import outbox as table
from gateway.store.db import Store
from tests.outbox.sending import ANSWER, NOTICE, NOW, RECEIPT, mail, queue, rows

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(deadline=None)
@given(
    st.builds(
        Outgoing,
        message_id=TEXT,
        recipient=st.builds(Address, address=TEXT, name=TEXT),
        mail_from=TEXT,
        template=TEXT,
        language=TEXT,
        values=st.lists(st.tuples(TEXT, TEXT), max_size=4, unique_by=lambda pair: pair[0]).map(tuple),
        subject=TEXT,
        reply_to=TEXT,
        in_reply_to=TEXT,
        references=st.lists(TEXT, max_size=3).map(tuple),
        attachments=st.lists(
            st.builds(
                OutgoingAttachment,
                sha256=TEXT,
                filename=TEXT,
                content_type=TEXT,
                inline=st.booleans(),
                content_id=TEXT,
            ),
            max_size=3,
        ).map(tuple),
        automatic=st.booleans(),
        limited=st.booleans(),
        ticket_id=st.none() | st.integers(1, 2**53),
        article_id=st.none() | st.integers(1, 2**53),
    )
)
def test_a_mail_comes_out_of_its_row_as_it_went_in(outgoing: Outgoing) -> None:
    """Whatever its fields hold."""
    assert outgoing == from_json(to_json(outgoing))


def test_half_a_surrogate_pair_does_not_stop_a_mail() -> None:
    """No database takes one, so a question mark takes its place."""
    assert "a?b" == from_json(to_json(replace(ANSWER, subject="a\ud800b"))).subject


@pytest.mark.parametrize("damaged", ["", "{}", "null", "[]", '{"version": 1}', '{"version": 2}'])
def test_a_row_that_cannot_be_read_is_a_lasting_failure(damaged: str) -> None:
    """It would be the same tomorrow."""
    with pytest.raises(Permanent, match="this row of the outbox"):
        from_json(damaged)


def test_a_row_of_another_type_is_a_lasting_failure() -> None:
    """A number where an address should be."""
    data = json.loads(to_json(ANSWER)) | {"recipient": 7}

    with pytest.raises(Permanent, match="cannot be read: TypeError"):
        from_json(json.dumps(data))


def test_a_mail_is_queued_to_leave_at_once(store: Store) -> None:
    """With all that the worker, the limits and the operator need, under the address's one spelling."""
    outgoing = replace(ANSWER, recipient=Address(address="Maria@Shop.Example", name="Maria"))
    queue(store, outgoing)
    (row,) = rows(store)

    assert (outgoing.message_id, "maria@shop.example", "queued", NOW, NOW, 0) == (
        row.message_id,
        row.recipient,
        row.state,
        row.created_at,
        row.next_try_at,
        row.tries,
    )
    assert outgoing == from_json(row.outgoing)


def test_a_mail_can_be_queued_to_leave_later(store: Store) -> None:
    """It is not taken before its time, which stays as it was fixed; its date is that of its reason."""
    later = NOW + timedelta(seconds=47)
    with store.transaction() as tx:
        assert enqueue(tx, ANSWER, NOW, not_before=later) is None
    (row,) = rows(store)

    assert (NOW, later) == (row.created_at, row.next_try_at)
    early = table.claim(store, limit=1, now=later - timedelta(milliseconds=1), lease=timedelta(minutes=1))
    due = table.claim(store, limit=1, now=later, lease=timedelta(minutes=1))
    assert ([], [row.id]) == (early, [claimed.id for claimed in due])


def test_a_mail_is_queued_with_its_reason_or_not_at_all(store: Store) -> None:
    """What rolls back the transaction takes the mail with it (I3)."""

    def decide() -> None:
        with store.transaction() as tx:
            enqueue(tx, ANSWER, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decide()

    assert [] == rows(store)


def test_the_same_message_id_is_queued_once(store: Store) -> None:
    """A repeated effect is an error, not a second mail."""
    queue(store, ANSWER)
    with pytest.raises(Temporary):
        queue(store, replace(ANSWER, subject="again"))

    assert 1 == len(rows(store))


def test_operators_see_what_waits_and_can_hurry_it(store: Store) -> None:
    """The due ones first; a retry makes all due, or those that are named, and leaves alone what is in work."""
    queue(store, mail(1), mail(2, RECEIPT), mail(3, NOTICE), mail(4))
    first, second, third, fourth = (row.id for row in rows(store))
    claimed = table.claim(store, limit=3, now=NOW, lease=Schedule().longest)
    later = NOW + Schedule().first
    with store.transaction() as tx:
        for each, reason in zip(claimed[:2], ("451 busy", "452 full"), strict=True):
            table.record_deferred(tx, each.id, store.owner, code=450, text=reason, next_try_at=later)

    with store.reading() as tx:
        listed = list_queued(tx)
    assert [
        (third, "returned", ""),
        (fourth, "answer", ""),
        (first, "answer", "451 busy"),
        (second, "receipt", "452 full"),
    ] == [(each.id, each.template, each.last_text) for each in listed]
    with store.transaction() as tx:
        assert 1 == retry_now(tx, [first, third, fourth], NOW)
    assert {NOW} == {row.next_try_at for row in rows(store) if row.id != second}
    with store.transaction() as tx:
        assert 1 == retry_now(tx, [], NOW)
    assert {NOW} == {row.next_try_at for row in rows(store)}


def test_a_damaged_row_is_still_listed(store: Store) -> None:
    """An operator sees what he cannot send."""
    queue(store, ANSWER)
    with store.transaction() as tx:
        tx.exec_driver_sql("UPDATE outbox SET outgoing = 'x'")
    with store.reading() as tx:
        (listed,) = list_queued(tx)

    assert ("", "maria@shop.example") == (listed.template, listed.recipient)
