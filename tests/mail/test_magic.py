"""What a file is by its bytes, what harm it can do, and whether it is what it says."""

import io
import zipfile

import pytest

from gateway.mail.magic import look, mismatch
from gateway.mail.magic_types import Danger
from gateway.mail.parse import parse
from tests.cost import cheap
from tests.mail.mails import mail, multipart, part

EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04" + bytes(100)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BINARY = bytes(range(256)) * 4


def zipped(*names: str, before: bytes = b"") -> bytes:
    """An archive of files with these names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return before + target.getvalue()


def ole(*streams: str) -> bytes:
    """An OLE file whose directory has these names."""
    return OLE + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)


DOCX = ("[Content_Types].xml", "word/document.xml")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

KINDS = [
    ("shot.png", PNG, "image/png", None),
    ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg", None),
    ("a.gif", b"GIF89a" + bytes(20), "image/gif", None),
    ("a.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp", None),
    ("a.pdf", b"%PDF-1.7\n", "application/pdf", None),
    ("a.rar", b"Rar!\x1a\x07\x01\x00", "application/vnd.rar", None),
    ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(9), "application/x-7z-compressed", None),
    ("a.gz", b"\x1f\x8b\x08" + bytes(9), "application/gzip", None),
    ("a.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(9), "video/mp4", None),
    ("a.csv", b"sku;price\n1;2\n", "text/plain", None),
    ("a.bin", BINARY, "application/octet-stream", None),
    ("empty.txt", b"", "application/octet-stream", None),
    ("a.zip", zipped("readme.txt"), "application/zip", None),
    ("a.docx", zipped(*DOCX), WORD, None),
    ("a.doc", ole("WordDocument"), "application/msword", None),
    ("a.xls", ole("Workbook"), "application/vnd.ms-excel", None),
    ("a.rtf", b"{\\rtf1 hello}", "application/rtf", None),
    ("note.xml", b'<?xml version="1.0"?>\n<order/>', "application/xml", None),
    ("setup.exe", EXE, "application/vnd.microsoft.portable-executable", Danger.PROGRAM),
    ("photo.jpg", EXE, "application/vnd.microsoft.portable-executable", Danger.PROGRAM),
    ("MZ.txt", b"MZ is a good beginning\n", "text/plain", None),
    ("tool", b"\x7fELF\x02\x01\x01" + bytes(20), "application/x-elf", Danger.PROGRAM),
    ("a.class", b"\xca\xfe\xba\xbe" + bytes(20), "application/x-mach-binary", Danger.PROGRAM),
    ("a.pdf.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(20), "application/x-ms-shortcut", Danger.SHORTCUT),
    ("a.txt", b"[InternetShortcut]\r\nURL=file://x\r\n", "application/x-mswinurl", Danger.SHORTCUT),
    ("disk.dat", bytes(32769) + b"CD001\x01" + bytes(9), "application/x-iso9660-image", Danger.DISK_IMAGE),
    ("disk.img", BINARY, "application/octet-stream", Danger.DISK_IMAGE),
    ("a.txt", b"\xef\xbb\xbf\n<!-- x --> <!DOCTYPE HTML>\n<p>hi", "text/html", Danger.WEB_PAGE),
    ("a.txt", "<html>".encode("utf-16"), "text/html", Danger.WEB_PAGE),
    ("a.png", b'<?xml version="1.0"?>\n<svg onload="x()"/>', "image/svg+xml", Danger.WEB_PAGE),
    ("page.shtml", b"hello", "text/plain", Danger.WEB_PAGE),
    ("meet.txt", b"BEGIN:VCALENDAR\r\n", "text/calendar", Danger.CALENDAR),
    ("mail.dat", ole("__substg1.0_0037001F"), "application/vnd.ms-outlook", Danger.OUTLOOK),
    ("run.txt", b"#!/bin/sh\nrm -rf /\n", "text/x-script", Danger.SCRIPT),
    ("invoice.pdf.js", b"var x = 1;\n", "text/plain", Danger.SCRIPT),
    ("x.HTA. ", b"hello", "text/plain", Danger.SCRIPT),
    ("a.docx", zipped(*DOCX, "word/vbaProject.bin"), WORD, Danger.MACROS),
    ("a.docx", zipped(*DOCX, "word/VBAPROJECT.BIN"), WORD, Danger.MACROS),
    ("a.doc", ole("WordDocument", "_VBA_PROJECT"), "application/msword", Danger.MACROS),
    ("a.docm", zipped(*DOCX), WORD, Danger.MACROS),
    ("a.odt", zipped("mimetype", "content.xml", "Basic/Standard/Module1.xml"), "application/zip", Danger.MACROS),
    ("a.docx", zipped(*DOCX, "word/vbaProject.bin")[:-30], "application/zip", Danger.MACROS),
    ("a.rtf", b"{\\rtf1{\\object\\objdata 0105}}", "application/rtf", Danger.OBJECTS),
    ("a.zip", zipped("docs/a.txt", "invoice.pdf.exe"), "application/zip", Danger.ARCHIVE),
    ("a.zip", zipped("META-INF/MANIFEST.MF", "a.class"), "application/java-archive", Danger.PROGRAM),
    ("a.bin", zipped("a.js", before=BINARY), "application/zip", Danger.ARCHIVE),
]


@pytest.mark.parametrize(("name", "content", "kind", "danger"), KINDS, ids=lambda value: None)
def test_the_bytes_say_what_a_file_is(name: str, content: bytes, kind: str, danger: Danger | None) -> None:
    """And its name can only make it worse."""
    found = look(content, name, "application/octet-stream")

    assert (kind, danger) == (found.media_type, found.danger)


@pytest.mark.parametrize("declared", ["text/html", "image/svg+xml", "text/calendar", "application/x-msdownload"])
def test_a_declared_type_that_is_acted_on_is_a_danger(declared: str) -> None:
    """Whatever its bytes look like: a mail program opens it by that type."""
    assert look(b"hello", "a.txt", declared).danger


@pytest.mark.parametrize(
    ("name", "content", "declared", "words"),
    [
        ("p.jpg", EXE, "image/jpeg", '"p.jpg" says it is a JPEG picture, and by its bytes it is a Windows program'),
        (
            "p.jpg",
            PNG,
            "application/octet-stream",
            '"p.jpg" says it is a JPEG picture, and by its bytes it is a PNG picture',
        ),
        ("a.pdf", b"<html>", "application/pdf", '"a.pdf" says it is a PDF document, and by its bytes it is a web page'),
        (
            "a.pdf",
            BINARY,
            "application/pdf",
            '"a.pdf" says it is a PDF document, and by its bytes it is of no known kind',
        ),
        (
            "x",
            EXE,
            "application/x-thing",
            '"x" says it is application/x-thing, and by its bytes it is a Windows program',
        ),
        ("p.jpg", b"\xff\xd8\xff\xe0", "image/jpg", ""),
        ("p.png", PNG, "image/png", ""),
        ("p.dat", PNG, "application/x-thing", ""),
        ("a.docx", zipped(*DOCX), "application/zip", ""),
        ("a.docx", zipped(*DOCX), WORD, ""),
        ("a.xls", ole("WordDocument"), "application/vnd.ms-excel", ""),
        (
            "a.csv",
            b"a;b\n",
            "application/vnd.ms-excel",
            '"a.csv" says it is an Excel sheet, and by its bytes it is plain text',
        ),
        ("part.html", b"<p>hi", "text/html", ""),
        ("a.json", b"{}", "application/json", ""),
        ("a.xml", b"<?xml version='1.0'?><a/>", "text/xml", ""),
        ("setup.exe", EXE, "application/x-msdownload", ""),
        ("a.mov", b"\x00\x00\x00\x14ftypqt  ", "video/quicktime", ""),
    ],
)
def test_what_is_not_what_it_says_is_named_in_words(name: str, content: bytes, declared: str, words: str) -> None:
    """By declared type or by name; what means the same bytes is no contradiction."""
    assert words == mismatch(look(content, name, declared).media_type, declared, name)


def test_a_mail_tells_of_its_files() -> None:
    """The found type and the danger stand on the attachment, the contradiction among the defects."""
    raw = multipart(
        "mixed",
        part("text/plain", b"hi"),
        part("image/jpeg; name=photo.jpg", EXE, encoding="base64"),
        part("image/png; name=shot.png", PNG, encoding="base64"),
    )
    message = parse(raw)

    assert [("photo.jpg", "program"), ("shot.png", "")] == [
        (each.filename, each.danger) for each in message.attachments
    ]
    assert "image/png" == message.attachments[1].found_type
    words = '"photo.jpg" says it is a JPEG picture, and by its bytes it is a Windows program'
    assert [words] == [defect for defect in message.defects if "says it is" in defect]


def test_of_many_contradictions_the_first_are_named() -> None:
    """A bomb of small lies is one line."""
    lies = [part(f"image/png; name={number}.png", EXE, encoding="base64") for number in range(30)]
    told = [defect for defect in parse(multipart("mixed", *lies)).defects if "says" in defect or "such" in defect]

    assert 11 == len(told)
    assert "and 20 more such files" == told[-1]


@pytest.mark.parametrize(
    ("name", "safe", "danger"),
    [
        ("../../../etc/cron.d/x.sh", "x.sh", "script"),
        ("..\\..\\Startup\\x.exe", "x.exe", "program"),
        ("invoice\u202efdp.exe", "invoicefdp.exe", "program"),
        ("invoice.pdf            .exe", "invoice.pdf .exe", "program"),
        ("invoice.pdf.exe", "invoice.pdf.exe", "program"),
        ("x.exe. . .", "x.exe", "program"),
        ("x.exe\u200b", "x.exe", "program"),
        ("CON", "_CON", ""),
        ("con.png", "_con.png", ""),
        ("a\r\nBcc: v@x.pdf", "a Bcc_ v@x.pdf", ""),
        ("x.e\x00xe", "x.exe", "program"),
        ("a" * 400 + ".exe", "a" * 251 + ".exe", "program"),
        ("α" * 400 + ".exe", "α" * 125 + ".exe", "program"),
    ],
)
def test_no_trick_with_a_name_hides_a_program(name: str, safe: str, danger: str) -> None:
    """Traversal, right-to-left, double endings, devices, dots and spaces at the end, 255 octets (A-45)."""
    field = f'Content-Disposition: attachment; filename="{_rfc2047(name)}"'.encode()
    (attachment,) = parse(multipart("mixed", part("application/octet-stream", BINARY, field))).attachments

    assert (safe, danger) == (attachment.filename, attachment.danger)
    assert len(attachment.filename.encode()) <= 255


def _rfc2047(name: str) -> str:
    return "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in name.encode()) + "?="


BOMBS = {
    "a zip of 65,000 names": zipped(*(f"{number}.txt" for number in range(65_000))),
    "a directory that leads nowhere": b"PK\x03\x04" + b"PK\x01\x02" * 1_000_000 + b"PK\x05\x06" + b"\xff" * 18,
    "a directory of empty entries": b"PK\x03\x04"
    + (b"PK\x01\x02" + bytes(42)) * 400_000
    + b"PK\x05\x06"
    + bytes(8)
    + (46 * 400_000).to_bytes(4, "little")
    + bytes(6),
    "ends of directories": b"PK\x05\x06" * 4_000_000,
    "comments without end": b"<!--" * 1_000_000,
    "comments": b"<!---->" * 1_000_000,
    "white space": b" " * 16_000_000,
    "an OLE file of 16 MB": OLE + b"W\0o\0r\0d\0D\0o\0c\0" * 1_000_000,
    "RTF of 16 MB": b"{\\rtf1" + b"\\ob" * 5_000_000,
    "almost vbaProject": b"PK\x03\x04" + b"vbaProjec" * 1_500_000,
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS.keys())
def test_looking_at_a_bomb_takes_no_time(content: bytes) -> None:
    """Linear, and nothing is unpacked."""
    cheap(1, lambda: look(content, "a.zip", "application/zip"))


def test_five_hundred_small_archives_take_no_time() -> None:
    """As many parts as a mail may have."""
    archive = zipped("a.exe", *(f"{number}.txt" for number in range(20)))
    body = b"".join(
        b"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: binary\n\n" + archive + b"\n"
        for _ in range(490)
    )
    raw = mail(b"Content-Type: multipart/mixed; boundary=b", body=body + b"--b--\n")
    message = cheap(1, lambda: parse(raw))

    assert {"archive"} == {each.danger for each in message.attachments}
