"""When must nothing automatic go back, although the table would write? RFC 3834, RFC 5230. Pure.

What must stay true: none of this asks whether the sender is known (S1) or not (S0), or their answers would differ.
"""

from gateway.mail.message import Address
from gateway.mail.nature import NatureKind
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Reply
from gateway.pipeline.policy import Cell
from gateway.tokens import canonical_address


def reply_to(evidence: Evidence, cell: Cell) -> Reply | None:
    """The automatic mail of the cell, unless something about the mail asks for silence."""
    if cell.reply is None or evidence.names_automatic_mail:
        return None
    return cell.reply if envelope_agrees(evidence) and not asks_for_silence(evidence) else None


def asks_for_silence(evidence: Evidence) -> bool:
    """Does a header ask that nothing automatic be sent back? Normal mail may carry these too, so they only silence."""
    message = evidence.reading.message
    suppress = message.header("X-Auto-Response-Suppress").lower()
    return (
        is_machines_address(message.author)
        or any(word.strip() in ("all", "oof", "autoreply") for word in suppress.split(","))
        or bool(message.header("Precedence").strip())
        or evidence.reading.nature.kind is not NatureKind.PERSON
    )


def is_machines_address(author: Address | None) -> bool:
    """Is it one that no person reads (RFC 5230 §4.6 and what no-reply addresses are called)?"""
    local = author.address.rpartition("@")[0].casefold() if author else ""
    plain = local.partition("+")[0].translate(_NO_SEPARATORS)
    return plain in _MACHINES or local.startswith("owner-") or local.endswith("-request")


_NO_SEPARATORS = str.maketrans("", "", "-_.")
_MACHINES = frozenset(
    {"noreply", "donotreply", "nepasrepondre", "mailerdaemon", "listserv", "majordomo", "bounce", "bounces"}
)


def envelope_agrees(evidence: Evidence) -> bool:
    """Is the reverse path, where one is known, the author's own? Nothing automatic goes elsewhere (RFC 3834 §4)."""
    mail_from, author = evidence.reading.entry.envelope.mail_from, evidence.reading.message.author
    if author is None:
        return False
    return mail_from is None or canonical_address(mail_from) == canonical_address(author.address)
