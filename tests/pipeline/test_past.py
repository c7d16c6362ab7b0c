"""A sender's history, with the real stages and a real spamd: how it is earned, what it changes, whom it cannot harm."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from gateway.clock import FixedClock, SystemClock
from gateway.config import Spam
from gateway.mail.reader import Reader
from gateway.model import Account, AccountAddress, SenderHistory
from gateway.pipeline.past import keys_of
from gateway.pipeline.worker import Workers, WorkLimits
from gateway.spam.spamd import Spamd
from gateway.store import history
from gateway.store.history import Happening
from gateway.store.outcomes import Outcome
from gateway.tickets import held
from tests.desk import AGENT, BAKERY, CUSTOMER, SUPPORT, TestDesk, open_desk
from tests.peers.spamd import RunningSpamd
from tests.spam.mails import GTUBE
from tests.stores import sqlite_store

PROVEN_STRANGER = "joe@signed.test"
GTUBE_POINTS = 1000.0
OpenDesk = Callable[[float], TestDesk]


@pytest.fixture
def desk_of(clock: FixedClock, tmp_path: Path, reader: Reader, spamd: RunningSpamd) -> Iterator[OpenDesk]:
    """Desks on one store, each with a threshold of its own: the same mail is then in another band."""
    store = sqlite_store(tmp_path / "past.db")
    with ExitStack() as stack:

        def opened(points: float) -> TestDesk:
            """GTUBE counts as so many points of SpamAssassin's usual threshold."""
            engine = Spamd(Spam(port=spamd.port, threshold=GTUBE_POINTS * 5 / points), SystemClock())
            return stack.enter_context(open_desk(store, clock, tmp_path, reader, engine))

        yield opened
    store.close()


def history_of(desk: TestDesk, key: str) -> SenderHistory:
    """A row that is there."""
    with desk.store.reading() as tx:
        found = history.history_of(tx, key)
    assert found, key
    return found


def spam_from(desk: TestDesk, author: str, *, signed: bool = True) -> Outcome:
    """Take a mail of that author that the engine knows for certain."""
    text = f"{GTUBE}\r\nnumber {desk.post.count}"
    return desk.take(desk.post.mail(author, SUPPORT, text, subject=f"s{desk.post.count}", signed=signed))


def note(desk: TestDesk, key: str, happening: Happening, times: int) -> None:
    """A history made by hand."""
    with desk.store.transaction() as tx:
        for _ in range(times):
            history.note(tx, [key], happening, desk.clock.now())


def test_a_proven_customers_mail_counts_for_his_address_account_and_domain(fast_desk: TestDesk) -> None:
    """Once each, in the transaction that decided it; its explanation names the keys."""
    outcome = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT))

    keys = (f"address {CUSTOMER}", "account 7", "domain bread.test")
    assert keys == history.keys_in(outcome.explanation)
    assert [1, 1, 1] == [history_of(fast_desk, key).accepted for key in keys]


def test_what_is_not_proven_counts_for_nobody(fast_desk: TestDesk) -> None:
    """Mail in a customer's name, and mail of a domain that signs nothing: no row of his changes (A-22)."""
    spoofed = fast_desk.take(fast_desk.post.mail("ann@loose.test", SUPPORT, signed=False))
    stranger = fast_desk.take(fast_desk.post.mail("eve@elsewhere.test", SUPPORT))

    assert () == history.keys_in(spoofed.explanation) == history.keys_in(stranger.explanation)
    with fast_desk.store.reading() as tx:
        assert history.history_of(tx, "address ann@loose.test") is None


def test_a_domain_that_many_share_has_no_history() -> None:
    """What one customer of a mail provider does says nothing about the next one."""
    from gateway.accounts.sender import Sender, Standing
    from gateway.authn.result import Authentication, DkimResult, Grade
    from gateway.authn.trust import Trust
    from gateway.mail.message import Address

    sender, trust = Sender(standing=Standing.S0, why=""), Trust(shared_senders=frozenset({"sendgrid.net"}))
    proven = Authentication(grade=Grade.A3, why="")
    signed = (DkimResult(domain="em1.sendgrid.net", result="pass"),)

    assert ("address joe@gmail.com",) == keys_of(Address(address="Joe@gmail.com"), sender, proven, trust)
    unproven = Authentication(grade=Grade.A1, why="", dkim=signed)
    assert () == keys_of(Address(address="joe@x.test"), sender, unproven, trust)
    assert ("domain em1.sendgrid.net",) == keys_of(Address(address="joe@x.test"), sender, unproven, Trust())
    by_spf = Authentication(grade=Grade.A1, why="", spf="pass", spf_domain="x.test")
    assert ("domain x.test",) == keys_of(Address(address="joe@y.test"), sender, by_spf, trust)
    assert () == keys_of(None, sender, proven, trust)


def test_an_answered_ticket_counts_once_for_who_wrote_it(fast_desk: TestDesk) -> None:
    """An agent's answer is the word of a person; his second one in the ticket adds nothing."""
    fast_desk.take(fast_desk.post.mail(PROVEN_STRANGER, SUPPORT))
    notification = fast_desk.outbox("notification")[0]
    for _ in range(2):
        fast_desk.take(fast_desk.post.mail(AGENT, notification.reply_to, "We look into it."))

    assert (1, 1) == (
        history_of(fast_desk, f"address {PROVEN_STRANGER}").accepted,
        history_of(fast_desk, f"address {PROVEN_STRANGER}").answered,
    )
    assert 1 == history_of(fast_desk, "domain signed.test").answered


def test_a_release_and_a_mark_count_and_are_taken_back(desk_of: OpenDesk) -> None:
    """By the keys of the mail that was held."""
    desk = desk_of(6)
    first, second = spam_from(desk, PROVEN_STRANGER), spam_from(desk, PROVEN_STRANGER)
    with desk.store.transaction() as tx:
        held.release(tx, first.entry_id, by="Kim", at=desk.clock.now())
        held.mark_spam(tx, second.entry_id, by="Kim", at=desk.clock.now())
    found = history_of(desk, f"address {PROVEN_STRANGER}")
    assert (0, 1, 1) == (found.accepted, found.released, found.spam)

    with desk.store.transaction() as tx:
        held.undo(tx, second.entry_id, by="Kim", at=desk.clock.now())
    assert 0 == history_of(desk, f"address {PROVEN_STRANGER}").spam


@pytest.mark.parametrize(
    ("points", "happening", "times", "action", "words"),
    [
        (6, Happening.ANSWERED, 0, "hold", "spam score"),
        (6, Happening.ANSWERED, 2, "open_unconfirmed", "proven"),
        (7.5, Happening.ANSWERED, 2, "hold", "the history of its sender is good"),
        (15, Happening.ANSWERED, 50, "hold", "the history of its sender is good"),
        (4, Happening.SPAM, 0, "open_unconfirmed", "proven"),
        (4, Happening.SPAM, 1, "hold", "the history of its sender is bad"),
        (1.9, Happening.SPAM, 50, "open_unconfirmed", "proven"),
    ],
)
def test_a_strangers_history_moves_the_mark_and_no_more(
    desk_of: OpenDesk, points: float, happening: Happening, times: int, action: str, words: str
) -> None:
    """Two points up for a good one, two down for a bad one; said in words and in the explanation."""
    desk = desk_of(points)
    note(desk, f"address {PROVEN_STRANGER}", happening, times)

    outcome = spam_from(desk, PROVEN_STRANGER)
    assert action == outcome.action, outcome.why
    assert words in outcome.why
    document = json.loads(outcome.explanation)
    said = "none" if not times else "good" if happening is Happening.ANSWERED else "bad"
    assert (said if points >= 2 else "none") == document["spam"]["history"]["reputation"]
    assert "other" == document["spam"]["class"]


@pytest.mark.parametrize(("points", "action"), [(4.9, "open"), (5.1, "hold"), (100, "hold")])
def test_a_proven_customers_history_changes_nothing(desk_of: OpenDesk, points: float, action: str) -> None:
    """Held at worst, from the same score on, whatever people said before: he may have been robbed."""
    desk = desk_of(points)
    for happening in (Happening.SPAM, Happening.ANSWERED):
        note(desk, f"address {CUSTOMER}", happening, 60)
        assert action == spam_from(desk, CUSTOMER).action


def test_the_history_is_looked_up_once_and_only_where_it_matters(desk_of: OpenDesk) -> None:
    """A doubtful mail of a stranger and a new ticket of a customer: once; a clean stranger and a reply: never."""
    desk = desk_of(6)
    seen: list[str] = []
    event.listen(desk.store.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))

    def looked_up(take: Callable[[], Outcome]) -> int:
        seen.clear()
        take()
        return sum("FROM sender_history" in sql for sql in seen)

    assert 1 == looked_up(lambda: spam_from(desk, PROVEN_STRANGER))
    assert 1 == looked_up(lambda: desk.take(desk.post.mail(CUSTOMER, SUPPORT)))
    assert 0 == looked_up(lambda: desk.take(desk.post.mail(PROVEN_STRANGER, SUPPORT)))
    receipt = desk.outbox("receipt")[0]
    assert 0 == looked_up(lambda: desk.take(desk.post.mail(CUSTOMER, receipt.reply_to, "and one more thing")))


def burst(desk: TestDesk, count: int, author: str = CUSTOMER, *, signed: bool = True) -> list[Outcome]:
    """So many new mails, one a minute."""
    outcomes = []
    for _ in range(count):
        subject = f"number {desk.post.count}"
        outcomes.append(desk.take(desk.post.mail(author, SUPPORT, subject, subject=subject, signed=signed)))
        desk.clock.at += timedelta(minutes=1)
    return outcomes


def test_a_customers_burst_is_held_and_his_replies_go_on(desk: TestDesk) -> None:
    """Ten new tickets in an hour, the rest held; agents are told once; it ends an hour after the last (A-11)."""
    outcomes = burst(desk, 14)
    assert ["open"] * 10 + ["hold"] * 4 == [outcome.action for outcome in outcomes]
    assert "10 other mails for new tickets within an hour" in outcomes[10].why

    answer = desk.post.mail(CUSTOMER, desk.outbox("receipt")[0].reply_to, "it is me")
    assert "append" == desk.take(answer).action
    (told,) = {mail.message_id: mail for mail in desk.outbox("burst")}.values()
    assert (AGENT, outcomes[9].ticket_id) == (told.recipient.address, told.ticket_id)
    assert "burst" in desk.story(outcomes[9])

    desk.clock.at += timedelta(minutes=61)
    assert "open" == burst(desk, 1)[0].action
    assert 1 == len(desk.outbox("burst"))


def test_another_burst_is_told_again(fast_desk: TestDesk) -> None:
    """The next day."""
    burst(fast_desk, 12)
    fast_desk.clock.at += timedelta(days=1)
    burst(fast_desk, 12)

    assert 2 == len(fast_desk.outbox("burst"))


def test_a_burst_that_goes_on_is_held_until_it_ends(fast_desk: TestDesk) -> None:
    """An hour and a half of a mail a minute: ten tickets, not ten an hour."""
    outcomes = burst(fast_desk, 90)
    assert 10 == sum(outcome.action == "open" for outcome in outcomes)


def test_a_burst_in_somebodys_name_holds_nothing_of_his(fast_desk: TestDesk) -> None:
    """What is not proven to be a customer's does not silence him (A-22), nor does another address of his account."""
    loose, other = "ann@loose.test", "bob@bread.test"
    addresses = (*BAKERY.addresses, *(AccountAddress(address=each, verified=True) for each in (loose, other)))
    fast_desk.put_accounts(Account(id="7", name="Bakery", shops=BAKERY.shops, addresses=addresses))

    spoofed = burst(fast_desk, 15, loose, signed=False)
    assert {"open_unconfirmed"} == {outcome.action for outcome in spoofed}
    assert "open" == burst(fast_desk, 1, loose)[0].action
    burst(fast_desk, 15)
    assert "open" == burst(fast_desk, 1, other)[0].action


def test_several_mails_held_as_spam_hold_the_next_tickets(desk_of: OpenDesk) -> None:
    """Three within an hour: then what the filter does not know is held, too."""
    desk = desk_of(6)
    outcomes = [spam_from(desk, CUSTOMER) for _ in range(3)] + burst(desk, 2)

    assert ["hold"] * 5 == [outcome.action for outcome in outcomes]
    assert "3 mails of its author were held as spam within an hour" in outcomes[3].why


def test_an_operator_ends_a_burst(fast_desk: TestDesk) -> None:
    """His word counts at once, and the count begins anew."""
    burst(fast_desk, 12)
    with fast_desk.store.transaction() as tx:
        assert history.end_burst(tx, f"address {CUSTOMER}")

    assert ["open"] * 10 + ["hold"] == [outcome.action for outcome in burst(fast_desk, 11)]


def test_released_mail_of_a_burst_does_not_make_it_longer(fast_desk: TestDesk) -> None:
    """A person let it go on: it opens its ticket, and is counted once only."""
    outcomes = burst(fast_desk, 11)
    before = history_of(fast_desk, f"address {CUSTOMER}")
    with fast_desk.store.transaction() as tx:
        held.release(tx, outcomes[10].entry_id, by="Kim", at=fast_desk.clock.now())
    Workers(fast_desk.gateway, WorkLimits(workers=1, lease=timedelta(minutes=1), max_tries=1)).run_until_idle()

    after = history_of(fast_desk, f"address {CUSTOMER}")
    assert (before.burst_opened, before.accepted + 1) == (after.burst_opened, after.accepted)
