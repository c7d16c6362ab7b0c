"""The pictures of a mail that agents see in it: those that are pictures by their bytes, as parts of our own (A-45)."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.mail.images import safe_image_type
from gateway.mail.message import Message
from gateway.model import StoredAttachment
from gateway.outbox.outgoing import OutgoingAttachment, outgoing_attachment

MAX_IMAGES = 10
MAX_IMAGE_BYTES = 6 * 1024 * 1024
"""Of all pictures of a notification together: many servers refuse mail of more than 10 MB, and it is larger encoded."""
SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
}
"""What the name of a picture ends with, by what it is."""


def safe_images(message: Message, files: Sequence[StoredAttachment]) -> tuple[OutgoingAttachment, ...]:
    """The pictures among the files, to be shown below the text, however they came.

    What a sender calls them proves nothing, and how he put them in is of no use: his HTML is not passed on.
    """
    kinds = {attachment.sha256: safe_image_type(attachment.content) for attachment in message.attachments}
    images: list[OutgoingAttachment] = []
    left = MAX_IMAGE_BYTES
    for file in files:
        kind = kinds.get(file.sha256, "")
        if kind and file.size <= left and len(images) < MAX_IMAGES:
            left -= file.size
            is_named = file.filename.lower().endswith(SUFFIXES[kind])
            name = file.filename if is_named else file.filename + SUFFIXES[kind][0]
            images.append(outgoing_attachment(replace(file, filename=name, content_type=kind, inline=True)))
    return tuple(images)
