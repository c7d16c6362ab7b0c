"""Bytes to Message. Never raises: what cannot be read becomes a defect, and a mail past every limit a header-only scan.

`gateway.mail.reader` runs this in a limited process; here are the limits that need no process: sizes, counts and
depths.
"""

from dataclasses import replace

from gateway.mail import body, bounce_prose, headers, quotes, quotes_views, structure
from gateway.mail.message import Message
from gateway.mail.parameters import TooMany
from gateway.mail.structure import TooComplex


def parse(raw: bytes) -> Message:
    """Take a mail apart. `unparsed` says why only its header could be read, where that is so."""
    try:
        return _parsed(raw)
    except (TooComplex, TooMany) as limit:
        return headers.scan(raw, str(limit))
    except MemoryError:
        return headers.scan(raw, "reading it needs more memory than one mail may take")
    except RecursionError:
        return headers.scan(raw, "its parts nest too deep")
    except Exception as error:  # a mail must not be lost to a fault of ours or of a library
        return headers.scan(raw, f"the parser failed: {type(error).__name__}")


def _parsed(raw: bytes) -> Message:
    header = headers.read(raw)
    if header.refused:
        raise TooComplex(header.refused)
    parts = structure.read(raw, header)
    content = body.read(parts.root)
    subject = headers.subject_of(header)
    split = _split(content, quotes.is_forward(subject))
    message = headers.message_of(
        header,
        (*parts.defects, *content.defects),
        date=parts.date,
        subject=subject,
        text=content.text,
        reply=split.reply,
        quoted=split.quoted,
        signature=split.signature,
        html=content.html,
        attachments=content.attachments,
    )
    return replace(message, failures=bounce_prose.read(raw)) if bounce_prose.looks_like_a_servers(message) else message


def _split(content: body.Body, is_forward: bool) -> quotes.Split:
    if content.other_view:
        return quotes_views.split_views(content.text, content.other_view, is_forward=is_forward)
    return quotes.split(content.text, is_forward=is_forward, marks=content.marks)
