"""From a row of the outbox to the bytes that leave: rendered, built, signed.

The same row gives the same mail each time (but for the time in its DKIM signature).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateway import markdown
from gateway.errors import Permanent
from gateway.mail.build import Draft, File, build, wire_address
from gateway.mail.message import Address
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.scrub import remove_tokens, scrub
from gateway.outbox.sign import Signer, sign
from gateway.outbox.transport import Letter
from gateway.render import Renderer

OWN_VALUES = frozenset({"reference"})
"""Values of ours that hold a token on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """What all our mail shares."""

    renderer: Renderer
    sender: Address
    """The From of everything: the desk's name and its support address."""
    signer: Signer | None = None


def compose(
    composer: Composer, outgoing: Outgoing, *, outbox_id: int, created_at: datetime, blobs: Mapping[str, bytes]
) -> Letter:
    """The finished mail. `blobs` holds the bytes of its attachments by their digest.

    Raises Permanent where it can never be sent, TemplateProblem where its template must be mended first.
    """
    outgoing = outgoing if outgoing.is_for_the_desk else _scrubbed(outgoing)
    formatted = {"text": outgoing.formatted} if outgoing.formatted else {}
    rendered = composer.renderer.render(outgoing.template, outgoing.language, dict(outgoing.values), formatted)
    draft = Draft(
        message_id=outgoing.message_id,
        date=created_at,
        sender=composer.sender,
        recipient=outgoing.recipient,
        subject=outgoing.subject or rendered.subject,
        text=rendered.text,
        html=rendered.html,
        language=rendered.language,
        reply_to=outgoing.reply_to,
        in_reply_to=outgoing.in_reply_to,
        references=outgoing.references,
        auto_submitted=_auto_submitted(outgoing),
        files=_files(outgoing, blobs),
        pictures_at=markdown.PICTURES,
    )
    data = build(draft)
    return Letter(
        outbox_id=outbox_id,
        message_id=outgoing.message_id,
        created_at=created_at,
        mail_from=wire_address(outgoing.mail_from) if outgoing.mail_from else "",
        recipient=wire_address(outgoing.recipient.address),
        data=sign(composer.signer, data) if composer.signer else data,
    )


def _auto_submitted(outgoing: Outgoing) -> Literal["", "auto-replied", "auto-generated"]:
    if not outgoing.automatic:
        return ""
    return "auto-replied" if outgoing.limited and not outgoing.unasked else "auto-generated"


def _scrubbed(outgoing: Outgoing) -> Outgoing:
    return replace(
        outgoing,
        subject=remove_tokens(outgoing.subject),
        formatted=outgoing.formatted if _is_clean(outgoing.formatted) else "",
        values=tuple((name, value if name in OWN_VALUES else scrub(value)) for name, value in outgoing.values),
        attachments=tuple(
            replace(attachment, filename=remove_tokens(attachment.filename)) for attachment in outgoing.attachments
        ),
    )


def _is_clean(formatted: str) -> bool:
    """Is there nothing in it that would have to go? Else its plain text leaves, without that."""
    plain = markdown.plain(formatted)
    return scrub(plain) == plain


def _files(outgoing: Outgoing, blobs: Mapping[str, bytes]) -> tuple[File, ...]:
    missing = [attachment.filename for attachment in outgoing.attachments if attachment.sha256 not in blobs]
    if missing:
        raise Permanent(f"a file of this mail is no longer kept: {missing[0]}")
    return tuple(
        File(
            filename=attachment.filename,
            content_type=attachment.content_type,
            content=blobs[attachment.sha256],
            inline=attachment.inline,
        )
        for attachment in outgoing.attachments
    )
