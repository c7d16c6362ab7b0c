"""In which of our languages is a text? By its script only: Greek or not; a better guess is made where it is needed."""

_GREEK_SHARE = 0.3
_SAMPLE = 4000


def guess_language(text: str) -> str:
    """`el` for a text of mostly Greek letters, "" where the script does not tell."""
    letters = [character for character in text[:_SAMPLE] if character.isalpha()]
    greek = sum("\u0370" <= character <= "\u03ff" or "\u1f00" <= character <= "\u1fff" for character in letters)
    return "el" if letters and greek / len(letters) >= _GREEK_SHARE else ""
