"""Each way in which a configuration can be wrong ends with 2 and a sentence that names the place."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import cli
from tests.cli.conftest import Place

GOOD = '[gateway]\nsupport_addresses = ["support@desk.example"]\nreply_domain = "reply.example"\n'
WRONG = {
    "syntax": (GOOD + "[spam\n", "is not TOML: Expected ']' at the end of a table declaration (at line 4, column 6)"),
    "unknown key": (GOOD + "desk_nmae = 'x'\n", "gateway.desk_nmae: there is no such key; did you mean desk_name?"),
    "unknown section": (GOOD + "[spamm]\n", "spamm: there is no such key; did you mean spam?"),
    "wrong type": (GOOD + "[spam]\nport = 'many'\n", "spam.port: Input should be a valid integer"),
    "out of range": (GOOD + "[spam]\nport = 70000\n", "spam.port: Input should be less than or equal to 65535"),
    "wrong choice": (GOOD + "[log]\nlevel = 'loud'\n", "log.level: Input should be 'debug', 'info'"),
    "wrong form": (GOOD + "[ingest.smtp]\nlisten = ['25']\n", 'ingest.smtp.listen.1: must be "HOST:PORT"'),
    "missing key": ('[gateway]\nsupport_addresses = ["a@b.example"]\n', "gateway.reply_domain: is missing"),
    "nothing at all": ("", "gateway: is missing; it must be set"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_configuration_is_named_by_file_and_key(kind: str, tmp_path: Path) -> None:
    """One sentence a mistake, on standard error, without a traceback."""
    text, expected = WRONG[kind]
    file = tmp_path / "config.toml"
    file.write_text(text)
    result = CliRunner().invoke(cli, ["--config", str(file), "audit"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"Error: {file}: {expected}" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    """An operator does not have to mend them one by one."""
    file = tmp_path / "config.toml"
    file.write_text("[gateway]\nsupport_addresses = []\nreply_domain = ''\n")
    words = CliRunner().invoke(cli, ["--config", str(file), "key", "list"]).stderr
    assert "gateway.support_addresses" in words
    assert "gateway.reply_domain" in words


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    """An error must not print the value: it may be a password."""
    file = tmp_path / "config.toml"
    file.write_text(GOOD + "[outbox]\nconnections = 'hunter2'\npassword = 'hunter3'\n")
    words = CliRunner().invoke(cli, ["--config", str(file), "audit"]).stderr
    assert "outbox.connections" in words
    assert "hunter" not in words


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    """It is a folder, or it is not text."""
    file = tmp_path / "config.toml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    result = CliRunner().invoke(cli, ["--config", str(file), "audit"])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}: {'Is a directory' if content is None else 'is not UTF-8 text'}")


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not read the configuration is told so."""
    file = tmp_path / "config.toml"
    file.write_text(GOOD)
    file.chmod(0)
    if os.geteuid() == 0:  # root may read everything: the kernel's answer is given in its place

        def refuse(self: Path) -> bytes:
            raise PermissionError(13, os.strerror(13), str(self))

        monkeypatch.setattr(Path, "read_bytes", refuse)
    result = CliRunner().invoke(cli, ["--config", str(file), "audit"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {file}: Permission denied")


def test_a_missing_file_tells_how_to_make_one(tmp_path: Path) -> None:
    """The first thing a new operator meets."""
    result = CliRunner().invoke(cli, ["--config", str(tmp_path / "none.toml"), "serve"])
    assert result.exit_code == 2
    assert "`ticket-gateway init` writes a first configuration" in result.stderr


def test_a_database_that_is_not_there_is_not_made(place: Place) -> None:
    """To look at a store must not leave an empty one behind."""
    (place.state / "ticket-gateway.db").unlink()
    words = place.run("audit", code=2).stderr
    assert "`ticket-gateway db upgrade` makes it" in words
    assert not (place.state / "ticket-gateway.db").exists()


def test_a_database_of_something_else_is_refused(place: Place) -> None:
    """A file that is no database of ours ends with 2 or 75, never with a traceback."""
    (place.state / "ticket-gateway.db").write_bytes(b"no database" * 1000)
    words = place.run("audit", code=75).stderr
    assert "file is not a database" in words


def test_a_store_that_cannot_be_reached_is_for_later(place: Place) -> None:
    """Temporary, so 75."""
    place.file.write_text(place.file.read_text() + '[store]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n')
    assert "Connection refused" in place.run("audit", code=75).stderr


def test_the_environment_names_the_configuration(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """$TICKET_GATEWAY_CONFIG is used where `--config` is not given."""
    monkeypatch.setenv("TICKET_GATEWAY_CONFIG", str(place.file))
    result = CliRunner().invoke(cli, ["audit"])
    assert result.exit_code == 0, result.output
