"""Keys are made for their owner only, revoked by name, never lost."""

import stat
from datetime import date

import pytest

from gateway.tokens import Purpose, load_keys
from tests.cli.conftest import Place


def test_rotate_makes_the_next_key_which_signs(place: Place) -> None:
    """What the old key signed is still good."""
    directory = place.config.keys_directory
    old = load_keys(directory).issue(Purpose.REPLY, ticket_ref=7, address="a@b.example", day=date(2026, 9, 1))
    assert place.json("key", "rotate") == {"id": 1, "state": "signs"}
    keys = load_keys(directory)
    assert keys.ids == (0, 1)
    assert stat.S_IMODE((directory / "1").stat().st_mode) == 0o600
    assert len((directory / "1").read_bytes()) == 32
    assert keys.verify(Purpose.REPLY, old[3:]) is not None


def test_a_revoked_key_verifies_nothing_and_is_kept_under_another_name(place: Place) -> None:
    """A mistake can be undone by hand; its id is not given out again."""
    directory = place.config.keys_directory
    old = load_keys(directory).issue(Purpose.REPLY, ticket_ref=7, address="a@b.example", day=date(2026, 9, 1))
    place.run("key", "rotate")
    place.run("key", "revoke", "0")
    assert load_keys(directory).verify(Purpose.REPLY, old[3:]) is None
    assert (directory / "0.revoked").read_bytes() == bytes(range(32))
    place.run("key", "rotate")
    place.run("key", "revoke", "1")
    assert place.json("key", "list") == [
        {"id": 2, "state": "signs"},
        {"id": 0, "state": "revoked"},
        {"id": 1, "state": "revoked"},
    ]


def test_the_signing_key_cannot_be_revoked(place: Place) -> None:
    """It would bring an older key back, or leave none."""
    assert "rotate` first" in place.run("key", "revoke", "0", code=1).stderr
    assert load_keys(place.config.keys_directory).ids == (0,)


def test_a_key_that_is_not_there_cannot_be_revoked(place: Place) -> None:
    """The answer names those that are."""
    assert "there is no key 5" in place.run("key", "revoke", "5", code=1).stderr


def test_the_list_tells_which_key_signs(place: Place) -> None:
    """For people."""
    place.run("key", "rotate")
    assert place.run("key", "list").stdout.splitlines() == ["Key  State", "  0  verifies", "  1  signs"]


def test_ids_end_at_31(place: Place) -> None:
    """Reply addresses have five bits for them."""
    (place.config.keys_directory / "31").write_bytes(b"k" * 32)
    assert "all 32 ids of keys are used" in place.run("key", "rotate", code=2).stderr


def test_a_key_that_everybody_can_read_is_refused(place: Place) -> None:
    """The sentence says what to type."""
    file = place.config.keys_directory / "0"
    file.chmod(0o644)
    assert f"chmod 600 {file}" in place.run("key", "list", code=2).stderr


@pytest.mark.parametrize("command", [["list"], ["revoke", "0"]])
def test_a_directory_that_is_not_there_is_named(place: Place, command: list[str]) -> None:
    """Nothing is made by looking."""
    (place.config.keys_directory / "0").unlink()
    place.config.keys_directory.rmdir()
    assert "`ticket-gateway init` makes it" in place.run("key", *command, code=2).stderr
    assert not place.config.keys_directory.exists()


def test_rotate_makes_the_first_key_too(place: Place) -> None:
    """As the error about missing keys promises."""
    (place.config.keys_directory / "0").unlink()
    place.config.keys_directory.rmdir()
    place.run("key", "rotate")
    assert load_keys(place.config.keys_directory).ids == (0,)


def test_other_files_beside_the_keys_are_left_alone(place: Place) -> None:
    """A note, an editor's copy, a digit that is no number."""
    for name in ("README", "0~", "²", "7.revoked.old"):
        (place.config.keys_directory / name).write_text("")
    place.run("key", "rotate")
    place.run("key", "revoke", "0")
    assert [key["id"] for key in place.json("key", "list")] == [1, 0]
