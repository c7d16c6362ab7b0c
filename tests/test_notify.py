"""The service manager hears what it is told, and nothing goes wrong where there is none."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.notify import sd_notify, watchdog_interval


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_manager_is_told(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is a path or an abstract name (`@…`, as in containers)."""
    name = str(tmp_path / "notify") if kind == "path" else f"@{tmp_path}/notify"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name.replace("@", "\0", 1))

        assert sd_notify("READY=1\nSTATUS=Taking mail")
        assert b"READY=1\nSTATUS=Taking mail" == manager.recv(1000)


@pytest.mark.parametrize("name", ["", "/no/such/socket", "relative"])
def test_without_a_manager_nothing_happens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No service manager, one that has gone, or a value that is none: False, and no exception."""
    monkeypatch.setenv("NOTIFY_SOCKET", name)

    assert not sd_notify("READY=1")


def test_a_manager_that_does_not_read_does_not_hang_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full socket is given up after a second."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as other:
            with suppress(BlockingIOError):
                while True:
                    other.sendto(b"x", str(tmp_path / "notify"))
            assert not sd_notify("WATCHDOG=1")


def test_the_watchdog_is_fed_twice_as_often_as_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As sd_watchdog_enabled(3) recommends."""
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))

    assert 30.0 == watchdog_interval()


@pytest.mark.parametrize(
    ("microseconds", "process"), [(None, None), ("0", None), ("soon", None), ("60000000", "1"), ("60000000", "x")]
)
def test_nobody_watches(microseconds: str | None, process: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No watchdog, or one that watches another process (we inherited its environment)."""
    for name, value in (("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", process)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    assert watchdog_interval() is None
