"""What we know about a mail and its bytes do not tell: who handed it over, and what of its author is proven.

Engines trust fields of the header, so those that a sender may have put there himself are not shown to them.
"""

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

_WORD = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_ADDRESS = re.compile(r"[!-;=?-~]{0,254}")
# What engines and our own border write: from outside it is a lie (threat A-08).
_OURS = re.compile(
    rb"^(?:x-spam-[^:\r\n]{0,80}|x-virus-[^:\r\n]{0,80}|x-rspamd-[^:\r\n]{0,80}|authentication-results|return-path)"
    rb"[ \t]{0,9}:[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(rb"\r?\n\r?\n")
HOST = "ticket-gateway.invalid"
"""Our name in fields that only the engine reads (RFC 2606)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The envelope and what authentication found; empty where it is not known."""

    peer_ip: str = ""
    helo: str = ""
    mail_from: str | None = None
    recipients: tuple[str, ...] = ()
    received_at: datetime | None = None
    spf: str = ""
    spf_domain: str = ""
    dkim: tuple[tuple[str, str], ...] = ()
    """Each signature's domain and result."""
    dmarc: str = ""


NOTHING = Known()


def with_preface(mail: bytes, known: Known) -> bytes:
    """The mail as the engine is to see it: our own fields on top, those that only we may write taken out."""
    end = _END.search(mail)
    cut = end.start() + 1 if end else len(mail)
    head = _OURS.sub(b"", mail[:cut])
    return "".join(f"{line}\r\n" for line in _preface(known)).encode() + head + mail[cut:]


def _preface(known: Known) -> list[str]:
    lines = []
    if known.mail_from is not None:
        lines.append(f"Return-Path: <{_clean(_ADDRESS, known.mail_from)}>")
    results = _results(known)
    if results:
        lines.append(f"Authentication-Results: {HOST};\r\n\t" + ";\r\n\t".join(results))
    address = _ip(known.peer_ip)
    if address and known.received_at:
        helo = _clean(_WORD, known.helo) or "unknown"
        date = format_datetime(known.received_at)
        lines.append(f"Received: from {helo} (unknown [{address}])\r\n\tby {HOST} with ESMTP id gateway;\r\n\t{date}")
    return lines


def _results(known: Known) -> list[str]:
    found = []
    if known.spf and known.spf != "none":
        found.append(f"spf={_clean(_WORD, known.spf)} smtp.mailfrom={_clean(_WORD, known.spf_domain)}")
    found += [
        f"dkim={_clean(_WORD, result)} header.d={_clean(_WORD, domain)}" for domain, result in known.dkim[:5] if domain
    ]
    if known.dmarc:
        found.append(f"dmarc={_clean(_WORD, known.dmarc)}")
    return found


def _clean(form: re.Pattern[str], text: str) -> str:
    return text if form.fullmatch(text) else ""


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
