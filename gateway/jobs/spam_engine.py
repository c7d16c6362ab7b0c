"""Job: tell once when the spam engine stops answering, and once when it answers again."""

from gateway import events
from gateway.spam.engine import Engine


class SpamEngineWatch:
    """What the engine was like at the last look."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._problem = ""

    def look(self) -> None:
        """Ask the engine; a change becomes an event."""
        problem = self._engine.ping()
        if problem and not self._problem:
            events.spam_engine_down(error=problem)
        elif self._problem and not problem:
            events.spam_engine_up()
        self._problem = problem
