"""`account show` tells everything, and steers no terminal; operators' words about addresses stand in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway import events
from gateway.hours.desk_hours import DeskHours
from gateway.mail.message import Address, Message
from gateway.model import ArticleKind, Ticket
from gateway.store.accounts import add_known_address
from gateway.store.db import Store
from gateway.store.tickets import insert_article
from gateway.tickets import change
from tests.cli.conftest import AT, Place

ACCOUNT = {
    "id": "100",
    "name": "Eleni's \x1b[31mshoes",
    "language": "el",
    "phone": "+30 210 000",
    "plan": "gold",
    "notes": "pays late",
    "shops": [{"id": "7", "domain": "shoes.example", "name": "Shoes"}, {"id": "8", "domain": "boots.example"}],
    "addresses": [
        {"address": "eleni@shoes.example", "verified": True},
        {"address": "info@boots.example", "verified": False},
    ],
    "orders": [{"number": "N-1", "shop": "7", "placed_at": "2026-01-02T00:00:00Z", "status": "paid", "total": "9 EUR"}],
}


@pytest.fixture
def account(place: Place) -> Place:
    """A gateway with an account."""
    file = place.state / "accounts.jsonl"
    file.write_text(json.dumps(ACCOUNT) + "\n")
    place.run("account", "import", str(file))
    return place


def shown(place: Place) -> dict[str, Any]:
    """The account, for tools."""
    (found,) = place.json("account", "show", "100")
    assert isinstance(found, dict)
    return found


def write(store: Store, subject: str) -> Ticket:
    """A mail of the account's owner becomes a ticket."""
    author = Address(address="eleni@shoes.example", name="Eleni")
    message = Message(author=author, message_id=f"<{subject}@x>", subject=subject, text="Hello", reply="Hello")
    with store.transaction() as tx:
        owner = change.Owner(confirmed=True, account_id="100")
        ticket = change.open_ticket(tx, message, owner=owner, hours=DeskHours(), why="", at=AT)
        for kind, confirmed in ((ArticleKind.IN, True), (ArticleKind.IN, False), (ArticleKind.OUT, True)):
            insert_article(
                tx,
                ticket_id=ticket.id,
                entry_id=None,
                kind=kind,
                at=AT,
                author="eleni@shoes.example",
                author_name="",
                confirmed=confirmed,
                message_id="",
                subject=subject,
                text="",
                reply="",
            )
    return ticket


def test_everything_is_told(account: Place, opened: Store) -> None:
    """Addresses with who verified them, shops, orders, tickets, how often it writes, and what was done."""
    write(opened, "Where is it?")
    write(opened, "Second \x1b]0;title\x07\u202e")
    account.run("account", "address", "verify", "100", "Info@boots.example", "--reason", "rang \x1b[2J her")
    with opened.transaction() as tx:
        add_known_address(tx, "100", "home@eleni.example", datetime(2026, 2, 3, tzinfo=UTC))
    text = account.run("account", "show", "100").stdout

    assert "\x1b" not in text
    assert "\u202e" not in text
    for words in (
        "Name      Eleni's \\x1b[31mshoes",
        "Phone     +30 210 000",
        "Plan      gold",
        "Notes     pays late",
        "Shop      shoes.example (7) Shoes",
        "eleni@shoes.example (verified)",
        "info@boots.example (verified by operator",
        ": rang \\x1b[2J her",
        "home@eleni.example (not verified: known; its owner confirmed a mail from it",
        "Writes    2 mails in 2 tickets",
        "N-1",
        "9 EUR",
        "Where is it?",
        "address verified, operator",
    ):
        assert words in text
    told = shown(account)
    assert [("eleni@shoes.example", "source"), ("home@eleni.example", "known"), ("info@boots.example", "operator")] == [
        (entry["address"], entry["basis"]) for entry in told["addresses"]
    ]
    assert ["Second \x1b]0;title\x07\u202e", "Where is it?"] == [ticket["subject"] for ticket in told["tickets"]]
    assert (2, 2) == (told["writing"]["tickets"], told["writing"]["mails"])
    assert ["address_verified", "address_known"] == [event["kind"] for event in told["events"]]
    assert "N-1" == told["orders"][0]["number"]


def test_operators_words_outlive_an_import(account: Place) -> None:
    """Verify, revoke and reset, each with its story; an import changes none of it."""

    def addresses() -> dict[str, bool]:
        return {entry["address"]: entry["verified"] for entry in shown(account)["addresses"]}

    document = account.json("account", "address", "revoke", "100", "eleni@shoes.example", "--reason", "broken into")
    assert {"account": "100", "address": "eleni@shoes.example", "verified": False, "basis": "revoked"} == document
    account.run("account", "address", "verify", "100", "new@shoes.example")
    expected = {"eleni@shoes.example": False, "info@boots.example": False, "new@shoes.example": True}
    assert expected == addresses()
    account.run("account", "import", str(account.state / "accounts.jsonl"))
    assert expected == addresses()
    assert "not verified: revoked by operator" in account.run("account", "show", "100").stdout

    said = account.run("account", "address", "reset", "100", "eleni@shoes.example").output
    assert "eleni@shoes.example is verified for account 100 now." in said
    said = account.run("account", "address", "reset", "100", "new@shoes.example").output
    assert "new@shoes.example is not on file for account 100 now." in said
    assert {"eleni@shoes.example": True, "info@boots.example": False} == addresses()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("verify", "9", "a@b.example"), 1, "there is no account 9"),
        (("verify", "100", "not an address"), 2, "not an address is no mail address"),
        (("revoke", "100", "typo@b.example"), 1, "account 100 does not have typo@b.example on file"),
        (("reset", "100", "eleni@shoes.example"), 1, "no operator said anything about eleni@shoes.example"),
    ],
)
def test_what_cannot_be_said_changes_nothing(account: Place, arguments: tuple[str, ...], code: int, words: str) -> None:
    """With the reason."""
    before = shown(account)

    assert words in account.run("account", "address", *arguments, code=code).stderr
    assert before == shown(account)


def test_an_operators_word_stands_in_the_log(account: Place) -> None:
    """Where the log is one that can be read later; the address itself does not."""
    account.file.write_text(account.file.read_text() + '\n[log]\nformat = "json"\n')
    said = account.run("account", "address", "revoke", "100", "eleni@shoes.example").stderr
    event = json.loads(said)

    assert ("account_address_changed", "100", "revoked") == (event["event"], event["account"], event["change"])
    assert "eleni" not in said
    assert [] == events.LOGGER.handlers


def test_an_account_that_vanished_is_told_as_such(account: Place, opened: Store, tmp_path: Path) -> None:
    """Its tickets still name it."""
    write(opened, "Where is it?")
    file = tmp_path / "other.csv"
    file.write_text("id\n200\n")
    account.run("account", "import", str(file), "--whole", "--force")

    words = account.run("account", "show", "100", code=1).stderr
    assert "there is no account 100 any more; 1 ticket names it: `ticket list --account 100`" in words
    assert "there is no account 300, nor one" in account.run("account", "show", "300", code=1).stderr


def test_an_address_of_several_accounts_shows_them_all(place: Place, make_ticket: Callable[..., Ticket]) -> None:
    """Each with its own standing."""
    file = place.state / "accounts.csv"
    file.write_text("id,address,verified\n1,a@x.example,true\n2,a@x.example,false\n")
    place.run("account", "import", str(file))
    make_ticket()

    found = place.json("account", "show", "A@x.example")
    assert [("1", True), ("2", False)] == [(each["id"], each["addresses"][0]["verified"]) for each in found]
    assert [[], []] == [each["tickets"] for each in found]
