"""winmail.dat, built by hand from its specification (MS-OXTNEF)."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail import tnef
from gateway.mail.parse import parse
from tests.cost import cheap
from tests.mail.mails import mail, multipart, part

IMAGE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def blob(*objects: bytes) -> bytes:
    """A file of these objects."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects)


def an_object(kind: int, data: bytes, level: int = 1) -> bytes:
    """One object with its checksum."""
    return struct.pack("<BHHI", level, kind, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*each: bytes) -> bytes:
    """A property list."""
    return struct.pack("<I", len(each)) + b"".join(each)


def variable(kind: int, tag: int, data: bytes) -> bytes:
    """A property of variable length, padded to four."""
    return struct.pack("<HHII", kind, tag, 1, len(data)) + data + b"\x00" * (-len(data) % 4)


def number(tag: int, value: int) -> bytes:
    """A property of four octets."""
    return struct.pack("<HHI", 3, tag, value)


def named(tag: int, name: str, value: int) -> bytes:
    """A property with a name (its id is made up by the writer)."""
    text = (name + "\0").encode("utf-16-le")
    padded = text + b"\x00" * (-len(text) % 4)
    return struct.pack("<HH", 3, tag) + bytes(16) + struct.pack("<II", 1, len(text)) + padded + struct.pack("<I", value)


CODE_PAGE = an_object(0x9007, struct.pack("<II", 1253, 0))
SHOT = (
    an_object(0x9002, bytes(14), 2)
    + an_object(0x8010, b"SHOT~1.PNG\0", 2)
    + an_object(0x800F, IMAGE, 2)
    + an_object(
        0x9005,
        properties(
            named(0x8000, "a name", 5),
            variable(0x1F, 0x3707, "οθόνη.png\0".encode("utf-16-le")),
            variable(0x1E, 0x370E, b"image/png\0"),
            variable(0x1F, 0x3712, "shot@x\0".encode("utf-16-le")),
        ),
        2,
    )
)
NOTE = an_object(0x9002, bytes(14), 2) + an_object(0x8010, "σημείωση.txt\0".encode("cp1253"), 2)
NOTE += an_object(0x800F, b"note", 2)


def wrapped(content: bytes, *others: bytes) -> bytes:
    """A mail with a winmail.dat."""
    file = part("application/ms-tnef; name=winmail.dat", content, encoding="base64")
    return multipart("mixed", *others, file)


def test_files_come_out_of_the_wrapping() -> None:
    """With their long names, types and content ids; the wrapping itself is gone."""
    message = parse(wrapped(blob(CODE_PAGE, SHOT, NOTE), part("text/plain", b"see the picture")))
    assert "see the picture\n" == message.text
    assert [
        ("οθόνη.png", "image/png", "shot@x", IMAGE),
        ("σημείωση.txt", "text/plain", "", b"note"),
    ] == [(each.filename, each.content_type, each.content_id, each.content) for each in message.attachments]
    assert not any("winmail" in defect for defect in message.defects)


def test_its_text_is_used_where_the_mail_has_none() -> None:
    """Plain before HTML; both are there for a mail without text."""
    plain = an_object(0x800C, "Καλημέρα\0".encode("cp1253"))
    assert "Καλημέρα\n" == parse(wrapped(blob(CODE_PAGE, plain))).text
    rich = an_object(0x9003, properties(variable(0x102, 0x1013, "<p>Καλημέρα".encode()), number(0x3FDE, 65001)))
    message = parse(wrapped(blob(rich)))
    assert ("Καλημέρα\n", "<p>Καλημέρα") == (message.text, message.html)
    assert "mine\n" == parse(wrapped(blob(CODE_PAGE, plain), part("text/plain", b"mine"))).text


def test_a_text_that_is_rtf_only_is_kept_as_the_file_it_came_in() -> None:
    """Not read, not lost, and said so."""
    rtf = an_object(0x9003, properties(variable(0x102, 0x1009, b"compressed")))
    message = parse(wrapped(blob(CODE_PAGE, rtf, NOTE)))
    assert ["σημείωση.txt", "winmail.dat"] == [each.filename for each in message.attachments]
    assert "the text in winmail.dat is RTF, which is not read" in message.defects


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no TNEF at all",
        blob(an_object(0x9003, b"\x01\x00\x00\x00\x99\x99\x00\x30")),
        blob(*(an_object(0x9999, b"x") for _ in range(3000))),
        blob(an_object(0x9003, properties(named(0x8000, "a", 1))[:-6])),
    ],
)
def test_what_cannot_be_unpacked_is_kept_as_it_came(content: bytes) -> None:
    """With a defect that says why."""
    message = parse(wrapped(content, part("text/plain", b"hi")))
    assert ("hi\n", ["winmail.dat"]) == (message.text, [each.filename for each in message.attachments])
    assert any(defect.startswith("winmail.dat could not be unpacked") for defect in message.defects)


@pytest.mark.parametrize("kind", [0x02, 0x1002, 0x03, 0x1003, 0x1E, 0x101E, 0x0D])
def test_counts_are_believed_only_as_far_as_there_are_octets(kind: int) -> None:
    """A file of 150 octets that claims four milliards of values ends at once."""
    liar = struct.pack("<I", 0xFFFFFFFF) + struct.pack("<HHI", kind, 0x3001, 0xFFFFFFFF) + bytes(100)
    message = cheap(0.5, lambda: parse(wrapped(blob(an_object(0x9003, liar), an_object(0x9004, b"\xff" * 40)))))
    assert "" == message.unparsed


def test_a_mail_that_is_nothing_but_its_wrapping_is_read() -> None:
    """Exchange sends such mails inside of one company."""
    raw = mail(b"Content-Type: application/ms-tnef", body=blob(CODE_PAGE, an_object(0x800C, b"hello")))
    assert "hello\n" == parse(raw).text


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_unpacking_raises_nothing_but_its_own(content: bytes) -> None:
    """ValueError, whatever the octets."""
    for raw in (content, blob(content), blob(an_object(0x9003, content)), blob(SHOT, an_object(0x9005, content, 2))):
        try:
            tnef.unpack(raw)
        except ValueError:
            continue
