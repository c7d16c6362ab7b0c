"""The process that reads an account source: settings in, lines out, within limits that the kernel keeps.

    python -P -m gateway.accounts.reading DESCRIPTOR        (started by `gateway.accounts.reader`)

Standard input is a Task. Each account goes to the open file DESCRIPTOR as one line: the digest, the id as JSON, and
the account (`lines.line_of`), with tabs between. Standard output gets a Message a line: now and then how far it is, at
the end how it ended. A process of its own, so that a source which hangs, is huge, or makes a driver crash can be ended
without harm, and so that reading 100,000 accounts takes no time from those who decide mail.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.accounts.files import accounts_in
from gateway.accounts.lines import digest_of, line_of
from gateway.accounts.record import usable
from gateway.accounts.version import Unchanged, Version
from gateway.config import Accounts
from gateway.errors import ConfigError, GatewayError
from gateway.model import Account

MEMORY_BYTES = 1024 * 1024 * 1024
"""What reading may take on top of the program itself."""
TELL_EVERY = 1000
"""Accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be read."""

    source: str
    """"file", "sql" or "http"."""
    settings: str
    """The section [accounts] as JSON."""
    version: str
    """The version that is known, "" to read in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """How far reading is (`ended` is ""), or how it ended."""

    ended: str = ""
    """"whole", "unchanged" or "failed"."""
    accounts: int = 0
    shops: int = 0
    verified: int = 0
    """Addresses that are verified by the source's word."""
    left_out: int = 0
    """Addresses that no mail can come from."""
    version: str = ""
    error: str = ""


def main(arguments: list[str]) -> int:
    """Read one source; how it ended is told on standard output."""
    task = Task(**json.load(sys.stdin))
    settings = Accounts.model_validate_json(task.settings)
    _limit(settings.timeout_seconds)
    gc.disable()  # there are no circles among accounts, and looking for them takes half of the time
    try:
        with os.fdopen(int(arguments[0]), "wb") as lines:
            _tell(_written(task, settings, lines))
    except Unchanged:
        _tell(Message(ended="unchanged"))
    except GatewayError as error:
        _tell(Message(ended="failed", error=error.reason))
    except MemoryError:
        _tell(Message(ended="failed", error=f"needs more than {MEMORY_BYTES // 1024 // 1024} MB of memory"))
    except Exception as error:  # a driver that misbehaves; its words may quote the data
        _tell(Message(ended="failed", error=f"could not be read, for a reason nobody foresaw ({type(error).__name__})"))
    return 0


def _written(task: Task, settings: Accounts, lines: BinaryIO) -> Message:
    """Write every account once; the size of it all."""
    version = Version(task.version)
    digests: dict[str, str] = {}
    shops = verified = left_out = 0
    for told in _accounts(task.source, settings, version):
        account = usable(told)
        line = line_of(account)
        digest = digest_of(line)
        if digests.setdefault(account.id, digest) != digest:
            raise ConfigError(f"tells of account {account.id[:50]} twice, in different words")
        lines.write(b"%s\t%s\t%s\n" % (digest.encode(), json.dumps(account.id).encode(), line))
        shops += len(account.shops)
        verified += sum(entry.verified for entry in account.addresses)
        left_out += len(told.addresses) - len(account.addresses)
        if len(digests) % TELL_EVERY == 0:
            _tell(Message(accounts=len(digests)))
    lines.flush()
    return Message(
        ended="whole",
        accounts=len(digests),
        shops=shops,
        verified=verified,
        left_out=left_out,
        version=version.text,
    )


def _accounts(source: str, settings: Accounts, version: Version) -> Iterator[Account]:
    # Imported here: each library takes its time and memory.
    if source == "sql" and settings.sql:
        from gateway.accounts.sql import read_sql

        version.text = ""
        return read_sql(settings.sql, max_bytes=settings.max_bytes, timeout_seconds=settings.timeout_seconds)
    if source == "http" and settings.http:
        from gateway.accounts.http import read_http

        return read_http(settings.http, max_bytes=settings.max_bytes, version=version)
    assert settings.file, "only what is configured is read"
    return _file(settings.file, settings.max_bytes, version)


def _file(path: Path, max_bytes: int, version: Version) -> Iterator[Account]:
    try:
        with path.open("rb") as file:
            found = version_of(os.fstat(file.fileno()))
            if found == version.text:
                raise Unchanged
            if os.fstat(file.fileno()).st_size > max_bytes:
                raise ConfigError(f"{path}: is larger than {max_bytes // 1024 // 1024} MB ([accounts] max_bytes)")
            version.text = found
            yield from accounts_in(file, str(path))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def version_of(status: os.stat_result) -> str:
    """What changes when a file is written or replaced."""
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _limit(seconds: float) -> None:
    """End with our parent, or a little after it should have ended us, and before the machine is out of memory."""
    # Ctrl-C is for the parent, which ends us in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, seconds + 10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY_BYTES, resource.RLIM_INFINITY))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _tell(message: Message) -> None:
    sys.stdout.write(json.dumps(asdict(message)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
