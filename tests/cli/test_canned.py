"""`ticket-gateway canned`: the texts, a look at one, what is wrong with them, what fits some words."""

from collections.abc import Callable
from pathlib import Path

from gateway.model import Ticket
from gateway.store.canned import OFFERED, SENT, insert_canned_uses
from gateway.store.db import Store
from tests.cli.conftest import AT, Place


def own_folder(place: Place) -> Path:
    """A folder of templates of the operator's."""
    folder = place.state / "own"
    (folder / "en" / "canned").mkdir(parents=True)
    place.file.write_text(f'{place.file.read_text()}\n[templates]\ndirectory = "{folder}"\n')
    return folder / "en" / "canned"


def test_the_list_shows_every_text_with_its_counts(
    place: Place, opened: Store, make_ticket: Callable[..., Ticket]
) -> None:
    """For people a line a name, for tools one for each language."""
    ticket = make_ticket()
    with opened.transaction() as tx:
        insert_canned_uses(tx, ticket.id, [("backup", "en"), ("login", "en")], how=OFFERED, at=AT)
        insert_canned_uses(tx, ticket.id, [("backup", "en")], how=SENT, at=AT)

    listed = place.run("canned", "list", "--days", "3650").output.splitlines()
    (row,) = [line for line in listed if line.startswith("backup ")]
    assert ["de", "el", "en", "fr", "nl", "yes", "1", "0", "1", "0"] == row.split()[-10:]
    found = {(each["name"], each["language"]): each for each in place.json("canned", "list", "--days", "3650")}
    assert 75 == len(found)
    assert (1, 0, 1, 0) == tuple(
        found["backup", "en"][key] for key in ("offered", "offered_helped", "sent", "sent_helped")
    )
    assert 0 == found["backup", "de"]["offered"]
    assert 15 == len(place.json("canned", "list", "--language", "el"))


def test_a_text_is_shown_as_a_customer_reads_it(place: Place) -> None:
    """With these parameters, in that language."""
    shown = place.run("canned", "show", "domain-name", "--language", "de", "target=192.0.2.7").output

    assert "Tragen Sie 192.0.2.7 ein" in shown
    assert "shop, target, link" in shown
    assert "192.0.2.7" in place.json("canned", "show", "domain-name", "target=192.0.2.7")["text"]


def test_what_is_not_there_or_not_known_is_told(place: Place) -> None:
    """With exit code 1, and what may have been meant."""
    assert "Did you mean backup?" in place.run("canned", "show", "bakcup", code=1).output
    assert "does not know `x`" in place.run("canned", "show", "backup", "x=1", code=1).output


def test_shipped_texts_are_right(place: Place) -> None:
    """As they come."""
    assert "75 texts; all can be sent." == place.run("canned", "check").output.strip()
    assert {"texts": 75, "problems": []} == place.json("canned", "check")


def test_what_is_wrong_is_named_and_check_names_it_too(place: Place) -> None:
    """File and key; `check` is what an operator runs before the start."""
    path = own_folder(place) / "mine.md"
    path.write_text("---\ntitle: Mine\nkeywords: mine\npublic: perhaps\n---\n\nWords.\n")
    sentence = f"{path}: `public` must be true or false, not `perhaps`"

    assert sentence in place.run("canned", "check", code=1).output
    assert [sentence] == place.json("canned", "check", code=1)["problems"]
    assert [sentence] == [
        each["detail"] for each in place.json("check", code=1)["checks"] if each["name"] == "templates"
    ]
    assert sentence in place.run("canned", "list", code=2).output


def test_words_find_the_texts_that_would_be_suggested(place: Place) -> None:
    """In the language of the words, unless another is named."""
    words = "Wie verbinde ich meine Domain, was trage ich bei DNS ein?"
    found = place.json("canned", "find", words)

    assert ("domain-name", "de", "#canned domain-name", True) == tuple(
        found[0][key] for key in ("name", "language", "command", "offered")
    )
    assert not place.json("canned", "find", words, "--topic", "slideshow")[0]["offered"]
    assert "No text in en fits these words." == place.run("canned", "find", "zebra", "--language", "en").output.strip()
    assert "domain-name" in place.run("canned", "find", "domain", "name", "DNS").output
