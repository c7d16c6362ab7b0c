"""The command line as a whole: which commands there are, how failures end, how fast it starts."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway import __version__
from gateway.cli import failure
from gateway.cli.main import COMMANDS, cli
from gateway.errors import ConfigError, Permanent, StoreMismatch, Temporary
from tests.cli.conftest import Place

COMMAND = str(Path(sys.executable).with_name("ticket-gateway"))


def failing_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """The exit code and the words of a command that raises this."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("gateway.cli.main.import_module", fail)
    result = CliRunner().invoke(cli, [*(arguments or ("audit",))])
    assert result.stdout == ""
    return result.exit_code, result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_their_own_help_says(name: str) -> None:
    """The one line of each command, which is written twice so that the list needs no imports, is the same."""
    lazy = COMMANDS[name]
    command: click.Command = getattr(import_module(f"gateway.cli.{lazy.module}"), lazy.name)
    assert lazy.help == (command.help or "").split("\n\n")[0].replace("\n", " ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("wrong"), 2),
        (StoreMismatch("wrong"), 2),
        (Temporary("wrong"), 75),
        (Permanent("wrong"), 1),
        (RuntimeError("wrong"), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence on standard error, nothing on standard output, no traceback."""
    found, words = failing_with(error, monkeypatch)
    assert code == found
    assert words.startswith("Error: ")
    assert "Traceback" not in words


def test_an_unforeseen_failure_tells_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable; with it set, the traceback is shown."""
    assert failure.DEBUG_VARIABLE + "=1" in failing_with(ZeroDivisionError("by zero"), monkeypatch)[1]
    monkeypatch.setenv(failure.DEBUG_VARIABLE, "1")
    assert "Traceback" in failing_with(ZeroDivisionError("by zero"), monkeypatch)[1]


def test_a_failure_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stranger typed may stand in an error; it is spelled out."""
    assert "\x1b" not in failing_with(ConfigError("a \x1b[31m file"), monkeypatch)[1]


@pytest.mark.parametrize(
    "error", [ConfigError("wrong"), StoreMismatch("x"), RuntimeError("x"), KeyboardInterrupt(), OSError(28, "full")]
)
def test_a_pipe_is_told_to_try_again_whatever_fails(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server bounces on every code but 75, so a wrong configuration must not lose a mail (I1)."""
    code, words = failing_with(error, monkeypatch, "import", "-")
    assert code == 75
    assert "not kept" in words


def test_a_pipe_with_a_wrong_option_is_told_to_try_again() -> None:
    """A typing mistake in the mail server's configuration must not bounce mail either."""
    assert CliRunner().invoke(cli, ["import", "--no-such-option", "-"]).exit_code == 75
    assert CliRunner().invoke(cli, ["--no-such-option", "import", "-"]).exit_code == 75


def test_wrong_usage_ends_with_2() -> None:
    """An unknown option, an unknown command, no command at all."""
    for arguments in (["audit", "--no-such"], ["audti"], ["key", "revoke", "99"]):
        assert CliRunner().invoke(cli, arguments).exit_code == 2, arguments


def test_an_unknown_command_names_the_nearest() -> None:
    """A typing mistake is answered with what was meant."""
    assert "Did you mean 'ticket'?" in CliRunner().invoke(cli, ["tikcet"]).stderr


@pytest.mark.parametrize("command", [["--help"], ["-h"], *([name, "--help"] for name in COMMANDS)])
def test_every_command_has_help_within_100_columns(command: list[str]) -> None:
    """Help ends with 0 and can be read."""
    result = CliRunner().invoke(cli, command, terminal_width=100)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 100


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_start_within_four_tenths_of_a_second(arguments: list[str]) -> None:
    """They load neither the database's library nor the mail's: processor time, the best of five."""
    times = []
    for _ in range(5):
        began = os.times()
        subprocess.run([COMMAND, *arguments], check=True, capture_output=True)
        ended = os.times()
        times.append(ended.children_user + ended.children_system - began.children_user - began.children_system)
        if times[-1] < 0.4:
            return
    pytest.fail(f"{times}")


def test_small_commands_load_no_large_library(place: Place) -> None:
    """Listing keys needs no database; listing tickets needs no mail parser, DNS or migration library."""
    for arguments, forbidden in (
        (["key", "list"], ("sqlalchemy", "alembic", "mailparser", "dns", "aiosmtpd")),
        (["ticket", "list"], ("alembic", "mailparser", "dns", "aiosmtpd", "aiosmtplib", "jinja2")),
        (["init", "--print"], ("sqlalchemy", "alembic", "mailparser", "dns", "aiosmtpd")),
    ):
        code = (
            "import sys; from gateway.cli.main import cli\n"
            f"try: cli({['--config', str(place.file), *arguments]!r})\n"
            "except SystemExit as end: print(end.code, *sys.modules, file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        end, *loaded = done.stderr.split()
        assert end == "0"
        assert set(forbidden) & set(loaded) == set(), arguments


def test_the_real_command_ends_with_its_codes(place: Place, tmp_path: Path) -> None:
    """As a process: 0, 1, 2 and 75 reach the shell, and only the answer is on standard output."""
    environment = os.environ | {"TICKET_GATEWAY_CONFIG": str(place.file)}

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments], env=environment | more, capture_output=True, text=True, check=False, input=""
        )

    assert run("audit").returncode == 0
    assert run("ticket", "show", "7").returncode == 1
    missing = run("audit", TICKET_GATEWAY_CONFIG=str(tmp_path / "none.toml"))
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith(f"Error: {tmp_path}/none.toml: No such file or directory")
    assert run("import", "-", TICKET_GATEWAY_CONFIG=str(tmp_path / "none.toml")).returncode == 75


def test_version_is_the_program_s_own() -> None:
    """`--version` says the version of the package."""
    assert CliRunner().invoke(cli, ["--version"]).stdout == f"ticket-gateway {__version__}\n"


def test_a_reader_that_goes_away_is_no_failure_to_tell_of(place: Place) -> None:
    """`ticket-gateway init --print | head -1` ends without a word."""
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {COMMAND} init --print | head -1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("# Configuration of ticket-gateway")
