"""Is what stands below the commands nothing but the name of who wrote them, as his mail program puts it there?

Most programs draw no line (RFC 3676 §4.3) above a signature. Whoever writes `#close` and nothing else has no answer for
the customer, and his name with his telephone number is none.
"""

from gateway.folding import folded

MOST_LINES = 8
LONGEST_LINE = 80
MOST_WORDS = 4
"""Of a name."""
_GREETINGS = (
    *("regards", "best regards", "kind regards", "warm regards", "best", "sincerely", "cheers"),
    *("με εκτίμηση", "φιλικά", "με φιλικούς χαιρετισμούς", "χαιρετισμούς"),
    *("groet", "groeten", "vriendelijke groet", "met vriendelijke groet", "met vriendelijke groeten", "mvg"),
    *("cordialement", "bien cordialement", "bien à vous", "salutations"),
    *("mit freundlichen grüßen", "mit freundlichem gruß", "freundliche grüße", "viele grüße", "beste grüße", "mfg"),
)
"""No thanks: these may be all that somebody has to say."""


def is_signature(text: str, name: str) -> bool:
    """Does a text hold the name of this writer, perhaps below a greeting, with a few short lines, and nothing else?"""
    lines = [line.strip() for line in text[: MOST_LINES * 2 * LONGEST_LINE + 1].splitlines() if line.strip()]
    if not lines or len(lines) > MOST_LINES or "?" in text or max(map(len, lines)) > LONGEST_LINE:
        return False
    if _folded(lines[0]).strip(" ,.!") in map(_folded, _GREETINGS):
        lines = lines[1:]
    return bool(lines) and _is_name(lines[0], name)


def _is_name(line: str, name: str) -> bool:
    words, own = line.strip(" ,*_").split(), name.split()
    if not words or not own or len(words) > MOST_WORDS or _folded(words[0]) != _folded(own[0]):
        return False
    return all(word[:1].isupper() and word.replace("-", "").isalpha() for word in words)


def _folded(text: str) -> str:
    return folded(text)
