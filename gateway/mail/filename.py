"""What may a part be called? Names for display and storage; no path, no device, at most 255 octets."""

import mimetypes
import re

from gateway.mail import clean

MAX_OCTETS = 255

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?")
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/feedback-report": ".txt",
    "message/disposition-notification": ".txt",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/heic": ".heic",
    "image/webp": ".webp",
    "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
}
# Own table only: what a machine has in /etc/mime.types must not change what a mail looks like.
_KNOWN = mimetypes.MimeTypes(())


def cleaned(name: str) -> str:
    """A sender's file name made safe: its last path part without control or bidirectional characters; "" if none."""
    if not name:
        return ""
    name = clean.line(name, 1000).replace("\\", "/").rpartition("/")[2]
    name = _FORBIDDEN.sub("_", name).strip(". ")
    if _DEVICE.fullmatch(name):
        name = f"_{name}"
    return _shortened(name)


def invented(stem: str, content_type: str) -> str:
    """A name for a part that has none."""
    return (cleaned(stem) or "part") + extension(content_type)


def extension(content_type: str) -> str:
    """The extension of a type, `.bin` where it is not known."""
    return _EXTENSIONS.get(content_type) or _KNOWN.guess_extension(content_type) or ".bin"


def type_of(name: str) -> str:
    """The type that a name's extension stands for, `application/octet-stream` where it is not known."""
    return _KNOWN.guess_type(name, strict=False)[0] or "application/octet-stream"


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_OCTETS:
        return name
    stem, dot, suffix = name.rpartition(".")
    ending = (dot + suffix).encode()
    if not stem or len(ending) > 40:
        stem, ending = name, b""
    return stem.encode()[: MAX_OCTETS - len(ending)].decode(errors="ignore").rstrip(". ") + ending.decode()
