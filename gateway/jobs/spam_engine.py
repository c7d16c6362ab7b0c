"""Jobs: tell once when the spam engine, or the virus scanner, stops answering, and once when it answers again."""

from collections.abc import Callable

from gateway import events
from gateway.spam.engine import Engine
from gateway.spam.virus import Scanner


class Watch:
    """What a server was like at the last look."""

    def __init__(self, ping: Callable[[], str], down: Callable[[str], None], up: Callable[[], None]) -> None:
        """`ping` says what is wrong, "" where nothing is."""
        self._ping = ping
        self._down = down
        self._up = up
        self._problem = ""

    def look(self) -> None:
        """Ask the server; a change becomes an event."""
        problem = self._ping()
        if problem and not self._problem:
            self._down(problem)
        elif self._problem and not problem:
            self._up()
        self._problem = problem


class SpamEngineWatch(Watch):
    """Over the spam engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.ping, events.spam_engine_down, events.spam_engine_up)


class VirusScannerWatch(Watch):
    """Over the virus scanner."""

    def __init__(self, scanner: Scanner) -> None:
        super().__init__(scanner.ping, events.virus_scanner_down, events.virus_scanner_up)
