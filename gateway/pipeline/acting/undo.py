"""`#undo`: the last mail of this agent about this ticket did not happen, as far as nothing of it has left.

What must stay true: all of it is taken back or nothing; what has left, or is just leaving, cannot be, and then nothing
is. What others did since stays: only what is still as the block left it goes back, so a newer mail of the customer, and
where it moved the ticket, is never lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.commands.order import Order
from gateway.model import Ticket
from gateway.pipeline import asking
from gateway.pipeline.acting.scene import Scene
from gateway.store import actions, outbox
from gateway.store import tickets as store
from gateway.store.actions import Action, Change
from gateway.tickets import held, merging, splitting

OFF = "#undo is switched off at this desk ([desk] undo_seconds = 0): mails leave at once."
NOTHING = "There is no mail of yours about this ticket that could be taken back."
LEFT = "It is too late: your mail of {time} has left, or is just leaving. Nothing was taken back."
OVER = "It is too late: your mail was of {time}, and #undo works for {minutes} minutes. Nothing was taken back."
_WITH_STATE = ("closed_at", "waiting_since", "due_at", "wait_until")
"""They follow from the state: where that has moved on, they are of what came after."""


def problem(scene: Scene, order: Order) -> str:
    """There is nothing to take back any more. What waits is only held fast here: another problem may stop the block."""
    if not scene.desk.undo_seconds:
        return OFF
    action = _newest(scene)
    if action is None:
        return NOTHING
    if scene.evidence.reading.entry.envelope.received_at > action.until:
        minutes = round(scene.desk.undo_seconds / 60)
        return OVER.format(time=scene.time(action.at), minutes=minutes)
    if not outbox.can_withdraw(scene.tx, action.mails):
        return LEFT.format(time=scene.time(action.at))
    return ""


def do(scene: Scene, order: Order) -> str:
    """Take back the rest."""
    action = _newest(scene)
    assert action is not None, "problem found it"
    ticket = store.ticket_by_id(scene.tx, action.ticket_id)
    assert ticket is not None, "it has an article of this agent"
    is_withdrawn = outbox.withdraw(scene.tx, action.mails, text=f"taken back by {scene.agent.name}", at=scene.at)
    assert is_withdrawn, "problem held the rows"
    actions.note_undone(scene.tx, action, scene.at)
    actions.withdraw_articles(scene.tx, ticket.id, action.articles)
    later = actions.later(scene.tx, action)
    restored, since = _restored(ticket, action, later)
    _hand_down(scene, ticket, action, later, since)
    said_since = [field.replace("_", " ") for field in since]
    for trace in action.traces:
        _take_back(scene, restored, trace)
    if "merged" not in action.traces:
        store.update_ticket(scene.tx, replace(restored, updated_at=scene.at))
    what = ", ".join(scene.say("answer") if each == "answer" else each for each in action.commands)
    scene.note("undone", ", ".join(action.commands))
    return " ".join(
        (
            scene.say("undone", what=what),
            *([scene.say("undone_mails")] if action.mails else []),
            scene.say("undone_since", what=", ".join(said_since)) if since else scene.say("undone_ticket"),
            *(scene.say("undone_not", what=each) for each in action.lasting),
        )
    )


def _newest(scene: Scene) -> Action | None:
    """Of the ticket itself, or of one that was merged into it, whose address he writes to: whatever came last."""
    token = scene.evidence.reading.token.token
    named = store.ticket_by_ref(scene.tx, token.ticket_ref) if token else None
    ids = dict.fromkeys(each.id for each in (named, scene.ticket) if each)
    found = (actions.newest(scene.tx, ticket_id, scene.agent.address) for ticket_id in ids)
    return max(filter(None, found), key=lambda action: action.id, default=None)


def _restored(ticket: Ticket, action: Action, later: Sequence[Action]) -> tuple[Ticket, list[str]]:
    """The ticket with every field as it was before that is still as the block left it; and those that are not.

    Where a colleague answered since, the desk waits for the customer still, because of him.
    """
    since = [change.field for change in action.changes if getattr(ticket, change.field) != change.after]
    if any("answer" in each.commands for each in later):
        since += [each.field for each in action.changes if each.field == "state" and each.field not in since]
    if "state" in since:
        since += [each.field for each in action.changes if each.field in _WITH_STATE and each.field not in since]
    back: dict[str, Any] = {change.field: change.before for change in action.changes if change.field not in since}
    return replace(ticket, **back), since


def _hand_down(scene: Scene, ticket: Ticket, action: Action, later: Sequence[Action], since: Sequence[str]) -> None:
    """What a colleague changed on from what did not happen: if he takes that back, it is as it was before both.

    Else a ticket whose answer was taken back would wait for the customer again, and nobody would look at it.
    """
    left = [change for change in action.changes if change.field in since]
    for heir in later:
        own = {change.field: change for change in heir.changes}
        taken = [one for one in left if one.field in own and own[one.field].before == one.after]
        if any(one.field == "state" for one in taken) or "answer" in heir.commands:
            taken += [one for one in left if one.field in ("state", *_WITH_STATE) and one.field not in own]
        if taken:
            own |= {one.field: _joined(one, own.get(one.field), ticket) for one in taken}
            actions.put_changes(scene.tx, heir, tuple(own.values()))
            left = [one for one in left if one not in taken]


def _joined(first: Change, second: Change | None, ticket: Ticket) -> Change:
    return replace(first, after=second.after if second else getattr(ticket, first.field))


def _take_back(scene: Scene, restored: Ticket, trace: str) -> None:
    what, _, name = trace.partition(" ")
    if what == "answered":
        held.take_back_answer(scene.tx, restored)
    elif what == "spam":
        held.undo(scene.tx, name, by=scene.agent.name, at=scene.at)
    elif what == "merged":
        merging.unmerge(scene.tx, restored, agent=scene.agent, at=scene.at)
        asking.note_unmerged(scene.tx, restored)
    elif what == "split" and name.isdigit():
        splitting.unsplit(scene.tx, restored, new=int(name), agent=scene.agent, at=scene.at)
