"""`#attach N`: an agent gets a file of the ticket that was only listed to him, by its number in the notification.

What must stay true: a file is what its bytes say, not what its sender calls it; a dangerous one never leaves (A-45).
"""

from dataclasses import replace
from datetime import datetime

from gateway.mail.magic import Look, look, mismatch
from gateway.mail.magic_types import SUFFIXES
from gateway.model import Agent, StoredAttachment, Ticket
from gateway.outbox.outgoing import outgoing_attachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.store.files import file_by_number
from gateway.tickets import change
from gateway.tickets.desk import Desk
from gateway.tickets.file_list import BLOCKED
from gateway.tickets.notifications import send_to_agent

MEGABYTE = 1_000_000
MAX_BYTES = 7 * MEGABYTE
"""A third more when it is encoded: many servers refuse mail of more than 10 MB."""


def problem(tx: Tx, ticket: Ticket, number: int) -> str:
    """Why the file of this number cannot be sent, as a sentence; "" where it can."""
    return _look(tx, ticket, number)[2]


def send_file(tx: Tx, desk: Desk, ticket: Ticket, *, number: int, agent: Agent, at: datetime) -> str:
    """Mail it to him; the sentence for the confirmation, which is the problem where nothing was done."""
    file, found, refusal = _look(tx, ticket, number)
    if file is None or found is None or refusal:
        return refusal
    named = replace(file, filename=_name(file, found), content_type=found.media_type, inline=False)
    in_words = f"{named.filename} ({found.media_type}, {max(file.size // 1000, 1)} kB)"
    send_to_agent(
        tx,
        desk,
        agent,
        ticket,
        template="file",
        values=(("number", str(number)), ("filename", in_words)),
        attachments=(outgoing_attachment(named),),
        at=at,
    )
    change.note(tx, ticket, kind="file_sent", actor=agent.name, detail=f"{number}. {in_words}", at=at)
    return f"File {number} of ticket {ticket.id}, {in_words}, is on its way to you."


def _look(tx: Tx, ticket: Ticket, number: int) -> tuple[StoredAttachment | None, Look | None, str]:
    """The file, what it is, and why it is not sent."""
    numbered = file_by_number(tx, ticket.id, number)
    file = numbered.file
    if file is None:
        return None, None, _no_such_file(ticket, numbered.count, number)
    if file.size > MAX_BYTES:
        return (
            file,
            None,
            (
                f"File {number}, {file.filename}, has {file.size / MEGABYTE:.1f} MB, and more than "
                f"{MAX_BYTES // MEGABYTE} MB are not sent by mail. An operator can take it out of the store."
            ),
        )
    content = store.blob(tx, file.sha256)
    if content is None:
        return file, None, f"File {number}, {file.filename}, is no longer kept."
    found = look(content, file.filename, file.content_type)
    if found.danger:
        return (
            file,
            found,
            (
                f"File {number}, {file.filename}, is never sent: it is {BLOCKED['en'][found.danger]}. "
                "Ask the customer for a picture or a PDF of it."
            ),
        )
    return file, found, ""


def _no_such_file(ticket: Ticket, count: int, number: int) -> str:
    if count == 0:
        return f"Ticket {ticket.id} has no files."
    only = "only one file, number 1" if count == 1 else f"files 1 to {count}"
    return f"Ticket {ticket.id} has no file {number}: it has {only}."


def _name(file: StoredAttachment, found: Look) -> str:
    """Its name, with an ending that fits its bytes: an agent's machine goes by that."""
    if not mismatch(found.media_type, "", file.filename):
        return file.filename
    ending = next((ending for ending, kind in SUFFIXES.items() if kind.media_type == found.media_type), "bin")
    return f"{file.filename}.{ending}"
