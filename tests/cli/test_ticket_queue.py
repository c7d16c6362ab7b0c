"""`ticket queue`: what waits, in which order, and why."""

import re
from collections.abc import Callable

from gateway.model import Ticket
from tests.cli.conftest import Place

Make = Callable[..., Ticket]


def test_the_queue_is_listed_with_its_reasons(place: Place, make_ticket: Make) -> None:
    """For people: place, number, deadline, who, why."""
    first, second = make_ticket("First").id, make_ticket("Second").id
    header, *lines = place.run("ticket", "queue").stdout.splitlines()

    titles = "Place|No|Due|Priority|Correspondent|Account|Why here|Agent|Team|Lang"
    assert titles.split("|") == re.split(" {2,}", header.strip())
    assert [["1", str(first)], ["2", str(second)]] == [line.split()[:2] for line in lines]
    assert all("late" in line and "no proven customer: 16 h back" in line for line in lines)
    assert place.run("ticket", "queue", "--limit", "1").stdout.rstrip().endswith("1 more wait behind them.")


def test_the_queue_for_tools_has_stable_keys(place: Place, make_ticket: Make) -> None:
    """The keys are a contract."""
    number = make_ticket("First").id
    (found,) = place.json("ticket", "queue")
    due = found.pop("due")

    assert due.endswith(" late")
    assert found == {
        "rank": 1,
        "number": number,
        "subject": "First",
        "correspondent": {"name": "Eleni", "address": "eleni@shop.example"},
        "account": None,
        "proven_customer": False,
        "priority": "normal",
        "waiting_since": "2026-09-01T08:00:00+00:00",
        "due_at": "2026-09-01T17:00:00+00:00",
        "stands_at": "2026-09-03T17:00:00+00:00",
        "terms": {"mails": 0, "asks_minutes": 0, "before": 0, "turn_minutes": 0, "stranger_minutes": 960},
        "why": "no proven customer: 16 h back",
        "assignee": None,
        "team": None,
        "topic": None,
        "language": "en",
    }
    assert found | {"due": due} == place.json("ticket", "queue", "--explain", str(number))


def test_the_queue_of_an_agent_a_team_a_language(place: Place, make_ticket: Make) -> None:
    """Those that he may be handed; what he does not know is said."""
    number = make_ticket("First").id
    place.run("ticket", "assign", str(make_ticket("Second").id), "Alex")

    def listed(*options: str) -> list[int]:
        return [found["number"] for found in place.json("ticket", "queue", *options)]

    assert [number, number + 1] == listed("--agent", "alex@desk.example")
    assert [[], []] == [listed("--team", "payment"), listed("--language", "el")]
    assert [number, number + 1] == listed("--language", "en")
    assert "there are: Alex" in place.run("ticket", "queue", "--agent", "Bo", code=2).output


def test_how_a_ticket_got_its_place(place: Place, make_ticket: Make) -> None:
    """The terms of the formula; of one that does not wait there are none."""
    number = make_ticket("First").id
    shown = place.run("ticket", "queue", "--explain", str(number)).stdout
    place.run("ticket", "solve", str(number))

    assert f"Ticket {number}: place 1 of 1" in shown
    assert "+ stranger      16 h" in shown
    assert "does not wait" in place.run("ticket", "queue", "--explain", str(number), code=1).output
    assert "Nothing waits for the desk." == place.run("ticket", "queue").stdout.strip()
