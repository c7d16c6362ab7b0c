"""May a name from outside be shown to agents, or does it pretend to be one of them (A-16, CWE-451)?

What is compared is what a name looks like: without case, accents, spaces and what cannot be seen, and with Greek and
Cyrillic letters as the Latin ones that they pass for.
"""

import unicodedata
from collections.abc import Sequence

from gateway.mail import clean

MAX_NAME = 200
"""Characters of a name that are shown, and so compared."""
MIN_INSIDE = 6
"""Letters of a name of ours that is found inside of longer words; a shorter one must be words of its own."""

_LOOKS_LIKE = str.maketrans(
    "αβγεηικνορτυχω"
    "авгеёзіїјкмнорсԁԛѕтухьѵԝһ"
    "ıi|!1ĺłøđħ0$5",
    "abyenikvoptuxw"
    "abreeziijkmhopcdqstyxbvwh"
    "llllllloдhoss".replace("д", "d"),
)


def shown_name(name: str, borrowed: Sequence[str]) -> str:
    """A display name as agents may see it; "" where it holds an address or one of `borrowed`, our own names."""
    plain = clean.line(name, MAX_NAME)
    if "@" in unicodedata.normalize("NFKC", plain):
        return ""
    words = [skeleton(word) for word in _words(plain)]
    return "" if any(_holds(words, skeleton(own)) for own in borrowed) else plain


def skeleton(text: str) -> str:
    """What a text looks like: its letters and digits alone, each as the Latin one that it passes for."""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(each for each in parts.translate(_LOOKS_LIKE) if each.isalnum())


def _words(name: str) -> list[str]:
    return "".join(each if each.isalnum() or each in "|!$" or unicodedata.combining(each) else " " for each in name).split()


def _holds(words: Sequence[str], own: str) -> bool:
    """Are some words of it, written together, the name; or is that long enough to be looked for inside?"""
    if not own:
        return False
    if len(own) >= MIN_INSIDE and own in "".join(words):
        return True
    runs = ("".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    return any(run == own for run in runs)
