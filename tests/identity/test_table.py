"""The decision table of the threat model §4: every cell, by real mail through a running gateway."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.identity.cases import Case, all_cases
from tests.identity.expected import (
    ADDED,
    ADDED_UNCONFIRMED,
    CONFIRM,
    HELD,
    NEUTRAL,
    NEW,
    NOTICE,
    REACHES_AGENTS,
    TABLE,
    UNCONFIRMED,
    needs_no_answer,
)
from tests.identity.world import AGENTS, Departure, Outcome, Row, World
from tests.peers.process import wait_until

CASES = all_cases()
WAITED = [case for case in CASES if case.grade == "A?"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a case."""

    case: Case
    outcome: Outcome
    opened: Outcome | None
    before: Row
    """The ticket that it is about, as it was."""
    put_off: str
    """Why it had to wait, where it had to."""
    departures: tuple[Departure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The whole run."""

    results: dict[str, Result]
    departures: tuple[Departure, ...]
    """Everything that left because of the cases' mails."""


@pytest.fixture(scope="module")
def ran(world: World) -> Ran:
    """Open the tickets, send the mail of every case, wait for all of them."""
    world.add_accounts([account for case in CASES for account in case.accounts])
    with_ticket = [case for case in CASES if case.opener]
    opened = dict(
        zip((case.name for case in with_ticket), world.take([case.opening() for case in with_ticket]), strict=True)
    )
    before = {name: world.ticket(outcome.ticket_id) for name, outcome in opened.items()}
    last = world.last_departure()
    mails = [
        case.mail(
            before.get(case.name, {}),
            opened[case.name].explained["mail"]["message_id"] if case.name in opened else "",
        )
        for case in CASES
    ]
    entries = dict(zip((case.name for case in CASES), (sent.entry for sent in world.send(mails)), strict=True))
    put_off = _let_hours_pass(world, entries)
    outcomes = dict(zip(entries, world.outcomes(list(entries.values())), strict=True))
    departures = tuple(world.departures(after=last))
    results = {
        case.name: Result(
            case=case,
            outcome=outcomes[case.name],
            opened=opened.get(case.name),
            before=before.get(case.name, {}),
            put_off=put_off.get(entries[case.name], ""),
            departures=tuple(_of(case, outcomes[case.name], departures)),
        )
        for case in CASES
    }
    return Ran(results=results, departures=departures)


def _let_hours_pass(world: World, entries: dict[str, str]) -> dict[str, str]:
    """Wait until every mail that DNS leaves open was put off, then let the four hours be over."""
    must_wait = [entries[case.name] for case in WAITED if not needs_no_answer(case.line)]
    wait_until(lambda: len(world.waiting(must_wait)) == len(must_wait), "mails wait for DNS", 60)
    put_off = world.waiting(list(entries.values()))
    world.hours_pass(list(put_off))
    return put_off


def _of(case: Case, outcome: Outcome, departures: tuple[Departure, ...]) -> Iterator[Departure]:
    """What left because of a case: everything of the ticket its mail ended in, or to its people."""
    for each in departures:
        if (each.ticket_id == outcome.ticket_id and outcome.ticket_id) or each.recipient in (case.author, case.boss):
            yield each


def names(cases: list[Case]) -> list[str]:
    """For pytest."""
    return [case.name for case in cases]


def test_every_line_meets_every_column(ran: Ran) -> None:
    """At least a hundred mails, and no cell of the table without one."""
    met = {(result.case.line, result.outcome.grade) for result in ran.results.values()}

    assert met == {(line, grade) for line in TABLE for grade in ("A3", "A2", "A1", "A0", "A?")}
    assert len(ran.results) >= 100


@pytest.mark.parametrize("name", names(CASES))
def test_the_evidence_is_graded_as_the_case_is_meant(ran: Ran, name: str) -> None:
    """Token, standing and authentication, each with its reason in words."""
    result = ran.results[name]
    case, outcome = result.case, result.outcome

    assert (outcome.token, outcome.standing, outcome.grade) == (case.strength, case.standing, case.grade)
    for part in ("authentication", "identity", "match", "plan"):
        assert outcome.explained[part]["why"], part


@pytest.mark.parametrize("name", names(CASES))
def test_the_cell_says_what_happens(ran: Ran, name: str) -> None:
    """The action of the table, and the mail that goes back."""
    result = ran.results[name]

    assert result.outcome.action == result.case.cell.action, result.outcome.reasons
    assert (result.outcome.explained["plan"]["reply"] or "") == result.case.cell.reply


@pytest.mark.parametrize("name", names(CASES))
def test_a_mail_ends_in_the_ticket_that_is_its_own(ran: Ran, world: World, name: str) -> None:
    """Added to the ticket it is about, or in a new one that belongs to whom the proof says; held nowhere."""
    result = ran.results[name]
    case, outcome, action = result.case, result.outcome, result.case.cell.action
    if action == HELD:
        assert (outcome.ticket_id, outcome.article_id) == (None, None)
        return
    ticket, article = world.ticket(outcome.ticket_id), world.article(outcome.article_id)
    assert bool(article["confirmed"]) == (action in (NEW, ADDED))
    assert article["author"] == case.author
    if action in (ADDED, ADDED_UNCONFIRMED):
        assert ticket["id"] == result.before["id"]
        return
    assert not result.opened or ticket["id"] != result.opened.ticket_id
    one_shop = f"{case.account}/1" if case.line != "T0 S2 several" else None
    owner = (case.account, one_shop) if action == NEW else (None, None)
    assert (ticket["correspondent"], bool(ticket["confirmed"])) == (case.author, action == NEW)
    assert (ticket["account_id"], ticket["shop_id"]) == owner


@pytest.mark.parametrize("name", names([case for case in CASES if case.opener]))
def test_a_ticket_keeps_its_owner(ran: Ran, world: World, name: str) -> None:
    """Whoever writes into it, or mentions it: correspondent, account, shop and confirmation stay."""
    result = ran.results[name]
    after = world.ticket(result.before["id"])
    changed = {column for column, value in result.before.items() if after[column] != value}

    may_change = {"state", "updated_at", "closed_at"} if result.case.cell.action == ADDED else set()
    assert changed <= may_change, {column: (result.before[column], after[column]) for column in changed}


@pytest.mark.parametrize("name", names(CASES))
def test_what_leaves_is_what_the_cell_says(ran: Ran, name: str) -> None:
    """Each mail with its recipient: none is missing, none is too many."""
    result = ran.results[name]
    found = Counter((each.template, each.recipient) for each in result.departures)

    assert found == _expected(result.case)


def test_nothing_else_leaves_in_the_whole_run(ran: Ran) -> None:
    """All outgoing mail of all cases together, against the table."""
    found = Counter((each.template, each.recipient) for each in ran.departures)
    expected = sum((_expected(case) for case in CASES), Counter[tuple[str, str]]())

    assert found - expected == Counter()
    assert expected - found == Counter()


def _expected(case: Case) -> Counter[tuple[str, str]]:
    mails: Counter[tuple[str, str]] = Counter()
    if case.cell.action in REACHES_AGENTS:
        mails.update((NOTICE, agent) for agent in AGENTS)
    if case.cell.reply:
        mails[case.cell.reply, case.author] += 1
    if case.cell.asks:
        mails[CONFIRM, case.boss if case.standing == "S1" else case.author] += 1
    return mails


@pytest.mark.parametrize("name", names(WAITED))
def test_a_mail_waits_for_dns_where_proof_would_change_its_fate(ran: Ran, name: str) -> None:
    """For up to four hours, and what it waits for is written down; after that it counts as not proven."""
    result = ran.results[name]

    assert bool(result.put_off) != needs_no_answer(result.case.line)


def test_strangers_and_known_unverified_senders_get_the_same_octets(ran: Ran) -> None:
    """S0 and S1, with and without a ticket mentioned: but for address, ids and thread, one mail (no oracle)."""
    neutral = [each for each in ran.departures if each.template == NEUTRAL]
    personal = ("message_id", "recipient", "in_reply_to", "references", "ticket_id")
    kinds = {
        repr(sorted((key, value) for key, value in each.content.items() if key not in personal)) for each in neutral
    }

    assert len(neutral) >= 24
    assert len(kinds) == 1, kinds


def test_what_was_queued_is_what_was_sent(ran: Ran, world: World) -> None:
    """Every mail of the run lies in the way out, once, for the recipient that the table names."""
    wait_until(lambda: not world.unsent(), "everything is sent", 60)
    queued = Counter(each.recipient for each in ran.departures)
    wanted = {each.content["message_id"] for each in ran.departures}
    sent = Counter(each["Delivered-To"] for each in world.delivered() if each["Message-ID"] in wanted)

    assert sent == queued


def test_the_neutral_mail_is_the_same_on_the_wire(ran: Ran, world: World) -> None:
    """But for what must differ in any two mails, for S0 and S1, with and without a ticket."""
    wait_until(lambda: not world.unsent(), "everything is sent", 60)
    wanted = {each.content["message_id"] for each in ran.departures if each.template == NEUTRAL}
    letters = [each for each in world.delivered() if each["Message-ID"] in wanted]
    personal = {"delivered-to", "to", "message-id", "date", "in-reply-to", "references", "content-type"}
    kinds = {
        (
            tuple((name, value) for name, value in each.items() if name.lower() not in personal),
            tuple(part.get_payload() for part in each.walk() if not part.is_multipart()),
        )
        for each in letters
    }

    assert (len(letters), len(kinds)) == (len(wanted), 1)


def test_explain_says_beforehand_what_happens_then(ran: Ran, world: World) -> None:
    """The same code, the same store, no effects (I9): a mail that was never sent ends as its like did."""
    for name in ("T0 S2 one, p=reject, signed", "T2 S1, p=none, sent from home"):
        result = ran.results[name]
        like = result.case.mail(result.before, "")
        file = world.installation.folder / "like.eml"
        file.write_bytes(like.raw)
        options = ["--envelope-from", like.mail_from, "--peer-ip", like.peer, "--rcpt", like.rcpt[0]]
        before = world.last_departure()

        told = world.installation.json("explain", str(file), *options)

        was = result.outcome.explained
        assert (told["plan"], told["authentication"], told["identity"]) == (
            was["plan"],
            was["authentication"],
            was["identity"],
        )
        assert world.last_departure() == before


def test_no_automatic_mail_to_outsiders_holds_what_an_outsider_typed(ran: Ran) -> None:
    """Neither subject nor text nor name (A-24); only his own Message-ID, in the fields of the thread."""
    outside = [each for each in ran.departures if each.recipient not in AGENTS]
    assert outside
    for each in outside:
        said = repr((each.values, each.content["subject"], each.content["recipient"]["name"]))
        assert "CANARY" not in said, said
        assert "Case:" not in said, said


def test_what_may_be_disclosed_depends_on_the_proof(ran: Ran) -> None:
    """Neutral mail knows no ticket and no shop; a receipt names the own shop only (D1, D2)."""
    for each in (each for each in ran.departures if each.recipient not in AGENTS):
        if each.template in (NEUTRAL, CONFIRM):
            assert "shop1" not in repr(each.values), each.values
        if each.template == NEUTRAL:
            assert (each.reply_to, each.values.get("ticket", "")) == ("", "")


def test_agents_are_told_the_grade_and_the_reason(ran: Ran) -> None:
    """At the head of every notification, in words."""
    for result in ran.results.values():
        for each in result.departures:
            if each.template == NOTICE:
                told = each.values["proof"]
                assert all(f"({mark})" in told for mark in (result.case.grade, result.case.standing)), told
                assert each.values["identity"]
                assert bool(each.values["caution"]) == _needs_caution(result.case), each.values["caution"]


def test_agents_see_who_wrote_and_who_gets_the_answer(ran: Ran) -> None:
    """T2: the author, and the one that the address was issued to, who alone is answered."""
    for result in ran.results.values():
        for each in result.departures:
            if each.template == NOTICE and result.case.strength == "T2":
                assert (each.values["author"], each.values["answers_to"]) == (result.case.author, result.case.opener)


def _needs_caution(case: Case) -> bool:
    """Only what a proven owner wrote may be acted upon; or a proven correspondent in his own confirmed ticket."""
    return case.grade not in ("A2", "A3") or case.standing != "S2"


def test_a_ticket_that_is_only_mentioned_is_linked_for_agents(ran: Ran, world: World) -> None:
    """T1 by somebody who has no part in it: agents see both, the author hears of neither."""
    for result in ran.results.values():
        if not TABLE[result.case.line].links or result.case.cell.action not in (NEW, UNCONFIRMED):
            continue
        events = world.rows("SELECT kind, detail FROM event WHERE ticket_id = ?", result.outcome.ticket_id)
        hinted = str(result.before["id"])
        assert any(hinted in event["detail"].replace(",", " ").split() for event in events), (result.case.name, events)
