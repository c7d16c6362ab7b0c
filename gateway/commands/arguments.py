"""The kinds of arguments that commands take: how each is read, and how people are told what it must be.

A reader gets what stands behind the word, which is never empty, and raises Unclear with a sentence where that cannot be
what is meant. All of them take linear time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gateway.commands.order import Given
from gateway.commands.spelling import smart_undone
from gateway.folding import folded

MAX_NAMES = 20
MAX_NUMBERS = 20
LONGEST_WAIT = timedelta(days=366)
MAX_SUBJECT = 200
QUOTED = 'values with blanks need quotes: `key="two words"`'


class Unclear(Exception):
    """What is to be mended, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A kind of argument."""

    name: str
    """As it stands in the line of a command that explains it."""
    how: str
    """What may stand there, for people."""
    read: Callable[[str, datetime], Given]
    """From what was written, and the time of day that durations begin at."""


_UNITS: dict[str, timedelta] = {}
for _unit, _words in (
    (timedelta(hours=1), "h hr hour hours std stunde stunden u uur uren heure heures ω ωρα ωρες"),
    (timedelta(days=1), "d day days t tag tage tagen dag dagen j jour jours μ ημ μερα μερες ημερα ημερες"),
    (timedelta(weeks=1), "w wk week weeks woche wochen weken sem semaine semaines εβδ εβδομαδα εβδομαδες"),
    (timedelta(days=30), "mo month months monat monate monaten maand maanden mois μηνα μηνας μηνες"),
):
    _UNITS |= dict.fromkeys(_words.casefold().split(), _unit)
_TOMORROW = frozenset(("tomorrow", "morgen", "demain", "αυριο"))
_LEADING = re.compile(r"(?:until|till|for|bis|tot|fur|fuer|jusqu'au|pendant|voor|εωσ|ωσ|μεχρι|για)\s+", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,4})\s*([^\W\d_]{1,12})\.?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-]?(\d{4}|\d{2})?")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@\\]{1,64}@[^\s<>()\[\],;:\"@\\]{1,250}")
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>")
_PARAMETER = re.compile(r"""([^\s="']{1,60})=(?:"([^"]*)"|'([^']*)'|([^\s"']*))(?:\s+|$)""")
_CANNED = re.compile(r"([^\s=,;]{1,80})(?:[\s,;]+(.*))?", re.DOTALL)
_PRIORITIES = ("low", "normal", "high", "urgent")
_LANGUAGES = {
    "en": "en english englisch anglais engels αγγλικα",
    "el": "el gr greek griechisch grec grieks ελληνικα",
    "nl": "nl dutch niederlandisch neerlandais nederlands ολλανδικα",
    "fr": "fr french franzosisch francais frans γαλλικα",
    "de": "de german deutsch allemand duits γερμανικα",
}


def _read_until(written: str, now: datetime) -> Given:
    text = _LEADING.sub("", folded(smart_undone(written)).strip(), count=1).strip()
    until = now + timedelta(days=1) if text in _TOMORROW else _duration(text, now) or _day(text, now)
    if until is None:
        raise Unclear(f"`{_shown(written)}` is no duration and no date")
    if until <= now:
        raise Unclear(f"`{_shown(written)}` is over already")
    if until > now + LONGEST_WAIT:
        raise Unclear(f"`{_shown(written)}` is more than a year away")
    return Given(until=until)


def _duration(text: str, now: datetime) -> datetime | None:
    found = _DURATION.fullmatch(text)
    unit = _UNITS.get(found[2]) if found else None
    return now + int(found[1]) * unit if found and unit else None


def _day(text: str, now: datetime) -> datetime | None:
    try:
        if iso := _ISO.fullmatch(text):
            return _begin(date(int(iso[1]), int(iso[2]), int(iso[3])))
        found = _DAY_FIRST.fullmatch(text)
        if not found:
            return None
        month, day = int(found[2]), int(found[1])
        if found[3]:
            year = int(found[3])
            return _begin(date(year if year > 99 else 2000 + year, month, day))
        this_year = _begin(date(now.year, month, day))
        return this_year if this_year > now else _begin(date(now.year + 1, month, day))
    except ValueError:  # there is no such day
        return None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _read_name(written: str, now: datetime) -> Given:
    names = _names(written)
    if len(names) != 1:
        raise Unclear("there must be one name")
    return Given(text=names[0])


def _read_names(written: str, now: datetime) -> Given:
    names = _names(written)
    if not names or len(names) > MAX_NAMES:
        raise Unclear(f"there must be one to {MAX_NAMES} names, with commas between them")
    return Given(names=names)


def _names(written: str) -> tuple[str, ...]:
    pieces = (_person(smart_undone(piece)) for piece in re.split(r"[,;]", written))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _person(written: str) -> str:
    """The address where one stands in angle brackets, else the name."""
    found = _IN_BRACKETS.match(written)
    return (found[1] if found else written).strip().lstrip("@").strip(" .\"'")


def _read_address(written: str, now: datetime) -> Given:
    text = smart_undone(written).strip()
    found = _IN_BRACKETS.match(text)
    address = (found[1] if found else text).removeprefix("mailto:").strip(" .\"'")
    if not _ADDRESS.fullmatch(address):
        raise Unclear(f"`{_shown(written)}` is not an address")
    return Given(text=address)


def _read_number(written: str, now: datetime) -> Given:
    numbers = _numbers(written)
    if len(numbers) != 1:
        raise Unclear("there must be one number")
    return Given(numbers=numbers)


def _read_numbers(written: str, now: datetime) -> Given:
    return Given(numbers=_numbers(written))


def _numbers(written: str) -> tuple[int, ...]:
    pieces = [piece.strip("#.") for piece in re.split(r"[\s,;]+", written)]
    wrong = [piece for piece in pieces if piece and not (piece.isascii() and piece.isdigit() and len(piece) <= 12)]
    if wrong:
        raise Unclear(f"`{_shown(wrong[0])}` is not a number")
    numbers = tuple(dict.fromkeys(int(piece) for piece in pieces if piece))
    if not numbers or len(numbers) > MAX_NUMBERS or 0 in numbers:
        raise Unclear(f"there must be one to {MAX_NUMBERS} numbers, from 1 up")
    return numbers


def _read_minutes(written: str, now: datetime) -> Given:
    found = re.fullmatch(r"(\d{1,4})\s*(?:m|min|mins|minutes?|minuten|minuut|λεπτά|λ)?\.?", written.strip().casefold())
    if not found:
        raise Unclear(f"`{_shown(written)}` is not a number of minutes")
    return Given(numbers=(int(found[1]),))


def _read_priority(written: str, now: datetime) -> Given:
    return Given(text=_chosen(written, {name: name for name in _PRIORITIES}, "priority", ", ".join(_PRIORITIES)))


def _read_language(written: str, now: datetime) -> Given:
    names = {name: code for code, known in _LANGUAGES.items() for name in known.split()}
    return Given(text=_chosen(written, names, "language", ", ".join(_LANGUAGES)))


def _chosen(written: str, known: dict[str, str], what: str, listed: str) -> str:
    wanted = folded(written.strip(" .\"'"))
    found = {known[wanted]} if wanted in known else {code for name, code in known.items() if name.startswith(wanted)}
    if not wanted or len(found) != 1:
        raise Unclear(f"there is no {what} `{_shown(written)}`; there are {listed}")
    return found.pop()


def _read_domain(written: str, now: datetime) -> Given:
    text = smart_undone(written).strip(" <>.\"'").casefold()
    domain = text.partition("://")[2] or text
    domain = domain.partition("/")[0]
    if not domain or any(each.isspace() for each in domain):
        raise Unclear(f"`{_shown(written)}` is not the domain of a shop")
    return Given(text=domain)


def _read_subject(written: str, now: datetime) -> Given:
    subject = written.strip(" \"'")
    if len(subject) > MAX_SUBJECT:
        raise Unclear(f"the subject is longer than {MAX_SUBJECT} characters")
    return Given(text=subject)


def _read_canned(written: str, now: datetime) -> Given:
    found = _CANNED.fullmatch(smart_undone(written).strip())
    if not found:
        raise Unclear("the name of the canned answer comes first, then its parameters as `key=value`")
    parameters: dict[str, str] = {}
    rest = (found[2] or "").strip()
    at = 0
    while at < len(rest):
        pair = _PARAMETER.match(rest, at)
        if not pair:
            raise Unclear(
                f'`{_shown(rest[at:])}` is not `key=value`; values with blanks need quotes: `key="two words"`'
            )
        if pair[1].casefold() in parameters:
            raise Unclear(f"`{_shown(pair[1])}` is given twice")
        parameters[pair[1].casefold()] = next(value for value in (*pair.groups()[1:], "") if value is not None)
        at = pair.end()
    return Given(text=found[1], parameters=tuple(parameters.items()))


def _shown(text: str) -> str:
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= 60 else f"{plain[:60]}…"


UNTIL = Argument(
    name="TIME",
    how="`3d`, `2 weeks`, `12h`, `tomorrow`, or a day: `2026-12-24`, `24.12.2026`, `24/12`; at most a year away. "
    "Units are understood in English, Greek, Dutch, French and German",
    read=_read_until,
)
NAME = Argument(
    name="NAME",
    how="a name, an address, or a beginning that only one has; upper and lower case are the same",
    read=_read_name,
)
NAMES = Argument(name="NAME, …", how="names or addresses of colleagues, with commas between them", read=_read_names)
ADDRESS = Argument(name="ADDRESS", how="a mail address", read=_read_address)
RECIPIENT = Argument(name="ADDRESS", how="a mail address, or a colleague's name", read=_read_name)
NUMBER = Argument(name="NUMBER", how="the number of a ticket", read=_read_number)
NUMBERS = Argument(name="NUMBER …", how="one or more numbers of the list of files", read=_read_numbers)
MINUTES = Argument(name="MINUTES", how="how long the call took", read=_read_minutes)
PRIORITY = Argument(name="PRIORITY", how="low, normal, high or urgent; the first letters do", read=_read_priority)
LANGUAGE = Argument(name="LANGUAGE", how="en, el, nl, fr or de, or its name", read=_read_language)
DOMAIN = Argument(name="DOMAIN", how="the domain of one of the customer's shops", read=_read_domain)
SUBJECT = Argument(name="SUBJECT", how="free words; without them the old subject stays", read=_read_subject)
CANNED = Argument(
    name="NAME [KEY=VALUE …]",
    how='the name of a canned answer, then what it asks for; values with blanks need quotes: `shop="My shop"`',
    read=_read_canned,
)
KINDS = (UNTIL, NAME, NAMES, ADDRESS, RECIPIENT, NUMBER, NUMBERS, MINUTES, PRIORITY, LANGUAGE, DOMAIN, SUBJECT, CANNED)
