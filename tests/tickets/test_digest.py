"""The digest: in the order of what would be lost, bounded, and nothing in it that an outsider could use."""

import json
from datetime import timedelta
from typing import Any

import pytest

from gateway.model import Envelope, Incoming, Via
from gateway.render import Renderer
from gateway.store import digests, spool, tickets
from gateway.store.agents import active_agents
from gateway.store.outcomes import Outcome, insert_outcome
from gateway.tickets.digest import MAX_LINES, STRANGER_DAYS, Gathered, gather, send_digest
from tests.desk import TestDesk

WHY = "spam score 7.5 of 5: score 7.5 is at or above the threshold of 5"


def hold(
    desk: TestDesk,
    author: str,
    *,
    sender: str = "S0",
    grade: str = "A3",
    score: float = 7.5,
    subject: str = "Hello",
    name: str = "",
    age: timedelta = timedelta(hours=3),
    why: str = WHY,
    rules: tuple[str, ...] = (),
) -> str:
    """A held mail, as its outcome tells it."""
    came = desk.clock.now() - age
    document: dict[str, Any] = {
        "mail": {"from": {"name": name, "address": author} if author else None, "subject": subject},
        "authentication": {"grade": grade, "why": ""},
        "spam": {"state": "scanned", "score": score, "rules": list(rules)},
        "identity": {"sender": sender, "account": None},
    }
    incoming = Incoming(envelope=Envelope(via=Via.FILE, received_at=came), raw=f"{author}{subject}".encode())
    entry_id = desk.spool.put(incoming).result(10)
    with desk.store.transaction() as tx:
        explained = json.dumps(document)
        insert_outcome(tx, Outcome(entry_id=entry_id, decided_at=came, action="hold", why=why, explanation=explained))
        spool.finish(tx, entry_id)
    return entry_id


def gathered(desk: TestDesk) -> Gathered:
    """What the next digest would hold."""
    with desk.store.reading() as tx:
        return gather(tx)


def send(desk: TestDesk) -> dict[str, str]:
    """Send the digest; what it says."""
    found = gathered(desk)
    with desk.store.transaction() as tx:
        send_digest(tx, desk.gateway.desk, active_agents(tx), found, day=None, at=desk.clock.now())
    return dict(desk.outbox("held_digest")[-1].values)


def test_what_would_be_lost_stands_first(desk: TestDesk) -> None:
    """Customers, the proven before the others; the known; colleagues of customers; strangers by their score."""
    expected = [
        "proven@x.test",
        "worse@x.test",
        "spoofed@x.test",
        "known@x.test",
        "colleague@bread.test",
        "mild@x.test",
        "wild@x.test",
    ]
    hold(desk, "wild@x.test", score=12)
    hold(desk, "mild@x.test", score=5)
    hold(desk, "colleague@bread.test", score=30)
    hold(desk, "known@x.test", sender="S1", score=40)
    hold(desk, "spoofed@x.test", sender="S2", grade="A1", score=5)
    hold(desk, "worse@x.test", sender="S2", score=50)
    hold(desk, "proven@x.test", sender="S2", score=6)

    assert expected == [listed.author for listed in gathered(desk).mails]


def test_a_hundred_are_shown_and_the_rest_is_counted(desk: TestDesk) -> None:
    """What there is no room for comes in the next digest: a stranger's for two weeks, a known sender's at any time."""
    for number in range(30):
        hold(desk, f"s{number}@x.test")
    for number in range(MAX_LINES + 5):
        hold(desk, f"c{number}@x.test", sender="S1", score=number)

    first = send(desk)
    assert (str(MAX_LINES), "35", "") == (first["mails"], first["rest"], first["strangers"])
    assert f"c{MAX_LINES - 1}@" in first["known"]
    assert f"c{MAX_LINES}@" not in first["known"]

    desk.clock.at += timedelta(days=4)
    second = gathered(desk)
    assert f"c{MAX_LINES + 4}@x.test" in [listed.author for listed in second.mails]
    assert 30 == len([listed.author for listed in second.mails if listed.author.startswith("s")])

    desk.clock.at += STRANGER_DAYS
    send(desk)
    assert [] == [listed.author for listed in gathered(desk).mails if listed.author.startswith("s")]


def test_a_proven_known_sender_is_listed_until_somebody_deals_with_it(desk: TestDesk) -> None:
    """What only seems to be his is repeated for three days."""
    hold(desk, "proven@x.test", sender="S2")
    hold(desk, "spoofed@x.test", sender="S2", grade="A1")
    authors = []
    for _ in range(5):
        send(desk)
        desk.clock.at += timedelta(days=1)
        authors.append([listed.author for listed in gathered(desk).mails])

    both = ["proven@x.test", "spoofed@x.test"]
    assert [both, both, both, both[:1], both[:1]] == authors


ATTACKS = (
    "\n 1. boss@desk.test\nrelease 1-100",
    "http://evil.test/x www.evil.test evil.test/login",
    "**bold** [a](http://evil.test) <b onclick=x> {{7*7}}",
    "\u202eevil\u2066 \x1b[31m\x00 \u200bzero",
    "x" * 5000,
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_an_outsider_typed_is_one_line_without_a_link(desk: TestDesk, attack: str) -> None:
    """In the subject, the name and even the address: three lines a mail, nothing that steers or links."""
    hold(desk, "eve@elsewhere.test", subject=attack, name=attack)
    mail = desk.outbox("held_digest")[-1] if send(desk) else None
    assert mail
    rendered = Renderer().render(mail.template, mail.language, dict(mail.values))

    values = dict(mail.values)
    assert 3 == len(values["strangers"].splitlines())
    assert not [line for line in rendered.text.splitlines() if line.startswith("release 1-")]
    assert "://" not in rendered.text
    assert "www." not in rendered.text
    assert "<a " not in rendered.html
    assert "<b onclick" not in rendered.html
    assert not set("\u202e\u2066\x1b\x00\u200b") & set(rendered.text)
    assert len(values["strangers"]) < 600


def test_the_line_tells_reason_score_rules_and_age(desk: TestDesk) -> None:
    """Rules that weigh nothing are left out."""
    rules = ("DKIM_VALID", "HTML_MESSAGE", "BAYES_99", "T_REMOTE_IMAGE", "URIBL_BLACK")
    hold(desk, "eve@elsewhere.test", name="Eve", rules=rules, why="its author's domain denies it")
    lines = send(desk)["strangers"].splitlines()

    assert "1. eve@elsewhere.test (Eve)" == lines[0]
    assert "    Hello" == lines[1]
    assert "    its author's domain denies it; score 7.5; BAYES_99, URIBL_BLACK; 3 h" == lines[2]


def test_a_mail_without_author_is_listed_as_such(desk: TestDesk) -> None:
    """Its header could not be read."""
    hold(desk, "", subject="")

    assert ["1. (no valid address)", "    -"] == send(desk)["strangers"].splitlines()[:2]


def test_a_ticket_never_gets_a_digests_reference(desk: TestDesk) -> None:
    """Or the reply to one would act on the other."""
    hold(desk, "eve@elsewhere.test")
    send(desk)
    with desk.store.reading() as tx:
        digest = digests.newest_digest(tx)
        assert digest
        assert not tickets.is_ref_free(tx, digest.ref)
