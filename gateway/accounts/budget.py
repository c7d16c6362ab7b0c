"""How much of a source is read at most: what is larger is a mistake or an attack, and is refused whole."""

from gateway.errors import ConfigError

MEGABYTE = 1024 * 1024


class Budget:
    """So many bytes, or characters, of one source."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def spend(self, size: int) -> None:
        """Count so much; ConfigError when it was too much."""
        self._left -= size
        if self._left < 0:
            raise ConfigError(
                f"gives more than {self._limit // MEGABYTE} MB; if that is right, raise [accounts] max_bytes"
            )
