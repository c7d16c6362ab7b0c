"""The daily list of held mail for the reviewers, in the order of what would be lost: known senders before strangers.

What must stay true: it goes to agents only, each with a reply address of his own, so that a copy that leaks lets nobody
act; whatever an outsider typed is one short line without a link; what a proven known sender wrote stands in it every
day until somebody has dealt with it; and what there was no room for stands in one of the next ones.
"""

import heapq
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import islice
from typing import Any

from gateway.mail.clean import line
from gateway.mail.message import Address
from gateway.model import Agent
from gateway.outbox.enqueue import enqueue
from gateway.outbox.limits import FREEMAIL
from gateway.outbox.outgoing import Outgoing
from gateway.store import digests, marks
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.store.digests import Digest, DigestLine
from gateway.store.marks import HeldMail
from gateway.store.types import EPOCH
from gateway.tickets.desk import Desk
from gateway.tickets.held import PROVEN_GRADES
from gateway.tokens import Purpose, canonical_address

MAX_LINES = 100
"""Mails that one digest shows."""
MAX_KEPT = 2000
"""Mails that wait for the next one where there is no room."""
OVERLAP = timedelta(hours=1)
"""How long before the last digest a mail may have been held that it did not see: it was just being written."""
UNPROVEN_DAYS = timedelta(days=3)
"""So long it is repeated what seems to be a known sender's: of proven ones everything is, until it is dealt with."""
STRANGER_DAYS = timedelta(days=14)
"""So long a stranger's mail waits for room."""
SHOWN_SUBJECT = 100
SHOWN_WHY = 140
SHOWN_RULES = 5


class Rank(IntEnum):
    """Whose mail it would be a loss not to see; the lowest first."""

    CUSTOMER = 0
    """S2."""
    KNOWN = 1
    """S1."""
    DOMAIN = 2
    """Somebody else at a domain of an account."""
    STRANGER = 3


# What says nothing about a mail, or weighs next to nothing with SpamAssassin.
_WEAK = re.compile(
    r"T_.*|HTML_MESSAGE|SPF_.*|DKIM_.*|DKIMWL_.*|RCVD_IN_DNSWL_.*|RCVD_IN_MSPIKE_.*|URIBL_BLOCKED|FREEMAIL_FROM"
    r"|NO_RELAYS|NO_RECEIVED|UNPARSEABLE_RELAY|ARC_.*|MIME_TRACE|RCVD_COUNT_.*|FROM_HAS_DN|TO_DN_.*|ASN"
)
_LINK = re.compile(r"(?i)(?<=[a-z])://|(?<=\bwww)\.|\.(?=[a-z]{2,24}/)")
_DEFUSED = {"://": "[:]//", ".": "[.]"}
_AGES = {
    "en": ("min", "h", "d"),
    "el": ("λ.", "ώρ.", "ημ."),
    "nl": ("min", "u", "d"),
    "fr": ("min", "h", "j"),
    "de": ("Min.", "Std.", "T."),
}
_NOBODY = {
    "en": "(no valid address)",
    "el": "(χωρίς έγκυρη διεύθυνση)",
    "nl": "(geen geldig adres)",
    "fr": "(sans adresse valable)",
    "de": "(keine gültige Adresse)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A held mail as a digest sees it."""

    mail: HeldMail
    rank: Rank
    is_proven: bool
    author: str
    name: str
    subject: str
    account: str
    score: float | None
    rules: tuple[str, ...]

    @property
    def order(self) -> tuple[int, bool, float, datetime, str]:
        """Its place: by rank, the proven first, then what is least like spam."""
        score = self.score if self.score is not None else 0.0
        return (self.rank, not self.is_proven, score, self.mail.received_at, self.mail.entry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a digest is made of, in its order; `count` is how many there were altogether."""

    mails: tuple[Listed, ...]
    count: int


def reviewers_of(desk: Desk, agents: Sequence[Agent]) -> list[Agent]:
    """The agents who look after held mail: those that the configuration names, else all."""
    return [agent for agent in agents if not desk.reviewers or agent.address in desk.reviewers]


def gather(tx: Tx) -> Gathered:
    """What was held since the last digest, and what of that one is to be repeated; reads only."""
    before = digests.newest_digest(tx)
    counted = _Counted(_candidates(tx, before))
    best = heapq.nsmallest(MAX_KEPT, counted, key=lambda listed: listed.order)
    return Gathered(mails=tuple(best), count=counted.count)


def send_digest(
    tx: Tx, desk: Desk, agents: Sequence[Agent], gathered: Gathered, *, day: str | None, at: datetime
) -> int:
    """Keep a digest and send it to the reviewers; how many mails it shows. Where nothing is held, nothing is sent."""
    lines = [_line(number, listed, at) for number, listed in enumerate(gathered.mails, start=1)]
    kept = [line for line in lines if line.shown or line.again]
    digest = digests.insert_digest(tx, ref=_free_ref(tx), day=day, at=at, lines=kept)
    if digest is None:  # another process was faster
        return 0
    shown = gathered.mails[:MAX_LINES]
    for agent in reviewers_of(desk, agents) if shown else ():
        language = _language(desk, agent)
        values = (*_sections(shown, language, at), ("rest", str(gathered.count - len(shown) or "")))
        _send(tx, desk, agent, digest, template="held_digest", values=(("mails", str(len(shown))), *values), at=at)
    return len(shown)


def send_done(
    tx: Tx, desk: Desk, agent: Agent, digest: Digest, *, released: str, spam: str, nothing: str, at: datetime
) -> None:
    """To a reviewer: this is what his reply did, number by number, and for which it did nothing, and why."""
    values = (("released", released), ("spam", spam), ("nothing", nothing))
    _send(tx, desk, agent, digest, template="held_done", values=values, at=at)


def send_returned(tx: Tx, desk: Desk, agent: Agent, digest: Digest, *, problem: str, text: str, at: datetime) -> None:
    """To a reviewer: nothing was done, this is why, and this was your text."""
    _send(tx, desk, agent, digest, template="held_returned", values=(("problem", problem), ("text", text)), at=at)


def _send(
    tx: Tx,
    desk: Desk,
    agent: Agent,
    digest: Digest,
    *,
    template: str,
    values: tuple[tuple[str, str], ...],
    at: datetime,
) -> None:
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=digest.ref, address=agent.address, at=at),
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template=template,
        language=_language(desk, agent),
        values=(
            ("desk", desk.name),
            ("day", f"{digest.at:%Y-%m-%d}"),
            ("reference", desk.reference(ticket_ref=digest.ref, address=agent.address, at=at)),
            *values,
        ),
        reply_to=desk.reply_address(Purpose.AGENT, ticket_ref=digest.ref, address=agent.address, at=at),
    )
    enqueue(tx, outgoing, at)


class _Counted:
    """Mails on their way, counted."""

    def __init__(self, mails: Iterable[Listed]) -> None:
        self._mails = mails
        self.count = 0

    def __iter__(self) -> Iterator[Listed]:
        for mail in self._mails:
            self.count += 1
            yield mail


def _candidates(tx: Tx, before: Digest | None) -> Iterator[Listed]:
    domains = digests.domains_on_file(tx) - FREEMAIL
    again = [line.entry_id for line in digests.lines_of(tx, before.id) if line.again] if before else []
    repeated = marks.held_mails(tx, again)
    fresh = marks.held_since(tx, before.at - OVERLAP if before else EPOCH)
    while batch := list(islice(fresh, marks.BATCH)):
        old = digests.was_listed(tx, [mail.entry_id for mail in batch]) if before else frozenset()
        yield from (_listed(mail, domains) for mail in batch if mail.entry_id not in old)
    yield from (_listed(mail, domains) for mail in repeated)


def _listed(mail: HeldMail, domains: frozenset[str]) -> Listed:
    found: dict[str, Any] = json.loads(mail.explanation) if mail.explanation else {}
    header, spam, identity = found.get("mail", {}), found.get("spam", {}), found.get("identity", {})
    author = header.get("from") or {}
    address = canonical_address(author["address"]) if author.get("address") else ""
    return Listed(
        mail=mail,
        rank=_rank(identity.get("sender", ""), address, domains),
        is_proven=found.get("authentication", {}).get("grade") in PROVEN_GRADES,
        author=address,
        name=author.get("name", ""),
        subject=header.get("subject", ""),
        account=identity.get("account") or "",
        score=spam.get("score") if spam.get("state") == "scanned" else None,
        rules=tuple(spam.get("rules", ())),
    )


def _rank(standing: str, address: str, domains: frozenset[str]) -> Rank:
    if standing in ("S2", "S1"):
        return Rank.CUSTOMER if standing == "S2" else Rank.KNOWN
    return Rank.DOMAIN if address.rpartition("@")[2] in domains else Rank.STRANGER


def _line(number: int, listed: Listed, at: datetime) -> DigestLine:
    is_shown, is_known = number <= MAX_LINES, listed.rank is not Rank.STRANGER
    age = at - listed.mail.received_at
    is_repeated = listed.is_proven or age < UNPROVEN_DAYS
    again = (is_repeated or not is_shown) if is_known else (not is_shown and age < STRANGER_DAYS)
    return DigestLine(number=number, entry_id=listed.mail.entry_id, shown=is_shown, again=again)


def _sections(shown: Sequence[Listed], language: str, at: datetime) -> tuple[tuple[str, str], ...]:
    blocks: dict[str, list[str]] = {"known": [], "domains": [], "strangers": []}
    names = {Rank.CUSTOMER: "known", Rank.KNOWN: "known", Rank.DOMAIN: "domains", Rank.STRANGER: "strangers"}
    for number, listed in enumerate(shown, start=1):
        blocks[names[listed.rank]].append(_entry(number, listed, language, at))
    return tuple((name, "\n\n".join(entries)) for name, entries in blocks.items())


def _entry(number: int, listed: Listed, language: str, at: datetime) -> str:
    """One mail in three lines."""
    name = line(listed.name, 60) if "@" not in listed.name else ""
    account = f", {line(listed.account, 40)}" if listed.account else ""
    author = line(listed.author, 100) or _NOBODY.get(language, _NOBODY["en"])
    who = f"{author}{f' ({_defused(name)})' if name else ''}{account}"
    strongest = [rule for rule in listed.rules if not _WEAK.fullmatch(rule)][:SHOWN_RULES]
    score = "" if listed.score is None or "score" in listed.mail.why else f"score {listed.score:g}"
    facts = (
        _defused(line(listed.mail.why, SHOWN_WHY)),
        score,
        line(", ".join(strongest), 200),
        _age(listed, language, at),
    )
    subject = _defused(line(listed.subject, SHOWN_SUBJECT)) or "-"
    return f"{number}. {who}\n    {subject}\n    {'; '.join(filter(None, facts))}"


def _defused(text: str) -> str:
    """Without anything that a mail program would make a link of."""
    return _LINK.sub(lambda found: _DEFUSED.get(found[0], found[0]), text)


def _age(listed: Listed, language: str, at: datetime) -> str:
    minutes = max(int((at - listed.mail.received_at).total_seconds()) // 60, 0)
    units = _AGES.get(language, _AGES["en"])
    if minutes < 120:
        return f"{minutes} {units[0]}"
    return f"{minutes // 60} {units[1]}" if minutes < 48 * 60 else f"{minutes // 1440} {units[2]}"


def _language(desk: Desk, agent: Agent) -> str:
    return agent.languages[0] if agent.languages else desk.language


def _free_ref(tx: Tx) -> int:
    while True:
        ref = secrets.randbits(30)
        if store.is_ref_free(tx, ref):
            return ref
