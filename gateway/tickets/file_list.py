"""The files of a mail as agents are told of them: number, name, type by its bytes, size, digest; what is blocked."""

from collections.abc import Sequence

from gateway.mail.message import Attachment
from gateway.model import StoredAttachment

DIGEST = 12
"""Characters of a file's SHA-256 that are shown."""

BLOCKED = {
    "en": {
        "": "blocked",
        "program": "a program",
        "script": "a script",
        "macros": "a document with macros",
        "objects": "a document that can hold programs",
        "shortcut": "a shortcut that can start programs",
        "disk_image": "a disk image",
        "web_page": "a web page",
        "calendar": "a calendar file",
        "outlook": "a mail in Outlook's own format",
        "archive": "an archive that holds a program",
    },
    "el": {
        "": "αποκλείστηκε",
        "program": "πρόγραμμα",
        "script": "δέσμη ενεργειών",
        "macros": "έγγραφο με μακροεντολές",
        "objects": "έγγραφο που μπορεί να περιέχει προγράμματα",
        "shortcut": "συντόμευση που μπορεί να ξεκινήσει προγράμματα",
        "disk_image": "εικόνα δίσκου",
        "web_page": "ιστοσελίδα",
        "calendar": "αρχείο ημερολογίου",
        "outlook": "μήνυμα σε μορφή του Outlook",
        "archive": "συμπιεσμένο αρχείο που περιέχει πρόγραμμα",
    },
    "nl": {
        "": "geblokkeerd",
        "program": "een programma",
        "script": "een script",
        "macros": "een document met macro's",
        "objects": "een document waar programma's in kunnen zitten",
        "shortcut": "een snelkoppeling die programma's kan starten",
        "disk_image": "een schijfkopie",
        "web_page": "een webpagina",
        "calendar": "een agendabestand",
        "outlook": "een bericht in het eigen formaat van Outlook",
        "archive": "een archief met een programma erin",
    },
    "fr": {
        "": "bloqué",
        "program": "un programme",
        "script": "un script",
        "macros": "un document avec des macros",
        "objects": "un document qui peut contenir des programmes",
        "shortcut": "un raccourci qui peut lancer des programmes",
        "disk_image": "une image disque",
        "web_page": "une page web",
        "calendar": "un fichier d'agenda",
        "outlook": "un message au format propre d'Outlook",
        "archive": "une archive qui contient un programme",
    },
    "de": {
        "": "gesperrt",
        "program": "ein Programm",
        "script": "ein Skript",
        "macros": "ein Dokument mit Makros",
        "objects": "ein Dokument, das Programme enthalten kann",
        "shortcut": "eine Verknüpfung, die Programme starten kann",
        "disk_image": "ein Datenträgerabbild",
        "web_page": "eine Webseite",
        "calendar": "eine Kalenderdatei",
        "outlook": "eine Mail in Outlooks eigenem Format",
        "archive": "ein Archiv, das ein Programm enthält",
    },
}
"""Why a file is not sent to agents, by language and `mail.magic_types.Danger`; "" is the word itself."""


def file_lines(
    files: Sequence[StoredAttachment], attachments: Sequence[Attachment], language: str, *, first: int = 1
) -> list[str]:
    """A numbered line for each file, its type by its bytes; `attachments` are what the mail holds.

    `language` is the agent's, `first` the number of the first of them in the ticket, by which he may ask for it.
    """
    found = {each.sha256: each for each in attachments}
    # The same bytes under two names: the worse one counts.
    found |= {each.sha256: each for each in attachments if each.danger}
    return [f"{number}. {_line(file, found.get(file.sha256), language)}" for number, file in enumerate(files, first)]


def _line(file: StoredAttachment, found: Attachment | None, language: str) -> str:
    words = BLOCKED.get(language.lower().partition("-")[0], BLOCKED["en"])
    kind = found.found_type if found and found.found_type else file.content_type
    line = f"{file.filename} ({kind}, {max(file.size // 1000, 1)} kB, sha256 {file.sha256[:DIGEST]})"
    return f"{line}: {words['']}, {words[found.danger]}" if found and found.danger else line
