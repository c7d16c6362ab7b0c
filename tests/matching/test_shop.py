"""Which of his own shops a mail is about: by ticket, address, domain, order; and when nobody is guessed for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.message import Message
from gateway.matching.shop import find_shop
from gateway.matching.shop_match import candidates_of
from gateway.model import Account, Order, Shop, Ticket, TicketState
from tests.cost import cheap

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
SUPPORT = "support@desk.test"
BREAD = Shop(id="s1", domain="bread.example", name="Ann's Bread")
CAKES = Shop(id="s2", domain="cakes.example", name="Sweet Cakes")
COFFEE = Shop(id="s3", domain="xn--ixah0a1bn.example", name="Καφές")  # καφές
ACCOUNT = Account(
    id="7",
    shops=(BREAD, CAKES, COFFEE),
    orders=(
        Order(number="#10234", shop_id="s1"),
        Order(number="ORD-2026-0042", shop_id="s2"),
        Order(number="2024", shop_id="s2"),
        Order(number="77", shop_id="s2"),
        Order(number="8812", shop_id="s3"),
        Order(number="AB.12/7", shop_id="s3"),
        Order(number="55555"),
    ),
)
OTHER = Account(id="8", shops=(Shop(id="s1", domain="tea.example", name="Tea"),))
TICKET = Ticket(
    id=1,
    ref=5,
    state=TicketState.NEW,
    subject="",
    correspondent="ann@bread.example",
    correspondent_name="",
    confirmed=True,
    account_id="7",
    shop_id="s2",
    language="en",
    assignee=None,
    opened_at=NOW,
    updated_at=NOW,
    closed_at=None,
)


def found(text: str = "", *, subject: str = "Help", to: str = SUPPORT, account: Account = ACCOUNT) -> tuple[str, str]:
    """By which signal, and which shop, a mail without a ticket is given."""
    match = find_shop(Message(author=None, subject=subject, reply=text), [to], [account], None)
    return match.by, match.shop.id if match.shop else ""


@pytest.mark.parametrize(
    ("text", "shop"),
    [
        ("My shop bread.example is down", "s1"),
        ("My shop BREAD.Example is down", "s1"),
        ("www.bread.example", "s1"),
        ("https://www.bread.example/cart?a=1#top", "s1"),
        ("http://bread.example:8080/", "s1"),
        ("<https://bread.example>", "s1"),
        ("(bread.example)", "s1"),
        ("bread.example.", "s1"),
        ("bread.example...", "s1"),
        ("is it bread.example?", "s1"),
        ("„bread.example“!", "s1"),
        ("*bread.example*", "s1"),
        ("_bread.example_", "s1"),
        ("bread.example's checkout", "s1"),
        ("bread.example, since Monday", "s1"),
        ("bread\u200b.example", "s1"),
        ("bread\uff0eexample", "s1"),
        ("checkout.bread.example fails", "s1"),
        ("https://admin.desk.test/shops/bread.example/orders", "s1"),
        ("καφές.example", "s3"),
        ("ΚΑΦΈΣ.example", "s3"),
        ("καφες.example", "s3"),
        ("https://xn--ixah0a1bn.example/", "s3"),
        ("XN--IXAH0A1BN.EXAMPLE", "s3"),
        ("bread.example and again bread.example", "s1"),
    ],
)
def test_a_domain_in_the_text(text: str, shop: str) -> None:
    """However it is spelled and whatever stands around it; in the subject as well."""
    assert ("domain", shop) == found(text)
    assert ("domain", shop) == found(subject=text)


@pytest.mark.parametrize(
    "text",
    [
        "notbread.example",
        "not-bread.example",
        "not_bread.example",
        "bread.example.evil.test",
        "https://bread.example.evil.test/",
        "https://bread.example@evil.test/",
        "bread.example-evil.test",
        "bread.exampleevil.test",
        "bread.examples",
        "breadXexample",
        "bread .example",
        "bread",
        "example",
        ".example",
        "ann@bread.example",
        "ann@shop.bread.example",
        "Ann <ann@bread.example>",
        "bread.example@gmail.test",
        "tea.example",
        "brëäd.exämple.test",
        "xn--.example",
        "xn--99999999999.bread",
    ],
)
def test_what_only_looks_like_a_domain_of_his(text: str) -> None:
    """Longer names, mail addresses and shops of others name nothing."""
    assert ("none", "") == found(text)


@pytest.mark.parametrize(
    ("text", "shop"),
    [
        ("Order 10234 is missing", "s1"),
        ("order #10234", "s1"),
        ("Order no.10234!", "s1"),
        ("(10234)", "s1"),
        ("order:10234", "s1"),
        ("https://admin.desk.test/orders/10234", "s1"),
        ("ord-2026-0042", "s2"),
        ("ORD-2026-0042.", "s2"),
        ("Bestellung 2024", "s2"),
        ("παραγγελία 2024", "s2"),
        ("#2024", "s2"),
        ("8812 is lost", "s3"),
        ("order 8812 5 pieces", "s3"),
        ("ab.12/7", "s3"),
    ],
)
def test_a_number_of_an_order(text: str, shop: str) -> None:
    """Whole, and of one of his own orders; in the subject as well."""
    assert ("order", shop) == found(text)
    assert ("order", shop) == found(subject=text)


@pytest.mark.parametrize(
    "text",
    [
        "102345",
        "010234",
        "10234-1",
        "10234.50 euro",
        "1.10234",
        "order 77",
        "since 2024",
        "12/05/2024",
        "call +30 210 8812 100",
        "it costs 8812 euro",
        "it costs €8812",
        "8812 €",
        "order 55555",
        "1234",
        "٨٨١٢",
    ],
)
def test_what_is_no_number_of_an_order(text: str) -> None:
    """Parts of longer ones, years, prices, telephones, short ones, and an order of which the shop is not known."""
    assert ("none", "") == found(text)


@pytest.mark.parametrize(
    ("to", "shop"),
    [
        ("support@bread.example", "s1"),
        ("Support@WWW.Bread.Example", "s1"),
        ("info@καφές.example", "s3"),
        ("info@xn--ixah0a1bn.example", "s3"),
        ("cakes@desk.test", "s2"),
        ("sweet-cakes@desk.test", "s2"),
        ("SweetCakes@desk.test", "s2"),
        ("cakes.example@desk.test", "s2"),
        ("support+cakes@desk.test", "s2"),
        ("cakes+help@desk.test", "s2"),
        ("kafes@desk.test", "s3"),
    ],
)
def test_an_address_that_is_named_after_a_shop(to: str, shop: str) -> None:
    """By its domain or its local part, in any spelling; it counts before what the text says."""
    assert ("recipient", shop) == found("bread.example, cakes.example", to=to)


@pytest.mark.parametrize(
    "to",
    [
        "support@notbread.example",
        "cakesandmore@desk.test",
        "tea@desk.test",
        "support@desk.test",
        "bread.example",
        "@",
        "",
    ],
)
def test_an_address_that_is_named_after_no_shop_of_his(to: str) -> None:
    """Only whole names of his own shops."""
    assert ("none", "") == found(to=to)


def test_an_address_that_everybody_writes_to_names_no_shop() -> None:
    """Also where a shop is called like it."""
    account = Account(id="7", shops=(Shop(id="a", domain="support.example", name="Info"), CAKES))

    assert ("none", "") == found(to="support@desk.test", account=account)
    assert ("none", "") == found(to="info@desk.test", account=account)


def test_the_ticket_comes_first() -> None:
    """Its own account's shop, whatever the mail names."""
    message = Message(author=None, subject="", reply="bread.example")
    match = find_shop(message, ["support@bread.example"], [ACCOUNT, OTHER], TICKET)

    assert ("ticket", CAKES, ACCOUNT) == (match.by, match.shop, match.account)


@pytest.mark.parametrize("ticket", [replace(TICKET, shop_id=None), replace(TICKET, shop_id="gone")])
def test_a_ticket_of_an_account_leaves_only_its_shops(ticket: Ticket) -> None:
    """A shop of his other account is not what this ticket is about."""
    names_other = find_shop(Message(author=None, reply="tea.example"), [], [OTHER, ACCOUNT], ticket)
    names_own = find_shop(Message(author=None, reply="cakes.example, tea.example"), [], [OTHER, ACCOUNT], ticket)

    assert ("none", None) == (names_other.by, names_other.shop)
    assert candidates_of([ACCOUNT]) == names_other.candidates
    assert ("domain", CAKES) == (names_own.by, names_own.shop)


def test_a_ticket_of_somebody_elses_account_tells_nothing() -> None:
    """The shop's id means another shop there."""
    match = find_shop(Message(author=None), [], [OTHER, ACCOUNT], replace(TICKET, account_id="99", shop_id="s1"))

    assert ("none", None) == (match.by, match.shop)
    assert 4 == len(match.candidates)


def test_the_only_shop_is_the_one() -> None:
    """Without any word about it; with none at all there is nothing to find."""
    assert ("only_one", "s1") == found(account=OTHER)
    assert ("none", "") == found(account=Account(id="9"))


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("bread.example and cakes.example", SUPPORT),
        ("orders 10234, ord-2026-0042", SUPPORT),
        ("bread.example bread.example.evil.test www.cakes.example", SUPPORT),
    ],
)
def test_several_shops_are_nobodys_choice(text: str, to: str) -> None:
    """All candidates are told, and which were named; a weaker signal does not choose among them."""
    match = find_shop(Message(author=None, reply=text + " order 8812"), [to], [ACCOUNT], None)

    assert ("none", None, ACCOUNT) == (match.by, match.shop, match.account)
    assert candidates_of([ACCOUNT]) == match.candidates
    assert "bread.example, cakes.example" in match.why


def test_one_domain_on_two_accounts_is_no_choice() -> None:
    """The same shop was told of twice: whose it is, a person finds out."""
    twin = replace(OTHER, shops=(replace(BREAD, id="x"),))
    match = find_shop(Message(author=None, reply="bread.example"), [], [ACCOUNT, twin], None)

    assert ("none", None, None) == (match.by, match.shop, match.account)


def test_what_is_quoted_does_not_count() -> None:
    """Nor does a signature."""
    message = Message(
        author=None,
        subject="Help",
        text="Hi\n> bread.example\n-- \ncakes.example",
        reply="Hi",
        quoted="> bread.example",
        signature="-- \ncakes.example",
    )

    assert "none" == find_shop(message, [], [ACCOUNT], None).by


def test_candidates_are_always_in_the_same_order() -> None:
    """The numbers of the question are read against them days later, however the accounts come then."""
    turned = replace(ACCOUNT, shops=(COFFEE, CAKES, BREAD))

    assert [("7", "s1"), ("7", "s2"), ("7", "s3"), ("8", "s1")] == [
        (account.id, shop.id) for account, shop in candidates_of([OTHER, turned])
    ]


def test_a_domain_as_it_is_spelled_counts_before_one_without_accents() -> None:
    """Two shops that differ in an accent only."""
    account = Account(id="7", shops=(Shop(id="a", domain="café.example"), Shop(id="b", domain="cafe.example")))

    assert ("domain", "a") == found("café.example", account=account)
    assert ("domain", "b") == found("cafe.example", account=account)
    assert ("none", "") == found("cafè.example", account=account)


@pytest.mark.parametrize(
    "domain", ["https://www.Bread.Example/shop", "bread.example.", "WWW.bread.example", " bread.example"]
)
def test_a_source_may_tell_a_domain_in_any_form(domain: str) -> None:
    """It is the same shop."""
    account = Account(id="7", shops=(Shop(id="a", domain=domain), CAKES))

    assert ("domain", "a") == found("see bread.example", account=account)


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_and_any_account_have_an_answer(text: str, domain: str, to: str) -> None:
    """It never raises, and never finds a shop that is not among the candidates."""
    shops = (Shop(id="a", domain=domain, name=to), BREAD)
    account = Account(id="7", shops=shops, orders=(Order(number=text[:20], shop_id="a"),))
    match = find_shop(Message(author=None, subject=domain, reply=text), [to], [account], None)

    assert match.shop is None or match.shop in shops


@pytest.mark.parametrize(
    "piece",
    [
        "bread.",
        "a.b.c.d.e.f ",
        "xn--ixah0a1bn.",
        "bread.example ",
        "1-2-3-",
        "8812 ",
        "@",
        "10234/",
        "καφές.example ",
        "-_.",
        "#",
    ],
)
def test_a_large_text_costs_little_however_many_shops_there_are(piece: str) -> None:
    """A thousand shops, five thousand orders, a megabyte of text made to be slow."""
    shops = tuple(Shop(id=str(number), domain=f"shop{number}.example") for number in range(1000))
    orders = tuple(Order(number=f"N{number}", shop_id=str(number % 1000)) for number in range(5000))
    account = Account(id="7", shops=shops, orders=orders)
    text = piece * (1_000_000 // len(piece))
    cheap(1, lambda: find_shop(Message(author=None, reply=text), [SUPPORT], [account], None))
