"""Every cell of the identity table and of the spam overlay, against the threat model §4 written out by hand."""

from dataclasses import replace

import pytest

from gateway.accounts.sender import Standing
from gateway.authn.result import Grade
from gateway.matching.match import NO_MATCH
from gateway.matching.shop import ShopMatch
from gateway.matching.token import Strength
from gateway.model import Account
from gateway.pipeline.decide import Policy, decide
from gateway.pipeline.evidence import NO_SHOP, Evidence, History
from gateway.pipeline.overlay import spam_class_of
from gateway.pipeline.plan import OPENS, Action, Aside, Disclosure, Reply
from gateway.pipeline.policy import IDENTITY, SPAM, Band, Column, Relation, SpamClass, Verdict, band_of
from gateway.pipeline.relation import column_of, relation_of, strength_of
from gateway.spam.history import Burst, Reputation
from gateway.spam.report import ScanState, SpamReport
from tests.pipeline.cases import (
    ANN,
    AT,
    BAKERY,
    FLORIST,
    MATCH,
    S0,
    S1,
    S2,
    T0,
    T1,
    T2,
    T3,
    TICKET,
    TWO_SHOPS,
    evidence,
)

A, R, D = Action, Reply, Disclosure
Expected = tuple[Action, Reply | None, Disclosure, bool, bool]
"""Action, reply, disclosure, is the owner asked, is the ticket linked."""

HOLD: Expected = (A.HOLD, None, D.D0, False, False)


def _attach(action: Action, disclosure: Disclosure = D.D3, reply: Reply | None = None) -> Expected:
    return action, reply, disclosure, False, False


def _new(
    action: Action, reply: Reply | None, disclosure: Disclosure, *, asks: bool = False, links: bool = False
) -> Expected:
    return action, reply, disclosure, asks, links


ATTACH, UNCONFIRMED = _attach(A.APPEND), _attach(A.APPEND_UNCONFIRMED)
NOTHING_TO_HIM = _attach(A.APPEND_UNCONFIRMED, D.D0)
CLAIM = _new(A.OPEN_UNCONFIRMED, None, D.D0)
LINKED_CLAIM = _new(A.OPEN_UNCONFIRMED, None, D.D0, links=True)
MENTION = (
    _new(A.OPEN_UNCONFIRMED, R.NEUTRAL, D.D1, links=True),
    _new(A.OPEN_UNCONFIRMED, None, D.D0, links=True),
    HOLD,
)
ROWS: dict[str, tuple[Strength, Standing, Account | None, ShopMatch, tuple[Expected, Expected, Expected]]] = {
    "T3 S2": (T3, S2, BAKERY, NO_SHOP, (ATTACH, ATTACH, UNCONFIRMED)),
    "T3 S2, of another account": (T3, S2, FLORIST, NO_SHOP, (ATTACH, ATTACH, UNCONFIRMED)),
    "T3 S2, shop open": (T3, S2, BAKERY, TWO_SHOPS, (_attach(A.APPEND, reply=R.ASK_SHOP), ATTACH, UNCONFIRMED)),
    "T3 S1": (T3, S1, None, NO_SHOP, (ATTACH, UNCONFIRMED, HOLD)),
    "T3 S0": (T3, S0, None, NO_SHOP, (ATTACH, UNCONFIRMED, HOLD)),
    "T2 S2, same account": (T2, S2, BAKERY, NO_SHOP, (ATTACH, UNCONFIRMED, HOLD)),
    "T2 S2, other account": (T2, S2, FLORIST, NO_SHOP, (NOTHING_TO_HIM, NOTHING_TO_HIM, HOLD)),
    "T2 S1": (T2, S1, None, NO_SHOP, (NOTHING_TO_HIM, NOTHING_TO_HIM, HOLD)),
    "T2 S0": (T2, S0, None, NO_SHOP, (NOTHING_TO_HIM, NOTHING_TO_HIM, HOLD)),
    "T1 S2, same account": (T1, S2, BAKERY, NO_SHOP, (ATTACH, UNCONFIRMED, HOLD)),
    "T1 S2, other account": (
        T1,
        S2,
        FLORIST,
        NO_SHOP,
        (_new(A.OPEN, R.RECEIPT, D.D2, links=True), LINKED_CLAIM, HOLD),
    ),
    "T1 S2, other account, several shops": (
        T1,
        S2,
        FLORIST,
        TWO_SHOPS,
        (_new(A.OPEN, R.ASK_SHOP, D.D2, links=True), LINKED_CLAIM, HOLD),
    ),
    "T1 S1": (T1, S1, None, NO_SHOP, MENTION),
    "T1 S0": (T1, S0, None, NO_SHOP, MENTION),
    "T0 S2, one shop": (T0, S2, BAKERY, NO_SHOP, (_new(A.OPEN, R.RECEIPT, D.D2), CLAIM, HOLD)),
    "T0 S2, several shops": (T0, S2, BAKERY, TWO_SHOPS, (_new(A.OPEN, R.ASK_SHOP, D.D2), CLAIM, HOLD)),
    "T0 S1": (T0, S1, None, NO_SHOP, (_new(A.OPEN_UNCONFIRMED, R.NEUTRAL, D.D1, asks=True), CLAIM, HOLD)),
    "T0 S0": (T0, S0, None, NO_SHOP, (_new(A.OPEN_UNCONFIRMED, R.NEUTRAL, D.D1), CLAIM, HOLD)),
    "T0 S0, names a shop": (
        T0,
        S0,
        None,
        NO_SHOP,
        (_new(A.OPEN_UNCONFIRMED, R.NEUTRAL, D.D1, asks=True), CLAIM, HOLD),
    ),
}
GRADES = {Grade.A3: 0, Grade.A2: 0, Grade.A1: 1, Grade.UNKNOWN: 1, Grade.A0: 2}


def case_of(row: str, grade: Grade) -> Evidence:
    """Evidence of that row: the ticket is the author's own where he answers on his own address."""
    strength, standing, account, shop, _ = ROWS[row]
    ticket = replace(TICKET, correspondent=ANN.address, state=TICKET.state.NEW) if strength is T3 else TICKET
    match = NO_MATCH if strength is T0 else replace(MATCH, ticket=ticket)
    case = evidence(strength=strength, standing=standing, account=account, grade=grade, match=match, shop=shop)
    claimed = (FLORIST,) if standing is S1 else ()
    named = (BAKERY,) if row.endswith("names a shop") else ()
    return replace(case, sender=replace(case.sender, claimed=claimed), named=named)


@pytest.mark.parametrize("grade", Grade)
@pytest.mark.parametrize("row", ROWS)
def test_every_cell_is_the_threat_models(row: str, grade: Grade) -> None:
    """Action, reply, disclosure, who is asked and what is linked, for each grade; and each says why."""
    case = case_of(row, grade)
    plan = decide(case, Policy())

    found = (plan.action, plan.reply, plan.disclosure, bool(plan.owners), plan.linked is not None)
    assert ROWS[row][4][GRADES[grade]] == found
    assert plan.linked in (None, case.match.ticket)
    assert plan.row == f"{strength_of(case)} × {case.sender.standing} {relation_of(case)} × {column_of(case)}"
    assert plan.why.strip()
    assert not plan.why.endswith(".")


def test_the_rows_written_out_here_are_all_that_there_are() -> None:
    """Each row of the table is one of ours, and each has its three columns and its sentences."""
    reached = {(strength_of(case), relation_of(case)) for case in (case_of(row, Grade.A3) for row in ROWS)}

    assert set(IDENTITY) == reached
    assert all(set(row) == set(Column) for row in IDENTITY.values())
    assert all(cell.why for row in IDENTITY.values() for cell in row.values())


def test_a_cell_that_confirms_is_only_the_proven_owners_own_answer() -> None:
    """Nothing but T3, S2 and A2 or better may confirm a ticket in somebody's name."""
    confirming = {key: column for key, row in IDENTITY.items() for column, cell in row.items() if cell.confirms}

    assert {T3} == {strength for strength, _ in confirming}
    assert {"owner", "several"} == {relation.value for _, relation in confirming}
    assert {Column.PROVEN} == set(confirming.values())


def test_nobody_is_asked_below_a2() -> None:
    """P3, I6: an account's owner is asked only about a mail whose author is proven."""
    asking = {(key, column) for key, row in IDENTITY.items() for column, cell in row.items() if cell.asks_owner}

    assert {((T0, Relation.KNOWN), Column.PROVEN), ((T0, Relation.STRANGER), Column.PROVEN)} == asking


@pytest.mark.parametrize("grade", [Grade.A3, Grade.A1, Grade.A0])
@pytest.mark.parametrize(("row", "as_row"), [("T1 S2, same account", "T1 S2, other account"), ("T1 S0", "T1 S0")])
def test_a_ticket_that_is_over_is_nobodys(row: str, as_row: str, grade: Grade) -> None:
    """Its owner's mail is treated as a hint at another's ticket: a new one, linked."""
    case = case_of(row, grade)
    own = replace(case.match, ticket=replace(TICKET, correspondent=ANN.address))
    plan = decide(replace(case, match=own, is_over=True), Policy())

    found = (plan.action, plan.reply, plan.disclosure, bool(plan.owners), plan.linked is not None)
    assert ROWS[as_row][4][GRADES[grade]] == found


# The overlay of the threat model §4: whose mail, with which history → at scores of 0, 1.9, 2, … 100.
SCORES = (0, 1.9, 2, 2.9, 3, 4.9, 5, 6.9, 7, 7.9, 8, 14.9, 15, 100)
GO, NO, OUT = Verdict.GO_ON, Verdict.HOLD, Verdict.REFUSE
GOOD, NONE, BAD = Reputation.GOOD, Reputation.NONE, Reputation.BAD
TRUSTED = (GO, GO, GO, GO, GO, GO, NO, NO, NO, NO, NO, NO, NO, NO)
SPOOFABLE = (GO, GO, GO, GO, GO, GO, NO, NO, NO, NO, NO, NO, OUT, OUT)
UNPROVEN = (GO, GO, NO, NO, NO, NO, NO, NO, NO, NO, OUT, OUT, OUT, OUT)
OVERLAY = {
    (SpamClass.TRUSTED, GOOD): TRUSTED,
    (SpamClass.TRUSTED, NONE): TRUSTED,
    (SpamClass.TRUSTED, BAD): TRUSTED,
    (SpamClass.SPOOFABLE, GOOD): SPOOFABLE,
    (SpamClass.SPOOFABLE, NONE): SPOOFABLE,
    (SpamClass.SPOOFABLE, BAD): (GO, GO, GO, GO, NO, NO, NO, NO, NO, NO, NO, NO, OUT, OUT),
    (SpamClass.OTHER, GOOD): (GO, GO, GO, GO, GO, GO, GO, GO, NO, NO, NO, NO, OUT, OUT),
    (SpamClass.OTHER, NONE): (GO, GO, GO, GO, GO, GO, NO, NO, NO, NO, OUT, OUT, OUT, OUT),
    (SpamClass.OTHER, BAD): (GO, GO, GO, GO, NO, NO, NO, NO, NO, NO, OUT, OUT, OUT, OUT),
    (SpamClass.UNPROVEN, GOOD): UNPROVEN,
    (SpamClass.UNPROVEN, NONE): UNPROVEN,
    (SpamClass.UNPROVEN, BAD): (GO, GO, NO, NO, NO, NO, NO, NO, OUT, OUT, OUT, OUT, OUT, OUT),
}
CLASSES = {
    ("T3 S0", Grade.A1): SpamClass.TRUSTED,
    ("T3 S2", Grade.A0): SpamClass.TRUSTED,
    ("T0 S2, one shop", Grade.A2): SpamClass.TRUSTED,
    ("T2 S2, other account", Grade.A3): SpamClass.TRUSTED,
    ("T0 S2, one shop", Grade.A1): SpamClass.SPOOFABLE,
    ("T1 S2, same account", Grade.A1): SpamClass.SPOOFABLE,
    ("T0 S1", Grade.A3): SpamClass.OTHER,
    ("T0 S1", Grade.A1): SpamClass.OTHER,
    ("T0 S0", Grade.A2): SpamClass.OTHER,
    ("T2 S0", Grade.A1): SpamClass.OTHER,
    ("T0 S0", Grade.A1): SpamClass.UNPROVEN,
    ("T0 S0", Grade.UNKNOWN): SpamClass.UNPROVEN,
}


@pytest.mark.parametrize("in_dialogue", [False, True])
@pytest.mark.parametrize("reputation", Reputation)
@pytest.mark.parametrize(("case", "spam_class"), CLASSES.items())
def test_every_cell_of_the_spam_table(
    case: tuple[str, Grade], spam_class: SpamClass, reputation: Reputation, in_dialogue: bool
) -> None:
    """Held from its mark on, refused only while its sender waits; below it the score changes nothing."""
    history = History(keys=("address x",), reputation=reputation, why="its history")
    mail = replace(case_of(*case), history=history, in_dialogue=in_dialogue)
    without = decide(mail, Policy())
    assert spam_class is spam_class_of(mail)
    is_proven = case[1] in (Grade.A3, Grade.A2)
    counts = reputation if is_proven or reputation is not GOOD else NONE  # a good name of a server is not the author's

    for score, verdict in zip(SCORES, OVERLAY[spam_class, counts], strict=True):
        plan = decide(scored(mail, score), Policy())
        assert SPAM[spam_class, counts][band_of(score, 5.0)] is verdict, score
        if verdict is GO:
            assert plan == without, score
        else:
            expected = A.REJECT if verdict is OUT and in_dialogue else A.HOLD
            assert (expected, Aside.SPAM) == (plan.action, plan.aside), score
            assert ("its history" in plan.why) is (counts is not NONE)


def scored(mail: Evidence, score: float, *, forged: int = 0) -> Evidence:
    """The same mail with this score; and so many reply addresses that we never issued."""
    report = SpamReport(engine="spamassassin", state=ScanState.SCANNED, score=score, threshold=5.0, why="its score")
    token = replace(mail.reading.token, forged=forged)
    return replace(mail, reading=replace(mail.reading, spam=report, token=token))


def test_the_spam_table_has_no_hole() -> None:
    """Each class with each history meets each band, and is written out above."""
    assert set(OVERLAY) == set(SPAM) == {(spam_class, said) for spam_class in SpamClass for said in Reputation}
    assert all(set(row) == set(Band) for row in SPAM.values())


def test_a_better_history_is_never_worse() -> None:
    """Nor does a higher score ever help; and 15 points never pass, whoever it is."""
    order = (GO, NO, OUT)
    for spam_class in SpamClass:
        good, none, bad = ([order.index(verdict) for verdict in SPAM[spam_class, said].values()] for said in Reputation)
        assert all(x <= y <= z for x, y, z in zip(good, none, bad, strict=True))
        assert [good, none, bad] == [sorted(good), sorted(none), sorted(bad)]
        assert min(good[-1], none[-1], bad[-1]) > 0


def test_a_proven_customer_is_never_refused() -> None:
    """In no cell of either table: T3 with any grade, S2 at A3 or A2."""
    for row, grade in ((row, grade) for row in ROWS for grade in Grade):
        mail = replace(case_of(row, grade), in_dialogue=True)
        if ROWS[row][0] is T3 or (ROWS[row][1] is S2 and grade in (Grade.A3, Grade.A2)):
            assert all(decide(scored(mail, score), Policy()).action is not A.REJECT for score in SCORES), (row, grade)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("grade", Grade)
def test_a_forged_author_is_refused_in_the_dialogue_where_the_table_says_so(row: str, grade: Grade) -> None:
    """T0, or T1 of no customer, at A0 (threat model §4 says "reject"); outside of the dialogue it is held."""
    mail = case_of(row, grade)
    inside, outside = decide(replace(mail, in_dialogue=True), Policy()), decide(mail, Policy())
    is_refused = grade is Grade.A0 and (ROWS[row][0] is T0 or (ROWS[row][0] is T1 and ROWS[row][1] is not S2))

    assert is_refused is (inside.action is A.REJECT)
    assert (A.HOLD if is_refused else inside.action) is outside.action
    assert is_refused is (outside.aside is Aside.FORGED)


@pytest.mark.parametrize("row", ROWS)
def test_a_burst_holds_new_tickets_and_nothing_else(row: str) -> None:
    """A reply goes on; so does everything where there is no burst."""
    burst = Burst(why="too many", until=AT, begins=True)
    mail = case_of(row, Grade.A3)
    held = decide(replace(mail, history=History(keys=("address x",), burst=burst)), Policy())
    usual = decide(mail, Policy())

    if usual.action in OPENS:
        assert (A.HOLD, Aside.BURST, burst) == (held.action, held.aside, held.burst)
        assert "too many" in held.why
    else:
        assert usual == held


def test_a_reply_address_that_we_never_issued_adds_two_points() -> None:
    """Only where nothing else leads to a ticket: a mangled address beside a good one is an accident."""
    stranger, customer = case_of("T0 S1", Grade.A3), case_of("T3 S2", Grade.A3)

    assert A.OPEN_UNCONFIRMED is decide(scored(stranger, 3.5), Policy()).action
    assert A.HOLD is decide(scored(stranger, 3.5, forged=1), Policy()).action
    assert A.APPEND is decide(scored(customer, 3.5, forged=1), Policy()).action


def test_the_bands_follow_the_engines_own_threshold() -> None:
    """An engine whose threshold is 15 counts in threes of SpamAssassin's points."""
    found = [band_of(score, 15) for score in (5.9, 6, 9, 15, 21, 24, 45)]
    assert list(Band) == found
