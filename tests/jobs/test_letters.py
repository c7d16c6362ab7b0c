"""What customers hear by the clock: when, when not, once only; on both databases."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.behind import letters_job
from gateway.config import DeskSection
from gateway.jobs import letters as job
from gateway.jobs.letters import Letters
from gateway.model import AccountAddress, Agent, ArticleKind, Role, Ticket, TicketState
from gateway.outbox import suppression
from gateway.outbox.outgoing import Outgoing
from gateway.store import tickets
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.participants import put_participant
from gateway.store.schema.desk import LetterRow
from gateway.store.schema.lease import LeaseRow
from gateway.store.schema.ticket import TicketRow
from gateway.tickets import change, held
from gateway.tickets.state import Happening
from gateway.tokens import Purpose
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk

DAY = timedelta(days=1)
KIM = Agent(name="Kim", address=AGENT, languages=("en",))
HELPER = "helper@bread.test"


def written(desk: TestDesk, **headers: str) -> Ticket:
    """A ticket that the customer opened by mail."""
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails", headers=list(headers.items())))
    return desk.ticket(outcome)


def answered(desk: TestDesk, ticket: Ticket) -> Ticket:
    """The desk answered it now."""
    at = desk.clock.now()
    with desk.store.transaction() as tx:
        change.add_text(tx, ticket, kind=ArticleKind.OUT, author=AGENT, author_name="Kim", text="Try this", at=at)
        return change.move(tx, ticket, Happening.AGENT_ANSWERED, actor="Kim", at=at)


def moved(desk: TestDesk, ticket: Ticket, happening: Happening) -> Ticket:
    """Something happened to it."""
    with desk.store.transaction() as tx:
        return change.move(tx, ticket, happening, actor="Kim", at=desk.clock.now(), hours=desk.gateway.desk.hours)


def look(desk: TestDesk, *, store: Store | None = None, **settings: object) -> int:
    """One turn of the job, in a process that has just begun."""
    section = DeskSection.model_validate(settings)
    return Letters(store or desk.store, desk.clock, desk.gateway.desk, section).look()


def after(desk: TestDesk, span: timedelta, **settings: object) -> list[str]:
    """The mails of the job, once so much time has passed."""
    desk.clock.at += span
    look(desk, **settings)
    return names(desk)


def names(desk: TestDesk) -> list[str]:
    """The templates of all automatic mail to customers but the receipts."""
    return [mail.template for mail in desk.outbox() if mail.limited and mail.template != "receipt"]


def now_of(desk: TestDesk, ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    with desk.store.reading() as tx:
        found = tickets.ticket_by_id(tx, ticket.id)
    assert found
    return found


def story(desk: TestDesk, ticket: Ticket) -> list[str]:
    """What its story says about mails."""
    with desk.store.reading() as tx:
        return [event.detail for event in tickets.events(tx, ticket.id) if event.kind in ("not_sent", "letter")]


def rows(desk: TestDesk) -> list[tuple[str, bool]]:
    """What was claimed, and whether it was sent."""
    with desk.store.reading() as tx:
        return [tuple(row) for row in tx.execute(select(LetterRow.kind, LetterRow.is_sent).order_by(LetterRow.id))]


def newest(desk: TestDesk) -> Outgoing:
    """The last mail."""
    return desk.outbox()[-1]


def test_who_does_not_answer_is_reminded_once_for_each_answer_of_ours(desk: TestDesk) -> None:
    """After seven days in which nothing happened; again only after a new answer; by whichever process."""
    ticket = answered(desk, written(desk))

    assert [] == after(desk, 7 * DAY - timedelta(seconds=1))
    assert ["waiting"] == after(desk, timedelta(seconds=1))
    assert ["waiting"] == after(desk, 3 * DAY)
    answered(desk, ticket)
    assert ["waiting"] == after(desk, 6 * DAY)
    assert ["waiting"] * 2 == after(desk, DAY)
    assert [f"waiting: to {CUSTOMER}"] * 2 == story(desk, ticket)


def test_a_reminder_is_a_machines_mail_in_the_customers_thread_that_he_answers_by_reply(fast_desk: TestDesk) -> None:
    """Auto-generated, null reverse path, to his address alone, counted by the limits, on his own reply address."""
    desk = fast_desk
    ticket = answered(desk, written(desk))
    after(desk, 8 * DAY)
    mail = newest(desk)
    (found,) = desk.gateway.desk.keys.find(mail.reply_to)
    data = desk.letter(mail).data.decode()

    assert (CUSTOMER, "", True, True, "") == (
        mail.recipient.address,
        mail.mail_from,
        mail.automatic,
        mail.limited,
        mail.subject,
    )
    assert "<1@bread.test>" in mail.references
    assert found.token
    assert (Purpose.REPLY, ticket.ref) == (found.token.purpose, found.token.ticket_ref)
    assert desk.gateway.desk.keys.is_bound_to(found.token, CUSTOMER)
    assert "Auto-Submitted: auto-generated\r\n" in data
    assert "X-Auto-Response-Suppress: All\r\n" in data
    assert f"(ticket {ticket.id})" in data


def unconfirmed(desk: TestDesk, ticket: Ticket) -> None:
    """Nobody proved that he wrote it."""
    with desk.store.transaction() as tx:
        tx.execute(TicketRow.__table__.update().values(confirmed=False))


def of_a_stranger(desk: TestDesk, ticket: Ticket) -> None:
    """The address stands on no account."""
    with desk.store.transaction() as tx:
        tx.execute(TicketRow.__table__.update().values(correspondent=STRANGER))


def revoked(desk: TestDesk, ticket: Ticket) -> None:
    """The account does not list it any more."""
    other = (AccountAddress(address="other@bread.test", verified=True),)
    desk.put_accounts(replace(BAKERY, addresses=other))


def of_another_account(desk: TestDesk, ticket: Ticket) -> None:
    """The address is on file, but not with the ticket's account."""
    with desk.store.transaction() as tx:
        tx.execute(TicketRow.__table__.update().values(account_id="8"))


def merged(desk: TestDesk, ticket: Ticket) -> None:
    """It goes on as another one."""
    other = moved(desk, written(desk), Happening.CLOSED)
    with desk.store.transaction() as tx:
        tx.execute(TicketRow.__table__.update().where(TicketRow.id == ticket.id).values(merged_into=other.id))


def spam(desk: TestDesk, ticket: Ticket) -> None:
    """An agent said that it is spam."""
    with desk.store.transaction() as tx:
        assert held.mark_ticket_spam(tx, ticket, by="Kim", at=desk.clock.now())


def suppressed(desk: TestDesk, ticket: Ticket) -> None:
    """His mailbox does not exist any more."""
    with desk.store.transaction() as tx:
        suppression.note_failure(tx, CUSTOMER, "5.1.1", ticket_id=ticket.id, now=desk.clock.now())


OBSTACLES: dict[Callable[[TestDesk, Ticket], None], str] = {
    unconfirmed: "it is not proven that its correspondent wrote it",
    of_a_stranger: "the address of its correspondent is on no account that the ticket is of",
    revoked: "the address of its correspondent is on no account that the ticket is of",
    of_another_account: "the address of its correspondent is on no account that the ticket is of",
    merged: "it was merged into ticket 2",
    spam: "a mail of it was called spam",
    suppressed: "nothing is sent to it before",
}


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda obstacle: obstacle.__name__)
@pytest.mark.parametrize("kind", ["waiting", "solved", "feedback", "delayed"])
def test_who_may_not_be_written_to_hears_nothing_ever(
    fast_desk: TestDesk, kind: str, obstacle: Callable[..., None]
) -> None:
    """The story says why, once; and it is not looked at again, so it keeps nobody else waiting."""
    desk = fast_desk
    ticket = written(desk)
    settings: dict[str, object] = {
        "remind_after_days": 0,
        "solve_after_days": 0,
        "feedback_after_days": 0,
        "delay_mail": False,
    }
    if kind in ("waiting", "solved"):
        answered(desk, ticket)
    if kind == "feedback":
        moved(desk, answered(desk, ticket), Happening.SOLVED)
    settings |= {
        "waiting": {"remind_after_days": 2},
        "solved": {"solve_after_days": 2},
        "feedback": {"feedback_after_days": 2},
        "delayed": {"delay_mail": True},
    }[kind]
    obstacle(desk, ticket)

    for _ in range(2):
        assert [] == after(desk, 3 * DAY, **settings)
    found = [detail for detail in story(desk, ticket) if detail.startswith(kind)]
    assert 1 == len(found)
    assert OBSTACLES[obstacle] in found[0]
    assert (kind, False) in rows(desk)
    assert (now_of(desk, ticket).state is TicketState.SOLVED) is (kind in ("solved", "feedback"))


@pytest.mark.parametrize(("name", "value"), [("X-Auto-Response-Suppress", "All"), ("Precedence", "special")])
def test_a_mail_that_asked_for_silence_gets_it(fast_desk: TestDesk, name: str, value: str) -> None:
    """As it got no receipt."""
    desk = fast_desk
    ticket = answered(desk, written(desk, **{name: value}))

    assert [] == after(desk, 8 * DAY)
    assert ["waiting: the last mail of its correspondent is one that is not answered by itself (quiet)"] == story(
        desk, ticket
    )


@pytest.mark.parametrize(
    "setting", ["remind_after_days", "solve_after_days", "feedback_after_days", "close_after_days"]
)
def test_zero_days_means_never(fast_desk: TestDesk, setting: str) -> None:
    """Each by itself."""
    desk = fast_desk
    waits, done = answered(desk, written(desk)), moved(desk, answered(desk, written(desk)), Happening.SOLVED)
    off = {"remind_after_days": 0, "solve_after_days": 0, "feedback_after_days": 0, "close_after_days": 0}

    assert [] == after(desk, 5 * DAY, **off)
    on = after(desk, timedelta(0), **off | {setting: 1})
    assert {"remind_after_days": ["waiting"], "solve_after_days": ["solved"], "feedback_after_days": ["feedback"]}.get(
        setting, []
    ) == on
    assert (now_of(desk, waits).state is TicketState.SOLVED) is (setting == "solve_after_days")
    assert (now_of(desk, done).state is TicketState.CLOSED) is (setting == "close_after_days")


def test_nobody_is_reminded_or_taken_to_be_content_while_all_agents_are_away(fast_desk: TestDesk) -> None:
    """But who waits for us hears that we are late."""
    desk = fast_desk
    answered(desk, written(desk))
    done = moved(desk, answered(desk, written(desk)), Happening.SOLVED)
    written(desk)
    spans = ((date(2026, 9, 1), date(2026, 9, 30)),)
    with desk.store.transaction() as tx:
        put_agents(tx, [replace(KIM, away=spans), Agent(name="Lee", address="lee@desk.test", away=spans)])

    assert ["delayed"] == after(desk, 5 * DAY, remind_after_days=2, solve_after_days=4)
    with desk.store.transaction() as tx:
        put_agents(tx, [replace(KIM, away=spans), Agent(name="Lee", address="lee@desk.test")])
    assert ["delayed", "waiting", "feedback"] == after(desk, timedelta(0), remind_after_days=2, solve_after_days=4)
    assert TicketState.SOLVED is now_of(desk, done).state


def test_the_ticket_of_who_stays_silent_counts_as_solved(desk: TestDesk) -> None:
    """After 21 days; he is told why, and his reply brings it back."""
    ticket = answered(desk, written(desk))

    assert ["waiting"] == after(desk, 7 * DAY)
    assert ["waiting"] == after(desk, 13 * DAY)
    assert ["waiting", "solved"] == after(desk, DAY)
    assert TicketState.SOLVED is now_of(desk, ticket).state
    assert {"silent": "yes"}.items() <= dict(newest(desk).values).items()
    back = desk.take(desk.post.mail(CUSTOMER, newest(desk).reply_to, "It still fails"), rcpt=[newest(desk).reply_to])
    assert (ticket.id, TicketState.WAITING_FOR_US) == (back.ticket_id, now_of(desk, ticket).state)


def test_who_was_reminded_late_has_the_time_that_was_promised_to_others(fast_desk: TestDesk) -> None:
    """A process that was down for a month does not remind and give up in one go."""
    desk = fast_desk
    ticket = answered(desk, written(desk))

    assert ["waiting"] == after(desk, 40 * DAY)
    assert ["waiting"] == after(desk, 13 * DAY)
    assert TicketState.WAITING_FOR_CUSTOMER is now_of(desk, ticket).state
    assert ["waiting", "solved"] == after(desk, DAY)


def test_a_ticket_of_nobody_is_solved_in_silence(fast_desk: TestDesk) -> None:
    """A stranger who got an answer and never wrote again: the desk's list becomes shorter, and he hears nothing."""
    desk = fast_desk
    outcome = desk.take(desk.post.mail(STRANGER, SUPPORT, "hello"))
    ticket = answered(desk, desk.ticket(outcome))
    after(desk, 7 * DAY)

    assert [] == [name for name in after(desk, 14 * DAY) if name != "neutral"]
    assert TicketState.SOLVED is now_of(desk, ticket).state


def test_a_solved_ticket_is_closed_without_a_mail(desk: TestDesk) -> None:
    """After 14 days; the story says why."""
    ticket = moved(desk, answered(desk, written(desk)), Happening.SOLVED)

    assert [] == after(desk, 14 * DAY - timedelta(seconds=1), feedback_after_days=0)
    assert TicketState.SOLVED is now_of(desk, ticket).state
    assert [] == after(desk, timedelta(seconds=1), feedback_after_days=0)
    assert TicketState.CLOSED is now_of(desk, ticket).state
    with desk.store.reading() as tx:
        assert "it has been solved for 14 days" == tickets.events(tx, ticket.id)[-1].detail


def test_a_ticket_that_an_agent_waits_for_is_left_in_peace(fast_desk: TestDesk) -> None:
    """He said until when."""
    desk = fast_desk
    ticket = answered(desk, written(desk))
    until = desk.clock.now() + 30 * DAY
    with desk.store.transaction() as tx:
        change.amend(tx, ticket, kind="wait", actor="Kim", detail="30 days", at=desk.clock.now(), wait_until=until)

    assert [] == after(desk, 29 * DAY)
    assert ["waiting"] == after(desk, DAY)


def test_how_it_went_is_asked_once_each_time_that_a_ticket_is_finished(desk: TestDesk) -> None:
    """Two days later, also where it was closed meanwhile; again when it came back and was solved again."""
    ticket = moved(desk, answered(desk, written(desk)), Happening.SOLVED)

    assert [] == after(desk, 2 * DAY - timedelta(seconds=1))
    moved(desk, ticket, Happening.CLOSED)
    assert ["feedback"] == after(desk, timedelta(seconds=1))
    assert ["feedback"] == after(desk, 5 * DAY)
    moved(desk, now_of(desk, ticket), Happening.CUSTOMER_WROTE)
    moved(desk, now_of(desk, ticket), Happening.SOLVED)
    assert ["feedback", "feedback"] == after(desk, 2 * DAY, delay_mail=False)


def test_nobody_is_asked_about_help_that_he_did_not_get_or_has_forgotten(fast_desk: TestDesk) -> None:
    """A ticket closed without a word, one that is open again, one that was finished ten days ago."""
    desk = fast_desk
    moved(desk, written(desk), Happening.CLOSED)
    back = moved(desk, answered(desk, written(desk)), Happening.SOLVED)
    moved(desk, back, Happening.CUSTOMER_WROTE)
    assert [] == after(desk, 3 * DAY, delay_mail=False)
    moved(desk, answered(desk, written(desk)), Happening.SOLVED)

    assert [] == after(desk, 10 * DAY, delay_mail=False)


def test_who_waits_for_us_too_long_hears_it_once(desk: TestDesk) -> None:
    """When the deadline has passed, until we answer and are late again; an impatient mail changes nothing."""
    ticket = written(desk)
    assert ticket.due_at
    desk.clock.at = ticket.due_at - timedelta(seconds=1)

    assert [] == after(desk, timedelta(0))
    assert ["delayed"] == after(desk, timedelta(seconds=1))
    moved(desk, now_of(desk, ticket), Happening.CUSTOMER_WROTE)
    assert ["delayed"] == after(desk, 2 * DAY)
    answered(desk, now_of(desk, ticket))
    moved(desk, now_of(desk, ticket), Happening.CUSTOMER_WROTE)
    assert ["delayed", "delayed"] == after(desk, 2 * DAY)


@pytest.mark.parametrize("state", [Happening.AGENT_ANSWERED, Happening.SOLVED, Happening.CLOSED])
def test_who_does_not_wait_for_us_hears_of_no_delay(fast_desk: TestDesk, state: Happening) -> None:
    """He got what he waited for."""
    desk = fast_desk
    moved(desk, written(desk), state)

    assert [] == after(desk, 3 * DAY, feedback_after_days=0)


def test_a_deadline_of_last_month_is_no_news(fast_desk: TestDesk) -> None:
    """Nobody gets a word about it when the job is switched on."""
    desk = fast_desk
    written(desk)

    assert [] == after(desk, 10 * DAY, delay_mail=False)
    assert [] == after(desk, timedelta(0))


def test_the_reason_of_a_delay_is_true_or_not_given(fast_desk: TestDesk) -> None:
    """None for one ticket; much work for ten; a specialist until he has answered; closed doors where they are told."""
    desk = fast_desk
    reasons = ("specialist", "opens", "many")

    def reason() -> dict[str, str]:
        after(desk, 3 * DAY)
        return {name: dict(newest(desk).values)[name] for name in reasons}

    first = written(desk)
    assert {"specialist": "", "opens": "", "many": ""} == reason()
    asked = written(desk)
    with desk.store.transaction() as tx:
        put_participant(tx, asked.id, HELPER, role=Role.SPECIALIST, by="Kim", at=desk.clock.now())
    assert {"specialist": "yes", "opens": "", "many": ""} == reason()
    told = written(desk)
    with desk.store.transaction() as tx:
        put_participant(tx, told.id, HELPER, role=Role.SPECIALIST, by="Kim", at=desk.clock.now())
        at = desk.clock.now() + timedelta(minutes=5)
        change.add_text(tx, told, kind=ArticleKind.INTERNAL, author=HELPER, author_name="", text="So", at=at)
    assert {"specialist": "", "opens": "", "many": ""} == reason()
    with desk.store.transaction() as tx:
        for _ in range(7):
            ticket = tickets.insert_ticket(
                tx,
                **{name: getattr(first, name) for name in _OPENED},
                ref=desk.post.count * 100 + _,
                at=desk.clock.now(),
            )
            tickets.update_ticket(tx, replace(ticket, due_at=desk.clock.now()))
    look(desk)
    assert {"specialist": "", "opens": "", "many": "yes"} == {name: dict(newest(desk).values)[name] for name in reasons}


_OPENED = ("subject", "correspondent", "correspondent_name", "confirmed", "account_id", "shop_id", "language")


def test_a_desk_that_is_closed_says_when_it_opens(fast_desk: TestDesk) -> None:
    """On Saturday, for Monday; where the operator told its hours."""
    desk = fast_desk
    ticket = written(desk)
    with desk.store.transaction() as tx:
        saturday = datetime(2026, 9, 5, 10, tzinfo=UTC)
        tickets.update_ticket(tx, replace(ticket, due_at=saturday))
    desk.clock.at = datetime(2026, 9, 5, 12, tzinfo=UTC)
    telling = replace(desk.gateway.desk, tells_hours=True)
    Letters(desk.store, desk.clock, telling, DeskSection()).look()

    assert "Monday 7 September at 09:00" == dict(newest(desk).values)["opens"]


def test_only_so_many_mails_leave_in_an_hour(fast_desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest follows; they never use up what all automatic mail together may be, which receipts need."""
    desk = fast_desk
    monkeypatch.setattr(job, "MOST_IN_AN_HOUR", 2)
    tickets_of = [answered(desk, written(desk)) for _ in range(3)]
    settings: dict[str, object] = {"solve_after_days": 0}

    assert ["waiting"] * 2 == after(desk, 8 * DAY, **settings)
    assert ["waiting"] * 2 == after(desk, timedelta(minutes=59), **settings)
    assert ["waiting"] * 3 == after(desk, timedelta(minutes=1), **settings)
    assert [("waiting", True)] * 3 == rows(desk)
    assert 3 == len(tickets_of)


def test_a_ticket_that_changed_since_it_was_found_is_left_for_the_next_look(fast_desk: TestDesk) -> None:
    """The customer answered in between."""
    desk = fast_desk
    ticket = answered(desk, written(desk))
    desk.clock.at += 8 * DAY
    worker = Letters(desk.store, desk.clock, desk.gateway.desk, DeskSection())
    moved(desk, ticket, Happening.CUSTOMER_WROTE)

    assert not worker._do(ticket, worker._tell_waiting)
    assert [] == names(desk)


def test_the_daemon_looks_in_one_process_at_a_time(fast_desk: TestDesk) -> None:
    """The one that holds the lease; another one takes over when that is gone."""
    answered(fast_desk, written(fast_desk))
    other = Store(fast_desk.store.engine.url.render_as_string(hide_password=False), "other")
    first, second = (
        letters_job(store, fast_desk.gateway.clock, fast_desk.gateway.desk, DeskSection()).run
        for store in (fast_desk.store, other)
    )
    first()
    fast_desk.clock.at += 8 * DAY
    with fast_desk.store.transaction() as tx:
        tx.execute(LeaseRow.__table__.update().values(until=fast_desk.clock.now() + timedelta(minutes=1)))
    second()
    assert [] == names(fast_desk)
    fast_desk.clock.at += timedelta(minutes=2)
    second()
    other.close()

    assert ["waiting"] == names(fast_desk)


def test_two_processes_at_once_send_each_mail_once(desk: TestDesk) -> None:
    """Both look at the same moment, each with connections of its own."""
    tickets_of = [answered(desk, written(desk)) for _ in range(3)]
    desk.clock.at += 8 * DAY
    others = [Store(str(desk.store.engine.url.render_as_string(hide_password=False)), name) for name in ("a", "b")]
    barrier = threading.Barrier(2)
    counts: list[int] = []

    def turn(store: Store) -> None:
        barrier.wait()
        counts.append(look(desk, store=store))

    threads = [threading.Thread(target=turn, args=(store,)) for store in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in others:
        store.close()

    assert ["waiting"] * 3 == names(desk)
    assert 3 == sum(counts) == len(tickets_of)
