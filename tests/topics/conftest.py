"""A desk with two teams, and what happens to its tickets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.model import Agent
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.topics.teams import Team
from tests.desk import AGENT, TestDesk, open_desk

LEE = "lee@desk.test"
SAM = "sam@desk.test"
TEAMS = (Team(name="money", topics=("payments", "invoices")), Team(name="parcels", topics=("shipping", "orders")))
AGENTS = (
    Agent(name="Kim", address=AGENT, languages=("en",), teams=("money",)),
    Agent(name="Lee", address=LEE, languages=("en",), teams=("parcels",)),
    Agent(name="Sam", address=SAM, languages=("en",)),
)


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """Two teams of one agent each, and an agent of none; once on each database."""
    with _with_teams(store, clock, tmp_path, reader) as opened:
        yield opened


@pytest.fixture
def fast_desk(fast_store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """The same on SQLite only, for what does not depend on the database."""
    with _with_teams(fast_store, clock, tmp_path, reader) as opened:
        yield opened


@contextmanager
def _with_teams(store: Store, clock: FixedClock, folder: Path, reader: Reader) -> Iterator[TestDesk]:
    with open_desk(store, clock, folder, reader) as opened:
        with store.transaction() as tx:
            put_agents(tx, AGENTS)
        gateway = opened.gateway
        opened.gateway = replace(
            gateway, desk=replace(gateway.desk, teams=TEAMS), policy=replace(gateway.policy, teams=TEAMS)
        )
        yield opened
