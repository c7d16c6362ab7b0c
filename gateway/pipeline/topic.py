"""What is the mail about that may open a ticket, and which team gets it?

What must stay true: it is a guess, and an outsider's words make it: it chooses who looks first and which texts are
suggested, never who may do what. Who reads mail of a topic sees no more than any agent may. It costs as much as several
questions to the store, so it is made before the transaction in which nobody else can write.
"""

from dataclasses import dataclass, field, replace

from gateway.clock import Clock
from gateway.mail.language import guess_language
from gateway.mail.message import Message
from gateway.mail.nature import Nature, NatureKind
from gateway.pipeline.begun import Beginning
from gateway.pipeline.evidence import Evidence, Reading
from gateway.pipeline.plan import OPENS, Plan, Start
from gateway.store.db import Store, Tx
from gateway.store.topic_model import model_content, model_version
from gateway.tickets.canning import search_ahead
from gateway.tickets.desk import Desk
from gateway.topics.guess import NO_GUESS, TopicGuess, guess_topic
from gateway.topics.model import UNTRAINED, TopicModel, from_json
from gateway.topics.starting import starting_model, with_starting
from gateway.topics.teams import Team, team_for

LOOK_SECONDS = 60.0
"""A new model is in use after so long."""
STARTS = (Start.FORWARD, Start.CONVERSATION)
"""What opens a ticket, too."""


@dataclass(slots=True)
class TopicBook:
    """The newest model, in one process. Of threads that find a new one at once each reads it, which harms nothing."""

    model: TopicModel = UNTRAINED
    """Until the first look: a process that decides nothing does not read the shipped one."""
    version: int = -1
    looked_at: float = field(default=float("-inf"))

    def newest(self, store: Store, clock: Clock) -> TopicModel:
        """The model to guess by; the store is asked now and then whether there is a newer one. Raises Temporary."""
        now = clock.monotonic()
        if now - self.looked_at >= LOOK_SECONDS:
            with store.reading() as tx:
                self._look(tx)
            self.looked_at = now
        return self.model

    def _look(self, tx: Tx) -> None:
        version = model_version(tx)
        if version != self.version:
            self.model, self.version = model_in_use(tx), version


def model_in_use(tx: Tx) -> TopicModel:
    """What the desk has learnt, with the shipped model behind it; that alone where it has learnt nothing yet."""
    return with_starting(from_json(model_content(tx))) if model_version(tx) else starting_model()


def look_at_words(message: Message, nature: Nature, model: TopicModel, desk: Desk) -> TopicGuess:
    """The guess about a person's mail, for whom canned texts are looked for, too; a machine's has none."""
    if nature.kind is not NatureKind.PERSON:
        return NO_GUESS
    language = guess_language(_own_words(message))
    search_ahead(desk, message, language)
    return _guess(message, model, language)


def topic_passed_on(reading: Reading, beginning: Beginning | None, model: TopicModel) -> TopicGuess:
    """The guess about the mail inside, where an agent passes one on; else that about his own."""
    if beginning and beginning.passed and reading.nature.kind is NatureKind.PERSON:
        passed = beginning.passed.message
        return _guess(passed, model, guess_language(_own_words(passed)))
    return reading.topic


def _guess(message: Message, model: TopicModel, language: str) -> TopicGuess:
    return guess_topic(_own_words(message), model, subject=message.subject, language=language)


def _own_words(message: Message) -> str:
    """What the author wrote now tells; where that is nothing (a mail passed on), what he passes on."""
    return message.reply.strip() or message.text


def with_topic(plan: Plan, evidence: Evidence, teams: tuple[Team, ...]) -> Plan:
    """The plan with the topic and the team of the ticket that it opens, if it opens one."""
    if plan.action in OPENS:
        topic = evidence.topic.topic
        return replace(plan, topic=topic, team=team_for(topic, teams, plan.language))
    return replace(plan, topic=evidence.topic.topic) if plan.start in STARTS else plan
