"""Attacks that take more than one mail: guesses by the thousand, copies for the attacker, bombs, loops."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from gateway.tokens import Keys, Purpose
from tests.identity.attacks.scene import account_of
from tests.identity.cases import QUIET
from tests.identity.expected import NEUTRAL, NOTICE, UNCONFIRMED
from tests.identity.post import Mail, mail, new_id
from tests.identity.world import AGENTS, KEYS, KIM, Row, World, token
from tests.identity.zone import EVIL, LOOSE, Proof
from tests.service import SUPPORT

FORGER = Keys({0: bytes(32)})
"""Whoever does not know our key: his tokens have the right form, the right ticket and a wrong MAC."""
IDS_OF_A_MAIL = 100
TODAY = datetime.now(UTC).date()
LONG_AGO = TODAY - timedelta(days=200)


@contextmanager
def dialogue(world: World, peer: str) -> Iterator[smtplib.SMTP]:
    """A session from a peer of its own: what is counted by peer is counted for it alone."""
    port = world.installation.smtp_port
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mail.test", source_address=(peer, 0), timeout=30) as client:
        client.ehlo()
        client.mail(f"eve@{EVIL.name}")
        yield client


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer and the ticket that her mail opened."""

    address: str
    ticket: Row

    @property
    def reply_address(self) -> str:
        """Her signed address."""
        return token(Purpose.REPLY, self.ticket, self.address)


@pytest.fixture(scope="module")
def customers(world: World) -> Iterator[Customer]:
    """One after the other, each used once; all of a domain that proves nothing where it does not sign."""
    addresses = [f"customer{number}@{LOOSE.name}" for number in range(10)]
    world.add_accounts([account_of(9000 + number, address) for number, address in enumerate(addresses)])
    opened = world.take([mail(address, headers=QUIET) for address in addresses])
    return iter(
        [
            Customer(address=address, ticket=world.ticket(outcome.ticket_id))
            for address, outcome in zip(addresses, opened, strict=True)
        ]
    )


def test_ten_thousand_guessed_tokens_are_none_of_ours() -> None:
    """A-02: the ticket's reference is known, the key is not: not one of them verifies, whatever its purpose."""
    guessed = [
        FORGER.issue(purpose, ticket_ref=ref, address="ann@victim.test", day=TODAY)
        for purpose in (Purpose.REPLY, Purpose.MESSAGE_ID)
        for ref in range(5_000)
    ]

    assert len(guessed) == 10_000
    assert [found for text in guessed for found in KEYS.find(text) if found.token] == []


def test_ten_thousand_guessed_references_lead_nowhere(world: World, customers: Iterator[Customer]) -> None:
    """A-02: 100 mails with 100 ids each, of real tickets with a wrong MAC: none is attached, nobody is answered."""
    customer = next(customers)
    victim, ticket = customer.address, customer.ticket
    last = world.last_departure()
    guessed = [_guessed_id(ticket["ref"] ^ number, victim) for number in range(10_000)]
    mails = [
        mail(
            f"guess{start}@nowhere.test", headers=[("References", "\r\n ".join(guessed[start : start + IDS_OF_A_MAIL]))]
        )
        for start in range(0, len(guessed), IDS_OF_A_MAIL)
    ]

    outcomes = world.take(mails)

    assert len(outcomes) == 100
    assert {outcome.action for outcome in outcomes} == {UNCONFIRMED}
    assert {outcome.token for outcome in outcomes} == {"T0"}
    assert ticket["id"] not in {outcome.ticket_id for outcome in outcomes}
    assert world.ticket(ticket["id"]) == ticket
    assert {each.recipient for each in world.departures(after=last)} == set(AGENTS)


def _guessed_id(ref: int, address: str) -> str:
    return f"<{FORGER.issue(Purpose.MESSAGE_ID, ticket_ref=ref, address=address, day=TODAY)}.0123abcd@reply.desk.test>"


def test_who_guesses_addresses_is_put_off_and_nobody_else(world: World, customers: Iterator[Customer]) -> None:
    """A-07: the 21st wrong one of an hour is told 451; genuine ones, the support address and other peers go on."""
    customer = next(customers)
    victim, ticket = customer.address, customer.ticket
    wrong = [token(Purpose.REPLY, ticket, f"{number}@x.test", keys=FORGER) for number in range(25)]
    genuine = token(Purpose.REPLY, ticket, victim)

    with dialogue(world, "127.0.0.77") as client:
        codes = [client.rcpt(address)[0] for address in wrong]
        after = [client.rcpt(address)[0] for address in (genuine, SUPPORT)]
    with dialogue(world, "127.0.0.78") as client:
        others = client.rcpt(wrong[0])[0]

    assert codes == [250] * 20 + [451] * 5
    assert (after, others) == ([250, 250], 250)


def test_the_dialogue_tells_no_genuine_address_from_a_forged_one(world: World, customers: Iterator[Customer]) -> None:
    """A-06, A-07: the same words for a good, a wrong, an expired one and one of an unknown key."""
    customer = next(customers)
    victim, ticket = customer.address, customer.ticket
    addresses = [
        token(Purpose.REPLY, ticket, victim),
        token(Purpose.REPLY, ticket, victim, keys=FORGER),
        token(Purpose.REPLY, ticket, victim, keys=Keys({7: bytes(range(32))})),
        token(Purpose.REPLY, ticket, victim, day=LONG_AGO),
        token(Purpose.REPLY, {"ref": ticket["ref"] ^ 1}, victim),
    ]

    with dialogue(world, "127.0.0.79") as client:
        replies = {client.rcpt(address) for address in addresses}

    assert len(replies) == 1, replies


@pytest.mark.parametrize("proof", [Proof.NOTHING, Proof.DKIM])
def test_an_answer_goes_to_the_customer_and_to_no_copy(
    world: World, customers: Iterator[Customer], proof: Proof
) -> None:
    """A-03: with Cc, Reply-To and Sender of an attacker in the mail it answers; proven or not."""
    customer = next(customers)
    victim, ticket = customer.address, customer.ticket
    last = world.last_departure()
    hijack = mail(
        victim,
        proof=proof,
        to=token(Purpose.REPLY, ticket, victim),
        headers=[("Cc", f"eve@{EVIL.name}"), ("Reply-To", f"eve@{EVIL.name}"), ("Sender", f"eve@{EVIL.name}")],
    )
    (appended,) = world.take([hijack])
    (told,) = [each for each in world.departures(after=last) if each.template == NOTICE and each.recipient == KIM]

    (answered,) = world.take([mail(KIM, to=told.reply_to, text="Please try again now.\n")])

    assert (appended.action, answered.action) == ("append", "commands")
    outside = [each for each in world.departures(after=last) if each.recipient not in AGENTS]
    assert [(each.template, each.recipient) for each in outside] == [("answer", victim)]
    assert "eve@" not in repr({**outside[0].content, "message_id": ""})


def test_an_answer_to_a_forged_author_goes_to_the_address_that_he_forged(world: World) -> None:
    """A-03: what is not proven may be answered by an agent, but never to the Reply-To that came with it."""
    victim = f"claimed@{LOOSE.name}"
    last = world.last_departure()
    (opened,) = world.take(
        [mail(victim, proof=Proof.NOTHING, headers=[("Reply-To", f"eve@{EVIL.name}")], mail_from=f"eve@{EVIL.name}")]
    )
    told = next(each for each in world.departures(after=last, ticket_id=opened.ticket_id) if each.recipient == KIM)

    world.take([mail(KIM, to=told.reply_to, text="General help.\n")])

    outside = [each.recipient for each in world.departures(after=last) if each.recipient not in AGENTS]
    assert (opened.action, outside) == (UNCONFIRMED, [victim])


def test_an_agents_address_is_of_one_agent(world: World, customers: Iterator[Customer]) -> None:
    """A-19: another agent, proven, gets his mail back with the reason; the customer hears nothing."""
    ticket = next(customers).ticket
    last = world.last_departure()

    (outcome,) = world.take([mail("lee@desk.test", to=token(Purpose.AGENT, ticket, KIM), text="My answer.\n")])

    assert outcome.action == "commands"
    assert [(each.template, each.recipient) for each in world.departures(after=last)] == [("returned", "lee@desk.test")]
    assert world.ticket(ticket["id"])["state"] == ticket["state"]


def test_one_address_gets_three_automatic_mails_a_day(world: World) -> None:
    """A-24: ten proven mails with a brand's words: three fixed answers, without an octet of them."""
    bomber = f"bomb@{EVIL.name}"
    last = world.last_departure()

    outcomes = world.take([mail(bomber, subject=f"CANARY {n} Your account", text=f"CANARY {n}\n") for n in range(10)])

    mails = [each for each in world.departures(after=last) if each.recipient == bomber]
    assert {outcome.action for outcome in outcomes} == {UNCONFIRMED}
    assert [each.template for each in mails] == [NEUTRAL] * 3
    assert "CANARY" not in repr([each.content for each in mails])


def test_two_gateways_that_answer_each_other_stop_at_once(world: World) -> None:
    """A-25: a machine answers our mail, its marks stripped; what answers our automatic mail is never answered."""
    machine = f"robot@{EVIL.name}"
    last = world.last_departure()
    (first,) = world.take([mail(machine)])
    (ours,) = [each for each in world.departures(after=last) if each.recipient == machine]

    again: list[Mail] = [mail(machine, answers=ours.content["message_id"], subject=f"Re: {n}") for n in range(5)]
    outcomes = world.take(again)

    assert first.action == UNCONFIRMED
    assert [outcome.explained["plan"]["reply"] for outcome in outcomes] == [None] * 5
    assert [each.template for each in world.departures(after=last) if each.recipient == machine] == [NEUTRAL]


def test_nobody_takes_a_mail_before_it_comes(world: World, customers: Iterator[Customer]) -> None:
    """A-05: its Message-ID was guessed, used and referred to by an attacker: it opens its author's own ticket."""
    victim = next(customers).address
    expected = new_id(LOOSE.name)
    eve = f"claims@{EVIL.name}"
    first = world.take([mail(eve, message_id=expected), mail(eve, answers=expected, subject="Re: The checkout")])

    (outcome,) = world.take([mail(victim, message_id=expected, headers=QUIET)])

    ticket = world.ticket(outcome.ticket_id)
    assert outcome.action == "open", outcome.reasons
    assert outcome.ticket_id not in {each.ticket_id for each in first}
    assert (ticket["correspondent"], bool(ticket["confirmed"])) == (victim, True)


def test_a_genuine_bounce_is_told_to_agents(world: World, customers: Iterator[Customer]) -> None:
    """A-27, the other side: from the null sender, to the address that we signed, about the one it was issued for."""
    customer = next(customers)
    ticket, last = customer.ticket, world.last_departure()
    report = (
        "--b\nContent-Type: text/plain\n\nYour message could not be delivered to:\n"
        f"<{customer.address}>: 550 5.1.1 no such user\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.loose.test\n\n"
        f"Final-Recipient: rfc822; {customer.address}\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    genuine = mail(
        f"MAILER-DAEMON@{LOOSE.name}",
        to=token(Purpose.BOUNCE, ticket, customer.address),
        mail_from="",
        text=report,
        headers=[
            ("MIME-Version", "1.0"),
            ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"'),
        ],
    )

    (outcome,) = world.take([genuine])

    assert (outcome.action, outcome.ticket_id) == ("record", ticket["id"]), outcome.reasons
    told = [(each.template, each.recipient) for each in world.departures(after=last)]
    assert sorted(told) == [("undeliverable", agent) for agent in AGENTS]
    assert world.ticket(ticket["id"])["state"] == ticket["state"]
