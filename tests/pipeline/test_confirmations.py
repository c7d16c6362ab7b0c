"""Was this you? Who may answer, what an answer does, and what confirms a ticket without being asked."""

import json

import pytest

from gateway.model import Account, AccountAddress, Article, Shop
from gateway.store import tickets
from gateway.store.accounts import accounts_by_ids
from gateway.store.outcomes import Outcome
from gateway.tokens import Purpose
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk

JOE = "joe@signed.test"
"""On file for Ann's account, not verified."""
SECOND = "ann@loose.test"
"""Verified; its domain signs, and forbids nothing."""
CLAIMED = Account(
    id="7",
    name="Bakery",
    shops=(Shop(id="s1", domain="bread.test"),),
    addresses=(AccountAddress(address=CUSTOMER, verified=True), AccountAddress(address=JOE)),
)


def claim(desk: TestDesk) -> tuple[Outcome, str]:
    """Joe writes in the name of Ann's account, and Ann is asked; where her answer goes."""
    desk.put_accounts(CLAIMED)
    first = desk.take(desk.post.mail(JOE, SUPPORT, "It fails."), mail_from=JOE)
    (question,) = desk.outbox("confirm_request")
    assert CUSTOMER == question.recipient.address
    return first, question.reply_to


def answer(desk: TestDesk, to: str, text: str, *, author: str = CUSTOMER, signed: bool = True) -> Outcome:
    """A mail to the address of the question."""
    return desk.take(desk.post.mail(author, to, text, signed=signed), rcpt=[to], mail_from=author)


def articles(desk: TestDesk, outcome: Outcome) -> list[Article]:
    """What its ticket holds."""
    assert outcome.ticket_id is not None
    with desk.store.reading() as tx:
        return tickets.articles(tx, outcome.ticket_id)


def test_a_yes_releases_the_ticket(desk: TestDesk) -> None:
    """It is confirmed, of the account and its one shop; the claimed address becomes known and is not verified."""
    first, to = claim(desk)
    assert not desk.ticket(first).confirmed
    assert to.startswith("c1-")

    yes = answer(desk, to, "Yes, that was me.")

    ticket = desk.ticket(first)
    assert ("append", first.ticket_id) == (yes.action, yes.ticket_id)
    assert (True, "7", "s1", JOE) == (ticket.confirmed, ticket.account_id, ticket.shop_id, ticket.correspondent)
    assert [True, True] == [article.confirmed for article in articles(desk, first)]
    with desk.store.reading() as tx:
        (account,) = accounts_by_ids(tx, ["7"])
    assert [(CUSTOMER, True), (JOE, False)] == [(each.address, each.verified) for each in account.addresses]
    assert {"asked_owner", "confirmed"} <= set(desk.story(first))
    plan = json.loads(yes.explanation)["plan"]
    assert ("yes", None) == (plan["answer"], plan["reply"])


@pytest.mark.parametrize(("text", "event"), [("No", "denied"), ("What is this about?", "answer_unclear")])
def test_anything_else_binds_nothing(fast_desk: TestDesk, text: str, event: str) -> None:
    """What the owner wrote is in the ticket for the agents; the ticket stays unconfirmed."""
    first, to = claim(fast_desk)

    outcome = answer(fast_desk, to, text)

    ticket = fast_desk.ticket(first)
    assert ("append_unconfirmed", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert (False, None, None) == (ticket.confirmed, ticket.account_id, ticket.shop_id)
    assert event in fast_desk.story(first)
    assert text in repr(fast_desk.outbox("notification"))


@pytest.mark.parametrize(
    ("author", "signed", "why"),
    [
        (JOE, True, "issued to somebody else"),
        ("eve@signed.test", True, "issued to somebody else"),
        (CUSTOMER, False, "not proven"),
        (AGENT, True, "issued to somebody else"),
    ],
)
def test_a_yes_of_the_wrong_person_is_held(fast_desk: TestDesk, author: str, signed: bool, why: str) -> None:
    """The claimant himself, a stranger, a forger, an agent: the ticket stays as it was, nobody hears of it."""
    first, to = claim(fast_desk)
    before, sent = fast_desk.ticket(first), fast_desk.outbox()

    outcome = answer(fast_desk, to, "yes", author=author, signed=signed)

    assert ("hold", None) == (outcome.action, outcome.ticket_id)
    assert why in outcome.why
    assert (before, sent) == (fast_desk.ticket(first), fast_desk.outbox())


def test_a_yes_that_nobody_asked_for_binds_nothing(fast_desk: TestDesk) -> None:
    """A genuine address of another question of hers, for a ticket that she was not asked about."""
    first, _ = claim(fast_desk)
    other = fast_desk.take(fast_desk.post.mail("eve@signed.test", SUPPORT), mail_from="eve@signed.test")
    desk = fast_desk.gateway.desk
    ref = fast_desk.ticket(other).ref
    to = desk.reply_address(Purpose.CONFIRM, ticket_ref=ref, address=CUSTOMER, at=fast_desk.clock.now())

    outcome = answer(fast_desk, to, "yes")

    assert "append_unconfirmed" == outcome.action
    assert not fast_desk.ticket(other).confirmed
    assert not fast_desk.ticket(first).confirmed


def test_an_owners_address_that_was_revoked_since_confirms_nothing(fast_desk: TestDesk) -> None:
    """A question does not outlive the proof that it was put on."""
    first, to = claim(fast_desk)
    fast_desk.put_accounts(
        Account(id="7", shops=CLAIMED.shops, addresses=(AccountAddress(address=CUSTOMER), AccountAddress(address=JOE)))
    )

    outcome = answer(fast_desk, to, "yes")

    assert "hold" == outcome.action
    assert not fast_desk.ticket(first).confirmed


def test_after_a_yes_the_owner_goes_on_in_his_ticket(fast_desk: TestDesk) -> None:
    """A further mail to the same address is one of the conversation."""
    first, to = claim(fast_desk)
    answer(fast_desk, to, "Yes.")

    more = answer(fast_desk, to, "And it is urgent.")

    assert ("append", first.ticket_id) == (more.action, more.ticket_id)
    assert "article" == fast_desk.story(first)[-1]


def test_the_owners_answering_machine_confirms_nothing(fast_desk: TestDesk) -> None:
    """Its "Yes, we are closed" is a line in the story."""
    first, to = claim(fast_desk)
    raw = fast_desk.post.mail(CUSTOMER, to, "Yes", headers=[("Auto-Submitted", "auto-replied")])

    outcome = fast_desk.take(raw, rcpt=[to], mail_from=CUSTOMER)

    assert "record" == outcome.action
    assert not fast_desk.ticket(first).confirmed


def claims_to_be(desk: TestDesk) -> tuple[Outcome, str]:
    """A mail in the name of Ann's second verified address, unproven; an agent answers it. Where her reply goes."""
    desk.put_accounts(
        Account(
            id="7",
            shops=CLAIMED.shops,
            addresses=(AccountAddress(address=CUSTOMER, verified=True), AccountAddress(address=SECOND, verified=True)),
        )
    )
    first = desk.take(desk.post.mail(SECOND, SUPPORT, "My bank account.", signed=False), mail_from=SECOND)
    assert ("open_unconfirmed", None) == (first.action, desk.ticket(first).account_id)
    (notification,) = desk.outbox("notification")
    to = notification.reply_to
    desk.take(desk.post.mail(AGENT, to, "What about it?"), rcpt=[to], mail_from=AGENT)
    (sent,) = desk.outbox("answer")
    return first, sent.reply_to


def test_nothing_goes_to_who_is_claimed_but_the_agents_answer(fast_desk: TestDesk) -> None:
    """A1: no receipt, no neutral mail, no question to the owner: anybody could make us send them (P3)."""
    claims_to_be(fast_desk)

    # "done" tells the agent that his answer left.
    assert {"notification", "answer", "done"} == {mail.template for mail in fast_desk.outbox()}


def test_the_question_holds_nothing_that_the_claimant_wrote(fast_desk: TestDesk) -> None:
    """It goes to verified addresses only, in fixed words."""
    claim(fast_desk)

    (question,) = fast_desk.outbox("confirm_request")
    assert "It fails." not in fast_desk.letter(question).data.decode()


DENIALS = (
    *("I never wrote this.", "Hello,\n\nthat was not me, I have no shop."),
    *("Das war ich nicht.", "Guten Tag, danke. Diese Mail habe ich nicht geschrieben."),
    *("Dat was ik niet.", "Ik heb dit nooit geschreven."),
    *("Ce n'était pas moi.", "Bonjour, je n'ai jamais écrit ce message."),
    *("Δεν ήμουν εγώ.", "Καλημέρα, δεν το έγραψα εγώ."),
)


@pytest.mark.parametrize("text", DENIALS)
def test_who_denies_having_written_confirms_nothing_and_agents_are_told(fast_desk: TestDesk, text: str) -> None:
    """Proven, on his own reply address: what was written in his name stays unconfirmed."""
    first, to = claims_to_be(fast_desk)

    outcome = answer(fast_desk, to, text, author=SECOND)

    assert ("append", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert (False, None) == (fast_desk.ticket(first).confirmed, fast_desk.ticket(first).account_id)
    assert "denied" in fast_desk.story(first)
    assert "confirmed" not in fast_desk.story(first)
    identity = dict(fast_desk.outbox("notification")[-1].values)["identity"]
    assert "says that he did not write" in identity


@pytest.mark.parametrize("text", ["yes", "no"])
def test_agents_get_one_mail_about_an_owners_answer(fast_desk: TestDesk, text: str) -> None:
    """The claimed mail again, with its own grade and what is known of the address now; not the answer as well."""
    _, to = claim(fast_desk)
    before = len(fast_desk.outbox("notification"))

    answer(fast_desk, to, text)

    (told,) = fast_desk.outbox("notification")[before:]
    values = dict(told.values)
    assert JOE in values["author"]
    assert "(A3)" in values["proof"]
    assert "(S1)" in values["proof"]
    assert ("" if text == "yes" else "7 Bakery") != values["account"]
    assert (text == "yes") is (values["caution"] == "")


def test_an_answer_that_is_unclear_goes_to_the_agents_as_it_is(fast_desk: TestDesk) -> None:
    """A person must read it."""
    _, to = claim(fast_desk)
    before = len(fast_desk.outbox("notification"))

    answer(fast_desk, to, "What is this about?")

    (told,) = fast_desk.outbox("notification")[before:]
    assert "What is this about?" in dict(told.values)["text"]


def test_who_goes_on_with_his_own_ticket_proven_confirms_it(desk: TestDesk) -> None:
    """He answers the agent on the address that only he was given: the ticket is his; the first mail stays marked."""
    first, to = claims_to_be(desk)

    answer(desk, to, "It is the old one, please help.", author=SECOND)

    ticket = desk.ticket(first)
    assert (True, "7", "s1") == (ticket.confirmed, ticket.account_id, ticket.shop_id)
    assert [False, True] == [each.confirmed for each in articles(desk, first) if each.author == SECOND]
    assert "confirmed" in desk.story(first)


@pytest.mark.parametrize(
    ("text", "signed"), [("No, I did not write this!", True), ("It is the old one, please help.", False)]
)
def test_a_no_or_an_unproven_reply_confirms_nothing(fast_desk: TestDesk, text: str, signed: bool) -> None:
    """It is added all the same, for the agents to read."""
    first, to = claims_to_be(fast_desk)

    outcome = answer(fast_desk, to, text, author=SECOND, signed=signed)

    assert ("append", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert (False, None) == (fast_desk.ticket(first).confirmed, fast_desk.ticket(first).account_id)


def test_a_thread_confirms_nothing(fast_desk: TestDesk) -> None:
    """A hint (T1): who forges the first mail may name a thread that its owner then goes on with."""
    first, _ = claims_to_be(fast_desk)
    raw = fast_desk.post.mail(SECOND, SUPPORT, "And another thing.", answers=articles(fast_desk, first)[0].message_id)

    outcome = fast_desk.take(raw, mail_from=SECOND)

    assert ("append", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert not fast_desk.ticket(first).confirmed


def test_who_is_not_verified_confirms_nothing(fast_desk: TestDesk) -> None:
    """T3 at S0: the ticket stays as unbound as before, whatever he says."""
    joe = "eve@signed.test"
    first = fast_desk.take(fast_desk.post.mail(joe, SUPPORT), mail_from=joe)
    to = fast_desk.outbox("notification")[0].reply_to
    fast_desk.take(fast_desk.post.mail(AGENT, to, "Who are you?"), rcpt=[to], mail_from=AGENT)

    outcome = answer(fast_desk, fast_desk.outbox("answer")[0].reply_to, "Yes, that was me.", author=joe)

    assert "append" == outcome.action
    assert not fast_desk.ticket(first).confirmed
