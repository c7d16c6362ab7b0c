"""What a mail says, as one digest: two copies that took different routes have the same one (dedupe L2).

Not the Message-ID alone: senders choose it, and some use one id for different mails.
"""

import hashlib

from gateway.mail.message import Message


def content_key(message: Message) -> str:
    """SHA-256 over author, recipients, subject, date, ids and content; "" where the mail has too little of these."""
    if message.unparsed or not (message.message_id or message.date):
        return ""
    parts = (
        message.author.address if message.author else "",
        *sorted(address.address for address in message.to + message.cc),
        message.subject,
        message.date.isoformat() if message.date else "",
        message.message_id,
        *message.in_reply_to,
        message.text,
        message.html,
        *(attachment.sha256 for attachment in message.attachments),
    )
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.hexdigest()
