"""Which commands make sense now? A few of all that there are, by where the ticket stands and what is known of it. Pure.

What must stay true: each line is a command that the grammar takes as it stands, and nothing in it was typed by the
customer but a name of his own that the account source told us.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.commands.meanings import meaning
from gateway.commands.order import Word
from gateway.model import Ticket, TicketState

MOST = 8
"""Lines; the last one is always `#help`."""
SHOWN_SHOPS = 3
_OURS = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING_FOR_US)
_FINISHED = (TicketState.SOLVED, TicketState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the choice depends on."""

    ticket: Ticket
    reader: str
    """The address of the agent who reads it."""
    is_doubtful: bool = False
    """Is it open who wrote?"""
    shops: tuple[str, ...] = ()
    """Domains of the shops that it may be about, where the ticket has none and the reader may know them."""
    has_phone: bool = False
    """Is there a number that he may know?"""
    files: tuple[int, ...] = ()
    """Numbers of files that are only sent to who asks."""
    other: int | None = None
    """The number of another ticket of the customer's with the same subject that is not finished."""


def fitting(moment: Moment, language: str) -> str:
    """A line for each command, with its meaning in this language."""
    chosen = [*_chosen(moment)][: MOST - 1]
    return "\n".join(f"{command} – {meaning(word, language)}" for command, word in (*chosen, ("#help", Word.HELP)))


def _chosen(moment: Moment) -> Iterator[tuple[str, Word]]:
    """In the order of their use: what is this, whose is it, what is missing, how does it go on."""
    ticket = moment.ticket
    if moment.is_doubtful:
        yield "#spam", Word.SPAM
    if ticket.assignee != moment.reader:
        yield "#take", Word.TAKE
    for domain in moment.shops[:1] if len(moment.shops) == 1 or len(moment.shops) > SHOWN_SHOPS else moment.shops:
        yield f"#shop {domain}", Word.SHOP
    if moment.files:
        yield f"#attach {' '.join(map(str, moment.files))}", Word.ATTACH
    if moment.other is not None:
        yield f"#merge {moment.other}", Word.MERGE
    yield "#note", Word.NOTE
    if ticket.state in _OURS:
        yield "#solved", Word.SOLVED
    if ticket.state not in _FINISHED:
        yield "#wait 3d", Word.WAIT
    else:
        yield "#close", Word.CLOSE
    if moment.has_phone and not moment.is_doubtful:
        yield "#call", Word.CALL
    if not ticket.topic:
        yield "#topic shipping", Word.TOPIC
