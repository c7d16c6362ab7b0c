"""What follows from a mail besides its article: the automatic reply, the shop, the link, the owner's word.

Each is a line in the story of the ticket; whom they are about never reads it.
"""

from dataclasses import replace

from gateway.model import Ticket
from gateway.pipeline.effect import Doer, has_just_written
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Plan, Reply
from gateway.pipeline.which_shop import ASKED, LEFT
from gateway.store.confirmations import bind_ticket
from gateway.store.letters import insert_rating, open_feedback
from gateway.store.shop_questions import insert_shop_question
from gateway.store.tickets import locked_ticket
from gateway.tickets import change, confirming, letters
from gateway.tickets.confirming import Settled


def reply(doer: Doer, evidence: Evidence, plan: Plan, ticket: Ticket, *, is_first: bool = False) -> None:
    """The automatic mail to the author, where the plan has one; `is_first`: his mail opened the ticket."""
    message = evidence.reading.message
    if plan.reply is Reply.RECEIPT:
        shop = plan.shop.domain if plan.shop else ""
        is_new = is_first and has_just_written(evidence, ticket)
        letters.send_receipt(doer.tx, doer.desk, ticket, message, shop=shop, at=doer.at, is_new=is_new)
    elif plan.reply is Reply.ASK_SHOP:
        _ask_shop(doer, evidence, ticket)
    elif plan.reply is Reply.REOPENED:
        letters.send_reopened(doer.tx, doer.desk, ticket, message, at=doer.at)
    elif plan.reply is Reply.NEUTRAL:
        letters.send_neutral(doer.tx, doer.desk, ticket, message, at=doer.at)


def _ask_shop(doer: Doer, evidence: Evidence, ticket: Ticket) -> None:
    """Where a limit forbids the mail, nothing was asked; the story tells which."""
    candidates, message = evidence.shop.candidates, evidence.reading.message
    if letters.send_ask_shop(doer.tx, doer.desk, ticket, message, candidates=candidates, at=doer.at):
        listed = tuple((account.id, shop.id) for account, shop in candidates[: letters.MAX_SHOPS])
        insert_shop_question(doer.tx, ticket.id, listed, doer.at)
        _note(doer, ticket, ASKED, f"which of {len(candidates)} shops is it about?")


def ask_owners(doer: Doer, evidence: Evidence, plan: Plan, ticket: Ticket) -> None:
    """The owners in whose name the mail seems to be are asked at their verified addresses."""
    author = evidence.reading.message.author
    if plan.owners and author:
        confirming.ask(doer.tx, doer.desk, ticket, claimed=author, accounts=plan.owners, at=doer.at)


def link(doer: Doer, plan: Plan, ticket: Ticket) -> None:
    """Agents see on both tickets that one mentions the other."""
    if plan.linked:
        _note(doer, ticket, "linked", f"its author mentions ticket {plan.linked.id}, which this mail was not added to")
        _note(doer, plan.linked, "linked", f"the author of ticket {ticket.id} mentions this one")


def bind(doer: Doer, plan: Plan, ticket: Ticket) -> Ticket:
    """The ticket that goes on becomes the proven owner's, confirmed; the ticket as it is then."""
    if plan.account is None:
        return ticket
    ticket = locked_ticket(doer.tx, ticket)
    was_confirmed = ticket.confirmed
    shop_id = plan.shop.id if plan.shop else ticket.shop_id
    bind_ticket(doer.tx, ticket.id, account_id=plan.account.id, shop_id=shop_id)
    ticket = replace(ticket, confirmed=True, account_id=plan.account.id, shop_id=shop_id)
    if not was_confirmed:
        why = f"{ticket.correspondent}, verified on account {plan.account.id}, is proven to go on with it"
        _note(doer, ticket, "confirmed", f"{why}; earlier mails in it are not proven by that")
    return ticket


def note_denial(doer: Doer, plan: Plan, ticket: Ticket) -> None:
    """Who was written to says that the ticket is not his: whoever opened it used his name."""
    if plan.denies:
        _note(doer, ticket, "denied", denial(plan, ticket))


def denial(plan: Plan, ticket: Ticket) -> str:
    """The same for the agents who read his reply; "" where he denies nothing."""
    if not plan.denies:
        return ""
    return f"{ticket.correspondent}, on his own reply address, says that he did not write this ticket"


def settle(doer: Doer, evidence: Evidence, plan: Plan, ticket: Ticket) -> Settled:
    """The owner's answer to our question does what it means; the ticket as it is then."""
    author = evidence.reading.message.author
    if plan.account is None or plan.answer is None or author is None:
        return Settled(ticket=ticket, has_told=False)
    return confirming.settle(
        doer.tx, doer.desk, ticket, account=plan.account, answer=plan.answer, by=author.address, at=doer.at
    )


def note_rating(doer: Doer, plan: Plan, ticket: Ticket) -> None:
    """What he answers to our question how it went; before the ticket moves, for the question is about its end."""
    letter_id = open_feedback(doer.tx, ticket) if plan.rating else None
    if plan.rating and letter_id is not None:
        insert_rating(doer.tx, letter_id, plan.rating, doer.at)
        _note(doer, ticket, "feedback", f"the customer gives {plan.rating} of 5")


def note_shop(doer: Doer, plan: Plan, ticket: Ticket) -> None:
    """How the shop was found among several, so that an agent can see whether that is right; or that he must find it."""
    if not plan.shop_why:
        return
    if plan.shop:
        _note(doer, ticket, "shop", f"{plan.shop.domain}: {plan.shop_why}")
    else:
        _note(doer, ticket, LEFT, plan.shop_why)


def _note(doer: Doer, ticket: Ticket, kind: str, detail: str) -> None:
    change.note(doer.tx, ticket, kind=kind, actor="", detail=detail, at=doer.at)
