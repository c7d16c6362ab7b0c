"""Which file does which verb, in the order in which they are done, however they were written.

What says how to answer comes before the answer, what gives the ticket to others after it, so that they read it; what
ends the ticket comes last but for the next one.
"""

from types import ModuleType
from typing import Protocol, cast

from gateway.commands.order import Order, Word
from gateway.pipeline.acting import (
    assign,
    attach,
    call,
    called,
    canned,
    close,
    forward,
    help_list,
    invite,
    language,
    merge,
    next_ticket,
    note,
    priority,
    shop,
    solved,
    spam,
    split,
    take,
    team,
    topic,
    undo,
    wait,
)
from gateway.pipeline.acting.scene import Scene


class Act(Protocol):
    """A verb's file."""

    def problem(self, scene: Scene, order: Order) -> str:
        """Why it cannot be done, as a sentence; "" where it can. Nothing is changed, but for `undo`."""

    def do(self, scene: Scene, order: Order) -> str:
        """Do it; what was done, in words."""


def _act(module: ModuleType) -> Act:
    return cast(Act, module)


BEFORE_ANSWER = {
    Word.UNDO: _act(undo),
    Word.LANGUAGE: _act(language),
    Word.SHOP: _act(shop),
    Word.TOPIC: _act(topic),
    Word.PRIORITY: _act(priority),
    Word.TAKE: _act(take),
}
AFTER_ANSWER = {
    Word.CANNED: _act(canned),
    Word.NOTE: _act(note),
    Word.CALLED: _act(called),
    Word.FORWARD: _act(forward),
    Word.INVITE: _act(invite),
    Word.CALL: _act(call),
    Word.ATTACH: _act(attach),
    Word.SPLIT: _act(split),
    Word.TEAM: _act(team),
    Word.ASSIGN: _act(assign),
    Word.WAIT: _act(wait),
    Word.SOLVED: _act(solved),
    Word.CLOSE: _act(close),
    Word.SPAM: _act(spam),
    Word.MERGE: _act(merge),
    Word.NEXT: _act(next_ticket),
    Word.HELP: _act(help_list),
}
ACTS = BEFORE_ANSWER | AFTER_ANSWER
