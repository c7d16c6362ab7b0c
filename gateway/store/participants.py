"""SQL for those whom agents wrote to because of a ticket: specialists, colleagues, further people of the customer's.

One look-up for a mail that came to a reply address, through the primary key, and bounded (I10).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from gateway.model import Participant, Role
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.ticket import ParticipantRow
from gateway.tokens import canonical_address

MAX_PARTICIPANTS = 50
"""Of one ticket that are looked at."""

_IS = (ParticipantRow.ticket_id == bindparam("ticket"), ParticipantRow.address == bindparam("whom"))
_OF_TICKET = Prepared(
    select(ParticipantRow.__table__)
    .where(ParticipantRow.ticket_id == bindparam("ticket_id"))
    .order_by(ParticipantRow.at, ParticipantRow.address)
    .limit(MAX_PARTICIPANTS)
)


def participants(tx: Tx, ticket_id: int) -> list[Participant]:
    """The participants of a ticket in the order in which they were last written to; of very many, the first."""
    return [_participant(row) for row in _OF_TICKET.all(tx, ticket_id=ticket_id)]


def put_participant(tx: Tx, ticket_id: int, address: str, *, role: Role, by: str, at: datetime) -> None:
    """From now on this address has a part in the ticket; one that has one already keeps its role."""
    key = {"ticket": ticket_id, "whom": canonical_address(address)}
    if tx.execute(update(ParticipantRow).where(*_IS).values(by=by, at=at), key).rowcount == 0:
        tx.execute(
            insert(ParticipantRow).values(ticket_id=ticket_id, address=key["whom"], role=role.value, by=by, at=at)
        )


def _participant(row: Any) -> Participant:
    fields: dict[str, Any] = dict(row._mapping)
    return Participant(**fields | {"role": Role(fields["role"])})
