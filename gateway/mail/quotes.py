"""What did the sender write now, and what does he only quote? Each line is looked at a fixed number of times.

Conservative: an answer between quoted lines is kept whole, a forwarded mail is kept whole, and where nothing would be
left everything is kept. What is shown too much is read over; what is cut too much is a customer who is not heard.
Every line of the text is in exactly one of `reply`, `quoted` and `signature`.

BUGS: footers that servers add below a quotation make it an answer between quotations.
"""

import re
from dataclasses import dataclass

REPLY_MARKER = "##- Please type your reply above this line -##"
REPLY_MARKER_EL = "##- Παρακαλώ γράψτε την απάντησή σας πάνω από αυτή τη γραμμή -##"
REPLY_MARKERS = {
    "en": REPLY_MARKER,
    "el": REPLY_MARKER_EL,
    "nl": "##- Typ je antwoord boven deze regel -##",
    "fr": "##- Écrivez votre réponse au-dessus de cette ligne -##",
    "de": "##- Bitte schreiben Sie Ihre Antwort über diese Zeile -##",
}
"""By the language of the template that it stands in."""

MAX_SIGNATURE = 15
"""Lines of a signature at most; longer ones are text."""
_WRAPPED = 4
"""Lines over which an attribution (`On ... wrote:`) may be wrapped."""
_BLOCK = 8
"""Lines in which the header block of a quoted mail must have its labels."""

_SEPARATOR = re.compile(r"[-_ ]{2,20}([^-_<>@:]{4,60}?)[-_ ]{2,20}")
# Folded here, because case folding also changes the Greek final sigma.
_ORIGINAL = {
    word.casefold()
    for word in (
        *("original message", "original appointment", "reply message"),
        *("αρχικό μήνυμα", "αρχικο μηνυμα", "πρωτότυπο μήνυμα", "αρχικό μύνημα"),
        *("oorspronkelijk bericht", "origineel bericht"),
        *("message d'origine", "message d’origine", "message original"),
        *("ursprüngliche nachricht", "originalnachricht", "original-nachricht", "urspr. nachricht"),
    )
}
_FROM = {word.casefold() for word in ("from", "από", "απο", "αποστολέας", "van", "de", "expéditeur", "von")}
_LABELS = _FROM | {
    word.casefold()
    for word in (
        *("sent", "to", "cc", "bcc", "subject", "date", "importance", "reply-to", "attachments"),
        *("στάλθηκε", "αποστολή", "εστάλη", "προς", "κοιν.", "κοιν", "κοινοποίηση", "θέμα", "ημερομηνία"),
        *("verzonden", "aan", "onderwerp", "datum", "verstuurd", "bijlagen"),
        *("envoyé", "à", "objet", "destinataire", "répondre à"),
        *("gesendet", "an", "betreff", "kopie", "antwort an"),
    )
}
_OPENING = tuple(
    f"{word} ".casefold() for word in ("on", "στις", "την", "τη", "το", "ο", "η", "op", "le", "am", "von", "van", "de")
)
_WROTE = re.compile(r"\b(?:wrote|έγραψε|εγραψε|schreef|geschreven|écrit|schrieb|geschrieben)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|i|ich|ik|j'ai|j’ai)\b")
_TIME = re.compile(r"\d[:.h]\d\d|\b\d{4}\b|@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A text in three: together they hold every line of it."""

    reply: str
    quoted: str = ""
    signature: str = ""


def split(text: str, *, is_forward: bool = False) -> Split:
    """Take a text apart. In a forwarded mail only lines with `>` can be quotations: the rest is what it is about."""
    lines = text.split("\n")
    cut, body = _beginning(lines, is_forward)
    if cut is None:
        return _made(lines, [])
    if body is not None:
        return _before_marked(lines, cut, body)
    if _is_blank(lines[:cut]):
        return _made(lines, [])
    return _made(lines[:cut], lines[cut:])


def is_forward(subject: str) -> bool:
    """Does a subject say that the mail was forwarded?"""
    return subject.partition(":")[0].strip().casefold() in ("fw", "fwd", "πρθ", "προώθ", "doorst", "tr", "wg")


def _beginning(lines: list[str], is_forward: bool) -> tuple[int | None, int | None]:
    """Where a quotation begins; and where its first line with `>` stands, if it is of that kind."""
    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith(">"):
            return index, index
        if _is_marker(stripped):
            return index, None
        length = _attribution(lines, index)
        if length:
            body = _next_text(lines, index + length)
            if body is not None and lines[body].lstrip().startswith(">"):
                return index, body
            if body is not None and _is_marker(lines[body].strip()):
                return index, None
        if not is_forward and (length or _is_separator(stripped) or _is_header_block(lines, index)):
            return index, None
    return None, None


def _before_marked(lines: list[str], cut: int, body: int) -> Split:
    """Divide a text with lines marked `>`, the first at `body`; the attribution before them begins at `cut`."""
    end = body
    for index in range(body, len(lines)):
        if lines[index].lstrip().startswith(">"):
            end = index + 1
        elif lines[index].strip():
            break
    above, below = lines[:cut], lines[end:]
    if _is_blank(below):
        # White space after the quotation belongs to it.
        return _made(above, lines[cut:])
    if _signature_start(below) is not None and _is_blank(below[: _signature_start(below)]):
        return _made(above, lines[cut:end], below)
    is_interleaved = not _is_blank(above) or any(line.lstrip().startswith(">") for line in below)
    return _made(lines, []) if is_interleaved else _made(below, lines[:end])


def _made(reply: list[str], quoted: list[str], signature: list[str] | None = None) -> Split:
    start = _signature_start(reply) if signature is None else None
    if start is not None and not _is_blank(reply[:start]):
        reply, signature = reply[:start], reply[start:]
    return Split(reply=_text(reply), quoted=_text(quoted), signature=_text(signature or []))


def _signature_start(lines: list[str]) -> int | None:
    """Where the signature begins: at the last `-- ` (RFC 3676 §4.3), if what follows is short and unquoted."""
    for index in range(len(lines) - 1, max(-1, len(lines) - MAX_SIGNATURE - 3), -1):
        if lines[index].startswith(">"):
            return None
        if lines[index].rstrip() == "--":
            return index if sum(1 for line in lines[index + 1 :] if line.strip()) <= MAX_SIGNATURE else None
    return None


def _is_marker(stripped: str) -> bool:
    """Our own line, which stands above everything that we quote."""
    content = stripped.lstrip("> ")
    return content.startswith("##-") and content.endswith("-##") and len(content) < 200


def _is_separator(stripped: str) -> bool:
    if len(stripped) > 120 or stripped[0] not in "-_":
        return False
    match = _SEPARATOR.fullmatch(stripped)
    return match is not None and match[1].strip().casefold() in _ORIGINAL


def _is_header_block(lines: list[str], index: int) -> bool:
    if _label(lines[index]) not in _FROM:
        return False
    labels = {_label(line) for line in lines[index : index + _BLOCK]}
    return len(labels & _LABELS) >= 3


def _label(line: str) -> str:
    head, colon, _ = line[:60].partition(":")
    return head.strip(" \t*_|\u00a0").casefold() if colon else ""


def _attribution(lines: list[str], index: int) -> int:
    """How many lines from here on are one `On ..., somebody wrote:`; 0 for none."""
    first = lines[index].strip().casefold()
    if not first.startswith(_OPENING) and "@" not in first and not first.endswith(":"):
        return 0
    joined = ""
    for count in range(1, _WRAPPED + 1):
        line = lines[index + count - 1].strip() if index + count <= len(lines) else ""
        if not line or len(line) > 300 or line.startswith(">"):
            return 0
        joined = f"{joined} {line}"
        if line.endswith(":") and _WROTE.search(joined):
            opened = first.startswith(_OPENING) or "@" in joined
            return count if opened and _TIME.search(joined) and not _FIRST_PERSON.search(joined) else 0
    return 0


def _next_text(lines: list[str], index: int) -> int | None:
    """The next line that is not empty, if it is near."""
    for position in range(index, min(index + 4, len(lines))):
        if lines[position].strip():
            return position
    return None


def _is_blank(lines: list[str]) -> bool:
    return not any(line.strip() for line in lines)


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
