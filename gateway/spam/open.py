"""Makes the configured spam engine."""

from gateway.clock import Clock
from gateway.config import Spam
from gateway.spam.engine import Engine
from gateway.spam.none import NoEngine
from gateway.spam.rspamd import Rspamd
from gateway.spam.spamd import Spamd


def open_engine(config: Spam, clock: Clock) -> Engine:
    """The engine that `[spam]` names; whether it answers is for `Engine.ping` to tell."""
    if config.engine == "none":
        return NoEngine(config.threshold)
    return Rspamd(config, clock) if config.engine == "rspamd" else Spamd(config, clock)
