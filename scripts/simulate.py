"""How fair is the queue? A month at a desk, with the desk's own order, first come first served, and deadlines alone.

    make simulate
    .venv/bin/python -m scripts.simulate [--seed 7] [--days 30] [--pictures docs/pictures]

2,000 accounts, of which a few write daily and most once in months; 5 agents with hours; an answer takes 13 minutes on
average. Then 500 strangers' mails within ten minutes. Prints how many working hours a mail waits until an agent begins
with it, and draws the pictures of docs/queue.md. The same seed gives the same figures.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.queue.order import A_STRANGERS_TURN, LONGEST_ASKS, LONGEST_TURN, STRANGER
from scripts import simulate_desk as desk
from scripts import simulate_pictures as pictures
from scripts.simulate_desk import POLICIES, Groups, Mail, Scene, Served, percentile

GROUPS = ("rare", "others", "heavy", "strangers")
ATTACK_DAY = 9
AFTER_DAYS = 8
"""So many days before and after the attack are shown."""
WRITTEN = (1, 2, 3, 5, 8, 13, 21, 34, 1000)
"""Customers by how many mails they wrote: up to so many."""


def main(arguments: list[str]) -> int:
    """Run all months, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"))
    options = parser.parse_args(arguments)
    console, scene = Console(), Scene(seed=options.seed, days=options.days)
    mails = desk.draw_mails(scene)
    groups = desk.groups(mails)
    months = {policy: desk.run(scene, policy, mails) for policy in POLICIES}
    _print_waiting(console, months, groups)
    _draw_waiting(options.pictures, months, groups)
    attacked = [*mails, *desk.draw_attack(scene, day=ATTACK_DAY)]
    under = {policy: desk.run(scene, policy, attacked) for policy in POLICIES}
    _print_attack(console, months, under, groups)
    _draw_attack(options.pictures, months, under, groups)
    late = desk.overtaken_too_late(under["fair"], lambda one: most_put_back(one, len(under["fair"])))
    console.print(f"Tickets that were overtaken by what came too late for that: {late}")
    return 0 if late == 0 else 1


def most_put_back(one: Served, strangers: int) -> timedelta:
    """How far a ticket is put back at most; of a stranger's, where so many strangers came."""
    if one.mail.account:
        return LONGEST_ASKS + LONGEST_TURN
    return STRANGER + strangers * A_STRANGERS_TURN


def waits(served: Sequence[Served], groups: Groups, *names: str) -> list[float]:
    """The waiting times of these groups, in working hours."""
    return [one.hours for one in served if groups.of(one.mail) in names]


def _print_waiting(console: Console, months: dict[str, list[Served]], groups: Groups) -> None:
    table = Table(title="Working hours until an agent begins", title_justify="left")
    for column in ("order", "who", "mails", "median", "90 %", "99 %", "longest"):
        table.add_column(column, justify="left" if column in ("order", "who") else "right")
    for policy, served in months.items():
        for group in GROUPS:
            found = waits(served, groups, group)
            figures = (f"{percentile(found, percent):.1f}" for percent in (50, 90, 99, 100))
            table.add_row(policy, group, str(len(found)), *figures, end_section=group == GROUPS[-1])
    console.print(table)


def _print_attack(
    console: Console, calm: dict[str, list[Served]], under: dict[str, list[Served]], groups: Groups
) -> None:
    table = Table(title="The same for the mails of the eight days after 500 strangers' mails", title_justify="left")
    for column in ("order", "who", "median", "90 %", "without the attack: median", "90 %"):
        table.add_column(column, justify="left" if column in ("order", "who") else "right")
    for policy in POLICIES:
        for names in (("rare",), ("rare", "others", "heavy"), ("strangers",), ("attack",)):
            found, before = (waits(after_attack(months[policy]), groups, *names) for months in (under, calm))
            figures = (
                f"{percentile(values, percent):.1f}" if values else "–"
                for values in (found, before)
                for percent in (50, 90)
            )
            table.add_row(policy, "all customers" if len(names) > 1 else names[0], *figures)
        table.add_section()
    console.print(table)


def after_attack(served: Sequence[Served]) -> list[Served]:
    """What came on the day of the attack or within the eight days after it."""
    begin = desk.FIRST_DAY + ATTACK_DAY * desk.DAY
    return [one for one in served if begin <= one.mail.at < begin + AFTER_DAYS * desk.DAY]


def _draw_waiting(folder: Path, months: dict[str, list[Served]], groups: Groups) -> None:
    pictures.bars(
        folder / "queue-waiting.svg",
        "How long nine of ten wait, by how often they ask",
        "working hours until an agent begins",
        GROUPS,
        {policy: [percentile(waits(served, groups, name), 90) for name in GROUPS] for policy, served in months.items()},
    )
    written = _written([one.mail for one in months["fair"]])
    labels = [
        f"{low + 1}–{high}" if high - low > 1 else str(high)
        for low, high in zip((0, *WRITTEN[:-2]), WRITTEN[:-1], strict=True)
    ]
    pictures.lines(
        folder / "queue-askers.svg",
        "The median wait of a customer's mails, by how many he wrote in the month",
        "working hours until an agent begins",
        [*labels, f"more than {WRITTEN[-2]}"],
        {policy: _by_written(served, written) for policy, served in months.items()},
    )


def _written(mails: Sequence[Mail]) -> dict[str, int]:
    """How many each account wrote."""
    counts: dict[str, int] = {}
    for mail in mails:
        counts[mail.account] = counts.get(mail.account, 0) + 1
    return counts


def _by_written(served: Sequence[Served], written: dict[str, int]) -> list[float]:
    found: list[float] = []
    for low, high in zip((0, *WRITTEN[:-1]), WRITTEN, strict=True):
        values = [one.hours for one in served if one.mail.account and low < written[one.mail.account] <= high]
        found.append(percentile(values, 50))
    return found


def _draw_attack(folder: Path, calm: dict[str, list[Served]], under: dict[str, list[Served]], groups: Groups) -> None:
    days = range(ATTACK_DAY - 2, ATTACK_DAY + AFTER_DAYS)
    shown = {
        **{policy: under[policy] for policy in POLICIES},
        "fair, no attack": calm["fair"],
    }
    workdays = [day for day in days if (desk.FIRST_DAY + day * desk.DAY).weekday() < 5]
    pictures.lines(
        folder / "queue-attack.svg",
        "The median wait of customers' mails, by the day they came: 500 strangers' mails on day 9",
        "working hours until an agent begins",
        [f"day {day}" for day in workdays],
        {name: [_median_of_day(served, groups, day) for day in workdays] for name, served in shown.items()},
    )


def _median_of_day(served: Sequence[Served], groups: Groups, day: int) -> float:
    begin = desk.FIRST_DAY + day * desk.DAY
    of_day = [one for one in served if begin <= one.mail.at < begin + desk.DAY]
    return percentile(waits(of_day, groups, "rare", "others", "heavy"), 50)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
