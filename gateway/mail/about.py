"""Which mail of ours is a report about? Our own token in what it quotes (RFC 8098 §3.2, RFC 5965 §3.2).

Reports seldom refer to a mail as answers do, in In-Reply-To; they name it in a part of their own, or bring its header.
A token found so is a hint: whoever saw our mail can write such a report.
"""

from collections.abc import Iterator

from gateway.mail import headers, words
from gateway.mail.message import Message
from gateway.tokens import Keys, Purpose, Token

MAX_OCTETS = 64 * 1024
"""Of a part that are looked at."""

_REPORTS = ("message/disposition-notification", "message/global-disposition-notification", "message/feedback-report")
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "text/rfc822")
_FIELDS = (b"original-message-id", b"original-mail-from", b"message-id", b"return-path")
_PURPOSES = (Purpose.MESSAGE_ID, Purpose.AUTOMATIC_MESSAGE_ID, Purpose.BOUNCE)


def find(message: Message, keys: Keys) -> Token | None:
    """The first token of ours that the report names, None where there is none. Never raises."""
    for value in _values(message):
        for found in keys.find(value):
            if found.token and found.purpose in _PURPOSES:
                return found.token
    return None


def _values(message: Message) -> Iterator[str]:
    for attachment in message.attachments:
        if attachment.content_type in _REPORTS + _RETURNED:
            # A part that is all header has no empty line at its end.
            header = headers.read(attachment.content[:MAX_OCTETS].lstrip(b"\r\n") + b"\n\n")
            for name in _FIELDS:
                yield words.text_of(header.first(name))
