"""Builds what the stages of a mail need from the configuration: the one place that knows which part needs which."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.assemble import desk_of, languages_of, teams_of
from gateway.authn.resolver import Resolver
from gateway.authn.trust import trust_of
from gateway.clock import Clock
from gateway.config import Config
from gateway.mail.reader import Reader
from gateway.pipeline.decide import Policy
from gateway.pipeline.process import Gateway
from gateway.spam.clamd import open_scanner
from gateway.spam.history import BurstLimits
from gateway.spam.open import open_engine
from gateway.store.db import Store
from gateway.topics.keywords import shipped_index


def policy_of(config: Config) -> Policy:
    """What the operator chose about decisions."""
    return Policy(
        default_language=config.gateway.default_language,
        languages=languages_of(config),
        burst=BurstLimits(opened=config.spam.burst_tickets, spam=config.spam.burst_spam),
        teams=teams_of(config),
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
    if is_busy:
        shipped_index()  # reads the keywords of topics, which no mail should wait for
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
