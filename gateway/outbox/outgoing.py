"""A mail that is to leave, for one recipient, as it is kept in the outbox until it is gone.

Text is rendered when the mail is sent, from values that were fixed when it was enqueued; Message-ID, recipient and
thread never change after that.
"""

from dataclasses import dataclass

from gateway.mail.message import Address
from gateway.model import StoredAttachment


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingAttachment:
    """A file that goes with the mail; its bytes are the blob with that digest."""

    sha256: str
    filename: str
    content_type: str
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One mail to one recipient."""

    message_id: str
    """With angle brackets; fixed here, so that sending twice is harmless."""
    recipient: Address
    mail_from: str
    """The reverse path: a `b1-` address for mail written by people, "" for automatic mail (RFC 3834 §3.3)."""
    template: str
    """Name of `templates/LANGUAGE/NAME.md`."""
    language: str
    values: tuple[tuple[str, str], ...] = ()
    """What the template's placeholders stand for; plain text, escaped by `render`, may be of many lines."""
    formatted: str = ""
    """The value `text` once more, as Markdown in which every word is escaped (`gateway.formatted`); "" where it has no
    formatting."""
    subject: str = ""
    """The subject, where the thread already has one; else the template's first line gives it."""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[OutgoingAttachment, ...] = ()
    automatic: bool = True
    """No person wrote it: it says so in Auto-Submitted (RFC 3834 §5)."""
    limited: bool = False
    """Automatic and to somebody who is not of the desk: it counts against the limits of `outbox.limits` (A-24)."""
    unasked: bool = False
    """Automatic, and no answer to a mail of its recipient: "auto-generated", not "auto-replied" (RFC 3834 §5)."""
    ticket_id: int | None = None
    article_id: int | None = None

    @property
    def is_for_the_desk(self) -> bool:
        """To an agent, not to a correspondent."""
        return self.automatic and not self.limited


def outgoing_attachment(file: StoredAttachment) -> OutgoingAttachment:
    """A kept file as one that goes with a mail."""
    return OutgoingAttachment(
        sha256=file.sha256,
        filename=file.filename,
        content_type=file.content_type,
        inline=file.inline,
        content_id=file.content_id,
    )
