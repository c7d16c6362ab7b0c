"""May our smarthost send in our name? SPF (RFC 7208) of the domains in our From and in our return path."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from gateway.authn import spf
from gateway.authn.answers import Answer, AnswerState
from gateway.authn.domains import shown
from gateway.cli.checks_site import Note, Notes, Site, ok, problem, txt_record, unanswered, unknown, warning
from gateway.clock import SystemClock
from gateway.model import Envelope, Via

MOST_LOOKUPS = 10
"""RFC 7208 §4.6.4: terms that ask DNS, those of included records counted in; one more, and the record is worthless."""
_INSIDE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
_ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")


def check(site: Site) -> Notes:
    """The reply domain stands in MAIL FROM of agents' answers, the support domain in From and, for some, in HELO."""
    smarthost = smarthost_addresses(site)
    for domain in dict.fromkeys((site.reply_domain, *site.support_domains)):
        answer = site.dns.txt(domain)
        if answer.state is AnswerState.TEMPERROR:
            yield unanswered(f"SPF of {domain}", answer)
            continue
        records = spf_records(answer)
        if not records:
            yield _missing(site, domain, smarthost)
        elif len(records) > 1:
            yield problem(f"{domain} has {len(records)} SPF records: receivers use none of them", "join them into one")
        else:
            yield from _judge(site, domain, records[0], smarthost)


def spf_records(answer: Answer[bytes]) -> list[str]:
    """Those of some TXT records that are SPF (RFC 7208 §4.5)."""
    texts = [record.decode("ascii", "replace") for record in answer.records]
    return [text for text in texts if text.lower().split(" ", 1)[0] == "v=spf1"]


def smarthost_addresses(site: Site) -> tuple[str, ...]:
    """The public addresses of the smarthost; () where it is not known from where our mail goes out."""
    host = urlsplit(site.config.outbox.destination).hostname if site.sends else None
    if not host:
        return ()
    try:
        found: tuple[str, ...] = (str(ipaddress.ip_address(host)),)
    except ValueError:
        found = (*site.dns.a(host).records, *site.dns.aaaa(host).records)
    return tuple(address for address in found if not _is_inside(address))


def _is_inside(address: str) -> bool:
    """Is it one that only our own network knows? Outside, another address of that server is seen."""
    ip = ipaddress.ip_address(address)
    return ip.is_loopback or any(ip in network for network in _INSIDE if network.version == ip.version)


def _missing(site: Site, domain: str, smarthost: tuple[str, ...]) -> Note:
    return site.grave(
        f"{domain} has no SPF record: receivers cannot tell who may send in its name",
        "add it" if smarthost else "add it, with the servers that send for you in the place of mx",
        txt_record(domain, f"v=spf1 {_terms(smarthost)} -all"),
    )


def _terms(addresses: tuple[str, ...]) -> str:
    return " ".join(f"ip{ipaddress.ip_address(address).version}:{address}" for address in addresses) or "mx"


def _judge(site: Site, domain: str, record: str, smarthost: tuple[str, ...]) -> Notes:
    spent = sum(1 for _ in _lookups(site, record, MOST_LOOKUPS + 1))
    if spent > MOST_LOOKUPS:
        yield problem(
            f"SPF of {domain} needs more than {MOST_LOOKUPS} DNS look-ups: receivers give up on it",
            "replace an include: or a: by the addresses that it stands for",
        )
        return
    if record.lower().split()[-1] in ("+all", "all"):
        yield warning(f"SPF of {domain} ends in +all: it lets everybody send in its name", "end it in -all")
    results = [_evaluate(site, domain, address) for address in smarthost or ("192.0.2.1",)]
    broken = next((found for found in results if found.result == "permerror"), None)
    silent = next((found for found in results if found.result == "temperror"), None)
    unnamed = tuple(
        address for address, found in zip(smarthost, results, strict=False) if found.result not in ("pass", "temperror")
    )
    if broken:
        yield problem(f"SPF of {domain} cannot be used: {broken.why}", f"mend this record: {shown(record)}")
    elif unnamed:
        yield warning(
            f"SPF of {domain} does not name the smarthost ({', '.join(unnamed)})",
            "unless it sends from another address, put this before the term that ends in all: " + _terms(unnamed),
        )
    elif silent:
        yield unknown(f"SPF of {domain}", silent.why)
    else:
        names = "it names the smarthost" if smarthost else "whether it names the servers that send for you is not known"
        yield ok(f"{domain} has one record, {spent} of {MOST_LOOKUPS} look-ups, {names}")


def _evaluate(site: Site, domain: str, address: str) -> spf.SpfResult:
    envelope = Envelope(
        via=Via.SMTP,
        received_at=SystemClock().now(),
        mail_from=f"postmaster@{domain}",
        peer_ip=address,
        helo=site.config.outbox.dkim_domain or domain,
    )
    return spf.check(envelope, site.dns)


def _lookups(site: Site, record: str, at_most: int) -> Iterator[str]:
    """The terms that ask DNS, in this record and in those that it includes; ends after `at_most` of them."""
    waiting = [record]
    while waiting and at_most:
        for term in waiting.pop().split()[1:]:
            name, target = _term(term)
            if name not in _ASKING or not at_most:
                continue
            yield term
            at_most -= 1
            if name in ("include", "redirect") and "%" not in target:
                waiting += spf_records(site.dns.txt(target))[:1]


def _term(term: str) -> tuple[str, str]:
    """A mechanism or modifier in lower case, and what it is about."""
    for separator in ":=/":
        name, found, target = term.lstrip("+-~?").partition(separator)
        if found and name.isalpha():
            return name.lower(), target
    return term.lstrip("+-~?").lower(), ""
