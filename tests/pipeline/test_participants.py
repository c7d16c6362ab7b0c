"""Who was asked for help with a ticket, or invited, has no rights of the customer's: the whole product is walked."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from gateway.accounts.sender import Standing
from gateway.authn.result import Grade
from gateway.mail.message import Address
from gateway.mail.nature import NatureKind
from gateway.matching.token import Strength
from gateway.model import Participant, Role, TicketState
from gateway.pipeline.decide import Policy, decide
from gateway.pipeline.evidence import NO_SHOP, Evidence, ShopQuestion
from gateway.pipeline.plan import Action, Disclosure, Plan
from gateway.pipeline.release import decide_released
from gateway.pipeline.rules import RULES, participants
from tests.pipeline.cases import ANN, AT, BAKERY, MATCH, S2, SPAM, T1, T2, T3, TICKET, TWO_SHOPS, evidence

PROVEN = (Grade.A3, Grade.A2)
JOE = Address(address="joe@print.test")


@dataclass(frozen=True, slots=True)
class Case:
    """One combination, in words that a failure shows."""

    role: Role
    strength: Strength
    is_he: bool
    standing: Standing
    whose: str
    grade: Grade
    nature: NatureKind
    score: float | None
    text: str


def all_cases() -> Iterator[Case]:
    """Every combination of what decides."""
    yield from itertools.starmap(
        Case,
        itertools.product(
            Role,
            (T3, T2, T1),
            (True, False),
            Standing,
            ("his account's", "his own", "another's"),
            Grade,
            (NatureKind.PERSON, NatureKind.AUTO_REPLY, NatureKind.BULK),
            (None, 6.0),
            ("hello", "yes", "5"),
        ),
    )


def evidence_of(case: Case) -> Evidence:
    """The evidence that a case stands for: a mail to the participant's address, or one of his to the customer's."""
    ticket = replace(
        TICKET,
        state=TicketState.NEW,
        confirmed=case.whose == "another's",
        correspondent=ANN.address if case.whose == "his own" else TICKET.correspondent,
        account_id={"his account's": "7", "his own": None, "another's": "9"}[case.whose],
    )
    author = JOE if case.is_he else ANN
    base = evidence(
        strength=case.strength,
        standing=case.standing,
        account=BAKERY if case.standing is S2 else None,
        grade=case.grade,
        match=replace(MATCH, ticket=ticket),
        kind=case.nature,
        author=author,
        mail_from=author.address,
        shop=TWO_SHOPS if case.standing is S2 else NO_SHOP,
        text=case.text,
    )
    spam = base.reading.spam if case.score is None else replace(SPAM, score=case.score)
    return replace(
        base,
        reading=replace(base.reading, spam=spam),
        shop_question=ShopQuestion.ASKED,
        named=(BAKERY,),
        participant=Participant(ticket_id=1, address=JOE.address, role=case.role, by="Kim", at=AT),
    )


@pytest.fixture(scope="module")
def decided() -> list[tuple[Case, Plan, Plan]]:
    """What is decided for each, at first and after a release."""
    policy = Policy()
    cases = ((case, evidence_of(case)) for case in all_cases())
    return [(case, decide(each, policy), decide_released(each, policy)) for case, each in cases]


def is_customers(case: Case) -> bool:
    """Is it the customer who writes on the address of somebody of his own side? Then he is heard as ever."""
    is_owner = case.whose == "his own" or (case.whose == "his account's" and case.standing is S2)
    on_it = case.strength is T3 and case.standing is S2
    return case.role is Role.INVITED and not case.is_he and (is_owner or on_it)


def test_the_product_holds_every_outcome(decided: list[tuple[Case, Plan, Plan]]) -> None:
    """A property that is asked of nothing would hold."""
    assert 3 * 3 * 2 * 3 * 3 * 5 * 3 * 2 * 3 == len(decided)
    assert {Action.HOLD, Action.RECORD, Action.APPEND, Action.APPEND_UNCONFIRMED} == {
        plan.action for _, plan, _ in decided
    }
    assert set(Role) == {case.role for case, plan, _ in decided if plan.action is Action.APPEND}


def test_a_participants_token_gives_no_rights_of_the_customers(decided: list[tuple[Case, Plan, Plan]]) -> None:
    """No row of the identity table, nothing told, nobody asked, nothing bound, confirmed, rated or linked."""
    for case, *plans in decided:
        if is_customers(case):
            continue
        for plan in plans:
            assert (None, Disclosure.D0, ()) == (plan.reply, plan.disclosure, plan.owners), case
            assert (None, None, None, None) == (plan.account, plan.shop, plan.answer, plan.rating), case
            assert "" == plan.row, case
            if plan.action in (Action.APPEND, Action.APPEND_UNCONFIRMED):
                assert plan.participant is not None, case


def test_only_he_himself_proven_and_on_his_own_address_is_heard(decided: list[tuple[Case, Plan, Plan]]) -> None:
    """An invited person also on the customer's address; everybody else is held, whatever the spam engine says."""
    for case, plan, _ in decided:
        if is_customers(case) or case.nature is not NatureKind.PERSON:
            continue
        may_write = case.strength is T3 or (case.role is Role.INVITED and case.strength is T2)
        is_heard = case.is_he and case.grade in PROVEN and may_write
        assert (Action.APPEND if is_heard and case.score is None else Action.HOLD) is plan.action, case


def test_the_customer_is_heard_on_no_specialists_address(decided: list[tuple[Case, Plan, Plan]]) -> None:
    """He never had it."""
    on_it = [plan for case, plan, _ in decided if not case.is_he and case.role is not Role.INVITED]

    assert on_it
    assert {Action.HOLD, Action.RECORD} == {plan.action for plan in on_it}


def test_the_rule_stands_after_what_holds_mail_and_before_what_a_customer_answers() -> None:
    """Spam is spam whoever was asked; and his "5" rates nothing."""
    names = [rule.__name__ for rule in RULES]

    assert names.index("spam") < names.index(participants.__name__) < names.index("ratings")
