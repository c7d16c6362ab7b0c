"""A day at the desk, on real servers: what people sent with mutt, and what lies in everybody's mailbox in the evening.

The day itself stands in `tests/day/story.py`; here stands what must have come of it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import takewhile

import pytest

from gateway.canned.library import load_library
from gateway.commands.order import Word
from gateway.commands.parse import parse_block
from tests.day import words
from tests.day.people import (
    BY_NAME,
    CUSTOMERS,
    DESIGNER,
    DESK,
    KIM,
    LEE,
    MO,
    SHOT_OF_ANN,
    SHOT_OF_KIM,
    SPAMMER,
    SPECIALIST,
)
from tests.day.story import whole_day
from tests.day.world import ARCHIVE, World, address_of, plain, running_world
from tests.peers.spamd import RunningSpamd

pytestmark = pytest.mark.timeout(500)  # the day takes one minute, on a busy machine several

MARK = re.compile(r"\bA73\d\d\b")
AGENTS = {KIM: "Kim Alba", LEE: "Lee Berg", MO: "Mo Corda"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it should lie in a customer's mailbox."""

    subject: str
    """`{ann}` is the number of Ann's ticket."""
    answers: str
    """The mark of the newest of his own mails in its thread."""
    language: str
    of: str = ""
    """Whose ticket's: what `{}` names; his first one if it is empty."""
    wrote: str = ""
    """What the agent wrote, to the letter; "" where no person did."""
    files: tuple[tuple[str, bytes], ...] = ()


CANNED = f"{words.TO_BAS}\n\n" + str(load_library().fill("domain-name", "nl", {"shop": "kaas.test"}))

MAILBOXES: dict[str, tuple[Mail, ...]] = {
    "ann": (
        Mail(subject="We have your message (ticket {ann})", answers="A7301", language="en"),
        Mail(
            subject="Re: Payment fails",
            answers="A7301",
            language="en",
            wrote=words.TO_ANN.replace("\\#", "#"),
            files=(("Lösung.png", SHOT_OF_KIM),),
        ),
        Mail(subject="Re: Payment fails", answers="A7321", language="en", wrote=words.BYE_TO_ANN),
    ),
    "jo": (
        Mail(subject="We have your message (ticket {jo})", answers="A7302", language="en"),
        Mail(subject="Re: Cards are refused", answers="A7302", language="en", wrote=words.TO_JO),
    ),
    "lisa": (Mail(subject="Re: My invoice", answers="A7303", language="en", wrote=words.TO_LISA),),
    "bas": (
        Mail(subject="We hebben je bericht ontvangen (ticket {bas})", answers="A7304", language="nl"),
        Mail(subject="Re: Eigen domeinnaam", answers="A7304", language="nl", wrote=CANNED),
        Mail(subject="We denken dat het is opgelost (ticket {bas})", answers="A7304", language="nl"),
    ),
    "gert": (
        Mail(subject="We hebben je bericht ontvangen (ticket {gert})", answers="A7305", language="nl"),
        Mail(subject="Re: Foto's van producten", answers="A7305", language="nl", wrote=words.TO_GERT),
        Mail(subject="Re: De factuur van mei", answers="A7325", language="nl", of="gert 2", wrote=words.TO_GERT_2),
    ),
    "chloe": (
        Mail(subject="Nous avons bien reçu votre message (demande {chloe})", answers="A7306", language="fr"),
        Mail(subject="Re: Frais de livraison", answers="A7306", language="fr", wrote=words.TO_CHLOE),
    ),
    "ines": (
        Mail(subject="De quelle boutique s'agit-il ? (demande {ines})", answers="A7307", language="fr"),
        Mail(subject="Re: Bannière de la boutique", answers="A7307", language="fr", wrote=words.TO_INES),
    ),
    "dora": (
        Mail(subject="Wir haben Ihre Nachricht erhalten (Anfrage {dora})", answers="A7308", language="de"),
        Mail(subject="Re: Rabatt für Stammkunden", answers="A7308", language="de", wrote=words.TO_DORA),
    ),
    "hans": (
        Mail(subject="Wir haben Ihre Nachricht erhalten (Anfrage {hans})", answers="A7309", language="de"),
        Mail(subject="Wir haben Ihre Nachricht erhalten (Anfrage {hans 2})", answers="A7310", language="de"),
        Mail(subject="Re: Rechnung fehlt", answers="A7309", language="de", wrote=words.TO_HANS),
    ),
    "eleni": (
        Mail(subject="Λάβαμε το μήνυμά σας (αίτημα {eleni})", answers="A7311", language="el"),
        Mail(subject="Re: Παραγγελίες", answers="A7331", language="el", wrote=words.TO_ELENI),
    ),
    "kostas": (
        Mail(subject="Λάβαμε το μήνυμά σας (αίτημα {kostas})", answers="A7312", language="el"),
        Mail(subject="Re: Μεταφορικά", answers="A7312", language="el", wrote=words.TO_KOSTAS),
    ),
    "fotis": (
        Mail(subject="Λάβαμε το μήνυμά σας (αίτημα {fotis})", answers="A7313", language="el"),
        Mail(subject="Re: Katastima", answers="A7313", language="el", wrote=words.TO_FOTIS),
    ),
}
THREADS = {**dict.fromkeys(MAILBOXES, 1), "gert": 2, "hans": 2}
"""Conversations that a customer's mail program shows."""

TICKETS = {
    # whose: state, who has it, and what else was said about it
    "ann": ("closed", KIM, {"priority": "high", "topic": "payments"}),
    "jo": ("waiting_for_customer", KIM, {}),
    "lisa": ("waiting_for_customer", KIM, {"reported_by": KIM, "account_id": "acc-lisa"}),
    "bas": ("solved", LEE, {}),
    "gert": ("waiting_for_customer", LEE, {}),
    "gert 2": ("waiting_for_customer", LEE, {"subject": "De factuur van mei"}),
    "chloe": ("waiting_for_customer", LEE, {}),
    "ines": ("waiting_for_customer", LEE, {"shop_id": "ines-1"}),
    "dora": ("waiting_for_customer", KIM, {}),
    "hans": ("waiting_for_customer", LEE, {"team": "billing"}),
    "hans 2": ("closed", None, {}),
    "eleni": ("waiting_for_customer", KIM, {}),
    "kostas": ("waiting_for_customer", KIM, {}),
    "fotis": ("waiting_for_customer", KIM, {"language": "el"}),
    "deals": ("closed", None, {}),
}
FOR_AGENTS = {
    # every mail of the desk to each of them, by its template
    KIM: {"notification": 16, "done": 19, "returned": 1, "file": 1, "call": 1, "specialist_answer": 1},
    LEE: {"notification": 18, "done": 10, "note": 1, "help": 1},
    MO: {"notification": 14},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, spamd: RunningSpamd) -> Iterator[World]:
    """The evening of that day; everything still runs."""
    with running_world(tmp_path_factory.mktemp("day"), spamd) as running:
        whole_day(running)
        yield running


@pytest.mark.parametrize("name", MAILBOXES)
def test_a_customers_mailbox_holds_what_it_should(world: World, name: str) -> None:
    """Each mail in its thread, in his language, with exactly what the agent wrote and sent; and no other."""
    mails = world.mails(BY_NAME[name].address)
    own = own_mails(world, name)
    found = {(str(mail["Subject"]), answered(mail, own)): mail for mail in mails}
    numbers = {each: str(world.ticket(each)) for each in TICKETS}
    expected = {(filled(mail.subject, numbers), mail.answers): mail for mail in MAILBOXES[name]}

    assert sorted(expected) == sorted(found)
    assert len(expected) == len(mails)
    assert THREADS[name] == world.threads(BY_NAME[name].address)
    for key, mail in expected.items():
        came = found[key]
        assert (mail.language, "support@desk.test") == (str(came["Content-Language"]), sender(came))
        assert mail.files == tuple((part.get_filename(), part.get_content()) for part in came.iter_attachments())
        assert bool(mail.wrote) == ("Auto-Submitted" not in came)
        reference = world.reference(mail.of or name, came)
        if mail.wrote == CANNED:  # its paragraphs, long lines, are wrapped for the mail
            assert f"{CANNED} {DESK} Ref: {reference}".split() == plain(came).decode().split()
        elif mail.wrote:
            rebuilt = f"{mail.wrote}\n\n{DESK}\n\nRef: {reference}\n".replace("\n", "\r\n")
            assert rebuilt.encode() == plain(came)


@pytest.mark.parametrize("name", MAILBOXES)
def test_a_customers_mailbox_holds_nothing_of_others(world: World, name: str) -> None:
    """No other customer's words or address, no agent's, nothing that only the desk may know, not even of himself."""
    own = BY_NAME[name].address
    text = "\n".join(map(everything, world.mails(own)))

    assert {own} == {address_of(mail) for mail in world.mails(own)}
    assert [] == [secret for secret in secrets(name) if secret in text]


def test_the_secrets_are_told_to_agents(world: World) -> None:
    """So the test above looks for what really goes about."""
    told = "\n".join(map(everything, (*world.mails(KIM), *world.mails(LEE), *world.mails(ARCHIVE))))

    for name in MAILBOXES:
        untold = [secret for secret in secrets(name) if secret not in told]
        assert untold == []


def test_whoever_was_asked_got_one_mail_with_nothing_of_the_customers_identity(world: World) -> None:
    """The specialist reads Jo's question and Kim's, the designer only Lee's words; the spammer reads nothing."""
    (question,), (invitation,) = world.mails(SPECIALIST), world.mails(DESIGNER)

    assert all(line in plain(question).decode() for line in ("what does code 51 mean?", "> Jo"))
    assert "pouvez-vous regarder la bannière ?" in plain(invitation).decode()
    for mail, name in ((question, "jo"), (invitation, "ines")):
        kept = {*secrets(name), BY_NAME[name].address} - {SPECIALIST, DESIGNER}
        assert [] == [secret for secret in kept if secret in everything(mail)]
    assert "A7307" not in everything(invitation)
    assert [] == world.mails(SPAMMER)


@pytest.mark.parametrize("agent", FOR_AGENTS)
def test_an_agents_mailbox_holds_what_he_was_sent(world: World, agent: str) -> None:
    """Each of the desk's mails once; Kim has Lisa's own mail besides."""
    templates = {row["message_id"]: row["template"] for row in world.outbox() if row["recipient"] == agent}
    mails = world.mails(agent)
    found = Counter(templates.get(str(mail["Message-ID"]), str(mail["From"])) for mail in mails)

    besides = {BY_NAME["lisa"].address: 1} if agent == KIM else {}
    assert FOR_AGENTS[agent] | besides == dict(found)


def test_a_typo_came_back_with_the_nearest_command_and_the_text(world: World) -> None:
    """And nothing was done or sent before it was mended."""
    (returned,) = [mail for mail in world.mails(KIM) if mail["Message-ID"] in world.sent(KIM, "returned")]
    text = plain(returned).decode()

    assert "There is no command #wiat. Did you mean #wait?" in " ".join(text.split())
    assert "> #wiat 3d\r\n" in text
    assert words.TO_DORA.splitlines()[-1].split()[0] in text
    story = world.story("dora")
    assert (1, 1) == (story.count("returned"), story.count("answer"))
    assert story.index("returned") < story.index("wait")


def test_screenshots_reach_the_other_side_to_the_byte(world: World) -> None:
    """Ann's stands in the notification, and comes once more on request; Kim's is in her table above."""
    for template in ("notification", "file"):
        sent = world.sent(KIM, template, world.ticket("ann"))
        first = next(mail for mail in world.mails(KIM) if mail["Message-ID"] in sent)
        files = [part.get_content() for part in first.walk() if part.get_content_type() == "image/png"]
        assert [SHOT_OF_ANN] == files, template


def test_what_was_taken_back_never_left(world: World) -> None:
    """The wrong answer is the only mail that was not sent; Kostas' ticket tells of it."""
    (cancelled,) = [row for row in world.outbox() if row["state"] != "sent"]

    assert ("cancelled", "answer", BY_NAME["kostas"].address) == tuple(
        cancelled[each] for each in ("state", "template", "recipient")
    )
    assert "undone" in world.story("kostas")


def test_an_absence_note_is_kept_in_its_ticket(world: World) -> None:
    """It reached nobody (the tables above), and from then on Mo is not told of new mail."""
    rows = world.rows("SELECT detail FROM event WHERE ticket_id = ? AND kind = 'away'", world.ticket("eleni"))

    assert [True] == ["Mo Corda is away until" in row["detail"] for row in rows]


@pytest.mark.parametrize("name", TICKETS)
def test_a_ticket_stands_where_it_should(world: World, name: str) -> None:
    """In the evening."""
    state, assignee, others = TICKETS[name]
    (row,) = world.rows("SELECT * FROM ticket WHERE id = ?", world.ticket(name))

    assert {"state": state, "assignee": assignee, **others} == {key: row[key] for key in ("state", "assignee", *others)}


def test_every_command_was_given(world: World) -> None:
    """What agents sent, read again: all verbs of the grammar, and one that there is not."""
    mails = [plain(mail).decode().splitlines() for mail in world.mails(ARCHIVE) if sender(mail) in AGENTS]
    heads = ["\n".join(takewhile(lambda line: line.startswith("#"), lines)) for lines in mails]
    blocks = [parse_block(head, datetime.now(UTC)) for head in heads if head]

    assert set(Word) == {order.word for block in blocks for order in block.orders}
    assert ["There is no command #wiat. Did you mean #wait?"] == [each for block in blocks for each in block.problems]


def test_the_books_balance(world: World) -> None:
    """Everything that people sent to the desk was decided, once; nothing waits, nothing failed."""
    audit = world.installation.json("audit")
    sent = [mail for mail in world.mails(ARCHIVE) if KIM not in str(mail["To"])]

    assert (True, 0, len(sent)) == (audit["even"], audit["pending"], audit["received"])
    others = {"open": 12, "open_unconfirmed": 1, "append": 5, "record": 1}
    assert others | {"commands": len(sent) - sum(others.values())} == audit["outcomes"]
    assert (0, 0, 1) == tuple(audit["outbox"][state] for state in ("queued", "failed", "cancelled"))


def own_mails(world: World, name: str) -> dict[str, str]:
    """The Message-IDs of what a customer sent, each with the mark in it, oldest first."""
    found = {}
    for mail in world.mails(ARCHIVE):
        if sender(mail) == BY_NAME[name].address:
            lines = [line for line in plain(mail).decode().splitlines() if not line.startswith(">")]
            (mark,) = MARK.findall("\n".join(lines))
            found[str(mail["Message-ID"])] = mark
    return found


def answered(mail: EmailMessage, own: dict[str, str]) -> str:
    """The mark of the newest of these mails in its thread; its References end with what In-Reply-To names."""
    thread = str(mail["References"]).split()
    assert str(mail["In-Reply-To"]) == thread[-1]
    return [own[each] for each in thread if each in own][-1]


def secrets(name: str) -> list[str]:
    """What this customer must never read."""
    texts = "".join(text for who, (_, text) in words.FIRST.items() if who.partition(" ")[0] != name)
    addresses = {each.address for each in CUSTOMERS if each.name != name}
    of_accounts = ((each.phone, each.order, f"acc-{each.name}", f"plan-{each.name}") for each in CUSTOMERS)
    overview = [value for account in of_accounts for value in account]
    marks = MARK.findall(texts)
    return [*marks, *addresses, *overview, *AGENTS, *AGENTS.values(), SPECIALIST, DESIGNER, *words.SECRET_WORDS]


def everything(mail: EmailMessage) -> str:
    """Headers, texts and names of files, decoded."""
    texts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    names = [part.get_filename() or "" for part in mail.walk()]
    return "\n".join((*(f"{name}: {value}" for name, value in mail.items()), *texts, *names))


def sender(mail: EmailMessage) -> str:
    """Whose it is."""
    return str(mail["From"].addresses[0].addr_spec)


def filled(subject: str, numbers: dict[str, str]) -> str:
    """With the numbers of the tickets."""
    for name, number in numbers.items():
        subject = subject.replace(f"{{{name}}}", number)
    return subject
