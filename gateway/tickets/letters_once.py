"""A mail about a ticket that nobody asked for: one of a kind for each happening, and only to whom may be written to.

What must stay true: the claim in the store, the line in the story and the mail are one transaction; what stood against
a mail once does so for good, so that nobody gets a word about last month.
"""

from datetime import datetime

from gateway.model import Ticket
from gateway.store import letters as store
from gateway.store.db import Tx
from gateway.store.letters import LetterKind
from gateway.store.tickets import insert_event
from gateway.tickets.desk import Desk
from gateway.tickets.letters_parts import Values, queue, word_about_ticket
from gateway.tickets.letters_whom import obstacle


def send_once(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    kind: LetterKind,
    *,
    about: int,
    values: Values = (),
    at: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Send it, unless it was sent (or was not to be) for this happening; is it in the outbox now?"""
    letter_id = store.insert_letter(tx, ticket.id, kind, about, at)
    if letter_id is None:
        return False
    why = obstacle(tx, ticket)
    if why:
        insert_event(tx, ticket.id, at=at, kind="not_sent", actor="", detail=f"{kind}: {why}")
        return False
    outgoing = word_about_ticket(tx, desk, ticket, template=kind.value, values=values, at=at)
    is_sent = queue(tx, ticket, outgoing, at, not_before=not_before)
    if is_sent:
        store.note_sent(tx, letter_id)
        insert_event(tx, ticket.id, at=at, kind="letter", actor="", detail=f"{kind}: to {ticket.correspondent}")
    return is_sent
