"""Conversations, drawn by lot: a customer writes, agents do what agents do, and everybody answers by Reply."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select

from gateway.mail.message import Address
from gateway.model import Agent, Ticket
from gateway.outbox.as_json import from_json
from gateway.outbox.compose import Composer, compose
from gateway.outbox.outgoing import Outgoing
from gateway.render import Renderer
from gateway.store import outbox as outbox_sql
from gateway.store import tickets
from gateway.store.outcomes import Outcome
from gateway.store.schema.outbox import OutboxRow
from tests.canary.cage import Cage, Leak, readings
from tests.canary.draft import Draft
from tests.canary.people import AGENTS, OPENINGS, SPECIALISTS, Person
from tests.canary.programs import ATTRIBUTIONS, PROGRAMS, Program, quoted
from tests.desk import SUPPORT, TestDesk, sign

KIM, LEE, MO = AGENTS
OURS = {agent.address for agent in AGENTS}
STRANGER = "eve@signed.test"


@dataclass(slots=True)
class Talks:
    """All conversations at one desk."""

    desk: TestDesk
    cage: Cage
    people: list[Person]
    dice: random.Random
    programs: tuple[Program, ...] = PROGRAMS
    number: int = -1
    ticket: Ticket | None = None
    """Of the conversation that goes on now."""
    person: Person | None = None
    mails: dict[tuple[int | None, str], list[Outgoing]] = field(default_factory=dict)
    """What was queued, by ticket and recipient."""
    talk_of: dict[int, int] = field(default_factory=dict)
    """The conversation that a ticket is of."""
    answers: dict[str, str] = field(default_factory=dict)
    """By the Message-ID of an answer, the canary in it."""
    done: Counter[str] = field(default_factory=Counter)
    """How often each step was taken, and what became of answers."""
    composer: Composer = field(
        default_factory=lambda: Composer(renderer=Renderer(), sender=Address(address=SUPPORT, name="Shop Support"))
    )
    _seen: int = 0
    _sent: int = 0

    # --- one conversation

    def talk(self) -> None:
        """A customer writes, one of the steps is taken (each in its turn), perhaps another, and an agent answers."""
        self.number += 1
        self.desk.clock.at += timedelta(minutes=3)
        self.person, self.ticket = self.dice.choice(self.people), None
        self._open()
        others = self.dice.sample(STEPS, self.dice.choice((0, 0, 0, 0, 1)))
        for step in (STEPS[self.number % len(STEPS)], *others):
            self.done[step.__name__] += 1
            step(self)
        self.answer(self.dice.choice(AGENTS))

    def _open(self) -> None:
        person, language = self._person, self._person.language
        subject, words = OPENINGS[language]
        text = f"{words}. {self.word('the words of another ticket', person.address)}\n\n{person.name}\n"
        subject = f"{subject} {self.word('the subject of another ticket', person.address, person.designer)}"
        file = f"{self.word('the name of a file in another ticket', person.address)}.png"
        draft = Draft(person.address, SUPPORT, subject, text, name=person.name)
        self.ticket = self.desk.ticket(self._write(replace(draft, file=file if self.dice.random() < 0.2 else "")))
        self.talk_of[self.ticket.id] = self.number

    # --- what may happen in it

    def answer(self, agent: Agent, commands: str = "", to: Outgoing | None = None) -> str:
        """An agent answers the customer; the canary in his answer, and whether the customer gets it."""
        word = self.word("an answer", self._person.address)
        text = f"{commands}Dear customer,\n\nplease try again: {word}.\n\nKind regards\n{self._signature(agent)}"
        program = self.dice.choice(self.programs)
        before = len(self._answers())
        self.reply(agent, text, to=to, program=program)
        sent = self._answers()[before:]
        self.done[f"{program.__name__}: {'sent' if sent else 'not sent'}"] += 1
        self.answers |= {mail.message_id: word for mail in sent}
        return word

    def note(self) -> None:
        """A note for the desk."""
        self.reply(KIM, f"#note\nHe never pays. {self.word('a note')}")

    def note_and_repeat(self) -> None:
        """A note, which somebody quotes by hand in an answer to the customer."""
        said = f"He never pays in time. {self.word('a note')}"
        self.reply(KIM, f"#note\n{said}")
        self.reply(LEE, f"Dear customer,\n\n> {said}\n\nSorry.")

    def note_for_lee(self) -> None:
        """A note that Lee gets by mail, and answers the customer below it."""
        self.reply(KIM, f"#note Lee\nIs it yours? {self.word('a note')}")
        self.answer(LEE)

    def customer_goes_on(self) -> None:
        """The customer answers the last mail that he got."""
        person = self._person
        got = [mail for mail in self._mails(person.address) if mail.reply_to]
        if got:
            self._answer_as(person.address, got[-1], f"And now? {self.word('words of another ticket', person.address)}")

    def canned(self) -> None:
        """A canned answer with a word above it."""
        self.answer(MO, "#canned domain-name\n")

    def forward(self) -> None:
        """A specialist is asked, who answers; what he says is for the desk."""
        specialist, person, talk = self.dice.choice(SPECIALISTS), self._person, self.talk_of[self._ticket.id]
        for canary in self.cage.canaries.values():
            if canary.talk == talk and canary.what in CUSTOMERS_WORDS and person.address in canary.readers:
                canary.readers.add(specialist)
        self.cage.grant(person.name, specialist)  # he signs with it
        self.reply(KIM, f"#forward {specialist}\nWhat is this? {self.word('a question to a specialist', specialist)}")
        asked = [mail for mail in self._mails(specialist) if mail.template == "forward"]
        if asked:
            self._answer_as(specialist, asked[-1], f"The cable. {self.word('the answer of a specialist')}")

    def invite(self) -> None:
        """The designer is asked in, and answers."""
        designer = self._person.designer
        self.reply(
            KIM, f"#invite {designer}\nWhat do you see? {self.word('a question to an invited person', designer)}"
        )
        asked = [mail for mail in self._mails(designer) if mail.template == "invite"]
        if asked:
            self._answer_as(designer, asked[-1], f"It is red. {self.word('the answer of an invited person')}")

    def call(self) -> None:
        """A card with the telephone number, and what was said, as an answer to the card."""
        self.reply(KIM, "#call\n")
        cards = [mail for mail in self._mails(KIM.address) if mail.template == "call"]
        self.reply(KIM, f"#called 5\nShe cried. {self.word('what was said on the telephone')}", to=cards[-1])

    def typo(self) -> None:
        """A block that comes back; the next answer is written to the mail that brings it."""
        self.reply(KIM, f"#clsoe\nDear customer, {self.word('a text that came back')}")
        self.answer(KIM)

    def undo(self) -> None:
        """An answer that is taken back."""
        word = self.answer(LEE)
        self.reply(LEE, "#undo")
        if word in self.answers.values() and word not in map(self.answers.get, self._waiting()):
            self.done["undone"] += 1
            self.cage.canaries[word].readers.clear()

    def merge(self) -> None:
        """The ticket becomes a part of an older one of the same account, of whomever it is there; answers go there."""
        told = next(mail for mail in self._mails(KIM.address) if mail.template == "notification")
        older = [each for each in self._tickets_of_account() if each.id < self._ticket.id]
        if older:
            self.reply(KIM, f"#merge {older[-1].id}\n", to=told)
            self.ticket = older[-1]
            self.person = next(each for each in self.people if each.address == older[-1].correspondent)
            self.answer(KIM, to=told)

    def split(self) -> None:
        """The customer's second mail becomes a ticket of its own, which is answered."""
        self.customer_goes_on()
        known = max(ticket for ticket, _ in self.mails if ticket)
        self.reply(KIM, f"#split Another matter {self.word('a subject', self._person.address)}\n")
        new = max(ticket for ticket, _ in self.mails if ticket)
        if new > known:
            self.talk_of[new] = self.talk_of[self._ticket.id]
            told = self.mails.get((new, KIM.address)) or []
            if told:
                self.answer(KIM, to=told[-1])

    def end(self) -> None:
        """It is closed or solved without a word."""
        self.reply(KIM, self.dice.choice(("#close\n", "#solved\n")))

    def hand_over(self) -> None:
        """Lee gets the whole ticket."""
        self.reply(KIM, f"#assign Lee\n#priority high\n#note\nPlease. {self.word('a note')}")

    def help(self) -> None:
        """The list of commands, which is answered then."""
        self.reply(KIM, "#help\n")

    def files(self) -> None:
        """A file that only was listed."""
        self.reply(KIM, "#attach 1\n")

    def somebody_names_the_shop(self) -> None:
        """A stranger says that he writes for the customer, whom the desk asks."""
        text = f"I write for {self._person.shops[0]}. {self.word('the words of a stranger', STRANGER)}"
        subject = f"Please {self.word('a stranger’s subject', STRANGER)}"
        outcome = self._write(Draft(STRANGER, SUPPORT, subject, text))
        if outcome.ticket_id:
            self.talk_of.setdefault(outcome.ticket_id, self.talk_of[self._ticket.id])

    # --- how mail is written

    def word(self, what: str, *readers: str) -> str:
        """A canary of this conversation, or of that which its ticket was merged into."""
        number = self.talk_of.get(self.ticket.id, self.number) if self.ticket else self.number
        return self.cage.word(what, number, *readers)

    def reply(self, agent: Agent, text: str, *, to: Outgoing | None = None, program: Program | None = None) -> None:
        """An agent answers the newest mail that he has of the ticket; where he has none, Kim does."""
        for one in (agent, *AGENTS):
            answered = to or next((mail for mail in reversed(self._mails(one.address)) if mail.reply_to), None)
            if answered:
                self._answer_as(one.address, answered, text, program)
                return

    def _answer_as(self, author: str, answered: Outgoing, text: str, program: Program | None = None) -> None:
        shown = quoted(self.composed(answered), author, self.dice.randrange(len(ATTRIBUTIONS)))
        plain, rich = (program or self.dice.choice(self.programs))(text, shown)
        subject = f"Re: {shown.subject}"
        self._write(Draft(author, answered.reply_to, subject, plain, html=rich, answers=answered.message_id))

    def _write(self, draft: Draft) -> Outcome:
        self._sent += 1
        raw = sign(draft.raw(self._sent, self.desk.clock.now()), draft.author.rpartition("@")[2])
        outcome = self.desk.take(raw, rcpt=[draft.to], mail_from=draft.author)
        self._look()
        return outcome

    # --- what was queued

    def composed(self, outgoing: Outgoing) -> bytes:
        """The bytes that would leave."""
        with self.desk.store.reading() as tx:
            blobs = outbox_sql.blobs(tx, [attachment.sha256 for attachment in outgoing.attachments])
        return compose(self.composer, outgoing, outbox_id=1, created_at=self.desk.clock.now(), blobs=blobs).data

    def leaving(self) -> list[Outgoing]:
        """Every mail to somebody outside that leaves, and is not taken back."""
        query = select(OutboxRow.outgoing).where(OutboxRow.state == "queued", OutboxRow.recipient.not_in(OURS))
        with self.desk.store.reading() as tx:
            return [from_json(row) for row in tx.execute(query.order_by(OutboxRow.id)).scalars()]

    def leaks(self, outgoing: Outgoing) -> list[Leak]:
        """What stands in this mail, its return path included, and may not; and what an agent wrote and is not there."""
        recipient = outgoing.recipient.address
        assert outgoing.ticket_id is not None
        data = f"Return-Path: <{outgoing.mail_from}>\r\n".encode() + self.composed(outgoing)
        texts = readings(data)
        leaks = self.cage.leaks(
            texts,
            recipient=recipient,
            talk=self.talk_of[outgoing.ticket_id],
            tickets=self._refs(outgoing.ticket_id),
            addresses=[STRANGER] if outgoing.template == "confirm_request" else [],
        )
        word = self.answers.get(outgoing.message_id, "")
        if not any(word in text for text in texts):
            leaks.append(Leak(what="the agent's own words are not in it", found=word, recipient=recipient))
        return leaks

    def _look(self) -> None:
        query = select(OutboxRow.id, OutboxRow.outgoing).where(OutboxRow.id > self._seen).order_by(OutboxRow.id)
        with self.desk.store.reading() as tx:
            rows = tx.execute(query).all()
        for row in rows:
            self._seen = row.id
            mail = from_json(row.outgoing)
            self.mails.setdefault((mail.ticket_id, mail.recipient.address), []).append(mail)

    def _mails(self, address: str) -> list[Outgoing]:
        return self.mails.get((self._ticket.id, address), [])

    def _answers(self) -> list[Outgoing]:
        return [mail for mail in self._mails(self._person.address) if mail.template == "answer"]

    def _waiting(self) -> list[str]:
        """The Message-IDs of what is not taken back."""
        query = select(OutboxRow.message_id).where(OutboxRow.ticket_id == self._ticket.id, OutboxRow.state == "queued")
        with self.desk.store.reading() as tx:
            return list(tx.execute(query).scalars())

    def _refs(self, ticket_id: int) -> list[int]:
        with self.desk.store.reading() as tx:
            return list(tx.exec_driver_sql("SELECT ref FROM ticket WHERE id = ?", (ticket_id,)).scalars())

    def _tickets_of_account(self) -> list[Ticket]:
        query = "SELECT id FROM ticket WHERE account_id = ? AND merged_into IS NULL ORDER BY id"
        with self.desk.store.reading() as tx:
            ids = tx.exec_driver_sql(query, (self._person.account,)).scalars().all()
            return [ticket for each in ids if (ticket := tickets.ticket_by_id(tx, each))]

    def _signature(self, agent: Agent) -> str:
        return self.dice.choice(
            ("", agent.name.partition(" ")[0], f"-- \n{agent.name}\n{agent.address}", agent.address)
        )

    @property
    def _person(self) -> Person:
        assert self.person is not None
        return self.person

    @property
    def _ticket(self) -> Ticket:
        assert self.ticket is not None
        return self.ticket


CUSTOMERS_WORDS = ("the words of another ticket", "the subject of another ticket", "words of another ticket")
"""What a specialist who is asked may read of a customer."""
STEPS: tuple[Callable[[Talks], None], ...] = (
    Talks.note,
    Talks.note_and_repeat,
    Talks.note_for_lee,
    Talks.customer_goes_on,
    Talks.canned,
    Talks.forward,
    Talks.invite,
    Talks.call,
    Talks.typo,
    Talks.undo,
    Talks.merge,
    Talks.split,
    Talks.end,
    Talks.hand_over,
    Talks.help,
    Talks.files,
    Talks.somebody_names_the_shop,
)
