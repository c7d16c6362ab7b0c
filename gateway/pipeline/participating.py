"""What comes of the answer of somebody who was asked for help with a ticket, or invited into it.

A specialist's or a colleague's is a note, whatever it says: the customer never reads it, and it changes nothing. An
invited person's is a mail of the customer's side, in his own name: the ticket waits for us again.
"""

from gateway.model import ArticleKind, Participant, Role, Ticket
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Plan
from gateway.tickets import change, forwarding
from gateway.tickets.state import Happening


def take(doer: Doer, evidence: Evidence, plan: Plan, participant: Participant, ticket: Ticket) -> tuple[Ticket, int]:
    """Add what he wrote; the ticket as it is then, and the article. Of a specialist's answer the agents are told."""
    reading, is_invited = evidence.reading, participant.role is Role.INVITED
    is_proven = plan.action is Action.APPEND
    article_id = change.add_mail(
        doer.tx,
        ticket,
        reading.message,
        kind=ArticleKind.IN if is_invited else ArticleKind.INTERNAL,
        entry_id=reading.entry.id,
        confirmed=is_proven,
        at=doer.mail_at,
    )
    actor = reading.message.author.address if reading.message.author else ""
    if is_invited and is_proven:
        hours = doer.desk.hours
        ticket = change.move(doer.tx, ticket, Happening.CUSTOMER_WROTE, hours=hours, actor=actor, at=doer.at)
    kind = "invited_answer" if is_invited else "specialist_answer"
    change.note(doer.tx, ticket, kind=kind, actor=actor, detail=plan.why, at=doer.at)
    if not is_invited:
        forwarding.tell_of_answer(
            doer.tx,
            doer.desk,
            ticket,
            participant,
            reading.message,
            article_id=article_id,
            is_proven=is_proven,
            proof=f"{plan.why}; {reading.authentication.why}",
            at=doer.at,
        )
    return ticket, article_id
