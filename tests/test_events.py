"""Events: the page that lists them is true, and no value of a line can be taken for something else."""

import dataclasses
import inspect
import io
import json
import logging
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import events, logs
from gateway.errors import Temporary
from gateway.ingest import imap_events

HOSTILE = "\n<0>fake event=mail_kept \x1b]0;title\x07 \u202eexe.fdp \x9b \udcff \u2028"
SAMPLES: dict[str, object] = {
    "str": "words",
    "int": 7,
    "bool": True,
    "float": 1.5,
    "BaseException": Temporary("out of order"),
}
HELPERS = {"describe", "configure", "mailbox"}


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    """Leave no handler of ours behind."""
    yield
    for handler in logging.getLogger().handlers[:]:
        if isinstance(handler, logs.JournalHandler | logs.LineHandler):
            logging.getLogger().removeHandler(handler)
            handler.close()
    logging.getLogger("ticket-gateway").setLevel(logging.NOTSET)


def functions() -> dict[str, Callable[..., None]]:
    """The functions of the events, by name."""
    members = inspect.getmembers(events, inspect.isfunction)
    return {name: function for name, function in members if not name.startswith("_") and name not in HELPERS}


def sample(annotation: Any) -> object:
    """Some value of that type."""
    return SAMPLES[str(getattr(annotation, "__name__", annotation)).split(" | ")[0]]


def say_everything() -> None:
    """Call every event once, with all its fields."""
    for function in functions().values():
        function(*(sample(parameter.annotation) for parameter in inspect.signature(function).parameters.values()))
    for _, kind in inspect.getmembers(imap_events, dataclasses.is_dataclass):
        assert isinstance(kind, type)
        events.mailbox(kind(**{field.name: sample(field.type) for field in dataclasses.fields(kind)}))
    logging.getLogger("somebody").warning("words")


def lines(form: str, say: Callable[[], None], level: str = "debug") -> list[str]:
    """What is written."""
    stream = io.StringIO()
    logs.configure(form, level, stream)
    say()
    return stream.getvalue().splitlines()


def test_the_page_lists_every_event_with_its_level_and_fields() -> None:
    """docs/events.md against what the code writes, both ways."""
    page = (Path(__file__).parent.parent / "docs" / "events.md").read_text()
    documented = {
        (name, level, tuple(re.findall(r"\w+", fields)))
        for name, level, fields in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\| [^|]+\|$", page, re.MULTILINE)
    }
    written = set()
    for line in lines("json", say_everything):
        event = json.loads(line)
        written.add((event.pop("event"), event.pop("level"), tuple(key for key in event if key != "time")))

    assert written == documented


def test_a_function_writes_the_event_of_its_name() -> None:
    """So that who greps for an event finds where it comes from."""
    for name, function in functions().items():
        arguments = [sample(parameter.annotation) for parameter in inspect.signature(function).parameters.values()]
        (line,) = lines("json", lambda function=function, arguments=arguments: function(*arguments))  # type: ignore[misc]

        assert name == json.loads(line)["event"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_hostile_values_stay_one_line_of_plain_characters(form: str) -> None:
    """Line breaks, terminal sequences, reversed text, lone surrogates: all escaped (threat A-48)."""
    (line,) = lines(form, lambda: events.mail_refused("smtp", 550, HOSTILE, HOSTILE))

    assert line.isprintable()
    assert line.startswith("{" if form == "json" else line[:8])
    assert "\\x0a<0>fake" in line.replace("\\\\", "\\")


def test_a_value_cannot_look_like_a_field_of_its_own_in_text() -> None:
    """Spaces, equals signs and quotation marks put a value into quotation marks."""
    (line,) = lines("text", lambda: events.mail_refused("smtp", 550, 'no" ticket=5', "x=y"))

    assert line.endswith(r'mail refused via=smtp code=550 why="no\" ticket=5" peer="x=y"')


def test_hostile_values_stay_in_their_journal_field() -> None:
    """The entry has exactly the fields that were meant, each on one line."""
    entry = {}

    def keep(record: logging.LogRecord) -> bool:
        entry["bytes"] = logs.datagram(record)
        return True

    events.LOGGER.addFilter(keep)
    lines("json", lambda: events.mail_failed("01K8", HOSTILE))
    events.LOGGER.removeFilter(keep)
    fields = dict(line.split("=", 1) for line in entry["bytes"].decode().splitlines())

    assert [
        "MESSAGE",
        "MESSAGE_ID",
        "PRIORITY",
        "SYSLOG_IDENTIFIER",
        "TICKET_GATEWAY_EVENT",
        "TICKET_GATEWAY_ENTRY",
        "TICKET_GATEWAY_ERROR",
    ] == list(fields)
    assert "4" == fields["PRIORITY"]
    assert "01K8" == fields["TICKET_GATEWAY_ENTRY"]


def test_a_long_value_is_cut() -> None:
    """At 1,000 characters, with a sign that it was."""
    (line,) = lines("json", lambda: events.store_failed("a" * 5000))

    assert "a" * 999 + "…" == json.loads(line)["reason"]


def test_an_entry_of_many_long_values_fits_the_journal() -> None:
    """Fields that would pass 64 KB are left out; the first ones say what happened."""
    record = logging.LogRecord("ticket-gateway", logging.ERROR, "", 0, "large", (), None)
    record.fields = {f"f{number}": "\U0001f600" * 1000 for number in range(40)}
    entry = logs.datagram(record)

    assert len(entry) <= logs.DATAGRAM_LIMIT
    assert b"\nTICKET_GATEWAY_EVENT=large\n" in entry


def test_a_journal_that_blocks_costs_entries_and_no_time(tmp_path: Path) -> None:
    """Entries are dropped and counted while nobody reads, and the next one taken says how many were."""
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(str(tmp_path / "journal"))
    handler = logs.JournalHandler(str(tmp_path / "journal"))
    record = logging.LogRecord("ticket-gateway", logging.INFO, "", 0, "spam_engine_up", (), None)
    sent = 0
    while handler.dropped < 3:
        sent += 1
        handler.emit(record)
    first = journal.recv(65536)
    handler.emit(record)
    rest = [journal.recv(65536) for _ in range(sent - 3)]
    handler.close()
    journal.close()

    assert b"DROPPED" not in first
    assert rest[-1].endswith(b"TICKET_GATEWAY_DROPPED=3\n")
    assert 0 == handler.dropped


def test_without_a_journal_nothing_is_raised(tmp_path: Path) -> None:
    """The gateway goes on."""
    handler = logs.JournalHandler(str(tmp_path / "none"))
    handler.emit(logging.LogRecord("ticket-gateway", logging.INFO, "", 0, "spam_engine_up", (), None))
    handler.close()

    assert 1 == handler.dropped


def test_message_ids_never_change() -> None:
    """Operators filter and alarm by them."""
    assert "6d04186827a350d390d7b49bb312a444" == logs.message_id("mail_kept")
    assert len({logs.message_id(name) for name in functions()}) == len(functions())


def test_an_unforeseen_exception_does_not_quote_the_mail() -> None:
    """Its message may hold what somebody wrote; its type and its places in the code do not."""

    def fail() -> None:
        raise ValueError("secret words of a customer")

    try:
        fail()
    except ValueError as error:
        (line,) = lines("json", lambda error=error: events.unexpected("decide", error, "01K8"))  # type: ignore[misc]

    event = json.loads(line)
    assert "ValueError" == event["error"]
    assert re.match(r"test_events\.py:\d+ fail < test_events\.py:\d+ test_an_unforeseen", event["trace"])
    assert "secret" not in line


def test_our_own_errors_and_the_systems_say_why() -> None:
    """Their words are ours or the kernel's."""
    assert "the store is full" == events.describe(Temporary("the store is full"))
    assert "FileNotFoundError: No such file or directory" == events.describe(FileNotFoundError(2, os.strerror(2), "x"))


def test_less_severe_events_than_the_level_are_not_written() -> None:
    """`[log] level = "warning"`."""
    assert [] == lines("json", events.spam_engine_up, "warning")
    assert 1 == len(lines("json", lambda: events.spam_engine_down("no answer"), "warning"))


def test_configuring_again_does_not_write_twice() -> None:
    """A handler of ours replaces the one before."""
    lines("json", events.spam_engine_up)

    assert 1 == len(lines("json", events.spam_engine_up))


def test_auto_is_text_on_a_terminal_and_json_in_a_file(tmp_path: Path) -> None:
    """And what a terminal gets is coloured by level unless $NO_COLOR says otherwise."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        with os.fdopen(theirs, "w") as terminal:
            logs.configure("auto", "info", terminal)
            events.store_failed("disk full")
            shown = screen.read(1000)
        with (tmp_path / "log").open("w") as file:
            logs.configure("auto", "info", file)
            events.store_failed("disk full")

    assert shown.startswith(b"\x1b[31m")
    assert b'ERROR   store failed reason="disk full"' in shown
    assert "store_failed" == json.loads((tmp_path / "log").read_text())["event"]


def test_auto_is_the_journal_where_standard_error_is_the_journals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream that systemd made is named in $JOURNAL_STREAM; one that was redirected since is another."""
    with (tmp_path / "stream").open("w") as stream, (tmp_path / "other").open("w") as other:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")

        assert "journald" == logs._automatic(stream)
        assert "json" == logs._automatic(other)
