"""Whose account is the ticket, about which of his shops is it, and who is asked where that is not proven? Pure."""

from dataclasses import replace

from gateway.matching.shop import ShopMatch
from gateway.matching.yes_no import Answer, denies, read_yes_no
from gateway.model import Account, Shop, Ticket
from gateway.pipeline.evidence import Evidence, ShopQuestion
from gateway.pipeline.plan import Plan, Reply
from gateway.pipeline.relation import is_correspondent, is_shop_open
from gateway.pipeline.silence import asks_for_silence

FOUND_BY = {
    "ticket": "its ticket",
    "recipient": "the address that he wrote to",
    "domain": "its domain in the text",
    "order": "an order of it in the text",
    "name": "its name in his answer",
    "number": "its number in his answer",
}
"""How `ShopMatch.by` reads in a ticket's story."""


def belonging(evidence: Evidence) -> tuple[Account | None, Shop | None, str]:
    """Whose a proven customer's new ticket is, about which shop, and how that was found."""
    found = evidence.shop
    return found.account or evidence.sender.account, found.shop, how_found(found)


def going_on(plan: Plan, evidence: Evidence, ticket: Ticket) -> Plan:
    """The plan for a proven customer's answer in his own ticket: it may confirm it, or tell which shop it is about."""
    # On the address of a ticket that was merged into this one he has read that one, and proves nothing about this.
    if not is_correspondent(evidence) or (evidence.match.merged and not ticket.confirmed):
        return plan
    reply = evidence.reading.message.reply
    if not ticket.confirmed and (read_yes_no(reply) is Answer.NO or denies(reply)):
        return replace(plan, denies=True, why=f"{plan.why}; he denies that he wrote, so the ticket stays unconfirmed")
    found = evidence.shop
    account = found.account or evidence.sender.account
    tells_shop = ticket.shop_id is None and found.shop is not None
    if account and ticket.account_id in (None, account.id) and (tells_shop or not ticket.confirmed):
        plan = replace(plan, account=account)
        if tells_shop:
            plan = replace(plan, shop=found.shop, shop_why=how_found(found))
    return leaving_shop(plan, evidence)


def how_found(found: ShopMatch) -> str:
    """How the shop was found among several; "" where there was nothing to choose."""
    if found.shop is None or len(found.candidates) < 2:
        return ""
    return f"the shop was found by {FOUND_BY.get(found.by, found.by)} ({found.why})"


def leaving_shop(plan: Plan, evidence: Evidence) -> Plan:
    """The same, and word to the agents where we asked for the shop in vain."""
    was_asked = evidence.shop_question in (ShopQuestion.ASKED, ShopQuestion.ASKED_AGAIN)
    if not was_asked or plan.reply is Reply.ASK_SHOP or not is_shop_open(evidence):
        return plan
    return replace(plan, shop_why=f"{evidence.shop.why}: it is for an agent to find out")


def owners_to_ask(evidence: Evidence) -> tuple[Account, ...]:
    """The accounts that the author may be of: his address is on file, or he names a shop of theirs.

    None where silence is asked for or an automatic mail answered; nor for an agent, who often names customers' shops.
    """
    if evidence.names_automatic_mail or evidence.agent or asks_for_silence(evidence):
        return ()
    return tuple({account.id: account for account in (*evidence.sender.claimed, *evidence.named)}.values())
