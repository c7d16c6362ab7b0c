"""In which language a mail is: how well it is told, how fast, and when nothing is said."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.language import LANGUAGES, SAMPLE, guess_language
from tests.cost import cheap, seconds
from tests.mail.sentences import SENTENCES

GREEKLISH = (
    "kalimera sas den boro na mpo sto katastima mou boreite na me boithisete",
    "geia sas exo ena problima me tis pliromes",
    "8elw na allaksw to logo, pws ginetai?",
    "efxaristo poly, ola kala twra",
)


def test_short_sentences_are_told_apart() -> None:
    """At least 95 of 100 in each language, none of them taken for Greek or Greek for another."""
    for language, sentences in SENTENCES.items():
        guesses = [guess_language(sentence) for sentence in sentences]
        assert len(sentences) >= 40
        assert guesses.count(language) >= 0.95 * len(sentences), (language, guesses)
        assert language == "el" or "el" not in guesses
    assert {"el"} == {guess_language(sentence) for sentence in SENTENCES["el"]}
    assert set(LANGUAGES) == set(SENTENCES)


@pytest.mark.parametrize("prior", LANGUAGES)
def test_what_is_known_of_the_author_never_makes_a_right_guess_wrong_for_longer_texts(prior: str) -> None:
    """Three sentences are enough to be answered in their language, whatever the account says."""
    for language, sentences in SENTENCES.items():
        for start in range(0, len(sentences) - 3, 3):
            text = " ".join(sentences[start : start + 3])
            assert language == guess_language(text, prior), text


@pytest.mark.parametrize("text", ["ok", "Hallo", "merci", "re: PayPal", "4711", "👍", "", "?\n\n"])
def test_a_few_letters_say_nothing(text: str) -> None:
    """Then what is known of the author counts."""
    assert ("", "nl") == (guess_language(text), guess_language(text, "nl"))


@pytest.mark.parametrize(
    "text",
    [
        "hola, mi tienda no funciona desde ayer",
        "Здравствуйте, мой магазин не работает",
        "你好,我的商店打不开了,请帮忙",
        "متجري لا يعمل منذ الصباح",
        "x" * 5000,
        "\x00\x1b[31;1~ \ud800\udfff \ufffe \U0010ffff" * 20,
        "A\u0300" * 2000,
        "\u0375\u037e\u0387" * 9,
    ],
)
def test_other_languages_and_rubbish_have_none_of_ours(text: str) -> None:
    """And nothing of it is an error."""
    assert "" == guess_language(text)
    assert "de" == guess_language(text, "de")


@pytest.mark.parametrize("text", GREEKLISH)
def test_greek_in_latin_letters_is_greek(text: str) -> None:
    """Whatever the account says, if the text is long enough to say something against it."""
    assert "el" == guess_language(text, "el")
    assert "el" == guess_language(text)


@pytest.mark.parametrize(
    "text",
    [
        "ti scrivo per sapere se la mia bottega si apre domani",
        "na to se ptam pote, ta to den nefunguje na mobilu",
        "ola, me podem ajudar a mudar o logo na loja",
        "dimmi se sto sbagliando io, gia ieri non andava",
    ],
)
def test_small_words_that_other_languages_share_do_not_make_a_text_greek(text: str) -> None:
    """Italian, Czech and Portuguese have some of them, too."""
    assert "el" != guess_language(text)


def test_greek_with_names_of_products_is_greek() -> None:
    """And a text in English that names one Greek word is not."""
    assert "el" == guess_language("Το PayPal και η Visa δεν δουλεύουν στο checkout")
    assert "en" == guess_language("My customer wrote Καλημέρα and I do not know what that means")


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300), st.sampled_from(["", *LANGUAGES]))
def test_any_text_has_a_language_of_ours_or_none(text: str, prior: str) -> None:
    """Whatever it holds."""
    assert guess_language(text, prior) in ("", *LANGUAGES)


def test_a_mail_costs_a_fraction_of_a_millisecond_however_long_it_is() -> None:
    """The longest that is looked at, three times what it takes on our machine; and ten megabytes cost no more."""
    longest = " ".join(SENTENCES["de"])[:SAMPLE]
    endless = longest * 10_000
    cheap(0.1, lambda: [guess_language(longest) for _ in range(100)])
    ours = seconds(lambda: [guess_language(longest) for _ in range(100)])
    assert seconds(lambda: [guess_language(endless) for _ in range(100)]) < 3 * ours


def test_the_library_is_loaded_with_the_first_text_that_needs_it() -> None:
    """Neither the program's start pays for it, nor a mail in Greek, nor one whose small words say enough."""
    code = (
        "import sys; from gateway.mail.language import guess_language as guess\n"
        "assert guess('Καλημέρα σας') == 'el' and 'pycld2' not in sys.modules\n"
        "assert guess('Where is my invoice?') == 'en' and 'pycld2' not in sys.modules\n"
        "assert guess('Password reset not working') == 'en' and 'pycld2' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
