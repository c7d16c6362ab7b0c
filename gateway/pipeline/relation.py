"""Who is the author to the ticket that was found, and what does his mail prove about it? Pure."""

from gateway.accounts.sender import Standing
from gateway.matching.match import is_of
from gateway.matching.token import Strength
from gateway.model import TicketState
from gateway.pipeline.evidence import Evidence, ShopQuestion
from gateway.pipeline.policy import COLUMNS, Column, Relation
from gateway.tokens import canonical_address


def column_of(evidence: Evidence) -> Column:
    """The table's column for how strongly the author is proven."""
    return COLUMNS[evidence.reading.authentication.grade]


def strength_of(evidence: Evidence) -> Strength:
    """What the mail proves about the ticket that was found: a token of another one, or a thread alone, is a hint."""
    if evidence.match.ticket is None:
        return Strength.T0
    return evidence.reading.token.strength if is_of_matched_ticket(evidence) else Strength.T1


def is_of_matched_ticket(evidence: Evidence) -> bool:
    """Does the token name the ticket that was found? Its own may be gone, and the mail's thread lead to another."""
    return is_of(evidence.reading.token.token, evidence.match)


def relation_of(evidence: Evidence) -> Relation:
    """Who the author is to the ticket, or to us."""
    ticket, sender, strength = evidence.match.ticket, evidence.sender, strength_of(evidence)
    if ticket and not evidence.is_over and strength in (Strength.T2, Strength.T1):
        accounts = {account.id for account in sender.accounts}
        if ticket.account_id in accounts or is_correspondent(evidence):
            return Relation.OWNER
    if sender.standing is not Standing.S2:
        return Relation.KNOWN if sender.standing is Standing.S1 else Relation.STRANGER
    if strength is Strength.T3:
        return Relation.SEVERAL if asks_for_shop(evidence) else Relation.OWNER
    is_open = strength is not Strength.T2 and is_shop_open(evidence)
    return Relation.SEVERAL if is_open else Relation.CUSTOMER


def is_correspondent(evidence: Evidence) -> bool:
    """Is the author's address the one that the ticket is bound to?"""
    ticket, author = evidence.match.ticket, evidence.reading.message.author
    return ticket is not None and author is not None and canonical_address(author.address) == ticket.correspondent


def is_shop_open(evidence: Evidence) -> bool:
    """Has the author several shops, and nothing says which one he means?"""
    return evidence.shop.shop is None and len(evidence.shop.candidates) > 1


def asks_for_shop(evidence: Evidence) -> bool:
    """Is it worth asking, or asking again, which shop a ticket that goes on is about? Agents ask for themselves."""
    ticket = evidence.match.ticket
    is_early = ticket is not None and ticket.shop_id is None and ticket.state is TicketState.NEW
    is_left = evidence.shop_question in (ShopQuestion.ASKED_AGAIN, ShopQuestion.LEFT_TO_AGENTS)
    return is_early and not is_left and is_correspondent(evidence) and is_shop_open(evidence)
