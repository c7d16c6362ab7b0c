"""A desk for a month, as far as its queue is concerned: who writes when, who answers what, how long everybody waits.

The queue's own functions decide (`gateway.queue.order`); all else is drawn from one seed, so each run is the same.
"""

import heapq
import random
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gateway.hours.deadline import deadline_of, due_at, waiting_since
from gateway.hours.desk_hours import DeskHours, add_working, is_open, next_opening, with_week
from gateway.hours.timeline import Timeline
from gateway.model import Priority, Ticket, TicketState
from gateway.queue.order import MAILS_A_DAY, STRANGERS_DAYS, WINDOW_DAYS, Demand, order

FIRST_DAY = datetime(2026, 9, 7, tzinfo=UTC)
"""A Monday."""
DAY = timedelta(days=1)
HOURS = DeskHours()
PRIORITIES = {Priority.URGENT: 3, Priority.HIGH: 12, Priority.NORMAL: 75, Priority.LOW: 10}
STRANGERS = 0.12
"""Of all mails, so many are of people who are no proven customers."""
WEEKEND = 0.25
"""Of a working day's mails, so many come on a day of the weekend."""
SERVICE_MINUTES = 11.0
"""The median of what a ticket takes; the mean is a fifth more."""
SERVICE_SPREAD = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is simulated."""

    seed: int = 7
    days: int = 30
    accounts: int = 2000
    mails_a_day: float = 142.0
    agents: tuple[str, ...] = ("", "", "", "mon-wed 09:00-15:00", "tue-fri 10:00-16:00")
    """The week of each; "" is the desk's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that opens a ticket."""

    at: datetime
    account: str
    """"" of a stranger."""
    priority: Priority
    minutes: float
    """What its answer takes."""
    is_attack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A ticket and how long it waited, in working hours, until an agent began with it."""

    mail: Mail
    ticket: Ticket
    began_at: datetime
    hours: float


Choose = Callable[[list[Ticket], Demand, Timeline], Ticket]
"""The next ticket of those that wait."""


def fair(waiting: list[Ticket], demand: Demand, line: Timeline) -> Ticket:
    """The desk's own order."""
    return order(waiting, demand, HOURS, line)[0].ticket


def first_come(waiting: list[Ticket], demand: Demand, line: Timeline) -> Ticket:
    """Whoever wrote first."""
    return min(waiting, key=lambda ticket: (waiting_since(ticket), ticket.id))


def by_deadline(waiting: list[Ticket], demand: Demand, line: Timeline) -> Ticket:
    """Whoever is to be answered first, whoever he is."""
    return min(waiting, key=lambda ticket: (deadline_of(HOURS, ticket), waiting_since(ticket), ticket.id))


POLICIES: dict[str, Choose] = {"fair": fair, "first come": first_come, "deadline only": by_deadline}


def draw_mails(scene: Scene) -> list[Mail]:
    """A month of mails, and the four weeks before, in which nobody is simulated but how often everybody asks.

    How often an account writes falls with its rank (Zipf): a few write daily, most once in months.
    """
    chance = random.Random(scene.seed)  # noqa: S311  # no secret
    accounts = [str(number) for number in range(scene.accounts)]
    weights = [1 / (number + 6) for number in range(scene.accounts)]
    mails = []
    for day in range(-WINDOW_DAYS, scene.days):
        midnight = FIRST_DAY + day * DAY
        expected = scene.mails_a_day * (WEEKEND if midnight.weekday() > 4 else 1)
        count = round(chance.gauss(expected, expected**0.5))
        for account in chance.choices(accounts, weights, k=max(count, 0)):
            at = midnight + timedelta(hours=min(max(chance.gauss(13, 3.5), 0), 23.9))
            mails.append(
                Mail(
                    at=at,
                    account="" if chance.random() < STRANGERS else account,
                    priority=chance.choices(list(PRIORITIES), list(PRIORITIES.values()))[0],
                    minutes=draw_minutes(chance),
                )
            )
    return sorted(mails, key=lambda mail: mail.at)


def draw_minutes(chance: random.Random) -> float:
    """What an answer takes."""
    return SERVICE_MINUTES * chance.lognormvariate(0, SERVICE_SPREAD)


def draw_attack(scene: Scene, *, mails: int = 500, day: int = 9) -> list[Mail]:
    """So many mails of strangers within ten minutes: from fresh addresses, or spoofed in customers' names.

    Both are the same to the queue: neither is proven to be a customer's.
    """
    chance = random.Random(scene.seed + 1)  # noqa: S311  # no secret
    begin = FIRST_DAY + day * DAY + timedelta(hours=10)
    return [
        Mail(
            at=begin + timedelta(minutes=chance.uniform(0, 10)),
            account="",
            priority=Priority.NORMAL,
            minutes=draw_minutes(chance),
            is_attack=True,
        )
        for _ in range(mails)
    ]


class Month:
    """One run: mails come in, agents take the ticket that the policy chooses, until nothing waits."""

    def __init__(self, scene: Scene, mails: Sequence[Mail], choose: Choose) -> None:
        self._choose = choose
        self._line = Timeline(HOURS, FIRST_DAY)
        self._asked: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
        self._mails = sorted(mails, key=lambda mail: mail.at)
        self._next = 0
        self._waiting: dict[int, tuple[Mail, Ticket]] = {}
        self._strangers: list[datetime] = []
        """When those came that wait no more."""
        self._free: list[tuple[datetime, int]] = []
        self._weeks = [with_week(HOURS, (week,) if week else ()) for week in scene.agents]
        for agent, hours in enumerate(self._weeks):
            heapq.heappush(self._free, (next_opening(hours, FIRST_DAY), agent))

    def run(self) -> list[Served]:
        """Everybody who was served, in the order in which that began."""
        served = []
        while self._waiting or self._next < len(self._mails):
            at, agent = heapq.heappop(self._free)
            self._take_in(at)
            if not self._waiting:
                if self._next == len(self._mails):
                    break
                self._come_again(agent, max(at, self._mails[self._next].at))
                continue
            served.append(self._serve(at))
            self._come_again(agent, at + timedelta(minutes=served[-1].mail.minutes))
        return served

    def _come_again(self, agent: int, at: datetime) -> None:
        hours = self._weeks[agent]
        heapq.heappush(self._free, (at if is_open(hours, at) else next_opening(hours, at), agent))

    def _take_in(self, until: datetime) -> None:
        while self._next < len(self._mails) and self._mails[self._next].at <= until:
            mail = self._mails[self._next]
            self._next += 1
            if mail.account:
                self._asked[mail.account][mail.at.date()] += 1
            if mail.at >= FIRST_DAY:
                self._waiting[self._next] = (mail, _ticket(self._next, mail))

    def _serve(self, at: datetime) -> Served:
        chosen = self._choose([ticket for _, ticket in self._waiting.values()], self._demand(at), self._line)
        mail, ticket = self._waiting.pop(chosen.id)
        if not mail.account:
            self._strangers.append(mail.at)
        waited = self._line.place(at) - self._line.place(mail.at)
        return Served(mail=mail, ticket=ticket, began_at=at, hours=waited.total_seconds() / 3600)

    def _demand(self, at: datetime) -> Demand:
        since = (at - (WINDOW_DAYS - 1) * DAY).date()
        accounts = {mail.account for mail, _ in self._waiting.values()} - {""}
        self._strangers = [came for came in self._strangers if came >= at - STRANGERS_DAYS * DAY]
        return Demand(
            mails={
                account: sum(min(mails, MAILS_A_DAY) for day, mails in self._asked[account].items() if day >= since)
                for account in accounts
            },
            strangers=tuple(self._strangers),
        )


def _ticket(number: int, mail: Mail) -> Ticket:
    return Ticket(
        id=number,
        ref=number,
        state=TicketState.NEW,
        subject="",
        correspondent="",
        correspondent_name="",
        confirmed=bool(mail.account),
        account_id=mail.account or None,
        shop_id=None,
        language="en",
        assignee=None,
        opened_at=mail.at,
        updated_at=mail.at,
        closed_at=None,
        priority=mail.priority,
        waiting_since=mail.at,
        due_at=due_at(HOURS, mail.priority, mail.at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The customers by how many mails they wrote in the month."""

    names: dict[str, str]

    def of(self, mail: Mail) -> str:
        """The group of whoever wrote it."""
        if mail.is_attack:
            return "attack"
        return self.names.get(mail.account, "strangers") if mail.account else "strangers"


def groups(mails: Sequence[Mail]) -> Groups:
    """Rare askers wrote at most twice, heavy ones at least twenty times."""
    wrote: defaultdict[str, int] = defaultdict(int)
    for mail in mails:
        if mail.account and mail.at >= FIRST_DAY:
            wrote[mail.account] += 1
    return Groups(
        names={
            account: "rare" if count <= 2 else "heavy" if count >= 20 else "others" for account, count in wrote.items()
        }
    )


def run(scene: Scene, policy: str, mails: Sequence[Mail]) -> list[Served]:
    """A month under a policy."""
    return Month(scene, mails, POLICIES[policy]).run()


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(round(len(ordered) * percent / 100), len(ordered) - 1)] if ordered else 0.0


def overtaken_too_late(served: Sequence[Served], put_back: Callable[[Served], timedelta]) -> int:
    """How often an agent began with a ticket before one that was closed to it (docs/queue.md); never, if all is right.

    `put_back` is how far each may be put back at most.
    """
    arrivals: list[datetime] = []
    count = 0
    for one in served:
        count += len(arrivals) - bisect_right(arrivals, closing(one, put_back(one)))
        insort(arrivals, one.mail.at)
    return count


def closing(one: Served, put_back: timedelta) -> datetime:
    """What begins to wait after that never comes before it: its last place, less the shortest time for an answer."""
    shortest = min(HOURS.answer.of(priority) for priority in Priority)
    return max(add_working(HOURS, one.mail.at, HOURS.answer.of(one.mail.priority) + put_back - shortest), one.mail.at)
