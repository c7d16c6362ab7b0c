"""A ticket goes to other hands: who has it now gets the whole notification of its newest mail, as if it just came.

What was found about the mail when it came is read from the explanation of its decision. Where the ticket has no mail,
because an agent began it, its newest article stands in its place.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.model import Account, Agent, ArticleKind, Ticket
from gateway.store import tickets as store
from gateway.store.accounts import accounts_by_ids
from gateway.store.db import Tx
from gateway.store.outcomes import outcome_of
from gateway.tickets import undeliverable
from gateway.tickets.desk import Desk
from gateway.tickets.kept_mail import message_of
from gateway.tickets.notifications import Circumstances, send_notification

LOOKED_AT = 50
"""Newest articles among which the newest mail of the customer is looked for."""


def hand_over(tx: Tx, desk: Desk, recipients: Sequence[Agent], ticket: Ticket, *, at: datetime) -> None:
    """Send these agents the notification of the ticket's newest mail, each with a reply address of his own."""
    articles = store.articles(tx, ticket.id, newest=LOOKED_AT)
    mails = [article for article in articles if article.kind is ArticleKind.IN]
    shown = next(iter(reversed(mails or articles)), None)
    if shown is None or not recipients:
        return
    outcome = outcome_of(tx, shown.entry_id) if shown.entry_id and shown.kind is ArticleKind.IN else None
    found: dict[str, Any] = json.loads(outcome.explanation) if outcome and outcome.explanation else {}
    message = message_of(tx, shown)
    circumstances = _circumstances(tx, ticket, found, at)
    send_notification(tx, desk, recipients, ticket, shown.id, message, circumstances, at=at)


def _circumstances(tx: Tx, ticket: Ticket, found: dict[str, Any], at: datetime) -> Circumstances:
    authentication, identity = found.get("authentication", {}), found.get("identity", {})
    reasons = (identity.get("why", ""), authentication.get("why", ""))
    return Circumstances(
        identity="; ".join(filter(None, reasons)),
        grade=authentication.get("grade", ""),
        standing=identity.get("sender", ""),
        strength=identity.get("token", ""),
        delivery=undeliverable.in_words(tx, ticket, at=at),
        account=_account(tx, ticket, identity),
        defects=tuple(found.get("mail", {}).get("defects", ())),
    )


def _account(tx: Tx, ticket: Ticket, identity: dict[str, Any]) -> Account | None:
    account_id = ticket.account_id or identity.get("account")
    return next(iter(accounts_by_ids(tx, [account_id])), None) if account_id else None
