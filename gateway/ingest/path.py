"""Is this a path of RFC 5321 §4.1.2, and which mailbox does it name?

Strict on purpose: what is not a path is refused while the sender still listens. Each alternative begins with different
characters and nothing repeats inside a repeat, so the time is linear on any input.

BUGS: a local part may be longer than the 64 octets of §4.5.3.1.1, because senders that mark their return addresses
(VERP, SRS) make such; only the whole path is limited.
"""

import re
from dataclasses import dataclass

MAX_PATH = 512
"""Octets of a path; twice what RFC 5321 §4.5.3.1.3 allows."""

# Each class is said by what is not in it: with UTF8-non-ascii (RFC 6531 §3.3) among what is, it would take long to
# compile. So controls are named here, and halves of surrogate pairs are looked for after.
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_ATOM = rf"""[^{_CONTROLS} ()<>\[\]:;@\\,."]+"""
_QUOTED = rf'"(?:[^{_CONTROLS}"\\]|\\[ -~])*"'
_LOCAL_PART = rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})"
# An underscore is no letter of a domain, but there are senders whose domain has one.
_NO_LETTER = rf"{_CONTROLS} -,./:-@\[-\^`{{-~"
_LABEL = rf"[^{_NO_LETTER}-](?:[^{_NO_LETTER}]*[^{_NO_LETTER}-])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_LITERAL = r"\[[A-Za-z0-9.:-]{1,60}\]"
_MAILBOX = rf"{_LOCAL_PART}@(?:{_DOMAIN}|{_LITERAL})"
_ROUTE = rf"(?:@{_DOMAIN}(?:,@{_DOMAIN})*:)?"  # RFC 5321 §4.1.1.3: accepted and ignored
_PARAMETERS = r"(?: (?P<parameters>[!-~ ]*))?"
_REVERSE = re.compile(rf"<(?:{_ROUTE}(?P<mailbox>{_MAILBOX}))?>{_PARAMETERS}")
_FORWARD = re.compile(rf"<{_ROUTE}(?P<mailbox>{_MAILBOX}|[Pp][Oo][Ss][Tt][Mm][Aa][Ss][Tt][Ee][Rr])>{_PARAMETERS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPath:
    """The mailbox of a path, without angle brackets and source route, and what stood behind the path."""

    mailbox: str
    parameters: tuple[str, ...] = ()
    """`KEYWORD` or `KEYWORD=VALUE` as sent (RFC 5321 §4.1.2, esmtp-param), not yet looked at."""


def parse_reverse_path(text: str) -> SmtpPath | None:
    """What follows `MAIL FROM:`; the null reverse path `<>` has the mailbox `""`. None where it is not a path."""
    return _parse(_REVERSE, text)


def parse_forward_path(text: str) -> SmtpPath | None:
    """What follows `RCPT TO:`; also `<postmaster>` without a domain (RFC 5321 §4.1.1.3). None where it is no path."""
    return _parse(_FORWARD, text)


def _parse(pattern: re.Pattern[str], text: str) -> SmtpPath | None:
    match = pattern.fullmatch(text)
    if not match:
        return None
    mailbox = match["mailbox"] or ""
    try:
        octets = len(mailbox.encode("utf-8"))
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    if octets > MAX_PATH:
        return None
    return SmtpPath(mailbox=mailbox, parameters=tuple((match["parameters"] or "").split()))
