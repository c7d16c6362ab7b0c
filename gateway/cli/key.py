"""`ticket-gateway key`: the files of signing keys.

A key's file is named by its id; the highest id signs, all verify. A revoked key is renamed, never deleted: its id is
not given out again, and a mistake can be undone by hand.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import Column, json_option, say, show_json, show_table
from gateway.errors import ConfigError
from gateway.tokens import CREDENTIAL_PREFIX, KEY_BYTES, load_keys

LARGEST_ID = 31
REVOKED = ".revoked"


@click.group()
def key() -> None:
    """Make, list and revoke the keys of signed reply addresses.

    The newest key signs, all keys verify. A running gateway uses a change after its next start.
    """


@key.command("list")
@json_option
@click.pass_obj
def list_keys(config_option: str | None, as_json: bool) -> None:
    """List the keys, with the revoked ones."""
    directory = load_config(config_option).keys_directory
    ids = load_keys(directory).ids
    rows = [(key_id, "signs" if key_id == ids[-1] else "verifies") for key_id in ids]
    rows += [(key_id, "revoked") for key_id in sorted(_ids(directory) - set(ids))]
    if as_json:
        show_json([{"id": key_id, "state": state} for key_id, state in rows])
        return
    show_table([Column("Key", right=True), Column("State")], rows)


@key.command()
@json_option
@click.pass_obj
def rotate(config_option: str | None, as_json: bool) -> None:
    """Make a new key, which signs from the next start on.

    What older keys signed stays good for 180 days or until the key is revoked.
    """
    directory = load_config(config_option).keys_directory
    key_id = make_key(directory)
    if as_json:
        show_json({"id": key_id, "state": "signs"})
        return
    say(f"Key {key_id} is in {directory}; it signs after the next start of the gateway.")


@key.command()
@click.argument("key_id", metavar="ID", type=click.IntRange(0, LARGEST_ID))
@json_option
@click.pass_obj
def revoke(config_option: str | None, key_id: int, as_json: bool) -> None:
    """Revoke a key: what it signed proves nothing any more.

    Customers who answer a mail with a reply address of that key are asked who they are again. The key that signs
    cannot be revoked; rotate first.
    """
    directory = load_config(config_option).keys_directory
    ids = load_keys(directory).ids
    if key_id not in ids:
        raise No(f"there is no key {key_id} in {directory}; there are {', '.join(map(str, ids))}")
    if key_id == ids[-1]:
        raise No(f"key {key_id} is the one that signs: run `ticket-gateway key rotate` first")
    with _naming(directory):
        names = [path.name for path in directory.iterdir() if _id_of(path.name) == key_id]
    file = directory / next(name for name in names if not name.endswith(REVOKED))
    with _naming(file):
        file.rename(file.with_name(file.name + REVOKED))
    if as_json:
        show_json({"id": key_id, "state": "revoked"})
        return
    say(f"Key {key_id} is revoked from the next start of the gateway on; its file is {file.name}{REVOKED} now.")


def make_key(directory: Path) -> int:
    """Write the next key, readable for its owner only; its id. ConfigError where that is not possible."""
    with _naming(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_id = max(_ids(directory), default=-1) + 1
    if key_id > LARGEST_ID:
        raise Wrong(
            f"all {LARGEST_ID + 1} ids of keys are used in {directory}: move the oldest revoked files away,"
            " then rename the others to lower ids"
        )
    file = directory / str(key_id)
    with _naming(file):
        _write_key(file)
    return key_id


def _write_key(file: Path) -> None:
    # O_EXCL: of two that rotate at once, one fails instead of replacing a key that may have signed already.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())


def _ids(directory: Path) -> set[int]:
    """Every id that was ever given out in this directory."""
    with _naming(directory):
        found = {_id_of(file.name) for file in directory.iterdir()}
    return {key_id for key_id in found if key_id is not None}


def _id_of(name: str) -> int | None:
    number = name.removesuffix(REVOKED).removeprefix(CREDENTIAL_PREFIX)
    return int(number) if number.isascii() and number.isdigit() else None


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Whatever the file system refuses becomes a sentence with the path."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"[keys] {path}: {error.strerror}") from error
