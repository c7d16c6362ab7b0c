"""Every attack of the threat model §1.1 to §1.3 on a running gateway: what it must not change, does not change."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.identity.attacks import envelope, from_syntax, machines, rewriting, senders, staff, threads
from tests.identity.attacks.scene import Attack, Scene, account_of
from tests.identity.cases import QUIET
from tests.identity.expected import CONFIRM, NEUTRAL, NOTICE, REACHES_AGENTS
from tests.identity.post import mail
from tests.identity.world import AGENTS, Departure, Outcome, Row, Sent, Snapshot, World
from tests.identity.zone import EVIL

ALL: tuple[Attack, ...] = (
    *threads.ATTACKS,
    *senders.ATTACKS,
    *from_syntax.ATTACKS,
    *staff.ATTACKS,
    *machines.ATTACKS,
    *envelope.ATTACKS,
    *rewriting.ATTACKS,
)
TITLES = [attack.title for attack in ALL]
HOSTILE = [attack.title for attack in ALL if not attack.succeeds]
HONEST = [attack.title for attack in ALL if attack.succeeds]
ACCOUNTS = ("account", "account_address", "shop", "agent", "account_order", "address_override", "known_address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an attack."""

    attack: Attack
    scene: Scene
    sent: Sent
    outcome: Outcome | None
    explained: Row
    departures: tuple[Departure, ...]
    """Everything that left of the victim's ticket, or of the one that the attack opened, after the attacks began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """All attacks, and the store before and after them."""

    results: dict[str, Result]
    before: Snapshot
    after: Snapshot
    departures: tuple[Departure, ...]


@pytest.fixture(scope="module")
def ran(world: World) -> Ran:
    """Give each attack a victim of its own, then let all of them happen at once."""
    scenes = _scenes(world)
    before, last = world.snapshot(), world.last_departure()
    sent = world.send([attack.mail(scene) for attack, scene in zip(ALL, scenes, strict=True)])
    entries = [each.entry for each in sent if each.entry]
    outcomes = dict(zip(entries, world.outcomes(entries), strict=True))
    explained = dict(zip(entries, world.explain(entries), strict=True))
    departures = tuple(world.departures(after=last))
    results = {}
    for attack, scene, one in zip(ALL, scenes, sent, strict=True):
        outcome = outcomes.get(one.entry)
        tickets = {scene.ticket["id"], outcome.ticket_id if outcome else None}
        results[attack.title] = Result(
            attack=attack,
            scene=scene,
            sent=one,
            outcome=outcome,
            explained=explained.get(one.entry, {}),
            departures=tuple(each for each in departures if each.ticket_id in tickets),
        )
    return Ran(results=results, before=before, after=world.snapshot(), departures=departures)


def _scenes(world: World) -> list[Scene]:
    victims = [f"victim{number}@{attack.domain.name}" for number, attack in enumerate(ALL, 1)]
    world.add_accounts([account_of(number, victim) for number, victim in enumerate(victims, 1)])
    openings = [mail(victim, headers=QUIET, subject="First of a victim") for victim in victims]
    opened = world.take(openings)
    return [
        Scene(
            number=number,
            victim=victim,
            eve=f"eve{number}@{EVIL.name}",
            opening=opening,
            opened=outcome,
            ticket=world.ticket(outcome.ticket_id),
        )
        for number, (victim, opening, outcome) in enumerate(zip(victims, openings, opened, strict=True), 1)
    ]


def test_there_are_at_least_sixty_attacks_and_none_stands_twice() -> None:
    """Each with its own name and the threat model's id."""
    assert len(HOSTILE) >= 60
    assert not [title for title, count in Counter(TITLES).items() if count > 1]
    assert all(re.fullmatch(r"A-\d\d", attack.id) for attack in ALL if not attack.succeeds)


@pytest.mark.parametrize("title", HOSTILE)
def test_an_attack_ends_where_the_table_says(ran: Ran, title: str) -> None:
    """Held, recorded, refused, or kept beside what is proven; and never more than that."""
    result = ran.results[title]
    attack, outcome = result.attack, result.outcome
    if not attack.action:
        assert (result.sent.code // 100, outcome) == (5, None), result.sent.said
        return
    assert outcome is not None, f"refused: {result.sent.code} {result.sent.said}"
    assert outcome.action == attack.action, outcome.reasons
    for expected, found in (
        (attack.grade, outcome.grade),
        (attack.token, outcome.token),
        (attack.standing, outcome.standing),
    ):
        assert expected in ("", found), outcome.reasons


@pytest.mark.parametrize("title", HOSTILE)
def test_an_attack_changes_nothing_of_the_victims_ticket(ran: Ran, title: str) -> None:
    """Not its state, owner, recipient or confirmation; at most one article that says that it is not proven."""
    result = ran.results[title]
    ticket_id = str(result.scene.ticket["id"])

    assert ran.after["ticket"][ticket_id] == ran.before["ticket"][ticket_id]
    old = _articles(ran.before, result.scene)
    new = _articles(ran.after, result.scene)
    added = [article for key, article in new.items() if key not in old]
    assert {key: new[key] for key in old} == old
    assert len(added) == (1 if result.attack.action == "append_unconfirmed" else 0)
    assert not any(article["confirmed"] for article in added)


@pytest.mark.parametrize("title", HOSTILE)
def test_an_attacks_own_ticket_belongs_to_nobody(ran: Ran, title: str) -> None:
    """Where one is opened: unconfirmed, on no account, of no shop."""
    outcome = ran.results[title].outcome
    if outcome is None or outcome.action != "open_unconfirmed":
        assert outcome is None or outcome.ticket_id in (None, ran.results[title].scene.ticket["id"], *_originals(ran))
        return
    ticket = ran.after["ticket"][str(outcome.ticket_id)]
    assert (ticket["confirmed"], ticket["account_id"], ticket["shop_id"]) == (0, None, None)
    assert outcome.ticket_id != ran.results[title].scene.ticket["id"]


@pytest.mark.parametrize("title", HOSTILE)
def test_an_attack_makes_us_write_to_nobody_but_agents(ran: Ran, title: str) -> None:
    """Neither to the attacker nor to the victim; the neutral words only where everybody gets them."""
    result = ran.results[title]
    mails = _outside(result)
    if result.attack.action in REACHES_AGENTS:
        mails.update((NOTICE, agent) for agent in AGENTS)

    assert Counter((each.template, each.recipient) for each in result.departures) == mails


def _outside(result: Result) -> Counter[tuple[str, str]]:
    """What people outside get because of an attack."""
    mails: Counter[tuple[str, str]] = Counter()
    if result.attack.neutral:
        mails[NEUTRAL, result.scene.eve] += 1
    if result.attack.asks:
        mails[CONFIRM, result.scene.victim] += 1
    return mails


@pytest.mark.parametrize("title", HOSTILE)
def test_explain_names_the_reason(ran: Ran, title: str) -> None:
    """`ticket-gateway explain` says in words why it was not believed; a refusal says it in its reply."""
    result = ran.results[title]
    told = json.dumps(_whys(result.explained)) if result.outcome else result.sent.said

    assert re.search(result.attack.because, told), told


def test_every_attack_is_read_whole(ran: Ran) -> None:
    """What is judged is the mail, not the fact that it could not be read."""
    unread = {
        title: result.explained["mail"]["defects"]
        for title, result in ran.results.items()
        if "could not be read" in repr(result.explained.get("mail", ""))
    }

    assert unread == {}


@pytest.mark.parametrize("title", HONEST)
def test_honest_mail_arrives_however_it_was_rewritten(ran: Ran, title: str) -> None:
    """It is added to its ticket as the customer's own, and the ticket goes on."""
    result = ran.results[title]
    assert result.outcome is not None, f"refused: {result.sent.code} {result.sent.said}"

    assert result.outcome.action == "append", result.outcome.reasons
    assert result.outcome.ticket_id == result.scene.ticket["id"]
    assert (result.outcome.token, result.outcome.grade) == (result.attack.token, result.attack.grade)
    assert re.search(result.attack.because, json.dumps(_whys(result.explained)))


@pytest.mark.parametrize("table", ACCOUNTS)
def test_no_account_address_shop_or_agent_is_changed_by_any_mail(ran: Ran, table: str) -> None:
    """Row by row, before and after all attacks."""
    if table in ran.before or table in ran.after:
        assert ran.after[table] == ran.before[table]
    else:
        assert table not in ACCOUNTS[:4], "a table that must be there"


def test_nothing_leaves_to_anybody_who_is_not_accounted_for(ran: Ran) -> None:
    """All outgoing mail of the suite: agents; fixed words to attackers who are proven strangers, and to one victim."""
    outside = Counter((each.template, each.recipient) for each in ran.departures if each.recipient not in AGENTS)
    expected = sum((_outside(result) for result in ran.results.values()), Counter[tuple[str, str]]())

    assert outside == expected


def test_what_attackers_get_tells_them_nothing(ran: Ran) -> None:
    """The same words for each of them, whatever they touched; no ticket, no address for an answer."""
    neutral = [each for each in ran.departures if each.template == NEUTRAL]

    assert len({(each.template, tuple(sorted(each.values.items())), each.reply_to) for each in neutral}) == 1
    assert neutral[0].reply_to == ""


def test_agents_see_the_address_and_no_borrowed_name(ran: Ran) -> None:
    """A-16: the address first; no other's address, no agent's name and no invisible character as the name."""
    for result in ran.results.values():
        for each in result.departures:
            if result.attack.id == "A-16" and each.template == NOTICE and result.outcome:
                shown = each.values["author"]
                name = shown.partition(" ")[2]
                assert shown.startswith(result.outcome.explained["mail"]["from"]["address"]), shown
                assert not re.search("[\u200b\u2060\u00ad\u202a-\u202e\r\n]", shown), shown
                assert "@" not in name, shown
                assert "Kim" not in name, shown


def test_accepted_is_accounted_for(ran: Ran, world: World) -> None:
    """Whatever was sent: the audit is even (I2)."""
    assert world.installation.json("audit")["even"] is True


def _articles(snapshot: Snapshot, scene: Scene) -> dict[str, Row]:
    return {key: row for key, row in snapshot["article"].items() if row["ticket_id"] == scene.ticket["id"]}


def _originals(ran: Ran) -> Sequence[int]:
    return [result.scene.ticket["id"] for result in ran.results.values()]


def _whys(document: Row) -> list[str]:
    """Everything that a document gives as a reason."""
    found = []
    for value in document.values():
        if isinstance(value, dict):
            found += [str(value["why"])] if "why" in value else []
    return found
