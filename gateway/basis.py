"""What every process of the gateway needs of the configuration first: its role, its store, and who the agents are."""

from enum import StrEnum

from gateway.config import Config
from gateway.model import Agent
from gateway.store.claims import owner_name
from gateway.store.db import Store


class Role(StrEnum):
    """What one process may do; `serve` does all of it, several processes on one store may share it."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    DECIDE = "decide"
    DELIVER = "deliver"
    CLOCK = "clock"


def open_store(config: Config) -> Store:
    """The store of the configuration; its schema is not looked at."""
    return Store(config.store_url, owner_name())


def agents_of(config: Config) -> tuple[Agent, ...]:
    """The agents that the configuration names."""
    return tuple(
        Agent(
            name=agent.name,
            address=agent.address,
            teams=agent.teams,
            languages=agent.languages,
            confirms=agent.confirms,
            away=agent.away,
            hours=agent.hours,
        )
        for agent in config.agents
    )
