"""An answer that its author may still take back is shown as such."""

from collections.abc import Callable
from datetime import timedelta

from gateway.model import ArticleKind, Ticket
from gateway.store.db import Store
from gateway.tickets import change, letters
from gateway.tickets.desk import Desk
from gateway.tokens import Keys
from tests.cli.conftest import AT, Place

DESK = Desk(
    support_address="support@desk.example",
    name="Support",
    reply_domain="reply.example",
    login_url="https://desk.example/login",
    keys=Keys({0: bytes(range(32))}),
)


def answered(opened: Store, ticket: Ticket) -> None:
    """An answer that leaves ten minutes later, and one that an agent took back."""
    with opened.transaction() as tx:
        for number, kind in enumerate((ArticleKind.OUT, ArticleKind.WITHDRAWN)):
            message_id = f"<{number}@reply.example>"
            author = {"author": "kim@desk.example", "author_name": "Kim"}
            change.add_text(tx, ticket, kind=kind, text="Try again.", at=AT, message_id=message_id, **author)
        letters.send_answer(
            tx,
            DESK,
            ticket,
            text="Try again.",
            attachments=(),
            message_id="<0@reply.example>",
            at=AT,
            not_before=AT + timedelta(minutes=10),
        )


def test_operators_see_when_an_answer_leaves(place: Place, opened: Store, make_ticket: Callable[..., Ticket]) -> None:
    """On the page of the ticket, in the list of the outbox, and for tools."""
    ticket = make_ticket()
    answered(opened, ticket)

    shown = place.json("ticket", "show", str(ticket.id))["articles"]
    assert [("out", "2026-09-01T08:10:00+00:00"), ("withdrawn", None)] == [
        (article["kind"], article["leaves_at"]) for article in shown
    ]
    page = place.run("ticket", "show", str(ticket.id)).stdout
    assert "until then #undo takes it back" in page
    assert "taken back by kim@desk.example" in page
    assert "leaves at" in place.run("outbox", "list").stdout
