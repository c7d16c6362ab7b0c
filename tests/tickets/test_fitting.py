"""Which commands a notification offers: a few that make sense, each of them understood as it stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands.order import Word
from gateway.commands.parse import parse_block
from gateway.model import Ticket, TicketState
from gateway.render import LANGUAGES
from gateway.tickets.fitting import MOST, Moment, fitting

AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
KIM = "kim@desk.test"
TICKET = Ticket(
    id=7,
    ref=7,
    state=TicketState.NEW,
    subject="x",
    correspondent="ann@bread.test",
    correspondent_name="",
    confirmed=True,
    account_id=None,
    shop_id=None,
    language="en",
    assignee=None,
    opened_at=AT,
    updated_at=AT,
    closed_at=None,
    topic="shipping",
)
MINE = replace(TICKET, assignee=KIM)


def commands(moment: Moment) -> list[str]:
    """Without their meanings."""
    return [line.partition(" – ")[0] for line in fitting(moment, "en").split("\n")]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (Moment(ticket=TICKET, reader=KIM), ["#take", "#note", "#solved", "#wait 3d", "#help"]),
        (Moment(ticket=MINE, reader=KIM), ["#note", "#solved", "#wait 3d", "#help"]),
        (Moment(ticket=MINE, reader="lee@desk.test"), ["#take", "#note", "#solved", "#wait 3d", "#help"]),
        (
            Moment(ticket=MINE, reader=KIM, is_doubtful=True, has_phone=True),
            ["#spam", "#note", "#solved", "#wait 3d", "#help"],
        ),
        (
            Moment(ticket=replace(MINE, state=TicketState.WAITING_FOR_CUSTOMER), reader=KIM),
            ["#note", "#wait 3d", "#help"],
        ),
        (Moment(ticket=replace(MINE, state=TicketState.SOLVED), reader=KIM), ["#note", "#close", "#help"]),
        (
            Moment(ticket=MINE, reader=KIM, shops=("bread.test", "cake.test"), files=(2, 4), other=5),
            ["#shop bread.test", "#shop cake.test", "#attach 2 4", "#merge 5", "#note", "#solved", "#wait 3d", "#help"],
        ),
        (
            Moment(ticket=replace(MINE, topic=""), reader=KIM, shops=tuple("abcdef"), has_phone=True),
            ["#shop a", "#note", "#solved", "#wait 3d", "#call", "#topic shipping", "#help"],
        ),
    ],
    ids=["nobody's", "own", "a-colleague's", "doubtful", "waits-for-him", "solved", "much-is-open", "many-shops"],
)
def test_the_commands_are_those_of_the_moment(moment: Moment, expected: list[str]) -> None:
    """By whose it is, where it stands and what is missing."""
    assert expected == commands(moment)


@pytest.mark.parametrize("language", LANGUAGES)
@given(
    moment=st.builds(
        Moment,
        ticket=st.builds(replace, st.sampled_from([TICKET, MINE]), state=st.sampled_from(TicketState)),
        reader=st.just(KIM),
        is_doubtful=st.booleans(),
        shops=st.lists(st.sampled_from(["bread.test", "cake.test", "a-b.test", "x.test"]), unique=True).map(tuple),
        has_phone=st.booleans(),
        files=st.lists(st.integers(1, 99), unique=True, max_size=4).map(tuple),
        other=st.none() | st.integers(1, 10**6),
    )
)
def test_every_line_is_a_command_that_is_understood(language: str, moment: Moment) -> None:
    """Few, none twice, `#help` last; and each has its meaning in the agent's language."""
    lines = fitting(moment, language).split("\n")
    offered = [line.partition(" – ")[0] for line in lines]

    assert len(set(offered)) == len(offered) <= MOST
    assert "#help" == offered[-1]
    assert all(line.partition(" – ")[2] for line in lines)
    for command in offered:
        block = parse_block(f"{command}\n", AT)
        assert (1, ()) == (len(block.orders), tuple(block.problems)), command
        assert Word(command[1:].split()[0]) is block.orders[0].word
