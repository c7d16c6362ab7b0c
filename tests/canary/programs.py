"""How mail programs answer: all quote the whole mail, each in its own way, as text and as HTML."""

import email
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.header import decode_header, make_header

from tests.desk import SUPPORT

SENDER = f"Shop Support <{SUPPORT}>"
ATTRIBUTIONS = (
    f"On Tue, Sep 1, 2026 at 10:00 AM {SENDER} wrote:",
    f"Στις Τρί 1 Σεπ 2026 στις 10:00 π.μ., ο χρήστης {SENDER} έγραψε:",
    f"Op di 1 sep 2026 om 10:00 schreef {SENDER}:",
    f"Le mar. 1 sept. 2026 à 10:00, {SENDER} a écrit :",
    f"Am Di., 1. Sept. 2026 um 10:00 Uhr schrieb {SENDER}:",
)
LABELS = (
    ("From", "Sent", "To", "Subject"),
    ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("De", "Envoyé", "À", "Objet"),
    ("Von", "Gesendet", "An", "Betreff"),
)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The mail that is answered, as the program shows it."""

    text: str
    html: str
    subject: str
    recipient: str
    """Whoever answers."""
    language: int
    """The program's: an index of ATTRIBUTIONS and LABELS."""

    @property
    def marked(self) -> str:
        """As most programs quote in plain text."""
        return "".join(f"> {line}\n" if line else ">\n" for line in self.text.split("\n"))

    @property
    def attribution(self) -> str:
        """The line above the quotation."""
        return ATTRIBUTIONS[self.language]

    @property
    def head(self) -> tuple[tuple[str, str], ...]:
        """The lines above it in Outlook."""
        values = (SENDER, "1 September 2026 10:00", self.recipient, self.subject)
        return tuple(zip(LABELS[self.language], values, strict=True))


Written = tuple[str, str]
"""Text and HTML; without HTML a plain mail."""
Program = Callable[[str, Quoted], Written]


def quoted(data: bytes, recipient: str, language: int) -> Quoted:
    """A composed mail of ours as its reader's program has it."""
    mail = email.message_from_bytes(data)
    bodies: dict[str, str] = {}
    for part in mail.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and part.get_content_maintype() == "text":
            bodies.setdefault(part.get_content_subtype(), payload.decode().replace("\r\n", "\n"))
    body = _BODY.search(bodies["html"])
    assert body is not None
    subject = str(make_header(decode_header(str(mail["Subject"]))))
    return Quoted(text=bodies["plain"], html=body[1], subject=subject, recipient=recipient, language=language)


def gmail(text: str, answered: Quoted) -> Written:
    """Text on top; a block quotation in a division of its own."""
    rich = (
        f'<div dir="ltr">{_rich(text)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
        f'class="gmail_attr">{html.escape(answered.attribution)}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{answered.html}'
        "</blockquote></div>"
    )
    return f"{text}\n\n{answered.attribution}\n\n{answered.marked}", rich


def outlook(text: str, answered: Quoted) -> Written:
    """Text on top; the mail below a head, not marked by anything."""
    plain_head = "\n".join(f"{label}: {value}" for label, value in answered.head)
    rich_head = "<br>".join(f"<b>{label}:</b> {html.escape(value)}" for label, value in answered.head)
    rich = (
        f'<div class="elementToProof">{_rich(text)}</div><div id="appendonsend"></div><hr style="display:inline-block;'
        f'width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{rich_head}</font>'
        f"<div>&nbsp;</div></div><div>{answered.html}</div>"
    )
    return f"{text}\n\n________________________________\n{plain_head}\n\n{answered.text}", rich


def outlook_plain(text: str, answered: Quoted) -> Written:
    """The same without HTML: nothing marks the quotation but its head."""
    return outlook(text, answered)[0], ""


def apple(text: str, answered: Quoted) -> Written:
    """Text on top; a quotation of type cite."""
    rich = (
        f'{_rich(text)}<div><br><blockquote type="cite"><div>{html.escape(answered.attribution)}</div>'
        f'<br class="Apple-interchange-newline"><div>{answered.html}</div></blockquote></div><br>'
    )
    return f"{text}\n\n{answered.marked.replace('> ', f'> {answered.attribution}{chr(10)}>{chr(10)}> ', 1)}", rich


def thunderbird(text: str, answered: Quoted) -> Written:
    """Text below the quotation, as it is set up at first, or on top: here on top."""
    rich = (
        f'<p>{_rich(text)}</p><div class="moz-cite-prefix">{html.escape(answered.attribution)}<br></div>'
        f'<blockquote type="cite" cite="mid:1@desk.test">{answered.html}</blockquote>'
    )
    return f"{text}\n\n{answered.attribution}\n{answered.marked}", rich


def mutt_top(text: str, answered: Quoted) -> Written:
    """Plain text, on top."""
    return f"{text}\n\n{answered.attribution}\n{answered.marked}", ""


def mutt_bottom(text: str, answered: Quoted) -> Written:
    """Plain text, below the whole quotation; commands at the head, where they must be."""
    commands, words = _apart(text)
    return f"{commands}{answered.attribution}\n\n{answered.marked}\n{words}\n", ""


def mutt_between(text: str, answered: Quoted) -> Written:
    """Plain text, between the lines of the quotation: one part in its middle, one below it."""
    commands, words = _apart(text)
    first, _, rest = words.partition("\n\n")
    lines = answered.marked.splitlines(keepends=True)
    middle = len(lines) // 2
    upper, lower = "".join(lines[:middle]), "".join(lines[middle:])
    return f"{commands}{answered.attribution}\n\n{upper}\n{first}\n\n{lower}\n{rest}\n", ""


PROGRAMS: tuple[Program, ...] = (
    gmail,
    outlook,
    outlook_plain,
    apple,
    thunderbird,
    mutt_top,
    mutt_bottom,
    mutt_between,
)


def _apart(text: str) -> tuple[str, str]:
    """The commands at the head, and the words."""
    lines = text.splitlines(keepends=True)
    count = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:count]), "".join(lines[count:]).strip("\n")


def _rich(text: str) -> str:
    """Words as a rich text editor has them, the first line of the words in bold."""
    lines = [html.escape(line) for line in text.split("\n")]
    bold = next((number for number, line in enumerate(lines) if line and not line.startswith("#")), -1)
    if bold >= 0:
        lines[bold] = f"<b>{lines[bold]}</b>"
    return "".join(f"<div>{line or '<br>'}</div>" for line in lines)
