"""May one more automatic mail go to this correspondent?

Without limits, whoever writes in another's name could have him bombed with mail that carries ours (threat A-24), and
two machines that answer each other would never end (A-25).

Only mail that answers by itself is counted: not what agents write, not what agents are told. What is refused here is
never sent later; the ticket is there all the same. When the limit of everybody together is reached, something is wrong
that nobody foresaw: then no such mail is sent at all for an hour, and the log says so once.

The ladder counts by ticket and address, and agents' mail too, but for notifications of articles: what is returned to an
agent may be returned to a machine. Theirs is not refused, it waits.

BUGS: on PostgreSQL, transactions that run at the same moment do not see each other's mails, so a limit can be passed
by as many mails as there are workers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway import events
from gateway.outbox import suppression
from gateway.store import outbox as store
from gateway.store import tallies
from gateway.store.db import Tx

PER_ADDRESS = 3
PER_DOMAIN = 30
PER_FREEMAIL_DOMAIN = 300
ALTOGETHER = 200
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
OFF = "automatic mail is off"
"""The tally that begins when the limit of everybody together is reached."""


@dataclass(frozen=True, slots=True)
class Step:
    """So many automatic mails of one ticket to one address are the most within this time."""

    most: int
    window: timedelta


LADDER = tuple(
    Step(most, timedelta(minutes=minutes)) for most, minutes in ((10, 10), (15, 30), (25, 60), (50, 180), (100, 600))
)


class Limit(StrEnum):
    """Which limit is reached; the name counts in logs."""

    TICKET = "ticket"
    ADDRESS = "address"
    DOMAIN = "domain"
    ALTOGETHER = "altogether"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The mail was not queued; `why` says in words what stood against it."""

    limit: Limit
    why: str


# Thousands of strangers have their mailboxes at one of these: what one of them does says nothing about the others.
FREEMAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com outlook.com.gr outlook.de outlook.fr hotmail.com hotmail.co.uk hotmail.de
    hotmail.fr hotmail.gr hotmail.nl live.com live.nl live.fr live.de msn.com windowslive.com yahoo.com yahoo.gr
    yahoo.de yahoo.fr yahoo.co.uk ymail.com rocketmail.com icloud.com me.com mac.com aol.com proton.me protonmail.com
    pm.me tutanota.com zoho.com mail.com gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de
    mail.de posteo.de mailbox.org orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr ziggo.nl kpnmail.nl
    planet.nl hetnet.nl home.nl xs4all.nl casema.nl upcmail.nl chello.nl telenet.be skynet.be otenet.gr cosmotemail.gr
    forthnet.gr hol.gr vivodinet.gr in.gr freemail.gr mailbox.gr libero.it virgilio.it seznam.cz wp.pl o2.pl comcast.net
    btinternet.com sky.com virginmedia.com yandex.com mail.ru
    """.split()  # noqa: SIM905 # eighty words are read more easily without quotes
)


def refusal(tx: Tx, *, recipient: str, domain: str, now: datetime) -> Refusal | None:
    """What stands against one more automatic mail to this canonical address; None where it may go."""
    off_since = tallies.first_time(tx, OFF)
    if off_since and off_since > now - HOUR:
        why = f"automatic mail is off until {off_since + HOUR:%H:%M} UTC: there was too much of it"
        return Refusal(limit=Limit.ALTOGETHER, why=why)
    per_domain = PER_FREEMAIL_DOMAIN if domain in FREEMAIL else PER_DOMAIN
    if store.count_to_address(tx, recipient, since=now - DAY, at_most=PER_ADDRESS) >= PER_ADDRESS:
        return _reached(Limit.ADDRESS, PER_ADDRESS, "this address in 24 hours")
    if store.count_to_domain(tx, domain, since=now - HOUR, at_most=per_domain) >= per_domain:
        return _reached(Limit.DOMAIN, per_domain, f"addresses at {domain} in one hour")
    if store.count_to_all(tx, since=now - HOUR, at_most=ALTOGETHER) >= ALTOGETHER:
        _switch_off(tx, now)
        return _reached(Limit.ALTOGETHER, ALTOGETHER, "everybody together in one hour")
    return None


def _reached(limit: Limit, most: int, whom: str) -> Refusal:
    return Refusal(limit=limit, why=f"there were {most} automatic mails to {whom}, and more are not sent")


def ladder(tx: Tx, *, ticket_id: int, recipient: str, now: datetime) -> Step | None:
    """The highest step of the ladder that is full for a ticket and a canonical address; None: there is room."""
    times = store.automatic_times(
        tx, ticket_id, recipient, since=now - LADDER[-1].window, at_most=max(step.most for step in LADDER)
    )
    full = [step for step in LADDER if len(times) >= step.most and times[step.most - 1] > now - step.window]
    return full[-1] if full else None


def suppressed(tx: Tx, *, recipient: str, is_answer: bool, now: datetime) -> Refusal | None:
    """Is nothing of this kind sent to this canonical address, because its mail came back?"""
    found = suppression.look_up(tx, recipient, now)
    if found is None or (is_answer and not found.answers_until):
        return None
    until = found.answers_until if is_answer else found.until
    return Refusal(limit=Limit.SUPPRESSED, why=f"{found.why}; nothing is sent to it before {until:%Y-%m-%d}")


def _switch_off(tx: Tx, now: datetime) -> None:
    if tallies.count_up(tx, OFF, now=now, window=HOUR) == 1:
        events.automatic_mail_off(ALTOGETHER, f"{now + HOUR:%Y-%m-%dT%H:%M:%SZ}")
