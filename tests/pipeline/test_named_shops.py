"""A stranger names a customer's shop: its owner is asked, the stranger learns nothing, a yes makes the ticket his."""

import pytest

from gateway.model import Account, AccountAddress, Shop
from gateway.pipeline.naming import MAX_DOMAINS
from gateway.store.accounts import MAX_SHARING
from gateway.store.outcomes import Outcome
from tests.desk import CUSTOMER, SUPPORT, TestDesk

JOE = "joe@signed.test"
"""On no account; proven."""
LOOSE = "eve@loose.test"
"""On no account; its domain forbids nothing, and what is not signed is not proven."""
NAMES = "Since noon nobody can pay at https://www.bread.test/cart, please help."


def bakery(domain: str = "bread.test", *, id: str = "7", owner: str = CUSTOMER) -> Account:  # noqa: A002
    """An account with a shop of this domain."""
    return Account(
        id=id, shops=(Shop(id="s1", domain=domain),), addresses=(AccountAddress(address=owner, verified=True),)
    )


def write(desk: TestDesk, text: str, *, author: str = JOE, signed: bool = True, subject: str = "Help") -> Outcome:
    """A stranger's mail."""
    return desk.take(desk.post.mail(author, SUPPORT, text, signed=signed, subject=subject), mail_from=author)


def asked(desk: TestDesk) -> list[str]:
    """Who was asked."""
    return [mail.recipient.address for mail in desk.outbox("confirm_request")]


@pytest.mark.parametrize("domain", ["bread.test", "www.bread.test", "Bread.Test"])
def test_the_owner_of_a_shop_that_a_stranger_names_is_asked_and_his_yes_makes_him_known(
    desk: TestDesk, domain: str
) -> None:
    """However the source spells the domain; the ticket is the account's and its shop's then."""
    desk.put_accounts(bakery(domain))
    first = write(desk, NAMES)
    assert "open_unconfirmed" == first.action
    assert [CUSTOMER] == asked(desk)

    to = desk.outbox("confirm_request")[0].reply_to
    desk.take(desk.post.mail(CUSTOMER, to, "Yes"), rcpt=[to], mail_from=CUSTOMER)

    ticket = desk.ticket(first)
    assert (True, "7", "s1") == (ticket.confirmed, ticket.account_id, ticket.shop_id)
    assert "open_unconfirmed" == write(desk, "And another thing.").action, "known, never verified"


def test_the_stranger_gets_the_same_mail_whatever_he_names(fast_desk: TestDesk) -> None:
    """Byte for byte but for what every mail has of its own."""
    fast_desk.put_accounts(bakery())
    write(fast_desk, NAMES)
    write(fast_desk, NAMES.replace("bread", "nobodys"), author="tom@signed.test")

    one, other = fast_desk.outbox("neutral")
    assert (one.values, one.language, one.subject) == (other.values, other.language, other.subject)
    assert [JOE, "tom@signed.test"] == [one.recipient.address, other.recipient.address]
    assert [CUSTOMER] == asked(fast_desk)


def test_a_domain_in_the_subject_counts_as_well(fast_desk: TestDesk) -> None:
    """Nothing else is written there by many."""
    fast_desk.put_accounts(bakery())
    write(fast_desk, "It fails.", subject="bread.test is down")

    assert [CUSTOMER] == asked(fast_desk)


@pytest.mark.parametrize(
    "text",
    [
        "It fails.",
        "> at bread.test",
        "Write to me at joe@bread.test.",
        "notbread.test",
        "bread.test.evil.test",
        "shop.bread.test",
        " ".join(f"a{number}.test" for number in range(MAX_DOMAINS)) + " bread.test",
    ],
)
def test_nothing_else_asks_anybody(fast_desk: TestDesk, text: str) -> None:
    """Quotes, mail addresses, longer and shorter names, and what stands behind five others."""
    fast_desk.put_accounts(bakery())
    write(fast_desk, text)

    assert [] == asked(fast_desk)


def test_prices_and_times_are_no_domains(fast_desk: TestDesk) -> None:
    """They use nothing up."""
    fast_desk.put_accounts(bakery())
    write(fast_desk, "At 10.30, 11.15, 12.45, 13.20 and 14.10, for 12.50 each, bread.test failed.")

    assert [CUSTOMER] == asked(fast_desk)


def test_below_a2_nobody_is_asked(fast_desk: TestDesk) -> None:
    """Anybody could make us write to our customers (P3)."""
    fast_desk.put_accounts(bakery())
    outcome = write(fast_desk, NAMES, author=LOOSE, signed=False)

    assert "open_unconfirmed" == outcome.action
    assert {"notification"} == {mail.template for mail in fast_desk.outbox()}


def test_a_domain_that_many_accounts_have_asks_nobody(fast_desk: TestDesk) -> None:
    """It is the hoster's, or a slip of the source."""
    fast_desk.put_accounts(
        *(bakery(id=str(number), owner=f"o{number}@bread.test") for number in range(MAX_SHARING + 1))
    )
    write(fast_desk, NAMES)

    assert [] == asked(fast_desk)


def test_an_account_is_asked_once_a_day_whoever_names_its_shop(fast_desk: TestDesk) -> None:
    """All bounds of the question apply; the story says why nobody was asked."""
    fast_desk.put_accounts(bakery())
    outcomes = [write(fast_desk, NAMES, author=f"{name}@signed.test") for name in ("joe", "tom", "eve")]

    assert [CUSTOMER] == asked(fast_desk)
    assert [False, True, True] == ["not_asked" in fast_desk.story(outcome) for outcome in outcomes]


def test_a_proven_customer_who_names_anothers_shop_asks_nobody(fast_desk: TestDesk) -> None:
    """He is known for himself."""
    fast_desk.put_accounts(bakery("other.test"), bakery(id="8", owner="bob@bread.test"))
    write(fast_desk, NAMES, author=CUSTOMER)

    assert [] == asked(fast_desk)
