"""A listener that decides while the sender waits: the real program, SMTP clients, a real spamd, and power cuts."""

import asyncio
import json
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.authn.trust import Trust
from gateway.cli import audit
from gateway.clock import FixedClock, SystemClock
from gateway.config import Ingest, Smtp
from gateway.errors import Temporary
from gateway.ingest.listen import start_listeners
from gateway.ingest.recipients import Recipients
from gateway.model import Envelope, Incoming, Via
from gateway.pipeline.screen import TRY_AGAIN, Screen, Screening
from gateway.store.db import Store, Tx
from gateway.store.outcomes import Outcome, balance, outcomes_by_action
from gateway.store.schema.outbox import OutboxRow
from gateway.store.spool import count_pending
from tests.desk import CUSTOMER, Post, TestDesk, zone
from tests.peers.process import wait_until
from tests.peers.spamd import RunningSpamd, running_spamd
from tests.service import SUPPORT, Installation, Serving
from tests.spam.mails import GTUBE

LOGIN = "https://shop.test/login"
STRANGER = "eve@elsewhere.test"
SIGNED_STRANGER = "joe@signed.test"
LOOSE = "ann@loose.test"
ACCOUNT = {
    "id": "7",
    "name": "Bakery",
    "shops": [{"id": "s1", "domain": "bread.test"}],
    "addresses": [{"address": CUSTOMER, "verified": True}, {"address": LOOSE, "verified": True}],
}


def install(folder: Path, port: int, *, smtp: str = "", extra: str = "") -> Installation:
    """A listener that screens, a customer's account, the domains that sign."""
    # As long as may be: the machine of the tests may be slow, and this time is not what they are about.
    patience = "" if "screen_seconds" in smtp else "screen_seconds = 20\n"
    installation = Installation(
        folder,
        smtp=f"screen = true\n{patience}{smtp}",
        gateway=f'login_url = "{LOGIN}"',
        spam=f"port = {port}",
        zone=zone(),
        extra=extra,
    ).write()
    accounts = folder / "accounts.jsonl"
    accounts.write_text(json.dumps(ACCOUNT) + "\n")
    installation.run("account", "import", str(accounts))
    return installation


@pytest.fixture(scope="module")
def screening(tmp_path_factory: pytest.TempPathFactory, spamd: RunningSpamd) -> Iterator[tuple[Installation, Serving]]:
    """One program for the tests that break nothing."""
    installation = install(tmp_path_factory.mktemp("screen"), spamd.port)
    with installation.serving() as served:
        yield installation, served


POST = Post(SystemClock())


def gtube(author: str, *, to: str = SUPPORT, signed: bool = True) -> bytes:
    """A mail that every engine knows."""
    return POST.mail(author, to, f"{GTUBE}\r\nnumber {POST.count}", signed=signed)


def say(port: int, raw: bytes, *, author: str, rcpt: Sequence[str] = (SUPPORT,), lmtp: bool = False) -> str:
    """What the final dot is answered."""
    kind = smtplib.LMTP if lmtp else smtplib.SMTP
    with kind("127.0.0.1", port, timeout=40) as client:
        client.ehlo_or_helo_if_needed()
        client.mail(author)
        for recipient in rcpt:
            assert 250 == client.rcpt(recipient)[0]
        code, text = client.data(raw)
    return f"{code} {text.decode()}"


LINES = {action: key for key, _, actions in audit.LINES for action in actions}


def count(installation: Installation) -> Counter[str]:
    """What `audit` counts, from the store itself; both sides are even."""
    store = Store(f"sqlite:///{installation.state}/ticket-gateway.db")
    with store.reading() as tx:
        found = balance(tx)
    store.close()
    assert found.is_even
    named = Counter({"received": found.received, "pending": found.pending})
    for action, number in found.by_action:
        named[LINES[action]] += number
    return named


def settled(installation: Installation, received: int = 0) -> Counter[str]:
    """The same, once so many came and nothing is pending."""
    found: Counter[str] = Counter()

    def is_settled() -> bool:
        found.clear()
        found.update(count(installation))
        return found["received"] >= received and not found["pending"]

    wait_until(is_settled, f"{received} mails are decided", 60)
    return found


@contextmanager
def counted(installation: Installation, **expected: int) -> Iterator[None]:
    """Within the block the audit grows by exactly this, and stays even."""
    before = settled(installation)
    yield
    assert expected == dict(settled(installation) - before)


def test_a_strangers_spam_is_refused_with_a_sentence(screening: tuple[Installation, Serving]) -> None:
    """550 5.7.1 and where a customer can go; the outcome is `reject`; sent again it is refused again."""
    installation, served = screening
    mail = gtube(STRANGER)
    with counted(installation, received=2, rejected=2):
        first, again = (say(installation.smtp_port, mail, author=STRANGER) for _ in range(2))

    assert first == again
    assert first.startswith("550 5.7.1 Refused, because it looks like spam.")
    assert f"log in at {LOGIN}" in first
    assert len(f"{first}\r\n") <= 512
    assert served.events("mail_refused")[-1]["code"] == 550


def test_a_proven_strangers_spam_is_refused_too(screening: tuple[Installation, Serving]) -> None:
    """That he is who he says does not make it wanted."""
    installation, _ = screening
    with counted(installation, received=1, rejected=1):
        assert "550 5.7.1" in say(installation.smtp_port, gtube(SIGNED_STRANGER), author=SIGNED_STRANGER)


def test_a_proven_customers_spam_is_held(screening: tuple[Installation, Serving]) -> None:
    """250: his mail is never lost to the filter (I7)."""
    installation, _ = screening
    with counted(installation, received=1, held=1):
        assert say(installation.smtp_port, gtube(CUSTOMER), author=CUSTOMER).startswith("250 ")


def test_a_reply_on_ones_own_address_is_held(screening: tuple[Installation, Serving]) -> None:
    """T3: not attached in silence, not refused (A-11, design §5.12)."""
    installation, _ = screening
    with counted(installation, received=2, held=1, tickets_opened=1):
        say(installation.smtp_port, POST.mail(CUSTOMER, SUPPORT), author=CUSTOMER)
        wait_until(lambda: receipts(installation), "the receipt left")
        reply_to = receipts(installation)[0]
        assert say(installation.smtp_port, gtube(CUSTOMER, to=reply_to), author=CUSTOMER, rcpt=[reply_to])[:3] == "250"


def receipts(installation: Installation) -> list[str]:
    """The signed addresses in what was sent to the customer."""
    folder = installation.state / "outbound"
    mails = [message_from_bytes(path.read_bytes()) for path in folder.rglob("new/*")]
    return [str(mail["Reply-To"]).strip("<>") for mail in mails if CUSTOMER in str(mail["To"]) and mail["Reply-To"]]


def test_spam_in_a_customers_name_is_refused_when_it_is_blatant(screening: tuple[Installation, Serving]) -> None:
    """S2 at A1: anybody may have written it."""
    installation, _ = screening
    with counted(installation, received=1, rejected=1):
        assert "550 5.7.1" in say(installation.smtp_port, gtube(LOOSE, signed=False), author=LOOSE)


def test_a_forged_author_is_refused_over_smtp_and_held_over_lmtp(screening: tuple[Installation, Serving]) -> None:
    """A0 (A-10): his domain says p=reject, and the mail is not signed. Behind our own server nothing is refused."""
    installation, _ = screening
    with counted(installation, received=2, rejected=1, held=1):
        refused = say(installation.smtp_port, POST.mail(CUSTOMER, SUPPORT, signed=False), author=CUSTOMER)
        held = say(installation.lmtp_port, POST.mail(CUSTOMER, SUPPORT, signed=False), author=CUSTOMER, lmtp=True)

    assert refused.startswith("550 5.7.26 Refused, because the domain of its author says")
    assert LOGIN in refused
    assert held.startswith("250 ")


def test_two_authors_are_refused_without_blaming_a_domain(screening: tuple[Installation, Serving]) -> None:
    """A-14: not exactly one author is A0 as well, and no domain said anything."""
    installation, _ = screening
    mail = b"From: other@signed.test\r\n" + POST.mail(STRANGER, SUPPORT)
    with counted(installation, received=1, rejected=1):
        assert "550 5.7.1 Refused, because its author" in say(installation.smtp_port, mail, author=STRANGER)


def test_spam_over_lmtp_is_held(screening: tuple[Installation, Serving]) -> None:
    """With a reply for each recipient."""
    installation, _ = screening
    with counted(installation, received=1, held=1):
        assert say(installation.lmtp_port, gtube(SIGNED_STRANGER), author=SIGNED_STRANGER, lmtp=True)[:3] == "250"


def test_a_mail_to_several_recipients_is_refused_for_all(screening: tuple[Installation, Serving]) -> None:
    """SMTP has one answer to the final dot: one entry, one outcome."""
    installation, _ = screening
    both = [SUPPORT, "postmaster@desk.test"]
    with counted(installation, received=1, rejected=1):
        assert "550 5.7.1" in say(installation.smtp_port, gtube(STRANGER), author=STRANGER, rcpt=both)


def test_wanted_mail_is_decided_before_the_answer(screening: tuple[Installation, Serving]) -> None:
    """250, and the ticket is there already."""
    installation, _ = screening
    before = settled(installation)
    assert say(installation.smtp_port, POST.mail(STRANGER, SUPPORT), author=STRANGER).startswith("250 ")
    assert {"received": 1, "tickets_opened": 1} == dict(count(installation) - before)


def test_nothing_is_sent_because_of_what_was_refused(screening: tuple[Installation, Serving]) -> None:
    """Neither to who seems to have written it nor to anybody else, agents included."""
    installation, _ = screening
    before = len(outgoing(installation))
    with counted(installation, received=1, rejected=1):
        say(installation.smtp_port, gtube(SIGNED_STRANGER), author=SIGNED_STRANGER)

    assert before == len(outgoing(installation))


def outgoing(installation: Installation) -> list[int]:
    """Everything that ever was to leave."""
    store = Store(f"sqlite:///{installation.state}/ticket-gateway.db")
    with store.reading() as tx:
        found = list(tx.execute(select(OutboxRow.id)).scalars())
    store.close()
    return found


def test_a_slow_engine_ends_in_250_and_the_mail_is_held_later(tmp_path: Path) -> None:
    """Over the budget nothing is refused any more, whatever the engine says then; and who finds no turn is not kept."""
    with running_spamd() as slow:
        installation = install(tmp_path, slow.port, smtp="screen_seconds = 6", extra="[pipeline]\nworkers = 1")
        with installation.serving():
            slow.freeze()
            first = in_thread(lambda: say(installation.smtp_port, gtube(STRANGER), author=STRANGER))
            wait_until(lambda: count(installation)["pending"] == 1, "the mail is kept")
            began = time.monotonic()
            assert say(installation.smtp_port, gtube(STRANGER), author=STRANGER).startswith("250 ")
            assert time.monotonic() - began < 5
            assert first().startswith("250 ")
            slow.thaw()
            assert {"received": 2, "held": 2} == +settled(installation, 2)


def test_a_power_cut_before_the_answer_loses_nothing(tmp_path: Path) -> None:
    """Kept, not answered, killed: decided as usual after it; the sender's second try is a duplicate of it."""
    with running_spamd() as slow:
        installation = install(tmp_path, slow.port)
        mail = gtube(STRANGER)
        slow.freeze()
        with installation.serving(drains=False) as served:
            answer = in_thread(lambda: say(installation.smtp_port, mail, author=STRANGER))
            wait_until(lambda: count(installation)["pending"] == 1, "the mail is kept")
            served.kill()
            with pytest.raises((smtplib.SMTPException, OSError)):
                answer()
        slow.thaw()
        with installation.serving():
            assert 1 == settled(installation, 1)["held"]
            again = say(installation.smtp_port, mail, author=STRANGER)
            assert again.startswith("250 ")
            assert {"received": 2, "held": 1, "duplicates": 1} == +settled(installation, 2)


def in_thread(work: Callable[[], str]) -> Callable[[], str]:
    """Begin it now; the result, or what it raised, when it is asked for."""
    found: list[str | Exception] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # told to who asks
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def result() -> str:
        thread.join()
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    return result


# The race between who waits and who decides, step by step, with the real stages.


def begun(desk: TestDesk, screen: Screen) -> Screening:
    """A forged mail that is being decided, its sender waiting."""
    screening = screen.begin("192.0.2.1")
    assert screening
    envelope = Envelope(via=Via.SMTP, received_at=desk.clock.now(), recipients=(SUPPORT,), source="test")
    screening.put(Incoming(envelope=envelope, raw=desk.post.mail(CUSTOMER, SUPPORT, signed=False))).result(10)
    return screening


@contextmanager
def screen_of(desk: TestDesk) -> Iterator[Screen]:
    """A screen for one mail at a time."""
    screen = Screen(desk.gateway, desk.spool.put_claimed, at_once=1)
    try:
        yield screen
    finally:
        screen.stop()


def refusal(screening: Screening, seconds: float) -> str:
    """What the sender is told, within the event loop of a listener."""

    async def ask() -> str:
        try:
            return await screening.refusal(seconds)
        finally:
            screening.end()

    return asyncio.run(ask())


def outcome_actions(desk: TestDesk) -> list[str]:
    """What became of all mails; both sides are even."""
    with desk.store.reading() as tx:
        found = balance(tx)
    assert found.is_even
    return [action for action, count in found.by_action for _ in range(count)]


def test_who_is_told_250_has_his_mail_held(fast_desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision comes when the sender has his answer already: then it may not be `reject` any more."""
    may_decide, real = threading.Event(), fast_desk.store.together

    def together(work: Callable[[Tx], Outcome]) -> Outcome:
        may_decide.wait(10)
        return real(work)

    monkeypatch.setattr(fast_desk.store, "together", together)
    with screen_of(fast_desk) as screen:
        assert refusal(begun(fast_desk, screen), 0.05) == ""
        may_decide.set()
    assert ["hold"] == outcome_actions(fast_desk)


def test_a_refusal_that_is_being_written_is_waited_for(fast_desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is over in the middle of the commit: the sender waits for it, so that he hears what is true."""
    with screen_of(fast_desk) as screen:
        writing, may_commit = slow_commits(fast_desk, monkeypatch)
        screening = begun(fast_desk, screen)
        assert writing.wait(10)
        threading.Timer(0.3, may_commit.set).start()
        assert refusal(screening, 0.05).startswith("550 5.7.26")
        assert ["reject"] == outcome_actions(fast_desk)


def test_a_refusal_that_cannot_be_written_is_not_told(fast_desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store fails in that moment: "try again later", and the mail is decided without a dialogue."""
    with screen_of(fast_desk) as screen:
        writing, may_commit = slow_commits(fast_desk, monkeypatch, fails=True)
        screening = begun(fast_desk, screen)
        assert writing.wait(10)
        may_commit.set()
        assert refusal(screening, 5) == TRY_AGAIN
        assert [] == outcome_actions(fast_desk)
        with fast_desk.store.reading() as tx:
            assert 1 == count_pending(tx)


def slow_commits(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False
) -> tuple[threading.Event, threading.Event]:
    """Every decision stops before its commit: it was made, and it may be committed."""
    made, may_commit = threading.Event(), threading.Event()

    def together(work: Callable[[Tx], Outcome]) -> Outcome:
        with desk.store.transaction() as tx:
            result = work(tx)
            made.set()
            may_commit.wait(10)
            if fails:
                raise Temporary("the disk is full")
            return result

    monkeypatch.setattr(desk.store, "together", together)
    return made, may_commit


def test_a_turn_comes_back_however_it_ends(fast_desk: TestDesk) -> None:
    """Never put, put and refused: the next one has his turn; meanwhile nobody has."""
    with screen_of(fast_desk) as screen:
        unused = screen.begin("192.0.2.1")
        assert unused
        assert screen.begin("192.0.2.1") is None
        unused.end()
        for _ in range(3):
            assert refusal(begun(fast_desk, screen), 10).startswith("550")
        assert screen.begin(None) is None, "over a unix socket the peer is not the sender's"
    with fast_desk.store.reading() as tx:
        assert 3 == len(outcomes_by_action(tx, "reject", limit=10))


def test_a_refused_mail_is_no_copy_of_a_later_one(fast_desk: TestDesk, clock: FixedClock) -> None:
    """The same bytes by LMTP, from a forwarder that we know: held, not taken for a duplicate of what nobody kept."""
    raw = fast_desk.post.mail(CUSTOMER, SUPPORT, signed=False)
    with screen_of(fast_desk) as screen:
        screening = screen.begin("192.0.2.1")
        assert screening
        envelope = Envelope(via=Via.SMTP, received_at=clock.now(), recipients=(SUPPORT,), source="test")
        screening.put(Incoming(envelope=envelope, raw=raw)).result(10)
        assert refusal(screening, 10).startswith("550")

    assert "hold" == fast_desk.take(raw).action


def test_what_our_own_border_hands_on_is_not_screened(fast_desk: TestDesk) -> None:
    """The peer is our server: what it is told would come back to an innocent."""
    behind = replace(fast_desk.gateway, trust=Trust(border_networks=(ip_network("192.0.2.0/24"),)))
    screen = Screen(behind, fast_desk.spool.put_claimed, at_once=1)

    assert screen.begin("192.0.2.1") is None
    assert screen.begin("198.51.100.1")
    screen.stop()


@pytest.mark.parametrize("is_on", [False, True])
def test_only_a_listener_that_is_told_to_screens(fast_desk: TestDesk, tmp_path: Path, is_on: bool) -> None:
    """`screen` is off unless it is set."""
    asked: list[str | None] = []
    section = Smtp(listen=("127.0.0.1:0",), screen=True) if is_on else Smtp(listen=("127.0.0.1:0",))

    async def serve_one() -> None:
        listeners = await start_listeners(
            Ingest(smtp=section),
            put=fast_desk.spool.put,
            recipients=Recipients(
                support_addresses=[SUPPORT],
                reply_domain="reply.desk.test",
                keys=fast_desk.gateway.desk.keys,
                clock=fast_desk.clock,
            ),
            clock=fast_desk.clock,
            scratch=tmp_path,
            screen=asked.append,  # gives None: it has no turn
        )
        port = int(listeners.addresses[0].rpartition(":")[2])
        answer = await asyncio.to_thread(say, port, gtube(STRANGER), author=STRANGER)
        await listeners.drain(1)
        assert answer.startswith("250 ")

    asyncio.run(serve_one())
    assert (["127.0.0.1"] if is_on else []) == asked
