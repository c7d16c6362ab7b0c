"""What of an agent's mail may reach the customer? His own words, what they quote of the customer's, and his files.

His mail program quotes our notification, which says what only the desk may know: notes, colleagues, who the author is
taken for. A quotation passes only where the customer wrote or got every word of it. What is left of a notification
otherwise makes the whole mail go back to the agent: half an answer would be worse, and nobody would notice.

BUGS: a word processor's file is not looked into.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway import markdown
from gateway.formatted import formatted
from gateway.mail.images import safe_image_type
from gateway.mail.message import Attachment, Message
from gateway.mail.quotes import REPLY_MARKERS
from gateway.model import Agent, Article, ArticleKind, StoredAttachment
from gateway.outbox.scrub import INTERNAL_BEGIN, INTERNAL_END, remove_tokens

MARKS = (*REPLY_MARKERS.values(), INTERNAL_BEGIN, INTERNAL_END)
"""Lines of our notifications that nobody else writes."""
HOLDS_QUOTATION = (
    "Your answer holds a part of the mail that it answers, which is not for the customer. Write above the first line "
    "of the quotation and delete what is below."
)
COPIES_NOTE = (
    "Your answer holds a line of a note, which is not for the customer. If he may know it, say it in other words."
)
NOTABLE = 12
"""Characters of a line from which on it is not the same as a note's by chance, in a mail that quotes something."""
COPIED = 30
"""The same in a mail that quotes nothing: a short line may well be said inside and outside."""
MAX_KNOWN = 50_000
"""Characters of each article in which quoted lines are looked for."""

_LEFT_OUT = frozenset(
    {
        *("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"),
        *("application/pgp-keys", "application/ms-tnef", "application/vnd.ms-tnef"),
        *("text/vcard", "text/x-vcard", "text/directory"),
    }
)
"""What mail programs add by themselves: signatures and cards, which name the agent, Outlook's second copy of it all."""
_CUT_OFF = re.compile(r"att\d{3,6}\.(?:txt|html?)", re.IGNORECASE)
"""Exchange calls so what stands behind a picture: the rest of the text, and the quotation below it."""
_MAIL_NAMES = (".eml", ".msg")
_LABELLED = re.compile(r"\*?[^\W\d][^:@<>]{0,20}:\*? ")
_PICTURE_MARK = re.compile(
    r"[ \t]{0,9}\[(?:cid:[^\[\]\s]{1,250}|image: [^\[\]\n]{1,250}|inline image[^\[\]\n]{0,250})\][ \t]{0,9}",
    re.IGNORECASE,
)
"""Outlook's, Gmail's, and Gmail's of old."""
_QUOTE_BEGINS = ("##-", "<blockquote", "gmail_quote", "moz-cite", "divrplyfwdmsg", "appendonsend")
_SIGNATURE_BEGINS = ("gmail_signature", "moz-signature", 'id="signature"', "ms-outlook-mobile-signature")


def own_words(text: str, articles: Sequence[Article], correspondent: str) -> str:
    """The text without what it quotes of our notification that its reader does not have already."""
    lines = text.split("\n")
    if not any(_is_quoted(line) and _is_mark(line) for line in lines):
        return text  # what is quoted then was put there by hand
    known = _known(articles, correspondent)
    kept = [line for line in lines if not _is_quoted(line) or _stands_in(line, known)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def without_head(text: str, support_address: str) -> str:
    """The text without what a mail program put at its end to head the quotation that was cut off, in any language.

    A line that names the desk and ends with a colon, or three or more `Label: value` in a row of which one names it.
    """
    lines = text.rstrip().split("\n")
    block = len(lines)
    while block and _LABELLED.match(lines[block - 1]):
        block -= 1
    if len(lines) - block >= 3 and any(support_address in line for line in lines[block:]):
        return "\n".join(lines[:block]).rstrip()
    if support_address in lines[-1] and lines[-1].rstrip().endswith(":"):
        return "\n".join(lines[:-1]).rstrip()
    return text


def without_addresses(text: str, agents: Sequence[Agent], support_address: str) -> str:
    """The text with the desk's address in place of its agents' own ones: customers write to the desk."""
    for agent in agents:
        address = re.escape(agent.address)
        text = re.sub(rf"(?i)(?<![\w.+-]){address}(?![\w-]|\.\w)", lambda _: support_address, text)
    return text


def without_picture_marks(text: str, message: Message) -> str:
    """The text without what a mail program wrote in it in place of a picture: the customer sees the picture itself.

    Where nothing else is left it stays.
    """
    if not any(attachment.inline for attachment in message.attachments):
        return text
    left = re.sub(r"\n{3,}", "\n\n", _PICTURE_MARK.sub("", text)).strip()
    return left or text


def shown(files: Sequence[StoredAttachment], message: Message) -> list[StoredAttachment]:
    """The files with the pictures that stood in the agent's text as such, by their bytes; the others are attached."""
    kinds = {each.sha256: safe_image_type(each.content) for each in message.attachments if each.inline}
    return [
        replace(file, inline=True, content_type=kinds[file.sha256]) if kinds.get(file.sha256) else file
        for file in files
    ]


def formatting(message: Message, answer: str, agents: Sequence[Agent], support_address: str) -> str:
    """The answer as Markdown with the formatting of the agent's HTML, "" where it leaves as plain text."""
    found = formatted(message.html, answer)
    plain = markdown.plain(found)
    return "" if _is_mark(plain) or without_addresses(plain, agents, support_address) != plain else found


def repeats_a_note(text: str, articles: Sequence[Article], correspondent: str, *, least: int = NOTABLE) -> bool:
    """Does a line of at least so many characters stand in a note for the desk, and in nothing that the customer has?

    So does a quotation without its head, and the rest of a long quoted line that was wrapped badly.
    """
    notes = [_plain(article.text[:MAX_KNOWN]) for article in articles if _is_note(article)]
    known = _known(articles, correspondent) if notes else []
    long = [line for line in text.split("\n") if len(_plain(line)) >= least] if notes else []
    return any(_stands_in(line, notes) and not _stands_in(line, known) for line in long)


def problem_of(text: str, message: Message, agents: Sequence[Agent]) -> str:
    """Why nothing of this answer may leave, as a sentence for the agent; "" where it may."""
    if _is_mark(text):
        return HOLDS_QUOTATION
    for attachment in message.attachments:
        if _is_left_out(attachment):
            continue
        if attachment.content_type.startswith("message/") or attachment.filename.lower().endswith(_MAIL_NAMES):
            return f"The file {attachment.filename} is a mail, and those are not passed on. Attach what is needed."
        if _is_for_the_desk(attachment, agents):
            return f"The file {attachment.filename} holds what only the desk may see."
    return ""


def files(message: Message, digests: frozenset[str]) -> list[Attachment]:
    """The files that go with an answer; `digests` are those of the files that the ticket has already.

    A picture in the text goes as well, unless it stands in the quotation or the signature.
    """
    html = message.html.lower()
    return [
        attachment
        for attachment in message.attachments
        if not _is_left_out(attachment)
        and not (attachment.inline and (attachment.sha256 in digests or _is_scenery(attachment, html)))
    ]


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _is_mark(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def _known(articles: Iterable[Article], correspondent: str) -> list[str]:
    """What the customer wrote and got."""
    return [
        _plain(article.text[:MAX_KNOWN])
        for article in articles
        if article.kind is ArticleKind.OUT
        or (article.kind is ArticleKind.IN and article.author.casefold() == correspondent.casefold())
    ]


def _stands_in(line: str, known: Sequence[str]) -> bool:
    quoted = _plain(line)
    return bool(quoted) and any(quoted in text for text in known)


def _is_note(article: Article) -> bool:
    """Is it for the desk only? So is a note that was taken back; an answer that was may be written again."""
    is_withdrawn_note = article.kind is ArticleKind.WITHDRAWN and not article.message_id
    return article.kind is ArticleKind.INTERNAL or is_withdrawn_note


def _plain(text: str) -> str:
    """The words alone: mail programs wrap quoted lines anew."""
    return " ".join(" ".join(line.lstrip("> \t") for line in text.split("\n")).split())


def _is_left_out(attachment: Attachment) -> bool:
    if attachment.content_type in _LEFT_OUT:
        return True
    return _CUT_OFF.fullmatch(attachment.filename) is not None and _is_for_the_desk(attachment, ())


def _is_for_the_desk(attachment: Attachment, agents: Sequence[Agent]) -> bool:
    if any(mark.encode() in attachment.content for mark in MARKS):
        return True
    if not attachment.content_type.startswith("text/"):
        return False
    text = attachment.content.decode("latin-1")
    return remove_tokens(text) != text or any(agent.address.casefold() in text.casefold() for agent in agents)


def _is_scenery(attachment: Attachment, html: str) -> bool:
    at = html.find(f"cid:{attachment.content_id.lower()}") if attachment.content_id else -1
    return any(0 <= html.find(mark) < at for mark in (*_QUOTE_BEGINS, *_SIGNATURE_BEGINS))
