"""What no combination of evidence may lead to: the whole product is walked, not a sample of it."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from gateway.accounts.sender import Sender, Standing
from gateway.authn.result import Grade
from gateway.mail.message import Address
from gateway.mail.nature import Nature, NatureKind
from gateway.matching.match import NO_MATCH
from gateway.matching.token import Strength
from gateway.model import TicketState
from gateway.pipeline.decide import Policy, decide
from gateway.pipeline.evidence import NO_SHOP, Evidence, ShopQuestion
from gateway.pipeline.plan import APPENDS, OPENS, Action, Disclosure, Plan, Reply
from gateway.spam.report import ScanState
from gateway.tokens import Purpose
from tests.pipeline.cases import ANN, BAKERY, FLORIST, MATCH, S0, S1, S2, SPAM, T0, T3, TICKET, TWO_SHOPS, evidence

PROVEN = (Grade.A3, Grade.A2)
TOLD = {None: Disclosure.D0, Reply.NEUTRAL: Disclosure.D1, Reply.RECEIPT: Disclosure.D2, Reply.ASK_SHOP: Disclosure.D2}
FOUND_SHOP = replace(TWO_SHOPS, account=BAKERY, shop=TWO_SHOPS.candidates[0][1], by="domain")


@dataclass(frozen=True, slots=True)
class Case:
    """One combination, in words that a failure shows."""

    strength: Strength
    purpose: Purpose
    standing: Standing
    whose: str
    grade: Grade
    nature: NatureKind
    silence: str
    score: float | None
    shop: str


def all_cases() -> Iterator[Case]:
    """Every combination of what decides."""
    yield from itertools.starmap(
        Case,
        itertools.product(
            Strength,
            (Purpose.REPLY, Purpose.CONFIRM),
            Standing,
            ("his account's", "his own", "another's"),
            Grade,
            (NatureKind.PERSON, NatureKind.AUTO_REPLY, NatureKind.BULK),
            ("", "names our mail", "suppress", "no-reply", "envelope"),
            (None, 6.0),
            ("open", "found"),
        ),
    )


def evidence_of(case: Case) -> Evidence:
    """The evidence that a case stands for."""
    author = Address(address="no-reply@bread.test") if case.silence == "no-reply" else ANN
    ticket = replace(
        TICKET,
        state=TicketState.NEW,
        confirmed=case.whose == "another's",
        correspondent=author.address if case.whose == "his own" else TICKET.correspondent,
        account_id={"his account's": "7", "his own": None, "another's": "9"}[case.whose],
    )
    base = evidence(
        strength=case.strength,
        standing=case.standing,
        account=BAKERY if case.standing is S2 else None,
        grade=case.grade,
        match=NO_MATCH if case.strength is T0 else replace(MATCH, ticket=ticket),
        kind=case.nature,
        author=author,
        mail_from="bounces@else.test" if case.silence == "envelope" else author.address,
        headers=(("X-Auto-Response-Suppress", "All"),) if case.silence == "suppress" else (),
        shop=NO_SHOP if case.standing is not S2 else FOUND_SHOP if case.shop == "found" else TWO_SHOPS,
        text="yes",
    )
    token = base.reading.token
    if token.token:
        token = replace(token, token=replace(token.token, purpose=case.purpose))
    spam = base.reading.spam if case.score is None else replace(SPAM, score=case.score)
    return replace(
        base,
        reading=replace(base.reading, token=token, spam=spam),
        sender=replace(base.sender, claimed=(FLORIST,) if case.standing is S1 else ()),
        names_automatic_mail=case.silence == "names our mail",
        shop_question=ShopQuestion.ASKED,
        asked_account="7",
        named=(BAKERY,),
    )


def plans() -> Iterator[tuple[Case, Plan]]:
    """What is decided for each of them."""
    policy = Policy()
    for case in all_cases():
        yield case, decide(evidence_of(case), policy)


@pytest.fixture(scope="module")
def decided() -> list[tuple[Case, Plan]]:
    """All of it, once for this file."""
    return list(plans())


def breaches(decided: list[tuple[Case, Plan]], keeps: Callable[[Case, Plan], bool]) -> list[tuple[Case, Plan]]:
    """The first combinations that do not keep to it."""
    return list(itertools.islice((pair for pair in decided if not keeps(*pair)), 3))


def test_the_product_is_as_large_as_it_looks(decided: list[tuple[Case, Plan]]) -> None:
    """A property that is asked of nothing would hold: every action and every reply that can occur does."""
    assert 4 * 2 * 3 * 3 * 5 * 3 * 5 * 2 * 2 == len(decided)
    assert {Action.OPEN, Action.OPEN_UNCONFIRMED, Action.RECORD, Action.HOLD, *APPENDS} == {
        plan.action for _, plan in decided
    }
    assert set(TOLD) == {plan.reply for _, plan in decided}
    for what in ("owners", "linked", "account", "answer", "shop_why"):
        assert any(getattr(plan, what) for _, plan in decided), what


def test_nothing_is_told_above_the_cell(decided: list[tuple[Case, Plan]]) -> None:
    """The automatic mail says no more than the plan discloses."""
    assert [] == breaches(decided, lambda case, plan: TOLD[plan.reply] <= plan.disclosure)


def test_nothing_is_disclosed_above_the_grade(decided: list[tuple[Case, Plan]]) -> None:
    """D1 and D2 only to who is proven, D2 only to owners, D3 only by an agent's answer in a ticket that there is."""

    def keeps(case: Case, plan: Plan) -> bool:
        match plan.disclosure:
            case Disclosure.D3:
                return plan.action in APPENDS
            case Disclosure.D2:
                return case.grade in PROVEN and case.standing is S2 and plan.action is Action.OPEN
            case Disclosure.D1:
                return case.grade in PROVEN and plan.action is Action.OPEN_UNCONFIRMED
        return plan.reply is None

    assert [] == breaches(decided, keeps)


def test_no_automatic_mail_below_a2(decided: list[tuple[Case, Plan]]) -> None:
    """Nor where a header, the envelope or an automatic mail of ours asks for silence, whatever the grade."""
    assert [] == breaches(
        decided, lambda case, plan: plan.reply is None or (case.grade in PROVEN and case.silence == "")
    )


def test_nothing_leaves_because_of_a_machine(decided: list[tuple[Case, Plan]]) -> None:
    """A-28: no reply, no question to an owner, nothing that would be told to an outsider."""

    def keeps(case: Case, plan: Plan) -> bool:
        is_machine = case.nature is not NatureKind.PERSON or case.silence == "no-reply"
        return not is_machine or (plan.reply is None and plan.owners == ())

    assert [] == breaches(decided, keeps)


def test_only_a_proven_verified_address_binds_anything(decided: list[tuple[Case, Plan]]) -> None:
    """An account, a shop, a confirmed ticket: S2 at A2 or better, and a ticket that exists only by its token."""

    def keeps(case: Case, plan: Plan) -> bool:
        if plan.account is None:
            return plan.shop is None and plan.answer is None and plan.action is not Action.OPEN
        is_he = case.standing is S2 and case.grade in PROVEN
        if plan.action in OPENS:
            return is_he and plan.action is Action.OPEN
        is_reply = plan.answer is None and case.whose == "his own"
        return is_he and case.strength is T3 and (is_reply or case.purpose is Purpose.CONFIRM)

    assert [] == breaches(decided, keeps)


def test_a_no_confirms_nothing() -> None:
    """The owner of the address answers an agent, and his first word is no: the ticket stays as it is."""
    case = next(
        case
        for case in all_cases()
        if (case.strength, case.standing, case.whose, case.shop) == (T3, S2, "his own", "found")
    )
    yes = evidence_of(case)
    no = replace(yes, reading=replace(yes.reading, message=replace(yes.reading.message, reply="No. I did not write.")))

    assert BAKERY is decide(yes, Policy()).account
    assert None is decide(no, Policy()).account


def test_only_who_belongs_to_a_ticket_adds_to_it_as_himself(decided: list[tuple[Case, Plan]]) -> None:
    """A confirmed article: by the author's own token (T3), or proven and of the ticket's account or correspondent."""

    def keeps(case: Case, plan: Plan) -> bool:
        if plan.action is not Action.APPEND:
            return True
        if case.strength is T3:
            return case.grade in PROVEN or (case.standing is S2 and case.grade is not Grade.A0)
        is_his = case.whose == "his own" or (case.whose == "his account's" and case.standing is S2)
        return case.grade in PROVEN and is_his

    assert [] == breaches(decided, keeps)


def test_a_hint_never_attaches_for_a_stranger(decided: list[tuple[Case, Plan]]) -> None:
    """A-02: a reference that he guessed or read makes a ticket of his own, and only agents hear of the other."""

    def keeps(case: Case, plan: Plan) -> bool:
        is_hint = case.strength is Strength.T1 and case.whose == "another's"
        return not is_hint or plan.action not in APPENDS or case.purpose is not Purpose.REPLY

    assert [] == breaches(decided, keeps)
    assert [] == breaches(decided, lambda case, plan: plan.linked is None or plan.action in OPENS)


def test_spam_is_held_whoever_sent_it(decided: list[tuple[Case, Plan]]) -> None:
    """Above the threshold nothing is opened, added or answered, but for what agents and owners were asked for."""

    def keeps(case: Case, plan: Plan) -> bool:
        is_expected = case.purpose is not Purpose.REPLY and case.strength is not T0
        return case.score != 6 or is_expected or plan.action in (Action.HOLD, Action.RECORD)

    assert [] == breaches(decided, keeps)


def test_only_owners_of_what_the_author_claims_are_asked(decided: list[tuple[Case, Plan]]) -> None:
    """A proven author's new and unconfirmed ticket; never where a mail of ours is answered: questions make no loop.

    He is on file (S1), or names a shop of theirs; below A2 nobody is asked.
    """

    def keeps(case: Case, plan: Plan) -> bool:
        if not plan.owners:
            return True
        claimed = {S1: (FLORIST, BAKERY), S0: (BAKERY,)}.get(case.standing)
        is_quiet = case.silence in ("", "envelope") and case.nature is NatureKind.PERSON
        is_first = case.strength is T0 and case.grade in PROVEN and plan.action is Action.OPEN_UNCONFIRMED
        return plan.owners == claimed and is_first and is_quiet

    assert [] == breaches(decided, keeps)


def test_whose_shop_a_stranger_names_changes_nothing_in_what_he_is_told() -> None:
    """In every combination: no oracle of whose domain is a customer's."""
    for case in all_cases():
        if case.standing is not S2 and case.shop == "open":
            named = decide(evidence_of(case), Policy())
            unnamed = decide(replace(evidence_of(case), named=()), Policy())
            assert replace(named, owners=()) == replace(unnamed, owners=()), case


def test_who_is_known_and_who_is_not_get_the_same(decided: list[tuple[Case, Plan]]) -> None:
    """For every combination, what S1 and S0 are told is equal: else our answers would tell who has an account."""
    told = {case: (plan.reply, plan.disclosure, plan.language) for case, plan in decided if case.standing is not S2}
    other = {S1: S0, S0: S1}

    assert [] == [case for case in told if told[case] != told[replace(case, standing=other[case.standing])]][:3]


def test_what_leads_to_a_ticket_changes_nothing_in_what_a_stranger_is_told(decided: list[tuple[Case, Plan]]) -> None:
    """A-02: with a hint of another's ticket or without one, the answer is the same in every respect."""
    told = {
        case: (plan.reply, plan.disclosure, plan.language)
        for case, plan in decided
        if case.standing is not S2 and case.whose == "another's" and case.purpose is Purpose.REPLY
    }
    hinted = [case for case in told if case.strength is Strength.T1]

    assert hinted
    assert [] == [case for case in hinted if told[case] != told[replace(case, strength=T0)]][:3]


@pytest.mark.parametrize("nature", NatureKind)
@pytest.mark.parametrize("standing", Standing)
def test_no_nature_but_a_persons_is_answered(nature: NatureKind, standing: Standing) -> None:
    """Every kind that there is, also one that is added later."""
    base = evidence(standing=standing, account=BAKERY if standing is S2 else None)
    mail = replace(base, reading=replace(base.reading, nature=Nature(kind=nature, why="its kind")))
    plan = decide(mail, Policy())

    assert (nature is NatureKind.PERSON) is (plan.reply is not None)
    assert nature is NatureKind.PERSON or plan.owners == ()


def test_where_dns_gave_no_answer_nothing_is_believed(decided: list[tuple[Case, Plan]]) -> None:
    """An unknown grade is treated as an unproven one in every combination."""
    by_case = dict(decided)

    assert (
        []
        == [
            case
            for case, plan in decided
            if case.grade is Grade.UNKNOWN and plan != by_case[replace(case, grade=Grade.A1)]
        ][:3]
    )


def test_an_unscanned_mail_is_no_better_than_a_clean_one() -> None:
    """The engine's silence neither opens nor closes anything."""
    for case in all_cases():
        if case.score is None and case.nature is NatureKind.PERSON and case.silence == "":
            silent = evidence_of(case)
            clean = replace(
                silent, reading=replace(silent.reading, spam=replace(SPAM, score=0.0, state=ScanState.SCANNED))
            )
            assert decide(silent, Policy()) == decide(clean, Policy()), case


def test_who_has_no_address_is_nobody() -> None:
    """Two From fields, or none: whatever it carries, nothing is sent because of it."""
    nobody = replace(evidence(author=None, grade=Grade.A0), sender=Sender(standing=S0, why="it has no single author"))

    assert (Action.HOLD, None, ()) == (decide(nobody, Policy()).action, decide(nobody, Policy()).reply, ())
