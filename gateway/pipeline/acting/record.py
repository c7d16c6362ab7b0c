"""What a block of commands changed, written down so that its author can take it back while he may.

What must stay true: this stands in the transaction of the block; what was there before is looked at before anything is
done, what was done after everything is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.commands.order import Word
from gateway.model import ArticleKind, Ticket
from gateway.pipeline.acting.scene import Scene
from gateway.store import actions, marks, outbox
from gateway.store import tickets as store
from gateway.store.actions import Action, changes_between

LOOKED_AT = 50
"""Newest articles of which one may be split off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How things were."""

    ticket: Ticket
    article: int
    mail: int
    has_answer: bool
    spam_entry: str
    """The mail that the spam engine would learn, if nobody called it spam yet."""
    mails_in: tuple[int, ...]
    """The articles that a mail brought in."""


def look(scene: Scene) -> Before:
    """Before anything is done."""
    ticket_id, block = scene.ticket.id, scene.block
    return Before(
        ticket=scene.ticket,
        article=actions.newest_article(scene.tx, ticket_id),
        mail=outbox.newest_of_ticket(scene.tx, ticket_id),
        has_answer=marks.has_answer(scene.tx, ticket_id),
        spam_entry=_spam_entry(scene) if block.has(Word.SPAM) else "",
        mails_in=_mails_in(scene) if block.has(Word.SPLIT) else (),
    )


def articles(scene: Scene, before: Before) -> tuple[int, ...]:
    """The articles that were added."""
    return actions.articles_above(scene.tx, before.ticket.id, before.article)


def keep(scene: Scene, before: Before, added: Sequence[int], lasting: Sequence[str]) -> Action | None:
    """After everything is done; None where the desk lets nobody take anything back."""
    until = scene.leaves_at
    if until is None:
        return None
    answers = ("answer",) if scene.block.answers else ()
    action = Action(
        ticket_id=before.ticket.id,
        agent=scene.agent.address,
        at=scene.at,
        until=until,
        commands=(*answers, *(f"#{order.word}" for order in scene.block.orders)),
        changes=changes_between(before.ticket, scene.ticket),
        articles=tuple(added),
        mails=tuple(outbox.held_back(scene.tx, before.ticket.id, above=before.mail, until=until)),
        traces=tuple(_traces(scene, before)),
        lasting=tuple(lasting),
    )
    actions.keep(scene.tx, action)
    return action


def _traces(scene: Scene, before: Before) -> list[str]:
    block = scene.block
    found = ["answered"] if block.answers and not before.has_answer else []
    found += [f"spam {before.spam_entry}"] if before.spam_entry else []
    found += ["merged"] if block.has(Word.MERGE) else []
    for article_id in set(before.mails_in) - set(_mails_in(scene) if before.mails_in else ()):
        found.append(f"split {actions.ticket_of_article(scene.tx, article_id)}")
    return found


def _spam_entry(scene: Scene) -> str:
    for mail in marks.mails_of_ticket(scene.tx, scene.ticket.id, limit=1):
        mark = marks.mark_of(scene.tx, mail.entry_id)
        return "" if mark and mark.spam_at else mail.entry_id
    return ""


def _mails_in(scene: Scene) -> tuple[int, ...]:
    newest = store.articles(scene.tx, scene.ticket.id, newest=LOOKED_AT)
    return tuple(article.id for article in newest if article.kind is ArticleKind.IN)
