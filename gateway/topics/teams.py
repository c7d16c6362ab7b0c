"""Which team looks after a topic? The first of the configured ones that takes it, in that language."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Agents who look after some topics, as the configuration names them."""

    name: str
    topics: tuple[str, ...] = ()
    """None: all, also what has no topic."""
    languages: tuple[str, ...] = ()
    """None: all."""


def team_for(topic: str, teams: Sequence[Team], language: str = "") -> str:
    """The name of the team, "" where there is none for it.

    A team that names the topic comes before one that takes all; among these, the order of the configuration counts.
    Without a language every team speaks it.
    """
    speaking = [team for team in teams if not (language and team.languages) or language in team.languages]
    named = [team for team in speaking if topic in team.topics]
    rest = [team for team in speaking if not team.topics]
    return next((team.name for team in (*named, *rest)), "")
