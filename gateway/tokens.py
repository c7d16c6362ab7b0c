"""Signed reply tokens: addresses and message ids that prove we issued them, for which ticket, and to whom.

    address = tag "1-" body "@" reply-domain        body = kid(1) day(3) ticket(6) bind(4) mac(16) symbols

Stateless on purpose: a token is verified with the keys alone, so it works while the database is down and after it was
restored. The MAC is 80 bits of HMAC-SHA-256 (RFC 2104), the alphabet Crockford's base32, which survives upper-casing.
A token is evidence: who may do what with it is for `pipeline.decide`.

BUGS: nothing here counts failed tries; whoever listens on a network does. A reference of which a program cut a part off
is lost: there is nothing to mend it from.
"""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path

import idna

from gateway.errors import ConfigError

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
EPOCH = date(2025, 1, 1)
KEY_BYTES = 32
CREDENTIAL_PREFIX = "keys_"
"""What systemd puts before the names of files that it hands over as the credential `keys`."""
LIFETIME_DAYS = 180
GRACE_DAYS = 2  # a clock that is a day or two off must not expire, or refuse, anything

_LOOK_ALIKES = str.maketrans("oil", "011")
_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
"""To what `int` takes for digits of base 32."""
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
_SYMBOLS = "[0-9a-tv-zA-TV-Z]"
_BODY = re.compile(rf"{_SYMBOLS}{{30}}")
# Bounded and without alternation inside a repeat: linear on any input.
_TOKEN = re.compile(rf"(?<![0-9A-Za-z])([rbamnctRBAMNCT])1-({_SYMBOLS}{{30}})(?![0-9A-Za-z])")
# What mail programs put between the groups of a reference, or between any two symbols where they break a line: hyphens
# that were made "smart", white space, quote marks, characters without width.
_HYPHENS = "\\-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_GAP = rf"[{_HYPHENS}\s>|\u200b-\u200d\u2060\ufeff]"
# Possessive, and no symbol is a gap: what does not match is given up after a bounded number of steps.
_REFERENCE = re.compile(
    rf"(?<![0-9A-Za-z])[tT]1{_GAP}{{1,12}}+((?:{_SYMBOLS}{_GAP}{{0,12}}+){{29}}{_SYMBOLS})(?![{_HYPHENS}]?[0-9A-Za-z])"
)
_GAPS = re.compile(rf"{_GAP}+")
_TAGS = ("T1", "t1", "Τ1", "τ1")
"""What every reference begins with; of the second pair the letter is Greek."""
MAX_CANDIDATES = 1000
"""References of one text that are verified: nobody wrote more of them."""
# Greek keyboards and optical look-alikes: a reference typed by hand still decodes.
_GREEK = str.maketrans("ΑΒΕΖΗΚΜΝΟΡΤΥΧΙαβεζηκμνορτυχι", "ABEZHKMNOPTYXIabezhkmnoptyxi")


class Purpose(StrEnum):
    """What a token is for; a token of one purpose never verifies as another."""

    REPLY = "r"
    BOUNCE = "b"
    AGENT = "a"
    MESSAGE_ID = "m"
    AUTOMATIC_MESSAGE_ID = "n"
    CONFIRM = "c"
    TEXT = "t"


_CONTEXTS = {
    Purpose.REPLY: "reply",
    Purpose.BOUNCE: "bounce",
    Purpose.AGENT: "agent",
    Purpose.MESSAGE_ID: "msgid",
    Purpose.AUTOMATIC_MESSAGE_ID: "autoid",
    Purpose.CONFIRM: "confirm",
    Purpose.TEXT: "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token whose MAC was verified: what we once issued."""

    purpose: Purpose
    key_id: int
    day: date
    ticket_ref: int
    """The ticket's random public reference, 30 bits; not its number."""
    bind: int
    """A keyed tag of the address it was issued to, 20 bits: compare with `Keys.is_bound_to`."""

    def is_expired(self, now: datetime) -> bool:
        """True when it may only serve as a hint: too old, or issued in the future."""
        age = now.astimezone(UTC).date() - self.day
        return age > timedelta(days=LIFETIME_DAYS) or age < -timedelta(days=GRACE_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The shape of a token in some text: `token` is None where its MAC did not verify."""

    purpose: Purpose
    token: Token | None


class Keys:
    """The signing keys: the newest signs, all of them verify. Holds secrets: never log it."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ConfigError("there is no token key; `ticket-gateway init` or `ticket-gateway key rotate` makes one")
        for key_id, key in keys.items():
            if not 0 <= key_id <= 31:
                raise ConfigError(f"token key {key_id}: the id must be 0 to 31")
            if len(key) != KEY_BYTES:
                raise ConfigError(f"token key {key_id}: must be {KEY_BYTES} bytes, is {len(key)}")
        if len(set(keys.values())) != len(keys):
            raise ConfigError("two token keys are the same; make a new one with `ticket-gateway key rotate`")
        self._keys = dict(keys)
        self._signing = max(keys)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all keys, oldest first; the last one signs."""
        return tuple(sorted(self._keys))

    def issue(self, purpose: Purpose, *, ticket_ref: int, address: str, day: date) -> str:
        """A new token, as `tag1-body`, for a ticket and the address it is handed to."""
        key = self._keys[self._signing]
        number_of_days = (day - EPOCH).days
        if not 0 <= number_of_days < 1 << 15 or not 0 <= ticket_ref < 1 << 30:
            raise ValueError(f"cannot issue a token for day {day} and reference {ticket_ref}")
        # One number of 70 bits: key (5), day (15), ticket (30), address (20).
        head = _encode(((self._signing << 15 | number_of_days) << 30 | ticket_ref) << 20 | _bind(key, address), 14)
        return f"{purpose.value}1-{head}{_mac(key, purpose, head)}"

    def verify(self, purpose: Purpose, body: str) -> Token | None:
        """The token behind 30 symbols, None where they are no such thing, the MAC is wrong or the key is not known."""
        if not _BODY.fullmatch(body):
            return None
        canonical = body.lower().translate(_LOOK_ALIKES)
        head, mac = canonical[:14], canonical[14:]
        number = _decode(head)
        key_id = number >> 65
        key = self._keys.get(key_id)
        # An unknown key costs the same time as a wrong MAC, so that the answer's delay tells nothing.
        expected = _mac(key or bytes(KEY_BYTES), purpose, head)
        if not hmac.compare_digest(expected, mac) or key is None:
            return None
        return Token(
            purpose=purpose,
            key_id=key_id,
            day=EPOCH + timedelta(days=number >> 50 & 0x7FFF),
            ticket_ref=number >> 20 & 0x3FFFFFFF,
            bind=number & 0xFFFFF,
        )

    def is_bound_to(self, token: Token, address: str) -> bool:
        """Was it issued to this address? Wrong for one address in a million: it grades, it does not authorise."""
        key = self._keys.get(token.key_id)
        return key is not None and _bind(key, address) == token.bind

    def find(self, text: str) -> Iterable[Found]:
        """Every token in an address, a message id or any other short header text, in order.

        Finds it also inside what forwarders wrap around it (SRS, BATV `prvs=`, VERP), and in upper case.
        """
        return self._found(text) if "1-" in text else ()  # most texts: quicker to tell than by the expression

    def find_references(self, text: str) -> Iterable[Found]:
        """Every body reference (`Ref: T1-30K00-03RJ0-…`) in a text, in order; no more than `MAX_CANDIDATES`.

        Finds it also in quoted lines, broken over two of them, in Greek capitals, and with other hyphens or none.
        """
        for tag in _TAGS:
            if tag in text:
                return self._found_references(text)
        return ()  # most mails: to translate one takes longer than all else here

    def _found(self, text: str) -> Iterator[Found]:
        for match in _TOKEN.finditer(text):
            purpose = Purpose(match[1].lower())
            yield Found(purpose=purpose, token=self.verify(purpose, match[2]))

    def _found_references(self, text: str) -> Iterator[Found]:
        for match in islice(_REFERENCE.finditer(text.translate(_GREEK)), MAX_CANDIDATES):
            yield Found(purpose=Purpose.TEXT, token=self.verify(Purpose.TEXT, _GAPS.sub("", match[1])))


def random_symbols(count: int) -> str:
    """So many symbols that nobody can guess, 5 bits each."""
    return _encode(secrets.randbits(5 * count), count)


def body_reference(token: str) -> str:
    """A `t1-` token as people see it at the foot of a mail: capitals in groups of five."""
    body = token[3:].upper()
    return "T1-" + "-".join(body[start : start + 5] for start in range(0, 30, 5))


@lru_cache(1000)
def canonical_address(address: str) -> str:
    """One spelling for each address: NFC, local part case-folded, domain as lower-case A-label; dots and plus stay."""
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    # What is no domain name at all is compared as it stands.
    return f"{local.casefold()}@{a_label(domain) or domain.lower()}"


def a_label(domain: str) -> str:
    """A domain in ASCII and lower case, other letters as A-labels (IDNA 2008, RFC 5891); "" where that cannot be.

    Not IDNA 2003, Python's own codec: it makes one name of two that have two owners (`straße`, `strasse`).
    """
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, std3_rules=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def load_keys(directory: Path) -> Keys:
    """Read the key directory: one file a key, its id (0-31) as name, 32 random bytes; refuses what others can read."""
    keys: dict[int, bytes] = {}
    try:
        files = sorted(path for path in directory.iterdir() if path.is_file() and _is_key_name(path.name))
    except OSError as error:
        raise ConfigError(f"[keys] directory {directory}: {error.strerror}; `ticket-gateway init` makes it") from error
    for path in files:
        if path.stat().st_mode & 0o007:
            raise ConfigError(f"{path}: everybody on this machine can read this key; `chmod 600 {path}`")
        key_id = int(path.name.removeprefix(CREDENTIAL_PREFIX))
        if key_id in keys:
            raise ConfigError(f"{path}: there are two files for token key {key_id}; keep one")
        try:
            keys[key_id] = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return Keys(keys)


def _is_key_name(name: str) -> bool:
    number = name.removeprefix(CREDENTIAL_PREFIX)
    return number.isascii() and number.isdigit()  # "²" is a digit to Unicode, and no number to int()


@lru_cache(1000)  # the tokens of one mail are issued to one or two addresses
def _bind(key: bytes, address: str) -> int:
    data = b"ticket-gw/bind/v1\0" + canonical_address(address).encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.digest(key, data, sha256)[:3]) >> 4


def _mac(key: bytes, purpose: Purpose, head: str) -> str:
    mac = _begun(key, purpose).copy()
    mac.update(head.encode("ascii"))
    return _encode(int.from_bytes(mac.digest()[:10]), 16)


@lru_cache(32 * len(_CONTEXTS))  # the half of a MAC's work that all tokens of a key and purpose share
def _begun(key: bytes, purpose: Purpose) -> hmac.HMAC:
    return hmac.new(key, f"ticket-gw/{_CONTEXTS[purpose]}/v1\0".encode("ascii"), sha256)


def _encode(number: int, symbols: int) -> str:
    if symbols % 2:
        return ALPHABET[(number >> 5 * (symbols - 1)) & 31] + _encode(number, symbols - 1)
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(5 * (symbols - 2), -1, -10)])


def _decode(symbols: str) -> int:
    return int(symbols.translate(_DIGITS), 32)
