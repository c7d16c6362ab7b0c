"""Makes the configured spam engine."""

from gateway.clock import Clock
from gateway.config import Spam
from gateway.spam.engine import Engine
from gateway.spam.none import NoEngine
from gateway.spam.spamd import Spamd


def open_engine(config: Spam, clock: Clock) -> Engine:
    """The engine that `[spam]` names; whether it answers is for `Engine.ping` to tell."""
    return NoEngine(config.threshold) if config.engine == "none" else Spamd(config, clock)
