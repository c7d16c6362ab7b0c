"""SQL for agents: who they are, as the configuration names them."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import insert, select, update

from gateway.model import Agent
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.agent import AgentRow
from gateway.tokens import canonical_address

_ACTIVE_AGENTS = Prepared(select(AgentRow.__table__).where(AgentRow.active).order_by(AgentRow.name))


def put_agents(tx: Tx, agents: Iterable[Agent]) -> None:
    """Keep the agents as the configuration names them; the others stay in the records but may do nothing."""
    tx.execute(update(AgentRow).values(active=False))
    known = set(tx.execute(select(AgentRow.address)).scalars())
    for agent in agents:
        address = canonical_address(agent.address)
        values = {
            "name": agent.name,
            "teams": agent.teams,
            "languages": agent.languages,
            "confirms": agent.confirms,
            "away": tuple(f"{first.isoformat()}/{last.isoformat()}" for first, last in agent.away),
            "hours": agent.hours,
            "active": True,
        }
        if address in known:
            tx.execute(update(AgentRow).where(AgentRow.address == address).values(values))
        else:
            tx.execute(insert(AgentRow).values(address=address, **values))


def active_agents(tx: Tx) -> list[Agent]:
    """The agents who may act now, by name."""
    rows = _ACTIVE_AGENTS.all(tx)
    return [
        Agent(
            name=row.name,
            address=row.address,
            teams=row.teams,
            languages=row.languages,
            confirms=row.confirms,
            away=tuple(map(_days, row.away)),
            hours=row.hours,
        )
        for row in rows
    ]


def _days(span: str) -> tuple[date, date]:
    first, _, last = span.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last)
