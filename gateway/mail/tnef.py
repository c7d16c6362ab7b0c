"""What is in a winmail.dat? (MS-OXTNEF) Outlook's private wrapping, in which attachments and sometimes the text travel.

Own code on purpose: tnefparse 1.4 does not end on a file of 150 octets that claims to hold 2^32 values, copies the
rest of the file for each object, and takes the zero octets off the end of files. Here every step goes forward in the
file, and counts are believed only as far as there are octets for them. Only the body and the files are taken; what is
no TNEF raises ValueError, and the caller keeps the file as it came.

BUGS: a text that is there as compressed RTF only is not read; a mail inside is kept as a file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.mail import charset, html

MAX_OBJECTS = 1000
MAX_PROPERTIES = 500
"""Properties of one object, and values of one property."""

_SIGNATURE = 0x223E9F78
_FIRST_OBJECT = 6
_AROUND_OBJECT = 11
"""Octets of an object besides its data: level, id, type and length before it, a checksum after it."""

# Objects (MS-OXTNEF §2.1.3.2): id → what we take from it.
_BODY, _ATTACH_DATA, _ATTACH_TITLE, _RENDERING = 0x800C, 0x800F, 0x8010, 0x9002
_MESSAGE_PROPERTIES, _ATTACHMENT_PROPERTIES, _CODE_PAGE = 0x9003, 0x9005, 0x9007

# Properties (MS-OXPROPS).
_PLAIN, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_DISPLAY_NAME, _DATA, _FILENAME, _LONG_FILENAME = 0x3001, 0x3701, 0x3704, 0x3707
_MIME_TAG, _CONTENT_ID, _INTERNET_CODE_PAGE = 0x370E, 0x3712, 0x3FDE

_FIXED_SIZES = {
    0x02: 2,
    0x0B: 2,
    0x03: 4,
    0x04: 4,
    0x0A: 4,
    **dict.fromkeys((0x05, 0x06, 0x07, 0x14, 0x40), 8),
    0x48: 16,
}
_STRING8, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x0102
_MULTIPLE, _NAMED = 0x1000, 0x8000
_CODE_PAGES = {65001: "utf-8", 20127: "us-ascii", 20866: "koi8-r", 50220: "iso-2022-jp", 51932: "euc-jp"}
_CODE_PAGES |= {28590 + part: f"iso-8859-{part}" for part in range(1, 16)}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file in the wrapping: `name` and `content_type` as they stand there, possibly empty."""

    name: str
    content_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What a winmail.dat holds."""

    text: str
    html: str
    files: tuple[File, ...]
    has_unread_text: bool = False
    """There is a text, but as compressed RTF only."""


@dataclass(slots=True)
class _Contents:
    """What has gathered so far; `files` holds the properties of each, its title and its data."""

    code_page: str = ""
    body: bytes = b""
    properties: dict[int, bytes | str] = field(default_factory=dict)
    files: list[dict[int, bytes | str]] = field(default_factory=list)


def is_tnef(content_type: str, filename: str) -> bool:
    """Does a part say that it is one?"""
    return content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or filename.lower() == "winmail.dat"


def unpack(content: bytes) -> Unpacked:
    """Take a winmail.dat apart; raises ValueError, with why in words, where it is none, is damaged or holds nothing."""
    if len(content) < _FIRST_OBJECT or int.from_bytes(content[:4], "little") != _SIGNATURE:
        raise ValueError("it does not begin as one")
    try:
        found = _gathered(content)
    except struct.error as error:
        raise ValueError("it is damaged") from error
    properties = found.properties
    text = _text(found.body or properties.get(_PLAIN, b""), found.code_page)
    rich = properties.get(_HTML, b"")
    number = properties.get(_INTERNET_CODE_PAGE, b"")
    label = _label(int.from_bytes(number[:4], "little")) if isinstance(number, bytes) and number else ""
    if isinstance(rich, bytes):
        label = label or html.declared_charset(rich)
    rich_text = _text(rich, label)
    files = tuple(filter(None, (_file(each, found.code_page) for each in found.files)))
    has_unread = _RTF in properties and not text.strip() and not rich_text.strip()
    if not (text or rich_text or files or has_unread):
        raise ValueError("it holds nothing that can be read")
    return Unpacked(text=text, html=rich_text, files=files, has_unread_text=has_unread)


def _gathered(content: bytes) -> _Contents:
    found = _Contents()
    for kind, data in _objects(content):
        if kind == _CODE_PAGE:
            found.code_page = _label(int.from_bytes(data[:4], "little"))
        elif kind == _BODY:
            found.body = found.body or bytes(data)
        elif kind == _MESSAGE_PROPERTIES:
            found.properties = found.properties or dict(_properties(data))
        elif kind == _RENDERING:  # an attachment begins
            found.files.append({})
        elif kind in (_ATTACHMENT_PROPERTIES, _ATTACH_TITLE, _ATTACH_DATA) and found.files:
            _add_to_file(found.files[-1], kind, data)
    return found


def _add_to_file(file: dict[int, bytes | str], kind: int, data: memoryview) -> None:
    if kind == _ATTACHMENT_PROPERTIES:
        for tag, value in _properties(data):
            file.setdefault(tag, value)
    else:
        file.setdefault(_DISPLAY_NAME if kind == _ATTACH_TITLE else _DATA, bytes(data))


def _objects(content: bytes) -> Iterator[tuple[int, memoryview]]:
    view = memoryview(content)
    position = _FIRST_OBJECT
    for _ in range(MAX_OBJECTS):
        if position + _AROUND_OBJECT > len(content):
            return
        _, kind, _, size = struct.unpack_from("<BHHI", content, position)
        yield kind, view[position + 9 : position + 9 + size]
        position += size + _AROUND_OBJECT
    raise ValueError("it holds too many objects")


def _properties(data: memoryview) -> Iterator[tuple[int, bytes | str]]:
    """The first value of each property (MS-OXTNEF §2.1.3.4)."""
    (count,) = struct.unpack_from("<I", data, 0)
    position = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        if position + 4 > len(data):
            return
        kind, tag = struct.unpack_from("<HH", data, position)
        position += 4
        if tag >= _NAMED:
            position = _after_name(data, position)
        value, position = _value(data, position, kind)
        yield tag, value


def _after_name(data: memoryview, position: int) -> int:
    (is_string,) = struct.unpack_from("<I", data, position + 16)
    position += 20
    if not is_string:
        return position + 4
    (size,) = struct.unpack_from("<I", data, position)
    return position + 4 + _padded(int(size))


def _value(data: memoryview, position: int, kind: int) -> tuple[bytes | str, int]:
    is_multiple, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
    size = _FIXED_SIZES.get(kind)
    count = 1
    if is_multiple or size is None:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    if size is not None:
        return bytes(data[position : position + size]), position + _padded(size * count)
    if kind not in (_STRING8, _UNICODE, _OBJECT, _BINARY):
        raise ValueError("it holds a property of an unknown type")
    if count > MAX_PROPERTIES:
        raise ValueError("it holds too many values")
    first: bytes | str = b""
    for index in range(count):
        (size,) = struct.unpack_from("<I", data, position)
        if index == 0:
            raw = bytes(data[position + 4 : position + 4 + size])
            first = raw.decode("utf-16-le", "replace") if kind == _UNICODE else raw
        position += 4 + _padded(size)
    return first, position


def _padded(size: int) -> int:
    return (size + 3) & ~3


def _file(properties: dict[int, bytes | str], code_page: str) -> File | None:
    data = properties.get(_DATA, b"")
    names = (_string(properties.get(tag, ""), code_page) for tag in (_LONG_FILENAME, _FILENAME, _DISPLAY_NAME))
    name = next(filter(None, names), "")
    if not isinstance(data, bytes) or not (data or name):
        return None
    return File(
        name=name,
        content_type=_string(properties.get(_MIME_TAG, ""), "").lower(),
        content_id=_string(properties.get(_CONTENT_ID, ""), ""),
        content=data,
    )


def _label(code_page: int) -> str:
    return _CODE_PAGES.get(code_page, f"cp{code_page}" if code_page else "")


def _text(value: bytes | str, label: str) -> str:
    if isinstance(value, bytes):
        value = charset.decode(value, label)[0] if charset.codec_of(label) else charset.guess(value)
    return value.rstrip("\0")


def _string(value: bytes | str, label: str) -> str:
    return _text(value, label).partition("\0")[0].strip()
