"""The floor under the split of replies and the natures of mails, on mails written before the rules were looked at."""

import pytest

from scripts import accuracy_natures, accuracy_replies
from scripts.accuracy import main
from scripts.accuracy_replies import HALVES

REPLIES = accuracy_replies.held_back_sets()
NATURES = accuracy_natures.own_sets()


@pytest.mark.parametrize("half", HALVES)
def test_what_the_sender_wrote_now_is_shown_and_little_else(half: str) -> None:
    """Of each half at least the part that is wanted."""
    cases = REPLIES[half]
    misses = [(case.name, case.expected, case.found) for case in cases if not case.is_right]

    assert len(cases) * (1 - accuracy_replies.WANTED) >= len(misses), misses


def test_no_text_of_a_customer_is_lost() -> None:
    """Not one line, in no language, in no set of ours."""
    sets = accuracy_replies.own_sets()

    assert [] == [(name, case.name, case.lost) for name, cases in sets.items() for case in cases if case.lost]


@pytest.mark.parametrize("name", NATURES)
def test_machines_and_persons_are_told_apart(name: str) -> None:
    """Of each set at least the part that is wanted."""
    cases = NATURES[name]
    misses = [(case.name, case.expected, case.found.why) for case in cases if not case.is_right]

    assert len(cases) * (1 - accuracy_natures.WANTED) >= len(misses), misses


def test_no_person_is_called_a_machine() -> None:
    """Not one: he would get no answer."""
    assert [] == [
        (name, case.name, case.found.why) for name, cases in NATURES.items() for case in cases if case.is_wronged
    ]


def test_the_sets_are_large_enough_and_each_mail_is_there_once() -> None:
    """Thirty of each language that we answer in, ten of others; eighty machines and sixty persons."""
    for language, least in {"el": 30, "nl": 30, "fr": 30, "de": 30, "en": 30, "other": 10}.items():
        names = [case.name for half in HALVES for case in REPLIES[f"{half}, {language}"]]
        assert least <= len(names) == len(set(names))
    for kind, least in {"machines": 80, "persons": 60}.items():
        names = [case.name for half in HALVES for case in NATURES[f"{half}, {kind}"]]
        assert least <= len(names) == len(set(names))


def test_the_halves_share_no_mail() -> None:
    """Every second one was not used to mend the rules."""
    assert ([1, 3, 5], [2, 4]) == accuracy_replies.halves([1, 2, 3, 4, 5])


def test_the_measures_need_no_collections_and_say_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    """`make accuracy` without a folder."""
    assert 0 == main(["--only", "replies", "--only", "natures"])
    printed = capsys.readouterr().out
    assert "Replies" in printed
    assert "Bounces and automatic mail, our own" in printed
