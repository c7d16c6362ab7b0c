"""May this ticket's correspondent be written to although he has not just written himself?

Whoever is proven to have opened it, or is vouched for by its owner, as long as his address stands on file; not a
machine, not a stranger, not on behalf of a ticket that goes on as another one (threat model §4, P3).
"""

from gateway.model import Ticket
from gateway.store.account_addresses import Basis
from gateway.store.accounts import holders_of
from gateway.store.db import Tx
from gateway.store.letters import class_of_last_mail, is_spam

MAY_BE_ANSWERED = frozenset({"person", "invitation"})
"""The classes of mail whose author may get automatic mail: those with `ack` in `pipeline.machines`."""


def obstacle(tx: Tx, ticket: Ticket) -> str:
    """Why nothing is sent to him by itself; "" where it may be."""
    if not ticket.correspondent:
        return "the ticket has no address that could be written to"
    if not ticket.confirmed:
        return "it is not proven that its correspondent wrote it"
    if ticket.merged_into is not None:
        return f"it was merged into ticket {ticket.merged_into}"
    if not _is_on_file(tx, ticket):
        return "the address of its correspondent is on no account that the ticket is of"
    if is_spam(tx, ticket.id):
        return "a mail of it was called spam"
    mail_class = class_of_last_mail(tx, ticket.id)
    if mail_class is not None and mail_class not in MAY_BE_ANSWERED:
        return f"the last mail of its correspondent is one that is not answered by itself ({mail_class})"
    return ""


def _is_on_file(tx: Tx, ticket: Ticket) -> bool:
    """On the ticket's account, by whatever proof; where that is open between several, verified on one."""
    found = holders_of(tx, ticket.correspondent)
    if ticket.account_id is None:
        return any(holder.basis in (Basis.SOURCE, Basis.OPERATOR) for holder in found)
    return any(holder.account.id == ticket.account_id and holder.basis is not Basis.REVOKED for holder in found)
