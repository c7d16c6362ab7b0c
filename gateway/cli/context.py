"""What most commands begin with: the configuration, and who types. Nothing here loads the database's library."""

import getpass

from gateway.config import Config, find_file, load


def load_config(option: str | None) -> Config:
    """The configuration; `option` is what `--config` said. Raises ConfigError."""
    return load(find_file(option))


def operator() -> str:
    """Who types this, for the story of a ticket."""
    try:
        return f"operator {getpass.getuser()}"
    except (OSError, KeyError):  # a user id without a name
        return "operator"
