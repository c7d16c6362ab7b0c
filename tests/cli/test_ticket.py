"""Operators read tickets and act on them; what they do stands in the story and goes out by the one door."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.model import Ticket
from gateway.store.db import Store
from gateway.store.outbox import queued
from gateway.store.schema.ticket import BlobRow
from tests.cli.conftest import Place

Make = Callable[..., Ticket]


def test_unfinished_tickets_are_listed(place: Place, make_ticket: Make) -> None:
    """Finished ones only where they are asked for."""
    first, second = make_ticket("First").id, make_ticket("Second").id
    place.run("ticket", "solve", str(first))
    assert [ticket["number"] for ticket in place.json("ticket", "list")] == [second]
    assert [ticket["number"] for ticket in place.json("ticket", "list", "--state", "solved")] == [first]
    assert {ticket["number"] for ticket in place.json("ticket", "list", "--all")} == {first, second}
    assert place.json("ticket", "list", "--all", "--limit", "1") == place.json("ticket", "list", "--all")[:1]
    assert place.json("ticket", "list", "--account", "none") == []
    header, line = place.run("ticket", "list").stdout.splitlines()
    assert header.split() == ["No", "State", "Last", "touched", "Correspondent", "Subject"]
    assert line.split()[0] == str(second)
    assert line.endswith("eleni@shop.example  Second")


def test_a_ticket_for_tools_has_stable_keys(place: Place, make_ticket: Make) -> None:
    """The keys are a contract."""
    shown = place.json("ticket", "show", str(make_ticket().id))
    story = shown.pop("events")
    assert shown == {
        "number": 1,
        "state": "new",
        "subject": "Where is my order?",
        "correspondent": {"name": "Eleni", "address": "eleni@shop.example"},
        "confirmed": True,
        "account": None,
        "shop": None,
        "language": "en",
        "assignee": None,
        "team": None,
        "topic": None,
        "priority": "normal",
        "due_at": "2026-09-01T17:00:00+00:00",
        "opened_at": "2026-09-01T08:00:00+00:00",
        "updated_at": "2026-09-01T08:00:00+00:00",
        "closed_at": None,
        "articles": [],
    }
    assert story == [
        {
            "at": "2026-09-01T08:00:00+00:00",
            "kind": "opened",
            "actor": "eleni@shop.example",
            "detail": "a stranger writes",
        }
    ]


def test_what_a_stranger_typed_cannot_steer_the_terminal(place: Place, make_ticket: Make) -> None:
    """Subject and name are spelled out in the list, on the page and in JSON."""
    number = str(make_ticket(subject="a\x1b]0;owned\x07\u202ebc [red]", name="E\x9b31m").id)
    for command in (["list"], ["show", number], ["list", "--json"], ["show", number, "--json"]):
        shown = place.run("ticket", *command).stdout
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(shown), command
    assert "a\\x1b]0;owned\\x07\\u202ebc [red]" in place.run("ticket", "list").stdout
    assert place.json("ticket", "list")[0]["subject"] == "a\x1b]0;owned\x07\u202ebc [red]"


def test_a_reply_goes_to_the_outbox_like_an_agent_s(place: Place, make_ticket: Make, opened: Store) -> None:
    """One queued mail to the correspondent, an article, a line in the story, the ticket waits for the customer."""
    number = str(make_ticket().id)
    result = place.run("ticket", "reply", number, "--text", "It is on its way.\n")
    assert result.stdout == "The answer to ticket 1 is in the outbox.\n"
    with opened.reading() as tx:
        (mail,) = queued(tx, limit=10)
    assert (mail.recipient, mail.ticket_id) == ("eleni@shop.example", 1)
    assert "It is on its way." in mail.outgoing
    shown = place.json("ticket", "show", number)
    (article,) = shown["articles"]
    assert shown["state"] == "waiting_for_customer"
    assert shown["assignee"] is None
    assert (article["kind"], article["text"], article["message_id"]) == ("out", "It is on its way.", mail.message_id)
    assert article["author"]["address"] == "support@desk.example"
    assert [event["kind"] for event in shown["events"]] == ["opened", "answer", "state"]
    assert shown["events"][1]["actor"].startswith("operator")


def test_a_reply_in_an_agent_s_name_gives_him_the_ticket(place: Place, make_ticket: Make) -> None:
    """As when he answers by mail; another one's ticket stays his."""
    number = str(make_ticket().id)
    place.run("ticket", "reply", number, "--as", "alex@desk.example", stdin="From standard input")
    shown = place.json("ticket", "show", number)
    assert shown["assignee"] == "alex@desk.example"
    assert shown["articles"][0]["author"] == {"name": "Alex", "address": "alex@desk.example"}
    assert shown["articles"][0]["text"] == "From standard input"
    assert {event["actor"] for event in shown["events"][1:]} == {"Alex"}


def test_files_go_with_a_reply(place: Place, make_ticket: Make, opened: Store, tmp_path: Path) -> None:
    """Their bytes are kept and named in the article and in the outgoing mail."""
    picture, text = tmp_path / "shot.png", tmp_path / "text"
    picture.write_bytes(b"\x89PNG")
    text.write_text("See the picture.", encoding="utf-8")
    number = str(make_ticket().id)
    place.run("ticket", "reply", number, "--file", str(text), "--attach", str(picture))
    (article,) = place.json("ticket", "show", number)["articles"]
    (file,) = article["attachments"]
    assert (file["filename"], file["content_type"], file["size"]) == ("shot.png", "image/png", 4)
    with opened.reading() as tx:
        assert tx.execute(select(BlobRow.content)).scalar_one() == b"\x89PNG"
        assert file["sha256"] in queued(tx, limit=1)[0].outgoing


def test_a_note_is_for_the_desk_only(place: Place, make_ticket: Make, opened: Store) -> None:
    """Nothing leaves, the state stays."""
    number = str(make_ticket().id)
    place.run("ticket", "note", number, "--text", "He called.")
    shown = place.json("ticket", "show", number)
    assert (shown["state"], shown["articles"][0]["kind"]) == ("new", "internal")
    with opened.reading() as tx:
        assert queued(tx, limit=1) == []


def test_a_ticket_is_assigned_by_name_or_address(place: Place, make_ticket: Make) -> None:
    """Only to agents of the configuration."""
    number = str(make_ticket().id)
    assert place.run("ticket", "assign", number, "alex").stdout == "Ticket 1 belongs to Alex now.\n"
    shown = place.json("ticket", "show", number)
    assert (shown["assignee"], shown["state"]) == ("alex@desk.example", "open")
    assert "there are: Alex" in place.run("ticket", "assign", number, "bob", code=2).stderr


@pytest.mark.parametrize(("command", "state"), [("solve", "solved"), ("close", "closed")])
def test_a_ticket_is_finished(command: str, state: str, place: Place, make_ticket: Make) -> None:
    """With the time, and a line in the story."""
    number = str(make_ticket().id)
    assert place.run("ticket", command, number).stdout == f"Ticket 1 is {state}.\n"
    shown = place.json("ticket", "show", number)
    assert shown["state"] == state
    assert shown["closed_at"] is not None
    assert shown["events"][-1]["detail"] == f"from new to {state}"


@pytest.mark.parametrize(
    "command",
    [["show"], ["reply", "--text", "x"], ["note", "--text", "x"], ["assign", "Alex"], ["solve"], ["close"]],
)
def test_a_ticket_that_is_not_there_ends_with_1(command: list[str], place: Place) -> None:
    """The answer is no, whatever was asked."""
    assert "there is no ticket 77" in place.run("ticket", command[0], "77", *command[1:], code=1).stderr


def test_a_ticket_without_an_address_cannot_be_answered(place: Place, make_ticket: Make) -> None:
    """A mail without a valid author may still be a ticket."""
    number = str(make_ticket(address="").id)
    assert "no address" in place.run("ticket", "reply", number, "--text", "x", code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["--text", " \n"], None, "there is no text"),
        ([], "", "there is no text"),
        ([], b"\xff\xfe", "not UTF-8"),
        (["--text", "x", "--file", "/dev/null"], None, "exclude each other"),
    ],
)
def test_a_reply_needs_a_text(
    arguments: list[str], stdin: str | bytes | None, words: str, place: Place, make_ticket: Make
) -> None:
    """One text, from one place; else nothing happens."""
    number = str(make_ticket().id)
    assert words in place.run("ticket", "reply", number, *arguments, stdin=stdin, code=2).stderr
    assert place.json("ticket", "show", number)["articles"] == []


def test_a_failed_reply_leaves_nothing_behind(place: Place, make_ticket: Make, tmp_path: Path) -> None:
    """All of it is one transaction: without a key there is no answer, no article, no state."""
    number = str(make_ticket().id)
    (place.config.keys_directory / "0").unlink()
    before = place.json("ticket", "show", number)
    assert "there is no token key" in place.run("ticket", "reply", number, "--text", "x", code=2).stderr
    assert place.json("ticket", "show", number) == before


def test_the_page_of_a_ticket_reads_from_top_to_bottom(place: Place, make_ticket: Make) -> None:
    """Facts, articles, story."""
    number = str(make_ticket().id)
    place.run("ticket", "note", number, "--text", "First line\nsecond line", "--as", "Alex")
    lines = place.run("ticket", "show", number).stdout.splitlines()
    assert lines[0] == "== Ticket 1: Where is my order? =="
    assert "Correspondent  eleni@shop.example (Eleni)" in lines
    assert any(line.endswith("note by alex@desk.example (Alex) ==") for line in lines)
    assert lines.index("second line") == lines.index("First line") + 1
    assert lines[-1].split()[2:] == ["note", "Alex", "a", "note", "for", "the", "desk"]


def test_each_incoming_article_shows_who_wrote_it_as_far_as_that_is_proven(place: Place, tmp_path: Path) -> None:
    """The grade, what it means, why it was given, what is known of the address, and the reason of the decision."""
    mail = tmp_path / "mail.eml"
    mail.write_text(
        "From: Eleni <eleni@shop.example>\nTo: support@desk.example\nSubject: Help\nMessage-ID: <1@shop.example>\n\nHi"
    )
    place.run("import", str(mail))
    place.run("ticket", "note", "1", "--text", "He called.")
    incoming, note = place.json("ticket", "show", "1")["articles"]
    explained = place.json("explain", "--entry", incoming["entry"])
    assert incoming["evidence"] == {
        "grade": "A1",
        "why": explained["authentication"]["why"],
        "sender": "S0",
        "token": "T0",
        "decision": explained["plan"]["why"],
    }
    assert note["evidence"] is None
    lines = place.run("ticket", "show", "1").stdout.splitlines()
    author = next(line for line in lines if line.startswith("Author"))
    assert "A1. Not proven: " in author
    assert explained["authentication"]["why"] in author
    assert any(line.startswith("Identity") and "S0. The address is not known to us." in line for line in lines)
    assert any(line.startswith("Decision") and explained["plan"]["why"] in line for line in lines)
    assert 1 == sum(line.startswith("Author") for line in lines)
