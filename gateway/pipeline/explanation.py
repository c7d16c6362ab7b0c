"""The `explain` document of a decision: what each stage found and why. Its keys are a contract."""

from collections.abc import Sequence
from typing import Any

from gateway.authn.result import Authentication
from gateway.mail.message import Address, Message
from gateway.mail.nature import Nature
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.machines import class_of
from gateway.pipeline.overlay import overlay_of
from gateway.pipeline.plan import Plan
from gateway.pipeline.relation import strength_of
from gateway.topics.guess import TopicGuess


def explanation(evidence: Evidence, plan: Plan, *, with_text: bool = False) -> dict[str, Any]:
    """The document; the stored one leaves out the text, which stands in the article."""
    reading = evidence.reading
    ticket = evidence.match.ticket
    return {
        "source": reading.entry.envelope.source,
        "mail": _mail(reading.message, plan.language, with_text=with_text),
        "nature": _nature(reading.nature) | {"class": class_of(reading).value},
        "authentication": _authentication(reading.authentication),
        "spam": _spam(evidence),
        "virus": {
            "engine": reading.virus.engine,
            "state": reading.virus.state.value,
            "name": reading.virus.name,
            "why": reading.virus.why,
        },
        "identity": _identity(evidence),
        "match": {
            "ticket": str(ticket.id) if ticket else None,
            "by": evidence.match.by,
            "why": evidence.match.why,
        },
        "topic": _topic(evidence.topic, plan),
        "plan": _plan(plan),
    }


def _spam(evidence: Evidence) -> dict[str, Any]:
    report, overlay = evidence.reading.spam, overlay_of(evidence)
    return {
        "engine": report.engine,
        "state": report.state.value,
        "score": report.score,
        "threshold": report.threshold,
        "rules": list(report.rules),
        "why": report.why,
        "class": overlay.spam_class.value if overlay else None,
        "band": overlay.band.value if overlay else None,
        "verdict": overlay.verdict.value if overlay else None,
        "history": {
            "keys": list(evidence.history.keys),
            "reputation": evidence.history.reputation.value,
            "why": evidence.history.why,
        },
    }


def _authentication(authentication: Authentication) -> dict[str, Any]:
    return {
        "spf": authentication.spf,
        "spf_domain": authentication.spf_domain,
        "dkim": [{"domain": dkim.domain, "result": dkim.result, "why": dkim.why} for dkim in authentication.dkim],
        "dmarc": authentication.dmarc,
        "dmarc_policy": authentication.dmarc_policy,
        "arc": authentication.arc,
        "sealer": authentication.sealer,
        "trusted_results": authentication.trusted_results,
        "grade": authentication.grade.value,
        "why": authentication.why,
    }


def _identity(evidence: Evidence) -> dict[str, Any]:
    sender, token, shop = evidence.sender, evidence.reading.token, evidence.shop
    account = shop.account or sender.account
    reasons = (sender.why, token.why, shop.why if sender.accounts else "")
    return {
        "token": strength_of(evidence).value,
        "sender": sender.standing.value,
        "account": account.id if account else None,
        "shop": shop.shop.domain if shop.shop else None,
        "shop_by": shop.by,
        "why": "; ".join(filter(None, reasons)),
    }


def _topic(guess: TopicGuess, plan: Plan) -> dict[str, Any]:
    return {
        "name": guess.topic or None,
        "score": round(guess.score, 2),
        "why": guess.why,
        "others": [{"name": other.topic, "score": round(other.score, 2)} for other in guess.others],
        "team": plan.team or None,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "action": plan.action.value,
        "row": plan.row,
        "reply": plan.reply.value if plan.reply else None,
        "discloses": plan.disclosure.value,
        "asks_owner_of": [owner.id for owner in plan.owners],
        "links": str(plan.linked.id) if plan.linked else None,
        "answer": plan.answer.value if plan.answer else None,
        "language": plan.language,
        "why": plan.why,
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
                "found_type": attachment.found_type,
                "danger": attachment.danger,
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
