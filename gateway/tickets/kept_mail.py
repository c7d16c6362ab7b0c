"""A mail as its ticket keeps it, for who is told of it once more: without its raw bytes, which may be gone."""

import json

from gateway.mail.magic import look
from gateway.mail.message import Address, Attachment, Message
from gateway.model import Article, StoredAttachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.store.outcomes import outcome_of


def message_of(tx: Tx, article: Article) -> Message:
    """The mail, with those of its files that are still kept."""
    files = (_file(tx, file) for file in store.attachments(tx, article.id))
    return Message(
        author=Address(address=article.author, name=article.author_name) if article.author else None,
        message_id=article.message_id,
        subject=article.subject,
        text=article.text,
        reply=article.reply,
        attachments=tuple(file for file in files if file),
        defects=article.defects,
    )


def evidence_of(tx: Tx, article: Article) -> tuple[str, str, str]:
    """Grade, standing and token strength of an article's mail when it was decided; "" where that is not known."""
    outcome = outcome_of(tx, article.entry_id) if article.entry_id else None
    document = json.loads(outcome.explanation) if outcome and outcome.explanation else {}
    identity = document.get("identity", {})
    parts = (document.get("authentication", {}).get("grade"), identity.get("sender"), identity.get("token"))
    grade, standing, strength = (str(part or "") for part in parts)
    return grade, standing, strength


def _file(tx: Tx, file: StoredAttachment) -> Attachment | None:
    content = store.blob(tx, file.sha256)
    if content is None:
        return None
    found = look(content, file.filename, file.content_type)
    return Attachment(
        filename=file.filename,
        content_type=file.content_type,
        content=content,
        sha256=file.sha256,
        inline=file.inline,
        content_id=file.content_id,
        found_type=found.media_type,
        danger=found.danger.value if found.danger else "",
    )
