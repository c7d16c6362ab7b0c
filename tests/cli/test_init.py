"""`init` makes what a first start needs and touches nothing that is there."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.example import example_config
from gateway.cli.main import cli
from gateway.config import load
from gateway.store.db import Store
from gateway.store.migrate import require_current
from gateway.tokens import load_keys


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own gateway."""
    for variable in ("TICKET_GATEWAY_CONFIG", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(variable, raising=False)


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_a_gateway_that_could_start(tmp_path: Path) -> None:
    """A configuration that loads, a key nobody else can read, a database with all tables."""
    folder = tmp_path / "trial"
    arguments = ["--support-address", "help@desk.example", "--reply-domain", "r.desk.example"]
    result = CliRunner().invoke(cli, ["init", "--directory", str(folder), *arguments])
    assert result.exit_code == 0, result.output
    config = load(folder / "config.toml")
    assert config.support_address == "help@desk.example"
    assert config.gateway.reply_domain == "r.desk.example"
    assert config.state == folder / "state"
    assert load_keys(config.keys_directory).ids == (0,)
    assert [mode(path) for path in (config.keys_directory / "0", config.keys_directory, config.state)] == [
        0o600,
        0o700,
        0o700,
    ]
    assert mode(folder / "config.toml") & 0o007 == 0
    store = Store(config.store_url)
    require_current(store)
    store.close()


def test_init_replaces_no_configuration(tmp_path: Path) -> None:
    """The second time it ends with 2 and changes nothing, not even the key."""
    CliRunner().invoke(cli, ["init", "--directory", str(tmp_path)])
    (tmp_path / "config.toml").write_text("# mine\n")
    key = (tmp_path / "state/keys/0").read_bytes()
    result = CliRunner().invoke(cli, ["init", "--directory", str(tmp_path)])
    assert result.exit_code == 2
    assert "is there already; nothing was changed" in result.stderr
    assert (tmp_path / "config.toml").read_text() == "# mine\n"
    assert (tmp_path / "state/keys/0").read_bytes() == key


def test_init_keeps_a_key_that_is_there(tmp_path: Path) -> None:
    """Whoever lost the configuration keeps the signatures that customers have in their mail."""
    CliRunner().invoke(cli, ["init", "--directory", str(tmp_path)])
    key = (tmp_path / "state/keys/0").read_bytes()
    (tmp_path / "config.toml").unlink()
    assert CliRunner().invoke(cli, ["init", "--directory", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "state/keys/0").read_bytes() == key
    assert [path.name for path in (tmp_path / "state/keys").iterdir()] == ["0"]


def test_init_writes_where_config_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--config` and $STATE_DIRECTORY stand for the folders of an installed gateway."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "var"))
    file = tmp_path / "etc" / "config.toml"
    assert CliRunner().invoke(cli, ["--config", str(file), "init"]).exit_code == 0
    assert load(file).state == tmp_path / "var"
    assert (tmp_path / "var/keys/0").exists()


def test_init_with_a_wrong_address_writes_nothing(tmp_path: Path) -> None:
    """It is checked before anything is written."""
    result = CliRunner().invoke(cli, ["init", "--directory", str(tmp_path / "x"), "--support-address", "nobody"])
    assert result.exit_code == 2
    assert "support_addresses.1: must be an address" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_where_nothing_may_be_written_says_so(tmp_path: Path) -> None:
    """A file in the way of a folder."""
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(cli, ["init", "--directory", str(tmp_path / "file" / "x")])
    assert result.exit_code == 2
    assert "cannot be written: Not a directory" in result.stderr


def test_init_print_shows_the_example_and_writes_nothing(tmp_path: Path) -> None:
    """For `> config.example.toml`, byte for byte."""
    result = CliRunner().invoke(cli, ["init", "--print", "--directory", str(tmp_path / "x")])
    assert (result.exit_code, list(tmp_path.iterdir())) == (0, [])
    settings = {"gateway.state_directory": str(tmp_path / "x" / "state")}
    assert result.stdout == example_config(settings)
