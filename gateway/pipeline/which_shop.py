"""Which of his own shops does the author mean, and how far are we with asking him? Reads only."""

from collections.abc import Sequence

from gateway.accounts.sender import Sender
from gateway.matching.shop import ShopMatch, find_shop, read_answer
from gateway.matching.shop_match import Candidate, candidates_of, found, nothing
from gateway.matching.token import Strength
from gateway.model import Account, Shop, Ticket, TicketState
from gateway.pipeline.evidence import NO_SHOP, Reading, ShopQuestion
from gateway.store.db import Tx
from gateway.store.shop_questions import Listed, shop_questions
from gateway.store.tickets import events
from gateway.tokens import canonical_address

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
    message = reading.message
    is_reply = reading.token.strength is Strength.T3 or _is_by_correspondent(reading, ticket)
    match = find_shop(message, reading.entry.envelope.recipients, sender.accounts, ticket)
    if ticket is None or ticket.shop_id or not is_reply or len(match.candidates) < 2:
        return match, ShopQuestion.NOT_ASKED
    question = question_of(tx, ticket)
    # Once an agent has answered, a reply is to him, and a number in it may be anything.
    is_waiting = ticket.state in (TicketState.NEW, TicketState.OPEN)
    if is_waiting and question in (ShopQuestion.ASKED, ShopQuestion.ASKED_AGAIN):
        answer = read_against(shop_questions(tx, ticket.id), message.reply, match.candidates)
        return (answer if answer.shop or not match.shop else match), question
    return match, question


def _is_by_correspondent(reading: Reading, ticket: Ticket | None) -> bool:
    """Some programs answer the support address instead of the signed one; the thread leads to the ticket, too."""
    author = reading.message.author
    return ticket is not None and author is not None and canonical_address(author.address) == ticket.correspondent


def read_against(asked: Sequence[Listed], reply: str, candidates: Sequence[Candidate]) -> ShopMatch:
    """The shop that a reply means: a number by the list that was sent, a domain or a name by his shops of today.

    With several lists that differ, or none that is known, a bare number means nothing: what it stood for may be
    another shop today.
    """
    listed = asked[0] if len(set(asked)) == 1 else ()
    if listed:
        today = {(account.id, shop.id): (account, shop) for account, shop in candidates}
        answer = read_answer(reply, [today.get(pair) or _gone(*pair) for pair in listed])
        if answer.shop and answer.account:
            pair = today.get((answer.account.id, answer.shop.id))
            gone = "the shop that the answer means is not his any more"
            return found(pair, answer.by, answer.why, candidates) if pair else nothing(gone, candidates)
    answer = read_answer(reply, candidates)
    if answer.shop and answer.by == "number":
        return nothing("the answer is a number, and it is not known of which list", candidates)
    return answer


def _gone(account_id: str, shop_id: str) -> Candidate:
    """A shop that was in the list: only its number can still mean it."""
    return Account(id=account_id), Shop(id=shop_id, domain="")


def question_of(tx: Tx, ticket: Ticket) -> ShopQuestion:
    """How far we are with asking for this ticket's shop; read from its story, while its shop is open."""
    kinds = [event.kind for event in events(tx, ticket.id)]
    if LEFT in kinds:
        return ShopQuestion.LEFT_TO_AGENTS
    asked = kinds.count(ASKED)
    if asked == 0:
        return ShopQuestion.NOT_ASKED
    return ShopQuestion.ASKED if asked < MAX_ASKED else ShopQuestion.ASKED_AGAIN
