"""Bad mail and servers that are away, against the running program: one clear word, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.config import Spam
from gateway.mail.reader import Reader
from gateway.pipeline import worker as worker_module
from gateway.pipeline.worker import Workers, WorkLimits
from gateway.spam.spamd import Spamd
from gateway.store.db import Store
from gateway.store.outcomes import balance, outcomes_by_action
from tests.desk import AGENT, CUSTOMER, SUPPORT, open_desk
from tests.peers.postfix import Postfix, Sink
from tests.peers.process import free_port, wait_until
from tests.service import Installation, send

DEEP = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(500))
MAIL = b"From: joe@elsewhere.test\r\nTo: support@desk.test\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\n"


def test_mail_that_cannot_be_read_becomes_a_ticket_of_its_header(tmp_path: Path) -> None:
    """A bomb of nested parts: a ticket with its subject, the defect named, the raw mail kept."""
    installation = Installation(tmp_path).write()
    with installation.serving():
        send(installation.smtp_port, MAIL % (b"deep", b"1") + DEEP)
        audit = installation.wait_decided(1)

    ticket = installation.json("ticket", "show", "1")
    assert (audit["tickets_opened"], ticket["subject"]) == (1, "deep")
    assert "deep" in " ".join(ticket["articles"][0]["defects"]) or ticket["articles"][0]["defects"]


def test_mail_that_fails_every_time_goes_to_the_poison_shelf(
    store: Store, clock: FixedClock, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried as often as configured, then shelved; the mail behind it is not held up."""

    def fails_on_poison(gateway: object, entry: object, real: Callable[..., object] = worker_module.process) -> object:
        if b"poison" in entry.raw:  # type: ignore[attr-defined]
            raise RuntimeError("no idea")
        return real(gateway, entry)

    monkeypatch.setattr(worker_module, "process", fails_on_poison)
    with open_desk(store, clock, tmp_path, reader) as desk:
        limits = WorkLimits(workers=2, lease=timedelta(minutes=10), max_tries=3)
        workers = Workers(desk.gateway, limits)
        desk.put(desk.post.mail("a@elsewhere.test", SUPPORT, "poison", subject="bad"))
        desk.put(desk.post.mail("b@elsewhere.test", SUPPORT, "good"))
        for _ in range(4):
            clock.at += timedelta(hours=1)
            workers.run_until_idle()
        workers.start()
        workers.stop()
        with store.reading() as tx:
            counted = balance(tx)
            (poisoned,) = outcomes_by_action(tx, "poison", limit=5)

    assert dict(counted.by_action) == {"open_unconfirmed": 1, "poison": 1}
    assert counted.is_even
    assert "RuntimeError: no idea" in poisoned.why
    assert desk.ticket(poisoned).subject == "bad"


def test_without_spamd_mail_goes_on_as_unscanned(
    store: Store, clock: FixedClock, tmp_path: Path, reader: Reader
) -> None:
    """The ticket is there, and its notification says that nobody looked for spam."""
    engine = Spamd(Spam(port=free_port(), timeout_seconds=2), clock)
    with open_desk(store, clock, tmp_path, reader, engine) as desk:
        outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT))
        (notification,) = desk.outbox("notification")
    engine.close()

    assert outcome.action == "open"
    assert dict(notification.values)["spam"].startswith("unscanned: ")


def answered_ticket(installation: Installation, author: str) -> None:
    """A ticket with an answer that an operator wrote."""
    mail = f"From: {author}\r\nTo: {SUPPORT}\r\nSubject: hello\r\nMessage-ID: <1@x>\r\n\r\nhi\r\n"
    send(installation.smtp_port, mail.encode(), author=author)
    installation.wait_decided(1)
    installation.run("ticket", "reply", "1", stdin=b"An answer.\n")


def test_a_smarthost_that_is_away_delays_what_leaves(tmp_path: Path, sink: Sink) -> None:
    """It waits in the outbox, is listed there, and goes once the smarthost is back."""
    installation = Installation(tmp_path, outbox=f'destination = "smtp://127.0.0.1:{sink.port}"').write()
    with installation.serving() as served:
        answered_ticket(installation, "joe@elsewhere.test")
        wait_until(lambda: served.events("outgoing_deferred"), "the answer is deferred")
        assert [entry["state"] for entry in installation.json("outbox", "list")] == ["queued"]
        sink.start()
        wait_until(lambda: served.events("outgoing_sent"), "the answer is sent", 60)

    (sent,) = sink.mails()
    assert (sent.recipient, b"An answer." in sent.data) == ("joe@elsewhere.test", True)


def test_an_answer_that_is_refused_is_told_to_the_agent(tmp_path: Path, smarthost: Postfix) -> None:
    """5xx: an event on the ticket, and a mail to the agent with what the answer said."""
    before = len(smarthost.mails())
    installation = Installation(
        tmp_path,
        outbox=f'destination = "smtp://127.0.0.1:{smarthost.port}"\ntls_ca_file = "{smarthost.ca_file}"',
        extra=f'[[agents]]\nname = "Kim"\naddress = "{AGENT}"\n',
    ).write()
    with installation.serving() as served:
        answered_ticket(installation, "nobody@elsewhere.test")
        wait_until(lambda: served.events("outgoing_failed"), "the answer is refused")
        wait_until(lambda: len(smarthost.mails()) == before + 2, "notification, and word to the agent", 60)

    word = smarthost.mails()[-1]
    assert b"An answer." in word
    assert b"no such user here" in word
    ticket = installation.json("ticket", "show", "1")
    assert "undeliverable" in [event["kind"] for event in ticket["events"]]
