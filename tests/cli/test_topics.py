"""Operators see the topics, what a text is about and why, and tickets by topic and team."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from gateway.config import parse
from gateway.errors import ConfigError
from gateway.model import Ticket
from gateway.store.db import Store
from gateway.store.schema.ticket import TicketRow
from gateway.topics.names import TOPIC_NAMES
from tests.cli.conftest import Place

Make = Callable[..., Ticket]
TEAMS = """
[[teams]]
name = "money"
topics = ["payments", "invoices"]

[[teams]]
name = "others"
"""
GATEWAY = {"support_addresses": ["support@desk.example"], "reply_domain": "reply.example"}


def test_the_topics_are_listed_with_their_teams(place: Place) -> None:
    """All of them, in the order of the help centre, with titles in any of the five languages."""
    place.file.write_text(place.file.read_text() + TEAMS)
    shown = place.json("topics", "show", "--language", "de")
    assert shown["trained_at"] is None
    assert list(TOPIC_NAMES) == [topic["name"] for topic in shown["topics"]]
    assert {"name": "photos", "title": "Fotos", "teams": ["others"], "learnt": 0.0} in shown["topics"]
    assert ["money", "others"] == next(topic["teams"] for topic in shown["topics"] if topic["name"] == "payments")
    assert "Payment methods and providers" in place.run("topics", "show").stdout
    assert "not trained yet" in place.run("topics", "show").stdout


def test_a_guess_says_why(place: Place) -> None:
    """The words, how sure it is, and what else it may be."""
    found = place.json("topics", "guess", "PayPal and card payments fail", "--subject", "newsletter")
    assert "payments" == found["topic"]
    assert '"PayPal"' in found["why"]
    assert {"topic", "score", "words"} == set(found["others"][0])
    said = place.run("topics", "guess", "PayPal and card payments fail", "--subject", "newsletter").stdout
    assert said.startswith("Payments (")
    assert "marketing" in said


def test_a_text_is_taken_from_standard_input(place: Place) -> None:
    """Where none is named; it has to be UTF-8."""
    assert "shipping" in place.run("topics", "guess", stdin="Πόσο κοστίζουν τα μεταφορικά;").stdout.casefold()
    assert place.run("topics", "guess", stdin="hello").stdout.startswith("No word of it speaks for a topic")
    place.run("topics", "guess", stdin=b"\xff\xfe", code=2)


def test_training_tells_what_it_found(place: Place) -> None:
    """And `show` tells when it was."""
    assert "Learnt from 0 tickets" in place.run("topics", "train").stdout
    assert place.json("topics", "show")["trained_at"] is not None
    assert "on 0 tickets" in place.run("topics", "show").stdout


def test_tickets_are_listed_by_topic_and_team(place: Place, make_ticket: Make, opened: Store) -> None:
    """Also those of an account; a topic that is none is wrong usage."""
    first, second = make_ticket("First").id, make_ticket("Second").id
    with opened.transaction() as tx:
        values = {"topic": "payments", "team": "money", "account_id": "7"}
        tx.execute(update(TicketRow).where(TicketRow.id == first).values(**values))
        tx.execute(update(TicketRow).where(TicketRow.id == second).values(account_id="7"))
    for options in (("--topic", "payments"), ("--team", "money"), ("--topic", "payments", "--account", "7")):
        assert [first] == [ticket["number"] for ticket in place.json("ticket", "list", *options)]
    assert [] == place.json("ticket", "list", "--topic", "photos")
    assert ("payments", "money") == (lambda shown: (shown["topic"], shown["team"]))(
        place.json("ticket", "show", str(first))
    )
    place.run("ticket", "list", "--topic", "paymets", code=2)


@pytest.mark.parametrize(
    ("teams", "agents", "said"),
    [
        ([{"name": "a", "topics": ["paymets"]}], [], "there is no topic paymets; did you mean payments?"),
        ([{"name": "a"}, {"name": "a"}], [], "[[teams]] names a twice"),
        ([{"name": "a", "languages": ["it"]}], [], "teams.1.languages"),
        ([{"name": "a"}], ["b"], "there is no team b; [[teams]] has a"),
    ],
)
def test_a_wrong_team_is_refused_with_what_would_be_right(
    teams: list[dict[str, object]], agents: list[str], said: str
) -> None:
    """At the start, not with the first mail."""
    person = {"name": "Kim", "address": "kim@desk.example", "teams": agents}
    with pytest.raises(ConfigError) as refused:
        parse({"gateway": GATEWAY, "teams": teams, "agents": [person]}, "config.toml")
    assert said in str(refused.value)


def test_agents_may_have_teams_without_a_list_of_them() -> None:
    """As before there was one: `#team` knows them by the agents."""
    person = {"name": "Kim", "address": "kim@desk.example", "teams": ["night"]}
    assert ("night",) == parse({"gateway": GATEWAY, "agents": [person]}, "config.toml").agents[0].teams
