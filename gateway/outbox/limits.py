"""May one more automatic mail go to this correspondent?

Without limits, whoever writes in another's name could have him bombed with mail that carries ours (threat A-24).

Only mail that answers by itself is counted: not what agents write, not what agents are told. What is refused here is
never sent later; the ticket is there all the same.

BUGS: on PostgreSQL, transactions that run at the same moment do not see each other's mails, so a limit can be passed
by as many mails as there are workers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.store import outbox as store
from gateway.store.db import Tx

PER_ADDRESS = 3
PER_DOMAIN = 30
PER_FREEMAIL_DOMAIN = 300
ALTOGETHER = 200
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


class Limit(StrEnum):
    """Which limit is reached; the name counts in logs."""

    ADDRESS = "address"
    DOMAIN = "domain"
    ALTOGETHER = "altogether"


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
    per_domain = PER_FREEMAIL_DOMAIN if domain in FREEMAIL else PER_DOMAIN
    to_address = store.count_to_address(tx, recipient, since=now - DAY, at_most=PER_ADDRESS)
    to_domain = store.count_to_domain(tx, domain, since=now - HOUR, at_most=per_domain)
    to_all = store.count_to_all(tx, since=now - HOUR, at_most=ALTOGETHER)
    for limit, count, most, whom in (
        (Limit.ADDRESS, to_address, PER_ADDRESS, "this address in 24 hours"),
        (Limit.DOMAIN, to_domain, per_domain, f"addresses at {domain} in one hour"),
        (Limit.ALTOGETHER, to_all, ALTOGETHER, "everybody together in one hour"),
    ):
        if count >= most:
            return Refusal(limit=limit, why=f"there were {most} automatic mails to {whom}, and more are not sent")
    return None
