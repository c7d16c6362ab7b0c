"""A plain reply to "which of your shops is it about?": number, domain or name; what is not plain is nobody's answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.matching.answer_words import CARDINALS, ORDINALS
from gateway.matching.shop import read_answer
from gateway.matching.shop_match import candidates_of
from gateway.matching.spelling import distance, squashed
from gateway.model import Account, Shop
from tests.cost import cheap

SHOPS = (
    Shop(id="1", domain="bread.example", name="Ann's Bread"),
    Shop(id="2", domain="sweet-cakes.example", name="Sweet Cakes & Co"),
    Shop(id="3", domain="xn--ixah0a1bn.example", name="Το Καφενείο"),
    Shop(id="4", domain="tools24.example"),
    Shop(id="5", domain="tools25.co.example", name="All Stars"),
)
ACCOUNT = Account(id="7", shops=SHOPS)
TWENTY = Account(id="7", shops=tuple(Shop(id=f"{number:02}", domain=f"qz{number}x.example") for number in range(1, 21)))


def chosen(text: str, account: Account = ACCOUNT) -> str:
    """The id of the shop that a reply names, "" for none."""
    match = read_answer(text, candidates_of([account]))
    return match.shop.id if match.shop else ""


@pytest.mark.parametrize(
    "text",
    """
    2
    2.
    2)
    (2)
    #2
    # 2
    nr. 2
    Nr 2
    nr.2
    No. 2
    no 2
    n° 2
    N°2
    number 2
    Number two
    it's number 2
    the 2nd
    2nd one please
    second
    the second one
    The second one.
    The second one, thanks!
    it is the second shop
    shop 2
    2, and please hurry up with it
    2 - the checkout is broken
    2: it is broken
    2, 2!
    two
    Hi, 2
    nummer 2
    nummer twee
    de tweede
    De tweede graag
    het is de tweede
    winkel 2
    2e
    de 2de
    Nee, de tweede
    twee
    numéro 2
    numéro deux
    la deuxième
    C'est la deuxième
    le second
    la 2ème
    La 2e boutique, merci
    Bonjour, il s'agit de la boutique 2
    deux
    Nummer zwei
    der zweite
    Der zweite Shop
    zweiter
    Es geht um den zweiten
    die 2.
    die 2te
    zwei
    το δεύτερο
    το δευτερο
    ΤΟ ΔΕΥΤΕΡΟ
    Το δεύτερο κατάστημα
    η δεύτερη
    ο δεύτερος
    2ο
    το 2ο
    2η
    αριθμός 2
    Νο 2
    νούμερο δύο
    δύο
    είναι το 2
    - 2
    ٢
    """.strip().split("\n"),
)
def test_a_number(text: str) -> None:
    """As a figure or a word, with what people put around it, in five languages."""
    assert "2" == chosen(text.strip())


@pytest.mark.parametrize("words", [ORDINALS, CARDINALS], ids=["ordinals", "cardinals"])
def test_every_number_word_up_to_twenty(words: dict[str, int]) -> None:
    """Each leads to its shop and no other."""
    wrong = {word: number for word, number in words.items() if f"{number:02}" != chosen(word, TWENTY)}

    assert {} == wrong
    assert set(range(1, 21)) == set(words.values())


@pytest.mark.parametrize(
    ("text", "shop"),
    [
        ("bread.example", "1"),
        ("Bread.Example.", "1"),
        ("www.bread.example", "1"),
        ("https://www.bread.example/", "1"),
        ("It is bread.example", "1"),
        ("1. bread.example", "1"),
        ("the shop is https://bread.example/admin?x=2", "1"),
        ("bread", "1"),
        ("Bread!", "1"),
        ("the bread shop please", "1"),
        ("Ann's Bread", "1"),
        ("anns bread", "1"),
        ("ann’s bread", "1"),
        ("annsbread", "1"),
        ("sweet-cakes.example", "2"),
        ("sweet-cakes", "2"),
        ("sweet cakes", "2"),
        ("SweetCakes", "2"),
        ("Sweet Cakes & Co", "2"),
        ("cakes", "2"),
        ("support@sweet-cakes.example", "2"),
        ("the sweet cakes shop, customers cannot pay there", "2"),
        ("2 orders are missing in bread.example", "1"),
        ("καφές", "3"),
        ("καφες.example", "3"),
        ("ΚΑΦΕΣ", "3"),
        ("xn--ixah0a1bn.example", "3"),
        ("kafes", "3"),
        ("το καφενείο", "3"),
        ("Το καφενειο", "3"),
        ("καφενείο", "3"),
        ("to kafeneio", "3"),
        ("tools24", "4"),
        ("tools25", "5"),
        ("tools25.co", "5"),
        ("all stars", "5"),
        ("All Stars, please", "5"),
        ("the last one", "5"),
        ("De laatste", "5"),
        ("το τελευταίο", "5"),
    ],
)
def test_a_domain_or_a_name(text: str, shop: str) -> None:
    """With or without its end, accents, spaces, and Greek in Latin letters."""
    assert shop == chosen(text)


@pytest.mark.parametrize(
    ("text", "shop"),
    [
        ("braed.example", "1"),
        ("bred.example", "1"),
        ("breadd", "1"),
        ("bread.exmple", "1"),
        ("bread,example", "1"),
        ("it is brad.example", "1"),
        ("sweat cakes", "2"),
        ("swet caks", "2"),
        ("sweetcaeks", "2"),
        ("καφενίο", "3"),
        ("καφεείο", "3"),
        ("kafenio", "3"),
        ("tols24", "4"),
        ("tool25", "5"),
        ("al stars", "5"),
    ],
)
def test_slips(text: str, shop: str) -> None:
    """Letters that are missing, doubled, wrong or swapped; a wrong digit is another shop."""
    assert shop == chosen(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n\n",
        "0",
        "6",
        "999999999999999999999",
        "2 or 3",
        "1 and 2",
        "2/3",
        "bread or cakes",
        "bread, sweet cakes",
        "2 bread.example",
        "number 2, bread",
        "not 2",
        "not the second one",
        "niet de tweede",
        "pas la deuxième",
        "nicht der zweite",
        "όχι το δεύτερο",
        "It is not bread.example",
        "none of them",
        "geen van allen",
        "aucune",
        "keiner davon",
        "κανένα",
        "both",
        "all of them",
        "allebei",
        "toutes",
        "beide",
        "όλα",
        "I do not know",
        "I have 2 orders that are missing",
        "This is the second time that I write",
        "2,50 euro were lost",
        "2-3 days ago",
        "1 of my customers cannot pay",
        "one moment please, I look it up",
        "een ogenblik",
        "un instant",
        "first of all: I need help",
        "tools26",
        "tools",
        "tools2",
        "tea.example",
        "breakfast",
        "notbread.example",
        "bread.example.evil.test",
        "yes",
        "shop",
        "the shop",
        "Ann",
    ],
)
def test_what_is_no_answer(text: str) -> None:
    """Several, none, a number that means something else, one that is not in the list, another name."""
    assert "" == chosen(text)


@pytest.mark.parametrize(
    ("text", "shop"),
    [
        (
            "Hi Kim,\n\nThank you for your quick answer.\n\nIt is the second one.\n\nBest regards\nAnn\nbread.example",
            "2",
        ),
        ("Hello\n2\nAnn\nbread.example", "2"),
        ("Beste Kim,\n\nnummer 2\n\nMet vriendelijke groet,\nAn\nwww.bread.example", "2"),
        ("Γεια σας,\n\nτο δεύτερο\n\nΜε εκτίμηση\nΆννα", "2"),
        ("my shop is\nsweet-cakes.example", "2"),
        ("2\nnot 3", "2"),
        ("Ann\nbread.example", ""),
        ("Ann Baker\nAnn's Bread Ltd\nbread.example", ""),
        ("I will look it up.\n\nAnn\nbread.example", ""),
        ("Thanks\n\nKind regards\nbread.example", ""),
        ("-- \nbread.example", ""),
        ("Sent from bread.example", ""),
        ("> 2. sweet-cakes.example", ""),
        ("Hello\n> bread.example", ""),
        ("I need help with it\nit is urgent for us\nplease call me\nbread.example", ""),
        ("\n" * 500 + "2", ""),
    ],
)
def test_only_the_beginning_answers(text: str, shop: str) -> None:
    """A greeting is stepped over; signatures, quotations and what comes later do not answer."""
    assert shop == chosen(text)


def test_how_it_was_found_is_told() -> None:
    """The signal, in words too, and the candidates as they were."""
    candidates = candidates_of([ACCOUNT])
    answers = {text: read_answer(text, candidates) for text in ("2", "bread.example", "braed", "both", "9")}

    assert ["number", "domain", "name", "none", "none"] == [match.by for match in answers.values()]
    assert "the answer means several shops" == answers["both"].why
    assert "the answer is a number, but not one of the 5 in the list" == answers["9"].why
    assert {candidates} == {match.candidates for match in answers.values()}
    assert all(match.account == ACCOUNT for match in answers.values())


def test_without_a_list_nothing_answers() -> None:
    """Nobody asked."""
    match = read_answer("1", ())

    assert (None, None, "none") == (match.shop, match.account, match.by)


def test_shops_with_the_same_name_need_a_number_or_a_domain() -> None:
    """The name alone could mean both."""
    account = Account(
        id="7",
        shops=(Shop(id="a", domain="one.example", name="Bread"), Shop(id="b", domain="two.example", name="Bread")),
    )

    assert ["", "b", "a"] == [chosen(text, account) for text in ("bread", "2", "one.example")]


def test_a_name_within_a_longer_one_is_not_meant() -> None:
    """The longer one is."""
    account = Account(
        id="7",
        shops=(Shop(id="a", domain="a.example", name="Bread"), Shop(id="b", domain="b.example", name="Bread Athens")),
    )

    assert ["b", "a"] == [chosen(text, account) for text in ("bread athens", "the bread one")]


def test_two_names_that_are_as_near_are_no_answer() -> None:
    """A slip that could be of either."""
    account = Account(id="7", shops=(Shop(id="a", domain="roses.example"), Shop(id="b", domain="noses.example")))

    assert ["", "a"] == [chosen(text, account) for text in ("hoses", "roses")]


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("bread", "bread", 0),
        ("bread", "braed", 1),
        ("bread", "brea", 1),
        ("bread", "breads", 1),
        ("bread", "broad", 1),
        ("bread", "ad", 3),
        ("bread", "cakes", 3),
        ("shop1", "shop2", 3),
        ("", "ab", 2),
        ("a" * 70, "a" * 70, 3),
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    """Up to two here, both ways; three means more than that."""
    assert slips == distance(one, other, 2) == distance(other, one, 2)


@given(st.text(alphabet="abcdeé ", max_size=12), st.text(alphabet="abcdeé ", max_size=12))
@settings(max_examples=100, deadline=None)
def test_slips_are_a_distance(one: str, other: str) -> None:
    """None for the same, as many both ways, never more than the longer one has letters."""
    found = distance(one, other, 12)

    assert (found == 0) is (one == other)
    assert found == distance(other, one, 12) <= max(len(one), len(other))


@pytest.mark.parametrize("text", ["Καφές", "ΚΑΦΈΣ", "καφες", "kafes", "ka-fes", "ΚΑΦΕΣ."])
def test_one_name_in_many_spellings(text: str) -> None:
    """They are the same when they are squashed."""
    assert "kafes" == squashed(text)


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_reply_and_any_shops_have_an_answer(text: str, names: list[str]) -> None:
    """It never raises."""
    shops = tuple(Shop(id=str(number), domain=name, name=name[::-1]) for number, name in enumerate(names))
    match = read_answer(text, candidates_of([Account(id="7", shops=shops)]))

    assert match.shop is None or match.shop in shops


@pytest.mark.parametrize("piece", ["2 ", "2.", "qqqqq ", "shopabcdeX ", "a-b.", "the ", "hello\n", "ann's", "καφ"])
@pytest.mark.parametrize("number", [200, 2000])
def test_a_long_reply_costs_little(piece: str, number: int) -> None:
    """Few lines of bounded length against the names of many shops."""
    shops = tuple(
        Shop(
            id=str(each),
            domain=f"shopabcde{chr(97 + each % 26)}{chr(97 + each // 26 % 26)}.example",
            name=f"Shop abc {each}",
        )
        for each in range(number)
    )
    candidates = candidates_of([Account(id="7", shops=shops)])
    text = piece * (1_000_000 // len(piece))
    cheap(1, lambda: read_answer(text, candidates))
