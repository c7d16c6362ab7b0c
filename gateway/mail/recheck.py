"""Is this mail what was meant? The last look at its bytes before they leave, by other means than those that made it.

A value that became a field, a second recipient, a bare CR or LF: each has sent mail to strangers elsewhere (A-41). Here
it is a refusal.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes

from gateway.errors import Permanent

ALLOWED = frozenset(
    {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Precedence", "Content-Language", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    }
)  # fmt: skip
PART_ALLOWED = frozenset(
    {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "MIME-Version"}
)
LINE_LIMIT = 998
"""Octets of a line without its CRLF (RFC 5322 §2.1.1)."""

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")
_FIELD = re.compile(rb"([A-Za-z-]+):(.*)", re.DOTALL)
_MAILBOX = re.compile(rb'(?:(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|[^"<>,:;@()\\\r\n]+) )?<([^<>,\s]+)>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What the mail must turn out to be."""

    names: tuple[str, ...]
    """Of its own fields, in order; those of MIME follow."""
    sender: str
    recipient: str
    leaves: int
    """Parts that are not multipart."""


def recheck(data: bytes, meant: Meant) -> None:
    """Raise Permanent where the bytes are not the mail that was meant."""
    head = data.partition(b"\r\n\r\n")[0]
    if _BARE.search(data):
        raise _refused("it has a bare CR, a bare LF or a NUL")
    if any(len(line) > LINE_LIMIT for line in data.split(b"\r\n")):
        raise _refused(f"it has a line of more than {LINE_LIMIT} octets")
    fields = [_FIELD.fullmatch(field) for field in re.split(rb"\r\n(?![ \t])", head)]
    names = [field[1].decode("ascii") if field else "?" for field in fields]
    _check_names(names, meant)
    _check_parts(data, names, meant)
    values = {field[1]: field[2].replace(b"\r\n", b"").strip() for field in fields if field}
    for name, address in ((b"From", meant.sender), (b"To", meant.recipient)):
        mailbox = _MAILBOX.fullmatch(values.get(name, b""))
        if not mailbox or mailbox[1] != address.encode("ascii", "replace"):
            raise _refused(f"its {name.decode()} field is not the one address that it should be")


def _check_names(names: list[str], meant: Meant) -> None:
    own = [name for name in names if not name.startswith(("MIME-", "Content-T"))]
    if own != list(meant.names):
        raise _refused("its fields are not those that were written")
    if not set(names) <= ALLOWED or len(set(names)) != len(names):
        raise _refused("it has a field that no mail of ours has, or one twice")


def _check_parts(data: bytes, names: list[str], meant: Meant) -> None:
    message = message_from_bytes(data)
    parts = list(message.walk())
    if message.keys() != names or any(part.defects for part in parts):
        raise _refused("it reads differently for another parser")
    if any(not set(part.keys()) <= PART_ALLOWED for part in parts[1:]):
        raise _refused("one of its parts has a field that no part of ours has")
    if sum(not part.is_multipart() for part in parts) != meant.leaves:
        raise _refused("it does not have the parts that were written")


def _refused(why: str) -> Permanent:
    return Permanent(f"the mail was not sent because, read again before sending, {why}")
