"""How does a mail of ours look on the wire? The only place that makes MIME.

What must stay true (A-41): every header value passes `safe_header`; nothing goes out whose bytes, read again, do not
have exactly the fields and the recipient that were meant; the same draft always gives the same bytes, so that a mail
which is sent twice is one mail. Field values are folded here and not by the standard library: its folding has turned
line ends inside encoded words into fields of their own, and breaks long message ids.

BUGS: addresses whose local part is not ASCII (RFC 6531) or is quoted cannot be written to. Lines of text are not flowed
(RFC 3676): mail programs wrap long lines themselves, and its space-stuffing shows in those that do not know it.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Literal
from urllib.parse import quote

from gateway.errors import Permanent
from gateway.mail import clean, filename, words
from gateway.mail.message import Address
from gateway.mail.recheck import Meant, recheck
from gateway.tokens import a_label

VALUE_LIMIT = 200
"""Characters of a header value that somebody else may have typed."""
FILENAME_LIMIT = 100
"""Characters of a file's name: percent-encoded, it must fit into a line of 998 octets (RFC 5322 §2.1.1)."""
MESSAGE_ID_LIMIT = 250
"""Octets of a message id that we repeat."""
REFERENCES_LIMIT = 20
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9_\-]{1,63}(?:\.[A-Za-z0-9_\-]{1,63})*")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
_CONTENT_TYPE = re.compile(r"(?!message/|multipart/)[a-z0-9][a-z0-9!#$&^_.+\-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+\-]{0,60}")
_NO_PHRASE = dict.fromkeys(map(ord, '"\\<>'), " ")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
# What mail programs put before the subject of an answer or a forwarded mail, in the languages of our customers.
_PREFIX = re.compile(
    r"(?i)(?:re|aw|antw|απ|σχετ|ré|réf|sv|vs|rif|odp|ynt|fwd?|wg|πρθ|doorst|tr|enc)(?:\[\d{1,3}\])? ?[:\uff1a]\s*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that goes with a mail; a picture that is `inline` is shown in its place, else below the text."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that one mail to one recipient is made of."""

    message_id: str
    date: datetime
    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str
    language: str
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    """Oldest first; what is not a message id is left out, and of more than 20 the first and the last 19 stay."""
    auto_submitted: Literal["", "auto-replied", "auto-generated"] = ""
    """RFC 3834 §5: "" for what a person wrote, "auto-replied" for receipts, "auto-generated" for notifications."""
    files: tuple[File, ...] = ()
    pictures_at: str = ""
    """What stands in the HTML where inline pictures are shown; where it does not, they are shown at the end."""


def build(draft: Draft) -> bytes:
    """The mail: CRLF line ends, 7 bit.

    Raises Permanent where this recipient cannot be written to, or where what came out is not what was meant: such a
    mail must never be sent.
    """
    fields = _fields(draft)
    body = _body(draft)
    root = MIMEPart(_POLICY)
    for field in (*fields, _field("MIME-Version", "1.0"), body["Content-Type"]):
        root[field.name] = field
    root.set_payload(body.get_payload())
    data = root.as_bytes(policy=_POLICY)
    meant = Meant(
        names=tuple(field.name for field in fields),
        sender=wire_address(draft.sender.address),
        recipient=wire_address(draft.recipient.address),
        leaves=2 + len(draft.files),
    )
    recheck(data, meant)
    return data


def safe_header(value: str, limit: int = VALUE_LIMIT) -> str:
    """A header value as one line of harmless characters, whatever it was; never raises.

    Encoded words (RFC 2047) are decoded; what then still begins like one is broken up, so that nobody decodes later
    what was not looked at here. NFC, line breaks as spaces, without control and direction characters.
    """
    return clean.line(words.decode(str(value)[: 20 * limit]), limit).replace("=?", "= ?")[:limit].rstrip()


def reply_subject(original: str) -> str:
    """The subject of an answer: one `Re: `, then the original, its own prefixes folded away (RFC 5322 §3.6.5)."""
    rest = clean.line(original)
    while match := _PREFIX.match(rest):
        rest = rest[match.end() :]
    return f"Re: {rest}".rstrip()


def wire_address(address: str) -> str:
    """The address as SMTP takes it: ASCII, its domain as A-labels (RFC 5890); Permanent where that cannot be."""
    local, _, domain = address.rpartition("@")
    wired = f"{local}@{domain if domain.isascii() else a_label(domain)}"
    if len(wired) > 254 or not _ADDRESS.fullmatch(wired):
        raise Permanent("mail cannot be sent to this address: it is not of the form that SMTP carries")
    return wired


def self_test() -> None:
    """Refuse to run on a Python whose email package lets a subject become a field (CVE-2024-6923 and its kin).

    Raises Permanent where the mail was refused by our own check, RuntimeError where not even that noticed.
    """
    for vector in (
        "=?UTF-8?Q?x=0ABcc=3A_v=40x.example?=",
        "x =?UTF-8?Q?=0A?=Bcc: v@x.example",
        "x\r\nBcc: v@x.example",
        "x\u2028Bcc: v@x.example",
    ):
        person = Address(address="someone@localhost", name=vector)
        draft = Draft(
            message_id="<self-test@localhost>",
            date=datetime(2026, 1, 1, tzinfo=UTC),
            sender=person,
            recipient=person,
            subject=vector,
            text=vector,
            html=vector,
            language="en",
            references=(vector,),
            files=(File(filename=vector, content_type=vector, content=b""),),
        )
        if re.search(rb"(?im)^bcc[ \t]*:", build(draft).partition(b"\r\n\r\n")[0]):
            raise RuntimeError("a subject could add a Bcc field to our mail: this Python's email package is not safe")


class _Field(str):
    """A header value that is folded already; the email package writes it as it stands."""

    name: str
    lines: str

    def fold(self, *, policy: object) -> str:
        """The whole field, for the email package."""
        return f"{self.name}: {self.lines}\r\n"


def _field(name: str, lines: str) -> _Field:
    field = _Field(lines.replace("\r\n", ""))
    field.name, field.lines = name, lines
    return field


class _Fields:
    """The header factory of our policy: no value is parsed or folded by the email package."""

    max_count = None

    def __call__(self, name: str, value: str) -> _Field:
        return _field(name, value)

    def __getitem__(self, name: str) -> "_Fields":
        return self


_POLICY = SMTP.clone(header_factory=_Fields())


def _fields(draft: Draft) -> list[_Field]:
    automatic = draft.auto_submitted
    if not _message_ids([draft.message_id]):
        raise Permanent("the mail was not sent because it has no valid Message-ID")
    values = (
        ("From", _mailbox("From", draft.sender)),
        ("To", _mailbox("To", draft.recipient)),
        ("Reply-To", f"<{wire_address(draft.reply_to)}>" if draft.reply_to else ""),
        ("Subject", _words("Subject", draft.subject)),
        ("Date", format_datetime(draft.date.astimezone(UTC))),
        ("Message-ID", draft.message_id),
        ("In-Reply-To", "".join(_message_ids([draft.in_reply_to]))),
        ("References", "\r\n ".join(_thread(draft))),
        ("Auto-Submitted", automatic),
        ("X-Auto-Response-Suppress", "All" if automatic else ""),
        # Non-standard (RFC 2076 §3.9); some responders know only this. For what answers people we do not know.
        ("Precedence", "bulk" if automatic == "auto-replied" else ""),
        ("Content-Language", draft.language if _LANGUAGE.fullmatch(draft.language) else ""),
    )
    return [_field(name, lines) for name, lines in values if lines]


def _mailbox(field: str, mailbox: Address) -> str:
    address = f"<{wire_address(mailbox.address)}>"
    # Signs that part addresses from names are gone: not every program reads quotes as RFC 5322 means them.
    name = clean.line(safe_header(mailbox.name).translate(_NO_PHRASE))
    if not name:
        return address
    shown = f'"{name}"' if name.isascii() else _words(field, name)
    return f"{shown}\r\n {address}" if len(shown) + len(address) > 70 else f"{shown} {address}"


def _words(field: str, value: str) -> str:
    """A value as unstructured text (RFC 5322 §2.2.1), folded; in encoded words where it is not ASCII."""
    value = safe_header(value)
    if not value.isascii():
        return Header(value, "utf-8", maxlinelen=76, header_name=field).encode(linesep="\r\n")
    lines = [f"{field}:"]
    for word in value.split():
        # The first word stays beside the name, however long it is: some programs take an empty line for the value.
        if len(lines[-1]) + len(word) < 76 or lines[-1] == f"{field}:":
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join(lines).removeprefix(f"{field}:").removeprefix(" ")


def _message_ids(candidates: Iterable[str]) -> list[str]:
    return [each for each in candidates if len(each) <= MESSAGE_ID_LIMIT and _MESSAGE_ID.fullmatch(each)]


def _thread(draft: Draft) -> list[str]:
    """RFC 5322 §3.6.4: the parent's references and then the parent; the beginning and the end of a long thread."""
    ids = list(dict.fromkeys(_message_ids((*draft.references, draft.in_reply_to))))
    return ids if len(ids) <= REFERENCES_LIMIT else [ids[0], *ids[1 - REFERENCES_LIMIT :]]


def _body(draft: Draft) -> MIMEPart:
    pictures = [file for file in draft.files if _is_inline(file)]
    names = [f"{_digest(draft, f'picture {number}')}@inline" for number in range(len(pictures))]
    html = _text_part("html", _with_pictures(draft.html, draft.pictures_at, pictures, names))
    if pictures:
        html = _multipart(draft, "related", [html, *map(_file_part, pictures, names)])
    body = _multipart(draft, "alternative", [_text_part("plain", draft.text), html])
    others = [_file_part(file) for file in draft.files if not _is_inline(file)]
    return _multipart(draft, "mixed", [body, *others]) if others else body


def _is_inline(file: File) -> bool:
    return file.inline and file.content_type in INLINE_TYPES


def _with_pictures(html: str, place: str, pictures: list[File], names: list[str]) -> str:
    shown = "".join(
        f'<p><img src="cid:{name}" alt="{escape(_filename(file))}" style="max-width:100%;height:auto"></p>\n'
        for file, name in zip(pictures, names, strict=True)
    )
    if place and place in html:
        return html.replace(place, shown, 1).replace(place, "")
    before, end, after = html.rpartition("</body>")
    return f"{before}{shown}{end}{after}" if end else html + shown


def _multipart(draft: Draft, subtype: str, parts: list[MIMEPart]) -> MIMEPart:
    # "=_" stands in no quoted-printable and no base64 (RFC 2045 §6.7), so no content can hold the boundary.
    whole = _part(f'multipart/{subtype};\r\n boundary="=_{_digest(draft, subtype)}"')
    for part in parts:
        whole.attach(part)
    return whole


def _text_part(subtype: str, text: str) -> MIMEPart:
    part = _part(f"text/{subtype}; charset=utf-8")
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    if len(data) > 1.25 * len(text):  # mostly not ASCII: quoted-printable would be three times as long
        return _encoded(part, "base64", encodebytes(data.replace(b"\n", b"\r\n")))  # RFC 2046 §4.1.1
    return _encoded(part, "quoted-printable", b2a_qp(data))


def _file_part(file: File, content_id: str = "") -> MIMEPart:
    # A message or multipart type may not be base64 (RFC 2046 §5): what claims to be one travels as plain octets.
    declared = file.content_type if _CONTENT_TYPE.fullmatch(file.content_type) else "application/octet-stream"
    part = _part(declared)
    part["Content-Disposition"] = _disposition("inline" if content_id else "attachment", _filename(file))
    if content_id:
        part["Content-ID"] = _field("Content-ID", f"<{content_id}>")
    return _encoded(part, "base64", encodebytes(file.content))


def _part(content_type: str) -> MIMEPart:
    part = MIMEPart(_POLICY)
    part["Content-Type"] = _field("Content-Type", content_type)
    return part


def _encoded(part: MIMEPart, encoding: str, payload: bytes) -> MIMEPart:
    part["Content-Transfer-Encoding"] = _field("Content-Transfer-Encoding", encoding)
    part.set_payload(payload.decode("ascii"))
    return part


def _filename(file: File) -> str:
    name = filename.cleaned(safe_header(file.filename, 1000)) or "attachment"
    stem, dot, suffix = name.rpartition(".")
    if len(name) <= FILENAME_LIMIT:
        return name
    return stem[: FILENAME_LIMIT - len(suffix) - 1] + dot + suffix if len(suffix) < 10 else name[:FILENAME_LIMIT]


def _disposition(kind: str, name: str) -> _Field:
    """RFC 2183, a name that is not ASCII as RFC 2231 §4 has it."""
    shown = f'filename="{name}"' if name.isascii() else f"filename*=UTF-8''{quote(name, safe='')}"
    return _field("Content-Disposition", f"{kind};\r\n {shown}")


def _digest(draft: Draft, use: str) -> str:
    return sha256(f"{draft.message_id} {use}".encode("utf-8", "replace")).hexdigest()[:32]
