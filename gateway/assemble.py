"""Builds the desk and its door out from the configuration; what the stages of a mail need besides, `gateway.stages`.

BUGS: nothing is started here; who uses a part starts and stops it.
"""

from zoneinfo import ZoneInfo

from gateway.canned.library import load_library
from gateway.clock import Clock
from gateway.config import Config
from gateway.hours.desk_hours import AnswerHours, DeskHours
from gateway.hours.reading import read_week
from gateway.mail.build import self_test
from gateway.outbox.deliver import Deliverer
from gateway.outbox.record import Failure
from gateway.outbox.setup import is_private, make_deliverer
from gateway.render import Renderer, template_directories
from gateway.store.db import Store, Tx
from gateway.tickets.desk import Desk
from gateway.tickets.undeliverable import record_failure
from gateway.tokens import canonical_address, load_keys
from gateway.topics.teams import Team


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


def renderer_of(config: Config) -> Renderer:
    """Renders the operator's templates and the shipped ones."""
    return Renderer(template_directories(config.templates.directory))


def languages_of(config: Config) -> tuple[str, ...]:
    """The languages that there are templates in."""
    folders = template_directories(config.templates.directory)
    return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/receipt.md")}))


def open_deliverer(config: Config, store: Store, clock: Clock, desk: Desk) -> Deliverer:
    """The outbox worker, ready to run."""
    self_test()  # a library that lets a header in through a subject ends the start

    def on_failed(tx: Tx, failure: Failure) -> None:
        record_failure(tx, desk, failure)

    return make_deliverer(config, store=store, clock=clock, renderer=renderer_of(config), on_failed=on_failed)
