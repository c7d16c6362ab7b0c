"""Until when is somebody away, as far as his out-of-office reply tells? Dates in el, nl, fr, en and de.

A date counts only where a word before it says what it is: the last day away (`until 14 September`, `t/m 14-9`), or the
first day back (`back on 15.9.`). Day before month, as Europe writes; ISO 8601 too. Linear: the text is cut, and each
word is looked at once with a bounded piece behind it.

BUGS: a weekday alone (`back on Monday`) is no date.
"""

import re
from datetime import date, timedelta

from gateway.mail.quotes_words import folded

MAX_TEXT = 4000
"""Characters in which a date is looked for: it stands at the top."""
LONGEST = timedelta(days=180)
"""An absence that would end later, or ended earlier, was read wrong, or is none that tickets wait for."""

_MONTHS = (
    "january januari janvier januar janner jan ιανουαριου ιανουαριοσ ιαν gennaio",
    "february februari fevrier februar feb fevr φεβρουαριου φεβρουαριοσ φεβ",
    "march maart mars marz mar mrt μαρτιου μαρτιοσ μαρ",
    "april avril apr avr απριλιου απριλιοσ απρ",
    "may mei mai μαιου μαιοσ μαι",
    "june juni juin jun ιουνιου ιουνιοσ ιουν",
    "july juli juillet jul juil ιουλιου ιουλιοσ ιουλ",
    "august augustus aout aug αυγουστου αυγουστοσ αυγ",
    "september septembre sep sept σεπτεμβριου σεπτεμβριοσ σεπ σεπτ",
    "october oktober octobre oct okt οκτωβριου οκτωβριοσ οκτ",
    "november novembre nov νοεμβριου νοεμβριοσ νοε νοεμ",
    "december dezember decembre dec dez δεκεμβριου δεκεμβριοσ δεκ",
)
_NUMBERS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_LAST = (
    *("until and including", "up to and including", "through to", "until", "till", "through", "thru", "up to", "to"),
    *("εωσ και", "μεχρι και", "εωσ", "μεχρι", "ωσ και", "ωσ"),
    *("tot en met", "t/m", "tem", "tot"),
    *("jusqu'au", "jusqu’au", "jusque", "jusqu'a", "au"),
    *("bis einschliesslich", "bis einschließlich", "bis inkl.", "bis zum", "bis"),
)
_BACK = (
    *("back on", "back in the office on", "back in office on", "back at work on", "return on", "returning on"),
    *("return to the office on", "be back", "back from", "again from", "available again on", "available again from"),
    *(
        "επιστρεφω στισ",
        "επιστρεφω την",
        "επιστρεφω",
        "επιστροφη στισ",
        "επιστροφη",
        "πισω στισ",
        "ξανα απο",
        "παλι απο",
    ),
    *("θα επιστρεψω στισ", "θα επιστρεψω την", "θα επιστρεψω", "διαθεσιμοσ απο", "διαθεσιμη απο"),
    *("terug op", "weer terug op", "weer aanwezig op", "weer bereikbaar vanaf", "weer aanwezig vanaf", "terug vanaf"),
    *("weer bereikbaar op", "vanaf"),
    *("de retour le", "retour le", "de retour au bureau le", "a nouveau disponible le", "a partir du", "reviens le"),
    *("zuruck am", "zuruck ab", "wieder da am", "wieder am", "wieder ab dem", "wieder ab", "wieder im buro am"),
    *("wieder im buro ab", "wieder erreichbar ab", "ab dem"),
)
_FILLERS = (
    r"(?:(?:and|en|et|και|including|den|dem|zum|am|le|la|du|tisc|τισ|την|τη|το|και|op|the|met|mon|tues|wednes|thurs|fri|"
    r"satur|sun|δευτερα|τριτη|τεταρτη|πεμπτη|παρασκευη|σαββατο|κυριακη|maandag|dinsdag|woensdag|donderdag|vrijdag|"
    r"zaterdag|zondag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|"
    r"samstag|sonnabend|sonntag|monday|tuesday|wednesday|thursday|friday|saturday|sunday)[,.]? ){0,4}"
)
_MONTH = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_DATE = (
    rf"(?:(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})|(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|e|η|ησ)?\.? ?(?:of |de )?"
    rf"(?P<month>{_MONTH})\b\.?,?(?: (?P<year>\d{{4}}))?"
    rf"|(?P<month2>{_MONTH})\b\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?(?: (?P<year2>\d{{4}}))?"
    r"|(?P<numbers>\d{1,2} ?[./-] ?\d{1,2}(?: ?[./-] ?(?:\d{4}|\d{2}))?))(?!\d)"
)


def _phrases(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(map(folded, words), key=len, reverse=True))


_UNTIL = re.compile(rf"(?:(?<!\w)(?:{_phrases(_LAST)})|\d\.? ?[-–—]) ?:? ?{_FILLERS}{_DATE}")
_RETURN = re.compile(rf"(?<!\w)(?:{_phrases(_BACK)}) ?:? ?{_FILLERS}{_DATE}")


def away_until(text: str, today: date) -> date | None:
    """The last day on which he is away, or was, where his program goes on; None where his reply does not tell.

    A day to come wins over one that is over.
    """
    plain = " ".join(folded(text[:MAX_TEXT]).split())
    days = [
        day - back
        for pattern, back in ((_RETURN, timedelta(days=1)), (_UNTIL, timedelta(0)))
        for found in pattern.finditer(plain)
        if (day := _day(found, today)) and abs(day - back - today) <= LONGEST
    ]
    return next((day for day in days if day >= today), next(iter(days), None))


def _day(found: re.Match[str], today: date) -> date | None:
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
    elif found["numbers"]:
        day, month, year = _numbered(found["numbers"])
    else:
        day = int(found["day"] or found["day2"])
        month = _NUMBERS[found["month"] or found["month2"]]
        year = int(found["year"] or found["year2"] or 0)
    if year:
        return _date(year, month, day)
    near = [_date(today.year + years, month, day) for years in (-1, 0, 1)]
    return min((each for each in near if each), key=lambda each: abs(each - today), default=None)


def _numbered(written: str) -> tuple[int, int, int]:
    """Day, month and year, 0 where there is none; month before day only where nothing else can be."""
    pieces = [int(piece) for piece in re.split(r" ?[./-] ?", written)]
    first, second, year = pieces[0], pieces[1], pieces[2] if len(pieces) > 2 else 0
    day, month = (first, second) if second <= 12 else (second, first)
    return day, month, year + 2000 if 0 < year < 100 else year


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
