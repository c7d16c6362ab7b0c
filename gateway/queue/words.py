"""A ticket's place in words, for people. Pure."""

from datetime import datetime, timedelta

from gateway.hours.desk_hours import NO_TIME, DeskHours, working_between
from gateway.model import Priority
from gateway.queue.order import A_STRANGERS_TURN, WINDOW_DAYS, Placed, Terms

RARELY = 4
"""Who writes at most so many mails within the window asks rarely."""
HOUR = timedelta(hours=1)


def due_in_words(hours: DeskHours, due_at: datetime, at: datetime) -> str:
    """How much working time is left, or how late it is: "in 3 h", "20 min late"."""
    left = working_between(hours, at, due_at)
    if left > NO_TIME:
        return f"in {span_in_words(left)}"
    return f"{span_in_words(-left)} late" if left < NO_TIME or at > due_at else "now"


def span_in_words(span: timedelta) -> str:
    """Working time: minutes below an hour, then hours; half ones below ten."""
    if span < HOUR:
        return f"{span // timedelta(minutes=1)} min"
    halves = span // timedelta(minutes=30)
    if span < 10 * HOUR and halves % 2:
        return f"{halves // 2}.5 h"
    return f"{halves // 2:,} h"


def why(placed: Placed) -> str:
    """What put the ticket there, besides its deadline."""
    terms, ticket = placed.terms, placed.ticket
    parts = [] if ticket.priority is Priority.NORMAL else [ticket.priority.value]
    parts += [_strangers(terms)] if terms.stranger else [_asks(terms), _turn(terms)]
    return "; ".join(filter(None, parts))


def _asks(terms: Terms) -> str:
    how = "rarely" if terms.mails <= RARELY else "often" if terms.mails >= WINDOW_DAYS // 2 else "now and then"
    mails = "1 mail" if terms.mails == 1 else f"{terms.mails} mails"
    return f"asks {how} ({mails} in {WINDOW_DAYS} days){_back(terms.asks)}"


def _turn(terms: Terms) -> str:
    if not terms.before:
        return ""
    others = "another ticket" if terms.before == 1 else f"{terms.before} other tickets"
    return f"{others} of the account before it{_back(terms.turn)}"


def _strangers(terms: Terms) -> str:
    said = f"no proven customer{_back(terms.stranger)}"
    if terms.turn:
        others = -(-terms.turn // A_STRANGERS_TURN)
        said += f"; {others} like it came just before{_back(terms.turn)}"
    return said


def _back(span: timedelta) -> str:
    return f": {span_in_words(span)} back" if span else ""
