"""Canaries: of what only the desk may know, nothing stands in any mail to somebody outside, over 500 conversations.

Accounts, notes, other tickets, what specialists and invited people say, agents' names: all hold words that stand
nowhere else. Agents do whatever agents do, and answer with programs that quote the whole notification.
"""

import random
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from gateway.canned.library import load_library
from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.outbox import compose
from gateway.store.agents import put_agents
from gateway.tickets import outward
from gateway.tokens import Keys, Purpose, body_reference
from tests.canary.cage import Cage, readings
from tests.canary.people import AGENTS, SPECIALISTS, make_people
from tests.canary.programs import PROGRAMS, mutt_bottom
from tests.canary.talk import STEPS, Talks
from tests.desk import open_desk
from tests.stores import sqlite_store

LOTS = 5
TALKS = 100
"""Of each lot."""
SENT = 0.7
"""Of the answers that are written in each program, so many arrive at least: the rest goes back to the agent."""
ANN = "ann@bread.test"
KEYS = Keys({0: bytes(range(32))})


@contextmanager
def open_talks(folder: Path, reader: Reader, seed: int) -> Iterator[Talks]:
    """A desk full of canaries, on which nobody has spoken yet."""
    store = sqlite_store(folder / "store.db")
    event.listen(store.engine, "connect", _trust_the_machine)
    dice = random.Random(seed)
    with open_desk(store, FixedClock(datetime(2026, 9, 1, 10, 0, tzinfo=UTC)), folder, reader) as desk:
        cage = Cage(KEYS, dice)
        accounts, people = make_people(cage, dice)
        desk.put_accounts(*accounts)
        with store.transaction() as tx:
            put_agents(tx, AGENTS)
        ours = replace(desk.gateway.desk, undo_seconds=600.0, specialists=SPECIALISTS, canned=load_library())
        desk.gateway = replace(desk.gateway, desk=ours)
        yield Talks(desk, cage, people, dice)
    store.close()


def _trust_the_machine(connection: Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # what a power cut would leave is shown elsewhere


@pytest.mark.parametrize("lot", range(LOTS))
def test_no_mail_holds_what_its_reader_may_not_know(tmp_path: Path, reader: Reader, lot: int) -> None:
    """In a hundred conversations every step is taken and every program used, and most answers arrive."""
    with open_talks(tmp_path, reader, seed=lot) as talks:
        for _ in range(TALKS):
            talks.talk()
        leaving = talks.leaving()
        leaks = [(mail.template, mail.ticket_id, leak) for mail in leaving for leak in talks.leaks(mail)]

        assert [] == leaks
        assert {"undone", *(step.__name__ for step in STEPS)} <= set(talks.done)
        for program in PROGRAMS:
            sent, not_sent = (talks.done[f"{program.__name__}: {what}"] for what in ("sent", "not sent"))
            assert sent >= SENT * (sent + not_sent) > 0, program.__name__
        templates = {mail.template for mail in leaving}
        assert {"receipt", "answer", "forward", "invite", "confirm_request"} <= templates


def test_a_door_that_does_not_close_is_found(tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what looks at an agent's words before they leave, the same conversations are full of leaks."""
    monkeypatch.setattr(outward, "own_words", lambda text, *_: text)
    monkeypatch.setattr(outward, "repeats_a_note", lambda *_, **__: False)
    monkeypatch.setattr(outward, "problem_of", lambda *_: "")
    monkeypatch.setattr(outward, "without_addresses", lambda text, *_: text)
    monkeypatch.setattr(compose, "scrub", lambda text: text)

    with open_talks(tmp_path, reader, seed=99) as talks:
        talks.programs = (mutt_bottom,)
        for _ in range(20):
            talks.talk()
        found = {leak.what for mail in talks.leaving() for leak in talks.leaks(mail)}

    assert {
        "a note",
        "an account's plan",
        "an account's telephone",
        "an account's order",
        "an address",
        "somebody else's token (TEXT)",
    } <= found


@pytest.fixture
def cage() -> Cage:
    """An empty one."""
    return Cage(KEYS, random.Random(1))


def leaks(cage: Cage, body: str, *, fields: str = "Subject: Re", talk: int = 7) -> list[str]:
    """What is found in a mail to Ann in that conversation, of ticket 5."""
    data = f"From: support@desk.test\r\nTo: {ANN}\r\n{fields}\r\nMIME-Version: 1.0\r\n{body}".encode()
    return [leak.what for leak in cage.leaks(readings(data), recipient=ANN, talk=talk, tickets=[5])]


PLACES = {
    "in the text": "Content-Type: text/plain\r\n\r\nDear Ann,\r\n> {word}\r\n",
    "broken by quoted-printable": (
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{half}=\r\n{rest}\r\n"
    ),
    "in HTML that is encoded": "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}\r\n",
    "torn by tags": "Content-Type: text/html\r\n\r\n<b>{half}</b><i>{rest}</i>\r\n",
    "in capitals": "Content-Type: text/plain\r\n\r\n{upper}\r\n",
    "with invisible letters": "Content-Type: text/plain; charset=utf-8\r\n\r\n{half}\u200b{rest}\r\n",
    "in the name of a file": "Content-Disposition: attachment; filename*=utf-8''%C3%9F-{word}.png\r\n\r\nx\r\n",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_planted_word_is_found(cage: Cage, place: str) -> None:
    """Wherever it stands; and the same mail without it is clean."""
    word = cage.word("a note", 7)

    def body(word: str) -> str:
        halves = {"half": word[:6], "rest": word[6:], "upper": word.upper()}
        return PLACES[place].format(word=word, base64=b64encode(f"<p>{word}</p>".encode()).decode(), **halves)

    assert {"a note"} == set(leaks(cage, body(word)))
    assert [] == leaks(cage, body("good day to you"))


@pytest.mark.parametrize("field", ["Subject: Re: {word}", "Subject: =?utf-8?b?{base64}?=", "X-Odd: {word}"])
def test_a_planted_word_is_found_in_a_field(cage: Cage, field: str) -> None:
    """Encoded or not, whatever the field is called."""
    word = cage.word("a note", 7)
    written = field.format(word=word, base64=b64encode(word.encode()).decode())

    assert {"a note"} == set(leaks(cage, "\r\nx\r\n", fields=written))


def test_his_own_words_are_his_in_their_conversation_only(cage: Cage) -> None:
    """They stand in no mail about another ticket of his."""
    word = cage.word("the words of another ticket", 7, ANN)

    assert [] == leaks(cage, f"\r\n{word}\r\n", talk=7)
    assert ["the words of another ticket"] == leaks(cage, f"\r\n{word}\r\n", talk=8)


def test_addresses_numbers_and_tokens_of_others_are_found(cage: Cage) -> None:
    """An agent's address, a telephone number with blanks in it, a token that is another's or of another ticket."""
    number = cage.number("a telephone")
    day = datetime(2026, 9, 1, tzinfo=UTC).date()

    def token(purpose: Purpose, ref: int, address: str) -> str:
        return KEYS.issue(purpose, ticket_ref=ref, address=address, day=day)

    own = token(Purpose.REPLY, 5, ANN), body_reference(token(Purpose.TEXT, 5, ANN))
    assert [] == leaks(cage, f"Reply-To: {own[0]}@reply.desk.test\r\n\r\nRef: {own[1]}\r\n")
    for planted, what in (
        ("write to kim@desk.test", "an address"),
        (f"+30 {number[:4]} {number[4:]}", "a telephone"),
        (f"{token(Purpose.REPLY, 5, 'bob@bread.test')}@reply.desk.test", "somebody else's token (REPLY)"),
        (f"{token(Purpose.AGENT, 5, ANN)}@reply.desk.test", "somebody else's token (AGENT)"),
        (f"> Ref: {body_reference(token(Purpose.TEXT, 6, ANN))}", "somebody else's token (TEXT)"),
    ):
        assert [what] == leaks(cage, f"\r\n{planted}\r\n")
