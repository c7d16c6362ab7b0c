"""What is this file really, and may an agent get it? Its bytes say so; its name and its declared type prove nothing.

The first 4 KB and some fixed places tell the kind; in containers the list of what is inside (the directory of a zip,
the stream names of an OLE file) is looked at, and nothing is ever unpacked (threat A-37). What must stay true: linear
time and no recursion on any content; a name can only make a file more dangerous, never less.

BUGS: what is inside of rar, 7z, gz and encrypted files is not seen; nor are the macros of Excel 4 sheets in the old
form, and those that a document fetches from elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail.magic_types import FAMILIES, NAMES, OLE, PREFIXES, SUFFIXES, TEXT_STARTS, TYPES, Danger, Suffix

HEAD = 4096
"""Octets of the beginning that are looked at."""
MAX_ENTRIES = 70_000
"""Names of a zip's directory that are looked at; the plain format has room for 65,535."""
UNKNOWN = "application/octet-stream"

_END_OF_DIRECTORY = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_ENTRY_SIZE = 46
_ISO = (32769, 34817)
_ZIP_FORMS = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"meta-inf/manifest.mf", "application/java-archive"),
)
_MACROS = re.compile(rb"(?i)vbaproject[^/]{0,20}\.bin$|^basic/.{1,200}\.xml$|/macrosheets/")
_OLE_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SVG = re.compile(rb"(?i)<svg[\s>]")
_UNMARKED = (UNKNOWN, "text/plain", "application/xml")
_MARKED = frozenset("png jpeg gif webp pdf zip ole rtf program rar 7z gzip".split())  # noqa: SIM905 # easier to read
"""Families whose files always have a mark."""
_INSIDE = {Danger.PROGRAM, Danger.SCRIPT, Danger.SHORTCUT, Danger.DISK_IMAGE, Danger.MACROS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file is by its bytes, and why agents never get it: None for one that does no harm by being opened."""

    media_type: str
    """`application/octet-stream` where the bytes say nothing."""
    danger: Danger | None = None


def look(content: bytes, name: str, declared: str) -> Look:
    """Look at a file; `name` is its cleaned name, `declared` the type that the sender gave it."""
    media_type, danger = _by_content(content)
    return Look(media_type=media_type, danger=danger or danger_of_name(name) or TYPES.get(declared))


def danger_of_name(name: str) -> Danger | None:
    """What programs would take a file of that name for, where that is dangerous."""
    found = _suffix(name)
    return found.danger if found else None


def mismatch(found: str, declared: str, name: str) -> str:
    """What a file claims to be and is not, in words; "" where its declared type and its name fit its bytes.

    `found` is the type by its bytes, as `look` tells it.
    """
    suffix = _suffix(name)
    for claimed in (declared, suffix.media_type if suffix else ""):
        if not _fits(found, claimed):
            return f'"{name}" says it is {in_words(claimed)}, and by its bytes it is {in_words(found)}'
    return ""


def in_words(media_type: str) -> str:
    """A type for people, with an article; one without words as it stands."""
    return NAMES.get(media_type, media_type)


def _suffix(name: str) -> Suffix | None:
    _, dot, suffix = name.lower().rstrip(". ").rpartition(".")
    return SUFFIXES.get(suffix.strip()) if dot else None


def _fits(found: str, claimed: str) -> bool:
    if claimed in ("", UNKNOWN, found):
        return True
    family, claimed_family = FAMILIES.get(found, ""), FAMILIES.get(claimed, "")
    if found in _UNMARKED:
        return claimed_family not in _MARKED
    return family == claimed_family if claimed_family else found not in TYPES


def _by_content(content: bytes) -> tuple[str, Danger | None]:
    head = content[:HEAD]
    for form in PREFIXES:
        if head.startswith(form.mark, form.offset):
            return _inside(content, form.media_type, form.danger)
    if any(content.startswith(b"CD001", offset) for offset in _ISO):
        return "application/x-iso9660-image", Danger.DISK_IMAGE
    if next(_names(content), None) is not None:
        return _zip(content)  # whatever stands before an archive, programs find it
    if _NO_TEXT.search(head) and not head.startswith(_UTF_16):
        return UNKNOWN, None
    return _text(head)


def _inside(content: bytes, media_type: str, danger: Danger | None) -> tuple[str, Danger | None]:
    match media_type:
        case "application/zip":
            return _zip(content)
        case "application/x-ole-storage":
            return _ole(content)
        case "application/rtf":
            return media_type, Danger.OBJECTS if b"\\obj" in content else None
        case "application/vnd.microsoft.portable-executable":
            return (media_type, danger) if _NO_TEXT.search(content[:HEAD]) else _text(content[:HEAD])
    return media_type, danger


def _text(head: bytes) -> tuple[str, Danger | None]:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(_UTF_16):
        text = head.decode("utf-16", "replace").encode()
    begin = _without_comments(text).lower()
    for form in TEXT_STARTS:
        if begin.startswith(form.mark):
            return form.media_type, form.danger
    if begin.startswith(b"<?xml"):
        return ("image/svg+xml", Danger.WEB_PAGE) if _SVG.search(text) else ("application/xml", None)
    return ("text/plain", None) if head else (UNKNOWN, None)


def _without_comments(text: bytes) -> bytes:
    text = text.lstrip()
    while text.startswith(b"<!--"):
        text = text.partition(b"-->")[2].lstrip()
    return text


def _zip(content: bytes) -> tuple[str, Danger | None]:
    names = list(_names(content))
    lower = [name.lower() for name in names]
    kind = next(
        (kind for start, kind in _ZIP_FORMS if any(name.startswith(start) for name in lower)), "application/zip"
    )
    if kind == "application/java-archive":
        return kind, Danger.PROGRAM
    if any(_MACROS.search(name) for name in lower):
        return kind, Danger.MACROS
    if not names:
        # Office repairs what has no directory: the names stand beside the files, too.
        return kind, Danger.MACROS if re.search(rb"(?i)vbaproject", content) else None
    found = {danger_of_name(name.decode("utf-8", "replace")) for name in lower}
    return kind, Danger.ARCHIVE if found & _INSIDE else None


def _names(content: bytes) -> Iterator[bytes]:
    """The names in the directory of a zip (APPNOTE 4.3.12), which is found from its end: whatever stands before it."""
    end = content.rfind(_END_OF_DIRECTORY, max(0, len(content) - 65_557))
    if end < 0:
        return
    position = end - int.from_bytes(content[end + 12 : end + 16], "little")
    for _ in range(MAX_ENTRIES):
        if position < 0 or not content.startswith(_ENTRY, position):
            return
        lengths = [int.from_bytes(content[position + at : position + at + 2], "little") for at in (28, 30, 32)]
        yield content[position + _ENTRY_SIZE : position + _ENTRY_SIZE + lengths[0]]
        position += _ENTRY_SIZE + sum(lengths)


def _ole(content: bytes) -> tuple[str, Danger | None]:
    kind = next((form for form in OLE if form.mark in content), None)
    media_type, danger = (kind.media_type, kind.danger) if kind else ("application/x-ole-storage", None)
    return media_type, Danger.MACROS if _OLE_MACROS in content else danger
