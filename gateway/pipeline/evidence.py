"""Everything that is known about a mail when it is decided: what the stages found, each with its `why`."""

from dataclasses import dataclass

from gateway.accounts.sender import Sender
from gateway.authn.result import Authentication
from gateway.mail.message import Message
from gateway.mail.nature import Nature
from gateway.matching.match import Match
from gateway.matching.token import TokenEvidence
from gateway.model import Agent, Entry
from gateway.spam.report import SpamReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found without the database: the READ half."""

    entry: Entry
    message: Message
    content_key: str
    nature: Nature
    authentication: Authentication
    spam: SpamReport
    token: TokenEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The reading and what the database adds: the sender, the ticket, the agent, an earlier copy."""

    reading: Reading
    sender: Sender
    match: Match
    agent: Agent | None
    """The active agent whose address the author uses; that he wrote it is for `decide`."""
    duplicate_of: str | None
    names_automatic_mail: bool
    """Does it refer to an automatic mail of ours (an `n1-` message id)?"""
    is_earlier_held: bool = False
    """Is the earlier copy held, so that nobody was shown it?"""
