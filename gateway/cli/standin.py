"""A gateway for explaining: the configured one where it is there, else one that knows nothing, so it works anywhere.

Nothing is written but to a scratch folder that goes away. What had to be stood in for is said, because it changes what
an explanation means: without keys no reply address proves anything, with an empty store nobody is known.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.basis import agents_of
from gateway.cli.stored import open_store
from gateway.clock import Clock
from gateway.config import FILE_VARIABLE, Config, find_file, load, parse
from gateway.errors import GatewayError, StoreMismatch
from gateway.pipeline.process import Gateway
from gateway.stages import open_gateway
from gateway.store.accounts import put_accounts
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.schema.whole import Base
from gateway.tokens import KEY_BYTES, load_keys

Say = Callable[[str], None]


@contextmanager
def explaining_gateway(
    option: str | None, zone: Path | None, clock: Clock, say: Say
) -> Iterator[tuple[Config, Gateway]]:
    """The configuration (`option` is what `--config` said) and what the stages need; the store is only to be read.

    `zone` answers DNS where it is given, `say` is told what was stood in for. Raises ConfigError, Temporary.
    """
    with TemporaryDirectory(prefix="ticket-gateway-") as scratch, ExitStack() as closing:
        config = _config(option, Path(scratch), say)
        if zone:
            config = config.model_copy(update={"dns": config.dns.model_copy(update={"zone_file": zone})})
        store = _store(config, clock, Path(scratch), say, closing)
        config = _with_keys(config, Path(scratch), say)
        yield config, closing.enter_context(open_gateway(config, store, clock))


def _config(option: str | None, scratch: Path, say: Say) -> Config:
    """The configuration; where none was named and none is installed, one of defaults."""
    file = find_file(option)
    if option or os.environ.get(FILE_VARIABLE) or file.exists():
        return load(file)
    say("There is no configuration: explained with the defaults, as mail to support@example.com.")
    desk = {"support_addresses": ["support@example.com"], "reply_domain": "reply.example.com"}
    return parse({"gateway": desk | {"state_directory": scratch}}, "the defaults")


def _with_keys(config: Config, scratch: Path, say: Say) -> Config:
    try:
        load_keys(config.keys_directory)
    except (GatewayError, OSError) as error:
        if config.state != scratch:
            say(f"Explained without keys, so no reply address of ours is recognised: {error}")
        (scratch / "0").write_bytes(secrets.token_bytes(KEY_BYTES))
        (scratch / "0").chmod(0o600)
        return config.model_copy(update={"keys": config.keys.model_copy(update={"directory": scratch})})
    return config


def _store(config: Config, clock: Clock, scratch: Path, say: Say, closing: ExitStack) -> Store:
    try:
        return closing.enter_context(open_store(config))
    except StoreMismatch as error:
        if config.state != scratch:
            say(f"Explained with an empty store: {error.reason}")
        return closing.enter_context(_empty_store(config, clock, scratch))


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
