"""A file that is wrong is named, with the key and what would be right."""

from pathlib import Path

import pytest

from gateway.canned.library import faults, faults_in, load_library
from gateway.render import Renderer, TemplateProblem
from tests.canned.conftest import GOOD, Write

WRONG = {
    "title: Change the colours": {
        "titel: Change the colours": ":2: there is no key `titel`; did you mean `title`?",
        "title:": ": `title` is missing or empty",
        "title: " + "x" * 101: ": `title` has 101 characters, more than 100",
        "title: A\ntitle: B": ":3: `title` stands there twice",
        " title: A": ":2: must be `key: value`, without spaces in front",
        "just words": ":2: must be `key: value`, without spaces in front",
        "colour: red": ":2: there is no key `colour`; the keys are title, topics, keywords, parameters, public",
    },
    "topics: layout": {
        "topics: Layout": ": in `topics`, `Layout` is no name of a topic",
        "topics: [layout]": ": `topics` is written without brackets: `topics: one, two`",
        "topics: layout,": ": in `topics` nothing stands before or after a comma",
    },
    "keywords: colour, colours, theme": {
        "keywords:": ": `keywords` is missing or empty",
        "keywords: colour, colour": ": in `keywords` stands `colour` twice",
        f"keywords: {'x' * 61}": f": in `keywords`, `{'x' * 40}…` is longer than 60 characters",
        f"keywords: {', '.join(f'k{number}' for number in range(81))}": ": `keywords` are 81, more than 80",
    },
    "parameters: shop?, place": {
        "parameters: Shop": ": in `parameters`, `Shop` is no name: small letters, digits and `_`; with `?` behind",
        "parameters: shop?, shop": ": in `parameters` stands `shop` twice",
        "parameters: shop?, place, colour": ": in `parameters` stands `colour`, which the text does not use",
        "parameters: shop?": ": uses `place`, which is missing in `parameters`",
    },
    "public: false": {
        "public: no": ": `public` must be true or false, not `no`",
        "public: true": ": a text with `public: true` goes out by itself: place must get a `?` in `parameters`",
    },
    "**{{ place }}**": {
        "{{ place": ":9: ",
        "{{ place.x }}": ":9: ",
        "[{{ place }}](ftp://x)": ": a link leads to `ftp://x`; it must begin with http://, https://, mailto:",
        "{{ place|upper }}": ": a parameter stands where its value would be changed",
        "{{ place }}" + " word" * 1000: ": the text has 50",
    },
    "---\ntitle": {"title": ":1: must begin with a line `---`, then the keys, one a line"},
    "false\n---": {"false": ": the keys must end with a line `---`"},
}
CASES = [(old, new, fault) for old, each in WRONG.items() for new, fault in each.items()]


@pytest.mark.parametrize(("old", "new", "fault"), CASES, ids=[new[:40] for _, new, _ in CASES])
def test_what_is_wrong_is_named(write: Write, old: str, new: str, fault: str) -> None:
    """The file first, then the line or the key, then what would be right."""
    assert 1 == GOOD.count(old)
    path = write(GOOD.replace(old, new))

    found = faults_in(path, Renderer())

    assert 1 == len(found)
    assert found[0].startswith(f"{path}{fault}"), found[0]


def test_the_text_of_these_cases_is_right(write: Write) -> None:
    """Else they would show nothing."""
    assert [] == faults_in(write(), Renderer())


def test_wrong_front_matter_ends_the_loading(write: Write, tmp_path: Path) -> None:
    """An operator hears of it at the start, not when the text is needed."""
    path = write(GOOD.replace("public: false", "public: maybe"))

    with pytest.raises(TemplateProblem, match="`public` must be true or false, not `maybe`") as raised:
        load_library(tmp_path / "own")

    assert raised.value.reason.startswith(str(path))


@pytest.mark.parametrize("name", ["Colours", "two words", "under_score", "-x", "x" * 61])
def test_a_name_is_what_an_agent_can_type(write: Write, tmp_path: Path, name: str) -> None:
    """Small letters, digits, hyphens."""
    write(name=name)

    with pytest.raises(TemplateProblem, match="the name may hold small Latin letters"):
        load_library(tmp_path / "own")


def test_bytes_that_are_no_text_are_named(write: Write, tmp_path: Path) -> None:
    """With the place."""
    path = write()
    path.write_bytes(b"---\ntitle: \xff\n")

    assert f"{path}: is not UTF-8 text (byte 11)" in faults(tmp_path / "own")


def test_a_file_as_windows_writes_it_is_read(write: Write, tmp_path: Path) -> None:
    """A byte order mark and CRLF."""
    path = write()
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    found = load_library(tmp_path / "own").find("colours", "en")

    assert found is not None
    assert ("Change the colours", ("place",), ("shop",)) == (found.title, found.required, found.optional)
