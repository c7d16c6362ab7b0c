"""Do answers to signed addresses reach us, and nobody else? The reply domain, and our own name in DNS."""

import ipaddress

from gateway.authn.answers import AnswerState
from gateway.cli.checks_site import Note, Notes, Site, ok, problem, unanswered, warning

LONGEST_REPLY_DOMAIN = 17
"""Characters: a signed reply address with its 33 before the domain then fits into the 64 that SRS and BATV leave."""
NO_NAME = "localhost"
"""What `hostname` says while nobody has set it."""


def reply_domain(site: Site) -> Notes:
    """Its length, that it is nobody's else, and where its mail goes."""
    domain = site.reply_domain
    if len(domain) > LONGEST_REPLY_DOMAIN:
        yield warning(
            f"{domain} has {len(domain)} characters: with more than {LONGEST_REPLY_DOMAIN} some forwarders cut signed"
            " addresses; the tickets are then found by other traces only",
            "take a shorter name before the first customer has an address in it",
        )
    shared = [name for name in (*site.support_domains, *site.agents_domains) if name == domain]
    if shared:
        yield problem(
            f"{domain} is also the domain of support or agents' addresses: who gets a signed address there could pass"
            " for one of yours wherever the domain alone is trusted (sign-ups, single sign-on)",
            f"take a domain of its own, such as reply.{domain}",
        )
    yield _mail_exchanger(site, domain)


def _mail_exchanger(site: Site, domain: str) -> Note:
    answer = site.dns.mx(domain)
    hosts = [mx.host.lower().rstrip(".") for mx in sorted(answer.records)]
    ours = own_names(site)
    record = f"{domain}. IN MX 10 {next(iter(ours), f'mx.{domain}')}."
    if answer.state is AnswerState.TEMPERROR:
        return unanswered(f"where mail to {domain} goes", answer)
    if not hosts:
        says = f"DNS names no mail server (MX) for {domain}: customers' answers will not arrive"
        return site.grave(says, "add it, with the server that is to take them", record)
    if hosts == [""]:
        return problem(f"{domain} takes no mail (null MX, RFC 7505): customers' answers are refused", "replace", record)
    goes = f"mail to {domain} goes to {', '.join(hosts)}"
    if not ours:
        return ok(f"{goes}; whether it comes from there to this gateway is not for DNS to tell")
    if set(hosts) & set(ours) or _addresses(site, hosts) & _addresses(site, ours):
        return ok(goes)
    return warning(
        f"{goes}, and not to {' or '.join(ours)}",
        "unless that server hands it on to this gateway, change it to",
        record,
    )


def own_names(site: Site) -> tuple[str, ...]:
    """The names of the server that takes our mail from outside: our border, else ourselves; () where nobody set any."""
    config = site.config
    names = [site.trust.border]
    if config.ingest.smtp.listen and not any(names):
        names = [config.ingest.smtp.hostname]
    return tuple(name.lower().rstrip(".") for name in names if name and name != NO_NAME)


def host_name(site: Site) -> Notes:
    """Where strangers' servers connect to us: do our name and our address lead to each other?"""
    smtp = site.config.ingest.smtp
    if not any(_is_public(where) for where in smtp.listen):
        return
    if smtp.hostname == NO_NAME:
        yield warning('[ingest.smtp] hostname is "localhost", and other servers are greeted with it', "set it")
        return
    name = smtp.hostname.lower().rstrip(".")
    four, six = site.dns.a(name), site.dns.aaaa(name)
    addresses = (*four.records, *six.records)
    for answer in (four, six):
        if answer.state is AnswerState.TEMPERROR:
            yield unanswered(f"the address of {name}", answer)
            return
    if not addresses:
        says = f"{name}, our own name, has no address in DNS"
        yield site.grave(says, "add it, with the address that other servers see", f"{name}. IN A 192.0.2.1")
    for address in addresses:
        yield _leads_back(site, name, address)


def _leads_back(site: Site, name: str, address: str) -> Note:
    pointer = ipaddress.ip_address(address).reverse_pointer
    answer = site.dns.ptr(pointer)
    if answer.state is AnswerState.TEMPERROR:
        return unanswered(f"the name of {address}", answer)
    names = [found.lower().rstrip(".") for found in answer.records]
    if name in names:
        return ok(f"{name} is {address}, and {address} is {name}")
    says = f"{address} is called {', '.join(names)}" if names else f"{address} has no name (PTR)"
    return warning(
        f"{says}, not {name}: large providers refuse mail from such a server",
        "have whoever gave you the address set",
        f"{pointer}. IN PTR {name}.",
    )


def _is_public(where: str) -> bool:
    if where.startswith("unix:"):
        return False
    if where.startswith("systemd:"):
        return True
    host = where.rpartition(":")[0].strip("[]")
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != NO_NAME


def _addresses(site: Site, hosts: tuple[str, ...] | list[str]) -> set[str]:
    return {address for host in hosts for address in (*site.dns.a(host).records, *site.dns.aaaa(host).records)}
