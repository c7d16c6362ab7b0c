"""Read this first: the whole path of a mail.

    parse ─► nature ─► authenticate ─► ask the scanners           READ    network, no transaction
    account ─► match ─► shop ─► decide ─► apply ─► outcome        DECIDE  one transaction, no network

A crash anywhere repeats the entry from its beginning; the outcome's primary key makes that one effect.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.accounts.sender import identify
from gateway.authn.authenticate import authenticate
from gateway.authn.resolver import Resolver
from gateway.authn.result import Grade
from gateway.authn.trust import NO_TRUST, Trust
from gateway.clock import Clock
from gateway.errors import Temporary
from gateway.mail.forwarded import attached_mails
from gateway.mail.message import Message
from gateway.mail.nature import classify
from gateway.mail.reader import Reader
from gateway.matching.match import fade, find_ticket, is_over, thread_names
from gateway.matching.token import Strength, find_token
from gateway.model import Agent, Entry, Ticket, Via
from gateway.pipeline import beginning, past
from gateway.pipeline.apply import apply
from gateway.pipeline.content import content_key
from gateway.pipeline.decide import Policy, decide
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence, Reading
from gateway.pipeline.naming import named_accounts
from gateway.pipeline.plan import Action, Plan
from gateway.pipeline.release import Again, as_the_first, decide_released, note_release, read_again
from gateway.pipeline.scanning import ask_engine, ask_scanner
from gateway.pipeline.topic import TopicBook, look_at_words, topic_passed_on
from gateway.pipeline.which_shop import which_shop
from gateway.pipeline.whose_address import find_participant
from gateway.spam.engine import Engine
from gateway.spam.virus import NO_SCANNER, Scanner
from gateway.store import spool
from gateway.store.agents import active_agents
from gateway.store.db import Store, Tx
from gateway.store.digests import Digest, digest_by_ref
from gateway.store.letters import open_feedback
from gateway.store.outcomes import Outcome, outcome_of, same_bytes, same_content
from gateway.tickets.confirming import open_question
from gateway.tickets.desk import Desk
from gateway.tokens import EPOCH, Purpose, canonical_address

WAIT_FOR_DNS = timedelta(hours=4)
"""How long a mail may wait for DNS to say whose it is, where that would change what happens to it."""
DNS_RETRY = timedelta(minutes=5)
MAX_IDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What the stages need, built once by the daemon or the command line."""

    store: Store
    clock: Clock
    reader: Reader
    resolver: Resolver
    engine: Engine
    desk: Desk
    policy: Policy
    own_addresses: tuple[str, ...]
    trust: Trust = NO_TRUST
    scanner: Scanner = NO_SCANNER
    topics: TopicBook = field(default_factory=TopicBook)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """The mail cannot be decided now; it stays in the spool until then."""

    why: str
    next_try_at: datetime


MayRefuse = Callable[[Evidence, Plan], bool]
"""Asked in the transaction that would refuse a mail: does its sender still wait to be told? See `screen`."""


def process(gateway: Gateway, entry: Entry, may_refuse: MayRefuse | None = None) -> Outcome | Later:
    """Decide one mail and do what follows, once; it is never refused where nobody can say whether that may be."""
    if gateway.clock.now().date() < EPOCH:
        raise Temporary("this machine's clock is set to a time before 2025: no token can be issued")
    reading = read(gateway, entry)  # READ
    return gateway.store.together(lambda tx: settle(gateway, tx, reading, may_refuse))  # DECIDE


def settle(gateway: Gateway, tx: Tx, reading: Reading, may_refuse: MayRefuse | None = None) -> Outcome | Later:
    """The DECIDE half: its effects and its outcome are kept together or not at all (I3)."""
    entry_id = reading.entry.id
    gateway.store.lock_names(tx, names_to_lock(reading))
    evidence = weigh(gateway, tx, reading, in_dialogue=may_refuse is not None)
    if reading.release:
        evidence = as_the_first(tx, evidence)
    plan = (decide_released if reading.release else decide)(evidence, gateway.policy)
    later = wait_for_dns(gateway, evidence, plan)
    if later:
        spool.give_back(tx, entry_id, error=later.why, next_try_at=later.next_try_at, counts=False)
        return later
    if plan.action is Action.REJECT and not (may_refuse and may_refuse(evidence, plan)):
        evidence = replace(evidence, in_dialogue=False)
        plan = decide(evidence, gateway.policy)
    if not spool.finish(tx, entry_id):  # another process took it when our claim had ended
        earlier = outcome_of(tx, entry_id)
        assert earlier is not None, "what is done has its outcome"
        return earlier
    arrived_at = reading.entry.envelope.received_at if reading.release else None
    doer = Doer(tx=tx, desk=gateway.desk, at=gateway.clock.now(), arrived_at=arrived_at)
    outcome = apply(doer, evidence, plan)
    note_release(tx, evidence, outcome)
    return outcome


def read(gateway: Gateway, entry: Entry) -> Reading:
    """What the mail itself, DNS and the spam engine tell; of one that was held and released, what they told then."""
    topics = gateway.topics.newest(gateway.store, gateway.clock)
    if entry.released_at:
        again = Again(
            store=gateway.store,
            reader=gateway.reader,
            desk=gateway.desk,
            own_addresses=gateway.own_addresses,
            topics=topics,
        )
        return read_again(again, entry)
    message = gateway.reader.read(entry.raw)
    nature = classify(message, entry.envelope, gateway.desk.keys, gateway.own_addresses)
    authentication = authenticate(message, entry.raw, entry.envelope, gateway.resolver, gateway.trust)
    return Reading(
        entry=entry,
        message=message,
        content_key=content_key(message),
        nature=nature,
        authentication=authentication,
        spam=ask_engine(gateway.engine, nature, entry, authentication, gateway.trust),
        token=find_token(message, entry.envelope, gateway.desk.keys, gateway.clock.now()),
        virus=ask_scanner(gateway.scanner, nature, entry),
        topic=look_at_words(message, nature, topics, gateway.desk),
        attached=_attached(gateway, message),
    )


def weigh(gateway: Gateway, tx: Tx, reading: Reading, *, in_dialogue: bool = False) -> Evidence:
    """Add what the store tells; reads only."""
    message, entry = reading.message, reading.entry
    earlier = same_bytes(tx, entry.id, entry.sha256)
    if reading.content_key and (earlier is None or earlier.is_held):
        earlier = same_content(tx, entry.id, reading.content_key, gateway.clock.now()) or earlier
    referred = (*message.in_reply_to, *message.references)[:MAX_IDS]
    sender, match = identify(tx, message), find_ticket(tx, message, reading.token, reading.nature.about)
    over = is_over(match.ticket, entry.envelope.received_at if reading.release else gateway.clock.now())
    reading = replace(reading, token=fade(reading.token, match)) if over else reading
    shop, shop_question = which_shop(tx, reading, sender, match.ticket)
    agents = tuple(active_agents(tx))
    agent = _agent(agents, reading.message)
    begun = beginning.look(tx, gateway.desk, reading, agents, is_agent=agent is not None)
    evidence = Evidence(
        reading=reading,
        sender=sender,
        match=match,
        agents=agents,
        agent=agent,
        beginning=begun,
        topic=topic_passed_on(reading, begun, gateway.topics.model),
        duplicate_of=earlier.entry_id if earlier else None,
        is_earlier_held=earlier is not None and earlier.is_held,
        names_automatic_mail=any(
            found.token is not None and found.purpose is Purpose.AUTOMATIC_MESSAGE_ID
            for message_id in referred
            for found in gateway.desk.keys.find(message_id)
        ),
        shop=shop,
        shop_question=shop_question,
        asked_account=_asked_account(tx, reading, match.ticket),
        named=named_accounts(tx, reading, sender, match.ticket),
        is_over=over,
        is_feedback_open=_is_feedback_open(tx, reading, match.ticket),
        digest=_digest(tx, reading, match.ticket),
        participant=find_participant(tx, gateway.desk.keys, reading, match),
        in_dialogue=in_dialogue,
    )
    found = past.look_up(tx, evidence, gateway.trust, gateway.clock.now(), gateway.policy.burst)
    return replace(evidence, history=found)


def names_to_lock(reading: Reading) -> Iterator[str]:
    """What two mails may share that makes the decision about one depend on the other."""
    yield from filter(None, thread_names(reading.message)[:MAX_IDS])
    yield reading.entry.sha256
    if reading.content_key:
        yield reading.content_key
    if reading.attached and reading.attached.message_id:
        yield reading.attached.message_id
    for token in (reading.token.token, reading.nature.about):
        if token:
            yield f"ticket {token.ticket_ref}"


def wait_for_dns(gateway: Gateway, evidence: Evidence, plan: Plan) -> Later | None:
    """Unknown means temporary: where proof would change the plan, the mail waits for DNS, but not for ever."""
    reading, now = evidence.reading, gateway.clock.now()
    envelope = reading.entry.envelope
    if reading.authentication.grade is not Grade.UNKNOWN or envelope.via is Via.FILE or reading.release:
        return None
    if now - envelope.received_at >= WAIT_FOR_DNS:
        return None
    proven = replace(reading, authentication=replace(reading.authentication, grade=Grade.A3))
    would_be = decide(replace(evidence, reading=proven), gateway.policy)
    if replace(would_be, why=plan.why, row=plan.row) == plan:
        return None
    return Later(why=reading.authentication.why, next_try_at=now + DNS_RETRY)


def _asked_account(tx: Tx, reading: Reading, ticket: Ticket | None) -> str | None:
    author, token = reading.message.author, reading.token.token
    if ticket is None or author is None or token is None or token.purpose is not Purpose.CONFIRM:
        return None
    return open_question(tx, ticket.id, author.address)


def _is_feedback_open(tx: Tx, reading: Reading, ticket: Ticket | None) -> bool:
    if ticket is None or ticket.closed_at is None or reading.token.strength is not Strength.T3:
        return False
    return open_feedback(tx, ticket) is not None


def _digest(tx: Tx, reading: Reading, ticket: Ticket | None) -> Digest | None:
    token = reading.token.token
    if token is None or token.purpose is not Purpose.AGENT or (ticket and ticket.ref == token.ticket_ref):
        return None
    return digest_by_ref(tx, token.ticket_ref)


def _agent(agents: Sequence[Agent], message: Message) -> Agent | None:
    if message.author is None:
        return None
    address = canonical_address(message.author.address)
    return next((agent for agent in agents if agent.address == address), None)


def _attached(gateway: Gateway, message: Message) -> Message | None:
    """The one mail that an agent's mail has attached, read as carefully as any other; nobody else's is looked into."""
    mails = attached_mails(message)
    if len(mails) != 1:
        return None
    with gateway.store.reading() as tx:
        agents = active_agents(tx)
    return gateway.reader.read(mails[0].content) if _agent(agents, message) else None
