"""Makes the mails of the benchmarks: the mix of a support address, the same bytes each time for one seed and one time.

Half are text/plain, three tenths multipart/alternative, two tenths carry a screenshot of 30,000 bytes; three tenths
answer an earlier mail of the set, in its thread and from its author. 250 authors at 40 domains; utf-8 and iso-8859-1;
8bit, quoted-printable and base64; about 11 KB a mail. A smaller set is the beginning of a larger one.

Each has a DKIM signature (ed25519, RFC 8463) of its author's domain to go with it; `zone` answers for these domains and
`accounts` has the authors on file, so that a receipt and a notification follow from a signed one.
"""

import base64
import binascii
import hashlib
import html
import json
import random
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from nacl.signing import SigningKey

RECIPIENT = "desk@support.test"
AGENT = "agent@support.test"
AUTHORS = 250
DOMAINS = 40
SELECTOR = "bench"
PICTURE_BYTES = 30_000
RECENT = 200
"""Threads, newest first, from which an answer chooses."""

_NAMES = ("Ada Brown", "Jürgen Weiß", "María Núñez", "Søren Dahl", "Lin Chao", "Zoé Lefèvre", "Tom Baker", "Åsa Öberg")
_THINGS = (
    "the checkout page", "my invoice", "the product list", "a discount code", "the shipping form", "our café's shop",
    "the password mail", "a customer's order", "the stock count", "the naïve filter", "the newsletter", "the VAT rate",
    "the new theme", "the search box", "the résumé upload", "the contact form", "the payment provider", "the backup",
)  # fmt: skip
_EVENTS = (
    "stays empty after a click", "shows the wrong price", "does not save", "answers with an error", "has become slow",
    "is gone since yesterday", "asks for a login again", "cannot be found", "was charged twice",
    "loses the last line", "does not reach customers", "looks broken on phones",
    "works only in one browser", "counts everything twice",
)  # fmt: skip
_ASKS = (
    "Could you please look at it today?", "What do I have to change?", "Is this known?", "How can I undo it?",
    "It was fine before the last update.", "I have tried it on two computers.", "Several customers have told us.",
    "Please call me if that is quicker.", "We would like to keep the old one.", "Thank you for your help so far!",
)  # fmt: skip
_ENCODINGS = (
    ("utf-8", "8bit"), ("utf-8", "quoted-printable"), ("utf-8", "base64"), ("iso-8859-1", "quoted-printable"),
    ("iso-8859-1", "8bit"),
)  # fmt: skip
_PROGRAMS = ("Thunderbird", "Apple Mail", "Outlook", "K-9 Mail", "Roundcube Webmail")
_SIGNED_FIELDS = ("from", "to", "subject", "date", "message-id", "in-reply-to", "references")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchMail:
    """One mail as its author's server hands it over, with CRLF line ends."""

    raw: bytes
    signature: bytes
    """Its DKIM-Signature field, to be put in front."""
    author: str
    message_id: str
    is_answer: bool


@dataclass(slots=True)
class _Thread:
    author: tuple[str, str]
    subject: str
    ids: list[str]
    last: str


def make_mails(count: int, *, seed: int, at: datetime) -> list[BenchMail]:
    """The first `count` mails of a seed; the first was written at `at`, each next one a second later.

    A signature proves a mail for a week only, so `at` must not lie long ago where grades matter.
    """
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    authors = [(chance.choice(_NAMES), f"owner{number}@shop{number % DOMAINS}.test") for number in range(AUTHORS)]
    threads: list[_Thread] = []
    return [_mail(chance, number, seed, authors, threads, at + timedelta(seconds=number)) for number in range(count)]


def write_mails(mails: Sequence[BenchMail], folder: Path, *, signed: bool) -> None:
    """Put them into `folder`, a file each; their names are in the order in which they should arrive."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails):
        (folder / f"{number:06d}.eml").write_bytes(mail.signature + mail.raw if signed else mail.raw)


def zone() -> str:
    """What DNS says of the authors' domains (RFC 1035 master file)."""
    public = base64.b64encode(bytes(_key().verify_key)).decode()
    lines = ["$TTL 3600"]
    for number in range(DOMAINS):
        domain = f"shop{number}.test."
        lines += [
            f"{domain} IN SOA ns.{domain} hostmaster.{domain} 1 3600 600 86400 300",
            f'{SELECTOR}._domainkey.{domain} IN TXT "v=DKIM1; k=ed25519; p={public}"',
            f'_dmarc.{domain} IN TXT "v=DMARC1; p=quarantine"',
        ]
    return "\n".join(lines) + "\n"


def accounts() -> str:
    """An account with one shop for each author, his address verified (JSON Lines, as `account import` takes them)."""
    return "".join(
        json.dumps(
            {
                "id": str(1000 + number),
                "name": f"Shop {number}",
                "language": "en",
                "shops": [{"id": f"s{number}", "domain": f"shop{number}.example"}],
                "addresses": [{"address": f"owner{number}@shop{number % DOMAINS}.test", "verified": True}],
            }
        )
        + "\n"
        for number in range(AUTHORS)
    )


def _mail(
    chance: random.Random,
    number: int,
    seed: int,
    authors: list[tuple[str, str]],
    threads: list[_Thread],
    at: datetime,
) -> BenchMail:
    kind = chance.choices(("plain", "alternative", "picture"), (50, 30, 20))[0]
    is_answer = len(threads) > 10 and chance.random() < 0.3
    thread = chance.choice(threads[-RECENT:]) if is_answer else _new_thread(chance, number, authors)
    message_id = f"<{seed}.{number}.{chance.getrandbits(40):010x}@{thread.author[1]}>"
    body = _body(chance, thread, at)
    parts = [_text("plain", body, *chance.choice(_ENCODINGS))]
    if kind == "alternative" or (kind == "picture" and chance.random() < 0.5):
        parts = [
            _multipart("alternative", f"alternative_{number}", [*parts, _text("html", _html(body), "utf-8", "8bit")])
        ]
    if kind == "picture":
        parts = [_multipart("mixed", f"mixed_{number}", [*parts, _picture(chance, number)])]
    raw = _header(chance, thread, message_id, at) + parts[0]
    thread.ids.append(message_id)
    thread.last = body
    if not is_answer:
        threads.append(thread)
    author = thread.author[1]
    return BenchMail(
        raw=raw,
        signature=_signature(raw, author.partition("@")[2], at),
        author=author,
        message_id=message_id,
        is_answer=is_answer,
    )


def _new_thread(chance: random.Random, number: int, authors: list[tuple[str, str]]) -> _Thread:
    subject = f"{chance.choice(_THINGS)} {chance.choice(_EVENTS)} ({number})"
    return _Thread(chance.choice(authors), subject[0].upper() + subject[1:], [], "")


def _header(chance: random.Random, thread: _Thread, message_id: str, at: datetime) -> bytes:
    name, address = thread.author
    domain = address.partition("@")[2]
    date = format_datetime(at)
    fields = [
        f"Received: from mail.{domain} (mail.{domain} [192.0.2.{chance.randint(1, 254)}])\r\n"
        f"\tby mx.support.test with ESMTPS id {chance.getrandbits(40):010x};\r\n\t{date}"
        for _ in range(chance.randint(1, 3))
    ]
    fields += [
        f"From: {_phrase(name)} <{address}>",
        f"To: Support <{RECIPIENT}>",
        f"Subject: {'Re: ' if thread.ids else ''}{_phrase(thread.subject)}",
        f"Date: {date}",
        f"Message-ID: {message_id}",
        *([f"In-Reply-To: {thread.ids[-1]}"] if thread.ids else []),
        *(["References: " + "\r\n ".join(thread.ids[-8:])] if thread.ids else []),
        f"User-Agent: {chance.choice(_PROGRAMS)}",
        "MIME-Version: 1.0",
    ]
    return "".join(f"{field}\r\n" for field in fields).encode("ascii")


def _phrase(text: str) -> str:
    """As it stands in a header: an encoded word (RFC 2047) where it is not ASCII."""
    return text if text.isascii() else f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def _text(subtype: str, text: str, charset: str, encoding: str) -> bytes:
    """A text part, from its first field to its end."""
    content = text.replace("\n", "\r\n").encode(charset)
    if encoding == "base64":
        content = base64.encodebytes(content).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        content = binascii.b2a_qp(content, istext=True)
    head = f'Content-Type: text/{subtype}; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode("ascii") + content


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'
    inside = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
    return head.encode("ascii") + inside + b"--%s--\r\n" % boundary.encode()


def _picture(chance: random.Random, number: int) -> bytes:
    head = (
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="screen {number}.png"\r\n\r\n'
    )
    return head.encode("ascii") + base64.encodebytes(picture(chance)).replace(b"\n", b"\r\n")


def _body(chance: random.Random, thread: _Thread, at: datetime) -> str:
    paragraphs = [
        "\n".join(_sentence(chance) for _ in range(chance.randint(1, 5))) for _ in range(chance.randint(1, 6))
    ]
    if thread.last:
        quoted = "\n".join(f"> {line}" for line in thread.last.splitlines()[:30])
        paragraphs.append(f"On {format_datetime(at)}, Support wrote:\n{quoted}")
    paragraphs.append(f"-- \n{thread.author[0]}")
    return "\n\n".join(paragraphs) + "\n"


def _sentence(chance: random.Random) -> str:
    text = f"{chance.choice(_THINGS)} {chance.choice(_EVENTS)}. {chance.choice(_ASKS)}"
    return text[0].upper() + text[1:]


def _html(body: str) -> str:
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in body.split("\n\n"))
    return f"<html><head><style>p {{ margin: 1em }}</style></head><body>{paragraphs}</body></html>"


def picture(chance: random.Random) -> bytes:
    """A grey screenshot of noise (PNG, RFC 2083), filled up with a comment to exactly PICTURE_BYTES."""
    width, height = 150, 120
    rows = b"".join(b"\0" + chance.randbytes(width) for _ in range(height))
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0))
    end = _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    filler = b"Comment\0" + chance.randbytes(PICTURE_BYTES)
    return start + _chunk(b"tEXt", filler[: PICTURE_BYTES - len(start) - len(end) - 12]) + end


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


@cache
def _key() -> SigningKey:
    # Not a secret: it signs for domains that do not exist, and a fixed key gives the same bytes each time.
    return SigningKey(hashlib.sha256(b"ticket-gateway benchmark").digest())


def _signature(raw: bytes, domain: str, at: datetime) -> bytes:
    """A DKIM-Signature field, relaxed/relaxed (RFC 6376 §3.4); not by dkimpy, which puts the time of day into it."""
    header, _, body = raw.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", header)
    present = [
        name for name in _SIGNED_FIELDS if any(field.lower().startswith(name.encode() + b":") for field in fields)
    ]
    body_hash = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
    value = (
        f"v=1; a=ed25519-sha256; c=relaxed/relaxed; d={domain}; s={SELECTOR}; t={int(at.timestamp())};"
        f" h={' : '.join(present)}; bh={body_hash}; b="
    )
    unsigned = f"DKIM-Signature: {value}".encode()
    signed = b"".join(_relaxed_field(_field(fields, name)) + b"\r\n" for name in present) + _relaxed_field(unsigned)
    signature = _key().sign(hashlib.sha256(signed).digest()).signature
    return unsigned + base64.b64encode(signature) + b"\r\n"


def _field(fields: list[bytes], name: str) -> bytes:
    return next(field for field in fields if field.lower().startswith(name.encode() + b":"))


def _relaxed_field(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + re.sub(rb"[ \t\r\n]+", b" ", value).strip()


def _relaxed_body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    return b"\r\n".join(lines).rstrip(b"\r\n") + b"\r\n"
