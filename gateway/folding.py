"""A text in one spelling, so that words meet: without case, and without the accents that people leave out.

What must stay true: linear in the text.
"""

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f]+")
"""The combining marks of Latin, Greek and Cyrillic letters."""
_MAY_BE_MARKS = re.compile("[\u0483-\u1dff\u20d0-\U0010ffff]")
"""Where all others stand."""


def folded(text: str) -> str:
    """Without case and accents: Unicode's compatibility caseless matching, all combining marks left out."""
    if text.isascii():
        return text.lower()
    parts = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    if _MAY_BE_MARKS.search(parts):
        parts = "".join(each for each in parts if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", parts).casefold()
