"""An `explain` document for people: what each stage found, and why, one paragraph a stage."""

from typing import Any

from gateway.cli.screen import show_panel

TEXT_LIMIT = 4000
"""Characters of a mail's text that are shown."""


def show_document(document: dict[str, Any], title: str) -> None:
    """Show the document of one mail; the stored ones have no text and may lack what came later."""
    rows = [(name, text) for name, text in _rows(document) if text]
    text = document.get("mail", {}).get("text", "").strip()
    show_panel(title, rows, below=text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + " […]")


def _rows(document: dict[str, Any]) -> list[tuple[str, str]]:
    mail = document.get("mail", {})
    return [
        ("From", _person(mail.get("from"))),
        ("To", ", ".join(_person(person) for person in mail.get("to", []))),
        ("Date", mail.get("date") or ""),
        ("Subject", mail.get("subject", "")),
        ("Files", "\n".join(_file(file) for file in mail.get("attachments", []))),
        ("Defects", "\n".join(mail.get("defects", []))),
        ("Nature", _found(document.get("nature"), "kind")),
        ("Author", _found(document.get("authentication"), "grade", "spf", "dmarc")),
        ("Spam", _found(document.get("spam"), "state", *_score(document.get("spam")))),
        ("Identity", _found(document.get("identity"), "sender", "token", "account", "shop")),
        ("Match", _found(document.get("match"), "by", "ticket")),
        ("Plan", _found(document.get("plan"), "action", "reply", "language")),
    ]


def _found(stage: dict[str, Any] | None, head: str, *details: str) -> str:
    """The finding, its details in brackets, then why."""
    if not stage:
        return ""
    named = ", ".join(f"{name} {stage[name]}" for name in details if stage.get(name) not in (None, ""))
    finding = str(stage.get(head)).replace("_", " ") + (f" ({named})" if named else "")
    return f"{finding}: {stage['why']}" if stage.get("why") else finding


def _score(spam: dict[str, Any] | None) -> list[str]:
    return ["score"] if spam and spam.get("state") == "scanned" else []


def _person(person: dict[str, str] | None) -> str:
    if not person:
        return ""
    return f"{person['address']} ({person['name']})" if person.get("name") else person["address"]


def _file(file: dict[str, Any]) -> str:
    return f"{file['filename']} ({file['content_type']}, {file['size']:,} bytes)"
