"""A private PostgreSQL: its own cluster in a scratch folder, on loopback, run by nobody.

One serves the whole test run; every test gets empty databases in it (`make_database`). A test that stops or crashes
its server takes one of its own (`private_postgresql`).
"""

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.peers.process import PACKAGES, free_port, open_folder, require, wait_until
from tests.stores import empty, fill

USER = "gw"
OPTIONS = ("listen_addresses=127.0.0.1", "max_connections=200", "fsync=off", "synchronous_commit=on")
"""No test cuts the power of the machine; who kills the server finds all that the kernel was given."""
_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def programs() -> Path:
    """The folder of initdb and postgres, which Debian keeps off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    assert found, f"PostgreSQL is not installed: `{PACKAGES}` installs what the tests need"
    return found[-1].parent


def unprivileged(*command: str) -> list[str]:
    """The command as nobody (PostgreSQL refuses root), and ended when the test run dies."""
    drop = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return [require("setpriv"), *drop, "--pdeathsig=INT", *command]


class PostgreSql:
    """One cluster. It keeps its port and its data over stop and start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._spare: list[str] = []
        self._filled: list[tuple[str, str]] = []
        self._process: subprocess.Popen[bytes] | None = None
        data = folder / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, 65534, 65534)
        # The files made here need no fsync: the server syncs what it promises itself.
        subprocess.run(
            unprivileged(
                str(programs() / "initdb"),
                f"--pgdata={data}",
                f"--username={USER}",
                "--auth=trust",
                "--no-locale",
                "--encoding=UTF8",
                "--no-sync",
            ),
            check=True,
            capture_output=True,
            cwd="/",
        )

    def url(self, database: str = "postgres") -> str:
        """The URL of a database, as the configuration takes it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        settings = [f"-c{option}" for option in (*OPTIONS, f"port={self.port}", "unix_socket_directories=")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                unprivileged(str(programs() / "postgres"), "-D", str(self.folder / "data"), *settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        wait_until(self._ready, f"PostgreSQL takes connections, see {self.folder / 'log'}")

    def stop(self) -> None:
        """Stop it in order; open connections are cut."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stop it as a power cut would: the next start recovers from its log."""
        self._end(signal.SIGQUIT)

    def make_database(self) -> str:
        """Give the URL of an empty database."""
        if self._spare:
            return self._spare.pop()
        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Empty a database for its next user, whoever is still connected (DROP DATABASE takes ten times longer)."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_CUT)
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        self._spare.append(url)

    @contextmanager
    def filled(self) -> Iterator[str]:
        """The URL of a database with all tables, which hold nothing."""
        url, shape = self._filled.pop() if self._filled else self._fill()
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_CUT)
            if empty(connection, shape):
                self._filled.append((url, shape))
                return
        self.give_back(url)

    def _fill(self) -> tuple[str, str]:
        url = self.make_database()
        return url, fill(url)

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")[-2000:]
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running_postgresql() -> Iterator[PostgreSql]:
    """A started cluster until the block ends."""
    with open_folder() as folder:
        server = PostgreSql(folder)
        try:
            server.start()
            yield server
        finally:
            server.crash()  # nobody needs its data any more; an orderly stop writes all of it


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """The server of the whole test run: do not stop it."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def private_postgresql() -> Iterator[PostgreSql]:
    """A server of this test's own, which it may stop, crash and start again."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def make_database(postgresql: PostgreSql) -> Iterator[Callable[[], str]]:
    """Makes empty databases for one test; each call gives the URL of another one."""
    made: list[str] = []

    def make() -> str:
        made.append(postgresql.make_database())
        return made[-1]

    yield make
    for url in made:
        postgresql.give_back(url)
