"""The floor under how well the language of a short mail is told: the same sets that `make accuracy` prints."""

import pytest

from scripts.accuracy import main
from scripts.accuracy_language import NAMES, SETS, STRANGERS, of_strangers, shares, texts


@pytest.mark.parametrize("name", SETS)
def test_short_mails_are_answered_in_their_language(name: str) -> None:
    """Of each set at least the part that is wanted; and hardly any is told to be in a wrong language."""
    path, floor = SETS[name]
    found = list(texts(path))
    right, wrong = shares(found)
    misses = [(each.expected, each.found, each.text) for each in found if not each.is_right]

    assert right >= floor.right, misses
    assert wrong <= floor.wrong, misses


def test_the_sets_are_large_enough_and_have_every_language() -> None:
    """A hundred at least, each language a fair part of them, and accounts of another language among them."""
    for path, _ in SETS.values():
        found = list(texts(path))
        assert set(NAMES) - {""} <= {each.expected for each in found}
        assert any(each.prior and each.prior != each.expected for each in found)
        assert len(found) == len({(each.text, each.prior) for each in found})
    made_by = list(texts(SETS["Languages of short mails"][0]))
    assert 100 <= len(made_by)
    assert "" in {each.expected for each in made_by}


@pytest.mark.parametrize("title", STRANGERS)
def test_strangers_are_answered_in_their_language(title: str) -> None:
    """Their mails, with Greek in Latin letters, excuses for bad English, and two languages in one."""
    found = list(of_strangers(STRANGERS[title]))
    right, wrong = shares(found)
    misses = [(each.expected, each.found, each.text) for each in found if not each.is_right]

    assert right >= 0.97, misses
    assert wrong <= 0.01, misses


def test_the_measure_needs_no_collections_and_says_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    """`make accuracy` without a folder; one that needs them says so."""
    assert 0 == main(["--only", "language"])
    assert "Languages of short mails" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--only", "spam"])
    assert "in which folder the collections are" in capsys.readouterr().err
