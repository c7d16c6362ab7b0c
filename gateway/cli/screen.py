"""What a command shows: tables for people, JSON for tools; never anything that steers a terminal.

On a terminal a table fits its width; elsewhere it is plain text, one line a row, nothing cut, so that `grep` and `awk`
can use it. Rich never parses what is shown: no markup, no emoji codes, no highlighting.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.cli import escape

UNLIMITED = 100_000
"""Columns where there is no terminal whose width counts."""
LONGEST_RECORD = 5000
"""Characters of a line that is to be copied whole."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; only flexible ones are folded where the terminal is narrow."""

    title: str
    flexible: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Styled:
    """A value of a table with a colour, for a terminal that has some; elsewhere it is the value alone."""

    value: object
    style: str


def console(*, stderr: bool = False) -> Console:
    """Rich's console for this moment's standard output, set to show text as it is."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        file=stream,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        width=None if stream.isatty() else UNLIMITED,
    )


def show_table(columns: Sequence[Column], rows: Iterable[Sequence[object]], *, nothing: str = "nothing") -> None:
    """Show rows as a table; where there are none, say so in words."""
    listed = list(rows)
    if not listed:
        click.echo(nothing)
        return
    target = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(
            column.title,
            no_wrap=not (column.flexible and target.is_terminal),
            overflow="fold",
            justify="right" if column.right else "left",
        )
    for row in listed:
        table.add_row(*map(_cell, row))
    _print(target, table)


def _cell(value: object) -> Text:
    return Text(cell_text(value.value), style=value.style) if isinstance(value, Styled) else Text(cell_text(value))


def show_tasks(tasks: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    """Show what is to be done: what it is about, a sentence, and lines to copy, each alone and never folded."""
    for about, sentence, lines in tasks:
        click.echo(f"  {escape.line(about)}: {escape.line(sentence)}")
        for line in lines:
            click.echo(f"    {escape.line(line, LONGEST_RECORD)}")


def show_panel(title: str, rows: Iterable[tuple[str, str]], *, below: str = "") -> None:
    """Show named paragraphs in a frame (without one where there is no terminal), and a longer text below them."""
    target = console()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(Text(name), Text(escape.block(text)))
    parts: list[RenderableType] = [grid]
    if below:
        parts += [Text(""), Text(escape.block(below))]
    if target.is_terminal:
        target.print(Panel(Group(*parts), title=Text(escape.line(title, 200)), title_align="left"))
        return
    click.echo(f"== {escape.line(title)} ==")
    _print(target, Group(*parts))
    click.echo()


def show_json(document: object) -> None:
    """Show one JSON document."""
    click.echo(escape.json_text(json.dumps(document, ensure_ascii=False, indent=2)))


def show_json_line(document: object) -> None:
    """Show one JSON object as one line."""
    click.echo(escape.json_text(json.dumps(document, ensure_ascii=False)))


def say(text: str) -> None:
    """Show a sentence or more."""
    click.echo(escape.block(text))


def warn(text: str) -> None:
    """Show a sentence on standard error."""
    click.echo(escape.block(text), err=True)


def cell_text(value: object) -> str:
    """A value as one line: nothing for None, yes and no, local time to the minute."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return local_time(value)
    return escape.line(value)


def local_time(moment: datetime) -> str:
    """A moment in the time zone of whoever looks at it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def iso(moment: datetime | None) -> str | None:
    """A moment for tools: ISO 8601 in UTC."""
    return moment.isoformat() if moment else None


def json_option(command: Any) -> Any:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(command)


def _print(target: Console, what: RenderableType) -> None:
    if target.is_terminal:
        target.print(what)
        return
    with target.capture() as captured:
        target.print(what)
    for row in captured.get().splitlines():
        click.echo(row.rstrip())
