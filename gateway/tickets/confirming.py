"""Was it you? The question to the proven owner of an account in whose name somebody wrote, and what his answer does.

What must stay true: only addresses that are verified now are asked; an account is asked once a day at most, whatever
anybody writes to us; of what an outsider typed, nothing but his address is repeated, and that only where it has no room
for a message (A-24). A yes binds the ticket and makes the claimed address known, never verified (P1); it counts for
what had come when the question was put, not for what somebody sends after it. A no, a second answer or a late one
changes nothing but the story.

An account is asked about a ticket once, and about one address: the reply does not say which question it answers.

BUGS: who owns several accounts under one address is asked for the first of them only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.accounts.sender import Standing
from gateway.mail.address import author_of
from gateway.mail.message import Address, Message
from gateway.matching.yes_no import Answer
from gateway.model import Account, Article, ArticleKind, Ticket
from gateway.store import confirmations as store
from gateway.store.account_addresses import add_known_address, hold_accounts
from gateway.store.agents import active_agents
from gateway.store.confirmations import Question
from gateway.store.db import Tx
from gateway.store.tickets import articles, locked_ticket
from gateway.tickets import change
from gateway.tickets.desk import Desk
from gateway.tickets.kept_mail import evidence_of
from gateway.tickets.letters import send_confirmation_request
from gateway.tickets.notifications import Circumstances, send_notification
from gateway.tickets.state import Happening
from gateway.tokens import canonical_address

LIFETIME = timedelta(days=30)
"""How long a question waits for its answer."""
DAY = timedelta(hours=24)
MAX_ACCOUNTS = 3
"""Accounts that are asked about one mail."""
MAX_ADDRESSES = 3
"""Verified addresses of an account that are asked."""
MAX_UNANSWERED = 5
"""Who left this many tickets' questions unanswered is left in peace until they expire."""
MAX_LOOKED_THROUGH = 50
"""Articles of a ticket among which the mail in question is looked for."""
MAX_LOCAL_PART = 40
MAX_CLAIMED = 100
"""Characters of an unproven address, and of its local part, that we repeat: longer ones have room for a message."""

# No slash, colon or quotes: neither a link nor a sentence can be made of it.
_PLAIN_LOCAL_PART = re.compile(rf"[A-Za-z0-9._+-]{{1,{MAX_LOCAL_PART}}}")


def ask(tx: Tx, desk: Desk, ticket: Ticket, *, claimed: Address, accounts: Sequence[Account], at: datetime) -> None:
    """Ask the owners of these accounts whether they wrote the ticket's mail that names `claimed` as its author.

    `accounts` are as this transaction reads them. Whatever stands against asking becomes a line of the ticket's story.
    """
    address = canonical_address(claimed.address)
    if not _is_repeatable(address):
        _note(tx, ticket, "not_asked", "the owner was not asked: the author's address has room for a message", at)
        return
    ordered = sorted({account.id: account for account in accounts}.values(), key=lambda account: account.id)
    if len(ordered) > MAX_ACCOUNTS:
        left = ", ".join(account.id for account in ordered[MAX_ACCOUNTS:][:MAX_ACCOUNTS])
        _note(tx, ticket, "not_asked", f"only {MAX_ACCOUNTS} accounts are asked about a mail; not {left} and on", at)
    # Two mails that name the same account, on PostgreSQL at the same moment: the second sees what the first asked.
    hold_accounts(tx, [account.id for account in ordered[:MAX_ACCOUNTS]])
    asked: set[str] = set()
    for account in ordered[:MAX_ACCOUNTS]:
        obstacle = _obstacle(ticket, address, store.questions_of_account(tx, account.id, since=at - LIFETIME), at)
        # One that was asked a moment ago for another account of his is not asked twice.
        addresses = [each for each in _verified(account, first=address) if each not in asked][:MAX_ADDRESSES]
        obstacle = obstacle or _about_ticket(tx, ticket, account) or ("" if addresses else "nobody is left to be asked")
        if obstacle:
            _note(tx, ticket, "not_asked", f"the owner of account {account.id} was not asked: {obstacle}", at)
        else:
            asked |= _ask_account(tx, desk, ticket, account, addresses, address, at)


def open_question(tx: Tx, ticket_id: int, address: str, at: datetime | None = None) -> str | None:
    """The account that this address was asked about for this ticket, None where nobody asked it.

    The address must be verified on that account now. What has been answered already counts as well: `settle` tells that
    a second answer came. With `at`, what has expired by then does not.
    """
    questions = store.questions_to(tx, ticket_id, address)
    if at is not None:
        questions = [question for question in questions if at - question.asked_at <= LIFETIME]
    waiting = [question for question in questions if question.answer is None]
    return next((question.account_id for question in (*waiting, *questions)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What an answer came to."""

    ticket: Ticket
    has_told: bool
    """Were agents told? What changed nothing is an article like any other, of which they are still to hear."""


def settle(tx: Tx, desk: Desk, ticket: Ticket, *, account: Account, answer: Answer, by: str, at: datetime) -> Settled:
    """Do what the owner's answer means; the ticket as it is then. `by` is the address that answered."""
    hold_accounts(tx, [account.id])
    ticket = locked_ticket(tx, ticket)
    questions = [each for each in store.questions_of_ticket(tx, ticket.id) if each.account_id == account.id]
    refusal = _what_stands_against(ticket, account, questions, by, at)
    if refusal:
        kind, detail = refusal
        _note(tx, ticket, kind, detail, at, actor=by)
        return Settled(ticket=ticket, has_told=False)
    if answer is Answer.UNCLEAR:
        _note(tx, ticket, "answer_unclear", f"{by} answered neither yes nor no: a person must read it", at, actor=by)
        return Settled(ticket=ticket, has_told=False)
    store.insert_answer(tx, ticket_id=ticket.id, account_id=account.id, answer=answer.value, by=by, at=at)
    effect = _confirmed if answer is Answer.YES else _denied
    return effect(tx, desk, ticket, account, questions[0], by, at)


def _ask_account(
    tx: Tx, desk: Desk, ticket: Ticket, account: Account, addresses: Sequence[str], claimed: str, at: datetime
) -> set[str]:
    """Ask one account's owner at his addresses; those that the limits of the outbox let us ask."""
    asked = {
        address
        for address in addresses
        if send_confirmation_request(
            tx,
            desk,
            ticket,
            account=account,
            recipient=address,
            claimed_address=claimed,
            language=account.language or ticket.language,
            at=at,
        )
    }  # of the others the story tells already which limit stood against them
    for address in sorted(asked):
        store.insert_question(tx, ticket_id=ticket.id, account_id=account.id, address=address, claimed=claimed, at=at)
    if asked:
        whom = ", ".join(sorted(asked))
        _note(
            tx,
            ticket,
            "asked_owner",
            f"the owner of account {account.id} was asked whether {claimed} is his: {whom}",
            at,
        )
    return asked


def _obstacle(ticket: Ticket, claimed: str, questions: Sequence[Question], at: datetime) -> str:
    """Why this account must not be asked now; "" where it may. `questions` are its own of the last 30 days."""
    if any(question.asked_at > at - DAY for question in questions):
        return "it was asked within the last 24 hours"
    if any(each.claimed == claimed and each.answer == Answer.NO.value for each in questions):
        return f"it said already that {claimed} did not write for it"
    if len({question.ticket_id for question in questions if question.answer is None}) >= MAX_UNANSWERED:
        return f"it has not answered {MAX_UNANSWERED} questions"
    return ""


def _about_ticket(tx: Tx, ticket: Ticket, account: Account) -> str:
    asked = any(question.account_id == account.id for question in store.questions_of_ticket(tx, ticket.id))
    return "it was asked about this ticket before, and its answer could be meant for either question" if asked else ""


def _what_stands_against(
    ticket: Ticket, account: Account, questions: Sequence[Question], by: str, at: datetime
) -> tuple[str, str] | None:
    """Why an answer changes nothing, as an event; None where it counts."""
    address = canonical_address(by)
    if address not in _verified(account) or not any(question.address == address for question in questions):
        return "answer_ignored", f"{by} was not asked about this ticket, or is not verified on account {account.id} now"
    answered = next((question for question in questions if question.answer), None)
    if answered:
        detail = f"{answered.answered_by} answered {answered.answer} before: the answer of {by} changes nothing"
        return "answered_again", detail
    if at - questions[0].asked_at > LIFETIME:
        return "answered_late", f"{by} answered more than {LIFETIME.days} days after the question: it changes nothing"
    if ticket.account_id not in (None, account.id):
        return "answer_ignored", f"the ticket belongs to account {ticket.account_id}, not to {account.id}"
    return None


def _confirmed(
    tx: Tx, desk: Desk, ticket: Ticket, account: Account, question: Question, by: str, at: datetime
) -> Settled:
    claimed = question.claimed
    mails = store.confirm_articles(tx, ticket.id, claimed, until=question.asked_at)
    add_known_address(tx, account.id, claimed, at)
    if ticket.correspondent == claimed:
        ticket = _bound(tx, ticket, account)
    detail = (
        f"proven: {by}, verified on account {account.id}, says that {claimed} is his; mails confirmed: {len(mails)}"
    )
    _note(tx, ticket, "confirmed", detail, at, actor=by)
    ticket = change.move(tx, ticket, Happening.CUSTOMER_WROTE, hours=desk.hours, actor=by, at=at)
    circumstances = Circumstances(identity=detail, standing=Standing.S1, account=account, is_vouched_for=True)
    return Settled(ticket=ticket, has_told=_tell_agents(tx, desk, ticket, question, circumstances, at))


def _denied(tx: Tx, desk: Desk, ticket: Ticket, account: Account, question: Question, by: str, at: datetime) -> Settled:
    detail = f"the owner of account {account.id} ({by}) says that he did not write this: {question.claimed} is not his"
    _note(tx, ticket, "denied", detail, at, actor=by)
    # Without the account's data: whoever answers this mail now answers somebody else.
    circumstances = Circumstances(identity=detail)
    return Settled(ticket=ticket, has_told=_tell_agents(tx, desk, ticket, question, circumstances, at))


def _bound(tx: Tx, ticket: Ticket, account: Account) -> Ticket:
    shop = account.shops[0].id if len(account.shops) == 1 else None
    bound = replace(ticket, confirmed=True, account_id=account.id, shop_id=ticket.shop_id or shop)
    store.bind_ticket(tx, ticket.id, account_id=account.id, shop_id=bound.shop_id)
    return bound


def _tell_agents(
    tx: Tx, desk: Desk, ticket: Ticket, question: Question, circumstances: Circumstances, at: datetime
) -> bool:
    """The newest mail that the question was about once more, with who is now known to have written it.

    The grade is the one that it came with. False where there is no such mail to show.
    """
    mails = [
        article
        for article in articles(tx, ticket.id, newest=MAX_LOOKED_THROUGH)
        if article.kind is ArticleKind.IN
        and article.at <= question.asked_at
        and canonical_address(article.author) == question.claimed
    ]
    if not mails:
        return False
    grade, standing, _ = evidence_of(tx, mails[-1])
    found = replace(circumstances, grade=grade, standing=circumstances.standing or standing)
    send_notification(tx, desk, active_agents(tx), ticket, mails[-1].id, _as_message(mails[-1]), found, at=at)
    return True


def _as_message(article: Article) -> Message:
    """The mail as the ticket keeps it; agents got its files with the first notification."""
    return Message(
        author=Address(address=article.author, name=article.author_name),
        message_id=article.message_id,
        subject=article.subject,
        text=article.text,
        reply=article.reply,
    )


def _verified(account: Account, first: str = "") -> list[str]:
    """The account's verified addresses in their order, the one that it is about before all others."""
    addresses = dict.fromkeys(canonical_address(entry.address) for entry in account.addresses if entry.verified)
    return sorted(addresses, key=lambda address: (address != first, address))


def _is_repeatable(address: str) -> bool:
    """May this address stand in our mail: is it one by our grammar, and without room for a message?"""
    author, _ = author_of([address.encode("utf-8", "surrogatepass")])
    is_plain = _PLAIN_LOCAL_PART.fullmatch(address.rpartition("@")[0]) is not None
    return author is not None and author.address == address and is_plain and len(address) <= MAX_CLAIMED


def _note(tx: Tx, ticket: Ticket, kind: str, detail: str, at: datetime, *, actor: str = "") -> None:
    change.note(tx, ticket, kind=kind, actor=actor, detail=detail, at=at)
