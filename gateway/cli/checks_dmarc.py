"""What happens to mail that somebody forges in our name? DMARC of our own domains, and of those that agents write from.

Who forges our support address fools customers; who forges an agent gives orders, unless the order has to be proven.
"""

from gateway.authn.dmarc import DmarcRecord, RecordState, find_record
from gateway.authn.domains import ascii_domain, organisational_domain
from gateway.cli.checks_site import Note, Notes, Site, ok, problem, txt_record, unknown, warning

ENFORCED = ("quarantine", "reject")


def check(site: Site) -> Notes:
    """Of the support domain, and of the reply domain, in whose name nobody ever writes."""
    for domain in site.support_domains:
        yield _of_support(site, domain, find_record(ascii_domain(domain) or domain, site.dns))
    if site.reply_domain not in site.support_domains:
        yield _of_reply(site, find_record(ascii_domain(site.reply_domain) or site.reply_domain, site.dns))
    main = site.support_domains[0]
    if organisational_domain(site.reply_domain) != organisational_domain(main):
        yield warning(
            f"{site.reply_domain} and {main} are different organisations: SPF of our mail, which is of"
            f" {site.reply_domain}, does not count for {main}, so DMARC passes by DKIM alone",
            f"take a reply domain below {organisational_domain(main)}, or make sure that everything is signed",
        )


def agents(site: Site) -> Notes:
    """An agent's order counts only where his domain proves that he wrote it."""
    for domain in site.agents_domains:
        record = find_record(ascii_domain(domain) or domain, site.dns)
        if record.state is RecordState.UNKNOWN:
            yield unknown(f"DMARC of {domain}", record.why)
        elif record.state is RecordState.FOUND and record.policy in ENFORCED:
            yield ok(f"{domain} has p={record.policy}: an order in an agent's name is proven, or it is forged")
        else:
            yield _unproven(domain, record)


def _unproven(domain: str, record: DmarcRecord) -> Note:
    if record.state is RecordState.BROKEN:
        says = f"{domain} has a DMARC record that cannot be used ({record.why})"
    elif record.state is RecordState.ABSENT:
        says = f"{domain} has no DMARC record"
    else:
        says = f"{domain} has DMARC with p=none"
    return warning(
        f"{says}: agents' orders from there cannot be proven but by its own DKIM signature (or SPF) alone; without one"
        " they are held",
        "sign everything that agents send, then add or change this record",
        _record(domain, "quarantine"),
    )


def _of_support(site: Site, domain: str, record: DmarcRecord) -> Note:
    match record.state:
        case RecordState.UNKNOWN:
            return unknown(f"DMARC of {domain}", record.why)
        case RecordState.BROKEN:
            return problem(f"DMARC of {domain} cannot be used: {record.why}", "have only this", _record(domain))
        case RecordState.ABSENT:
            says = f"{domain} has no DMARC record: anybody can write to your customers in its name"
            return site.grave(says, "add it; p=none first, if other systems send from there", _record(domain))
    if record.policy in ENFORCED:
        return ok(f"{domain} has p={record.policy}")
    says = f"{domain} has DMARC with p=none: forged mail in its name is delivered"
    return warning(says, "when the reports show that all your own mail passes, publish", _record(domain))


def _of_reply(site: Site, record: DmarcRecord) -> Note:
    domain = site.reply_domain
    if record.state is RecordState.UNKNOWN:
        return unknown(f"DMARC of {domain}", record.why)
    if record.state is RecordState.FOUND and record.policy in ENFORCED:
        return ok(f"{domain} has p={record.policy}, of its own or by sp= above it")
    above = organisational_domain(domain)
    return warning(
        f"nothing forbids to write in the name of {domain}, from which no mail ever comes",
        "add this" if above == domain else f"add this, or sp=reject to the record of {above}",
        txt_record(f"_dmarc.{domain}", "v=DMARC1; p=reject"),
    )


def _record(domain: str, policy: str = "quarantine") -> str:
    return txt_record(f"_dmarc.{domain}", f"v=DMARC1; p={policy}; rua=mailto:postmaster@{domain}")
