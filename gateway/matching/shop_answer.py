"""Which shop does a plain reply to the numbered question name? `2`, `the second one`, its domain, its name.

Only the beginning of the reply is read, so that a signature does not answer. Names and domains may have slips; numbers
count only where the line says nothing else or calls them a number. What can be meant in two ways is nobody's answer:
a person reads it then.

What must stay true: linear in the text, and bounded: `MAX_LINES` lines of `MAX_LINE` characters are looked at, and at
most `MAX_FUZZY` names are compared letter by letter.

BUGS: a number is read against the candidates that are handed in: they must be those of the question, in its order.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.folding import folded
from gateway.matching import answer_words as words
from gateway.matching.shop_match import Candidate, ShopMatch, found, nothing
from gateway.matching.shop_text import domain_index, names_in, under
from gateway.matching.spelling import distance, host, squashed, visible

MAX_LINES = 48
MAX_LINE = 200
MAX_TRIED = 3
"""Lines of text that may answer; what comes after them is about something else."""
MAX_WORDS = 6
"""Words of a name."""
MIN_WORD = 4
"""Letters of a word that may stand for the name that holds it."""
MAX_FUZZY = 200
"""Shops whose names are compared letter by letter; of more than that, a name must be spelled right."""

_WORD = re.compile(r"[\w.\-]+")
_APOSTROPHES = re.compile("['\u2019\u00b4`]")
_NUMBERED = re.compile(r"0{0,2}(\d{1,3})([^\W\d_]{0,4})")
_LEADING = re.compile(r"\W{0,3}\d{1,3}\s{0,2}[).,:;!\u2013\u2014-](?!\d)")
"""A line that begins with a number of its own: `2, and please hurry`, not `2,50 euro` or `2-3 days`."""
_QUOTED = (">", "##-", "--", "__", "==")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The candidates by everything that they are called."""

    exact: dict[str, set[int]]
    loose: dict[str, set[int]]
    whole: dict[str, set[int]]
    """By what they are called, squashed."""
    words: dict[str, set[int]]
    """By one word of it."""
    size: int


def read_answer(text: str, candidates: Sequence[Candidate]) -> ShopMatch:
    """The shop of a numbered question that a reply to it means; `text` is what the sender wrote now."""
    names = _names(candidates)
    said_nothing = "the answer is empty"
    for line in _answering_lines(text):
        places, by, why = _read(line, names)
        if len(places) == 1:
            return found(candidates[places.pop()], by, why, candidates)
        if places or by == "unclear":
            return nothing(why, candidates)
        said_nothing = why
    return nothing(said_nothing, candidates)


def _answering_lines(text: str) -> Iterator[str]:
    """The lines that may answer: after the greeting, to the end of the paragraph, before anything like a signature."""
    tried = 0
    for raw in text[: MAX_LINES * MAX_LINE].split("\n")[:MAX_LINES]:
        line = visible(raw[:MAX_LINE]).strip()
        plain = folded(line)
        if line.startswith(_QUOTED) or plain.startswith(words.CLOSINGS) or (tried and not line) or tried == MAX_TRIED:
            return
        if not line:
            continue
        yield line
        first = _words(line)[:1]
        if not first or first[0] not in words.COURTESIES:
            tried += 1
            if len(_words(line)) <= 3 and not _is_known(line):
                return  # a name alone on its line: what follows is a signature


def _read(line: str, names: _Names) -> tuple[set[int], str, str]:
    """The places that a line names, by which signal, and why; "unclear" where the line rules a choice out."""
    parts = _words(line)
    domains = _domains(line, names)
    named, covered = _exact_names(parts, names)
    rest = [part for place, part in enumerate(parts) if place not in covered and not under(host(part), names.loose)]
    if words.NEGATIONS.intersection(rest):
        return set(), "unclear", "the answer says which shop it is not, or that its author does not know"
    if words.SEVERAL.intersection(rest):
        return set(), "unclear", "the answer means several shops"
    numbers, is_too_high = _numbers(line, rest, names.size)
    named = domains or named | {place for part in rest for place in names.words.get(squashed(part), ())}
    if not named and not numbers:
        named = _similar_names(rest, names)
    by = "domain" if domains else "name" if named else "number"
    if is_too_high and not named:
        return set(), "unclear", f"the answer is a number, but not one of the {names.size} in the list"
    if not named | numbers:
        return set(), "none", "the answer names none of the shops"
    if len(named | numbers) > 1:
        return named | numbers, by, "the answer could mean several of the shops"
    return named | numbers, by, f"the answer gives the {by} of the shop"


def _names(candidates: Sequence[Candidate]) -> _Names:
    exact, loose = domain_index(candidates)
    whole: dict[str, set[int]] = {}
    single: dict[str, set[int]] = {}
    for place, (_, shop) in enumerate(candidates):
        domain = host(shop.domain)
        name = [word for word in _words(visible(shop.name)) if not _is_filler([word])]
        for form in (shop.name, "".join(name), domain, domain.rpartition(".")[0], domain.partition(".")[0]):
            key = squashed(form)
            if len(key) > 1 and not key.isdecimal():
                whole.setdefault(key, set()).add(place)
        for word in (*name, *domain.partition(".")[0].split("-")):
            if len(word) >= MIN_WORD and not word.isdecimal() and not _is_filler([folded(word)]):
                single.setdefault(squashed(word), set()).add(place)
    return _Names(exact=exact, loose=loose, whole=whole, words=single, size=len(candidates))


def _words(line: str) -> list[str]:
    """The words of a line; `nr.2` is two of them, `dix-sept` and `shop.example` are one each."""
    found_words: list[str] = []
    for match in _WORD.finditer(_APOSTROPHES.sub("", folded(line))):
        word = match[0].strip(".-_")
        head, dot, tail = word.partition(".")
        is_number = tail.isdecimal() and (head in words.MARKS or head in words.FILLERS)
        found_words += [head, tail] if dot and is_number else [word] if word else []
    return found_words


def _is_known(line: str) -> bool:
    known = words.FILLERS | words.MARKS | words.ORDINALS.keys() | words.COURTESIES
    return any(word in known for word in _words(line))


def _numbers(line: str, parts: Sequence[str], size: int) -> tuple[set[int], bool]:
    """The places that a line's numbers name, as far as they are an answer; and whether one is not in the list."""
    values = [_value(parts, place, size) for place in range(len(parts))]
    given = {place: value for place, value in enumerate(values) if value is not None}
    if any(value is None and not _is_filler([part]) for part, value in zip(parts, values, strict=True)):
        leading = _LEADING.match(line)
        given = {place: value for place, value in given.items() if _is_marked(parts, place) or (leading and not place)}
    right = {value - 1 for value in given.values() if 1 <= value <= size}
    return right, len(right) < len(set(given.values()))


def _value(parts: Sequence[str], place: int, size: int) -> int | None:
    """The number that a word of a line is, None for any other word."""
    word = parts[place]
    if word in words.LAST:
        return size
    if word in words.ORDINALS:
        return words.ORDINALS[word]
    if word in words.CARDINALS and (len(parts) == 1 or (place and parts[place - 1] in words.MARKS)):
        return words.CARDINALS[word]
    match = _NUMBERED.fullmatch(word)
    return int(match[1]) if match and (not match[2] or match[2] in words.SUFFIXES) else None


def _is_marked(parts: Sequence[str], place: int) -> bool:
    """Is a number among other words called one, or does it stand before everything else?"""
    before = parts[place - 1] if place else ""
    after = parts[place + 1] if place + 1 < len(parts) else ""
    is_digits = parts[place].isdecimal()
    return before in words.MARKS or (not is_digits and (after in words.MARKS or after == "one"))


def _domains(line: str, names: _Names) -> set[int]:
    named: set[int] = set()
    for name in names_in(line):
        named |= under(name, names.exact) or under(folded(name), names.loose)
    return named


def _exact_names(parts: Sequence[str], names: _Names) -> tuple[set[int], set[int]]:
    """The candidates whose names stand in the line, and which words these are.

    A name that is only a part of a longer one that stands there is not meant.
    """
    hits: dict[tuple[int, int], set[int]] = {}
    for start, end in _runs(parts, MAX_WORDS):
        key = squashed("".join(parts[start:end]))
        if key in names.whole and (end - start == len(parts) or not _is_filler(parts[start:end])):
            hits[start, end] = names.whole[key]
    meant: set[int] = set()
    for (start, end), places in hits.items():
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in hits):
            meant |= places
    return meant, {place for start, end in hits for place in range(start, end)}


def _similar_names(parts: Sequence[str], names: _Names) -> set[int]:
    """The places whose names are nearest to something in the line, where that is near enough."""
    if names.size > MAX_FUZZY:
        return set()
    content = [part for part in parts if not _is_filler([part])][: 2 * MAX_WORDS]
    typed = {squashed("".join(content[start:end])) for start, end in _runs(content, 3)}
    best, nearest = MAX_LINE, set[int]()
    for form, places in names.whole.items():
        limit = _tolerance(form)
        slips = min((distance(each, form, limit) for each in typed if len(each) > 3), default=limit + 1)
        if slips <= limit and slips <= best:
            nearest = nearest | places if slips == best else places
            best = slips
    return nearest


def _tolerance(form: str) -> int:
    return 0 if len(form) < 4 else 1 if len(form) < 7 else 2 if len(form) < 14 else 3


def _runs(parts: Sequence[str], longest: int) -> Iterator[tuple[int, int]]:
    for start in range(len(parts)):
        for end in range(start + 1, min(start + longest, len(parts)) + 1):
            yield start, end


def _is_filler(parts: Sequence[str]) -> bool:
    return all(part in words.FILLERS or part in words.MARKS or part in words.COURTESIES for part in parts)
