"""Filling a text, the operator's folder, and what is suggested for which words."""

import tomllib
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canned.library import OF_TOPIC, TOPIC, Library, Problem, load_library
from gateway.canned.text import Canned, read_canned
from tests.canned.conftest import GOOD, Write
from tests.cost import assert_linear, cheap

ROOT = Path(__file__).parent.parent.parent


def test_a_text_is_filled_with_what_is_given(write: Write, tmp_path: Path) -> None:
    """What may be left out is left out."""
    write()
    library = load_library(tmp_path / "own")

    assert "The colours of your shop stand in the menu." == library.fill("colours", "en", {"place": "the menu"})
    assert "The colours of bread.test stand in x." == library.fill(
        "colours", "en", {"place": "x", "shop": "bread.test"}
    )


@pytest.mark.parametrize(
    ("name", "language", "parameters", "sentence"),
    [
        ("colours", "en", {}, "The canned answer colours needs `place`: #canned colours place=…"),
        ("colours", "en", {"place": " "}, "The canned answer colours needs `place`: #canned colours place=…"),
        (
            "colours",
            "en",
            {"place": "x", "plaze": "y"},
            "The canned answer colours does not know `plaze`. It takes: place, shop.",
        ),
        ("colors", "en", {}, "There is no canned answer colors. Did you mean colours?"),
        ("colours", "el", {}, "The canned answer colours exists in en, not in el, the ticket's language."),
    ],
)
def test_what_cannot_be_filled_is_told_in_a_sentence(
    write: Write, tmp_path: Path, name: str, language: str, parameters: dict[str, str], sentence: str
) -> None:
    """It names the parameter, and what would be right."""
    write()

    assert Problem(sentence) == load_library(tmp_path / "own").fill(name, language, parameters)


def test_an_unknown_name_is_answered_with_the_list(shipped: Library) -> None:
    """Where none is near."""
    problem = shipped.fill("zebra", "en", {})

    assert isinstance(problem, Problem)
    assert problem.sentence.startswith("There is no canned answer zebra. There are: administrators, backup, ")


def test_a_text_that_is_broken_is_never_sent_and_keeps_no_mail_waiting(write: Write, tmp_path: Path) -> None:
    """Whoever asks for it hears which line; the search goes on without it."""
    path = write(GOOD.replace("**{{ place }}**", "{{ place.x.y }}"))
    library = load_library(tmp_path / "own")

    problem = library.fill("colours", "en", {"place": "x"})

    assert isinstance(problem, Problem)
    assert f"{path}:9:" in problem.sentence
    assert "colours" not in [each.name for each in library.suggest("colours theme colour", "en")]


def test_the_operators_text_is_used_in_place_of_the_shipped_one(write: Write, tmp_path: Path) -> None:
    """In that language only."""
    write(GOOD, name="backup")
    library = load_library(tmp_path / "own")

    assert "The colours of your shop stand in x." == library.fill("backup", "en", {"place": "x"})
    assert "Excel" in str(library.fill("backup", "de", {}))


def test_an_empty_file_takes_a_shipped_text_away(write: Write, tmp_path: Path) -> None:
    """It is neither suggested nor sent."""
    write("\n", name="backup")
    library = load_library(tmp_path / "own")

    assert isinstance(library.fill("backup", "en", {}), Problem)
    assert "backup" not in [each.name for each in library.suggest("export all products to Excel", "en")]


def test_a_suggestion_says_what_to_write(write: Write, tmp_path: Path) -> None:
    """The command names what has to be filled in, and nothing that may be left out."""
    write()

    found, *_ = load_library(tmp_path / "own").suggest("the colours of the theme", "en")

    assert ("colours", "Change the colours", "#canned colours place=…") == (found.name, found.title, found.command)


@pytest.mark.parametrize("text", ["", " \n", "?!", "1234 5678", "\x00", "the and of"])
def test_for_an_empty_mail_nothing_is_suggested(shipped: Library, text: str) -> None:
    """In no language, public or not, whatever the topic."""
    for language in (*shipped.languages, "xx", ""):
        assert () == shipped.suggest(text, language, "domains")
        assert () == shipped.offers(text, language, "domains")


def test_for_another_language_nothing_is_suggested(shipped: Library) -> None:
    """A text that its reader does not understand is no help."""
    assert () == shipped.suggest("how do I add a domain name", "fi")


def test_public_only_leaves_the_others_out(shipped: Library) -> None:
    """However well they fit."""
    text = "I lost my phone with the authenticator codes"

    assert "two-factor" == shipped.suggest(text, "en")[0].name
    assert "two-factor" not in [each.name for each in shipped.suggest(text, "en", public_only=True)]
    assert "two-factor" not in [each.name for each in shipped.offers(text, "en", "two-factor")]


def test_a_topic_lifts_its_texts_and_bounds_what_is_offered(shipped: Library) -> None:
    """What is about pictures that change by themselves is not about photos, whatever words they share."""
    text = "the photos and images at the top are cut off, which size in pixels"

    assert ["photos"] == [each.name for each in shipped.offers(text, "en", "photos")]
    assert () == shipped.offers(text, "en", "slideshow")
    alone = shipped.suggest(text, "en")[0].score
    assert shipped.suggest(text, "en", "photos")[0].score == pytest.approx(TOPIC * (alone + OF_TOPIC))


def test_a_text_of_the_topic_is_suggested_where_no_word_of_it_was_used(shipped: Library) -> None:
    """To the agent, not to the customer: the guess of a topic alone is too little for that."""
    text = "The lad who made this for us is gone, I need to be sure he stays outside from now on"

    assert "administrators" == shipped.suggest(text, "en", "administrators")[0].name
    assert "administrators" not in [each.name for each in shipped.offers(text, "en", "administrators")]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "shiping cosst for heavy parcels", "shipping-costs"),
        ("de", "Versandkostentabelle nach Paketgewicht", "shipping-costs"),
        ("nl", "Verzendkostentabel naar gewicht", "shipping-costs"),
        ("fr", "les frais de livraisno sont faux", "shipping-costs"),
        ("el", "ΜΕΤΑΦΟΡΙΚΑ ΓΙΑ ΝΗΣΙΑ", "shipping-costs"),
        ("el", "metaforika gia ta nisia kai dorean apostoli", "shipping-costs"),
        ("el", "πιλρωμή με κάρτα", "payment-methods"),
    ],
)
def test_slips_compounds_and_missing_accents_are_found(shipped: Library, language: str, text: str, name: str) -> None:
    """People write as they write."""
    assert name == shipped.suggest(text, language)[0].name


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300), language=st.sampled_from(["en", "el", "nl", "fr", "de"]))
def test_the_same_mail_gets_the_same_suggestions(shipped: Library, text: str, language: str) -> None:
    """Whatever it holds: a library that was just loaded says the same."""
    found = shipped.suggest(text, language)

    assert found == shipped.suggest(text, language)
    assert len(found) <= 3
    assert sorted((each.score for each in found), reverse=True) == [each.score for each in found]


def test_two_libraries_say_the_same(shipped: Library) -> None:
    """The order of files on the disk has no part in it."""
    mails = tomllib.loads((ROOT / "tests/data/canned/en.toml").read_text("utf-8"))["mail"]
    again = Library(reversed(shipped.texts()))

    assert [shipped.suggest(mail["text"], "en") for mail in mails] == [
        again.suggest(mail["text"], "en") for mail in mails
    ]


def test_two_hundred_texts_cost_less_than_two_milliseconds_a_mail(shipped: Library) -> None:
    """Mails as people write them; the longest one that is read costs no more than five of them may."""
    mails = [mail["text"] for mail in tomllib.loads((ROOT / "tests/data/canned/en.toml").read_text("utf-8"))["mail"]]
    library = Library(_many(shipped, 200))
    library.suggest(" ".join(mails), "en")

    cheap(0.002 * len(mails), lambda: [library.suggest(mail, "en") for mail in mails])
    cheap(0.010, partial(_suggest_once, library, " ".join(mails), 1))


def test_the_work_is_linear_in_the_mail(shipped: Library) -> None:
    """Long words, many words, words that are nearly keywords."""
    for piece in ("shiping ", "x" * 31 + " ", "é", "a b ", "domainnames"):
        assert_linear(partial(_suggest_once, shipped, piece), 4000)


_asked = count()


def _suggest_once(library: Library, piece: str, times: int) -> None:
    """Ask about a text that nobody asked about before: the answer to the last ones is remembered."""
    library.suggest(f"{next(_asked)} {piece * times}", "en")


def _many(library: Library, count: int) -> list[Canned]:
    english = [each for each in library.texts() if each.language == "en"]
    return [_renamed(english[number % len(english)], number) for number in range(count)]


def _renamed(text: Canned, number: int) -> Canned:
    found = read_canned(text.path)
    assert found is not None
    return Canned(**{name: getattr(found, name) for name in Canned.__slots__} | {"name": f"{text.name}-{number}"})
