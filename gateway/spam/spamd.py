"""The engine SpamAssassin, by its server spamd."""

from gateway.clock import Clock
from gateway.config import Spam
from gateway.errors import ConfigError
from gateway.spam.asked import AskedEngine
from gateway.spam.spamc import SpamdServer

ENGINE = "spamassassin"
CAPACITY = "raise [spam] connections and spamd's --max-children together, or [spam] timeout_seconds"


class Spamd(AskedEngine):
    """A spamd server; usable from any thread."""

    def __init__(self, config: Spam, clock: Clock) -> None:
        """ConfigError where the user name cannot stand in a header field."""
        if not config.user.isprintable():
            raise ConfigError("[spam] user: must be printable")
        server = SpamdServer(host=config.host, port=config.port, socket=config.socket, user=config.user)
        super().__init__(ENGINE, server, config, clock, capacity=CAPACITY)
