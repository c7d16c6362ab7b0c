"""An `explain` document for people: what each stage found, and why, one paragraph a stage.

The first line of a paragraph is the finding and its reason, the second one its details. Keys that a document lacks,
because an older release wrote it, are left out; ones that are not known here are shown under their own name.
"""

from collections.abc import Mapping
from typing import Any

from gateway.cli.screen import show_panel
from gateway.tickets.words import ENGLISH

TEXT_LIMIT = 4000
"""Characters of a mail's text that are shown."""
ACTIONS = {
    "open": "a new ticket",
    "open_unconfirmed": "a new ticket, unconfirmed",
    "append": "added to its ticket",
    "append_unconfirmed": "added to its ticket, unconfirmed",
    "commands": "an agent's orders are carried out",
    "record": "noted, nothing else",
    "hold": "held",
    "reject": "refused in the dialogue, else held",
    "duplicate": "it came before",
    "poison": "put on the poison shelf",
}
"""What becomes of a mail, in words."""


def show_document(document: dict[str, Any], title: str) -> None:
    """Show the document of one mail; the stored ones have no text and may lack what came later."""
    rows = [(name, text) for name, text in _rows(document) if text]
    text = document.get("mail", {}).get("text", "").strip()
    show_panel(title, rows, below=text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + " […]")


def author_in_words(document: Mapping[str, Any]) -> str:
    """How far it is proven who wrote: the grade, what it means, and what it rests on; "" where nothing is known."""
    authentication = document.get("authentication") or {}
    grade = authentication.get("grade")
    if not grade:
        return ""
    return f"{grade}. {ENGLISH.grades.get(grade, '')} ({authentication.get('why', '')})"


def identity_in_words(document: Mapping[str, Any]) -> str:
    """What is known of the author and what leads to the ticket, as sentences; "" where nothing is known."""
    identity = document.get("identity") or {}
    standing, strength = identity.get("sender", ""), identity.get("token", "")
    known = (
        (standing, ENGLISH.standings.get(standing, "")),
        (strength, ENGLISH.strengths.get(strength, "Nothing in it leads to a ticket for certain.")),
    )
    return " ".join(f"{code}. {words}" for code, words in known if code)


def _rows(document: dict[str, Any]) -> list[tuple[str, str]]:
    mail, plan = document.get("mail", {}), document.get("plan") or {}
    return [
        ("From", _person(mail.get("from"))),
        ("To", ", ".join(_person(person) for person in mail.get("to", []))),
        ("Date", mail.get("date") or ""),
        ("Subject", mail.get("subject", "")),
        ("Files", "\n".join(_file(file) for file in mail.get("attachments", []))),
        ("Defects", "\n".join(mail.get("defects", []))),
        ("Nature", _found(document.get("nature"), "kind", leave_out=("bounce",))),
        ("Author", _lines(author_in_words(document), _details(_signatures(document), "grade"))),
        ("Spam", _found(document.get("spam"), "state", leave_out=("history", *_unscanned(document.get("spam"))))),
        ("History", _history((document.get("spam") or {}).get("history"))),
        ("Virus", _virus(document.get("virus"))),
        ("Identity", _lines(identity_in_words(document), _identity(document.get("identity")))),
        ("Match", _found(document.get("match"), "by")),
        ("Topic", _lines(*_topic(document.get("topic")))),
        ("Plan", _lines(_plan(plan), _details(plan, "action"))),
    ]


def _signatures(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What authentication found, with a word where there is no signature: that, too, is a finding."""
    authentication = document.get("authentication") or {}
    return authentication | ({"dkim": "none"} if authentication.get("dkim") == [] else {})


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _identity(identity: Mapping[str, Any] | None) -> str:
    return _lines((identity or {}).get("why", ""), _details(identity, "sender", "token"))


def _plan(plan: Mapping[str, Any]) -> str:
    action = plan.get("action", "")
    return f"{ACTIONS.get(action, action)}: {plan.get('why', '')}" if action else ""


def _found(stage: Mapping[str, Any] | None, head: str, *, leave_out: tuple[str, ...] = ()) -> str:
    """The finding and why; below, its details."""
    if not stage:
        return ""
    finding = str(stage.get(head)).replace("_", " ")
    first = f"{finding}: {stage['why']}" if stage.get("why") else finding
    return _lines(first, _details(stage, head, *leave_out))


def _details(stage: Mapping[str, Any] | None, *shown: str) -> str:
    """Everything else that a stage says, by name; what says nothing is left out."""
    others = ((name, _value(value)) for name, value in (stage or {}).items() if name not in (*shown, "why"))
    return ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in others if text)


def _value(value: object) -> str:
    match value:
        case None | "" | False:
            return ""
        case True:
            return "yes"
        case dict():
            return " ".join(filter(None, map(_value, value.values())))
        case list():
            return " + ".join(filter(None, map(_value, value)))
    return str(value)


def _history(history: Mapping[str, Any] | None) -> str:
    """What people said of the sender's earlier mail, where it was looked at and said something."""
    if not history or history.get("reputation") == "none":
        return ""
    return f"{history.get('reputation')}: {history.get('why')}"


def _unscanned(spam: Mapping[str, Any] | None) -> tuple[str, ...]:
    return () if spam and spam.get("state") == "scanned" else ("score", "threshold")


def _virus(virus: Mapping[str, Any] | None) -> str:
    """Nothing where there is no scanner."""
    return "" if not virus or virus.get("state") == "skipped" else f"{virus.get('state')}: {virus.get('why')}"


def _topic(topic: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What it is about, where that was looked for."""
    if not topic or not topic.get("why"):
        return ()
    return topic["why"], f"team {topic['team']}" if topic.get("team") else ""


def _person(person: dict[str, str] | None) -> str:
    if not person:
        return ""
    return f"{person['address']} ({person['name']})" if person.get("name") else person["address"]


def _file(file: dict[str, Any]) -> str:
    return f"{file['filename']} ({file['content_type']}, {file['size']:,} bytes)"
