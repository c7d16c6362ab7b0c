"""Everything that is known about a mail when it is decided: what the stages found, each with its `why`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.accounts.sender import Sender
from gateway.authn.result import Authentication
from gateway.mail.message import Message
from gateway.mail.nature import Nature
from gateway.matching.match import Match
from gateway.matching.shop import ShopMatch
from gateway.matching.token import TokenEvidence
from gateway.model import Account, Agent, Entry, Participant
from gateway.pipeline.begun import Beginning
from gateway.spam.history import Burst, Reputation
from gateway.spam.report import SpamReport
from gateway.spam.virus import NOT_SCANNED, VirusReport
from gateway.store.digests import Digest
from gateway.topics.guess import NO_GUESS, TopicGuess


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A person let the mail go on after it was held."""

    by: str
    at: datetime
    held_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found before the transaction that decides: the READ half."""

    entry: Entry
    message: Message
    content_key: str
    nature: Nature
    authentication: Authentication
    spam: SpamReport
    token: TokenEvidence
    release: Release | None = None
    virus: VirusReport = NOT_SCANNED
    topic: TopicGuess = NO_GUESS
    attached: Message | None = None
    """The mail that is attached to an agent's, taken apart, where there is exactly one."""


NO_SHOP = ShopMatch(
    shop=None, account=None, by="none", why="the author's address is verified on no account", candidates=()
)


class ShopQuestion(StrEnum):
    """How far we are with asking which shop a ticket is about."""

    NOT_ASKED = "not asked"
    ASKED = "asked"
    ASKED_AGAIN = "asked again"
    LEFT_TO_AGENTS = "left to the agents"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What people said of earlier mails of its sender."""

    keys: tuple[str, ...]
    """What it is counted by (`pipeline.sender_keys`); none where nothing is proven."""
    reputation: Reputation = Reputation.NONE
    why: str = "not looked at"
    burst: Burst | None = None
    """Where a new ticket of its author would be a part of one."""


NO_HISTORY = History(keys=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The reading and what the database adds: the sender, his shop, the ticket, the agent, an earlier copy."""

    reading: Reading
    sender: Sender
    match: Match
    agents: tuple[Agent, ...]
    """All active agents, by name."""
    agent: Agent | None
    """The active agent whose address the author uses; that he wrote it is for `decide`."""
    duplicate_of: str | None
    names_automatic_mail: bool
    """Does it refer to an automatic mail of ours (an `n1-` message id)?"""
    is_earlier_held: bool = False
    """Is the earlier copy held, so that nobody was shown it?"""
    shop: ShopMatch = NO_SHOP
    """Which of the author's own shops it is about, if it is he who wrote."""
    shop_question: ShopQuestion = ShopQuestion.NOT_ASKED
    """Only looked at for a ticket whose shop is open."""
    asked_account: str | None = None
    """The account whose owner was asked about this ticket at the author's address; only looked at for a `c1-` token."""
    named: tuple[Account, ...] = ()
    """The accounts whose shops a proven author names who is on none; not looked for where a ticket was found."""
    is_feedback_open: bool = False
    """Was the ticket's correspondent asked how it went, since it was finished? Only looked at for T3."""
    is_over: bool = False
    """Was the ticket that was found closed so long ago that it takes no more mail?"""
    digest: Digest | None = None
    """The digest of held mail that its reply address names; only looked at for an `a1-` token of no ticket."""
    history: History = NO_HISTORY
    """What became of earlier mails of its sender; only looked at where it may matter."""
    beginning: Beginning | None = None
    """What an agent's mail to the desk begins; also looked at for mail to an address that begins something."""
    topic: TopicGuess = NO_GUESS
    """What it seems to be about; of a mail that an agent passes on, that one."""
    participant: Participant | None = None
    """Whose reply address it was sent to, where that is not the correspondent's; or its author, who is invited."""
    in_dialogue: bool = False
    """Does its sender wait for the decision, so that the mail can be refused?"""
