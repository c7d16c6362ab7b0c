"""A mail of a ticket will not arrive: its story says so, and so do we to the agents, where a person wrote the mail."""

from gateway.outbox.record import Failure
from gateway.store.accounts import active_agents
from gateway.store.db import Tx
from gateway.store.tickets import ticket_by_id
from gateway.tickets import change, notifications
from gateway.tickets.desk import Desk


def record_failure(tx: Tx, desk: Desk, failure: Failure) -> None:
    """Write it down in the transaction that gives the mail up; a lost automatic mail is worth no further mail."""
    outgoing = failure.outgoing
    ticket = None if outgoing.ticket_id is None else ticket_by_id(tx, outgoing.ticket_id)
    if ticket is None:
        return
    recipient = outgoing.recipient.address
    detail = f"{outgoing.template} to {recipient}: {failure.reason}"
    change.note(tx, ticket, kind="undeliverable", actor="", detail=detail, at=failure.at)
    if outgoing.automatic:
        return
    notifications.send_undeliverable(
        tx,
        desk,
        active_agents(tx),
        ticket,
        recipient=recipient,
        reason=failure.reason,
        text=dict(outgoing.values).get("text", ""),
        at=failure.at,
    )
