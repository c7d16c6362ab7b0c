"""When are two spellings of a name the same one? Accents, case, Greek in Latin letters, IDNA, slips of the finger.

Everything is linear in the text, but `distance`, which is bounded by `MAX_COMPARED` characters.
"""

import re
import unicodedata

from gateway.folding import folded

MAX_COMPARED = 64
"""Characters of a name that are compared letter by letter."""
MAX_HOST = 253
"""Characters of a domain name (RFC 1035 §2.3.4)."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_FULL_STOPS = str.maketrans("\u3002\uff0e\uff61", "...")
_NO_WORD = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d")
_GREEK = str.maketrans(
    {
        **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)),
        "θ": "th",
        "χ": "ch",
        "ψ": "ps",
    }
)


def visible(text: str) -> str:
    """The text without characters that nobody sees, and with the full stops of IDNA (RFC 3490 §3.1) as dots."""
    return text if text.isascii() else _INVISIBLE.sub("", text).translate(_FULL_STOPS)


def squashed(text: str) -> str:
    """The letters and digits alone, Greek ones as Latin ones: `Καφές-Bar` and `kafes bar` are the same."""
    return _NO_WORD.sub("", folded(text).translate(_GREEK))


def host(text: str) -> str:
    """A domain name in one spelling: letters instead of A-labels, lower case, no `www.`; accents stay."""
    name = visible(text[:MAX_HOST]).strip(".-_").lower().removeprefix("www.")
    if "xn--" in name:
        name = ".".join(_label(label) for label in name.split("."))
    return name if name.isascii() else unicodedata.normalize("NFKC", name).casefold()


def distance(one: str, other: str, limit: int) -> int:
    """How many letters are missing, too many, wrong or swapped with their neighbour; `limit` + 1 for more than that."""
    if abs(len(one) - len(other)) > limit or len(one) > MAX_COMPARED or _DIGITS.findall(one) != _DIGITS.findall(other):
        return limit + 1  # a digit is never a slip: it is another shop
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = above, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:  # not an A-label: compare it as it stands
        return label
