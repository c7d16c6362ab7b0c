"""When is the desk there again, in the words of a customer's language?

Nothing is said where the operator has not told the hours of his desk: a time that nobody meant would be a promise.
"""

from datetime import datetime

from gateway.hours.desk_hours import is_open, next_opening
from gateway.tickets.desk import Desk

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    # With the article that "on" wants.
    "el": ("τη Δευτέρα", "την Τρίτη", "την Τετάρτη", "την Πέμπτη", "την Παρασκευή", "το Σάββατο", "την Κυριακή"),
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "el": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου "
    "Δεκεμβρίου",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_MONTH = {tongue: tuple(months.split()) for tongue, months in _MONTHS.items()}
_FORMS = {
    "en": "{weekday} {day} {month} at {time}",
    "el": "{weekday} {day} {month} στις {time}",
    "nl": "{weekday} {day} {month} om {time} uur",
    "fr": "{weekday} {day} {month} à {time}",
    "de": "{weekday}, dem {day}. {month}, um {time} Uhr",
}


def opens(desk: Desk, language: str, at: datetime) -> str:
    """The day and the hour at which a desk that is closed now works again, by its own clock; "" while it is open."""
    if not desk.tells_hours or is_open(desk.hours, at):
        return ""
    return moment_in_words(next_opening(desk.hours, at).astimezone(desk.hours.zone), language)


def moment_in_words(moment: datetime, language: str) -> str:
    """A day and an hour, to stand after "on" (en, nl), "am" (de), or alone (el, fr)."""
    tongue = language.lower().partition("-")[0]
    tongue = tongue if tongue in _FORMS else "en"
    is_first = tongue == "fr" and moment.day == 1
    return _FORMS[tongue].format(
        weekday=_DAYS[tongue][moment.weekday()],
        day="1er" if is_first else moment.day,
        month=_MONTH[tongue][moment.month - 1],
        time=f"{moment.hour:02}{' h ' if tongue == 'fr' else ':'}{moment.minute:02}",
    )
