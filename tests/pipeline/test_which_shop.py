"""Which of his shops does a proven customer mean: found, asked for, answered, left to the agents."""

import json

import pytest

from gateway.matching.token import Strength
from gateway.model import Account, AccountAddress, Shop
from gateway.store.outcomes import Outcome
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk

BREAD, CAKE, PIE = (Shop(id=f"s{n}", domain=f"{name}.test") for n, name in enumerate(("bread", "cake", "pie"), 1))
OWN = (AccountAddress(address=CUSTOMER, verified=True),)
TWO_SHOPS = Account(id="7", name="Bakery", shops=(BREAD, CAKE), addresses=OWN)
OTHER = Account(id="8", name="Pies", shops=(PIE,), addresses=OWN)


def write(desk: TestDesk, text: str = "It fails.", *, to: str = SUPPORT) -> Outcome:
    """The customer's mail, proven."""
    return desk.take(desk.post.mail(CUSTOMER, to, text), rcpt=[to], mail_from=CUSTOMER)


def asked(desk: TestDesk) -> tuple[Outcome, str]:
    """A customer of two shops who was asked; and the address to which he answers."""
    desk.put_accounts(TWO_SHOPS)
    first = write(desk)
    (question,) = desk.outbox("ask_shop")
    return first, question.reply_to


def bound(desk: TestDesk, outcome: Outcome) -> tuple[str | None, str | None]:
    """The account and the shop of its ticket."""
    ticket = desk.ticket(outcome)
    return ticket.account_id, ticket.shop_id


def test_who_has_several_shops_is_asked_for_his_own_ones(fast_desk: TestDesk) -> None:
    """Once, instead of the receipt; the ticket is his account's, its shop is open."""
    first, reply_to = asked(fast_desk)

    (question,) = fast_desk.outbox("ask_shop")
    assert CUSTOMER == question.recipient.address
    assert ["1. bread.test", "2. cake.test"] == dict(question.values)["shops"].splitlines()
    assert [] == fast_desk.outbox("receipt")
    assert ("7", None) == bound(fast_desk, first)
    assert ["opened", "asked_shop"] == fast_desk.story(first)
    assert reply_to.startswith("r1-")


def test_a_shop_that_he_names_is_preselected(fast_desk: TestDesk) -> None:
    """No question: the receipt names it, and the story says how it was found, so that an agent can see if it is so."""
    fast_desk.put_accounts(TWO_SHOPS)
    outcome = write(fast_desk, "Nobody can pay on cake.test since this morning.")

    (receipt,) = fast_desk.outbox("receipt")
    assert "cake.test" == dict(receipt.values)["shop"]
    assert ("7", "s2") == bound(fast_desk, outcome)
    assert [("shop", "cake.test: the shop was found by its domain in the text (it names cake.test)")] == [
        (event.kind, event.detail) for event in fast_desk.events(outcome) if event.kind == "shop"
    ]
    identity = json.loads(outcome.explanation)["identity"]
    assert ("7", "cake.test", "domain") == (identity["account"], identity["shop"], identity["shop_by"])


def test_one_shop_needs_neither_question_nor_story(fast_desk: TestDesk) -> None:
    """It is plain whose and which."""
    outcome = write(fast_desk)

    assert ("7", "s1") == bound(fast_desk, outcome)
    assert ["opened"] == fast_desk.story(outcome)


@pytest.mark.parametrize(("answer", "shop"), [("2", "s2"), ("bread.test please", "s1")])
def test_a_plain_reply_tells(fast_desk: TestDesk, answer: str, shop: str) -> None:
    """Number or domain: the ticket is about that shop, what he wrote is kept, nothing more is asked."""
    first, reply_to = asked(fast_desk)

    reply = write(fast_desk, answer, to=reply_to)

    assert ("append", first.ticket_id) == (reply.action, reply.ticket_id)
    assert ("7", shop) == bound(fast_desk, first)
    assert ["opened", "asked_shop", "article", "shop"] == fast_desk.story(first)
    assert 1 == len(fast_desk.outbox("ask_shop"))


def test_who_does_not_tell_is_asked_once_more_then_agents_find_out(fast_desk: TestDesk) -> None:
    """Two questions at most; then word to the agents, once, and his further mails are like any other."""
    first, reply_to = asked(fast_desk)

    for text in ("The one with the blue logo.", "The blue one, I said!", "Hello?"):
        assert "append" == write(fast_desk, text, to=reply_to).action

    assert 2 == len(fast_desk.outbox("ask_shop"))
    assert ["asked_shop", "asked_shop", "shop_left"] == [kind for kind in fast_desk.story(first) if "shop" in kind]
    assert ("7", None) == bound(fast_desk, first)


def test_a_reply_that_names_our_question_is_never_answered_by_a_machine(fast_desk: TestDesk) -> None:
    """A-25 stands above asking again: two gateways would ask each other."""
    first, reply_to = asked(fast_desk)
    (question,) = fast_desk.outbox("ask_shop")
    raw = fast_desk.post.mail(CUSTOMER, reply_to, "The blue one.", answers=question.message_id)

    fast_desk.take(raw, rcpt=[reply_to], mail_from=CUSTOMER)

    assert 1 == len(fast_desk.outbox("ask_shop"))
    assert ["opened", "asked_shop", "article", "shop_left"] == fast_desk.story(first)


NEW_FIRST = Shop(id="s0", domain="apple.test")


def with_shops(desk: TestDesk, *shops: Shop) -> None:
    """The account's shops as its source tells them now."""
    desk.put_accounts(Account(id="7", name="Bakery", shops=shops, addresses=OWN))


@pytest.mark.parametrize(("answer", "shop"), [("2", "s2"), ("the first one", "s1"), ("apple.test", "s0")])
def test_a_number_is_read_against_the_list_that_was_sent(desk: TestDesk, answer: str, shop: str) -> None:
    """A shop that is new since moves today's numbers, not those of the question; by its domain it may be meant."""
    first, reply_to = asked(desk)
    with_shops(desk, NEW_FIRST, BREAD, CAKE)

    write(desk, answer, to=reply_to)

    assert ("7", shop) == bound(desk, first)


def test_the_number_of_a_shop_that_is_gone_means_none(fast_desk: TestDesk) -> None:
    """Not the one that has its number today."""
    first, reply_to = asked(fast_desk)
    with_shops(fast_desk, CAKE, PIE)

    write(fast_desk, "1", to=reply_to)

    assert ("7", None) == bound(fast_desk, first)


def test_after_two_questions_with_different_lists_a_bare_number_means_none(fast_desk: TestDesk) -> None:
    """It may be an answer to either; a domain still tells."""
    first, reply_to = asked(fast_desk)
    with_shops(fast_desk, NEW_FIRST, BREAD, CAKE)
    write(fast_desk, "The blue one.", to=reply_to)
    assert 2 == len(fast_desk.outbox("ask_shop"))

    write(fast_desk, "2", to=reply_to)
    assert ("7", None) == bound(fast_desk, first)
    write(fast_desk, "cake.test", to=reply_to)

    assert ("7", "s2") == bound(fast_desk, first)


def test_what_a_limit_kept_back_was_not_asked(fast_desk: TestDesk) -> None:
    """No question in the story but why none was sent; a number in his next mail is no answer."""
    fast_desk.put_accounts(TWO_SHOPS)
    outcomes = [write(fast_desk, f"It fails, for the {number}th time.") for number in range(8)]
    unsent = [outcome for outcome in outcomes if "not_sent" in fast_desk.story(outcome)]

    assert len(outcomes) - len(unsent) == len(fast_desk.outbox("ask_shop"))
    assert unsent
    assert all("asked_shop" not in fast_desk.story(outcome) for outcome in unsent)


def test_after_the_agents_were_told_a_domain_still_tells_and_a_number_does_not(fast_desk: TestDesk) -> None:
    """A number in a later mail may be anything."""
    first, reply_to = asked(fast_desk)
    for text in ("Blue.", "Blue!", "I have 2 questions."):
        write(fast_desk, text, to=reply_to)
    write(fast_desk, "2", to=reply_to)
    assert ("7", None) == bound(fast_desk, first)

    write(fast_desk, "I mean cake.test.", to=reply_to)

    assert ("7", "s2") == bound(fast_desk, first)


def test_a_reply_to_an_agent_is_no_reply_to_the_question(fast_desk: TestDesk) -> None:
    """Once an agent has answered, he asks for himself."""
    first, _ = asked(fast_desk)
    notification = fast_desk.outbox("notification")[-1]
    fast_desk.take(
        fast_desk.post.mail(AGENT, notification.reply_to, "How often?"), rcpt=[notification.reply_to], mail_from=AGENT
    )
    (answer,) = fast_desk.outbox("answer")

    write(fast_desk, "2", to=answer.reply_to)

    assert ("7", None) == bound(fast_desk, first)
    assert 1 == len(fast_desk.outbox("ask_shop"))


@pytest.mark.parametrize("answer", ["1", "cake.test"])
def test_an_answer_that_is_not_proven_tells_nothing(fast_desk: TestDesk, answer: str) -> None:
    """His domain says that he did not write it: kept, marked, and the shop stays open."""
    first, reply_to = asked(fast_desk)
    raw = fast_desk.post.mail(CUSTOMER, reply_to, answer, signed=False)

    outcome = fast_desk.take(raw, rcpt=[reply_to], mail_from=CUSTOMER)

    assert "append_unconfirmed" == outcome.action
    assert ("7", None) == bound(fast_desk, first)


def test_one_address_on_two_accounts_is_asked_over_both(desk: TestDesk) -> None:
    """Neither account is guessed; the answer chooses shop and account together."""
    desk.put_accounts(TWO_SHOPS, OTHER)
    first = write(desk)
    (question,) = desk.outbox("ask_shop")
    assert ["1. bread.test", "2. cake.test", "3. pie.test"] == dict(question.values)["shops"].splitlines()
    assert (None, None) == bound(desk, first)

    write(desk, "3", to=question.reply_to)

    assert ("8", "s3") == bound(desk, first)


def test_one_address_on_two_accounts_is_of_the_one_whose_shop_he_names(fast_desk: TestDesk) -> None:
    """And the agent is shown that account."""
    fast_desk.put_accounts(TWO_SHOPS, OTHER)
    outcome = write(fast_desk, "pie.test is slow")

    assert ("8", "s3") == bound(fast_desk, outcome)
    assert "Pies" in repr(fast_desk.outbox("notification")[-1].values)


def test_an_unproven_customer_is_asked_nothing_about_shops(fast_desk: TestDesk) -> None:
    """The list of his shops is for him alone."""
    unproven = "ann@elsewhere.test"
    fast_desk.put_accounts(
        Account(id="9", shops=(BREAD, CAKE), addresses=(AccountAddress(address=unproven, verified=True),))
    )
    outcome = fast_desk.take(fast_desk.post.mail(unproven, SUPPORT, "cake.test fails"), mail_from=unproven)

    assert "open_unconfirmed" == outcome.action
    assert (None, None) == bound(fast_desk, outcome)
    assert [] == fast_desk.outbox("ask_shop")
    assert "cake.test" not in repr([each for each in fast_desk.outbox() if each.recipient.address != AGENT])


def test_a_stranger_on_the_customers_address_answers_nothing(fast_desk: TestDesk) -> None:
    """He has the question, forwarded to him: kept, unconfirmed, the shop stays open, he gets nothing."""
    first, reply_to = asked(fast_desk)
    joe = "joe@signed.test"

    outcome = fast_desk.take(fast_desk.post.mail(joe, reply_to, "2"), rcpt=[reply_to], mail_from=joe)

    assert ("append_unconfirmed", Strength.T2) == (outcome.action, json.loads(outcome.explanation)["identity"]["token"])
    assert ("7", None) == bound(fast_desk, first)
    assert [] == [each for each in fast_desk.outbox() if each.recipient.address == joe]


def test_an_answer_to_the_support_address_tells_as_well(fast_desk: TestDesk) -> None:
    """His program lost the signed address; the thread leads to the ticket, and his domain proves that he wrote."""
    first, _ = asked(fast_desk)
    (question,) = fast_desk.outbox("ask_shop")
    raw = fast_desk.post.mail(CUSTOMER, SUPPORT, "2", headers=[("In-Reply-To", question.message_id)])
    reply = fast_desk.take(raw, rcpt=[SUPPORT], mail_from=CUSTOMER)

    assert ("append", first.ticket_id) == (reply.action, reply.ticket_id)
    assert ("7", "s2") == bound(fast_desk, first)
