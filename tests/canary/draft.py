"""A mail as people's programs put it on the wire.

Written by hand: the standard library takes longer to write a mail than the desk to read it.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from tests.canary.cage import message_id_domain

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
_EDGE = "=_edge_of_"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person writes."""

    author: str
    to: str
    subject: str
    text: str
    html: str = ""
    name: str = ""
    answers: str = ""
    """The Message-ID of the mail that it answers."""
    file: str = ""
    """The name of a picture that goes with it."""

    def raw(self, number: int, at: datetime) -> bytes:
        """The mail; `number` makes its Message-ID unique."""
        fields = [
            f'From: "{self.name}" <{self.author}>' if self.name else f"From: {self.author}",
            f"To: {self.to}",
            f"Subject: {self.subject if self.subject.isascii() else Header(self.subject, 'utf-8').encode()}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: <{number}@{message_id_domain(self.author)}>",
            *([f"In-Reply-To: {self.answers}", f"References: {self.answers}"] if self.answers else []),
            "MIME-Version: 1.0",
        ]
        return "\n".join((*fields, self._body())).replace("\n", "\r\n").encode()

    def _body(self) -> str:
        body = _part("text/plain", self.text)
        if self.html:
            body = _multipart("alternative", body, _part("text/html", f"<html><body>{self.html}</body></html>"))
        return _multipart("mixed", body, self._file()) if self.file else body

    def _file(self) -> str:
        disposition = f'Content-Disposition: attachment; filename="{self.file}"'
        content = base64.encodebytes(PNG).decode()
        return f"Content-Type: image/png\n{disposition}\nContent-Transfer-Encoding: base64\n\n{content}"


def _part(kind: str, text: str) -> str:
    return f"Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"


def _multipart(subtype: str, *parts: str) -> str:
    edge = f"{_EDGE}{subtype}"
    inner = "".join(f"--{edge}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{edge}"\n\n{inner}--{edge}--\n'
