"""What did our own border server find? The one Authentication-Results field that may be believed (RFC 8601 §5, §7.1).

Header fields are prepended, so whatever stands above the topmost `Received: … by BORDER` was written by the border, or
by servers behind it, after the mail had come in; whatever stands below, anybody may have written. What must stay true:
exactly one field of the configured authserv-id above that line counts; two of them, or a doubt about its grammar, count
as none; and nothing counts in a mail that a stranger handed to us himself.

BUGS: a border that writes no `Received` line, or writes another name into it than `[authentication] border`, makes the
first such line a forged one: `check` cannot see this. A border that writes its results *below* its own `Received` line
cannot be told from a forger, and is not believed.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from gateway.authn.domains import address_domain, ascii_domain
from gateway.authn.header import Field, UnreadableHeader
from gateway.authn.results import MethodResult, Results, UnreadableResults, parse
from gateway.authn.signed import SignedMail
from gateway.authn.trust import Trust, is_inside
from gateway.model import Envelope, Via

FIELD = b"authentication-results"


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderReport:
    """What the border says; `why` tells why there is nothing to believe, or is "" where nothing was to be expected."""

    results: Results | None = None
    why: str = ""

    @property
    def spf(self) -> tuple[str, str]:
        """Result and domain: of MAIL FROM, else of HELO; ("", "") where there is not exactly one."""
        found = self.results.of("spf") if self.results else ()
        for name in ("smtp.mailfrom", "smtp.helo"):
            about = [(one.result, domain_of(one.about(name))) for one in found if one.about(name)]
            if about:
                return about[0] if len(about) == 1 and about[0][1] else ("", "")
        return "", ""

    def vouches_for(self, author: str) -> bool:
        """Was the author's domain proven there?"""
        return self.results is not None and says_proven(self.results, author)


NO_REPORT = BorderReport()


def is_behind(envelope: Envelope, trust: Trust) -> bool:
    """Did a server of ours hand us this mail, so that its peer is not the sender's?"""
    if envelope.via is Via.SMTP:
        return bool(envelope.peer_ip) and is_inside(str(envelope.peer_ip), trust.border_networks)
    return envelope.via is not Via.FILE or not envelope.peer_ip


def read_report(mail: SignedMail, envelope: Envelope, trust: Trust) -> BorderReport:
    """The border's results, if there are any to believe."""
    if not (trust.authserv_id and trust.border and is_behind(envelope, trust)):
        return NO_REPORT
    try:
        fields = mail.fields
    except UnreadableHeader as error:
        return BorderReport(why=str(error))
    edge = next((place for place, field in enumerate(fields) if _is_by(field, trust.border)), None)
    if edge is None:
        return BorderReport(why=f"no Received line is by {trust.border}")
    ours = [value for field in fields[:edge] if (value := _own_value(field, trust.authserv_id)) is not None]
    if len(ours) > 1:
        return BorderReport(why=f"{len(ours)} fields of {trust.authserv_id} stand above the line of {trust.border}")
    if not ours:
        below = any(_own_value(field, trust.authserv_id) is not None for field in fields[edge:])
        where = "the only field stands below that line, where anybody could have written it" if below else "there is no"
        what = where if below else f"{where} field of {trust.authserv_id} above the line of {trust.border}"
        return BorderReport(why=what)
    try:
        return BorderReport(results=parse(ours[0]))
    except UnreadableResults as error:
        return BorderReport(why=f"the field of {trust.authserv_id} cannot be read: {error}")


def says_proven(results: Results, author: str) -> bool:
    """Does it say that DMARC passed for the author's domain or, where it says nothing of DMARC, a signature of it?"""
    dmarc = results.of("dmarc")
    if dmarc:
        return len(dmarc) == 1 and dmarc[0].result == "pass" and domain_of(dmarc[0].about("header.from")) == author
    return any(found.result == "pass" and _signing_domain(found) == author for found in results.of("dkim"))


def domain_of(value: str) -> str:
    """The domain of `alice@shop.test`, `@shop.test` or `shop.test`, spelled as `ascii_domain` does."""
    return address_domain(value) if "@" in value else ascii_domain(value)


def _signing_domain(found: MethodResult) -> str:
    return domain_of(found.about("header.d") or found.about("header.i"))


def _is_by(field: Field, border: str) -> bool:
    # Whatever looks like the line ends the trusted part: a line too many only makes it shorter.
    if field[0].lower() != b"received":
        return False
    words = re.split(r"[\s;()]+", _text(field).lower())
    return any(word == "by" and after.removesuffix(".") == border for word, after in pairwise(words))


def _own_value(field: Field, authserv_id: str) -> str | None:
    # Also where it cannot be read but may be ours: two readings of one field would be one too many.
    if field[0].lower() != FIELD:
        return None
    value = _text(field)
    try:
        return value if parse(value).authserv_id == authserv_id else None
    except UnreadableResults:
        return value if authserv_id in value.lower() else None


def _text(field: Field) -> str:
    return field[1].decode("latin-1")
