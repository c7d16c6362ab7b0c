"""The simulation of docs/queue.md in a short form: it is the same each time, rare askers gain, nothing starves."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.hours.timeline import Timeline
from gateway.queue.order import Demand
from scripts import simulate_desk, simulate_pictures
from scripts.simulate import most_put_back, waits
from scripts.simulate_desk import FIRST_DAY, HOURS, Mail, Scene, Served, percentile

SCENE = Scene(days=12, accounts=400, mails_a_day=62, agents=("", "mon-fri 09:00-15:00"))
MAILS = simulate_desk.draw_mails(SCENE)
GROUPS = simulate_desk.groups(MAILS)


@pytest.fixture(scope="module")
def months() -> dict[str, list[Served]]:
    """Twelve days under each order."""
    return {policy: simulate_desk.run(SCENE, policy, MAILS) for policy in simulate_desk.POLICIES}


def median(served: list[Served], *names: str) -> float:
    """Of the waiting times of these groups."""
    return percentile(waits(served, GROUPS, *names), 50)


def test_the_same_seed_gives_the_same_month() -> None:
    """And another one another month."""
    assert simulate_desk.draw_mails(SCENE) == MAILS
    assert simulate_desk.draw_mails(replace(SCENE, seed=8)) != MAILS


def test_everybody_is_served_once_under_each_order(months: dict[str, list[Served]]) -> None:
    """The orders differ in who waits, not in what is done."""
    wrote = sorted(mail.at for mail in MAILS if mail.at >= FIRST_DAY)

    assert dict.fromkeys(months, wrote) == {
        policy: sorted(one.mail.at for one in served) for policy, served in months.items()
    }


def test_rare_askers_wait_no_longer_and_heavy_ones_pay(months: dict[str, list[Served]]) -> None:
    """Beside first come first served, where all wait alike."""
    fair, first_come = months["fair"], months["first come"]

    assert median(fair, "rare") < median(first_come, "rare")
    assert median(fair, "rare") < median(fair, "heavy")
    assert percentile(waits(first_come, GROUPS, "heavy"), 90) < percentile(waits(fair, GROUPS, "heavy"), 90)


def test_nothing_starves(months: dict[str, list[Served]]) -> None:
    """The bound of docs/queue.md holds for each ticket: nobody overtakes it who came too late for that."""
    served = months["fair"]
    strangers = len([one for one in served if not one.mail.account])

    assert 0 == simulate_desk.overtaken_too_late(served, lambda one: most_put_back(one, strangers))
    assert max(one.hours for one in served) < 60
    assert 0 < simulate_desk.overtaken_too_late(served, lambda one: timedelta(hours=-6)), "the check can fail"


def test_a_flood_of_strangers_costs_customers_little() -> None:
    """As much work as both agents do in two days: first come first served makes all of them wait for it."""
    attack = simulate_desk.draw_attack(SCENE, mails=90, day=3)

    def after(policy: str, mails: list[Mail]) -> float:
        served = simulate_desk.run(SCENE, policy, mails)
        begin = attack[0].at
        return median([one for one in served if begin <= one.mail.at < begin + timedelta(days=2)], "rare", "others")

    calm, fair, first_come = (
        after(policy, mails)
        for policy, mails in (("fair", MAILS), ("fair", [*MAILS, *attack]), ("first come", [*MAILS, *attack]))
    )
    assert fair - calm < 3
    assert first_come - fair > 5


def test_the_pictures_are_the_same_each_time(tmp_path: Path) -> None:
    """So that a change of a picture is a change of a figure."""
    for folder in ("a", "b"):
        simulate_pictures.bars(tmp_path / folder / "x.svg", "Title", "hours", ["a", "b"], {"fair": [1, 2]})

    assert (tmp_path / "a" / "x.svg").read_bytes() == (tmp_path / "b" / "x.svg").read_bytes()
    assert b"<script" not in (tmp_path / "a" / "x.svg").read_bytes()


def test_the_desk_only_looks_at_what_waits() -> None:
    """The orders to compare with are what they are called."""
    early = simulate_desk._ticket(1, replace(MAILS[0], at=FIRST_DAY))
    urgent = replace(early, id=2, waiting_since=FIRST_DAY + timedelta(hours=1), due_at=FIRST_DAY)
    line = Timeline(HOURS, FIRST_DAY)

    assert early is simulate_desk.first_come([urgent, early], Demand(), line)
    assert urgent is simulate_desk.by_deadline([early, urgent], Demand(), line)
