"""What most commands begin with: the configuration, and who types. Nothing here loads the database's library."""

import getpass

from gateway.config import Config, find_file, load


def load_config(option: str | None) -> Config:
    """The configuration; `option` is what `--config` said. Raises ConfigError."""
    return load(find_file(option))


def reverse_path(given: str | None) -> str | None:
    """What `--envelope-from` means: an address, "" for the null reverse path, None where nothing is known of it.

    `MAILER-DAEMON` is what Postfix's pipe(8) writes for the null one.
    """
    if given is None:
        return None
    path = given.strip().removeprefix("<").removesuffix(">")
    return "" if path == "MAILER-DAEMON" else path


def operator() -> str:
    """Who types this, for the story of a ticket."""
    try:
        return f"operator {getpass.getuser()}"
    except (OSError, KeyError):  # a user id without a name
        return "operator"
