"""When must nothing automatic go back, although the table would write? RFC 3834, RFC 5230. Pure.

What must stay true: none of this asks whether the sender is known (S1) or not (S0), or their answers would differ.
"""

from gateway.pipeline.evidence import Evidence
from gateway.pipeline.machines import row_of
from gateway.pipeline.plan import Reply
from gateway.pipeline.policy import Cell
from gateway.tokens import canonical_address


def reply_to(evidence: Evidence, cell: Cell) -> Reply | None:
    """The automatic mail of the cell, unless something about the mail asks for silence."""
    if cell.reply is None or evidence.names_automatic_mail:
        return None
    return cell.reply if envelope_agrees(evidence) and not asks_for_silence(evidence) else None


def asks_for_silence(evidence: Evidence) -> bool:
    """Is it of a class that nothing automatic is sent to (`machines.TABLE`)?"""
    return not row_of(evidence).ack


def envelope_agrees(evidence: Evidence) -> bool:
    """Is the reverse path, where one is known, the author's own? Nothing automatic goes elsewhere (RFC 3834 §4)."""
    mail_from, author = evidence.reading.entry.envelope.mail_from, evidence.reading.message.author
    if author is None:
        return False
    return mail_from is None or canonical_address(mail_from) == canonical_address(author.address)
