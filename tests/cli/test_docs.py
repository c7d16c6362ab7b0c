"""The documents for operators are held to the code.

`python -m tests.cli.test_docs` writes the help texts into docs/commands-operators.md anew.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.main import COMMANDS, cli
from gateway.config import Config

DOCS = Path(__file__).parent.parent.parent / "docs"
COMMANDS_FILE = DOCS / "commands-operators.md"
MARK = "<!-- From here on: the help texts, written by `python -m tests.cli.test_docs`. -->\n"


def written_out() -> str:
    """The help of every command, as it is shown at 80 columns."""
    settings = cli.context_settings | {"terminal_width": 80, "max_content_width": 80}
    with click.Context(cli, info_name="ticket-gateway", **settings) as root:
        return "\n".join(_help(cli, root, 2))


def _help(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            with click.Context(inner, info_name=name, parent=context) as below:
                yield from _help(inner, below, level + 1)


def test_the_help_texts_are_written_out() -> None:
    """`python -m tests.cli.test_docs` after a change of a command."""
    _, mark, tail = COMMANDS_FILE.read_text(encoding="utf-8").partition(MARK)
    assert mark == MARK
    assert tail.strip() == written_out().strip()


def test_the_head_names_every_exit_code_and_every_command() -> None:
    """What an operator looks up first."""
    head = COMMANDS_FILE.read_text(encoding="utf-8").partition(MARK)[0]
    assert [code for code in (0, 1, 2, 70, 75, 130) if f"| {code} |" not in head] == []
    assert [name for name in COMMANDS if f"`{name}" not in head] == []


def test_the_document_of_the_configuration_names_every_section() -> None:
    """Each with a line; the keys stand in config.example.toml."""
    text = (DOCS / "config.md").read_text(encoding="utf-8")
    assert [name for name in Config.model_fields if f"{name}]" not in text] == []


if __name__ == "__main__":
    kept = COMMANDS_FILE.read_text(encoding="utf-8").partition(MARK)[0]
    COMMANDS_FILE.write_text(f"{kept}{MARK}\n{written_out()}", encoding="utf-8")
