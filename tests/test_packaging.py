"""The locks fit pyproject.toml, and say nothing about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAIN = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["postgresql"]]
LOCKS = {
    "requirements.lock": MAIN,
    "requirements-dev.lock": [*MAIN, *PROJECT["project"]["optional-dependencies"]["dev"]],
    "requirements-build.lock": PROJECT["build-system"]["requires"],
}


def locked(name: str) -> dict[str, str]:
    """Package and version of each line of a lock."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in lines}


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_locked_at_a_version_that_fits(name: str) -> None:
    """Else: `make lock`."""
    versions = locked(name)
    missing = [
        requirement
        for requirement in map(Requirement, LOCKS[name])
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"))
    ]

    assert [] == missing, "`make lock` writes the locks anew"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_lock_names_an_index(name: str) -> None:
    """An installation refuses what is not exactly the file that was locked, from whatever index it comes."""
    text = (ROOT / name).read_text()
    entries = re.split(r"^(?=[A-Za-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]

    assert len(locked(name)) == len([entry for entry in entries if "--hash=sha256:" in entry])
    assert "://" not in text


def test_both_environments_hold_the_same_versions() -> None:
    """What is tested is what runs."""
    tested = locked("requirements-dev.lock")

    assert [] == [package for package, version in locked("requirements.lock").items() if tested[package] != version]
