"""Does a customer say that it works now? Read from his own words in five languages; what is not plain is no yes.

Only short mails are read so: in a long one "it works now" is mostly followed by what does not. A question or a "but"
takes it back.
"""

import re
from enum import StrEnum

from gateway.folding import folded

MAX_WORDS = 40
_WORD = re.compile(r"[^\W_]+")


class Thanks(StrEnum):
    """What a mail says about the answer before it."""

    SOLVED = "solved"
    THANKS = "thanks"
    """Thanks alone: they may be for the effort."""
    NEITHER = "neither"


# As whole words in a row, without accents.
_SOLVED = """
solved; it works; works now; working now; works fine; works again; that worked; it worked; that helped; this helped;
fixed; got it working; found it; problem gone; sorted; all good now; never mind; is ok now
λυθηκε; λυθηκαν; το ελυσα; το εφτιαξα; φτιαχτηκε; δουλευει τωρα; τωρα δουλευει; δουλευει κανονικα; δουλεψε;
λειτουργει τωρα; τωρα λειτουργει; λειτουργησε; με βοηθησε; βοηθησε; το βρηκα; ολα καλα; ενταξει τωρα; ειναι ενταξει
opgelost; werkt nu; het werkt; werkt weer; nu werkt; doet het weer; doet het nu; gelukt; gevonden; dat hielp;
heeft geholpen; is in orde; laat maar; goed nu
resolu; c est bon; ca marche; cela marche; marche maintenant; fonctionne maintenant; ca fonctionne; cela fonctionne;
j ai trouve; ca m a aide; m a aide; c est regle; regle; reussi; tout est bon
gelost; erledigt; funktioniert jetzt; jetzt funktioniert; es funktioniert; funktioniert wieder; geht jetzt; jetzt geht;
geht wieder; hat geklappt; jetzt klappt; klappt jetzt; hat geholpen; gefunden; hat sich erubrigt; alles gut
"""
_THANKS = """
thanks; thank you; thx; many thanks; ευχαριστω; ευχαριστουμε; σας ευχαριστω; bedankt; dank je; dank u; dankjewel; merci;
danke; vielen dank; dankeschon
"""
_DOUBT = """
but; not; don t; doesn t; didn t; isn t; won t; still; cannot; can t; however; unfortunately; except; only; nothing;
when; how; if
αλλα; δεν; ομως; ακομα; ακομη; δυστυχως; οχι; εκτος; πως; αν; τιποτα; οταν
maar; niet; geen; nog; helaas; behalve; alleen; hoe; als; niets; wanneer
mais; pas; ne; n; encore; malheureusement; sauf; toujours; comment; si; rien; quand
aber; nicht; kein; keine; noch; leider; ausser; nur; wie; wenn; nichts; trotzdem
"""
_QUESTION = re.compile("[?;\u037e]")


def read_thanks(text: str) -> Thanks:
    """What a mail, without what it quotes, says about the answer before it."""
    words = _WORD.findall(folded(text))
    if not words or len(words) > MAX_WORDS or _QUESTION.search(text) or _says(words, _DOUBTS):
        return Thanks.NEITHER
    if _says(words, _SOLVED_PHRASES):
        return Thanks.SOLVED
    return Thanks.THANKS if _says(words, _THANKS_PHRASES) else Thanks.NEITHER


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(f" {folded(phrase.strip())} " for phrase in text.replace("\n", ";").split(";") if phrase.strip())


def _says(words: list[str], phrases: tuple[str, ...]) -> bool:
    spoken = f" {' '.join(words)} "
    return any(phrase in spoken for phrase in phrases)


_SOLVED_PHRASES = _phrases(_SOLVED)
_THANKS_PHRASES = _phrases(_THANKS)
_DOUBTS = _phrases(_DOUBT)
