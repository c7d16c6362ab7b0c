"""From an entry to its outcome, on both stores: the real stages, real signatures, real transactions."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.mail.reader import Reader
from gateway.model import Agent, TicketState
from gateway.pipeline import apply as apply_module
from gateway.pipeline import process as process_module
from gateway.pipeline.decide import Policy, decide
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Plan
from gateway.pipeline.process import Later, process
from gateway.store import spool as spool_sql
from gateway.store import tickets
from gateway.store.agents import put_agents
from gateway.store.db import Store, Tx
from gateway.store.outcomes import balance
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.ticket import ArticleRow, ThreadRow, TicketRow
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk, open_desk, sign

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened


def test_a_customers_mail_opens_a_ticket_with_receipt_and_notification(desk: TestDesk) -> None:
    """The receipt goes to the proven author with his own reply address; the agent gets everything."""
    raw = desk.post.mail(CUSTOMER, SUPPORT, "It fails.", attachment=b"\x89PNG\r\n\x1a\n")

    outcome = desk.take(raw, mail_from=CUSTOMER)

    ticket = desk.ticket(outcome)
    assert (outcome.action, ticket.confirmed, ticket.account_id, ticket.shop_id) == ("open", True, "7", "s1")
    receipt, notification = desk.outbox()
    assert (receipt.template, receipt.recipient.address, receipt.mail_from) == ("receipt", CUSTOMER, "")
    assert receipt.in_reply_to == "<1@bread.test>"
    assert (notification.template, notification.recipient.address) == ("notification", AGENT)
    assert dict(notification.values)["text"].strip() == "It fails."
    assert [file.filename for file in notification.attachments] == ["shot.png"]


def test_a_receipt_repeats_nothing_that_its_author_typed(desk: TestDesk) -> None:
    """Not his subject, name or words (A-24)."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "CANARYTEXT", subject="CANARYSUBJECT"), mail_from=CUSTOMER)

    (receipt,) = desk.outbox("receipt")
    assert "CANARY" not in repr(receipt)


def test_the_whole_conversation_is_one_ticket(desk: TestDesk) -> None:
    """Mail, reply on the token, the agent's answer, an out-of-office reply, and the customer again."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (receipt,) = desk.outbox("receipt")
    second = desk.take(desk.post.mail(CUSTOMER, receipt.reply_to, "more"), rcpt=[receipt.reply_to], mail_from=CUSTOMER)
    notification = desk.outbox("notification")[-1]
    answer_text = "Please try again.\n\nOn Tue, 1 Sep 2026, Shop Support wrote:\n> --- internal ---\n> +30 210 1\n"
    answered = desk.take(
        desk.post.mail(AGENT, notification.reply_to, answer_text), rcpt=[notification.reply_to], mail_from=AGENT
    )
    (answer,) = desk.outbox("answer")
    away = desk.take(
        desk.post.mail(CUSTOMER, answer.reply_to, "I am away", headers=[("Auto-Submitted", "auto-replied")]),
        rcpt=[answer.reply_to],
        mail_from="",
    )
    thanks = desk.take(
        desk.post.mail(CUSTOMER, answer.reply_to, "thank you"), rcpt=[answer.reply_to], mail_from=CUSTOMER
    )

    assert [outcome.action for outcome in (first, second, answered, away, thanks)] == [
        "open",
        "append",
        "commands",
        "record",
        "append",
    ]
    assert {outcome.ticket_id for outcome in (first, second, answered, away, thanks)} == {first.ticket_id}
    assert desk.ticket(first).state is TicketState.WAITING_FOR_US
    assert desk.ticket(first).assignee == AGENT
    assert desk.story(first) == [
        "opened",
        "article",
        "assigned",
        "state",
        "answer",
        "state",
        "auto_reply",
        "state",
        "article",
    ]
    assert dict(answer.values)["text"] == "Please try again."
    assert (answer.recipient.address, answer.in_reply_to) == (CUSTOMER, "<2@bread.test>")
    assert answer.references == ("<1@bread.test>", "<2@bread.test>")
    assert answer.mail_from.startswith("b1-")
    assert AGENT not in repr(replace(answer, message_id="", reply_to="", mail_from=""))


def delivery_report(recipient: str, to: str) -> bytes:
    """A mail server's report that a mail could not be delivered (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.bread.test\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.bread.test\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounced_answer_is_told_to_the_agent_and_a_forged_bounce_to_nobody(desk: TestDesk) -> None:
    """Genuine is only what came to the signed bounce address and names the one it was issued for (A-27)."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (notification,) = desk.outbox("notification")
    desk.take(desk.post.mail(AGENT, notification.reply_to, "Answer."), rcpt=[notification.reply_to], mail_from=AGENT)
    (answer,) = desk.outbox("answer")
    forged = [
        desk.take(delivery_report(CUSTOMER, SUPPORT), mail_from=""),
        desk.take(delivery_report("bob@bread.test", answer.mail_from), rcpt=[answer.mail_from], mail_from=""),
    ]
    assert [outcome.action for outcome in forged] == ["record", "record"]
    assert desk.outbox("undeliverable") == []

    genuine = desk.take(delivery_report(CUSTOMER, answer.mail_from), rcpt=[answer.mail_from], mail_from="")

    assert (genuine.action, genuine.ticket_id) == ("record", first.ticket_id)
    (word,) = desk.outbox("undeliverable")
    assert (word.recipient.address, dict(word.values)["recipient"]) == (AGENT, CUSTOMER)


def test_a_strangers_mail_is_an_unconfirmed_ticket(desk: TestDesk) -> None:
    """Unproven, he gets nothing; proven, the fixed words; the agent sees both."""
    unproven = desk.take(desk.post.mail(STRANGER, SUPPORT), mail_from=STRANGER)
    proven = desk.take(desk.post.mail("joe@signed.test", SUPPORT), mail_from="joe@signed.test")

    assert [unproven.action, proven.action] == ["open_unconfirmed", "open_unconfirmed"]
    (neutral,) = desk.outbox("neutral")
    assert (neutral.recipient.address, neutral.reply_to) == ("joe@signed.test", "")
    assert len(desk.outbox("notification")) == 2


def test_a_forged_customer_is_held(desk: TestDesk) -> None:
    """His domain says reject: no ticket, no mail to anybody, one counted outcome."""
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, signed=False), mail_from="x@evil.test")

    assert (outcome.action, outcome.ticket_id, desk.outbox()) == ("hold", None, [])


def test_the_same_bytes_again_are_a_duplicate(desk: TestDesk) -> None:
    """Whatever the door: one ticket, one receipt, and the second outcome names the first."""
    raw = desk.post.mail(CUSTOMER, SUPPORT)
    first = desk.take(raw, mail_from=CUSTOMER)
    again = desk.take(raw, mail_from=CUSTOMER)

    assert (again.action, again.duplicate_of) == ("duplicate", first.entry_id)
    assert len(desk.outbox("receipt")) == 1


def test_the_same_content_by_another_route_is_a_duplicate(desk: TestDesk) -> None:
    """New Received lines do not make it another mail; a week later it is one."""
    raw = desk.post.mail(CUSTOMER, SUPPORT)
    first = desk.take(raw)
    routed = desk.take(b"Received: from a by b; Tue, 1 Sep 2026 08:00:00 +0000\r\n" + raw)
    assert (routed.action, routed.duplicate_of) == ("duplicate", first.entry_id)

    desk.clock.at += timedelta(days=8)
    assert desk.take(b"Received: from c by d; Tue, 8 Sep 2026 08:00:00 +0000\r\n" + raw).action != "duplicate"


def test_one_message_id_on_two_different_mails_makes_two_articles(desk: TestDesk) -> None:
    """A Message-ID alone is never a key: who claims one first suppresses nobody."""
    desk.take(desk.post.mail(STRANGER, SUPPORT, "I was here first", message_id="<7@bread.test>"))
    outcome = desk.take(
        desk.post.mail(CUSTOMER, SUPPORT, "the real one", message_id="<7@bread.test>"), mail_from=CUSTOMER
    )

    assert outcome.action == "open"


def test_an_answer_that_overtakes_its_mail_ends_in_one_ticket(desk: TestDesk) -> None:
    """The first mail finds the ticket that its answer opened."""
    root = desk.post.mail(CUSTOMER, SUPPORT, "first", message_id="<root@bread.test>")
    answer = desk.post.mail(CUSTOMER, SUPPORT, "second", answers="<root@bread.test>")

    late = [desk.take(answer), desk.take(root)]

    assert [outcome.action for outcome in late] == ["open", "append"]
    assert late[0].ticket_id == late[1].ticket_id


@pytest.mark.parametrize("author", [CUSTOMER, STRANGER])
def test_a_thread_decided_at_the_same_time_is_one_ticket(desk: TestDesk, author: str) -> None:
    """Eight mails of one thread in eight threads: one ticket, whoever is first, four times over."""
    for number in range(4):
        root = f"<root-{number}@bread.test>"
        mails = [desk.post.mail(author, SUPPORT, "root", message_id=root)]
        mails += [desk.post.mail(author, SUPPORT, f"reply {reply}", answers=root) for reply in range(7)]
        entries = [desk.put(raw) for raw in mails]
        start = threading.Barrier(len(entries))

        def decide(entry: object, start: threading.Barrier = start) -> int | None:
            start.wait()
            result = process(desk.gateway, entry)  # type: ignore[arg-type]
            assert not isinstance(result, Later)
            return result.ticket_id

        with ThreadPoolExecutor(len(entries)) as pool:
            found = set(pool.map(decide, entries))
        assert len(found) == 1, number


def test_processing_an_entry_twice_has_one_effect(desk: TestDesk) -> None:
    """As after a crash between the commit and whatever came next (I3)."""
    entry = desk.put(desk.post.mail(CUSTOMER, SUPPORT))
    first = process(desk.gateway, entry)
    again = process(desk.gateway, entry)

    assert first == again
    with desk.store.reading() as tx:
        assert tx.execute(select(func.count()).select_from(TicketRow)).scalar_one() == 1


def test_a_failure_half_way_leaves_nothing_behind(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception after the ticket was written: no ticket, no mail, the entry still pending; then it works."""
    entry = desk.put(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    with monkeypatch.context() as patch:
        patch.setattr(apply_module, "insert_outcome", lambda tx, outcome: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            process(desk.gateway, entry)

    with desk.store.reading() as tx:
        for table in (TicketRow, ArticleRow, OutboxRow):
            assert tx.execute(select(func.count()).select_from(table)).scalar_one() == 0
        assert spool_sql.count_pending(tx) == 1
    result = process(desk.gateway, entry)
    assert not isinstance(result, Later)
    assert result.action == "open"


def test_an_agent_is_told_what_to_mend_and_nothing_happens(desk: TestDesk) -> None:
    """An unknown command: his text comes back, the customer gets nothing, the ticket stands where it stood."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (notification,) = desk.outbox("notification")
    before = desk.ticket(first)

    desk.take(
        desk.post.mail(AGENT, notification.reply_to, "#clsoe\nBye"), rcpt=[notification.reply_to], mail_from=AGENT
    )

    (returned,) = desk.outbox("returned")
    assert returned.recipient.address == AGENT
    assert "Did you mean #close?" in dict(returned.values)["problem"]
    assert desk.outbox("answer") == []
    assert desk.ticket(first) == before


def test_a_note_stays_inside(desk: TestDesk) -> None:
    """#note makes an internal article and no mail."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (notification,) = desk.outbox("notification")

    desk.take(
        desk.post.mail(AGENT, notification.reply_to, "#note\nHe called."), rcpt=[notification.reply_to], mail_from=AGENT
    )

    assert desk.outbox("answer") == []
    assert first.ticket_id
    with desk.store.reading() as tx:
        assert [article.kind.value for article in tickets.articles(tx, first.ticket_id)] == ["in", "internal"]


def test_a_leaked_notification_lets_nobody_act(desk: TestDesk) -> None:
    """A stranger, a customer and an unproven agent on the agent's address: held, each with its reason."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (notification,) = desk.outbox("notification")
    address = notification.reply_to
    attempts = [
        desk.post.mail("joe@signed.test", address, "#close"),
        desk.post.mail(CUSTOMER, address, "#close"),
        desk.post.mail(AGENT, address, "#close", signed=False),
    ]

    outcomes = [desk.take(raw, rcpt=[address]) for raw in attempts]

    assert [outcome.action for outcome in outcomes] == ["hold"] * 3
    assert desk.outbox("answer") == []


def test_dns_that_does_not_answer_delays_only_what_depends_on_it(desk: TestDesk, tmp_path: Path) -> None:
    """A customer's mail waits; after four hours it is decided as unproven, and nothing is ever lost."""
    from gateway.authn.resolver import Resolver
    from gateway.config import Dns

    dead = Resolver(Dns(servers=("127.0.0.1:9",), timeout_seconds=0.2, budget_seconds=0.5), desk.clock)
    gateway = replace(desk.gateway, resolver=dead)
    entry = desk.put(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)

    waiting = process(gateway, entry)
    assert isinstance(waiting, Later)
    with desk.store.reading() as tx:
        assert spool_sql.count_pending(tx) == 1
    desk.clock.at += timedelta(hours=4)
    result = process(gateway, entry)

    assert not isinstance(result, Later)
    assert result.action == "open_unconfirmed"
    assert desk.outbox("receipt") == []


def test_text_that_no_database_takes_is_kept_all_the_same(desk: TestDesk) -> None:
    """NUL, lone surrogates and broken bytes in every place end in a ticket."""
    raw = (
        b"From: ann@elsewhere.test\r\nTo: support@desk.test\r\nSubject: a\x00b =?utf-8?b?7aCA?= \xff\xfe\r\n"
        b"Message-ID: <\xff@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\x00 \xed\xa0\x80 \xff\r\n"
    )

    assert desk.take(raw).action == "open_unconfirmed"


def test_everything_is_accounted_for(desk: TestDesk) -> None:
    """The balance after mail of many kinds is even."""
    for raw in (
        desk.post.mail(CUSTOMER, SUPPORT),
        desk.post.mail(STRANGER, SUPPORT),
        desk.post.mail(CUSTOMER, SUPPORT, signed=False),
        desk.post.mail(CUSTOMER, SUPPORT, headers=[("List-Id", "<x.y>")]),
        b"",
        b"\x00\xff",
    ):
        desk.take(raw)
    with desk.store.reading() as tx:
        counted = balance(tx)

    assert counted.is_even
    assert (counted.received, counted.pending) == (6, 0)


def test_a_store_that_is_gone_is_temporary(desk: TestDesk) -> None:
    """Not an answer, not a loss: Temporary."""
    entry = desk.put(desk.post.mail(CUSTOMER, SUPPORT))
    with desk.store.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE outcome RENAME TO away")

    with pytest.raises(Temporary):
        process(desk.gateway, entry)

    with desk.store.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE away RENAME TO outcome")
    assert not isinstance(process(desk.gateway, entry), Later)


def test_a_first_mail_is_shown_with_what_it_quotes(desk: TestDesk) -> None:
    """Nobody here has seen it: the question may be about nothing else. Of a further mail only what is new is shown."""
    text = "What does this mean?\n\nOn Mon, 31 Aug 2026, The Bank wrote:\n> Your account is closed.\n"
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, text), mail_from=CUSTOMER)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, text, answers="<1@bread.test>"), mail_from=CUSTOMER)

    first, second = (dict(mail.values)["text"] for mail in desk.outbox("notification"))
    assert "Your account is closed." in first
    assert "Your account is closed." not in second


def mail_with(parts: list[tuple[bytes, str, str]]) -> bytes:
    """A proven stranger's mail with files: content, type, name."""
    mail = EmailMessage()
    for name, value in (("From", "joe@signed.test"), ("To", SUPPORT), ("Message-ID", "<files@signed.test>")):
        mail[name] = value
    mail["Date"] = "Tue, 1 Sep 2026 08:00:00 +0000"
    mail.set_content("See there.")
    for content, kind, filename in parts:
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(content, maintype, subtype, filename=filename)
    return sign(mail.as_bytes(policy=SMTP), "signed.test")


def test_agents_are_sent_what_is_a_picture_by_its_bytes(desk: TestDesk) -> None:
    """Not by what it is called (A-45); its name ends as it should, and the others are listed."""
    parts = [
        (b"MZ evil", "image/png", "invoice.exe"),
        (PNG, "image/png", "shot.exe"),
        (PNG + b"2", "application/octet-stream", "SHOT.PNG"),
        (PNG + b"3", "image/jpeg", "shot.jpg"),
    ]
    desk.take(mail_with(parts))

    (notification,) = desk.outbox("notification")
    sent = [(file.filename, file.content_type) for file in notification.attachments]
    assert [("shot.exe.png", "image/png"), ("SHOT.PNG", "image/png"), ("shot.jpg.png", "image/png")] == sent
    assert "invoice.exe" in dict(notification.values)["attachments"]


def test_a_notification_is_never_too_large_to_be_sent(desk: TestDesk) -> None:
    """Pictures of more than six megabytes together are listed: a server may refuse ten, and nobody would hear of it."""
    desk.take(mail_with([(PNG + bytes([n]) * 2_500_000, "image/png", f"{n}.png") for n in range(4)]))

    (notification,) = desk.outbox("notification")
    assert ["0.png", "1.png"] == [file.filename for file in notification.attachments]
    assert "3.png" in dict(notification.values)["attachments"]


@pytest.mark.parametrize(
    ("address", "told"), [("kim@desk.test", True), ("kim@staff.desk.test", True), ("kim@elsewhere.test", False)]
)
def test_only_the_desks_own_agents_are_told_of_accounts(desk: TestDesk, address: str, told: bool) -> None:
    """An agent whose mailbox is somewhere else gets the mail and not what is on file."""
    with desk.store.transaction() as tx:
        put_agents(tx, [Agent(name="Kim", address=address)])
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)

    (notification,) = desk.outbox("notification")
    assert told is ("+30 210 1" in repr(notification))
    assert told is ("Bakery" in repr(notification))


def test_a_reply_to_all_counts_whichever_copy_comes_first(desk: TestDesk) -> None:
    """The copy to the support address makes no second ticket."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (receipt,) = desk.outbox("receipt")
    raw = desk.post.mail(CUSTOMER, f"{receipt.reply_to}, {SUPPORT}", "more")

    copies = [
        desk.take(b"Received: from a by b; Tue, 1 Sep 2026 08:00:00 +0000\r\n" + raw, mail_from=CUSTOMER),
        desk.take(raw, rcpt=[receipt.reply_to], mail_from=CUSTOMER),
    ]

    assert ["append", "duplicate"] == [copy.action for copy in copies]
    assert first.ticket_id == copies[0].ticket_id


def test_a_mail_to_two_tickets_is_held(desk: TestDesk) -> None:
    """Not added to the one that happens to come first."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "other"), mail_from=CUSTOMER)
    both = [receipt.reply_to for receipt in desk.outbox("receipt")]

    outcome = desk.take(desk.post.mail(CUSTOMER, ", ".join(both)), rcpt=both, mail_from=CUSTOMER)

    assert ("hold", None) == (outcome.action, outcome.ticket_id)


def test_a_thread_cannot_be_drawn_to_another_ticket(desk: TestDesk) -> None:
    """Who refers to a customer's mail gets a ticket of his own; the customer's next mail stays in the customer's."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    other = desk.take(desk.post.mail("joe@signed.test", SUPPORT, "x", answers="<1@bread.test>"))
    further = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "more", answers="<1@bread.test>"), mail_from=CUSTOMER)

    assert first.ticket_id != other.ticket_id
    assert ("append", first.ticket_id) == (further.action, further.ticket_id)


def test_a_long_thread_costs_no_more_than_a_short_one(desk: TestDesk) -> None:
    """What every mail of it refers to is written down once (I10)."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    for number in range(3):
        desk.take(desk.post.mail(CUSTOMER, SUPPORT, str(number), answers="<root@bread.test> <1@bread.test>"))

    with desk.store.reading() as tx:
        rows = tx.execute(select(ThreadRow.message_id).where(ThreadRow.ticket_id == first.ticket_id)).scalars().all()
    assert len(set(rows)) == len(rows)


def test_a_forwarders_copy_does_not_keep_the_real_one_back(desk: TestDesk) -> None:
    """Without its signature it looks forged and is held; the signed one is decided, and once."""
    raw = desk.post.mail(CUSTOMER, SUPPORT)
    bare = raw[raw.index(b"From: ") :]

    outcomes = [desk.take(bare), desk.take(bare), desk.take(raw, mail_from=CUSTOMER), desk.take(raw), desk.take(bare)]

    assert ["hold", "duplicate", "open", "duplicate", "duplicate"] == [outcome.action for outcome in outcomes]
    assert 1 == len(desk.outbox("receipt"))


def test_a_mail_found_by_its_thread_changes_no_older_ticket(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is decided an agent takes the ticket: he keeps it, and its state follows both."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
    (notification,) = desk.outbox("notification")
    to = notification.reply_to
    mail = desk.put(desk.post.mail(CUSTOMER, SUPPORT, "more", answers="<1@bread.test>"))
    answer = desk.put(desk.post.mail(AGENT, to, "Answer."), rcpt=[to], mail_from=AGENT)
    matched, answered = threading.Event(), threading.Event()

    def slow(evidence: Evidence, policy: Policy) -> Plan:
        if evidence.reading.entry.id == mail.id:
            matched.set()
            answered.wait(0.5 if desk.store.is_sqlite else 30)  # SQLite has one writer: the answer waits for this mail
        return decide(evidence, policy)

    monkeypatch.setattr(process_module, "decide", slow)
    with ThreadPoolExecutor(2) as pool:
        appended = pool.submit(process, desk.gateway, mail)
        assert matched.wait(30)
        pool.submit(process, desk.gateway, answer).add_done_callback(lambda _: answered.set())
        assert not isinstance(appended.result(), Later)

    ticket = desk.ticket(first)
    assert AGENT == ticket.assignee
    last = TicketState.WAITING_FOR_CUSTOMER if desk.store.is_sqlite else TicketState.WAITING_FOR_US
    assert last is ticket.state


def test_two_mails_with_the_same_files_do_not_wait_for_each_other(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever order they have them: two transactions that insert one row after the other would lock up."""
    files = [(b"one", "application/pdf", "1.pdf"), (b"two", "application/pdf", "2.pdf")]
    mails = [mail_with(files), mail_with(files[::-1]).replace(b"files@", b"other@")]
    entries = [desk.put(raw) for raw in mails]
    barrier = threading.Barrier(2)

    def slow(tx: Tx, sha256: str, content: bytes) -> None:
        insert_blob(tx, sha256, content)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(0.3)

    insert_blob = tickets.insert_blob
    monkeypatch.setattr(tickets, "insert_blob", slow)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda entry: process(desk.gateway, entry), entries))

    assert all(not isinstance(result, Later) for result in results)


def test_a_clock_that_was_never_set_loses_no_mail(desk: TestDesk) -> None:
    """Tokens begin in 2025: before that nothing is decided, and nothing is given up."""
    entry = desk.put(desk.post.mail(CUSTOMER, SUPPORT))
    desk.clock.at = datetime(1970, 1, 2, tzinfo=UTC)

    with pytest.raises(Temporary, match="clock"):
        process(desk.gateway, entry)
