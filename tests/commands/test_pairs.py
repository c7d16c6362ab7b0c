"""Every pair of commands: together, or refused with a sentence."""

from datetime import UTC, datetime
from itertools import combinations

import pytest

from gateway.commands.clashes import clash
from gateway.commands.order import TextUse, Word
from gateway.commands.parse import parse_block
from gateway.commands.verbs import VERBS

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
TOGETHER = """
note:     close solved wait assign take team priority topic language shop call attach spam next
close:    assign take team priority topic language shop canned forward invite call called attach next
solved:   assign take team priority topic language shop canned forward invite call called attach next
wait:     assign take team priority topic language shop canned forward invite call called attach next
assign:   team priority topic language shop canned forward invite call called attach next
take:     team priority topic language shop canned forward invite call called attach next
team:     priority topic language shop canned forward invite call called attach next
priority: topic language shop canned forward invite call called attach next
topic:    language shop canned forward invite call called attach next
language: shop canned forward invite call called attach next
shop:     canned forward invite call called attach next
canned:   forward invite call called attach next
forward:  call attach next
invite:   call attach next
call:     called attach next
called:   attach next
attach:   next
split:    next
merge:    next
spam:     next
"""
"""What goes together, each pair at the one that stands first in the list of commands. All others are refused."""


def allowed() -> set[tuple[Word, Word]]:
    """The pairs of the table."""
    rows = [line.split(":") for line in TOGETHER.strip().splitlines()]
    return {(Word(first.strip()), Word(second)) for first, others in rows for second in others.split()}


@pytest.mark.parametrize("pair", list(combinations(Word, 2)), ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_a_pair_is_accepted_or_refused(pair: tuple[Word, Word]) -> None:
    """In either order; a refusal is a sentence that names both."""
    for one, other in (pair, pair[::-1]):
        block = parse_block(f"{VERBS[one].example}\n{VERBS[other].example}", NOW)
        if pair in allowed():
            assert ((), {one, other}) == (block.problems, {order.word for order in block.orders})
        else:
            (problem,) = block.problems
            assert problem.startswith(f"#{one} and #{other} do not go together. ")


def test_what_may_be_written_below_a_pair_is_never_in_doubt() -> None:
    """No two commands that go together want the text below for different purposes; spam's note is the one note."""
    doubtful = {
        (one, other)
        for one, other in combinations(Word, 2)
        if not clash(one, other)
        and TextUse.CUSTOMER not in (uses := {VERBS[one].use, VERBS[other].use})
        and len(uses) > 1
    }
    assert set() == doubtful
