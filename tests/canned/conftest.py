"""The shipped library, a folder of an operator's, and a desk that has canned texts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.canned.library import Library, load_library
from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from gateway.store.schema.whole import Base
from tests.desk import TestDesk, open_desk

GOOD = """---
title: Change the colours
topics: layout
keywords: colour, colours, theme
parameters: shop?, place
public: false
---

The colours of {% if shop %}{{ shop }}{% else %}your shop{% endif %} stand in **{{ place }}**.
"""

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def shipped() -> Library:
    """The texts that come with the gateway."""
    return load_library()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a canned text of an operator's; the folder is `tmp_path / "own"`."""

    def write(content: str = GOOD, *, name: str = "colours", language: str = "en") -> Path:
        path = tmp_path / "own" / language / "canned" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def desk(clock: FixedClock, tmp_path: Path, reader: Reader, shipped: Library) -> Iterator[TestDesk]:
    """A desk with the shipped canned texts."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    Base.metadata.create_all(store.engine)
    with open_desk(store, clock, tmp_path, reader) as opened:
        opened.gateway = replace(opened.gateway, desk=replace(opened.gateway.desk, canned=shipped))
        yield opened
    store.close()
