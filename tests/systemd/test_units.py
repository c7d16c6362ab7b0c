"""The unit files are right, and the service stays locked in."""

import configparser
import subprocess
from pathlib import Path

import pytest

from tests.peers.process import require
from tests.peers.systemd import INSTALLED, UNITS

EXPOSURE = 1.5
"""The most that `systemd-analyze security` may find (0 to 10); a guard against settings that get lost."""


@pytest.mark.peer
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` only warns of unknown keys and values, so its standard error must be empty of ours."""
    paths = []
    for unit in sorted(UNITS.iterdir()):
        paths.append(tmp_path / unit.name)
        # It also looks for the program, which is not installed here.
        paths[-1].write_text(unit.read_text().replace(f"{INSTALLED}/bin/ticket-gateway", "/usr/bin/env"))
    done = subprocess.run(
        [require("systemd-analyze"), "verify", "--man=no", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [] == [line for line in done.stderr.splitlines() if "ticket-gateway" in line]
    assert 0 == done.returncode


@pytest.mark.peer
def test_a_mistake_in_the_unit_would_be_seen(tmp_path: Path) -> None:
    """The test above can fail."""
    unit = tmp_path / "ticket-gateway.service"
    unit.write_text("[Service]\nExecStart=/usr/bin/env\nWatchdogSecond=60\n")
    done = subprocess.run(
        [require("systemd-analyze"), "verify", str(unit)], capture_output=True, text=True, check=False
    )

    assert "Unknown key 'WatchdogSecond'" in done.stderr


@pytest.mark.peer
def test_the_exposure_is_low() -> None:
    """At most 1.5 of 10, and the tool is told to fail above."""
    command = [require("systemd-analyze"), "security", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}"]
    done = subprocess.run(
        [*command, str(UNITS / "ticket-gateway.service")], capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout.splitlines()[-1]


def test_the_sockets_have_the_names_that_the_configuration_uses() -> None:
    """`systemd:smtp` and `systemd:lmtp`; LMTP only for this machine."""
    found = {}
    for path in UNITS.glob("*.socket"):
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.read(path)
        found[path.name] = (unit["Socket"]["FileDescriptorName"], unit["Socket"]["ListenStream"])

    assert {
        "ticket-gateway-smtp.socket": ("smtp", "25"),
        "ticket-gateway-lmtp.socket": ("lmtp", "127.0.0.1:24"),
    } == found
