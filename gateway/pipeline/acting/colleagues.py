"""Whom does a name mean? Agents and teams by their names, or by a beginning that only one has. Pure."""

from collections.abc import Sequence

from gateway.model import Agent
from gateway.tokens import canonical_address


def find_agent(name: str, agents: Sequence[Agent]) -> Agent | None:
    """The agent of that name or address; None where there is none, or several could be meant."""
    wanted = name.strip().casefold()
    address = canonical_address(name) if "@" in name else ""
    if exact := [agent for agent in agents if wanted == agent.name.casefold() or address == agent.address]:
        return exact[0] if len(exact) == 1 else None
    begins = [agent for agent in agents if any(each.startswith(wanted) for each in _spellings(agent))]
    return begins[0] if wanted and len(begins) == 1 else None


def find_name(name: str, known: Sequence[str]) -> str:
    """The one of these names that is meant; "" where there is none, or several could be meant."""
    wanted = _plain(name)
    exact = [each for each in known if _plain(each) == wanted]
    begins = [each for each in known if wanted and _plain(each).startswith(wanted)]
    found = exact or begins
    return found[0] if len(found) == 1 else ""


def nobody(name: str, agents: Sequence[Agent]) -> str:
    """The sentence for a name that means no agent."""
    return (
        f"There is no colleague `{name[:60]}`, or several could be meant. There are {listed([a.name for a in agents])}."
    )


def listed(names: Sequence[str], most: int = 40) -> str:
    """Names in a row."""
    shown = ", ".join(names[:most]) or "none"
    return f"{shown} and others" if len(names) > most else shown


def _spellings(agent: Agent) -> tuple[str, ...]:
    return agent.name.casefold(), *agent.name.casefold().split(), agent.address


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())
