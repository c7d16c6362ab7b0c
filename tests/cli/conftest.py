"""A configured gateway in a scratch folder, and the command line to act on it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import cli
from gateway.config import Config, load
from gateway.hours.desk_hours import DeskHours
from gateway.mail.message import Address, Message
from gateway.model import Ticket
from gateway.store.db import Store
from gateway.store.migrate import upgrade
from gateway.tickets import change

AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CONFIG = """
[gateway]
support_addresses = ["support@desk.example"]
reply_domain = "reply.example"
state_directory = "{state}"

[spam]
engine = "none"

[dns]
zone_file = "{zone}"

[[agents]]
name = "Alex"
address = "alex@desk.example"
"""
ZONE = """\
reply.example. 300 IN MX 10 mx.desk.example.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway's files, and its command line."""

    file: Path
    state: Path

    @property
    def config(self) -> Config:
        """The configuration as it is read."""
        return load(self.file)

    def run(self, *arguments: str, code: int = 0, stdin: str | bytes | None = None) -> Result:
        """Run a command that is to end with this exit code."""
        result = CliRunner().invoke(cli, ["--config", str(self.file), *arguments], input=stdin)
        assert code == result.exit_code, result.output
        return result

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What a command says with `--json`: one document and nothing else on standard output."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, to be copied."""
    file = tmp_path_factory.mktemp("database") / "ticket-gateway.db"
    store = Store(f"sqlite:///{file}")
    upgrade(store)
    store.close()
    return file


@pytest.fixture
def place(tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A gateway with a configuration, a key and an empty store."""
    for variable in ("TICKET_GATEWAY_CONFIG", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "TICKET_GATEWAY_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    state = tmp_path / "state"
    (state / "keys").mkdir(parents=True)
    (state / "keys" / "0").write_bytes(bytes(range(32)))
    (state / "keys" / "0").chmod(0o600)
    shutil.copy(empty_database, state / "ticket-gateway.db")
    zone = tmp_path / "zone"
    zone.write_text(ZONE)
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(state=state, zone=zone))
    return Place(file, state)


@pytest.fixture
def opened(place: Place) -> Iterator[Store]:
    """The store of the gateway."""
    store = Store(place.config.store_url)
    yield store
    store.close()


@pytest.fixture
def make_ticket(opened: Store) -> Callable[..., Ticket]:
    """Makes a ticket of what somebody wrote."""

    def make(
        subject: str = "Where is my order?",
        address: str = "eleni@shop.example",
        name: str = "Eleni",
        text: str = "Hello",
    ) -> Ticket:
        message = Message(
            author=Address(address=address, name=name) if address else None,
            message_id="<1@shop.example>",
            subject=subject,
            text=text,
            reply=text,
        )
        with opened.transaction() as tx:
            owner = change.Owner(confirmed=True)
            return change.open_ticket(tx, message, owner=owner, hours=DeskHours(), why="a stranger writes", at=AT)

    return make
