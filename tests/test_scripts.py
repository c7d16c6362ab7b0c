"""The shell scripts are sound, and what they promise to a person without rights is one line."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.peers.process import open_folder, require

ROOT = Path(__file__).parent.parent
FILES = [path for path in (*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run") if path.is_file()]
SCRIPTS = sorted(path for path in FILES if path.read_bytes().startswith((b"#!/bin/sh", b"#!/bin/bash")))


@pytest.mark.peer
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    """POSIX sh, no quoting mistakes."""
    done = subprocess.run([require("shellcheck"), str(script)], capture_output=True, text=True, check=False)

    assert "" == done.stdout


@pytest.mark.peer
def test_who_may_not_install_packages_is_told_in_one_line_what_to_type() -> None:
    """Neither root nor sudo: the line can be copied, and the exit code is 1."""
    with open_folder() as folder:
        script = folder / "apt-install"
        script.write_text((ROOT / "scripts" / "apt-install").read_text())
        script.chmod(0o755)
        (folder / "packages").write_text("bash # is there\nno-such-package-as-this # is not\n")
        drop = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [require("setpriv"), *drop, str(script), "packages"],
            cwd=folder,
            env={"PATH": _without_sudo(folder / "bin")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    assert 1 == done.returncode
    assert (
        "Debian packages are missing. As root, type: "
        "apt-get update && apt-get install -y --no-install-recommends no-such-package-as-this\n"
    ) == done.stderr


def test_nothing_is_asked_for_where_nothing_is_missing(tmp_path: Path) -> None:
    """The second `make test` starts at once, whoever types it."""
    (tmp_path / "packages").write_text("dpkg\n")
    done = subprocess.run(
        [str(ROOT / "scripts" / "apt-install"), str(tmp_path / "packages")], capture_output=True, text=True, check=False
    )

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def _without_sudo(folder: Path) -> str:
    """A path with the system's commands but sudo."""
    folder.mkdir()
    for command in ("sed", "xargs", "echo", "dpkg-query", "apt-get", "id"):
        (folder / command).symlink_to(Path("/usr/bin") / command)
    return str(folder)
