"""Mails of the tests: composed line by line, so that nothing mends what is meant to be odd."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.identity.zone import AWAY, BY_NAME, HOME, Proof, prove
from tests.service import SUPPORT

_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail and the dialogue that hands it over."""

    raw: bytes
    mail_from: str
    rcpt: tuple[str, ...] = (SUPPORT,)
    peer: str = AWAY

    def again(self) -> "Mail":
        """The very same once more."""
        return replace(self)


def mail(
    author: str,
    *,
    proof: Proof = Proof.DKIM,
    to: str = SUPPORT,
    rcpt: Sequence[str] = (),
    text: str = "Since this morning nobody can pay.\n",
    subject: str = "The checkout is broken",
    from_field: str | bytes | None = None,
    headers: Sequence[tuple[str, str | bytes]] = (),
    answers: str = "",
    message_id: str = "",
    date: datetime | None = None,
    mail_from: str | None = None,
    peer: str = "",
) -> Mail:
    """A mail of this author, proven as asked; every other thing may be chosen too."""
    domain = author.rpartition("@")[2].lower()
    fields: list[tuple[str, str | bytes]] = [
        ("From", author if from_field is None else from_field),
        ("To", to),
        ("Subject", subject),
        ("Date", format_datetime(date or datetime.now(UTC))),
        ("Message-ID", message_id or new_id(domain)),
        *([("In-Reply-To", answers), ("References", answers)] if answers else []),
        *headers,
    ]
    if not any(name.lower() == "content-type" for name, _ in headers):
        fields += [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]
        fields += [("Content-Transfer-Encoding", "8bit")]
    raw = b"".join(_field(name, value) for name, value in fields) + b"\r\n" + crlf(text)
    if domain in BY_NAME:
        raw = prove(raw, BY_NAME[domain], proof)
    return Mail(
        raw=raw,
        mail_from=author if mail_from is None else mail_from,
        rcpt=tuple(rcpt) or (to,),
        peer=peer or (HOME if proof is Proof.SPF else AWAY),
    )


def new_id(domain: str = "mail.test") -> str:
    """A Message-ID that no other mail has."""
    return f"<{next(_NUMBERS)}.{datetime.now(UTC):%Y%m%d%H%M%S%f}@{domain}>"


def crlf(text: str) -> bytes:
    """A body with the line ends of the wire."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def _field(name: str, value: str | bytes) -> bytes:
    content = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    return name.encode() + b": " + content + b"\r\n"
