"""A real systemd: the machine's own, booted as PID 1 of a container with nothing of the machine in it but /usr.

/etc and /var of the container are empty, /usr is the machine's (read-only), its network is a loopback of its own, so
that ports 24 and 25 are free. Memory, task and processor limits have no effect in it: do not test those.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.peers.process import open_folder, require, wait_until

ROOT = Path(__file__).parent.parent.parent
UNITS = ROOT / "systemd"
INSTALLED = "/opt/ticket-gateway"
"""Where the unit expects the program."""
_ALL_NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd", "--")


class Machine:
    """A booted container. `run` runs commands in it as root."""

    def __init__(self, leader: int) -> None:
        self._leader = leader

    def run(self, *command: str, check: bool = True, stdin: str = "", seconds: float = 60) -> str:
        """Run a command inside and give its standard output; fails where the command fails, unless `check` is off."""
        done = subprocess.run(
            [*_enter(self._leader), *command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def python(self, code: str, *arguments: str, check: bool = True) -> str:
        """Run Python code inside, with the system's interpreter, and give what it prints."""
        return self.run("/usr/bin/python3", "-", *arguments, check=check, stdin=code)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit, as `systemctl show` gives it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, unit: str) -> str:
        """What the unit has logged."""
        return self.run("journalctl", "--no-pager", "--output=short", f"--unit={unit}")


@contextmanager
def booted(*, bind: Mapping[Path, str], units: Sequence[Path]) -> Iterator[Machine]:
    """A container with these folders and files at these places, read-only, and these units installed, none started."""
    assert os.geteuid() == 0, "booting systemd in a container needs root"
    with open_folder() as folder:
        name = f"gw{folder.name[3:]}".replace("_", "x")
        # A first boot would enable every service that is installed on this machine, and ask for a root password.
        (folder / "off.preset").write_text("disable *\n")
        places = {
            folder / "off.preset": "/etc/systemd/system-preset/00-off.preset",
            Path("/dev/null"): "/etc/systemd/system/systemd-firstboot.service",
            **{unit: f"/etc/systemd/system/{unit.name}" for unit in units},
            **bind,
        }
        log = folder / "console"
        groups = _control_groups(name)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_in_groups(groups), *_nspawn(name, places)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield Machine(_leader_of(process, log))
        finally:
            _power_off(process)
            for group in groups:
                _remove_group(group)


def _nspawn(name: str, places: Mapping[Path, str]) -> list[str]:
    # Below a real systemd nspawn asks that for a scope; where something else is PID 1 it stays where we put it.
    keep = [] if Path("/run/systemd/system").is_dir() else ["--keep-unit"]
    return [
        require("systemd-nspawn"),
        *("--quiet", "--directory=/", "--volatile=yes", "--boot", "--register=no", *keep),
        *("--private-network", "--console=pipe", f"--machine={name}"),
        *(
            f"--bind-ro={path.resolve() if path != Path('/dev/null') else path}:{place}"
            for path, place in places.items()
        ),
    ]


def _control_groups(name: str) -> list[Path]:
    """Groups for the container, where nobody else provides them: it must be in one below the root's."""
    if Path("/run/systemd/system").is_dir():
        return []
    base = Path("/sys/fs/cgroup")
    trees = [base] if (base / "cgroup.procs").exists() else [base / "systemd", base / "unified"]
    groups = [tree / name for tree in trees if tree.is_dir()]
    for group in groups:
        group.mkdir()
    return groups


def _in_groups(groups: Sequence[Path]) -> list[str]:
    script = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'
    return ["sh", "-c", script, "sh", *map(str, groups), "--"]


def _remove_group(group: Path) -> None:
    for folder in sorted(group.rglob("*"), key=lambda path: -len(path.parts)):
        if folder.is_dir():
            folder.rmdir()
    group.rmdir()


def _enter(leader: int) -> list[str]:
    return ["nsenter", f"--target={leader}", *_ALL_NAMESPACES]


def _leader_of(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The process id, seen from outside, of the container's systemd once it answers."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found: list[int] = []

    def answers() -> bool:
        assert process.poll() is None, f"the container ended while booting: {log.read_text(errors='replace')[-2000:]}"
        found[:] = [int(child) for child in children.read_text().split()][:1]
        if not found:
            return False
        return subprocess.run([*_enter(found[0]), "systemctl", "list-jobs"], capture_output=True).returncode == 0

    wait_until(answers, f"systemd answers in the container, see {log}", 60)
    return found[0]


def _power_off(process: "subprocess.Popen[bytes]") -> None:
    leaders = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGTERM)  # an orderly power-off of the container
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        # nspawn alone would leave the container's systemd behind.
        for leader in leaders:
            os.kill(int(leader), signal.SIGKILL)
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def installation() -> Iterator[Mapping[Path, str]]:
    """ticket-gateway installed from its wheel, as docs/systemd.md says: folders, and the places they belong at.

    Only the libraries are not installed once more: they are those of the environment that runs the tests.
    """
    assert Path(sys.executable).resolve().is_relative_to("/usr"), (
        f"the tests run by {Path(sys.executable).resolve()}, which the container lacks: `make clean`, then again"
    )
    libraries = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    with open_folder() as folder:
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder / "gw")], check=True)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        wheel = ["wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}", str(ROOT)]
        subprocess.run([*pip, *wheel], check=True)
        install = ["--python", str(folder / "gw" / "bin" / "python"), "install", "--no-deps"]
        subprocess.run([*pip, *install, *map(str, folder.glob("*.whl"))], check=True)
        program = folder / "gw" / "bin" / "ticket-gateway"
        program.write_text(program.read_text().replace(str(folder / "gw"), INSTALLED))
        (next((folder / "gw").glob("lib/*/site-packages")) / "libraries.pth").write_text("/opt/libraries\n")
        yield {folder / "gw": INSTALLED, libraries: "/opt/libraries"}
