"""The rules that stand before the identity table, and what the table leaves to the mail. Its cells: `test_table`."""

from dataclasses import replace

import pytest

from gateway.accounts.sender import Standing
from gateway.authn.result import Authentication, Grade
from gateway.mail.message import Address
from gateway.mail.nature import Nature, NatureKind
from gateway.matching.match import NO_MATCH, Match
from gateway.matching.token import Strength
from gateway.model import Account, Agent
from gateway.pipeline.decide import Policy, decide
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Reply
from gateway.spam.report import ScanState, SpamReport
from gateway.tokens import Purpose
from tests.pipeline.cases import (
    AGENT,
    BAKERY,
    FLORIST,
    MATCH,
    S0,
    S1,
    S2,
    SPAM,
    T0,
    T1,
    T2,
    T3,
    TICKET,
    TOKEN,
    evidence,
)


def test_the_tickets_own_correspondent_belongs_to_it_without_an_account() -> None:
    """Who opened a ticket continues it by a thread alone, unconfirmed where he is not proven."""
    owner = Address(address="Owner@bread.test")
    threaded = evidence(strength=T0, match=replace(MATCH, by="message_id"), author=owner, mail_from="owner@bread.test")

    assert decide(threaded, Policy()).action is Action.APPEND
    unproven = replace(
        threaded, reading=replace(threaded.reading, authentication=Authentication(grade=Grade.A1, why=""))
    )
    assert decide(unproven, Policy()).action is Action.APPEND_UNCONFIRMED


@pytest.mark.parametrize("grade", Grade)
@pytest.mark.parametrize(("standing", "account"), [(S2, BAKERY), (S1, None), (S0, None)])
def test_only_proven_authors_get_an_automatic_mail(standing: Standing, account: Account | None, grade: Grade) -> None:
    """Below A2 nobody is written to; a proven owner gets the receipt, anybody else the fixed words."""
    plan = decide(evidence(standing=standing, account=account, grade=grade), Policy())

    proven = grade in (Grade.A3, Grade.A2)
    expected = (Reply.RECEIPT if standing is S2 else Reply.NEUTRAL) if proven else None
    assert plan.reply is expected


@pytest.mark.parametrize(
    "case",
    [
        evidence(mail_from="somebody@else.test"),
        evidence(mail_from=""),
        evidence(headers=(("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),)),
        evidence(headers=(("Precedence", "first-class"),)),
        replace(evidence(), names_automatic_mail=True),
        evidence(strength=T3, match=MATCH),
    ],
    ids=["other-envelope", "null-envelope", "suppress", "precedence", "answers-automatic-mail", "appended"],
)
def test_silence_where_it_is_asked_for(case: Evidence) -> None:
    """The mail is kept and shown, and nothing automatic goes back."""
    plan = decide(case, Policy())

    assert plan.reply is None
    assert plan.notify


RECORDED = [kind for kind in NatureKind if kind not in (NatureKind.PERSON, NatureKind.BULK)]


@pytest.mark.parametrize("kind", RECORDED)
@pytest.mark.parametrize("strength", Strength)
def test_machines_are_recorded_and_never_answered(kind: NatureKind, strength: Strength) -> None:
    """Whatever token they carry; only of a filter that asks to be convinced do agents hear.

    What may be a person's words is held where only a hint leads to the ticket.
    """
    plan = decide(evidence(kind=kind, strength=strength, standing=S2, account=BAKERY, match=MATCH), Policy())

    is_hinted = kind in (NatureKind.AUTO_REPLY, NatureKind.CALENDAR) and strength not in (T3, Strength.T2)
    action = Action.HOLD if is_hinted else Action.RECORD
    assert (action, None, kind is NatureKind.CHALLENGE) == (plan.action, plan.reply, plan.notify)


def test_bulk_mail_is_held_but_for_a_proven_customers_ticket() -> None:
    """A newsletter is held; the same headers on a customer's reply are not."""
    assert decide(evidence(kind=NatureKind.BULK), Policy()).action is Action.HOLD
    reply = evidence(kind=NatureKind.BULK, strength=T3, standing=S2, account=BAKERY, match=MATCH)
    assert decide(reply, Policy()).action is Action.APPEND


@pytest.mark.parametrize("strength", Strength)
@pytest.mark.parametrize("standing", Standing)
def test_spam_is_held_whoever_its_author_is(strength: Strength, standing: Standing) -> None:
    """Also a proven customer's reply: held, never attached in silence, never refused."""
    base = evidence(strength=strength, standing=standing, account=BAKERY if standing is S2 else None, match=MATCH)

    assert decide(replace(base, reading=replace(base.reading, spam=SPAM)), Policy()).action is Action.HOLD


@pytest.mark.parametrize(
    ("grade", "standing", "score", "action"),
    [
        (Grade.A1, S0, 2.0, Action.HOLD),
        (Grade.A1, S0, 1.9, Action.OPEN_UNCONFIRMED),
        (Grade.A1, S1, 2.0, Action.OPEN_UNCONFIRMED),
        (Grade.A2, S0, 2.0, Action.OPEN_UNCONFIRMED),
    ],
)
def test_unproven_strangers_have_less_room(grade: Grade, standing: Standing, score: float, action: Action) -> None:
    """From a score of 2 on, a stranger who is not proven is held."""
    base = evidence(grade=grade, standing=standing)
    scored = replace(base, reading=replace(base.reading, spam=replace(SPAM, score=score)))

    assert decide(scored, Policy()).action is action


def test_unscanned_is_not_spam_and_not_ham() -> None:
    """No answer of the engine changes nothing about who wrote."""
    base = evidence(standing=S2, account=BAKERY)
    report = SpamReport(engine="spamassassin", state=ScanState.UNSCANNED, why="spamd does not answer")

    assert decide(replace(base, reading=replace(base.reading, spam=report)), Policy()).action is Action.OPEN


def agents_mail(*, strength: Strength = T3, grade: Grade = Grade.A3, agent: Agent | None = AGENT) -> Evidence:
    """A mail to an agent's private address."""
    base = evidence(strength=strength, grade=grade, match=MATCH)
    token = replace(base.reading.token, token=replace(TOKEN, purpose=Purpose.AGENT))
    return replace(base, agent=agent, reading=replace(base.reading, token=token))


@pytest.mark.parametrize("strength", [T3, T2, T1])
@pytest.mark.parametrize("grade", Grade)
@pytest.mark.parametrize("agent", [AGENT, None], ids=["agent", "anybody"])
def test_an_agents_orders_need_everything(strength: Strength, grade: Grade, agent: Agent | None) -> None:
    """His address, proven, on the token issued to him: all three. A proven agent without the third is told so."""
    plan = decide(agents_mail(strength=strength, grade=grade, agent=agent), Policy())

    proven = agent is not None and grade in (Grade.A3, Grade.A2)
    assert plan.action is (Action.COMMANDS if proven else Action.HOLD)
    assert bool(plan.problem) is (proven and strength is not T3)
    assert (plan.reply, plan.notify) == (None, False)


@pytest.mark.parametrize("grade", [Grade.A3, Grade.A2])
def test_a_token_of_another_ticket_gives_an_agent_no_power(grade: Grade) -> None:
    """The mail's thread led to a ticket that his token does not name."""
    mail = agents_mail(grade=grade)
    other = replace(mail, match=Match(ticket=replace(TICKET, ref=6), by="message_id", why=""))

    assert decide(other, Policy()).action is Action.HOLD


@pytest.mark.parametrize(("standing", "account"), [(S2, FLORIST), (S1, None), (S0, None)])
def test_a_token_of_another_ticket_is_no_more_than_a_hint(standing: Standing, account: Account | None) -> None:
    """A valid token, and a thread that leads to somebody else's ticket: nothing is added there."""
    mail = evidence(strength=T3, standing=standing, account=account)
    other = replace(mail, match=Match(ticket=replace(TICKET, ref=6), by="message_id", why=""))

    assert decide(other, Policy()).action in (Action.OPEN, Action.OPEN_UNCONFIRMED)


def test_a_mail_to_several_tickets_is_for_a_person_to_sort() -> None:
    """Held, though its author is proven."""
    mail = evidence(strength=T3, standing=S2, account=BAKERY, match=MATCH)
    both = replace(mail, reading=replace(mail.reading, token=replace(mail.reading.token, is_ambiguous=True)))

    assert decide(both, Policy()).action is Action.HOLD


def test_an_agents_out_of_office_reply_goes_nowhere() -> None:
    """It is recorded although it carries his token."""
    mail = agents_mail()
    automatic = replace(mail, reading=replace(mail.reading, nature=Nature(kind=NatureKind.AUTO_REPLY, why="away")))

    assert decide(automatic, Policy()).action is Action.RECORD


def test_the_same_mail_again_is_a_duplicate() -> None:
    """Before anything else is looked at."""
    plan = decide(replace(agents_mail(), duplicate_of="01ABC"), Policy())

    assert (plan.action, plan.why) == (Action.DUPLICATE, "it is the same mail as 01ABC")


@pytest.mark.parametrize(("grade", "action"), [(Grade.A3, Action.OPEN), (Grade.A0, Action.DUPLICATE)])
def test_a_held_copy_does_not_stand_in_the_way_of_a_better_one(grade: Grade, action: Action) -> None:
    """The first copy came by a forwarder and looked forged; one that would be held as well is a duplicate."""
    mail = replace(evidence(standing=S2, account=BAKERY, grade=grade), duplicate_of="01ABC", is_earlier_held=True)

    assert decide(mail, Policy()).action is action


@pytest.mark.parametrize("local", ["no-reply", "NoReply", "do_not.reply+x", "owner-list", "list-request", "bounces"])
def test_an_address_that_nobody_reads_gets_nothing(local: str) -> None:
    """Although its domain proves the mail; an agent sees it."""
    address = f"{local}@bread.test"
    plan = decide(evidence(author=Address(address=address), mail_from=address), Policy())

    assert (plan.reply, plan.notify) == (None, True)


@pytest.mark.parametrize(
    ("text", "account", "headers", "language"),
    [
        ("hello", BAKERY, (), "el"),
        ("Καλημέρα, το κατάστημα δεν ανοίγει", None, (), "el"),
        ("hello", None, (("Content-Language", "el-GR, en"),), "el"),
        ("ciao", None, (("Content-Language", "it"),), "en"),
        ("Bonjour, ma boutique ne marche plus", None, (("Content-Language", "en"),), "fr"),
        ("Could you please help me with the shipping costs of my shop?", BAKERY, (), "en"),
    ],
)
def test_the_language_of_the_answer(
    text: str, account: Account | None, headers: tuple[tuple[str, str], ...], language: str
) -> None:
    """The text's, where it is long enough to tell, else the account's, else what a header says, else the default."""
    base = evidence(standing=S2 if account else S0, account=account, headers=headers)
    worded = replace(base, reading=replace(base.reading, message=replace(base.reading.message, text=text, reply=text)))

    assert decide(worded, Policy()).language == language


def test_only_his_own_words_tell_the_language() -> None:
    """A mail that holds nothing but a quotation is answered in the account's language, not in the quoted one."""
    greek = replace(BAKERY, language="el")
    base = evidence(standing=S2, account=greek)
    quoted = replace(base.reading.message, text="> Thank you for writing to us, we will answer you soon.", reply="")

    assert "el" == decide(replace(base, reading=replace(base.reading, message=quoted)), Policy()).language


def test_an_expired_or_unknown_ticket_makes_a_token_nothing() -> None:
    """A valid token of a ticket that is not in the store opens a new one."""
    plan = decide(evidence(strength=T3, standing=S2, account=BAKERY, match=NO_MATCH), Policy())

    assert plan.action is Action.OPEN
