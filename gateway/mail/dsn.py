"""What does a delivery status notification say? RFC 3464; RFC 6533 for addresses in UTF-8.

Read from the part of type message/delivery-status, which `parse` keeps as an attachment; the returned mail tells
which of our mails came back. Whether the report is genuine cannot be read from it: `nature` looks at the address it
came to.

BUGS: servers that write their bounces in prose only give no recipients.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail import clean, headers, words
from gateway.mail.message import Attachment, Message

MAX_RECIPIENTS = 100
MAX_REPORT = 256 * 1024
"""Octets of a report that are read."""

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "text/rfc822")
_DONE = ("delivered", "relayed", "expanded")


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncedRecipient:
    """One recipient of a report: the address as we wrote to it where the report says so, and its enhanced status."""

    address: str
    status: str = ""
    """RFC 3463, `5.1.1`; "" where none is given."""
    permanent: bool = False
    """Failed for good: action "failed" with a status of class 5, or without a status."""
    action: str = ""
    """failed, delayed, delivered, relayed or expanded (RFC 3464 §2.3.3)."""
    bound: bool = False
    """The address is the one that the bounce token was issued to (threat A-27)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """What came back and to whom it should have gone."""

    recipients: tuple[BouncedRecipient, ...] = ()
    original_message_id: str = ""
    """The Message-ID of the returned mail, "" where none came back."""
    genuine: bool = False
    """It came to a bounce address that only a server which got our mail can know."""


def read(message: Message) -> BounceReport:
    """What the reports in a mail say together; without any, a report that says nothing. Never raises."""
    found: dict[str, BouncedRecipient] = {}
    for attachment in message.attachments:
        if attachment.content_type in _STATUS_TYPES:
            for recipient in _recipients(attachment.content[:MAX_REPORT]):
                if len(found) < MAX_RECIPIENTS:
                    found.setdefault(recipient.address.casefold(), recipient)
    return BounceReport(recipients=tuple(found.values()), original_message_id=_returned_id(message.attachments))


def _recipients(content: bytes) -> Iterator[BouncedRecipient]:
    for group in content.replace(b"\r\n", b"\n").split(b"\n\n")[:MAX_RECIPIENTS]:
        header = headers.read(group.lstrip(b"\n") + b"\n\n")
        address = _address(header.first(b"original-recipient")) or _address(header.first(b"final-recipient"))
        if not address:
            continue
        status = _word(header.first(b"status"))
        action = _word(header.first(b"action")).lower()
        failed = action == "failed" or (not action and status.startswith("5"))
        permanent = failed and status[:1] in ("5", "") and action not in _DONE
        yield BouncedRecipient(address=address, status=status, permanent=permanent, action=action)


def _address(value: bytes) -> str:
    """`rfc822;<user@example.com>` to `user@example.com` (RFC 3464 §2.3.1)."""
    kind, separator, rest = words.text_of(value).rpartition(";")
    if separator and kind.strip().lower() not in ("rfc822", "utf-8"):
        return ""
    address = clean.line(rest, 254).strip("<> ")
    return address if "@" in address and not address.isspace() else ""


def _word(value: bytes) -> str:
    text = clean.line(words.text_of(value), 40)
    return text.partition(" ")[0].partition("(")[0].partition(";")[0]


def _returned_id(attachments: tuple[Attachment, ...]) -> str:
    for attachment in attachments:
        if attachment.content_type in _RETURNED_TYPES:
            header = headers.read(attachment.content[: headers.MAX_HEADER].lstrip(b"\r\n"))
            ids = headers.message_ids(words.text_of(header.first(b"message-id")))
            if ids:
                return ids[0]
    return ""
