"""In which language is a text? Of those that we write, or "" where it does not tell.

Greek is told by its letters. The others are told apart by CLD2, which ships with its tables and asks nobody; it is
loaded with the first text that needs it (7 MB, 30 µs for a sentence). An empty answer is better than a wrong one: then
what is known of the customer decides.

BUGS: Greek in Latin letters ("kalimera sas") has no language here.
"""

import re
from functools import cache
from typing import Any

LANGUAGES = ("en", "el", "nl", "fr", "de")
"""Languages that we write in; the first is what others fall back to."""
SAMPLE = 500
"""Characters that are looked at: more would not make the answer better, and would cost (CLD2: 0.1 µs a character)."""
MIN_LETTERS = 8
"""Of a text with fewer ("ok", "re: paypal") nothing is said."""
SURE_LETTERS = 30
"""From so many letters on, a text may speak against the language that its author is known for."""
_GREEK_SHARE = 0.3
_LETTER = re.compile(r"[^\W\d_]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def guess_language(text: str, prior: str = "") -> str:
    """The language of what a person wrote, "" where it does not tell.

    `prior` is the language that its author is known for, where he may be known: it decides where the text is short or
    says little, and only a longer text that is clearly in another language is not in it.
    """
    sample = text[:SAMPLE]
    letters, greek = len(_LETTER.findall(sample)), len(_GREEK.findall(sample))
    if letters and greek >= max(2, letters * _GREEK_SHARE):
        return "el"
    if letters < MIN_LETTERS:
        return prior
    language, is_reliable = _by_words(sample, prior)
    if prior and language != prior and not (is_reliable and letters >= SURE_LETTERS):
        return prior
    return language


def _by_words(text: str, prior: str) -> tuple[str, bool]:
    """What CLD2 says, if it is a language of ours in Latin letters; and does it call that reliable?"""
    hint = {"hintLanguage": prior} if prior in LANGUAGES else {}
    # It refuses control characters and what is no valid UTF-8.
    plain = _CONTROL.sub(" ", text).encode("utf-8", "replace")
    cld2 = _cld2()
    try:
        is_reliable, _, found = cld2.detect(plain, isPlainText=True, bestEffort=True, **hint)
    except cld2.error:
        return "", False
    language = found[0][1]
    return (language, is_reliable) if language in LANGUAGES and language != "el" else ("", False)


@cache
def _cld2() -> Any:
    import pycld2

    return pycld2
