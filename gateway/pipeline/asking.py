"""How often an account asks: counted for each mail that a proven customer wrote himself (A-22).

What must stay true: only the owner's own mail counts for an account, so that nobody else can make him look like one who
writes daily; what a machine wrote, and what came before, counts for nobody (`pipeline.machines`, column `counts`).
"""

from gateway.accounts.sender import Standing
from gateway.model import Ticket
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.machines import TABLE, row_of
from gateway.pipeline.past import MAX_ACCOUNTS
from gateway.pipeline.plan import APPENDS, OPENS, Plan
from gateway.pipeline.policy import Column
from gateway.pipeline.relation import column_of
from gateway.store.db import Tx
from gateway.store.queue import count_asked, recount_ticket
from gateway.store.tickets import ticket_by_id


def count(doer: Doer, evidence: Evidence, plan: Plan) -> None:
    """Count the mail for its author's account; in the transaction that decides it, near its end."""
    if counts(evidence, plan):
        count_asked(doer.tx, accounts_of(evidence, plan), doer.mail_at.date())


def counts(evidence: Evidence, plan: Plan) -> bool:
    """Does it count? An answer to our own question, whether he wrote something, does not."""
    is_shown = plan.action in OPENS or plan.action in APPENDS
    is_own = evidence.sender.standing is Standing.S2 and column_of(evidence) is Column.PROVEN
    return is_shown and is_own and plan.answer is None and row_of(evidence).counts


def accounts_of(evidence: Evidence, plan: Plan) -> tuple[str, ...]:
    """The account that it is about, where that is known of an author who has several; else some of them."""
    own = [account.id for account in evidence.sender.accounts]
    found = [account.id for account in (plan.account, evidence.shop.account) if account]
    ticket = evidence.match.ticket
    found += [ticket.account_id] if ticket and ticket.account_id else []
    return tuple(account_id for account_id in found if account_id in own)[:1] or tuple(own[:MAX_ACCOUNTS])


def note_merged(tx: Tx, ticket: Ticket) -> None:
    """An agent merged it into another one, if he could: what was written in it is one matter, and counts no more."""
    _recount(tx, ticket, is_merged=True)


def note_unmerged(tx: Tx, ticket: Ticket) -> None:
    """He took that back: it counts again."""
    _recount(tx, ticket, is_merged=False)


def _recount(tx: Tx, ticket: Ticket, *, is_merged: bool) -> None:
    now = ticket_by_id(tx, ticket.id)
    if now and is_merged == (now.merged_into is not None):
        classes = [mail_class.value for mail_class, row in TABLE.items() if row.counts]
        recount_ticket(tx, now, classes, -1 if is_merged else 1)
