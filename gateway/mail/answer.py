"""A Message as plain values: what a process that reads mail answers, and the Message that is made of them again.

A mail may have taken the process over (threat A-36), so nothing in an answer names a class: it is tuples of texts,
octets, booleans and None, and what is not of this form is refused. Each side is a few calls for one mail: pickling the
Message itself takes several times as long.
"""

import pickle
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import IO, Any

from gateway.mail.message import Address, Attachment, Failure, Message

_TEXTS = ("author_why", "message_id", "subject", "text", "reply", "quoted", "signature", "html", "unparsed")
_LISTS = ("delivered_to", "in_reply_to", "references", "defects")
_texts_of = attrgetter(*_TEXTS)
_lists_of = attrgetter(*_LISTS)
_of_address = attrgetter("address", "name")
_of_attachment = attrgetter(
    *("content", "inline", "filename", "content_type", "sha256", "content_id", "found_type", "danger")
)
_of_failure = attrgetter("address", "permanent")


def write(message: Message, file: IO[bytes]) -> None:
    """Write an answer."""
    pickle.dump(_plain(message), file, pickle.HIGHEST_PROTOCOL)


def read(file: IO[bytes]) -> Message:
    """The Message of an answer. Raises whatever an answer that is none makes of itself."""
    return _built(_Plain(file).load())


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"an answer holds a {module}.{name}")


def _plain(message: Message) -> tuple[object, ...]:
    return (
        _texts_of(message),
        _lists_of(message),
        message.headers,
        message.date and message.date.isoformat(),
        message.author and _of_address(message.author),
        tuple(map(_of_address, message.to)),
        tuple(map(_of_address, message.cc)),
        tuple(map(_of_address, message.reply_to)),
        tuple(map(_of_attachment, message.attachments)),
        tuple(map(_of_failure, message.failures)),
    )


def _built(values: Any) -> Message:
    texts, lists, headers, date, author, to, cc, reply_to, attachments, failures = values
    author_why, message_id, subject, text, reply, quoted, signature, html, unparsed = texts
    delivered_to, in_reply_to, references, defects = lists
    _check(tuple, (*lists, headers, *headers))
    _check(str, (*texts, *chain(*lists, *headers, *to, *cc, *reply_to), *(author or ())))
    return Message(
        author=None if author is None else _address(author),
        author_why=author_why,
        message_id=message_id,
        date=None if date is None else datetime.fromisoformat(date),
        subject=subject,
        to=tuple(map(_address, to)),
        cc=tuple(map(_address, cc)),
        reply_to=tuple(map(_address, reply_to)),
        delivered_to=delivered_to,
        in_reply_to=in_reply_to,
        references=references,
        text=text,
        reply=reply,
        quoted=quoted,
        signature=signature,
        html=html,
        attachments=tuple(map(_attachment, attachments)),
        failures=tuple(map(_failure, failures)),
        headers=tuple((name, value) for name, value in headers),
        defects=defects,
        unparsed=unparsed,
    )


def _address(values: Any) -> Address:
    address, name = values
    return Address(address=address, name=name)


def _attachment(values: Any) -> Attachment:
    content, inline, *texts = values
    filename, content_type, sha256, content_id, found_type, danger = texts
    _check(bytes, (content,))
    _check(bool, (inline,))
    _check(str, texts)
    return Attachment(
        content=content,
        inline=inline,
        filename=filename,
        content_type=content_type,
        sha256=sha256,
        content_id=content_id,
        found_type=found_type,
        danger=danger,
    )


def _failure(values: Any) -> Failure:
    address, permanent = values
    _check(str, (address,))
    _check(bool, (permanent,))
    return Failure(address=address, permanent=permanent)


def _check(kind: type, values: Sequence[object]) -> None:
    """Raises where one is of another kind."""
    found = set(map(type, values)) - {kind}
    if found:
        raise TypeError(f"an answer holds a {found.pop().__name__} in place of a {kind.__name__}")
