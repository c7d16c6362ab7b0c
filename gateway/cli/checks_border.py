"""Is there a server in front of us whose word counts, and can nobody else put words into its mouth (threat A-13)?

A border's `Authentication-Results` (RFC 8601) is only worth something if the border removes those that strangers put
into their mail under its name. No look at the configuration shows that; a mail shows it that went in from outside with
such a field in it: `probe_mail` makes one, `judge` looks at what came out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.authn.border import FIELD, BorderReport, read_report
from gateway.authn.domains import shown
from gateway.authn.header import UnreadableHeader, read_fields, split
from gateway.authn.results import UnreadableResults, parse
from gateway.authn.signed import SignedMail
from gateway.authn.trust import Trust, trust_of
from gateway.cli.checks_site import Note, Notes, Site, ok, problem, warning
from gateway.clock import SystemClock
from gateway.model import Envelope, Via

PROBE_FIELD = "X-Border-Probe"
PROBE_DOMAIN = "probe.invalid"
"""Where the probe says that it comes from (RFC 2606 §2); true results name it, too."""
FORGED_DOMAIN = f"forged.{PROBE_DOMAIN}"
"""Stands in the results that the probe forges, and in no true ones."""
DOCUMENT = "docs/identity.md"
_FORGED_RESULTS = (
    ("dmarc", "header.from"),
    ("spf", "smtp.mailfrom"),
    ("dkim", "header.d"),
    ("arc", "header.oldest-pass"),
)


def check(site: Site) -> Notes:
    """Is one named, and is one needed? The configuration takes both settings, or none."""
    ingest, trust = site.config.ingest, site.trust
    if trust.authserv_id:
        yield ok(
            f"{trust.authserv_id} is believed above the Received field of {trust.border};"
            " `check --border` shows whether that server removes forged results"
        )
    elif ingest.lmtp.listen or ingest.imap or trust.border_networks:
        yield warning(
            "mail that another server hands on (LMTP, IMAP, border_networks) is judged by its DKIM signature alone: SPF"
            " is for the server that took it from outside, and that one's word does not count here",
            f"set [authentication] authserv_id and border ({DOCUMENT} says how)",
        )
    else:
        yield ok("no other server's word counts, and none is needed: no mail comes from one")


def probe_mail(site: Site) -> str:
    """A mail to be sent to us from outside, with results and a Received field forged in our border's name.

    The results come alone and together, and the name in several spellings: some programs remove a field only for the
    results that they write themselves, or only the first of several.
    """
    trust, support = site.trust, site.config.support_address
    results = [f"{kind}=pass {about}={FORGED_DOMAIN}" for kind, about in _FORGED_RESULTS]
    fields = [f"{trust.authserv_id}; {result}" for result in results]
    fields += [f"{trust.authserv_id};\n " + ";\n ".join(results), f"{trust.authserv_id.upper()} (a) 1; {results[0]}"]
    return (
        f"Received: from {PROBE_DOMAIN} ({PROBE_DOMAIN} [192.0.2.1]) by {trust.border};"
        " Tue, 01 Sep 2026 10:00:00 +0000\n"
        + "".join(f"Authentication-Results: {field}\n" for field in fields)
        + f"{PROBE_FIELD}: {trust.authserv_id}\n"
        f"From: Border probe <probe@{PROBE_DOMAIN}>\nTo: {support}\nSubject: Border probe\n"
        f"Message-ID: <probe@{PROBE_DOMAIN}>\nDate: Tue, 01 Sep 2026 10:00:00 +0000\n\n"
        "A test of the mail server in front of ticket-gateway. Nobody has to do anything.\n"
    )


def is_probe(raw: bytes) -> bool:
    """Does the mail say that it is one? Anybody may: it is only a way to find it."""
    return f"\n{PROBE_FIELD}:".lower().encode() in b"\n" + split(raw)[0].lower()


def judge(site: Site, raw: bytes) -> Notes:
    """What a mail shows that came through the border: its own results, their place, and what it left of forged ones."""
    trust = trust_of(site.config)
    if not trust.authserv_id:
        yield problem("[authentication] authserv_id and border are not set: nothing is believed", "set both")
        return
    try:
        fields = read_fields(split(raw)[0])
    except UnreadableHeader as error:
        yield problem(f"the header of this mail cannot be read: {error}")
        return
    servers = [_servers(value) if name.lower() == b"received" else () for name, value in fields]
    edge = next((place for place, names in enumerate(servers) if trust.border in names), None)
    if edge is None:
        yield _no_border(trust.border, [name for names in servers for name in names])
        return
    results = [_results(place, value) for place, (name, value) in enumerate(fields) if name.lower() == FIELD]
    envelope = Envelope(via=Via.LMTP, received_at=SystemClock().now())
    yield _own(trust, read_report(SignedMail(raw), envelope, trust), results)
    left = [each for each in results if each.is_forged or (each.place > edge and each.authserv_id == trust.authserv_id)]
    yield _left(trust, left, edge, is_probe=is_probe(raw))


@dataclass(frozen=True, slots=True)
class _Results:
    """One Authentication-Results field: where it stands (0 is on top) and who is said to have written it."""

    place: int
    authserv_id: str
    is_forged: bool
    """By our own probe."""


def _results(place: int, value: bytes) -> _Results:
    text = value.decode("latin-1")
    try:
        identifier = parse(text).authserv_id
    except UnreadableResults:
        identifier = ""
    return _Results(place, identifier, FORGED_DOMAIN in text)


def _servers(received: bytes) -> tuple[str, ...]:
    """The names behind `by` in a Received field; as the border's line is found in every mail (`authn.border`)."""
    words = re.split(r"[\s;()]+", received.decode("latin-1").lower())
    return tuple(after.removesuffix(".") for word, after in pairwise(words) if word == "by")


def _no_border(border: str, names: Sequence[str]) -> Note:
    seen = ", ".join(shown(name) for name in dict.fromkeys(names) if name) or "none"
    return problem(
        f"no Received field says that {border} took this mail (it names: {seen}): a stranger could write one himself,"
        " and would be believed",
        "set [authentication] border to the name behind `by` in the Received field of the server that takes mail from"
        " outside",
    )


def _own(trust: Trust, report: BorderReport, results: Sequence[_Results]) -> Note:
    name = trust.authserv_id
    if report.results is not None:
        return ok(f"{name} put its results where they are believed")
    others = ", ".join(dict.fromkeys(shown(each.authserv_id) or "?" for each in results if not each.is_forged))
    return problem(
        f"nothing of {name} is believed: {report.why} (fields are of: {others or 'nobody'})",
        "set authserv_id to the first word of the field that your border adds; have it add one, in one place, on top",
    )


def _left(trust: Trust, left: Sequence[_Results], edge: int, *, is_probe: bool) -> Note:
    name = trust.authserv_id
    if any(each.place < edge for each in left):
        return problem(
            f"a forged field in the name of {name} stands where it is BELIEVED: everybody can pass for everybody",
            "unset authserv_id and border at once; then see that the border adds a Received field of its own on top",
        )
    if left:
        return problem(
            f"the border did not remove a field in the name of {name} that came from outside. It is not believed: it"
            " stands below the border's own Received field, and nothing but that protects you",
            f"have the border remove it (RFC 8601 §5; {DOCUMENT} says how)",
        )
    if is_probe:
        return ok(f"what was forged in the name of {name} was removed")
    return warning(
        "this mail held nothing forged, so it does not show whether the border would remove it",
        "send the mail that `ticket-gateway check --probe` prints to yourself from outside, and look at that one",
    )
