"""What does a mail say, and what is attached to it? The walk over its parts (RFC 2046, RFC 2183, RFC 2387).

Text is what a person would have read: of alternatives the plain one (HTML turned to text where there is none), of
everything else all readable parts in order. Every other part is an attachment, also one without a name, also an
attached mail, which is never looked into. Nothing is dropped: what cannot be decoded is kept as it came, with a
defect.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from gateway.mail import charset, clean, filename, flowed, headers, html, magic, quotes_html, tnef, transfer, words
from gateway.mail.message import Attachment
from gateway.mail.quotes_marks import NO_MARKS, Marks
from gateway.mail.structure import Part

MAX_TEXT = 200_000
"""Characters of the text that are kept."""
MAX_HTML = 256 * 1024
"""Characters of HTML after which no further part is turned to text."""
MAX_PLAIN = 4 * MAX_TEXT
"""Octets of one plain part that are decoded."""
MAX_TOLD = 10
"""Files of which it is said that they are not what they say."""

_SHOWN = ("text/plain", "text/enriched", "text/richtext")
_OTHER_VIEWS = ("text/x-amp-html", "text/watch-html")
"""Alternatives for other programs than ours; what they say stands in the HTML too."""
_ENCRYPTED = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_REFERENCED = re.compile(r"""(?i)["'(]cid:([^"'\s<>)]{1,250})""")
_DECLARED_TYPE = re.compile(r"[a-z0-9!#$&+\-.^_]{1,60}/[a-z0-9!#$&+\-.^_]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The readable text, the HTML as sent, everything else, and what is wrong in words."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    marks: Marks = NO_MARKS
    """Which lines of the text its HTML marks as quoted."""
    other_view: str = ""
    """The HTML that says the same, where the text is the plain one."""


@dataclass(slots=True)
class _Piece:
    """What one part says: plain and HTML texts in order, and the HTML of them all."""

    segments: list[tuple[str, bool]] = field(default_factory=list)
    """(text, is it HTML)"""
    html: str = ""

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for text, _ in self.segments)

    @property
    def has_plain(self) -> bool:
        return any(text.strip() for text, is_html in self.segments if not is_html)


@dataclass(slots=True)
class _Walk:
    """What has gathered so far."""

    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    spare: list[_Piece] = field(default_factory=list)
    """Texts to show where the mail has no other: in a winmail.dat, in a text part that is a file."""


def read(root: Part) -> Body:
    """Take the parts of a mail apart."""
    walk = _Walk()
    piece = _read(root, walk)
    for spare in walk.spare:
        if piece.is_blank:
            piece = spare
    text, marks = _text(piece, walk)
    is_plain = piece.has_plain and not any(is_html for _, is_html in piece.segments)
    referenced = {_content_id(unquote(found)) for found in _REFERENCED.findall(piece.html)}
    attachments = (_placed(attachment, referenced) for attachment in walk.attachments)
    return Body(
        text=text,
        html=piece.html[: html.MAX_HTML],
        attachments=tuple(attachments),
        defects=tuple(dict.fromkeys([*walk.defects, *_contradictions(walk.attachments)])),
        marks=marks,
        other_view=piece.html[: html.MAX_HTML] if is_plain else "",
    )


def _read(part: Part, walk: _Walk) -> _Piece:
    if not part.children:
        return _leaf(part, walk)
    match part.content.value:
        case "multipart/alternative":
            return _alternative(part, walk)
        case "multipart/related":
            return _related(part, walk)
    return _joined([_read(child, walk) for child in part.children])


def _joined(pieces: list[_Piece]) -> _Piece:
    return _Piece(
        segments=[segment for piece in pieces for segment in piece.segments],
        html="\n".join(piece.html for piece in pieces if piece.html),
    )


def _alternative(part: Part, walk: _Walk) -> _Piece:
    pieces = [_read(child, walk) for child in part.children if child.content.value not in _OTHER_VIEWS]
    plain = next((piece for piece in pieces if piece.has_plain), None)
    # The last is the sender's best (RFC 2046 §5.1.4).
    rich = next((piece for piece in reversed(pieces) if piece.html), None)
    shown = plain or rich or next((piece for piece in reversed(pieces) if not piece.is_blank), _Piece())
    return _Piece(segments=shown.segments, html=rich.html if rich else "")


def _related(part: Part, walk: _Walk) -> _Piece:
    start = _content_id(part.content.get("start"))
    first = next((child for child in part.children if start and _id_of(child) == start), part.children[0])
    return _joined([_read(child, walk) if child is first else _sibling(child, walk) for child in part.children])


def _sibling(part: Part, walk: _Walk) -> _Piece:
    """A part beside the root of a related one: a resource, unless it is text that nothing points to."""
    if part.children or not (_id_of(part) or part.raw("content-location")):
        return _read(part, walk)
    walk.attachments.append(_attachment(part, _content(part, walk), walk))
    return _Piece()


def _leaf(part: Part, walk: _Walk) -> _Piece:
    kind, content = part.content.value, _content(part, walk)
    if kind in _ENCRYPTED and part.content.get("smime-type") != "certs-only":
        walk.defects.append("the mail is encrypted or signed in a form that cannot be read here")
    name = _name(part)
    is_text = kind in (*_SHOWN, "text/html") or kind.startswith("multipart/")
    if is_text and part.disposition.value != "attachment" and not name:
        return _shown(part, content, walk)
    if tnef.is_tnef(kind, name) and _unpacked(content, walk):
        return _Piece()
    walk.attachments.append(_attachment(part, content, walk))
    if is_text and part.disposition.value != "attachment":
        walk.spare.append(_shown(part, content, walk))
    return _Piece()


def _content(part: Part, walk: _Walk) -> bytes:
    content, defect = transfer.decode(part.octets, part.raw("content-transfer-encoding"))
    if defect:
        walk.defects.append(defect)
    return content


def _shown(part: Part, content: bytes, walk: _Walk) -> _Piece:
    kind, label = part.content.value, part.content.get("charset")
    is_html = kind == "text/html"
    if is_html and charset.codec_of(label) in ("", "ascii"):
        label = html.declared_charset(content) or label
    limit = 4 * html.MAX_HTML if is_html else MAX_PLAIN
    if len(content) > limit:
        walk.defects.append("the text is too long; the beginning was kept")
    text, defect = charset.decode(content[:limit], label)
    if defect:
        walk.defects.append(defect)
    if is_html:
        return _Piece(segments=[(text, True)], html=text.replace("\0", ""))
    text = clean.block(text)
    if kind in ("text/enriched", "text/richtext"):
        text = html.stripped(text)
    elif part.content.get("format").lower() == "flowed":
        text = flowed.unfolded(text, delete_space=part.content.get("delsp").lower() == "yes")
    return _Piece(segments=[(text, False)])


def _text(piece: _Piece, walk: _Walk) -> tuple[str, Marks]:
    texts: list[str] = []
    marks, lines = NO_MARKS, 0
    html_left, text_left = MAX_HTML, MAX_TEXT
    for text, is_html in piece.segments:
        if html_left < 0 or text_left < 0:
            walk.defects.append("the text is too long; the beginning was kept")
            break
        if is_html:
            html_left -= len(text)
            text, found = _from_html(text, walk)
            marks |= found.below(lines)
        if text.strip():
            texts.append(text.strip("\n") + "\n")
            text_left -= len(text)
            lines += texts[-1].count("\n") + 1
    joined = "\n".join(texts)
    if len(joined) > MAX_TEXT:
        walk.defects.append(f"only the first {MAX_TEXT:,} characters of the text were kept")
    return joined[:MAX_TEXT], marks


def _from_html(document: str, walk: _Walk) -> tuple[str, Marks]:
    text, defect = html.to_marked_text(document)
    if defect:
        walk.defects.append(defect)
    return quotes_html.read(clean.block(text))


def _name(part: Part) -> str:
    return filename.cleaned(part.disposition.get("filename") or part.content.get("name"))


def _content_id(text: str) -> str:
    return clean.line(words.recovered(text), 250).strip("<> ")


def _id_of(part: Part) -> str:
    return _content_id(part.raw("content-id"))


def _attachment(part: Part, content: bytes, walk: _Walk) -> Attachment:
    kind = part.content.value if _DECLARED_TYPE.fullmatch(part.content.value) else "application/octet-stream"
    return _made(
        name=_name(part) or _invented_name(kind, content, walk),
        kind=kind,
        content=content,
        content_id=_id_of(part),
        inline=part.disposition.value == "inline",
    )


def _made(*, name: str, kind: str, content: bytes, content_id: str, inline: bool) -> Attachment:
    found = magic.look(content, name, kind)
    return Attachment(
        filename=name,
        content_type=kind,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        inline=inline,
        content_id=content_id,
        found_type=found.media_type,
        danger=found.danger.value if found.danger else "",
    )


def _contradictions(attachments: Sequence[Attachment]) -> list[str]:
    """Files that are not what they say; of many only the first are named."""
    every = (magic.mismatch(each.found_type, each.content_type, each.filename) for each in attachments if each.content)
    told = list(filter(None, every))
    more = [f"and {len(told) - MAX_TOLD} more such files"] if len(told) > MAX_TOLD else []
    return told[:MAX_TOLD] + more


def _invented_name(kind: str, content: bytes, walk: _Walk) -> str:
    stem = f"part-{len(walk.attachments) + 1}"
    if kind in ("message/rfc822", "message/global"):
        stem = words.readable(headers.read(content[: headers.MAX_HEADER]).first(b"subject"), 100) or stem
    return filename.invented(stem, kind)


def _unpacked(content: bytes, walk: _Walk) -> bool:
    """Put what a winmail.dat holds in its place; False where the file itself must be kept too."""
    try:
        found = tnef.unpack(content)
    except ValueError as error:
        walk.defects.append(f"winmail.dat could not be unpacked: {error}")
        return False
    for number, file in enumerate(found.files, len(walk.attachments) + 1):
        kind = file.content_type or filename.type_of(file.name)
        kind = kind if _DECLARED_TYPE.fullmatch(kind) else "application/octet-stream"
        name = filename.cleaned(file.name) or filename.invented(f"part-{number}", kind)
        cid = _content_id(file.content_id)
        walk.attachments.append(_made(name=name, kind=kind, content=file.content, content_id=cid, inline=False))
    if found.text.strip() or found.html.strip():
        text = [(clean.block(found.text), False)] if found.text.strip() else [(found.html, True)]
        walk.spare.append(_Piece(segments=text, html=found.html.replace("\0", "")))
    if found.has_unread_text:
        walk.defects.append("the text in winmail.dat is RTF, which is not read")
        return False
    return True


def _placed(attachment: Attachment, referenced: set[str]) -> Attachment:
    """Many programs mark pictures that stand in the text as attachments: where the HTML shows it, it is inline."""
    if attachment.inline or not attachment.content_id or attachment.content_id not in referenced:
        return attachment
    return replace(attachment, inline=True)
