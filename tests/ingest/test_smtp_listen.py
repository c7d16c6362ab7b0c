"""Where the listeners listen, and what an operator is told where they cannot."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.ingest.sockets import close, open_sockets
from tests.ingest.listeners import connected, dialogue, listening
from tests.peers.process import free_port, require, wait_until


def test_one_listener_may_listen_at_several_places(tmp_path: Path) -> None:
    """TCP, IPv6 and a unix socket side by side."""
    where = f"unix:{tmp_path}/smtp"
    with listening(tmp_path, smtp={"listen": ["127.0.0.1:0", "[::1]:0", where]}) as gateway:
        first, second, third = gateway.listeners.addresses

        assert first.startswith("127.0.0.1:")
        assert second.startswith("[::1]:")
        assert where == third
        dialogue(gateway.port, "S: 220 gateway.test ESMTP")
        dialogue(f"{tmp_path}/smtp", "S: 220 gateway.test ESMTP")
        with socket.create_connection(("::1", int(second.rpartition(":")[2])), timeout=20) as made:
            assert b"220 gateway.test ESMTP\r\n" == made.recv(100)


def test_a_name_of_two_addresses_is_listened_at_twice(tmp_path: Path) -> None:
    """`localhost:PORT` is 127.0.0.1 and ::1, where the machine says so."""
    port = free_port()
    names = {item[4][0] for item in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM)}
    with listening(tmp_path, smtp={"listen": [f"localhost:{port}"]}) as gateway:
        assert len(names) == len(gateway.listeners.addresses)


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Which key, which address, what to do; and nothing else stays open."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        free = f"127.0.0.1:{free_port()}"
        with pytest.raises(ConfigError) as refused, listening(tmp_path, smtp={"listen": [free, where]}):
            pass

    assert (
        f"[ingest.smtp] listen: cannot listen at {where}:"
        " something else listens there already; stop it, or choose another port"
    ) == refused.value.reason
    with listening(tmp_path, smtp={"listen": [free]}):
        pass


@pytest.mark.parametrize(
    ("where", "advice"),
    [
        ("192.0.2.1:0", "this machine does not have that address"),
        ("no-such-host.invalid:0", "choose another address"),
        ("unix:/nonexistent/socket", "its folder does not exist"),
        ("unix:/" + "x" * 200, "too long"),
    ],
)
def test_an_address_that_cannot_be_used_is_explained(tmp_path: Path, where: str, advice: str) -> None:
    """The reason and the way out."""
    with pytest.raises(ConfigError, match=advice), listening(tmp_path, lmtp={"listen": [where]}):
        pass


@pytest.mark.parametrize("mode", ["0600", "0660", "0666"])
def test_a_unix_socket_has_the_configured_mode_and_goes_away(tmp_path: Path, mode: str) -> None:
    """Whatever the process's own umask is."""
    path = tmp_path / "lmtp"
    before = os.umask(0o077)
    try:
        with listening(tmp_path, lmtp={"listen": [f"unix:{path}"], "socket_mode": mode}):
            assert int(mode, 8) == stat.S_IMODE(path.stat().st_mode)
        assert not path.exists()
    finally:
        assert 0o077 == os.umask(before)


def test_what_a_killed_process_left_behind_is_taken_away(tmp_path: Path) -> None:
    """A socket nobody listens at."""
    path = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with listening(tmp_path, lmtp={"listen": [f"unix:{path}"]}):
        dialogue(str(path), "S: 220 gateway.test LMTP")


def test_a_unix_socket_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    """Two gateways must not steal each other's mail."""
    path = tmp_path / "lmtp"
    section = {"listen": [f"unix:{path}"]}
    (tmp_path / "second").mkdir()
    with listening(tmp_path, lmtp=section):
        with pytest.raises(ConfigError, match="listens there already"), listening(tmp_path / "second", lmtp=section):
            pass
        dialogue(str(path), "S: 220 gateway.test LMTP")


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """A path that was mistyped."""
    path = tmp_path / "precious"
    path.write_text("data")
    with (
        pytest.raises(ConfigError, match="a file that is no socket"),
        listening(tmp_path, lmtp={"listen": [f"unix:{path}"]}),
    ):
        pass
    assert "data" == path.read_text()


def test_a_socket_that_systemd_did_not_hand_over_is_missed(tmp_path: Path) -> None:
    """The name, what was handed over instead, and where to set it."""
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:other"}
    with pytest.raises(ConfigError) as refused:
        open_sockets("systemd:smtp", key="[ingest.smtp] listen", environ=environ)

    assert (
        "[ingest.smtp] listen: systemd handed over no socket named smtp (handed over: http, other);"
        " set FileDescriptorName=smtp in the socket unit and start the service through it"
    ) == refused.value.reason


@pytest.mark.parametrize("environ", [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "smtp"}])
def test_sockets_for_another_process_are_not_ours(environ: dict[str, str]) -> None:
    """sd_listen_fds(3): $LISTEN_PID must be us."""
    with pytest.raises(ConfigError, match=r"handed over: none"):
        open_sockets("systemd:smtp", key="x", environ=environ)


SERVE = """
import asyncio, sys
from pathlib import Path
from gateway.clock import SystemClock
from gateway.config import Ingest, Lmtp, Smtp
from gateway.ingest.listen import start_listeners
from tests.ingest.listeners import make_recipients

async def main():
    await start_listeners(
        Ingest(smtp=Smtp(listen=["systemd:mail"]), lmtp=Lmtp(listen=["systemd:local"])),
        put=None, recipients=make_recipients(SystemClock()), clock=SystemClock(), scratch=Path("/tmp"),
    )
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.peer
def test_sockets_of_systemd_are_used_by_their_names(tmp_path: Path) -> None:
    """Handed over by systemd's own tool: two of one name, one of another."""
    first, second = free_port(), free_port()
    activate = require("systemd-socket-activate")
    places = [f"127.0.0.1:{first}", f"127.0.0.1:{second}", str(tmp_path / "lmtp")]
    with subprocess.Popen(
        [
            *[activate, *[f"--listen={place}" for place in places], "--fdname=mail:mail:local"],
            *[f"--setenv=PYTHONPATH={Path.cwd()}", sys.executable, "-c", SERVE],
        ],
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            wait_until((tmp_path / "lmtp").exists, "systemd-socket-activate listens")
            dialogue(str(tmp_path / "lmtp"), "S: 220 localhost LMTP")
            dialogue(first, "S: 220 localhost ESMTP")
            dialogue(second, "S: 220 localhost ESMTP")
        finally:
            running.send_signal(signal.SIGKILL)


def test_a_socket_that_does_not_listen_is_refused(tmp_path: Path) -> None:
    """A unit with Accept=yes hands over connections."""
    with socket.socket() as idle:
        place = idle.fileno() - 3
        environ = {
            "LISTEN_PID": str(os.getpid()),
            "LISTEN_FDS": str(place + 1),
            "LISTEN_FDNAMES": ":".join(["x"] * place + ["smtp"]),
        }
        with pytest.raises(
            ConfigError, match=r"not a listening stream socket; the unit needs ListenStream=, Accept=no"
        ):
            open_sockets("systemd:smtp", key="x", environ=environ)


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    """Stopping may be asked for twice."""
    [listening_at] = open_sockets(f"unix:{tmp_path}/x", key="x")
    close(listening_at)
    close(listening_at)

    with pytest.raises(FileNotFoundError), connected(f"{tmp_path}/x"):
        pass
