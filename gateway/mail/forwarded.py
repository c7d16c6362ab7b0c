"""Which mail does this one pass on, and what did the one who passes it on write above it?

Mail programs do it in three ways: the mail as an attached file (message/rfc822), its text below a line that says so
(`---------- Forwarded message ---------`) and a few of its fields, or its text below these fields alone (Outlook). The
fields are found by the labels of `quotes_words`, so every language that is read there is read here.

What must stay true: linear in the text; the author is exactly one address of the strict grammar, or there is none;
nothing of what stands below the line is ever taken for words of the one who passes the mail on. Who the author is, is
only what that person's mail says: it proves nothing.

BUGS: a mail that Outlook attached as .msg is not read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.mail import clean
from gateway.mail.address import addresses, is_addr_spec
from gateway.mail.headers import message_ids
from gateway.mail.message import Address, Attachment, Message
from gateway.mail.quotes_block import header_block, is_forward_line, is_ruler, is_separator, label
from gateway.mail.quotes_signature import signature_start
from gateway.mail.quotes_words import FORWARD_PREFIXES, FORWARDED, FROM, LABELS, SENT, SUBJECT, folded

MAX_LINES = 5000
"""Lines of a text in which a passed-on mail may begin."""
MAX_HEAD = 60
"""Lines of the fields above it."""
MAX_VALUE = 1000
"""Characters of one field."""
MAX_GAP = 4
"""Lines from a forward line, or a field, to the next field."""
MAX_WRAPPED = 4
"""Lines over which a field may go on."""

ATTACHED = ("message/rfc822", "message/global")
"""Types of a part that is a whole mail (RFC 2046 §5.2.1, RFC 6532)."""
NONE = "it holds no forwarded mail"

_DATE = frozenset({"date", "ημερομηνια", "ημ/νια", "datum", "data", "fecha", "дата", "dato"})
_MESSAGE_ID = "message-id"
_ANY_FIELD = re.compile(r"[A-Za-z][A-Za-z-]{1,40}:[ \t]")
_MARK = re.compile(r"[ \t]{0,3}>")
_MAILTO = re.compile(r"(?i)[\[<(]\s?mailto:([^\s<>\[\]()]{1,254})\s?[\])>]?")
_ANY_ADDRESS = re.compile(r"[^\s<>\[\](),;:\"@]{1,64}@[^\s<>\[\](),;:\"@]{1,255}")
_DASHES = "-_=*—– "
_PREPOSITIONS = ("from ", "by ", "von ", "van ", "door ", "de ", "par ", "απο ")
_ENDS = ("end of ", "end ", "ende der ", "ende ", "einde ", "fin du ", "fin de ", "τελοσ ", "slut ")
_REPLIES = frozenset({"re", "aw", "antw", "sv", "απ", "απαντηση", "rif", "odp", "ynt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """A mail that is passed on, as far as it tells."""

    author: Address
    subject: str
    date: str
    """As it was written there, in any form; "" where it is not told."""
    text: str
    comment: str = ""
    """What the one who passes it on wrote himself, without his signature."""
    attachments: tuple[Attachment, ...] = ()
    message_id: str = ""
    references: tuple[str, ...] = ()
    """Message ids of its thread, the mail's own aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForwarded:
    """Why no mail was found in it, as the rest of a sentence that begins with the mail."""

    why: str = NONE
    is_tried: bool = False
    """Does it look as if one was meant to be there?"""


NOT_FORWARDED = NotForwarded()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """Fields above a mail: their values by their folded labels, which lines they take, and how deep they are quoted."""

    values: dict[str, str]
    begin: int
    end: int
    depth: int

    def first(self, names: frozenset[str]) -> str:
        return next((value for name, value in self.values.items() if name in names), "")


def attached_mails(message: Message) -> tuple[Attachment, ...]:
    """The parts of a mail that are mails themselves."""
    return tuple(
        part for part in message.attachments if part.content_type in ATTACHED or part.filename.lower().endswith(".eml")
    )


def read_forwarded(message: Message, attached: Message | None = None) -> Forwarded | NotForwarded:
    """The mail that this one passes on; `attached` is the attached mail, where there is exactly one, taken apart."""
    inline = read_inline(message)
    if isinstance(inline, Forwarded):
        return inline
    mails = attached_mails(message)
    if len(mails) > 1:
        return NotForwarded(why=f"it holds {len(mails)} attached mails, and only one can be taken", is_tried=True)
    if mails and attached is not None:
        return _of_attached(message, mails[0], attached)
    return inline


def read_inline(message: Message) -> Forwarded | NotForwarded:
    """The mail that stands in the text of this one."""
    lines = message.text.split("\n")
    head = _forward_head(lines) or _outlook_head(lines, message.subject)
    if head is None:
        return NotForwarded(is_tried=is_passed_on(message.subject) or any(map(is_opening, lines[:MAX_LINES])))
    author = _author(head.first(FROM))
    if author is None:
        return NotForwarded(why="the forwarded mail in it names no author with exactly one address", is_tried=True)
    text, beside = _body(lines, head)
    named = message_ids(head.values.get(_MESSAGE_ID, ""))
    return Forwarded(
        author=author,
        subject=clean.line(head.first(SUBJECT)) or without_prefixes(message.subject),
        date=clean.line(head.first(_DATE) or head.first(SENT), 100),
        text=text,
        comment="\n\n".join(filter(None, (_comment(lines[: head.begin]), beside))),
        attachments=message.attachments,
        message_id=named[0] if named else _named_outside(message),
        references=message.references,
    )


def inside(mail: Forwarded) -> Forwarded | NotForwarded:
    """The mail that a passed-on one passes on itself."""
    return read_inline(Message(author=mail.author, subject=mail.subject, text=mail.text, attachments=mail.attachments))


def is_passed_on(subject: str) -> bool:
    """Does a subject say that the mail was forwarded?"""
    return _prefix(subject) in FORWARD_PREFIXES


def without_prefixes(subject: str) -> str:
    """A subject without what programs put before it when they pass a mail on or answer it."""
    for _ in range(10):
        if _prefix(subject) not in FORWARD_PREFIXES | _REPLIES:
            break
        subject = subject.partition(":")[2].strip()
    return subject


def is_opening(line: str) -> bool:
    """Is it a line below which a passed-on mail stands? mutt and Lotus name its author in it."""
    line = line.replace("\u00a0", " ")
    if is_forward_line(line):
        return True
    stripped = line.strip().lstrip("> ")
    if len(stripped) > 300 or not stripped.startswith(("-", "_", "=", "*", "—", "–")):
        return False
    words = folded(stripped.strip(_DASHES))
    return any(
        words.startswith(phrase) and words[len(phrase) :].lstrip().startswith(_PREPOSITIONS) for phrase in FORWARDED
    )


def _of_attached(message: Message, part: Attachment, attached: Message) -> Forwarded | NotForwarded:
    if attached.author is None:
        return NotForwarded(why=f"the attached mail has no author: {attached.author_why}", is_tried=True)
    own = tuple(each for each in message.attachments if each is not part and not each.inline)
    date = attached.date.isoformat(" ", "minutes") if attached.date else ""
    return Forwarded(
        author=attached.author,
        subject=attached.subject,
        date=date,
        text=attached.text.strip("\n"),
        comment=_comment(message.reply.split("\n")),
        attachments=(*attached.attachments, *own),
        message_id=attached.message_id,
        references=(*attached.in_reply_to, *attached.references),
    )


def _forward_head(lines: Sequence[str]) -> _Head | None:
    """The fields below a line that says that a mail is passed on."""
    for index, line in enumerate(lines[:MAX_LINES]):
        if line[:20].strip() and is_opening(line):
            start = next((at for at in range(index + 1, _near(lines, index + 1)) if _text(lines[at])), None)
            head = _fields(lines, start, is_certain=True) if start is not None else None
            if head is not None:
                return _Head(values=head.values, begin=index, end=head.end, depth=head.depth)
    return None


def _outlook_head(lines: Sequence[str], subject: str) -> _Head | None:
    """Fields alone: an answer has them as well, so the subject must not call it one."""
    if _prefix(subject) in _REPLIES:
        return None
    for index, line in enumerate(lines[:MAX_LINES]):
        if ":" in line[:60] or "：" in line[:60]:
            name = label(line)
            if name in FROM and header_block(lines, index):
                return _fields(lines, index, is_certain=False)
            if name in LABELS and is_passed_on(subject) and header_block(lines, index):
                return _fields(lines, index, is_certain=False)
    return None


def _fields(lines: Sequence[str], start: int, *, is_certain: bool) -> _Head | None:
    """The fields that begin with this line, None where they name no author."""
    values: dict[str, str] = {}
    names: list[str] = []
    index, end = start, start
    limit = min(len(lines), start + MAX_HEAD)
    spaced = _is_spaced(lines, start)
    while index < limit:
        content = _text(lines[index])
        name = _name(content, is_certain=is_certain)
        if name and name not in values:
            values[name] = _value(content)
            names.append(name)
            end = index + 1
        elif not content:
            if not spaced or not _goes_on(lines, index, values):
                break
        elif names and (_is_rest(values[names[-1]], content) or _is_wrapped(lines, index, limit, is_certain)):
            values[names[-1]] = f"{values[names[-1]]} {content}"[:MAX_VALUE]
            end = index + 1
        else:
            break
        index += 1
    if not FROM & values.keys():
        return None
    return _Head(values=values, begin=start, end=end, depth=_depth(lines[start]))


def _is_spaced(lines: Sequence[str], start: int) -> bool:
    """Does an empty line stand below each field? Some programs write each as a paragraph."""
    following = [_text(line) for line in lines[start + 1 : start + 3]]
    return len(following) == 2 and not following[0] and label(following[1]) in LABELS


def _goes_on(lines: Sequence[str], index: int, values: dict[str, str]) -> bool:
    found = next((_text(lines[at]) for at in range(index + 1, _near(lines, index + 1)) if _text(lines[at])), "")
    return label(found) in LABELS and label(found) not in values


def _is_rest(value: str, content: str) -> bool:
    """Does a list of addresses go on in this line?"""
    return value.endswith((",", ";")) and "@" in value + content


def _is_wrapped(lines: Sequence[str], index: int, limit: int, is_certain: bool) -> bool:
    """Is this line the rest of a field that was too long? Only if another field follows."""
    for line in lines[index + 1 : min(limit, index + 1 + MAX_WRAPPED)]:
        content = _text(line)
        if not content:
            return False
        if _name(content, is_certain=is_certain):
            return True
    return False


def _near(lines: Sequence[str], start: int) -> int:
    return min(len(lines), start + MAX_GAP)


def _name(content: str, *, is_certain: bool) -> str:
    """The label of a field; below a line that says so any field counts, else only those that programs write."""
    name = label(content)
    if name in LABELS or name == _MESSAGE_ID:
        return name
    return name if is_certain and _ANY_FIELD.match(content) else ""


def _value(content: str) -> str:
    return content.replace("：", ":", 1).partition(":")[2].strip(" \t*\u00a0")[:MAX_VALUE]


def _text(line: str) -> str:
    """A line without the marks of a quotation."""
    return line.lstrip("> \t\u00a0").rstrip()


def _depth(line: str) -> int:
    return line[: len(line) - len(line.lstrip("> \t"))].count(">")


def _author(value: str) -> Address | None:
    """The one address of a From field, in whatever form a program wrote it; with two of them it is nobody's."""
    plain = _MAILTO.sub(lambda found: f"<{found[1]}>", value.replace("<mailto:", " <mailto:")).strip()
    named = {found.strip(".'").casefold() for found in _ANY_ADDRESS.findall(plain)}
    found = {address.address.casefold(): address.address for address in addresses(plain)}
    address = next(iter(found.values()), "")
    if len(named | found.keys()) != 1 or not is_addr_spec(address) or not (address == plain or "<" in plain):
        return None
    name = plain.partition("<")[0].strip(" \t\"'*")
    return Address(address=address, name="" if "@" in name else clean.line(name, 200))


def _body(lines: Sequence[str], head: _Head) -> tuple[str, str]:
    """The text below the fields without its marks, and what stands beside it: words of the one who passes it on."""
    below = list(lines[head.end :])
    end = next((index for index, line in enumerate(below) if _is_end(line)), len(below))
    text, beside = below[:end], below[end + 1 :]
    if head.depth:
        beside = [line for line in text if line.strip() and not _MARK.match(line)] + beside
        text = [_unmarked(line, head.depth) for line in text if not line.strip() or _MARK.match(line)]
    return "\n".join(text).strip("\n"), _comment(beside)


def _unmarked(line: str, depth: int) -> str:
    for _ in range(depth):
        found = _MARK.match(line)
        if not found:
            break
        line = line[found.end() :]
    return line.removeprefix(" ")


def _is_end(line: str) -> bool:
    """`----- End forwarded message -----`."""
    stripped = line.strip().lstrip("> ")
    if not stripped.startswith(("-", "=", "_")) or len(stripped) > 120:
        return False
    words = folded(stripped.strip(_DASHES))
    return any(words.startswith(begin) and words.removeprefix(begin) in FORWARDED for begin in _ENDS)


def _comment(above: Sequence[str]) -> str:
    """What he wrote, without his signature and what his program drew above the mail."""
    lines = list(above)
    while lines and (not lines[-1].strip() or is_ruler(lines[-1]) or is_separator(lines[-1])):
        lines.pop()
    return "\n".join(lines[: signature_start(lines)]).strip()


def _named_outside(message: Message) -> str:
    """The id that the mail itself gives the one it passes on: programs refer to it as to one that they answer."""
    named = message_ids(message.header("X-Forwarded-Message-Id"))
    return next(iter((*named, *message.in_reply_to[:1], *message.references[-1:])), "")


def _prefix(subject: str) -> str:
    return folded(subject.partition(":")[0].strip()) if ":" in subject else ""
