"""What is known of a sender is shown, and his new mail is let in again."""

from datetime import timedelta

from gateway.clock import SystemClock
from gateway.store import history
from gateway.store.db import Store
from gateway.store.history import Counted, Happening
from tests.cli.conftest import AT, Place

KEYS = ("address ann@bread.test", "domain bread.test")


def fill(store: Store) -> None:
    """Two answered tickets, and a burst that goes on."""
    until = SystemClock().now() + timedelta(minutes=30)
    with store.transaction() as tx:
        for _ in range(2):
            history.note(tx, KEYS, Happening.ANSWERED, AT)
        history.note_window(
            tx, KEYS[0], Counted(opened=11, held_until=until), AT + timedelta(hours=1), window=timedelta(hours=1)
        )


def test_a_sender_is_shown_with_his_domain(place: Place, opened: Store) -> None:
    """Whatever case the address is typed in; for tools with every count."""
    fill(opened)

    rows = place.json("sender", "show", "Ann@Bread.test")
    assert list(KEYS) == [row["key"] for row in rows]
    assert [2, 2] == [row["answered"] for row in rows]
    assert [True, False] == [row["held_until"] is not None for row in rows]
    assert "address ann@bread.test" in place.run("sender", "show", "ann@bread.test").stdout
    assert "Nothing is known of it." in place.run("sender", "show", "eve@elsewhere.test").stdout


def test_new_mail_is_let_in_again_once(place: Place, opened: Store) -> None:
    """A sentence that says so; of one who is not known the answer is no."""
    fill(opened)

    assert "opens tickets again" in place.run("sender", "resume", "ann@bread.test").stdout
    assert place.json("sender", "show", "ann@bread.test")[0]["held_until"] is None
    assert "nothing is known of eve@x.test" in place.run("sender", "resume", "eve@x.test", code=1).stderr
