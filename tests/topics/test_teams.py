"""The first team that takes a topic in a language has it; one that takes all comes after those that name it."""

from gateway.topics.teams import Team, team_for

MONEY = Team(name="money", topics=("payments", "invoices"))
GREEK_MONEY = Team(name="greek money", topics=("payments",), languages=("el",))
ALL = Team(name="all")
GREEK = Team(name="greek", languages=("el",))


def test_a_team_that_names_the_topic_has_it() -> None:
    """Wherever one that takes all stands."""
    assert "money" == team_for("payments", [ALL, MONEY])
    assert "all" == team_for("photos", [MONEY, ALL])


def test_the_order_of_the_configuration_counts() -> None:
    """Of two that fit, the first."""
    assert "greek money" == team_for("payments", [GREEK_MONEY, MONEY], "el")
    assert "money" == team_for("payments", [MONEY, GREEK_MONEY], "el")


def test_a_team_has_only_its_languages() -> None:
    """Without a language, all of them speak it."""
    assert "money" == team_for("payments", [GREEK_MONEY, MONEY], "nl")
    assert "" == team_for("photos", [GREEK], "nl")
    assert "greek" == team_for("photos", [GREEK])


def test_what_has_no_topic_goes_to_a_team_that_takes_all() -> None:
    """Or to nobody in particular."""
    assert "all" == team_for("", [MONEY, ALL])
    assert "" == team_for("", [MONEY])
    assert "" == team_for("payments", [])
