"""docs/queue.md against the code: its examples are worked out, its constants and its settings are the program's.

`python -m tests.queue.test_docs` writes the examples anew.
"""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from gateway.assemble import hours_of
from gateway.config import parse
from gateway.hours.desk_hours import AnswerHours, DeskHours
from gateway.hours.reading import read_week
from gateway.model import Priority
from gateway.queue import order
from gateway.queue.order import Demand
from gateway.queue.words import why
from tests.queue.waiting import waiting

PAGE = Path(__file__).parents[2] / "docs" / "queue.md"
HOURS = DeskHours()
EXAMPLES = re.compile(r"(?<=<!-- examples -->\n).*?(?=<!-- end -->)", re.DOTALL)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In September 2026; the first is a Tuesday."""
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


def examples() -> str:
    """The queue of one morning, the first to be answered first."""
    tickets = [
        waiting(1, account="daily", since=at(1, 9)),
        waiting(2, account="daily", since=at(1, 9, 30)),
        waiting(3, account="rare", since=at(1, 15)),
        waiting(4, account="new", since=at(2, 9), priority=Priority.URGENT),
        waiting(5, account="sometimes", since=at(1, 10)),
        waiting(6, account=None, since=at(1, 9)),
        waiting(7, account="rare", since=at(1, 9, 5), confirmed=False),
        waiting(8, account="patient", since=at(1, 9), priority=Priority.LOW),
    ]
    mails = {"daily": 26, "rare": 1, "new": 1, "sometimes": 6, "patient": 2}
    lines = [
        "| ticket | who | began to wait | priority | mails in 28 days | due | why not then | stands at |",
        "|---" * 8 + "|",
    ]
    for one in order.order(tickets, Demand(mails=mails), HOURS):
        ticket, terms = one.ticket, one.terms
        who = "a stranger" if terms.stranger else f"account *{ticket.account_id}*"
        who += ", in the name of *rare*" if ticket.id == 7 else ""
        cells = (
            ticket.id,
            who,
            f"{ticket.waiting_since:%a %H:%M}",
            ticket.priority.value,
            "–" if terms.stranger else terms.mails,
            f"{terms.due_at:%a %H:%M}",
            why(one),
            f"{terms.stands_at:%a %H:%M}",
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def test_the_examples_are_worked_out() -> None:
    """`python -m tests.queue.test_docs` after a change of the formula."""
    found = EXAMPLES.search(PAGE.read_text("utf-8"))

    assert found
    assert examples() == found[0]


def test_the_numbers_are_the_programs() -> None:
    """Each constant of the formula, as the page says it."""
    page = PAGE.read_text("utf-8")
    said = (
        f"{order.A_MAIL.seconds // 60} minutes for each mail of the account in the last {order.WINDOW_DAYS} days, "
        f"{order.LONGEST_ASKS.seconds // 3600} hours at most",
        f"{order.A_TURN.seconds // 3600} hour for each ticket of the same account that is due before it, "
        f"{order.LONGEST_TURN.seconds // 3600} hours at most",
        f"{order.STRANGER.seconds // 3600} hours where it is not proven that a customer wrote",
        f"remembered for {order.STRANGERS_DAYS} days",
    )

    assert [] == [sentence for sentence in said if sentence not in page]
    assert (2, 15) == (order.MAILS_A_DAY, order.A_STRANGERS_TURN.seconds // 60)


def test_the_settings_of_the_page_are_read() -> None:
    """They are copied."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    needed = {"gateway": {"support_addresses": ["a@b.example"], "reply_domain": "r.example"}}
    hours = hours_of(parse(needed | tomllib.loads(blocks[0]), "queue.md"))

    assert ("Europe/Athens", 2, AnswerHours()) == (hours.zone.key, len(hours.holidays), hours.answer)
    assert read_week(["mon-fri 09:00-17:00", "sat 10:00-13:00"]) == hours.week


def test_the_pictures_are_there() -> None:
    """`make simulate` draws them."""
    named = re.findall(r"\]\((pictures/[\w.-]+)\)", PAGE.read_text("utf-8"))

    assert 3 == len(named)
    assert [] == [name for name in named if not (PAGE.parent / name).read_text("utf-8").startswith("<svg")]


if __name__ == "__main__":
    PAGE.write_text(EXAMPLES.sub(lambda _: examples(), PAGE.read_text("utf-8")), "utf-8")
