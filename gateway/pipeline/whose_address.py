"""Was the mail sent to the reply address of a participant, one who was asked for help with a ticket, or invited? Reads.

One look-up, and only where a reply address was written to.
"""

from gateway.matching.match import Match, is_of
from gateway.matching.token import Strength
from gateway.model import Participant, Role
from gateway.pipeline.evidence import Reading
from gateway.store.db import Tx
from gateway.store.participants import participants
from gateway.tokens import Keys, Purpose, canonical_address


def find_participant(tx: Tx, keys: Keys, reading: Reading, match: Match) -> Participant | None:
    """The author, where he has a part in the ticket; else he whom the reply address was made for.

    Who is proven by his own reply address to be somebody else is not taken for a participant by the address's tag: that
    fits one address in a million.
    """
    token, author = reading.token.token, reading.message.author
    named = match.merged or match.ticket
    if named is None or token is None or token.purpose is not Purpose.REPLY or not is_of(token, match):
        return None
    found = participants(tx, named.id)
    if not found:
        return None
    address = canonical_address(author.address) if author else ""
    own = next((each for each in found if each.address == address), None)
    made_for = next((each for each in found if keys.is_bound_to(token, each.address)), None)
    if reading.token.strength is Strength.T3:
        return own
    return own if own and own.role is Role.INVITED else made_for
