"""What does a bounce say? A delivery status notification (RFC 3464; RFC 6533 for addresses in UTF-8), else its prose.

Read from the part of type message/delivery-status, which `parse` keeps as an attachment; the returned mail tells
which of our mails came back. Whether the report is genuine cannot be read from it: `nature` looks at the address it
came to.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail import clean, headers, words
from gateway.mail.address import is_addr_spec
from gateway.mail.message import Attachment, Message

MAX_RECIPIENTS = 100
MAX_REPORT = 256 * 1024
"""Octets of a report that are read."""

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_FAILED = ("failed", "failure", "error")
"""RFC 3464 §2.3.3 knows the first; some servers write the others."""
RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "text/rfc822")


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncedRecipient:
    """One recipient of a report: the address as we wrote to it where the report says so, and its enhanced status."""

    address: str
    status: str = ""
    """RFC 3463, `5.1.1`; "" where none is given."""
    permanent: bool = False
    """The server has given up, whatever the status: action "failed", or none and a status of class 5."""
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
    """What the reports in a mail say together, or its prose where they say nothing. Never raises."""
    found: dict[str, BouncedRecipient] = {}
    for attachment in message.attachments:
        if attachment.content_type in _STATUS_TYPES:
            for recipient in _recipients(attachment.content[:MAX_REPORT]):
                if len(found) < MAX_RECIPIENTS:
                    found.setdefault(recipient.address.casefold(), recipient)
    for failure in message.failures if not found else ():
        action = "failed" if failure.permanent else "delayed"
        found[failure.address.casefold()] = BouncedRecipient(
            address=failure.address, permanent=failure.permanent, action=action
        )
    return BounceReport(recipients=tuple(found.values()), original_message_id=_returned_id(message.attachments))


def _recipients(content: bytes) -> Iterator[BouncedRecipient]:
    for group in content.replace(b"\r\n", b"\n").split(b"\n\n")[:MAX_RECIPIENTS]:
        header = headers.read(group.lstrip(b"\n") + b"\n\n")
        address = _address(header.first(b"original-recipient")) or _address(header.first(b"final-recipient"))
        if not address:
            continue
        status = _word(header.first(b"status"))
        action = _word(header.first(b"action")).lower()
        permanent = action in _FAILED or (not action and status.startswith("5"))
        yield BouncedRecipient(address=address, status=status, permanent=permanent, action=action)


def _address(value: bytes) -> str:
    """`rfc822;<user@example.com>` to `user@example.com` (RFC 3464 §2.3.1)."""
    kind, separator, rest = words.text_of(value).rpartition(";")
    if separator and kind.strip().lower() not in ("rfc822", "utf-8"):
        return ""
    address = clean.line(rest, 254).strip("<> ")
    # Some servers shorten the address that they tell ("jo...@shop.example"): that is nobody's.
    return address if is_addr_spec(address) else ""


def _word(value: bytes) -> str:
    text = clean.line(words.text_of(value), 40)
    return text.partition(" ")[0].partition("(")[0].partition(";")[0]


def _returned_id(attachments: tuple[Attachment, ...]) -> str:
    for attachment in attachments:
        if attachment.content_type in RETURNED_TYPES:
            header = headers.read(attachment.content[: headers.MAX_HEADER].lstrip(b"\r\n"))
            ids = headers.message_ids(words.text_of(header.first(b"message-id")))
            if ids:
                return ids[0]
    return ""
