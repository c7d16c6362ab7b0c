"""What the shipped templates are is found out once in a test run: they do not change while it lasts.

`ticket-gateway check` fills each of them three times; a hundred tests call it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.canned import library
from gateway.render import Renderer, template_directories

_SHIPPED = template_directories(None)[0]


@contextmanager
def shipped_templates_checked_once() -> Iterator[None]:
    """Remember what a check found about a shipped file; an operator's own are looked at each time."""
    mails: dict[Path, list[str]] = {}
    texts: dict[Path, list[str]] = {}
    check, faults_in = Renderer._check, library.faults_in

    def check_once(self: Renderer, name: str, language: str, path: Path, shipped: Renderer) -> list[str]:
        if not path.is_relative_to(_SHIPPED):
            return check(self, name, language, path, shipped)
        if path not in mails:
            mails[path] = check(self, name, language, path, shipped)
        return mails[path]

    def faults_once(path: Path, renderer: Renderer) -> list[str]:
        if not path.is_relative_to(_SHIPPED):
            return faults_in(path, renderer)
        if path not in texts:
            texts[path] = faults_in(path, renderer)
        return texts[path]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renderer, "_check", check_once)
        patch.setattr(library, "faults_in", faults_once)
        yield
