"""The one gateway that all of these tests write to."""

from collections.abc import Iterator

import pytest

from tests.identity.world import World, running_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running gateway; every test brings people and tickets of its own."""
    with running_world(tmp_path_factory.mktemp("identity")) as running:
        yield running
