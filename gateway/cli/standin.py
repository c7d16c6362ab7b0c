"""A gateway for explaining: the configured one where it is there, else one that knows nothing, so that it works anywhere.

Nothing is written but to a scratch folder that goes away. What had to be stood in for is said, because it changes what
an explanation means: without keys no reply address proves anything, with an empty store nobody is known.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.assemble import agents_of, open_gateway
from gateway.cli.stored import open_store
from gateway.clock import Clock
from gateway.config import DEFAULT_FILE, FILE_VARIABLE, Config, Dns, load, parse
from gateway.errors import GatewayError, StoreMismatch
from gateway.pipeline.process import Gateway
from gateway.store.accounts import put_accounts, put_agents
from gateway.store.db import Store
from gateway.store.schema import Base
from gateway.tokens import KEY_BYTES, load_keys

Say = Callable[[str], None]


def explaining_config(option: str | None, zone: Path | None, say: Say) -> Config:
    """The configuration; where none was named and none is installed, one of defaults. Raises ConfigError."""
    file = Path(option or os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
    if file == DEFAULT_FILE and not option and not file.exists():
        say("There is no configuration: explained with the defaults, for support@example.com.")
        desk = {"support_addresses": ["support@example.com"], "reply_domain": "reply.example.com"}
        config = parse({"gateway": desk}, "the defaults")
    else:
        config = load(file)
    if zone is None:
        return config
    answers = Dns(zone_file=zone, timeout_seconds=config.dns.timeout_seconds, budget_seconds=config.dns.budget_seconds)
    return config.model_copy(update={"dns": answers})


@contextmanager
def explaining_gateway(config: Config, clock: Clock, say: Say) -> Iterator[Gateway]:
    """What the stages need; its store is only to be read."""
    with (
        TemporaryDirectory(prefix="ticket-gateway-") as scratch,
        _store(config, clock, Path(scratch), say) as store,
        open_gateway(_with_keys(config, Path(scratch), say), store, clock) as gateway,
    ):
        yield gateway


def _with_keys(config: Config, scratch: Path, say: Say) -> Config:
    try:
        load_keys(config.keys_directory)
    except (GatewayError, OSError) as error:
        say(f"Explained without keys, so no reply address of ours is recognised: {error}")
        (scratch / "0").write_bytes(secrets.token_bytes(KEY_BYTES))
        (scratch / "0").chmod(0o600)
        return config.model_copy(update={"keys": config.keys.model_copy(update={"directory": scratch})})
    return config


@contextmanager
def _store(config: Config, clock: Clock, scratch: Path, say: Say) -> Iterator[Store]:
    with ExitStack() as closing:
        try:
            store = closing.enter_context(open_store(config))
        except StoreMismatch as error:
            say(f"Explained with an empty store: {error.reason}")
            store = closing.enter_context(_empty_store(config, clock, scratch))
        yield store


@contextmanager
def _empty_store(config: Config, clock: Clock, scratch: Path) -> Iterator[Store]:
    """No tickets and no mail, but the agents and accounts that the configuration names."""
    from gateway.accounts.files import read_accounts

    store = Store(f"sqlite:///{scratch}/empty.db")
    try:
        Base.metadata.create_all(store.engine)
        with store.transaction() as tx:
            put_agents(tx, agents_of(config))
            if config.accounts.file:
                put_accounts(tx, read_accounts(config.accounts.file), clock.now())
        yield store
    finally:
        store.close()
