"""Explain runs the real stages, shows each with its reason, writes nothing, and works anywhere."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.documents import ACTIONS, show_document
from gateway.cli.main import cli
from gateway.pipeline.plan import Action
from tests.cli.conftest import Place
from tests.cli.test_screen import Terminal

MAIL = """\
From: Eleni <eleni@shop.example>
To: support@desk.example
Subject: =?utf-8?q?=CE=A0=CF=8C=CF=84=CE=B5=3B?= {number}
Message-ID: <{number}@shop.example>
Date: Tue, 01 Sep 2026 10:00:00 +0300

Where is my order?

> You wrote this
--\x20
Eleni
"""
ZONE = """\
shop.example. 300 IN TXT "v=spf1 ip4:192.0.2.25 -all"
_dmarc.shop.example. 300 IN TXT "v=DMARC1; p=reject"
"""
STAGES = ["source", "mail", "nature", "authentication", "spam", "virus", "identity", "match", "topic", "plan"]


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A customer's mail."""
    file = tmp_path / "mail.eml"
    file.write_text(MAIL.format(number=1))
    return file


def test_each_stage_is_told_with_its_reason(place: Place, mail: Path) -> None:
    """One object for one mail; the keys are a contract."""
    found = place.json("explain", str(mail))
    assert list(found) == STAGES
    assert found["source"] == str(mail)
    assert all(found[stage]["why"] for stage in STAGES[2:])
    assert found["mail"]["subject"] == "Πότε; 1"
    assert found["mail"]["from"] == {"name": "Eleni", "address": "eleni@shop.example"}
    assert {"text", "reply", "quoted", "signature"} <= found["mail"].keys()
    assert found["mail"]["reply"] == "Where is my order?"
    assert found["spam"]["state"] == "skipped"
    assert found["plan"]["action"] == "open_unconfirmed"
    assert found["plan"]["row"] == "T0 × S0 stranger × open"
    assert "row T0 × S0 stranger × open" in " ".join(place.run("explain", str(mail)).stdout.split())


def test_it_writes_nothing(place: Place, mail: Path) -> None:
    """No entry, no ticket, no byte of the store changes."""
    before = (place.state / "ticket-gateway.db").read_bytes()
    files = sorted(path.name for path in place.state.iterdir())
    place.run("explain", str(mail))
    assert (place.state / "ticket-gateway.db").read_bytes() == before
    assert sorted(path.name for path in place.state.iterdir()) == files


def test_the_options_stand_for_the_dialogue(place: Place, mail: Path, tmp_path: Path) -> None:
    """Peer, reverse path and DNS decide SPF and DMARC: the same mail passes from one address and fails from another."""
    zone = tmp_path / "shop.zone"
    zone.write_text(ZONE)
    dialogue = ["--dns-zone", str(zone), "--envelope-from", "eleni@shop.example", "--helo", "mx.shop.example"]
    proven = place.json("explain", str(mail), *dialogue, "--peer-ip", "192.0.2.25", "--rcpt", "support@desk.example")
    forged = place.json("explain", str(mail), *dialogue, "--peer-ip", "2001:DB8::1")
    assert (proven["authentication"]["spf"], proven["authentication"]["dmarc"]) == ("pass", "pass")
    assert (forged["authentication"]["spf"], forged["authentication"]["dmarc"]) == ("fail", "fail")
    assert (proven["authentication"]["grade"], forged["authentication"]["grade"]) == ("A2", "A0")


def test_several_mails_are_a_list_in_their_order(place: Place, tmp_path: Path) -> None:
    """Of an mbox each mail has its number; a JSON line each where they may be many."""
    box = tmp_path / "box"
    box.write_text("\n".join("From a Tue Sep  1 10:00:00 2026\n" + MAIL.format(number=n) for n in range(1, 31)))
    sources = [f"{box}#{number}" for number in range(1, 31)]
    found = place.json("explain", str(box))
    assert [document["source"] for document in found] == sources
    lines = place.run("explain", "--jsonl", str(box)).stdout.splitlines()
    assert [json.loads(line) for line in lines] == found


def test_standard_input_is_one_mail(place: Place, mail: Path) -> None:
    """Named `-`."""
    result = place.run("explain", "-", "--json", stdin=mail.read_bytes())
    assert json.loads(result.stdout)["source"] == "-"


def test_people_read_a_page(place: Place, mail: Path) -> None:
    """Each stage with its reason, its details below, then the text."""
    lines = place.run("explain", str(mail)).stdout.splitlines()
    assert lines[0] == f"== {mail} =="
    named = [line.split()[0] for line in lines[1 : lines.index("Where is my order?")] if line[:1].strip()]
    assert named == ["From", "To", "Date", "Subject", "Nature", "Author", "Spam", "Identity", "Match", "Topic", "Plan"]
    author = next(line for line in lines if line.startswith("Author"))
    assert author.split(maxsplit=1)[1].startswith("A1. Not proven: ")
    plan = next(line for line in lines if line.startswith("Plan"))
    assert plan.split(maxsplit=1)[1].startswith("a new ticket, unconfirmed: ")


def test_all_of_identity_is_on_the_page(
    place: Place, mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every value of every stage, within 80 columns: nothing is only for tools."""
    zone = tmp_path / "shop.zone"
    zone.write_text(ZONE)
    dialogue = ["--dns-zone", str(zone), "--envelope-from", "eleni@shop.example", "--peer-ip", "192.0.2.25"]
    document = place.json("explain", str(mail), *dialogue)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    with redirect_stdout(Terminal()) as terminal:
        show_document(document, str(mail))
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    shown = " ".join(line.strip("│╭╰╮╯─ ") for line in lines)
    shown = " ".join(shown.split())
    for stage in ("authentication", "identity", "match", "plan"):
        for name, value in document[stage].items():
            if isinstance(value, str) and value:
                words = ACTIONS[value] if name == "action" else value
                assert " ".join(words.split()) in shown, (stage, name)


def test_a_value_that_is_not_known_yet_is_shown_by_its_name() -> None:
    """What a later release adds to a document is not hidden from people; what says nothing is left out."""
    document = {
        "authentication": {
            "grade": "A9",
            "why": "new",
            "seal": [{"by": "x.test", "is": "pass"}],
            "no": None,
            "off": False,
        },
        "plan": {"action": "sing", "why": "joy", "loud": True, "songs": ["one", "two"]},
    }
    with redirect_stdout(io.StringIO()) as page:
        show_document(document, "title")
    assert page.getvalue().splitlines() == [
        "== title ==",
        "Author  A9.  (new)",
        "        seal x.test pass",
        "Plan    sing: joy",
        "        loud yes, songs one + two",
        "",
    ]


def test_now_is_the_time_that_counts(place: Place, mail: Path) -> None:
    """A time without an offset is UTC; what is no time is wrong usage."""
    place.run("explain", str(mail), "--now", "2026-09-01T10:00:00")
    assert "is no time" in place.run("explain", str(mail), "--now", "yesterday", code=2).stderr
    assert "is no IP address" in place.run("explain", str(mail), "--peer-ip", "localhost", code=2).stderr


def test_a_decided_mail_is_explained_by_its_entry_id(place: Place, mail: Path) -> None:
    """As it was decided then; taken again it would be a duplicate, and the reason names the entry."""
    place.run("import", str(mail))
    again = place.json("explain", str(mail))
    assert again["plan"]["action"] == "duplicate"
    entry = again["plan"]["why"].rsplit(maxsplit=1)[1]
    decided = place.json("explain", "--entry", entry)
    assert decided["plan"]["action"] == "open_unconfirmed"
    assert list(decided) == STAGES
    assert "no decided mail" in place.run("explain", "--entry", "X", code=1).stderr


def test_a_source_that_cannot_be_read_ends_with_1(place: Place, mail: Path) -> None:
    """The others are explained."""
    found = place.json("explain", "/none", str(mail), code=1)
    assert found["source"] == str(mail)
    assert place.run("explain", "/none", code=1).stdout == ""


@pytest.mark.parametrize("arguments", [[], ["x", "--entry", "y"], ["--json", "--jsonl", "-"]])
def test_wrong_usage_ends_with_2(arguments: list[str], place: Place) -> None:
    """Nothing named, or two kinds of it."""
    place.run("explain", *arguments, code=2)


def test_it_works_without_a_store(place: Place, mail: Path) -> None:
    """Nobody is known then, but for the agents and accounts that files name; it is said on standard error."""
    (place.state / "ticket-gateway.db").unlink()
    accounts = place.state / "accounts.csv"
    accounts.write_text("id,address,verified\n7,eleni@shop.example,true\n")
    place.file.write_text(place.file.read_text() + f'[accounts]\nfile = "{accounts}"\n')
    result = place.run("explain", str(mail), "--json")
    assert "Explained with an empty store" in result.stderr
    assert json.loads(result.stdout)["identity"]["account"] == "7"
    assert not (place.state / "ticket-gateway.db").exists()


def test_it_works_without_keys(place: Place, mail: Path) -> None:
    """No reply address of ours is recognised then; it is said on standard error."""
    (place.config.keys_directory / "0").unlink()
    result = place.run("explain", str(mail), "--json")
    assert "Explained without keys" in result.stderr
    assert json.loads(result.stdout)["identity"]["token"] == "T0"
    assert list(place.config.keys_directory.iterdir()) == []


def test_it_works_without_anything(mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither configuration nor store nor keys: on any machine, for any mail."""
    monkeypatch.delenv("TICKET_GATEWAY_CONFIG", raising=False)
    monkeypatch.setattr("gateway.config.DEFAULT_FILE", tmp_path / "none.toml")
    zone = tmp_path / "zone"
    zone.write_text(ZONE)
    result = CliRunner().invoke(cli, ["explain", str(mail), "--dns-zone", str(zone), "--json"])
    assert result.exit_code == 0, result.output
    assert list(json.loads(result.stdout)) == STAGES
    assert result.stderr == "There is no configuration: explained with the defaults, as mail to support@example.com.\n"


def test_a_named_configuration_must_be_there(mail: Path, tmp_path: Path) -> None:
    """Who names one means it."""
    result = CliRunner().invoke(cli, ["--config", str(tmp_path / "none.toml"), "explain", str(mail)])
    assert result.exit_code == 2


def test_what_the_mail_holds_cannot_steer_the_terminal(place: Place, tmp_path: Path) -> None:
    """Names, subjects, file names, text, and the path itself."""
    file = tmp_path / "a\x1b[31m.eml"
    file.write_bytes(
        b"From: =?utf-8?q?E=1B[31m=E2=80=AE?= <a@b.example>\nSubject: \x1b]0;x\x07\n"
        b'Content-Type: text/plain; name="x\x1b.txt"\n\nHello\x1b[2J\x9b\n'
    )
    for arguments in (["explain"], ["explain", "--json"], ["explain", "--jsonl"]):
        result = place.run(*arguments, str(file))
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(result.output)


def test_every_action_has_its_words() -> None:
    """None is shown by its bare name."""
    assert {action.value for action in Action} == set(ACTIONS)
