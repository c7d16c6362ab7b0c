"""`#undo` and delivery at the same moment: a mail leaves or is taken back, never both, never neither."""

import random
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gateway.errors import Temporary
from gateway.model import Ticket, TicketState
from gateway.pipeline.evidence import Reading
from gateway.pipeline.process import read, settle
from gateway.store import outbox as outbox_sql
from gateway.store.db import Tx
from gateway.store.outbox import ClaimedMail
from gateway.store.schema.outbox import OutboxRow
from tests.acting.stage import UNDO, Stage
from tests.desk import AGENT

LEASE = timedelta(minutes=15)
RACES = 6


def answered(stage: Stage) -> tuple[Ticket, Reading]:
    """A ticket whose answer may leave at this moment, and the `#undo` of its agent, read but not decided."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#close\nTry again.")
    stage.desk.clock.at += UNDO
    to = stage.address(ticket)
    entry = stage.desk.put(stage.desk.post.mail(AGENT, to, "#undo"), rcpt=[to], mail_from=AGENT)
    return ticket, read(stage.desk.gateway, entry)


def undo(stage: Stage, reading: Reading) -> None:
    """Decide it, again where the store says so."""
    while True:
        try:
            stage.desk.store.together(lambda tx: settle(stage.desk.gateway, tx, reading))
        except Temporary:
            continue
        return


def claim(stage: Stage, found: list[ClaimedMail]) -> None:
    """Take everything that is due, as a deliverer does."""
    found += outbox_sql.claim(stage.desk.store, limit=1000, now=stage.desk.clock.now(), lease=LEASE)


def is_of(mail: ClaimedMail, ticket: Ticket) -> bool:
    """Is it the answer of this ticket?"""
    return '"template":"answer"' in mail.outgoing and f'"ticket_id":{ticket.id},' in mail.outgoing


def claim_by_hand(tx: Tx, ticket: Ticket) -> None:
    """What a deliverer writes before he tries a mail, in a transaction that is still open."""
    mine = (OutboxRow.ticket_id == ticket.id, ~OutboxRow.automatic)
    tx.execute(select(OutboxRow.id).where(*mine).with_for_update()).all()
    tx.execute(update(OutboxRow).where(*mine).values(claimed_by="he", tries=1))


def test_a_mail_leaves_or_is_taken_back(each_stage: Stage) -> None:
    """Undo runs into a claim, a claim into an undo; then both at about the same time, again and again."""
    stage = each_stage
    ticket, reading = answered(stage)
    undoing = threading.Thread(target=undo, args=(stage, reading))
    with stage.desk.store.transaction() as tx:
        claim_by_hand(tx, ticket)
        undoing.start()
        time.sleep(0.2)
        assert undoing.is_alive()
    undoing.join(30)
    assert (TicketState.CLOSED, ["queued"]) == (stage.now(ticket).state, stage.states(ticket, "answer"))
    assert "has left, or is just leaving" in stage.problem(ticket)

    ticket, reading = answered(stage)
    found: list[ClaimedMail] = []
    claiming = threading.Thread(target=claim, args=(stage, found))
    with stage.desk.store.transaction() as tx:
        settle(stage.desk.gateway, tx, reading)
        claiming.start()
        time.sleep(0.2)
    claiming.join(30)
    assert [] == [mail for mail in found if is_of(mail, ticket)]
    assert (TicketState.NEW, ["cancelled"]) == (stage.now(ticket).state, stage.states(ticket, "answer"))

    for _ in range(RACES):
        race(stage)


def race(stage: Stage) -> None:
    """Both begin at about the same moment; whoever is first wins, and the ticket says who."""
    ticket, reading = answered(stage)
    found: list[ClaimedMail] = []
    undoing = threading.Thread(target=undo, args=(stage, reading))
    claiming = threading.Thread(target=claim, args=(stage, found))
    first, second = random.sample([undoing, claiming], 2)
    first.start()
    time.sleep(random.random() * 0.02)
    second.start()
    for thread in (first, second):
        thread.join(30)

    has_left = any(is_of(mail, ticket) for mail in found)
    assert [("queued" if has_left else "cancelled")] == stage.states(ticket, "answer")
    assert (TicketState.CLOSED if has_left else TicketState.NEW) is stage.now(ticket).state
    assert has_left == bool(stage.mails(ticket, "returned"))


def test_taking_back_is_one_transaction(stage: Stage) -> None:
    """Rolled back, nothing of it happened; and it can be done then."""
    ticket, reading = answered(stage)
    before = stage.snapshot()
    with pytest.raises(ZeroDivisionError):
        undo_and_fail(stage, reading)
    assert before == stage.snapshot()
    assert ["queued"] == stage.states(ticket, "answer")

    undo(stage, reading)
    assert (TicketState.NEW, ["cancelled"]) == (stage.now(ticket).state, stage.states(ticket, "answer"))


def undo_and_fail(stage: Stage, reading: Reading) -> None:
    """All of it, and then an error."""
    with stage.desk.store.transaction() as tx:
        settle(stage.desk.gateway, tx, reading)
        raise ZeroDivisionError
