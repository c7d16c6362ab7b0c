"""Builds the parts from the configuration: the one place that knows which part needs which.

BUGS: nothing is started here; who uses a part starts and stops it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from gateway.authn.resolver import Resolver
from gateway.authn.trust import trust_of
from gateway.canned.library import load_library
from gateway.clock import Clock
from gateway.config import Config
from gateway.hours.desk_hours import AnswerHours, DeskHours
from gateway.hours.reading import read_week
from gateway.mail.build import self_test
from gateway.mail.reader import Reader
from gateway.model import Agent
from gateway.outbox.deliver import Deliverer
from gateway.outbox.record import Failure
from gateway.outbox.setup import is_private, make_deliverer
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
from gateway.topics.keywords import shipped_index
from gateway.topics.teams import Team


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
        undo_seconds=config.desk.undo_seconds,
        hours=hours_of(config),
        teams=teams_of(config),
        canned=load_library(config.templates.directory),
        overview=config.desk.overview if is_private(config.outbox) else (),
        tells_hours="hours" in config.desk.model_fields_set,
        closing_mail=config.desk.closing_mail,
        specialists=tuple(map(canonical_address, config.desk.specialists)),
    )


def hours_of(config: Config) -> DeskHours:
    """When the desk works, and how soon it wants to have answered."""
    section = config.desk
    return DeskHours(
        zone=ZoneInfo(section.time_zone),
        week=read_week(section.hours),
        holidays=frozenset(section.holidays),
        answer=AnswerHours(**section.answer_hours.model_dump()),
    )


def teams_of(config: Config) -> tuple[Team, ...]:
    """Who looks after which topics."""
    return tuple(Team(name=team.name, topics=team.topics, languages=team.languages) for team in config.teams)


def agents_of(config: Config) -> tuple[Agent, ...]:
    """The agents that the configuration names."""
    return tuple(
        Agent(
            name=agent.name,
            address=agent.address,
            teams=agent.teams,
            languages=agent.languages,
            confirms=agent.confirms,
            away=agent.away,
            hours=agent.hours,
        )
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
        teams=teams_of(config),
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
