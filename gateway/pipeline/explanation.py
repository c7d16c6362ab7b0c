"""The `explain` document of a decision: what each stage found and why. Its keys are a contract."""

from collections.abc import Sequence
from typing import Any

from gateway.mail.message import Address, Message
from gateway.mail.nature import Nature
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Plan


def explanation(evidence: Evidence, plan: Plan, *, with_text: bool = False) -> dict[str, Any]:
    """The document; the stored one leaves out the text, which stands in the article."""
    reading = evidence.reading
    account = evidence.sender.account
    ticket = evidence.match.ticket
    shop = account.shops[0].domain if account and len(account.shops) == 1 else None
    return {
        "source": reading.entry.envelope.source,
        "mail": _mail(reading.message, plan.language, with_text=with_text),
        "nature": _nature(reading.nature),
        "authentication": {
            "spf": reading.authentication.spf,
            "dkim": [{"domain": dkim.domain, "result": dkim.result} for dkim in reading.authentication.dkim],
            "dmarc": reading.authentication.dmarc,
            "grade": reading.authentication.grade.value,
            "why": reading.authentication.why,
        },
        "spam": {
            "engine": reading.spam.engine,
            "state": reading.spam.state.value,
            "score": reading.spam.score,
            "threshold": reading.spam.threshold,
            "rules": list(reading.spam.rules),
            "why": reading.spam.why,
        },
        "identity": {
            "token": reading.token.strength.value,
            "sender": evidence.sender.standing.value,
            "account": account.id if account else None,
            "shop": shop,
            "why": f"{evidence.sender.why}; {reading.token.why}",
        },
        "match": {
            "ticket": str(ticket.id) if ticket else None,
            "by": evidence.match.by,
            "why": evidence.match.why,
        },
        "plan": {
            "action": plan.action.value,
            "reply": plan.reply.value if plan.reply else None,
            "language": plan.language,
            "why": plan.why,
        },
    }


def _mail(message: Message, language: str, *, with_text: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "message_id": message.message_id,
        "date": message.date.isoformat() if message.date else None,
        "from": _address(message.author) if message.author else None,
        "to": _addresses(message.to),
        "cc": _addresses(message.cc),
        "reply_to": _addresses(message.reply_to),
        "subject": message.subject,
        "language": language,
        "attachments": [
            {
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "size": attachment.size,
                "sha256": attachment.sha256,
                "inline": attachment.inline,
            }
            for attachment in message.attachments
        ],
        "defects": [*message.defects, *([message.unparsed] if message.unparsed else [])],
    }
    if with_text:
        document |= {
            "text": message.text,
            "reply": message.reply,
            "quoted": message.quoted,
            "signature": message.signature,
        }
    return document


def _nature(nature: Nature) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": nature.kind.value, "why": nature.why}
    if nature.bounce:
        document["bounce"] = {
            "recipients": [
                {"address": recipient.address, "status": recipient.status, "permanent": recipient.permanent}
                for recipient in nature.bounce.recipients
            ]
        }
    return document


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _addresses(addresses: Sequence[Address]) -> list[dict[str, str]]:
    return [_address(address) for address in addresses]
