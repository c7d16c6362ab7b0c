"""`#merge`: what leads to the merged ticket leads to the other one, and proves no more than it did."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.errors import Temporary
from gateway.matching.match import AFTER_CLOSING
from gateway.model import AccountAddress, Ticket, TicketState
from gateway.pipeline.apply import append
from gateway.pipeline.effect import Doer
from gateway.pipeline.plan import Action, Plan
from gateway.pipeline.process import read, weigh
from gateway.store import merges
from gateway.store.tickets import ticket_by_id, update_ticket
from gateway.tickets import merging
from gateway.tokens import Purpose
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.tickets.story import KIM, again, answer, articles, do, invite, kinds, reply, ticket_with

HOUR = timedelta(hours=1)


def merge(desk: TestDesk, ticket: Ticket, into: Ticket | int) -> str:
    """Kim merges it."""
    number = into if isinstance(into, int) else into.id
    return do(
        desk,
        lambda tx: merging.merge(tx, desk.gateway.desk, ticket, into=number, agent=KIM, at=desk.clock.now()),
    )


def unmerge(desk: TestDesk, before: Ticket) -> str:
    """Kim takes it back."""
    return do(desk, lambda tx: merging.unmerge(tx, before, agent=KIM, at=desk.clock.now()))


def test_mail_of_the_merged_ticket_goes_to_the_other_one(any_desk: TestDesk) -> None:
    """By its reply address, by the thread, by an agent's reply; articles stay, and nobody outside hears of it."""
    into, ticket = ticket_with(any_desk, "one"), ticket_with(any_desk, "two")
    told = answer(any_desk, ticket)
    sent = len(any_desk.outbox())

    said = merge(any_desk, again(any_desk, ticket), into)

    assert f"Ticket {ticket.id} was merged into ticket {into.id}, where its mail goes from now on." == said
    assert sent == len(any_desk.outbox())
    assert (TicketState.CLOSED, into.id) == (again(any_desk, ticket).state, again(any_desk, ticket).merged_into)
    assert 2 == len(articles(any_desk, ticket))
    by_address = reply(any_desk, told, "by the reply address")
    raw = any_desk.post.mail(CUSTOMER, SUPPORT, "by the thread", answers=told.message_id)
    by_thread = any_desk.take(raw, mail_from=CUSTOMER)
    notified = next(each for each in any_desk.outbox("notification") if each.ticket_id == ticket.id)
    raw = any_desk.post.mail(AGENT, notified.reply_to, "an answer")
    by_agent = any_desk.take(raw, rcpt=[notified.reply_to], mail_from=AGENT)
    assert [("append", into.id), ("append", into.id), ("commands", into.id)] == [
        (each.action, each.ticket_id) for each in (by_address, by_thread, by_agent)
    ]
    assert f"which was merged into ticket {into.id}" in by_address.explanation
    assert '"token":"T3"' in by_address.explanation
    last = any_desk.outbox("answer")[-1]
    assert (into.id, CUSTOMER) == (last.ticket_id, last.recipient.address)
    assert "merged" in kinds(any_desk, ticket)
    assert "merged" in kinds(any_desk, into)


def test_what_waited_goes_on_waiting_in_the_other_ticket(any_desk: TestDesk) -> None:
    """Since then, and with the earlier deadline; a question that was answered moves nothing."""
    into = ticket_with(any_desk, "one")
    answer(any_desk, into)
    any_desk.clock.at += HOUR
    ticket = ticket_with(any_desk, "two")
    any_desk.clock.at += HOUR

    merge(any_desk, ticket, into)

    now = again(any_desk, into)
    assert TicketState.WAITING_FOR_US is now.state
    assert (ticket.waiting_since, ticket.due_at) == (now.waiting_since, now.due_at)
    assert (None, None) == (again(any_desk, ticket).waiting_since, again(any_desk, ticket).due_at)


def test_an_answered_question_moves_nothing(desk: TestDesk) -> None:
    """The other ticket stays where it is."""
    into, ticket = ticket_with(desk, "one"), ticket_with(desk, "two")
    answer(desk, into)
    answer(desk, ticket)

    merge(desk, again(desk, ticket), into)

    assert TicketState.WAITING_FOR_CUSTOMER is again(desk, into).state


def test_a_merge_is_taken_back_whole(any_desk: TestDesk) -> None:
    """The ticket is as it was, and its mail comes to it again."""
    into, ticket = ticket_with(any_desk, "one"), ticket_with(any_desk, "two")
    told = answer(any_desk, ticket)
    before = again(any_desk, ticket)
    merge(any_desk, before, into)

    said = unmerge(any_desk, before)

    assert f"Ticket {ticket.id} is a ticket of its own again." == said
    assert before == replace(again(any_desk, ticket), updated_at=before.updated_at)
    assert ticket.id == reply(any_desk, told).ticket_id
    assert "unmerged" in kinds(any_desk, into)
    assert "is not merged into another one" in unmerge(any_desk, before)


def test_merges_of_merges_lead_to_the_end(any_desk: TestDesk) -> None:
    """One after the other; each can be taken back alone."""
    first, second, third = (ticket_with(any_desk, text) for text in ("one", "two", "three"))
    told = answer(any_desk, first)
    merge(any_desk, again(any_desk, first), second)
    merge(any_desk, second, third)

    assert third.id == reply(any_desk, told, "to the end").ticket_id
    unmerge(any_desk, second)
    assert second.id == reply(any_desk, told, "to the middle").ticket_id


def test_what_cannot_be_merged_is_said_and_nothing_is_done(desk: TestDesk) -> None:
    """Another customer's, one that is not there, itself, one that was merged, one that is not proven."""
    desk.put_accounts(BAKERY)
    ticket, merged, into = (ticket_with(desk, text) for text in ("one", "two", "three"))
    stranger = desk.ticket(desk.take(desk.post.mail(STRANGER, SUPPORT, "hello"), mail_from=STRANGER))
    unproven = desk.ticket(desk.take(desk.post.mail("ann@loose.test", SUPPORT, "hm", signed=False)))
    claimed = replace(unproven, correspondent=CUSTOMER)
    merge(desk, merged, into)
    refused = {
        stranger.id: "of another customer",
        999: "There is no ticket 999.",
        ticket.id: f"This is ticket {ticket.id}",
        merged.id: "merge into that one",
    }

    for number, says in refused.items():
        assert says in do(desk, lambda tx, number=number: merging.problem(tx, ticket, number))  # type: ignore[misc]
        assert says in merge(desk, ticket, number)
    assert "was merged into ticket" in merge(desk, again(desk, merged), ticket)
    assert "not proven to be the customer's" in merging._obstacle(ticket, claimed, claimed.id)
    assert "" == merging._obstacle(claimed, ticket, ticket.id)
    assert again(desk, ticket).merged_into is None


def test_two_addresses_of_one_account_may_be_one_matter(desk: TestDesk) -> None:
    """Each goes on answering on his own address; what we answer goes to the other ticket's correspondent."""
    second = "ann@signed.test"
    desk.put_accounts(replace(BAKERY, addresses=(*BAKERY.addresses, AccountAddress(address=second, verified=True))))
    into = ticket_with(desk, "one")
    ticket = desk.ticket(desk.take(desk.post.mail(second, SUPPORT, "two"), mail_from=second))
    told = answer(desk, ticket)
    merge(desk, again(desk, ticket), into)

    assert ("append", into.id) == (reply(desk, told).action, into.id)
    assert (second, True) == (articles(desk, into)[-1].author, articles(desk, into)[-1].confirmed)
    assert CUSTOMER == answer(desk, into).recipient.address


def test_a_reply_to_the_merged_ticket_confirms_nothing_about_the_other(desk: TestDesk) -> None:
    """Somebody opened it in the customer's name: she has read the merged one, and says nothing about that one."""
    ticket = ticket_with(desk, "hers")
    told = answer(desk, ticket)
    raw = desk.post.mail("ann@loose.test", SUPPORT, "not hers", signed=False)
    foreign = desk.ticket(desk.take(raw, mail_from="ann@loose.test"))
    claimed = replace(foreign, correspondent=CUSTOMER, account_id=None)
    with desk.store.transaction() as tx:
        tx.exec_driver_sql("UPDATE ticket SET correspondent = ? WHERE id = ?", (CUSTOMER, foreign.id))
        merges.set_merged(tx, ticket.id, foreign.id)  # as no verb does: it would be refused

    outcome = reply(desk, told, "thank you")

    assert ("append", foreign.id) == (outcome.action, outcome.ticket_id)
    assert (claimed.confirmed, claimed.account_id) == (again(desk, foreign).confirmed, again(desk, foreign).account_id)
    assert not again(desk, foreign).confirmed


def test_addresses_of_a_merged_ticket_fade_with_the_other_one(desk: TestDesk) -> None:
    """Thirty days after that was closed they are hints (threat model §3.2)."""
    into, ticket = ticket_with(desk, "one"), ticket_with(desk, "two")
    told = answer(desk, ticket)
    merge(desk, again(desk, ticket), into)
    closed = replace(again(desk, into), state=TicketState.CLOSED, closed_at=desk.clock.now())
    do(desk, lambda tx: update_ticket(tx, closed))
    desk.clock.at += AFTER_CLOSING + HOUR

    assert "open" == reply(desk, told).action


def test_an_invited_person_goes_on_answering(desk: TestDesk) -> None:
    """His address was made for the merged ticket; he is who he was."""
    into, ticket = ticket_with(desk, "one"), ticket_with(desk, "ask web@signed.test")
    invite(desk, ticket)
    (asked,) = desk.outbox("invite")
    merge(desk, ticket, into)

    assert ("append", into.id) == (reply(desk, asked).action, into.id)
    assert "invited_answer" in kinds(desk, into)


@pytest.mark.parametrize("turn", range(3))
def test_of_two_merges_that_cross_one_is_refused(any_desk: TestDesk, turn: int) -> None:
    """Both hold the two tickets in one order: none waits for ever, and none leads in a circle."""
    one, other = ticket_with(any_desk, "one"), ticket_with(any_desk, "two")
    barrier = threading.Barrier(2)
    said: dict[int, str] = {}

    def run(ticket: Ticket, into: Ticket) -> None:
        barrier.wait(10)
        said[ticket.id] = merge(any_desk, ticket, into)

    threads = [threading.Thread(target=run, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert 2 == len(said)
    assert 1 == sum("where its mail goes from now on" in each for each in said.values())
    with any_desk.store.reading() as tx:
        ends = {merges.root_of(tx, again(any_desk, each)).id for each in (one, other)}
    assert 1 == len(ends)


def test_a_mail_that_was_decided_for_a_ticket_that_is_merged_now_is_decided_again(desk: TestDesk) -> None:
    """It must not land where nobody looks: the entry stays in the spool and is weighed anew."""
    into, ticket = ticket_with(desk, "one"), ticket_with(desk, "two")
    raw = desk.post.mail(CUSTOMER, SUPPORT, "late", answers=articles(desk, ticket)[0].message_id)
    entry = desk.put(raw, mail_from=CUSTOMER)
    reading = read(desk.gateway, entry)
    with desk.store.reading() as tx:
        evidence = weigh(desk.gateway, tx, reading)
    merge(desk, ticket, into)
    stale = replace(evidence, match=replace(evidence.match, ticket=again(desk, ticket)))

    with desk.store.transaction() as tx:
        doer = Doer(tx=tx, desk=desk.gateway.desk, at=desk.clock.now())
        with pytest.raises(Temporary, match="merged at this moment"):
            append(doer, stale, Plan(action=Action.APPEND, why=""))
    assert 1 == len(articles(desk, ticket))


def test_a_reply_address_of_the_merged_ticket_names_it_still(desk: TestDesk) -> None:
    """Its token is not made anew: what proves something is what was handed out."""
    into, ticket = ticket_with(desk, "one"), ticket_with(desk, "two")
    address = desk.gateway.desk.reply_address(
        Purpose.REPLY, ticket_ref=ticket.ref, address=CUSTOMER, at=desk.clock.now()
    )
    merge(desk, ticket, into)

    raw = desk.post.mail(CUSTOMER, address, "hello")
    assert into.id == desk.take(raw, rcpt=[address], mail_from=CUSTOMER).ticket_id
    with desk.store.reading() as tx:
        found = ticket_by_id(tx, ticket.id)
    assert found
    assert ticket.ref == found.ref
