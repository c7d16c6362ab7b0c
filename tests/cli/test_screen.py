"""Tables fit a terminal, are plain elsewhere, and never parse what they show."""

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout

import pytest
from rich.cells import cell_len

from gateway.cli import screen
from gateway.cli.screen import Column, show_json, show_json_line, show_panel, show_table

COLUMNS = [Column("No", right=True), Column("Subject", flexible=True)]
LONG = "a subject that goes on and on " * 6


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], str]:
    """Gives what is shown on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")

    def shown(show: Callable[[], None]) -> str:
        with redirect_stdout(Terminal()) as terminal:
            show()
        return terminal.getvalue()

    return shown


def width(shown: str) -> int:
    """Columns of the longest line, without what only colours it."""
    return max(cell_len(re.sub("\x1b\\[[0-9;]*m", "", line)) for line in shown.splitlines())


def test_a_table_without_a_terminal_has_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is folded or cut, nothing is coloured, no line ends with spaces."""
    show_table(COLUMNS, [(1, LONG), (22, "short")])
    assert capsys.readouterr().out.splitlines() == ["No  Subject", f" 1  {LONG.strip()}", "22  short"]


def test_a_table_fits_a_terminal_of_80_columns(on_terminal: Callable[[Callable[[], None]], str]) -> None:
    """The flexible column is folded; everything is still there."""
    shown = on_terminal(lambda: show_table(COLUMNS, [(1, LONG)]))
    assert width(shown) <= 80
    assert len(shown.splitlines()) > 2
    assert " ".join(shown.split()).count("goes on and on") == 6


def test_what_is_shown_is_never_parsed(on_terminal: Callable[[Callable[[], None]], str]) -> None:
    """Markup, links and emoji codes of an outsider are shown letter for letter, ESC spelled out."""
    shown = on_terminal(
        lambda: show_table(COLUMNS, [(1, "[red]x[/red] [link=http://a.example]y[/link] :warning: \x1b[5m")])
    )
    assert "[red]x[/red]" in shown
    assert ":warning:" in shown
    assert "\\x1b[5m" in shown
    assert "\x1b[5m" not in shown


def test_a_panel_shows_paragraphs_and_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is a heading, the named paragraphs, then the text with its lines."""
    show_panel("Ticket 1: [b]", [("From", "a@b.example"), ("Why", "two\nlines")], below="Hello\n\nBye\x1b")
    assert capsys.readouterr().out.splitlines() == [
        "== Ticket 1: [b] ==",
        "From  a@b.example",
        "Why   two",
        "      lines",
        "",
        "Hello",
        "",
        "Bye\\x1b",
        "",
    ]


def test_a_panel_on_a_terminal_is_framed_within_80_columns(on_terminal: Callable[[Callable[[], None]], str]) -> None:
    """The frame and everything in it keep to the width."""
    shown = on_terminal(lambda: show_panel("T" * 100, [("From", LONG)], below=LONG))
    assert shown.startswith("╭")
    assert width(shown) <= 80


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Words instead of a header without rows."""
    show_table(COLUMNS, [], nothing="There is nothing.")
    assert capsys.readouterr().out == "There is nothing.\n"


def test_json_keeps_letters_and_escapes_controls(capsys: pytest.CaptureFixture[str]) -> None:
    """Letters stay readable; what steers a terminal is escaped; a JSON line is one line."""
    show_json({"a": "Ω\x9b\u202e"})
    show_json_line({"a": "x\u2028y"})
    assert capsys.readouterr().out == '{\n  "a": "Ω\\u009b\\u202e"\n}\n{"a": "x\\u2028y"}\n'


def test_values_become_words() -> None:
    """None is empty, truth is yes or no."""
    assert [screen.cell_text(value) for value in (None, True, False, 3)] == ["", "yes", "no", "3"]
