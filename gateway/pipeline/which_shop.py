"""Which of his own shops does the author mean, and how far are we with asking him? Reads only."""

from gateway.accounts.sender import Sender
from gateway.matching.shop import ShopMatch, find_shop, read_answer
from gateway.matching.shop_match import candidates_of, found
from gateway.matching.token import Strength
from gateway.model import Ticket, TicketState
from gateway.pipeline.evidence import NO_SHOP, Reading, ShopQuestion
from gateway.store.db import Tx
from gateway.store.tickets import events

ASKED = "asked_shop"
"""The event of a ticket whose correspondent was asked."""
LEFT = "shop_left"
"""The event of a ticket whose shop agents find out, because his answer did not tell."""
MAX_ASKED = 2


def which_shop(tx: Tx, reading: Reading, sender: Sender, ticket: Ticket | None) -> tuple[ShopMatch, ShopQuestion]:
    """The shop, if it is he who wrote. A reply to our question may be no more than a number; any other mail may not."""
    if not sender.accounts:
        return NO_SHOP, ShopQuestion.NOT_ASKED
    only = candidates_of(sender.accounts)
    if len(only) == 1:  # most customers: their mails need not be searched
        return found(only[0], "only_one", "its author has only one shop", only), ShopQuestion.NOT_ASKED
    message, is_reply = reading.message, reading.token.strength is Strength.T3
    match = find_shop(message, reading.entry.envelope.recipients, sender.accounts, ticket)
    if ticket is None or ticket.shop_id or not is_reply or len(match.candidates) < 2:
        return match, ShopQuestion.NOT_ASKED
    question = question_of(tx, ticket)
    # Once an agent has answered, a reply is to him, and a number in it may be anything.
    is_waiting = ticket.state in (TicketState.NEW, TicketState.OPEN)
    if is_waiting and question in (ShopQuestion.ASKED, ShopQuestion.ASKED_AGAIN):
        answer = read_answer(message.reply, match.candidates)
        return (answer if answer.shop or not match.shop else match), question
    return match, question


def question_of(tx: Tx, ticket: Ticket) -> ShopQuestion:
    """How far we are with asking for this ticket's shop; read from its story, while its shop is open."""
    kinds = [event.kind for event in events(tx, ticket.id)]
    if LEFT in kinds:
        return ShopQuestion.LEFT_TO_AGENTS
    asked = kinds.count(ASKED)
    if asked == 0:
        return ShopQuestion.NOT_ASKED
    return ShopQuestion.ASKED if asked < MAX_ASKED else ShopQuestion.ASKED_AGAIN
