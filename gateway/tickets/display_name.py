"""May a name from outside be shown to agents, or does it pretend to be one of ours (A-16, CWE-451)?

What is compared is what a name looks like: without case, accents, spaces and what cannot be seen, and with Greek and
Cyrillic letters as the Latin ones that they pass for, once as capitals and once as small letters.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from gateway.mail import clean

MAX_NAME = 200
"""Characters of a name that are shown, and so compared."""
MIN_INSIDE = 6
"""Letters from which on a name of ours is looked for inside of longer words; a shorter one must be whole words."""

_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅІЈКМНОРСТУХԌ", "ABEZHIKMNOPTYXABESIJKMHOPCTYXG")
_SMALL = str.maketrans("αγεικνορτυχωасеіјорѕухԁԛԝһıi|!1łøđħ0$5", "ayelkvoptuxwaceljopsyxdqwhllllllodhoss")


def shown_name(name: str, borrowed: Sequence[str]) -> str:
    """A display name as agents may see it; "" where it holds an address or one of `borrowed`, our own names."""
    judge = _known_name if len(name) <= MAX_NAME else _judged_name
    return judge(name, tuple(borrowed))


def _judged_name(name: str, borrowed: tuple[str, ...]) -> str:
    plain = clean.line(name, MAX_NAME)
    if "@" in unicodedata.normalize("NFKC", plain):
        return ""
    words = _words(plain)
    for spelling in (_as_capitals, _as_small):
        spelled = [spelling(word) for word in words]
        if any(_holds(spelled, _spelled(own, spelling)) for own in borrowed):
            return ""
    return plain


_known_name = lru_cache(500)(_judged_name)  # who writes again is called the same


@lru_cache(500)  # ours are the same for every mail
def _spelled(own: str, spelling: Callable[[str], str]) -> str:
    return "".join(map(spelling, _words(own)))


def _as_capitals(word: str) -> str:
    return _as_small(unicodedata.normalize("NFKD", word).upper().translate(_CAPITALS))


def _as_small(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).casefold().translate(_SMALL)
    return "".join(each for each in plain if each.isalnum())


def _words(name: str) -> list[str]:
    """Cut where no letter, digit or sign that passes for one stands."""
    kept = (each if each.isalnum() or each in "|!$" else " " for each in unicodedata.normalize("NFC", name))
    return "".join(kept).split()


def _holds(words: Sequence[str], own: str) -> bool:
    """Are some words of it, written together, our name; or is that long enough to be looked for inside?"""
    if not own:
        return False
    if len(own) >= MIN_INSIDE and own in "".join(words):
        return True
    runs = ("".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    return any(run == own for run in runs)
