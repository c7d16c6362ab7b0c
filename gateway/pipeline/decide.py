"""Evidence → Plan. Pure: no clock, no network, no database. The policy is read here and in `policy`.

The rules run in their order and the first that has an answer wins. The order is part of the policy: nothing automatic
is answered, because every rule about automatic mail stands before every rule that answers (A-28).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.accounts.sender import Standing
from gateway.mail.language import guess_language
from gateway.mail.message import Address
from gateway.mail.nature import NatureKind
from gateway.matching.token import Strength
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Plan, Reply
from gateway.pipeline.policy import COLUMN_WHY, COLUMNS, IDENTITY, Column, Relation
from gateway.spam.report import ScanState
from gateway.tokens import Purpose, canonical_address

STRANGER_SPAM_SCORE = 2.0
"""From this score on, a mail of an unproven stranger is held."""
NOT_HIS_ADDRESS = "The address that you wrote to is too old, or it is another agent's. Reply to this mail instead."
SEVERAL_TICKETS = "You wrote to the addresses of several tickets at once. Answer each of them in a mail of its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator chooses."""

    default_language: str = "en"
    languages: tuple[str, ...] = ("en", "el")


def decide(evidence: Evidence, policy: Policy) -> Plan:
    """The plan for a mail."""
    for rule in RULES:
        plan = rule(evidence, policy)
        if plan:
            return plan
    return by_identity(evidence, policy)


def duplicates(evidence: Evidence, policy: Policy) -> Plan | None:
    """The same mail came before.

    A copy that is held does not stand in the way of a better one: a forwarder's, without signature, may come first.
    """
    if evidence.duplicate_of is None:
        return None
    if evidence.is_earlier_held:
        alone = decide(replace(evidence, duplicate_of=None), policy)
        if alone.action is not Action.HOLD:
            return alone
    return Plan(action=Action.DUPLICATE, why=f"it is the same mail as {evidence.duplicate_of}")


_RECORDED = (
    NatureKind.OWN_LOOP,
    NatureKind.BOUNCE,
    NatureKind.FEEDBACK_REPORT,
    NatureKind.DISPOSITION_NOTIFICATION,
    NatureKind.AUTO_REPLY,
)


def machines(evidence: Evidence, policy: Policy) -> Plan | None:
    """What machines sent is recorded, with the ticket it belongs to, and never answered."""
    nature = evidence.reading.nature
    return Plan(action=Action.RECORD, why=nature.why) if nature.kind in _RECORDED else None


def agents(evidence: Evidence, policy: Policy) -> Plan | None:
    """An agent's orders need his proven address and the token that was issued to him for this ticket (A-19).

    Who is proven to be an agent is told when his mail is not used: he believes that he has answered.
    """
    token = evidence.reading.token
    if token.token is None or token.token.purpose is not Purpose.AGENT:
        return None
    if evidence.agent is None:
        return Plan(action=Action.HOLD, why="it was sent to an agent's private address, and its author is no agent")
    if COLUMNS[evidence.reading.authentication.grade] is not Column.PROVEN:
        why = f"an agent's address, but it is not proven that he wrote it: {evidence.reading.authentication.why}"
        return Plan(action=Action.HOLD, why=why)
    if not is_of_matched_ticket(evidence):
        return Plan(action=Action.HOLD, why="an agent answers a ticket that is not in the store")
    if token.is_ambiguous:
        why = "an agent writes to addresses of several tickets"
        return Plan(action=Action.COMMANDS, why=why, problem=SEVERAL_TICKETS)
    if token.strength is not Strength.T3:
        return Plan(action=Action.COMMANDS, why=f"an agent writes, but {token.why}", problem=NOT_HIS_ADDRESS)
    return Plan(action=Action.COMMANDS, why=f"{evidence.agent.name} answers from his proven address, on his own token")


def ambiguous(evidence: Evidence, policy: Policy) -> Plan | None:
    """One mail to the reply addresses of several tickets: a person says which one it is of."""
    if not evidence.reading.token.is_ambiguous:
        return None
    return Plan(action=Action.HOLD, why="it was sent to the reply addresses of several tickets")


def bulk(evidence: Evidence, policy: Policy) -> Plan | None:
    """Lists and newsletters are held, but for what a proven customer sends into his own ticket."""
    if evidence.reading.nature.kind is not NatureKind.BULK:
        return None
    if evidence.sender.standing is Standing.S2 and evidence.reading.token.strength in (Strength.T3, Strength.T2):
        return None
    return Plan(action=Action.HOLD, why=evidence.reading.nature.why)


def spam(evidence: Evidence, policy: Policy) -> Plan | None:
    """A mail that scores too high is held, whoever its author is: addresses of customers are what spammers use."""
    report = evidence.reading.spam
    if report.state is not ScanState.SCANNED:
        return None
    if report.score >= report.threshold:
        return Plan(action=Action.HOLD, why=f"spam score {report.score:g} of {report.threshold:g}: {report.why}")
    unproven = COLUMNS[evidence.reading.authentication.grade] is Column.OPEN
    stranger = evidence.sender.standing is Standing.S0 and evidence.match.ticket is None
    if unproven and stranger and report.score >= STRANGER_SPAM_SCORE:
        why = f"spam score {report.score:g}, from a stranger who is not proven to have written it"
        return Plan(action=Action.HOLD, why=why)
    return None


RULES: tuple[Callable[[Evidence, Policy], Plan | None], ...] = (duplicates, machines, agents, ambiguous, bulk, spam)


def by_identity(evidence: Evidence, policy: Policy) -> Plan:
    """A person wrote: the identity table says what happens."""
    strength, relation = strength_of(evidence), relation_of(evidence)
    column = COLUMNS[evidence.reading.authentication.grade]
    row = IDENTITY[strength, relation]
    action = row.action(column)
    return Plan(
        action=action,
        why=f"{row.why}, {COLUMN_WHY[column]}",
        reply=reply_to(evidence, action, column),
        language=language_for(evidence, policy),
        notify=action in (Action.OPEN, Action.OPEN_UNCONFIRMED, Action.APPEND, Action.APPEND_UNCONFIRMED),
    )


def strength_of(evidence: Evidence) -> Strength:
    """What the mail proves about the ticket that was found: a token of another one, or a thread alone, is a hint."""
    if evidence.match.ticket is None:
        return Strength.T0
    return evidence.reading.token.strength if is_of_matched_ticket(evidence) else Strength.T1


def is_of_matched_ticket(evidence: Evidence) -> bool:
    """Does the token name the ticket that was found? Its own may be gone, and the mail's thread lead to another."""
    token, ticket = evidence.reading.token.token, evidence.match.ticket
    return token is not None and ticket is not None and token.ticket_ref == ticket.ref


def relation_of(evidence: Evidence) -> Relation:
    """Who the author is to the ticket."""
    ticket, sender, author = evidence.match.ticket, evidence.sender, evidence.reading.message.author
    strength = strength_of(evidence)
    if ticket and strength in (Strength.T2, Strength.T1):
        accounts = {account.id for account in sender.accounts}
        is_correspondent = author is not None and canonical_address(author.address) == ticket.correspondent
        if ticket.account_id in accounts or is_correspondent:
            return Relation.OWNER
    elif sender.standing is Standing.S2:
        return Relation.OWNER
    return {Standing.S2: Relation.CUSTOMER, Standing.S1: Relation.KNOWN, Standing.S0: Relation.STRANGER}[
        sender.standing
    ]


def reply_to(evidence: Evidence, action: Action, column: Column) -> Reply | None:
    """Whether an automatic mail goes back, and which: only for a new ticket, only to who is proven."""
    if column is not Column.PROVEN or action not in (Action.OPEN, Action.OPEN_UNCONFIRMED):
        return None
    if evidence.names_automatic_mail or asks_for_silence(evidence) or not envelope_agrees(evidence):
        return None
    return Reply.RECEIPT if action is Action.OPEN else Reply.NEUTRAL


def asks_for_silence(evidence: Evidence) -> bool:
    """Does a header ask that nothing automatic be sent back? Normal mail may carry these too, so they only silence."""
    message = evidence.reading.message
    suppress = message.header("X-Auto-Response-Suppress").lower()
    return (
        is_machines_address(message.author)
        or any(word.strip() in ("all", "oof", "autoreply") for word in suppress.split(","))
        or bool(message.header("Precedence").strip())
        or evidence.reading.nature.kind is not NatureKind.PERSON
    )


def is_machines_address(author: Address | None) -> bool:
    """Is it one that no person reads (RFC 5230 §4.6 and what no-reply addresses are called)?"""
    local = author.address.rpartition("@")[0].casefold() if author else ""
    plain = local.partition("+")[0].translate(_NO_SEPARATORS)
    return plain in _MACHINES or local.startswith("owner-") or local.endswith("-request")


_NO_SEPARATORS = str.maketrans("", "", "-_.")
_MACHINES = frozenset(
    {"noreply", "donotreply", "nepasrepondre", "mailerdaemon", "listserv", "majordomo", "bounce", "bounces"}
)


def envelope_agrees(evidence: Evidence) -> bool:
    """Is the reverse path, where one is known, the author's own? Nothing automatic goes elsewhere (RFC 3834 §4)."""
    mail_from, author = evidence.reading.entry.envelope.mail_from, evidence.reading.message.author
    if author is None:
        return False
    return mail_from is None or canonical_address(mail_from) == canonical_address(author.address)


def language_for(evidence: Evidence, policy: Policy) -> str:
    """The language to answer in: the ticket's, the account's, the one of its script or header, the default."""
    message = evidence.reading.message
    account = evidence.sender.account
    declared = message.header("Content-Language").split(",")[0].split("-")[0].strip().lower()
    candidates = (
        evidence.match.ticket.language if evidence.match.ticket else "",
        account.language if account else "",
        guess_language(message.reply or message.text),
        declared,
    )
    return next((language for language in candidates if language in policy.languages), policy.default_language)
