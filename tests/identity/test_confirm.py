"""A stranger becomes a customer: the owner of the account is asked, and only his own proven yes counts."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.identity.cases import QUIET
from tests.identity.expected import CONFIRM, NEUTRAL, NOTICE, UNCONFIRMED
from tests.identity.post import mail
from tests.identity.world import AGENTS, Departure, Outcome, Row, World
from tests.identity.zone import CLIENT, EVIL, GUEST, LOOSE, Domain, Proof

YES, NO, NOTHING = "yes", "no", "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody writes from an address that is on file, unverified, or names a shop; the owner is asked, and answers."""

    name: str
    answer: str = "yes"
    settles: str = NOTHING
    """What the answer must do."""
    domain: Domain = CLIENT
    proof: Proof = Proof.DKIM
    """Of the answer."""
    by: str = ""
    """Who answers, where it is not the owner."""
    headers: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    second: str = ""
    """A further answer by the owner, afterwards."""
    is_unknown: bool = False
    """The stranger is on no account: he names the shop."""

    @property
    def standing(self) -> str:
        """What is known of his address."""
        return "S0" if self.is_unknown else "S1"

    @property
    def text(self) -> str:
        """What he writes."""
        shop = self.account["shops"][0]["domain"]
        return f"Nobody can pay at https://www.{shop}/cart\n" if self.is_unknown else "Nobody can pay.\n"

    @property
    def number(self) -> int:
        """Its own."""
        return CLAIMS.index(self) + 1

    @property
    def stranger(self) -> str:
        """Who wrote."""
        return f"stranger{self.number}@{GUEST.name}"

    @property
    def owner(self) -> str:
        """Who is asked."""
        return f"owner{self.number}@{self.domain.name}"

    @property
    def account(self) -> dict[str, Any]:
        """The account that both are on."""
        return {
            "id": f"claim{self.number}",
            "name": "A Client",
            "language": self.language,
            "phone": "+30 210 5550199",
            "shops": [{"id": f"c{self.number}", "domain": f"claimed{self.number}.example"}],
            "addresses": [
                {"address": self.owner, "verified": True},
                *([] if self.is_unknown else [{"address": self.stranger, "verified": False}]),
            ],
        }


CLAIMS = (
    Claim(name="yes", settles=YES),
    Claim(name="Yes, that was me!", answer="Yes, that was me!\n\nBest,\nAnn", settles=YES),
    Claim(name="a yes above the quoted question", answer="YES\n\n> Was it you? If not, write NO.\n", settles=YES),
    Claim(name="a Greek yes", answer="ναι", settles=YES, language="el"),
    Claim(name="no", answer="No", settles=NO),
    Claim(name="no, that was not me", answer="No, I did not write this!", settles=NO),
    Claim(name="neither yes nor no", answer="What is this about?"),
    Claim(name="a yes by the stranger", by="stranger"),
    Claim(name="a yes by somebody else", by=f"eve@{EVIL.name}"),
    Claim(name="a yes that is not proven", domain=LOOSE, proof=Proof.NOTHING),
    Claim(name="a yes that is forged", proof=Proof.NOTHING),
    Claim(name="a yes that was changed on its way", proof=Proof.BROKEN),
    Claim(name="a yes by the owner's answering machine", headers=(("Auto-Submitted", "auto-replied"),)),
    Claim(name="a yes and later a no", settles=YES, second="no"),
    Claim(name="a no and later a yes", answer="no", settles=NO, second="yes"),
    Claim(name="a yes to who names the shop", settles=YES, is_unknown=True),
    Claim(
        name="a Dutch yes to who names the shop", answer="Ja, dat was ik.", settles=YES, language="nl", is_unknown=True
    ),
    Claim(name="a no to who names the shop", answer="no", settles=NO, is_unknown=True),
    Claim(name="a yes by who names the shop", by="stranger", is_unknown=True),
    Claim(name="a forged yes to who names the shop", proof=Proof.NOTHING, is_unknown=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of it."""

    claim: Claim
    first: Outcome
    again: Outcome
    """The stranger's second mail on the same day."""
    later: Outcome
    """His mail after the answer."""
    answer: Outcome
    before: Row
    ticket: Row
    article: Row
    accounts_before: dict[str, Row]
    accounts: dict[str, Row]
    question: Departure
    departures: tuple[Departure, ...]
    all_to_owner: tuple[Departure, ...]


@pytest.fixture(scope="module")
def results(world: World) -> dict[str, Result]:
    """All strangers write twice, all owners are asked and answer, all strangers write once more."""
    world.add_accounts([claim.account for claim in CLAIMS])
    firsts = world.take([mail(claim.stranger, text=claim.text) for claim in CLAIMS])
    again = world.take([mail(each.stranger, subject="Again", text=each.text) for each in CLAIMS])
    before = [world.ticket(first.ticket_id) for first in firsts]
    accounts_before = _addresses(world)
    questions = [_question(world, first) for first in firsts]
    answers = world.take([_answer(*pair) for pair in zip(CLAIMS, questions, strict=True)])
    seconds = [(claim, question) for claim, question in zip(CLAIMS, questions, strict=True) if claim.second]
    world.take([_answer(claim, question, claim.second) for claim, question in seconds])
    accounts = _addresses(world)
    later = world.take([mail(claim.stranger, subject="And now?", headers=QUIET) for claim in CLAIMS])
    return {
        claim.name: Result(
            claim=claim,
            first=firsts[index],
            again=again[index],
            later=later[index],
            answer=answers[index],
            before=before[index],
            ticket=world.ticket(firsts[index].ticket_id),
            article=world.article(firsts[index].article_id),
            accounts_before=_of(claim, accounts_before),
            accounts=_of(claim, accounts),
            question=questions[index],
            departures=tuple(world.departures(ticket_id=firsts[index].ticket_id)),
            all_to_owner=tuple(each for each in world.departures() if each.recipient == claim.owner),
        )
        for index, claim in enumerate(CLAIMS)
    }


def _question(world: World, first: Outcome) -> Departure:
    found = [each for each in world.departures(ticket_id=first.ticket_id) if each.template == CONFIRM]
    assert found, f"nobody was asked: {first.reasons}"
    return found[0]


def _answer(claim: Claim, question: Departure, text: str = "") -> Any:
    author = claim.stranger if claim.by == "stranger" else claim.by or claim.owner
    return mail(
        claim.owner if text else author,
        proof=Proof.DKIM if text else claim.proof,
        to=question.reply_to,
        subject="Re: Did you write to us?",
        text=(text or claim.answer) + "\n",
        answers=question.content["message_id"],
        headers=() if text else claim.headers,
    )


def _addresses(world: World) -> dict[str, Row]:
    return world.snapshot()["account_address"]


def _of(claim: Claim, rows: dict[str, Row]) -> dict[str, Row]:
    return {row["address"]: row for row in rows.values() if row["account_id"] == claim.account["id"]}


def names(*settles: str) -> list[str]:
    """The claims whose answer must do one of these."""
    return [claim.name for claim in CLAIMS if claim.settles in (settles or (YES, NO, NOTHING))]


@pytest.mark.parametrize("name", names())
def test_the_verified_address_is_asked_and_the_stranger_gets_the_neutral_mail(
    results: dict[str, Result], name: str
) -> None:
    """Our words and the claimed address; nothing of the mail, nothing of the account; the address for the answer."""
    result = results[name]
    question = result.question

    assert (result.first.standing, result.first.action) == (result.claim.standing, UNCONFIRMED)
    assert (result.before["account_id"], result.before["confirmed"]) == (None, 0)
    assert (question.recipient, question.content["language"]) == (result.claim.owner, result.claim.language)
    assert question.reply_to.startswith("c1-")
    assert result.claim.stranger in repr(question.values)
    for secret in ("checkout", "claimed", "+30 210", "A Client"):
        assert secret not in repr(question.values), secret
    to_stranger = [each for each in result.departures if each.recipient == result.claim.stranger]
    # In the language of his mail: that of the account would tell him that there is one.
    assert [(each.template, each.content["language"]) for each in to_stranger] == [(NEUTRAL, "en")]


def test_all_strangers_get_the_same_mail(results: dict[str, Result], world: World) -> None:
    """On file or not, whosever shop he names, or nobody's: no oracle of who is a customer."""
    (other,) = world.take([mail(f"other@{CLIENT.name}", text="Nobody can pay at https://www.nobodys.example/cart\n")])
    mails = [each for result in results.values() for each in result.departures]
    mails += world.departures(ticket_id=other.ticket_id)
    told = [each.content for each in mails if each.template == NEUTRAL]
    own = ("recipient", "message_id", "in_reply_to", "references", "ticket_id")

    assert len(CLAIMS) + 1 == len(told)
    assert 1 == len({repr([(key, value) for key, value in each.items() if key not in own]) for each in told})


@pytest.mark.parametrize("name", names())
def test_an_account_is_asked_once_a_day(results: dict[str, Result], name: str) -> None:
    """However often somebody writes in its name."""
    assert [each.template for each in results[name].all_to_owner if each.template == CONFIRM] == [CONFIRM]


@pytest.mark.parametrize("name", names(YES))
def test_the_owners_yes_binds_the_ticket(results: dict[str, Result], name: str) -> None:
    """The ticket is the account's and its only shop's, the waiting mail is confirmed, agents hear of it."""
    result = results[name]

    assert bool(result.ticket["confirmed"]), result.answer.reasons
    assert (result.ticket["account_id"], result.ticket["shop_id"]) == (
        result.claim.account["id"],
        result.claim.account["shops"][0]["id"],
    )
    assert bool(result.article["confirmed"])
    assert result.ticket["correspondent"] == result.claim.stranger
    told = [each for each in result.departures if each.template == NOTICE and each.recipient == AGENTS[0]]
    assert len(told) >= 2


@pytest.mark.parametrize("name", names(YES))
def test_a_yes_makes_the_address_known_and_never_verified(results: dict[str, Result], name: str) -> None:
    """His next mail is S1 still, and opens an unconfirmed ticket."""
    result = results[name]

    assert not result.accounts[result.claim.stranger]["verified"]
    assert (result.later.standing, result.later.action) == ("S1", UNCONFIRMED)


@pytest.mark.parametrize("name", names(NO, NOTHING))
def test_nothing_else_binds_a_ticket(results: dict[str, Result], name: str) -> None:
    """A no, an unclear answer, another's, an unproven, a forged or a machine's."""
    result = results[name]
    changed = {column for column, value in result.before.items() if result.ticket[column] != value}

    assert changed <= {"updated_at"}, result.answer.reasons
    assert not result.article["confirmed"]
    assert result.accounts == result.accounts_before


@pytest.mark.parametrize("name", names(NO))
def test_agents_are_told_of_a_no(results: dict[str, Result], world: World, name: str) -> None:
    """It is in the ticket's story, and in a mail to them."""
    result = results[name]
    told = [each for each in result.departures if each.template == NOTICE and each.recipient == AGENTS[0]]

    assert len(told) >= 2
    events = world.rows("SELECT detail FROM event WHERE ticket_id = ?", result.first.ticket_id)
    assert any("not" in event["detail"] and result.claim.owner in event["detail"] for event in events), events


@pytest.mark.parametrize("name", names(NOTHING))
def test_an_answer_that_counts_for_nothing_is_explained(results: dict[str, Result], name: str) -> None:
    """Whoever asks `explain` reads why; nobody is written to but agents."""
    result = results[name]
    outside = [each.recipient for each in result.departures if each.recipient not in AGENTS]

    assert result.answer.why
    assert sorted(outside) == sorted([result.claim.owner, result.claim.stranger])


def test_who_is_on_no_account_asks_nobody_without_a_proven_address(world: World) -> None:
    """A stranger who names somebody's shop and proves nothing makes us write to no one (P3)."""
    world.add_accounts(
        [
            {
                "id": "named",
                "shops": [{"id": "n1", "domain": "named.example"}],
                "addresses": [{"address": f"named@{CLIENT.name}", "verified": True}],
            }
        ]
    )
    last = world.last_departure()
    (outcome,) = world.take(
        [mail(f"nobody@{LOOSE.name}", proof=Proof.NOTHING, text="My shop named.example is down.\n")]
    )

    assert outcome.action == UNCONFIRMED
    assert {each.recipient for each in world.departures(after=last)} == set(AGENTS)
