"""How is an outgoing mail kept in its row?

As JSON of a fixed form with a version, so that a row outlives a change of the program.
"""

import json
from typing import Any

from gateway.errors import Permanent
from gateway.mail.message import Address
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment

VERSION = 1
"""Written into every row; a later program that changes the form reads this one too."""


def to_json(outgoing: Outgoing) -> str:
    """The mail as JSON; lone surrogates, which no database takes, become question marks."""
    data = {
        "version": VERSION,
        "message_id": outgoing.message_id,
        "recipient": _from_address(outgoing.recipient),
        "mail_from": outgoing.mail_from,
        "template": outgoing.template,
        "language": outgoing.language,
        "values": dict(outgoing.values),
        "formatted": outgoing.formatted,
        "subject": outgoing.subject,
        "reply_to": outgoing.reply_to,
        "in_reply_to": outgoing.in_reply_to,
        "references": list(outgoing.references),
        "attachments": [_from_attachment(attachment) for attachment in outgoing.attachments],
        "automatic": outgoing.automatic,
        "limited": outgoing.limited,
        "unasked": outgoing.unasked,
        "ticket_id": outgoing.ticket_id,
        "article_id": outgoing.article_id,
    }
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return written.encode("utf-8", "replace").decode("utf-8")


def from_json(text: str) -> Outgoing:
    """The mail that `to_json` wrote; Permanent where the row holds something else."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise Permanent(f"this row of the outbox was written by another program version ({data['version']})")
        return Outgoing(
            message_id=str(data["message_id"]),
            recipient=_to_address(data["recipient"]),
            mail_from=str(data["mail_from"]),
            template=str(data["template"]),
            language=str(data["language"]),
            values=tuple((str(name), str(value)) for name, value in data["values"].items()),
            formatted=str(data.get("formatted", "")),  # rows of older programs do not have it
            subject=str(data["subject"]),
            reply_to=str(data["reply_to"]),
            in_reply_to=str(data["in_reply_to"]),
            references=tuple(map(str, data["references"])),
            attachments=tuple(_to_attachment(each) for each in data["attachments"]),
            automatic=bool(data["automatic"]),
            limited=bool(data["limited"]),
            unasked=bool(data.get("unasked", False)),  # nor this
            ticket_id=_number(data["ticket_id"]),
            article_id=_number(data["article_id"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Permanent(f"this row of the outbox cannot be read: {type(error).__name__}") from error


def _from_address(address: Address) -> dict[str, str]:
    return {"address": address.address, "name": address.name}


def _to_address(data: Any) -> Address:
    return Address(address=str(data["address"]), name=str(data["name"]))


def _from_attachment(attachment: OutgoingAttachment) -> dict[str, str | bool]:
    return {
        "sha256": attachment.sha256,
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }


def _to_attachment(data: Any) -> OutgoingAttachment:
    return OutgoingAttachment(
        sha256=str(data["sha256"]),
        filename=str(data["filename"]),
        content_type=str(data["content_type"]),
        inline=bool(data["inline"]),
        content_id=str(data["content_id"]),
    )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
