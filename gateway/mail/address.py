"""Whose mail is this? The strict grammar for the one address that decides identity, and a lenient one for display.

Other programs read the same From field: the sender's own server, DMARC filters, people's mail programs. An address
counts only where all of them must see the same one; whatever can be read in two ways is nobody's (threat A-14, A-15).
So: one From field, one mailbox, RFC 5322 §3.4 without its obsolete forms (no route, no group, no space inside an
address), and an encoded word is never decoded into an address. One tolerance: a dot in an unquoted name (`John Q.
Public <...>`).

BUGS: domain literals (`user@[192.0.2.1]`) are refused although RFC 5322 has them; nobody's customer is one.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from gateway.mail import clean, words
from gateway.mail.message import Address

MAX_OCTETS = 8192
"""Octets of a From field that are read; a longer one is nobody's."""
MAX_COMMENTS = 2
"""How deep comments may nest."""
MAX_LABEL = 63
"""Octets of a label of a domain."""
MAX_COMMON = 200
"""Characters of such a field that is remembered: nearly every mail names an address of the desk, and nobody else."""
MAX_ADDRESSES = 1000
"""Addresses of one To, Cc or Reply-To field that are looked at."""

ATEXT = r"""[^\x00-\x20()<>\[\]:;@\\,."\x7f]"""
"""RFC 5322 §3.2.3 with RFC 6532: all but controls, the space and specials. Said so it compiles in no time."""
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t]+)
    | (?P<word>=\?[^?\s]{{1,100}}\?[bBqQ]\?[^?\s<>@()"\\]*\?=)
    | (?P<atom>{ATEXT}+)
    | (?P<quoted>"[^"\\]*(?:\\.[^"\\]*)*")
    | (?P<special>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DOT_ATOM = re.compile(rf"{ATEXT}+(?:\.{ATEXT}+)*")
_ASCII_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_SEPARATORS = re.compile(r"[\s<>,;:\"()]+")
_DIVIDING = re.compile(r"[\\\",;:()]")
_ASCII_ATEXT = r"[!#-'*+/-9=?A-Z^-~-]"
_ORDINARY = re.compile(
    rf"""
      (?: [ \t]*+ " (?P<quoted>[^"\\]*+) " [ \t]*+ | (?P<plain>[^\x00-\x08\x0a-\x1f<>()\[\]:;@\\,"\x7f]*+) )
      < (?P<address>
          (?P<local> {_ASCII_ATEXT}+ (?: \. {_ASCII_ATEXT}+ )* )
        @ (?P<domain> [A-Za-z0-9_-]+ (?: \. [A-Za-z0-9_-]+ )* ) )
      > [ \t]*+
    """,
    re.VERBOSE,
)
"""What nearly all programs write: a name, if any, and a plain address in angle brackets."""

_Token = tuple[str, str]
"""(kind, text): space, word, atom, quoted, comment, or a special character as its own kind."""


class _Refused(Exception):
    """Why a field names no mailbox, in words."""


def author_of(raw_from_fields: Sequence[bytes]) -> tuple[Address | None, str]:
    """The author of a mail from the raw values of all its From fields, or None and why in words."""
    if len(raw_from_fields) != 1:
        return None, f"the mail has {len(raw_from_fields) or 'no'} From field{'s' if raw_from_fields else ''}"
    if len(raw_from_fields[0]) > MAX_OCTETS:
        return None, f"the From field is longer than {MAX_OCTETS} octets"
    try:
        return _mailbox(_text(_unfolded(raw_from_fields[0]))), ""
    except _Refused as refused:
        return None, str(refused)


def addresses(value: str) -> tuple[Address, ...]:
    """The addresses of a field for people to look at (To, Cc, Reply-To); what is not an address is left out."""
    return _common_addresses(value) if len(value) <= MAX_COMMON else _addresses(value)


def _addresses(value: str) -> tuple[Address, ...]:
    found = (_lenient(item) for item in _items(value))
    return tuple(address for address in found if address)


_common_addresses = lru_cache(maxsize=256)(_addresses)


def is_addr_spec(text: str) -> bool:
    """Is it exactly one address, bare (RFC 5322 §3.4.1)?"""
    try:
        _addr_spec(_tokens(text))
    except _Refused:
        return False
    return True


def _unfolded(raw: bytes) -> bytes:
    return _FOLD.sub(b"", raw) if b"\n" in raw else raw


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        # Names may hold octets of any charset; an address with such an octet is refused below.
        text = raw.decode("ascii", "surrogateescape")
    if _CONTROL.search(text.strip("\r\n")):
        raise _Refused("the From field holds a control character")
    return text.strip("\r\n")


def _mailbox(text: str) -> Address:
    ordinary = _ORDINARY.fullmatch(text)
    return (_of_ordinary(ordinary) if ordinary else None) or _of_any(text)


def _of_ordinary(found: re.Match[str]) -> Address | None:
    """What `_of_any` says of it, if it has not to look closer."""
    local, domain, address = found["local"], found["domain"], found["address"]
    if "=?" in local or len(local) > 64 or len(domain) > 253 or len(address) > 254:
        return None
    dotted = f".{domain}."
    if len(domain) > MAX_LABEL or ".-" in dotted or "-." in dotted:
        return None
    return Address(address=address, name=_display(found["quoted"] or found["plain"] or ""))


def _of_any(text: str) -> Address:
    tokens = _tokens(text)
    kinds = [kind for kind, _ in tokens]
    if kinds.count("<") > 1 or kinds.count(">") > 1 or ("," in kinds and "<" in kinds):
        raise _Refused("the From field does not hold exactly one mailbox")
    comments = " ".join(content for kind, content in tokens if kind == "comment")
    if "<" not in kinds:
        return Address(address=_addr_spec(_trimmed(tokens)), name=_display(comments))
    opening = kinds.index("<")
    if ">" not in kinds[opening:]:
        raise _Refused("the From field has a < without its >")
    closing = kinds.index(">", opening)
    if set(kinds[closing + 1 :]) - {"space", "comment"}:
        raise _Refused("the From field goes on after its address")
    inside = tokens[opening + 1 : closing]
    if any(kind == "comment" for kind, _ in inside):
        raise _Refused("the From field has a comment inside its address")
    address = _addr_spec(_trimmed(inside))
    return Address(address=address, name=_phrase(tokens[:opening], address) or _display(comments))


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        kind = match.lastgroup or ""
        if match[0] == "(":
            position = _comment_end(text, position)
            tokens.append(("comment", text[match.end() : position - 1]))
        elif kind == "special":
            tokens.append((match[0], match[0]))
        else:
            tokens.append((kind, match[0]))
    return tokens


def _comment_end(text: str, position: int) -> int:
    depth = 1
    while depth:
        mark = _COMMENT_MARK.search(text, position)
        if not mark:
            raise _Refused("the From field has a comment without end")
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth > MAX_COMMENTS:
            raise _Refused(f"comments in the From field nest deeper than {MAX_COMMENTS}")
        position = mark.end()
    return position


def _trimmed(tokens: list[_Token]) -> list[_Token]:
    start, end = 0, len(tokens)
    while start < end and tokens[start][0] in ("space", "comment"):
        start += 1
    while end > start and tokens[end - 1][0] in ("space", "comment"):
        end -= 1
    return tokens[start:end]


def _phrase(tokens: list[_Token], address: str) -> str:
    written = "".join(text for kind, text in tokens if kind != "comment").strip(" \t")
    if {kind for kind, _ in tokens} <= {"space", "comment", "word", "atom", "quoted", "."}:
        return _display(
            "".join(_unquoted(text) if kind == "quoted" else text for kind, text in tokens if kind != "comment")
        )
    # Many programs write `a@b.example <a@b.example>` without quotes: both readings are the same address.
    if written.casefold() == address.casefold():
        return ""
    raise _Refused("the name in the From field has characters that must be quoted")


def _addr_spec(tokens: list[_Token]) -> str:
    if not tokens:
        raise _Refused("the From field holds no address")
    kinds = [kind for kind, _ in tokens]
    if kinds.count("@") != 1 or set(kinds) - {"atom", "quoted", ".", "@"}:
        raise _Refused("the From field does not hold exactly one plain address")
    at = kinds.index("@")
    local = _local_part(tokens[:at])
    domain = _domain("".join(text for _, text in tokens[at + 1 :]))
    address = f"{local}@{domain}"
    if len(local.encode()) > 64 or len(address.encode()) > 254:
        raise _Refused("the address is longer than RFC 5321 §4.5.3.1 allows")
    return address


def _local_part(tokens: list[_Token]) -> str:
    text = "".join(content for _, content in tokens)
    if len(tokens) == 1 and tokens[0][0] == "quoted":
        text = _unquoted(text)
        # RFC 5321 §4.1.2: a quoted word that needs no quotes is the same mailbox as without them.
        shown = text if _DOT_ATOM.fullmatch(text) else tokens[0][1]
    else:
        shown = text if _DOT_ATOM.fullmatch(text) else ""
    if not shown or not text.isprintable() or "=?" in text or clean.line(text) != text.strip():
        raise _Refused("the local part of the address is not of the form of RFC 5322 §3.4.1")
    return shown


def _domain(text: str) -> str:
    labels = text.split(".")
    if len(text.encode("utf-8", "replace")) > 253 or not all(map(_is_label, labels)):
        raise _Refused("the domain of the address is not a domain name")
    return text


def _is_label(label: str) -> bool:
    if len(label) > MAX_LABEL:
        return False
    if label.isascii():
        return _ASCII_LABEL.fullmatch(label) is not None
    # What IDNA would change first (full-width letters, other dots) could be read as two different names.
    if unicodedata.normalize("NFKC", label) != label or label[0] == "-" or label[-1] == "-":
        return False
    return all(character in "-_" or unicodedata.category(character)[0] in "LMN" for character in label)


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(r"\1", text[1:-1])


def _display(text: str) -> str:
    return words.readable(text.strip(" \t"), 200)


def _items(value: str) -> list[str]:
    """The parts between commas and semicolons that stand outside of quotes, comments and angle brackets."""
    if not _DIVIDING.search(value):
        return [value]
    items: list[str] = []
    start = depth = 0
    quoted = angle = False
    for match in re.finditer(r'\\.|[",;<>():]', value, re.DOTALL):
        mark = match[0]
        if mark == '"' and not depth:
            quoted = not quoted
        elif quoted or len(mark) > 1:
            continue
        elif mark in "()":
            depth = max(0, depth + (1 if mark == "(" else -1))
        elif depth:
            continue
        elif mark in "<>":
            angle = mark == "<"
        elif mark in ",;" or (mark == ":" and not angle):
            # Before a colon stands the name of a group; inside of brackets a comma ends what was never closed.
            if mark != ":":
                items.append(value[start : match.start()])
            start, angle = match.end(), False
            if len(items) >= MAX_ADDRESSES:
                return items
    return [*items, value[start:]]


def _lenient(item: str) -> Address | None:
    if "@" not in item or len(item) > MAX_OCTETS:
        return None
    try:
        return _mailbox(words.recovered(item.strip()))
    except _Refused:
        pass
    before, bracket, rest = item.rpartition("<")
    tokens = _SEPARATORS.split(rest.partition(">")[0] if bracket else item)
    address = next((token for token in tokens if "@" in token.strip("@")), None)
    if not address:
        return None
    name = before.strip().strip('"') if bracket else ""
    return Address(address=clean.line(address, 254), name=words.readable(name, 200))
