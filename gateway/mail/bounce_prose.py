"""Which recipients does a mail server's prose say that it could not reach? By flufl.bounce, which knows the dialects.

Asked only of mail that looks like a server's: a person may quote a bounce, and the answer is evidence about the text
alone. `nature` decides what the mail is, `dsn` puts this together with what a delivery report (RFC 3464) says.

BUGS: the patterns of the library are not ours, so what it reads is bounded: no long lines, no large mails, and the
limits of the reading process.
"""

import email
import email.policy
import logging
import re
from email.message import Message as Compat32Message

from gateway.mail import clean
from gateway.mail.address import is_addr_spec
from gateway.mail.message import Failure, Message

MAX_OCTETS = 256 * 1024
"""Of a larger mail only the beginning is read: what failed stands there, the returned mail below."""
MAX_LINE = 1000
"""A longer line is cut: some patterns look at a line more than once."""
MAX_FAILURES = 100

_SERVERS = re.compile(
    r"mail(?:er)?[-_.]?daemon|postmaster|[a-z0-9_.]*mail[-_]service|[a-z0-9_.]*smtp[-_]gateways?|imss|ndr|nobody|bounces?"
)
_SUBJECT_WORDS = (
    *("deliver", "returned", "failure", "failed", "bounce", "non remis", "unzustellbar", "onbestelbaar", "warning"),
    *("user unknown", "παραδοσ", "παράδοσ", "rejected", "could not be", "mailbox", "error"),
)
_SUBJECT = re.compile("|".join(_SUBJECT_WORDS), re.IGNORECASE)


def looks_like_a_servers(message: Message) -> bool:
    """Is it worth asking? Anything that only servers do, or a subject that they write over the address that failed."""
    local = message.author.address.partition("@")[0].casefold() if message.author else ""
    return (
        message.author is None
        or _SERVERS.fullmatch(local) is not None
        or message.header("Return-Path").strip() == "<>"
        or message.header("Content-Type").lower().startswith("multipart/report")
        or message.header("X-Failed-Recipients") != ""
        or (_is_a_servers(message.subject) and _may_name_an_address(message))
    )


def _is_a_servers(subject: str) -> bool:
    # One by one they are found ten times as fast as by the pattern, which knows the small letters of all alphabets.
    if subject.isascii():
        small = subject.lower()
        return any(word in small for word in _SUBJECT_WORDS)
    return _SUBJECT.search(subject) is not None


def _may_name_an_address(message: Message) -> bool:
    """People write about errors, too, and asking takes longer than all else that is done with their mail."""
    return (
        "@" in message.text
        or "@" in message.html
        or any(part.content_type.startswith(("text/", "message/")) for part in message.attachments)
    )


def load() -> None:
    """Load the library now and not with the first mail that needs it: that takes 0.2 s."""
    _all_failures(b"")


def read(raw: bytes) -> tuple[Failure, ...]:
    """The recipients that failed, each once, failed for good before those that are only late. Never raises."""
    lines = (line[:MAX_LINE] for line in raw[:MAX_OCTETS].split(b"\n"))
    try:
        temporary, permanent = _all_failures(b"\n".join(lines))
    except Exception:  # the library's detectors raise on what they did not expect; then they say nothing
        return ()
    found = [(address, True) for address in sorted(permanent)]
    found += [(address, False) for address in sorted(temporary - permanent)]
    return tuple(
        Failure(address=address, permanent=is_permanent)
        for octets, is_permanent in found[:MAX_FAILURES]
        if is_addr_spec(address := clean.line(octets.decode("utf-8", "replace"), 254).strip("<> "))
    )


def _all_failures(raw: bytes) -> tuple[frozenset[bytes], frozenset[bytes]]:
    from flufl.bounce import all_failures  # here, because hardly a mail needs it, and it takes a while to load

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    for part in mail.walk():
        if _is_encoded_file(part):
            part.set_payload("")  # each of its lines would be compared with two hundred patterns
    temporary, permanent = all_failures(mail)
    return frozenset(temporary), frozenset(permanent)


def _is_encoded_file(part: Compat32Message) -> bool:
    is_encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
    return is_encoded and part.get_content_maintype() not in ("text", "message", "multipart")
