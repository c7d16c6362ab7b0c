"""The name of who wrote a mail, with the lines that his mail program puts below it: where is it, is it all there is?

Most programs draw no line (RFC 3676 §4.3) above a signature. Whoever writes `#close` and nothing else has no answer for
the customer, and his name with his telephone number is none. Below an answer stands the desk's name, not the agent's.
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
_FOLDED_GREETINGS = frozenset(map(folded, _GREETINGS))
_SENTENCE_ENDS = (".", "!", "?", ";", "\u037e", ":", ",")
_POSTSCRIPTS = ("ps ", "ps:", "p.s", "υ.γ", "υγ ", "υγ:", "nb ", "nb:", "n.b")


def is_signature(text: str, name: str) -> bool:
    """Does a text hold the name of this writer, perhaps below a greeting, with a few short lines, and nothing else?"""
    lines = [line.strip() for line in text[: MOST_LINES * 2 * LONGEST_LINE + 1].splitlines() if line.strip()]
    if not lines or len(lines) > MOST_LINES or "?" in text or max(map(len, lines)) > LONGEST_LINE:
        return False
    if _is_greeting(lines[0]):
        lines = lines[1:]
    return bool(lines) and _is_name(lines[0], name)


def without_signature(text: str, name: str) -> str:
    """The text without this writer's name at its end and the lines below it; a greeting above them stays.

    Lines that say something (a sentence, a question, a postscript) are no signature, nor is what stands above them.
    """
    lines = text.rstrip().split("\n")
    texts = 0
    for at in range(len(lines) - 1, 0, -1):
        line = lines[at].strip()
        texts += bool(line)
        if texts > MOST_LINES or len(line) > LONGEST_LINE:
            return text
        if _is_name(line, name) and (not lines[at - 1].strip() or _is_greeting(lines[at - 1])):
            return "\n".join(lines[:at]).rstrip()
        if line.endswith(_SENTENCE_ENDS) or folded(line).startswith(_POSTSCRIPTS):
            return text
    return text


def _is_name(line: str, name: str) -> bool:
    words, own = line.strip(" ,*_").split(), name.split()
    if not words or not own or len(words) > MOST_WORDS or folded(words[0]) != folded(own[0]):
        return False
    return all(word[:1].isupper() and word.replace("-", "").isalpha() for word in words)


def _is_greeting(line: str) -> bool:
    return folded(line[:LONGEST_LINE]).strip(" ,.!") in _FOLDED_GREETINGS
