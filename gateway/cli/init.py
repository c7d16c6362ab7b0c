"""`ticket-gateway init`: what a first start needs, and nothing that is there already is touched."""

import os
from pathlib import Path

import click

from gateway.cli.example import example_config
from gateway.cli.failure import Wrong
from gateway.cli.key import make_key
from gateway.cli.screen import say
from gateway.config import Config, find_file, load, parse
from gateway.errors import ConfigError


@click.command()
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep everything in this folder, for a trial: DIR/config.toml and DIR/state.",
)
@click.option("--support-address", metavar="ADDRESS", help="The address that customers write to.")
@click.option("--reply-domain", metavar="DOMAIN", help="The domain of signed reply addresses; 17 characters at most.")
@click.option("--print", "only_print", is_flag=True, help="Only show the example configuration.")
@click.pass_obj
def init(
    config_option: str | None,
    directory: Path | None,
    support_address: str | None,
    reply_domain: str | None,
    only_print: bool,
) -> None:
    """Write a first configuration, its folders and a key.

    Asks nothing and replaces nothing: a configuration that is there already ends it, a key that is there is kept.
    Makes the database too, where it is a file.
    """
    settings: dict[str, object] = {}
    if support_address:
        settings["gateway.support_addresses"] = [support_address]
    if reply_domain:
        settings["gateway.reply_domain"] = reply_domain
    if directory:
        settings["gateway.state_directory"] = str(directory.absolute() / "state")
    if only_print:
        click.echo(example_config(settings), nl=False)
        return
    file = directory / "config.toml" if directory else find_file(config_option)
    _check(settings)  # before anything is written
    _write(file, example_config(settings))
    config = load(file)
    _make_state(config)
    say(_told(file, config, is_complete=bool(support_address and reply_domain)))


def _check(settings: dict[str, object]) -> None:
    given = {path.removeprefix("gateway."): value for path, value in settings.items()}
    parse(
        {"gateway": {"support_addresses": ["a@example.com"], "reply_domain": "example.com"} | given}, "ticket-gateway"
    )


def _write(file: Path, text: str) -> None:
    """The configuration, readable for its owner and group: a store's URL may hold a password."""
    try:
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    except FileExistsError as error:
        raise Wrong(f"{file} is there already; nothing was changed") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def _make_state(config: Config) -> None:
    from gateway.cli.stored import store_file
    from gateway.store.db import Store
    from gateway.store.migrate import upgrade

    try:
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"[gateway] state_directory {config.state}: {error.strerror}") from error
    keys = config.keys_directory
    if not (keys.is_dir() and any(keys.iterdir())):
        make_key(keys)
    if store_file(config):
        store = Store(config.store_url)
        try:
            upgrade(store)
        finally:
            store.close()


def _told(file: Path, config: Config, *, is_complete: bool) -> str:
    lines = [f"Configuration: {file}", f"State:         {config.state}", f"Keys:          {config.keys_directory}", ""]
    if not is_complete:
        lines.append(f"Next: set support_addresses, reply_domain and [[agents]] in {file},")
    else:
        lines.append(f"Next: name your [[agents]] in {file},")
    return "\n".join([*lines, "then `ticket-gateway check`, then `ticket-gateway serve`."])
