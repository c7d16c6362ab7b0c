"""Evidence → Plan. Pure: no clock, no network, no database. The policy is in `policy` (the tables) and `rules`."""

from dataclasses import dataclass, replace

from gateway.mail.language import guess_language
from gateway.pipeline.belonging import belonging, going_on, owners_to_ask
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.finished import coming_back
from gateway.pipeline.plan import APPENDS, OPENS, Action, Aside, Plan
from gateway.pipeline.policy import IDENTITY, Column
from gateway.pipeline.relation import column_of, relation_of, strength_of
from gateway.pipeline.rules import RULES
from gateway.pipeline.silence import reply_to
from gateway.pipeline.topic import with_topic
from gateway.spam.history import DEFAULT_LIMITS, BurstLimits
from gateway.topics.teams import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator chooses."""

    default_language: str = "en"
    languages: tuple[str, ...] = ("en", "el", "nl", "fr", "de")
    burst: BurstLimits = DEFAULT_LIMITS
    teams: tuple[Team, ...] = ()


def decide(evidence: Evidence, policy: Policy) -> Plan:
    """The plan for a mail: the first rule that has an answer, else the identity table."""
    if evidence.duplicate_of is not None:
        return duplicate(evidence, policy)
    plan = by_rules(evidence) or set_aside(by_identity(evidence, policy), evidence)
    return with_topic(plan, evidence, policy.teams)


def by_rules(evidence: Evidence) -> Plan | None:
    """The plan of the first rule that has one."""
    for rule in RULES:
        plan = rule(evidence)
        if plan:
            return plan
    return None


def set_aside(plan: Plan, evidence: Evidence) -> Plan:
    """What the table would do, unless the mail is one of too many; or refused, where it may be and its sender waits."""
    if plan.aside is Aside.FORGED and evidence.in_dialogue:
        return replace(plan, action=Action.REJECT)
    burst = evidence.history.burst
    if burst is None or plan.action not in OPENS:
        return plan
    why = f"{burst.why}: new tickets of his address are held until {burst.until:%Y-%m-%d %H:%M} UTC"
    return Plan(action=Action.HOLD, why=why, language=plan.language, aside=Aside.BURST, burst=burst)


def duplicate(evidence: Evidence, policy: Policy) -> Plan:
    """The same mail came before.

    A copy that is held does not stand in the way of a better one: a forwarder's, without signature, may come first.
    """
    if evidence.is_earlier_held:
        alone = decide(replace(evidence, duplicate_of=None), policy)
        if alone.action not in (Action.HOLD, Action.REJECT):
            return alone
    return Plan(action=Action.DUPLICATE, why=f"it is the same mail as {evidence.duplicate_of}")


def by_identity(evidence: Evidence, policy: Policy) -> Plan:
    """A person wrote: the identity table says what happens."""
    strength, relation, column = strength_of(evidence), relation_of(evidence), column_of(evidence)
    cell = IDENTITY[strength, relation][column]
    ticket = evidence.match.ticket
    account, shop, shop_why = belonging(evidence) if cell.action is Action.OPEN else (None, None, "")
    plan = Plan(
        action=cell.action,
        why=cell.why,
        reply=reply_to(evidence, cell),
        disclosure=cell.disclosure,
        account=account,
        shop=shop,
        shop_why=shop_why,
        language=language_for(evidence, policy, cell.action),
        notify=cell.action in OPENS or cell.action in APPENDS,
        owners=owners_to_ask(evidence) if cell.asks_owner else (),
        linked=ticket if cell.links else None,
        aside=Aside.FORGED if cell.refusable else None,
        row=f"{strength} × {evidence.sender.standing} {relation} × {column}",
    )
    if cell.action is Action.OPEN:
        return plan
    may_tell_shop = column is Column.PROVEN and cell.action is Action.APPEND and ticket is not None and ticket.confirmed
    plan = going_on(plan, evidence, ticket) if ticket and (cell.confirms or may_tell_shop) else plan
    return coming_back(plan, evidence)


def language_for(evidence: Evidence, policy: Policy, action: Action) -> str:
    """The language to answer in: the ticket's; else the one that he writes in, which the account's helps to tell.

    For who is not proven to belong to the ticket or the account it is found from his mail alone: in which language he
    is answered would tell him that there is such an account, or such a ticket (threat model §4, constant behaviour).
    """
    message, ticket, account = evidence.reading.message, evidence.match.ticket, evidence.sender.account
    is_proven = action in (Action.APPEND, Action.OPEN)
    prior = account.language if account and is_proven else ""
    if ticket and action is Action.APPEND and ticket.language in policy.languages:
        return ticket.language
    guessed = guess_language(message.reply, prior if prior in policy.languages else "")
    if guessed in policy.languages:
        return guessed
    stated = message.header("Content-Language").split(",")[0].split("-")[0].strip().lower()
    return stated if stated in policy.languages else policy.default_language
