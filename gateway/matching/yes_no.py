"""Was it you? Reads the owner's reply: yes, no, or nothing that a machine should act on.

A wrong yes lets a stranger act in somebody's name; an unclear answer costs an agent a minute. So a yes must be said in
words that are known, all of them: a bare yes alone in its sentence, or "it was me" with whatever follows after a comma.
A doubt, a question, a negation or another person in that sentence makes it unclear, and so does anything in the rest of
the reply that takes it back. `ok` is no answer: people write it when they have read something.

What must stay true: linear in the text, and bounded (`MAX_TEXT`, `MAX_SENTENCES`); nothing of the text becomes a
pattern.

BUGS: irony.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.folding import folded
from gateway.matching import yes_no_words as words
from gateway.matching.answer_words import CLOSINGS
from gateway.matching.spelling import distance, visible
from gateway.matching.yes_no_words import PHRASES, Kind

MAX_TEXT = 4000
MAX_SENTENCES = 30
MAX_WORDS = 40
"""Words of a sentence that is read; a longer one is unclear."""
MAX_DENYING = 3
"""Sentences in which a denial is looked for."""
WRAPPED = 50
"""A line of at least this many characters goes on in the next one."""
NEAR = 3
"""Words between a negation and what it is about."""

_SENTENCE = re.compile(r"([^.!?\u2026;\u037e\n]+)([.!?\u2026;\u037e\n]*)")
_CLAUSE = re.compile(r"[,:()\[\]/\-\u2010-\u2015\u2212\"\u201c\u201d\u00ab\u00bb]+")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile("['\u2019\u02bc\u00b4`]")
_REPEATED = re.compile(r"(.)\1{2,}")
_QUOTED = (">", "##-", "-- ", "--", "__")


class Answer(StrEnum):
    """What a reply to "was this you?" says."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    clauses: tuple[tuple[str, ...], ...]
    is_question: bool

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for clause in self.clauses for word in clause)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A clause in known phrases; `unknown` are the words that stand in none."""

    kinds: tuple[Kind, ...]
    unknown: tuple[str, ...]


def read_yes_no(text: str) -> Answer:
    """What a reply says; `text` is what the sender wrote now, and its first sentence after a greeting counts."""
    sentences = list(_sentences(text))
    while sentences and _is_greeting(sentences[0]):
        sentences.pop(0)
    if not sentences:
        return Answer.UNCLEAR
    answer = _answer(sentences[0])
    if any(_takes_back(answer, sentence) for sentence in sentences[1:]):
        return Answer.UNCLEAR
    return answer


def denies(text: str) -> bool:
    """Does one of the first sentences of a reply say that its author did not write what it answers?

    Nobody asked him here, so it may stand after a greeting or after anything else. In doubt he does: what follows from
    it is that a person looks.
    """
    sentences = [sentence for sentence in _sentences(text) if not _is_greeting(sentence)]
    return any(_is_denial(sentence) for sentence in sentences[:MAX_DENYING])


def _is_denial(sentence: _Sentence) -> bool:
    kinds = {kind for clause in sentence.clauses for kind in _read([_corrected(word) for word in clause]).kinds}
    told = sentence.words[:MAX_WORDS]
    negated = [place for place, word in enumerate(told) if word in words.NEGATIONS]
    near = {word for place in negated for word in told[max(0, place - NEAR) : place + NEAR + 1]}
    is_unknown = bool(words.RECOGNISED & near) and bool(words.MAILS.intersection(told))
    return Kind.DENIAL in kinds or is_unknown


def _answer(sentence: _Sentence) -> Answer:
    """What one sentence says by itself."""
    if sentence.is_question or len(sentence.words) > MAX_WORDS:
        return Answer.UNCLEAR
    readings = [_read(tuple(_corrected(word) for word in clause)) for clause in sentence.clauses]
    kinds = {kind for reading in readings for kind in reading.kinds}
    is_yes, is_no = bool(kinds & {Kind.YES, Kind.SELF}), bool(kinds & {Kind.NO, Kind.DENIAL})
    unknown = [word for reading in readings for word in reading.unknown]
    refused = words.DOUBTS | words.NEGATIONS if is_yes else words.DOUBTS
    if is_yes is is_no or refused.intersection(unknown):
        return Answer.UNCLEAR
    before = next((place for place, reading in enumerate(readings) if reading.unknown), len(readings))
    said = {kind for reading in readings[:before] for kind in reading.kinds}
    if unknown and not said & ({Kind.SELF} if is_yes else {Kind.NO, Kind.DENIAL}):
        return Answer.UNCLEAR
    return Answer.YES if is_yes else Answer.NO


def _takes_back(answer: Answer, sentence: _Sentence) -> bool:
    """Does a later sentence say something else than the first one did?"""
    kinds = [kind for clause in sentence.clauses for kind in _read(clause).kinds]
    if answer is Answer.NO:
        return Kind.SELF in kinds or kinds[:1] == [Kind.YES]
    if Kind.DENIAL in kinds or kinds[:1] == [Kind.NO] or _denies(sentence.words):
        return True
    # A question for support is full of such words; what takes a yes back begins with one, or is short.
    told = sentence.words
    if len(told) <= 4 and (words.DOUBTS | words.OBJECTIONS).intersection(told):
        return True
    return bool(words.DOUBTS.intersection(told[:2]))


def _denies(told: Sequence[str]) -> bool:
    """Does a negation stand near something that means "I wrote this"?"""
    return any(
        word in words.NEGATIONS and words.AUTHORS.intersection(told[max(0, place - NEAR) : place + NEAR + 1])
        for place, word in enumerate(told)
    )


def _read(clause: Sequence[str]) -> _Reading:
    """Cut a clause into known phrases, always the longest one."""
    kinds: list[Kind] = []
    unknown: list[str] = []
    place = 0
    while place < len(clause):
        for length in range(min(words.LONGEST, len(clause) - place), 0, -1):
            kind = PHRASES.get(tuple(clause[place : place + length]))
            if kind:
                kinds.append(kind)
                place += length
                break
        else:
            unknown.append(clause[place])
            place += 1
    return _Reading(kinds=tuple(kinds), unknown=tuple(unknown))


def _is_greeting(sentence: _Sentence) -> bool:
    told = sentence.words
    if not told:
        return True
    kinds = {kind for clause in sentence.clauses for kind in _read(clause).kinds}
    return not kinds - {Kind.POLITE} and told[0] in words.GREETINGS and len(told) <= 6 and not sentence.is_question


def _sentences(text: str) -> Iterator[_Sentence]:
    body = _plain(text)
    for match in list(_SENTENCE.finditer(body))[:MAX_SENTENCES]:
        clauses = tuple(tuple(_WORD.findall(clause)) for clause in _CLAUSE.split(match[1]))
        is_greek = any("\u0370" <= letter <= "\u03ff" for letter in match[1])
        ends = "?\u037e;" if is_greek else "?\u037e"  # a semicolon is the Greek question mark
        if any(clauses) or "?" in match[2]:
            yield _Sentence(clauses=tuple(filter(None, clauses)), is_question=any(end in ends for end in match[2]))


def _plain(text: str) -> str:
    """The reply up to its signature, its wrapped lines put together, in the spelling of `yes_no_words`."""
    pieces: list[str] = []
    lines = [visible(line).strip() for line in text[:MAX_TEXT].split("\n")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(_QUOTED) or folded(line).startswith(CLOSINGS):
            break
        goes_on = bool(following) and (following[0].islower() or len(line) >= WRAPPED or line.endswith((",", "-")))
        pieces.append(line + (" " if goes_on else "\n"))
    plain = _APOSTROPHES.sub("", folded("".join(pieces))).replace("e-mail", "email")
    return _REPEATED.sub(_once, plain)


def _once(match: re.Match[str]) -> str:
    return match[1] if match[1].isalpha() else match[0]


@functools.lru_cache(maxsize=4096)
def _corrected(word: str) -> str:
    """The word that this is a slip of, where there is only one; a negation before all others."""
    if word in _VOCABULARY or word in _OTHER_WORDS or not 3 <= len(word) <= 20:
        return word
    near = [known for known in _VOCABULARY | words.NEGATIONS if _is_slip(word, known)]
    negative = [known for known in near if known in words.NEGATIONS]
    return negative[0] if negative else near[0] if len(near) == 1 else word


def _is_slip(word: str, known: str) -> bool:
    """One wrong letter in a word of five or more; in a shorter one, only two that changed places."""
    if len(word) < 5 and (len(word) != len(known) or sorted(word) != sorted(known)):
        return False
    return len(known) > 2 and distance(word, known, 1) == 1


_VOCABULARY = frozenset(word for phrase in PHRASES for word in phrase)
_OTHER_WORDS = words.NEGATIONS | words.DOUBTS | words.OTHERS
