"""The kinds of files that are told apart: their marks, their names' endings, their words, and which do harm."""

from dataclasses import dataclass
from enum import StrEnum


class Danger(StrEnum):
    """Why opening a file may run what its sender wants (threat A-45)."""

    PROGRAM = "program"
    SCRIPT = "script"
    MACROS = "macros"
    """A document with programs in it."""
    OBJECTS = "objects"
    """A document that may hold any other file."""
    SHORTCUT = "shortcut"
    DISK_IMAGE = "disk_image"
    WEB_PAGE = "web_page"
    CALENDAR = "calendar"
    """Mail programs act on it by themselves."""
    OUTLOOK = "outlook"
    """Outlook's own form of a mail, which it acts on by itself (CVE-2023-23397)."""
    ARCHIVE = "archive"
    """It holds a file of the kinds before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A mark that files of a kind have."""

    mark: bytes
    media_type: str
    danger: Danger | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """What programs take a file for whose name ends so."""

    media_type: str = ""
    """"" where there is no mark to hold against it."""
    danger: Danger | None = None


_EXE = "application/vnd.microsoft.portable-executable"
_ELF, _MACHO = "application/x-elf", "application/x-mach-binary"
_DOC, _XLS, _PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
_MSG = "application/vnd.ms-outlook"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCX, _XLSX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
_PPTX = f"{_OFFICE}.presentationml.presentation"
_ODT, _ODS, _ODP = (f"application/vnd.oasis.opendocument.{kind}" for kind in ("text", "spreadsheet", "presentation"))


def _forms(media_type: str, *marks: bytes, danger: Danger | None = None, offset: int = 0) -> tuple[Form, ...]:
    return tuple(Form(mark=mark, media_type=media_type, danger=danger, offset=offset) for mark in marks)


PREFIXES: tuple[Form, ...] = (
    *_forms("image/png", b"\x89PNG\r\n\x1a\n"),
    *_forms("image/jpeg", b"\xff\xd8\xff"),
    *_forms("image/gif", b"GIF87a", b"GIF89a"),
    *_forms("image/webp", b"WEBP", offset=8),
    *_forms("image/tiff", b"II*\x00", b"MM\x00*"),
    *_forms("image/heic", b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", offset=4),
    *_forms("image/avif", b"ftypavif", offset=4),
    *_forms("application/pdf", b"%PDF-"),
    *_forms("application/zip", b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"),
    *_forms("application/x-ole-storage", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    *_forms("application/rtf", b"{\\rt"),
    *_forms(_EXE, b"MZ", danger=Danger.PROGRAM),
    *_forms(_ELF, b"\x7fELF", danger=Danger.PROGRAM),
    *_forms(
        _MACHO,
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        danger=Danger.PROGRAM,
    ),
    *_forms("application/x-ms-shortcut", b"L\x00\x00\x00\x01\x14\x02\x00", danger=Danger.SHORTCUT),
    *_forms("application/vnd.ms-htmlhelp", b"ITSF\x03\x00", danger=Danger.OBJECTS),
    *_forms("application/onenote", b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", danger=Danger.OBJECTS),
    *_forms("application/ms-tnef", b"\x78\x9f\x3e\x22", danger=Danger.OUTLOOK),
    *_forms("application/x-vhd", b"conectix", b"vhdxfile", danger=Danger.DISK_IMAGE),
    *_forms("application/vnd.rar", b"Rar!\x1a\x07"),
    *_forms("application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c"),
    *_forms("application/gzip", b"\x1f\x8b"),
    *_forms("application/x-bzip2", b"BZh"),
    *_forms("application/x-xz", b"\xfd7zXZ\x00"),
    *_forms("application/vnd.ms-cab-compressed", b"MSCF\x00\x00\x00\x00"),
    *_forms("application/x-tar", b"ustar", offset=257),
    *_forms("video/mp4", b"ftyp", offset=4),
    *_forms("video/quicktime", b"moov", b"mdat", offset=4),
    *_forms("video/x-matroska", b"\x1a\x45\xdf\xa3"),
    *_forms("video/x-msvideo", b"AVI ", offset=8),
    *_forms("audio/wav", b"WAVE", offset=8),
    *_forms("audio/ogg", b"OggS"),
    *_forms("audio/flac", b"fLaC"),
    *_forms("audio/mpeg", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
)
"""What files begin with, or hold at a fixed place; the first that fits."""

TEXT_STARTS: tuple[Form, ...] = (
    *_forms("text/html", b"<!doctype html", b"<html", b"<head", b"<body", b"<script", danger=Danger.WEB_PAGE),
    *_forms("text/html", b"<meta", b"<iframe", b"<title", danger=Danger.WEB_PAGE),
    *_forms("image/svg+xml", b"<svg", b"<!doctype svg", danger=Danger.WEB_PAGE),
    *_forms("text/calendar", b"begin:vcalendar", danger=Danger.CALENDAR),
    *_forms("text/x-script", b"#!", b"<?php", b"@echo off", b"<job", b"<package", danger=Danger.SCRIPT),
    *_forms("application/x-mswinurl", b"[internetshortcut]", danger=Danger.SHORTCUT),
)
"""What texts begin with, in small letters, behind white space and comments."""

OLE: tuple[Form, ...] = tuple(
    Form(mark=name.encode("utf-16-le"), media_type=media_type, danger=danger)
    for name, media_type, danger in (
        ("__substg1.0_", _MSG, Danger.OUTLOOK),
        ("WordDocument", _DOC, None),
        ("PowerPoint Document", _PPT, None),
        ("Workbook", _XLS, None),
    )
)
"""Streams that an OLE file has."""


def _suffixes(endings: str, media_type: str = "", danger: Danger | None = None) -> dict[str, Suffix]:
    return dict.fromkeys(endings.split(), Suffix(media_type=media_type, danger=danger))


SUFFIXES: dict[str, Suffix] = {
    **_suffixes("png", "image/png"),
    **_suffixes("jpg jpeg", "image/jpeg"),
    **_suffixes("gif", "image/gif"),
    **_suffixes("webp", "image/webp"),
    **_suffixes("tif tiff", "image/tiff"),
    **_suffixes("pdf", "application/pdf"),
    **_suffixes("zip", "application/zip"),
    **_suffixes("docx", _DOCX),
    **_suffixes("xlsx", _XLSX),
    **_suffixes("pptx", _PPTX),
    **_suffixes("odt", _ODT),
    **_suffixes("ods", _ODS),
    **_suffixes("odp", _ODP),
    **_suffixes("doc", _DOC),
    **_suffixes("xls", _XLS),
    **_suffixes("ppt", _PPT),
    **_suffixes("rtf", "application/rtf"),
    **_suffixes("rar", "application/vnd.rar"),
    **_suffixes("7z", "application/x-7z-compressed"),
    **_suffixes("gz tgz", "application/gzip"),
    **_suffixes("exe dll scr", _EXE, Danger.PROGRAM),
    **_suffixes("com pif cpl sys ocx xll drv msi msp msix appx", "", Danger.PROGRAM),
    **_suffixes("jar apk", "application/java-archive", Danger.PROGRAM),
    **_suffixes("app deb rpm pkg run elf", "", Danger.PROGRAM),
    **_suffixes("js jse mjs vbs vbe vb wsf wsh wsc sct hta ps1 psm1 psd1 bat cmd reg inf", "", Danger.SCRIPT),
    **_suffixes("sh bash py pyw pl rb php phtml jsp asp aspx", "", Danger.SCRIPT),
    **_suffixes("lnk", "application/x-ms-shortcut", Danger.SHORTCUT),
    **_suffixes("url scf desktop webloc library-ms search-ms settingcontent-ms appref-ms", "", Danger.SHORTCUT),
    **_suffixes("iso img vhd vhdx udf dmg", "", Danger.DISK_IMAGE),
    **_suffixes("docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm xla xlt", "", Danger.MACROS),
    **_suffixes("chm one onepkg iqy slk mdb accdb pub", "", Danger.OBJECTS),
    **_suffixes("html htm xhtml xht shtml mht mhtml svg svgz", "", Danger.WEB_PAGE),
    **_suffixes("ics vcs", "", Danger.CALENDAR),
    **_suffixes("msg oft", "", Danger.OUTLOOK),
}
"""What a name's ending stands for."""

TYPES: dict[str, Danger] = {
    **{form.media_type: form.danger for form in (*PREFIXES, *TEXT_STARTS, *OLE) if form.danger},
    **dict.fromkeys(
        ("application/x-msdownload", "application/x-msdos-program", "application/x-dosexec"), Danger.PROGRAM
    ),
    **dict.fromkeys(("application/java-archive", "application/x-executable", "application/x-msi"), Danger.PROGRAM),
    **dict.fromkeys(("application/hta", "application/javascript", "text/javascript"), Danger.SCRIPT),
    **dict.fromkeys(("application/x-sh", "application/x-php", "text/vbscript"), Danger.SCRIPT),
    "application/xhtml+xml": Danger.WEB_PAGE,
    "application/ics": Danger.CALENDAR,
}
"""Declared types that a mail program would act on."""

FAMILIES: dict[str, str] = {
    **dict.fromkeys(("image/png", "image/x-png"), "png"),
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/pjpeg"), "jpeg"),
    "image/gif": "gif",
    "image/webp": "webp",
    **dict.fromkeys(("image/heic", "image/heif", "image/avif"), "heif"),
    **dict.fromkeys(("application/pdf", "application/x-pdf"), "pdf"),
    **dict.fromkeys(("application/zip", "application/x-zip-compressed", "application/x-zip", "multipart/x-zip"), "zip"),
    **dict.fromkeys((_DOCX, _XLSX, _PPTX, _ODT, _ODS, _ODP), "zip"),
    **dict.fromkeys(("application/java-archive", "application/vnd.android.package-archive"), "zip"),
    **dict.fromkeys((_DOC, _XLS, _PPT, _MSG, "application/x-ole-storage", "application/x-msi"), "ole"),
    **dict.fromkeys(("application/rtf", "text/rtf"), "rtf"),
    **dict.fromkeys(
        (_EXE, "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec"), "program"
    ),
    **dict.fromkeys((_ELF, "application/x-executable", "application/x-sharedlib", _MACHO), "program"),
    **dict.fromkeys(("application/vnd.rar", "application/x-rar-compressed", "application/x-rar"), "rar"),
    "application/x-7z-compressed": "7z",
    **dict.fromkeys(("application/gzip", "application/x-gzip", "application/x-compressed-tar"), "gzip"),
    **dict.fromkeys(("text/html", "application/xhtml+xml"), "html"),
    "image/svg+xml": "svg",
    **dict.fromkeys(("text/calendar", "application/ics"), "calendar"),
    **dict.fromkeys(
        ("text/plain", "text/csv", "text/x-script", "text/xml", "application/xml", "application/json"), "text"
    ),
    **dict.fromkeys(("application/x-mswinurl", "application/javascript", "text/javascript", "message/rfc822"), "text"),
    **dict.fromkeys(("video/mp4", "video/quicktime", "audio/mp4", "video/3gpp", "audio/x-m4a", "video/x-m4v"), "mp4"),
}
"""Types that mean the same bytes; what is declared with one and is another is no contradiction."""

NAMES: dict[str, str] = {
    "image/png": "a PNG picture",
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/pjpeg"), "a JPEG picture"),
    "image/gif": "a GIF picture",
    "image/webp": "a WebP picture",
    "image/tiff": "a TIFF picture",
    "image/svg+xml": "an SVG drawing",
    "application/pdf": "a PDF document",
    **dict.fromkeys(("application/zip", "application/x-zip-compressed", "application/x-zip"), "a ZIP archive"),
    "application/vnd.rar": "a RAR archive",
    "application/x-7z-compressed": "a 7z archive",
    **dict.fromkeys(("application/gzip", "application/x-gzip"), "a gzip archive"),
    "application/x-ole-storage": "an old Office file",
    "application/rtf": "an RTF document",
    "application/java-archive": "a Java program",
    "application/x-ms-shortcut": "a Windows shortcut",
    "application/x-mswinurl": "a Windows shortcut",
    "application/x-iso9660-image": "a disk image",
    "application/octet-stream": "of no known kind",
    "text/plain": "plain text",
    "text/html": "a web page",
    "text/calendar": "a calendar file",
    "text/x-script": "a script",
    **dict.fromkeys((_EXE, "application/x-msdownload", "application/x-dosexec"), "a Windows program"),
    _ELF: "a Linux program",
    _MACHO: "a Mac program",
    _MSG: "an Outlook mail",
    _DOC: "a Word document",
    _DOCX: "a Word document",
    _XLS: "an Excel sheet",
    _XLSX: "an Excel sheet",
    _PPT: "a PowerPoint presentation",
    _PPTX: "a PowerPoint presentation",
}
"""Types in words, where people have some."""
