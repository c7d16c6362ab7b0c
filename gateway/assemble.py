"""Builds the parts from the configuration: the one place that knows which part needs which.

BUGS: nothing is started here; who uses a part starts and stops it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.authn.resolver import Resolver
from gateway.authn.trust import trust_of
from gateway.clock import Clock
from gateway.config import Config
from gateway.mail.build import self_test
from gateway.mail.reader import Reader
from gateway.model import Agent
from gateway.outbox.deliver import Deliverer
from gateway.outbox.record import Failure
from gateway.outbox.setup import make_deliverer
from gateway.pipeline.decide import Policy
from gateway.pipeline.process import Gateway
from gateway.render import Renderer, template_directories
from gateway.spam.clamd import open_scanner
from gateway.spam.history import BurstLimits
from gateway.spam.open import open_engine
from gateway.store.claims import owner_name
from gateway.store.db import Store, Tx
from gateway.tickets.desk import Desk
from gateway.tickets.undeliverable import record_failure
from gateway.tokens import canonical_address, load_keys


def open_store(config: Config) -> Store:
    """The store of the configuration; its schema is not looked at."""
    return Store(config.store_url, owner_name())


def desk_of(config: Config) -> Desk:
    """The desk's own data, with its keys."""
    return Desk(
        support_address=config.support_address,
        name=config.gateway.desk_name,
        reply_domain=config.gateway.reply_domain,
        login_url=config.gateway.login_url,
        keys=load_keys(config.keys_directory),
        own_addresses=config.gateway.support_addresses,
        language=config.gateway.default_language,
        neutral_delay_seconds=config.outbox.neutral_delay_seconds,
        reviewers=tuple(map(canonical_address, config.spam.reviewers)),
    )


def agents_of(config: Config) -> tuple[Agent, ...]:
    """The agents that the configuration names."""
    return tuple(
        Agent(name=agent.name, address=agent.address, teams=agent.teams, languages=agent.languages)
        for agent in config.agents
    )


def renderer_of(config: Config) -> Renderer:
    """Renders the operator's templates and the shipped ones."""
    return Renderer(template_directories(config.templates.directory))


def languages_of(config: Config) -> tuple[str, ...]:
    """The languages that there are templates in."""
    folders = template_directories(config.templates.directory)
    return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/receipt.md")}))


def policy_of(config: Config) -> Policy:
    """What the operator chose about decisions."""
    return Policy(
        default_language=config.gateway.default_language,
        languages=languages_of(config),
        burst=BurstLimits(opened=config.spam.burst_tickets, spam=config.spam.burst_spam),
    )


def open_deliverer(config: Config, gateway: Gateway) -> Deliverer:
    """The outbox worker, ready to run."""
    self_test()  # a library that lets a header in through a subject ends the start

    def on_failed(tx: Tx, failure: Failure) -> None:
        record_failure(tx, gateway.desk, failure)

    return make_deliverer(
        config, store=gateway.store, clock=gateway.clock, renderer=renderer_of(config), on_failed=on_failed
    )


@contextmanager
def open_gateway(config: Config, store: Store, clock: Clock, *, is_busy: bool = True) -> Iterator[Gateway]:
    """What the stages need, started; stopped at the end of the block.

    Who is not `is_busy` with mail all the time gets the processes that read it only when there is one to read.
    """
    reader = Reader(
        config.reading.workers, config.reading.memory_bytes, config.reading.cpu_seconds, config.reading.wall_seconds
    )
    engine = open_engine(config.spam, clock)
    reader.start(ahead=is_busy)
    try:
        yield Gateway(
            store=store,
            clock=clock,
            reader=reader,
            resolver=Resolver(config.dns, clock),
            engine=engine,
            desk=desk_of(config),
            policy=policy_of(config),
            own_addresses=config.gateway.support_addresses,
            trust=trust_of(config),
            scanner=open_scanner(config.antivirus, clock),
        )
    finally:
        reader.stop()
        engine.close()
