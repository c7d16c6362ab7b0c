"""The example configuration names every key, with its true default, and is a valid configuration."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.example import example_config
from gateway.config import Config, Section, load, parse, section_of

FILE = Path(__file__).parent.parent.parent / "config.example.toml"
COMMENTED = re.compile(r"^#(?=[a-z_0-9]+ = |\[|\]|    )", re.MULTILINE)
KEY = re.compile(r"#?(?:[a-z_0-9]+ = |\[)")
DECLARED = Config.model_fields


def defaults(model: type[Section], path: str = "") -> Iterator[tuple[str, object]]:
    """Every key with its default."""
    for key, field in model.model_fields.items():
        inner = section_of(field)
        if inner:
            yield from defaults(inner, f"{path}{key}.")
        else:
            yield f"{path}{key}", None if field.is_required() else field.get_default()


def value_at(config: Any, path: str) -> object:
    """The value of a key; of sections that repeat, the first one's."""
    for name in path.split("."):
        config = getattr(config[0] if isinstance(config, tuple) else config, name)
    return config


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own gateway."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)


def test_the_shipped_file_is_made_from_the_declarations() -> None:
    """`ticket-gateway init --print > config.example.toml` after each change of `gateway/config.py`."""
    assert FILE.read_text(encoding="utf-8") == example_config()


def test_the_shipped_file_is_a_valid_configuration() -> None:
    """It loads, and everything that need not be set has its default."""
    required = {"support_addresses": ["support@example.com"], "reply_domain": "reply.example.com"}
    assert load(FILE) == parse({"gateway": required}, "")


@pytest.mark.parametrize(("path", "default"), list(defaults(Config)))
def test_each_key_is_shown_with_its_default(path: str, default: object) -> None:
    """With every `#` before a key taken away the file loads, and holds the defaults."""
    config = parse(tomllib.loads(COMMENTED.sub("", example_config())), "")
    shown = value_at(config, path)
    assert shown == (shown if default is None else default)
    assert shown is not None


def test_each_key_has_a_line_of_meaning() -> None:
    """A comment stands above each key and each section."""
    lines = example_config().splitlines()
    keys = [number for number, line in enumerate(lines) if KEY.match(line)]
    assert len(keys) > 90
    assert [lines[number] for number in keys if not lines[number - 1].startswith("# ")] == []
    assert max(map(len, lines)) <= 120


def test_settings_take_the_place_of_defaults() -> None:
    """`init` sets what it knows; quotes and backslashes are TOML's business, not an operator's."""
    text = example_config({"gateway.desk_name": 'The "desk" \\ Ω', "spam.port": 784})
    config = parse(tomllib.loads(text), "")
    assert config.gateway.desk_name == 'The "desk" \\ Ω'
    assert config.spam.port == 784
