"""Which commands contradict each other: one table, the same for the parser, the document and the tests."""

from dataclasses import dataclass
from itertools import combinations

from gateway.commands.order import Order, Word
from gateway.commands.verbs import VERBS

_W = Word
ALONE = (_W.UNDO, _W.HELP)
"""They stand alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Each of `words` contradicts each of `others`, where they are not the same; `why` is a sentence."""

    words: tuple[Word, ...]
    others: tuple[Word, ...]
    why: str


_ENDS = (_W.CLOSE, _W.SOLVED, _W.WAIT)
_TAKES_TEXT = (_W.NOTE, _W.CALLED, _W.FORWARD, _W.INVITE)


def _all_but(*words: Word) -> tuple[Word, ...]:
    return tuple(word for word in Word if word not in words)


CLASHES = (
    Clash(words=ALONE, others=tuple(Word), why="It stands alone"),
    Clash(words=(_W.MERGE,), others=_all_but(_W.NEXT), why="Then there is only the other ticket: write the rest there"),
    Clash(words=(_W.SPLIT,), others=_all_but(_W.NEXT), why="There are two tickets then: do the rest in each of them"),
    Clash(words=(_W.SPAM,), others=_all_but(_W.NOTE, _W.NEXT), why="Spam is closed, and nothing else is done about it"),
    Clash(words=_ENDS, others=_ENDS, why="A ticket goes on in one way only"),
    Clash(words=(_W.ASSIGN,), others=(_W.TAKE,), why="One agent has the ticket"),
    Clash(words=_TAKES_TEXT, others=_TAKES_TEXT, why="Both take the text below: send two mails"),
    Clash(words=(_W.NOTE,), others=(_W.CANNED,), why="With a note nothing goes to the customer: send two mails"),
)


def clash(first: Word, second: Word) -> str:
    """Why these two do not go together; "" where they do."""
    for each in CLASHES:
        pairs = ((first, second), (second, first))
        if first is not second and any(one in each.words and other in each.others for one, other in pairs):
            return each.why
    return ""


def contradictions(orders: tuple[Order, ...]) -> list[str]:
    """What is wrong with these commands together, as sentences."""
    problems: list[str] = []
    for one, other in combinations(orders, 2):
        if one.word is other.word:
            if not VERBS[one.word].repeats:
                problems.append(f"#{one.word} stands there twice. Which of them holds?")
        elif why := clash(one.word, other.word):
            problems.append(f"#{one.word} and #{other.word} do not go together. {why}.")
    return list(dict.fromkeys(problems))
