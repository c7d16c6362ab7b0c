"""Which shop? Owners of several shops, or of several accounts, by every path that leads to an answer."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.identity.expected import ASK_SHOP, NEW, RECEIPT, UNCONFIRMED
from tests.identity.post import mail
from tests.identity.world import AGENTS, Departure, Outcome, Row, World
from tests.identity.zone import EVIL, LOOSE, OWNER, SECOND_OWNER, Domain, Proof

BRICK, FLOWER = 1, 2
QUOTE = (
    "\n\nOn Tue, 1 Sep 2026 at 10:00, Shop Support wrote:\n> 1. brickhouse{n}.example\n> 2. flowercorner{n}.example\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """How an owner says which of his shops he means; `{n}` in the texts makes the shops' domains his own."""

    name: str
    text: str = "Nobody can pay since this morning.\n"
    subject: str = "The checkout is broken"
    answer: str = ""
    shop: int = 0
    """Which it must be; 0 where it must stay open."""
    accounts: int = 1
    language: str = "en"
    domain: Domain | None = None
    proof: Proof = Proof.DKIM
    answer_proof: Proof = Proof.DKIM
    answered_by: str = ""

    @property
    def number(self) -> int:
        """Its own."""
        return PATHS.index(self) + 1

    @property
    def owner(self) -> str:
        """Whose shops they are."""
        domain = self.domain or (OWNER, SECOND_OWNER)[self.number % 2]
        return f"owner{self.number}@{domain.name}"

    def filled(self, text: str) -> str:
        """A text with this owner's domains."""
        return text.replace("{n}", str(self.number))


ASKED = (
    Path(name="the number", answer="2", shop=FLOWER),
    Path(name="the number with a full stop", answer="2.\n", shop=FLOWER),
    Path(name="the number in a sentence", answer="It is number 2, thank you.", shop=FLOWER),
    Path(name="the number above the quoted list", answer="2" + QUOTE, shop=FLOWER),
    Path(name="the domain", answer="flowercorner{n}.example", shop=FLOWER),
    Path(name="the domain as a link", answer="https://www.flowercorner{n}.example/checkout", shop=FLOWER),
    Path(name="the domain, mistyped", answer="flowercornr{n}.exmaple", shop=FLOWER),
    Path(name="the name", answer="Flower Corner", shop=FLOWER),
    Path(name="the name, mistyped", answer="flwer corner", shop=FLOWER),
    Path(name="the name in a sentence", answer="I mean my Brick House, please.", shop=BRICK),
    Path(name="the number, in Greek", answer="το 2", shop=FLOWER, language="el"),
    Path(name="a number that is not in the list", answer="7"),
    Path(name="two numbers", answer="1 and 2"),
    Path(name="none of them", answer="I do not know, you tell me."),
    Path(name="nothing but the quoted list", answer="Thanks!" + QUOTE),
    Path(name="somebody else's shop", answer="foreign.example"),
    Path(name="an answer that is not proven", answer="2", domain=LOOSE, answer_proof=Proof.NOTHING),
    Path(name="an answer by somebody else", answer="2", answered_by=f"eve@{EVIL.name}"),
    Path(name="the number of the second account's shop", answer="2", shop=FLOWER, accounts=2),
    Path(name="the name of the first account's shop", answer="brick house", shop=BRICK, accounts=2),
)
TOLD = (
    Path(name="the domain in the text", text="My shop flowercorner{n}.example is empty.", shop=FLOWER),
    Path(name="the domain in the subject", subject="brickhouse{n}.example is down", shop=BRICK),
    Path(name="an order number", text="Where is the money of order FC-{n}-1001?", shop=FLOWER),
    Path(name="the domain of the second account's shop", text="flowercorner{n}.example", shop=FLOWER, accounts=2),
)
UNTOLD = (
    Path(name="somebody else's domain in the text", text="I want to have what foreign.example has."),
    Path(name="both domains in the text", text="brickhouse{n}.example is slower than flowercorner{n}.example"),
)
UNPROVEN = (
    Path(
        name="the domain in a mail that is not proven",
        text="flowercorner{n}.example",
        domain=LOOSE,
        proof=Proof.NOTHING,
    ),
)
PATHS = (*ASKED, *TOLD, *UNTOLD, *UNPROVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an owner's mail, and of his answer."""

    path: Path
    first: Outcome
    ticket_before: Row
    ticket: Row
    answer: Outcome | None
    departures: tuple[Departure, ...]

    def outside(self, *templates: str) -> list[Departure]:
        """The mails to people who are no agents."""
        return [
            each
            for each in self.departures
            if each.recipient not in AGENTS and (not templates or each.template in templates)
        ]


@pytest.fixture(scope="module")
def results(world: World) -> dict[str, Result]:
    """All owners write; those who are asked answer on the address that the question gave them."""
    world.add_accounts([account for path in PATHS for account in _accounts(path)] + [_foreign()])
    firsts = world.take(
        [
            mail(path.owner, proof=path.proof, text=path.filled(path.text) + "\n", subject=path.filled(path.subject))
            for path in PATHS
        ]
    )
    before = {path.name: world.ticket(first.ticket_id) for path, first in zip(PATHS, firsts, strict=True)}
    answers = []
    for path, first in zip(PATHS, firsts, strict=True):
        questions = [each for each in world.departures(ticket_id=first.ticket_id) if each.reply_to.startswith("r1-")]
        if path in ASKED and questions:
            answers.append((path, questions[0]))
    outcomes = world.take(
        [
            mail(
                path.answered_by or path.owner,
                proof=path.answer_proof,
                to=question.reply_to,
                text=path.filled(path.answer) + "\n",
                subject="Re: Which of your shops is it about?",
                answers=question.content["message_id"],
            )
            for path, question in answers
        ]
    )
    answered = {path.name: outcome for (path, _), outcome in zip(answers, outcomes, strict=True)}
    return {
        path.name: Result(
            path=path,
            first=first,
            ticket_before=before[path.name],
            ticket=world.ticket(first.ticket_id),
            answer=answered.get(path.name),
            departures=tuple(world.departures(ticket_id=first.ticket_id)),
        )
        for path, first in zip(PATHS, firsts, strict=True)
    }


def _accounts(path: Path) -> list[dict[str, Any]]:
    n = path.number
    shops = [
        {"id": "s1", "domain": f"brickhouse{n}.example", "name": "Brick House"},
        {"id": "s2", "domain": f"flowercorner{n}.example", "name": "Flower Corner"},
    ]
    orders = [{"number": f"FC-{n}-1001", "shop": "s2"}, {"number": f"BH-{n}-1001", "shop": "s1"}]
    common = {"language": path.language, "addresses": [{"address": path.owner, "verified": True}]}
    if path.accounts == 1:
        return [{"id": f"owner{n}", "name": "Owner", "shops": shops, "orders": orders, **common}]
    return [
        {"id": f"owner{n}{letter}", "name": f"Owner {letter}", "shops": [shop], **common}
        for letter, shop in zip("ab", shops, strict=True)
    ]


def _foreign() -> dict[str, Any]:
    return {
        "id": "foreign",
        "shops": [{"id": "s1", "domain": "foreign.example", "name": "Foreign"}],
        "addresses": [{"address": "boss@foreign.example", "verified": True}],
    }


def _meant(path: Path) -> tuple[str | None, str | None]:
    """The account and the shop that the ticket must end with."""
    if not path.shop:
        return (None if path.accounts > 1 else f"owner{path.number}"), None
    letter = "" if path.accounts == 1 else "ab"[path.shop - 1]
    return f"owner{path.number}{letter}", f"s{path.shop}"


@pytest.mark.parametrize("name", [path.name for path in (*ASKED, *UNTOLD)])
def test_an_owner_of_several_shops_is_asked_which_one_he_means(results: dict[str, Result], name: str) -> None:
    """Once, in his language, with the list of his own shops; until then the ticket is of no shop."""
    result = results[name]
    questions = result.outside(ASK_SHOP)
    assert questions, result.first.reasons
    shown = questions[0].values["shops"]

    assert result.first.action == NEW
    assert (questions[0].recipient, questions[0].content["language"]) == (result.path.owner, result.path.language)
    own = [result.path.filled(domain) for domain in ("brickhouse{n}.example", "flowercorner{n}.example")]
    assert all(domain in shown for domain in own), shown
    assert "foreign" not in shown
    assert result.ticket_before["shop_id"] is None
    assert result.ticket_before["account_id"] == (None if result.path.accounts > 1 else f"owner{result.path.number}")


@pytest.mark.parametrize("name", [path.name for path in ASKED])
def test_a_plain_answer_settles_the_shop_or_nothing(results: dict[str, Result], name: str) -> None:
    """By number, domain or name, also mistyped; what is not clear, not proven or another's leaves it open."""
    result = results[name]
    assert result.answer is not None, "nobody was asked"

    assert result.answer.ticket_id == result.first.ticket_id
    assert (result.ticket["account_id"], result.ticket["shop_id"]) == _meant(result.path), result.answer.reasons
    assert (result.ticket["correspondent"], bool(result.ticket["confirmed"])) == (result.path.owner, True)


@pytest.mark.parametrize("name", [path.name for path in TOLD])
def test_who_names_one_of_his_shops_is_not_asked(results: dict[str, Result], name: str) -> None:
    """The receipt names the shop that was found, and the ticket is of it."""
    result = results[name]
    (receipt,) = result.outside()

    assert (receipt.template, receipt.recipient) == (RECEIPT, result.path.owner), result.first.reasons
    assert receipt.values["shop"] == result.path.filled(
        ("brickhouse{n}.example", "flowercorner{n}.example")[result.path.shop - 1]
    )
    assert (result.ticket["account_id"], result.ticket["shop_id"]) == _meant(result.path)


@pytest.mark.parametrize("name", [path.name for path in UNTOLD])
def test_a_shop_that_is_not_his_or_not_clear_is_not_chosen(results: dict[str, Result], name: str) -> None:
    """Only the proven sender's own shops count, and of two none."""
    assert results[name].ticket["shop_id"] is None


def test_who_is_not_proven_is_neither_asked_nor_believed(results: dict[str, Result]) -> None:
    """A1: an unconfirmed ticket of no account; no list of shops goes anywhere."""
    result = results[UNPROVEN[0].name]

    assert result.first.action == UNCONFIRMED
    assert (result.ticket["account_id"], result.ticket["shop_id"]) == (None, None)
    assert result.outside(ASK_SHOP, RECEIPT) == []


@pytest.mark.parametrize("name", [path.name for path in ASKED if path.answered_by])
def test_another_than_the_owner_answers_for_nobody(results: dict[str, Result], name: str) -> None:
    """The question leaked: the answer is shown to agents as his, and nothing is sent to him."""
    result = results[name]
    assert result.answer is not None

    assert result.answer.action == "append_unconfirmed"
    assert {each.recipient for each in result.outside()} == {result.path.owner}


@pytest.mark.parametrize("name", [path.name for path in (*ASKED, *TOLD, *UNTOLD)])
def test_the_explanation_names_the_shop_and_why(results: dict[str, Result], name: str) -> None:
    """Where a shop was found, `explain` says which; where not, it says none."""
    result = results[name]
    last = result.answer or result.first
    domains = ("brickhouse{n}.example", "flowercorner{n}.example")
    if result.path.shop:
        assert last.explained["identity"]["shop"] == result.path.filled(domains[result.path.shop - 1])
    elif result.answer is None:
        assert last.explained["identity"]["shop"] is None
