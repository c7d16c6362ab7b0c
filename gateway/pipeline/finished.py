"""A mail into a finished ticket: does it answer "how did we do?", and is its author told that the ticket is open again?

Pure. What must stay true: a rating counts only from the correspondent himself, proven, on his own reply address (T3),
and only while our question is open; what he writes besides it is always shown to a person.
"""

from dataclasses import replace

from gateway.matching.rating import Rating, read_rating
from gateway.matching.token import Strength
from gateway.model import TicketState
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Plan, Reply
from gateway.pipeline.policy import Column
from gateway.pipeline.relation import column_of, is_correspondent, strength_of
from gateway.pipeline.silence import asks_for_silence, envelope_agrees

CONTENT = 4
"""From this rating on, words that come with it are no complaint: the ticket stays where it is."""


def rating_of(evidence: Evidence) -> Rating | None:
    """What a mail answers to our question how it went, if we asked and it is his own."""
    is_his_own = strength_of(evidence) is Strength.T3 and is_correspondent(evidence)
    if not evidence.is_feedback_open or not is_his_own or column_of(evidence) is not Column.PROVEN:
        return None
    return read_rating(evidence.reading.message.reply)


def ratings(evidence: Evidence) -> Plan | None:
    """A bare rating, or a good one, leaves the ticket where it is; agents hear of a bad one and of every word."""
    ticket, rating = evidence.match.ticket, rating_of(evidence)
    if ticket is None or rating is None or (rating.has_more and rating.value < CONTENT):
        return None
    return Plan(
        action=Action.APPEND,
        why=f"the customer answers how we did: {rating.value} of 5",
        language=ticket.language,
        notify=rating.has_more or rating.value < CONTENT - 1,
        rating=rating.value,
        stays=True,
    )


def coming_back(plan: Plan, evidence: Evidence) -> Plan:
    """The same, with the rating that comes with a complaint; and word to the customer if a closed ticket is open again.

    Not to who is not proven, and not to a machine. That he answers an automatic mail of ours, "your ticket is closed",
    is no obstacle here: see `letters.send_reopened`.
    """
    ticket = evidence.match.ticket
    if ticket is None or plan.action is not Action.APPEND:
        return plan
    rating = rating_of(evidence)
    if rating:
        plan = replace(plan, rating=rating.value)
    is_back = ticket.state is TicketState.CLOSED and ticket.confirmed and is_correspondent(evidence)
    may_write = column_of(evidence) is Column.PROVEN and envelope_agrees(evidence) and not asks_for_silence(evidence)
    return replace(plan, reply=Reply.REOPENED) if plan.reply is None and is_back and may_write else plan
