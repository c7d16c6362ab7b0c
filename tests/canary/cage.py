"""Canaries: words that stand in one place only, who may read each, and where in a mail they are looked for."""

import email
import html
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header

from gateway.tokens import Keys, Purpose, canonical_address
from tests.desk import SUPPORT

REPLY_DOMAIN = "reply.desk.test"
_LETTERS = "bcdfghjklmnprstvw"
WORD = re.compile(rf"qx[{_LETTERS}]{{10}}xq")
_NUMBER = re.compile(r"7\d{3}0{3}\d{5}7")
_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]*[a-z0-9]")
_NOTHING = dict.fromkeys((0xAD, 0x2060, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)))
_TAG = re.compile(r"<[^<>]*>")
ANY = -1
"""Whatever the conversation."""


@dataclass(slots=True)
class Canary:
    """One of them."""

    what: str
    talk: int
    """The conversation that it belongs to."""
    readers: set[str]
    """Addresses outside of the desk to which it may go in that conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something stands in a mail that its recipient may not read."""

    what: str
    found: str
    recipient: str


@dataclass(slots=True)
class Cage:
    """All canaries, by themselves."""

    keys: Keys
    random: random.Random
    canaries: dict[str, Canary] = field(default_factory=dict)

    def word(self, what: str, talk: int, *readers: str) -> str:
        """A new one."""
        word = f"qx{''.join(self.random.choices(_LETTERS, k=10))}xq"
        self.canaries[word] = Canary(what, talk, set(readers))
        return word

    def put(self, word: str, what: str) -> None:
        """One that is given, and that nobody outside may read."""
        self.canaries[word.lower()] = Canary(what, ANY, set())

    def number(self, what: str) -> str:
        """One that can be dialled."""
        number = f"7{self.random.randrange(1000):03}000{self.random.randrange(10**5):05}7"
        self.canaries[number] = Canary(what, ANY, set())
        return number

    def grant(self, text: str, reader: str) -> None:
        """Somebody else may read the words of this text, too."""
        for word in WORD.findall(text):
            self.canaries[word].readers.add(reader)

    def leaks(
        self, texts: list[str], *, recipient: str, talk: int, tickets: Iterable[int], addresses: Iterable[str] = ()
    ) -> list[Leak]:
        """What stands in the `readings` of a mail and may not: words, addresses of others, tokens of anybody else.

        `tickets` are the references of those that the mail may lead to; `addresses` may stand in it besides.
        """
        known = {canonical_address(recipient), SUPPORT, *addresses}
        found = [
            *self._words(texts, recipient, talk),
            *_addresses(texts, known),
            *self._tokens(texts, recipient, set(tickets)),
        ]
        return [Leak(what=what, found=each, recipient=recipient) for what, each in dict.fromkeys(found)]

    def _words(self, texts: list[str], recipient: str, talk: int) -> Iterator[tuple[str, str]]:
        for text in texts:
            for word in (*WORD.findall(text), *filter(self.canaries.get, _NUMBER.findall(text.replace(" ", "")))):
                canary = self.canaries.get(word)
                if canary is None or recipient not in canary.readers or canary.talk not in (ANY, talk):
                    yield canary.what if canary else "no canary of ours", word

    def _tokens(self, texts: list[str], recipient: str, tickets: set[int]) -> Iterator[tuple[str, str]]:
        for text in texts:
            for found in (*self.keys.find(text), *self.keys.find_references(text.upper())):
                token = found.token
                is_his = token is not None and self.keys.is_bound_to(token, recipient) and token.ticket_ref in tickets
                if not is_his or found.purpose is Purpose.AGENT:
                    yield f"somebody else's token ({found.purpose.name})", str(token)


def message_id_domain(author: str) -> str:
    """Message-IDs tell whose they are."""
    return f"{author.replace('@', '.')}.id.test"


def _addresses(texts: list[str], known: set[str]) -> Iterator[tuple[str, str]]:
    domains = {REPLY_DOMAIN, *(message_id_domain(address) for address in known)}
    for text in texts:
        for address in _ADDRESS.findall(text):
            if address not in known and address.rpartition("@")[2] not in domains:
                yield "an address", address


def readings(data: bytes) -> list[str]:
    """A mail as text, in lower case: as it leaves; its fields and the names of its files decoded; its parts decoded,
    HTML with and without tags.
    """
    found = [data.decode("latin-1").replace("=\r\n", "")]  # quoted-printable breaks lines so
    for part in email.message_from_bytes(data).walk():
        found += [str(make_header(decode_header(value))) for value in map(str, part.values())]
        found += [str(make_header(decode_header(part.get_filename() or "")))]
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            found.append(payload.decode("utf-8", "replace"))
        if part.get_content_type() == "text/html":
            found += [html.unescape(_TAG.sub(gap, found[-1])) for gap in ("", " ")]
    return [text.translate(_NOTHING).lower() for text in dict.fromkeys(found)]
