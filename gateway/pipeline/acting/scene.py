"""What every verb is given: the mail, who wrote it, the ticket as it is now, and the whole block of commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.commands.order import Block
from gateway.mail.message import Attachment, Message
from gateway.model import Agent, ArticleKind, StoredAttachment, Ticket
from gateway.pipeline.acting.sentences import sentence
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets import change
from gateway.tickets.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One mail of an agent that is being acted on."""

    doer: Doer
    evidence: Evidence
    ticket: Ticket
    """As it is now: read anew before each verb."""
    agent: Agent
    agents: tuple[Agent, ...]
    """All who are active."""
    block: Block
    answer: str = ""
    """What of the text may leave the desk."""

    @property
    def tx(self) -> Tx:
        """The open transaction."""
        return self.doer.tx

    @property
    def desk(self) -> Desk:
        """Who we are."""
        return self.doer.desk

    @property
    def at(self) -> datetime:
        """Now."""
        return self.doer.at

    @property
    def message(self) -> Message:
        """The agent's mail."""
        return self.evidence.reading.message

    @property
    def leaves_at(self) -> datetime | None:
        """When what goes to others leaves; None: at once."""
        seconds = self.desk.undo_seconds
        return self.at + timedelta(seconds=seconds) if seconds else None

    @property
    def language(self) -> str:
        """What the agent reads."""
        return self.agent.languages[0] if self.agent.languages else self.desk.language

    def say(self, key: str, /, **values: str) -> str:
        """A sentence for the confirmation, in the agent's language."""
        return sentence(self.language, key, **values)

    def note(self, kind: str, detail: str) -> None:
        """A line in the ticket's story, in the agent's name."""
        change.note(self.tx, self.ticket, kind=kind, actor=self.agent.name, detail=detail, at=self.at)

    def time(self, at: datetime) -> str:
        """The time of day by the desk's clock, with the day where it is not today."""
        zone = self.desk.hours.zone
        local, today = at.astimezone(zone), self.at.astimezone(zone)
        return f"{local:%H:%M %Z}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M %Z}"

    def add_article(self, kind: ArticleKind, text: str, message_id: str = "") -> int:
        """What he wrote, as an article of the ticket; its id."""
        return change.add_text(
            self.tx,
            self.ticket,
            kind=kind,
            author=self.agent.address,
            author_name=self.agent.name,
            text=text,
            message_id=message_id,
            entry_id=self.evidence.reading.entry.id,
            at=self.at,
        )

    def add_files(self, article_id: int, files: Sequence[StoredAttachment]) -> None:
        """Files of that article, whose bytes are kept."""
        for file in files:
            store.insert_attachment(self.tx, article_id, file)

    def kept(self, attachments: Sequence[Attachment]) -> list[StoredAttachment]:
        """The files as they go into an article, their bytes kept; never inline, for our mail has a text of its own."""
        change.keep_files(self.tx, attachments)
        return [
            StoredAttachment(
                sha256=attachment.sha256,
                filename=attachment.filename,
                content_type=attachment.content_type,
                size=attachment.size,
                inline=False,
                content_id="",
            )
            for attachment in attachments
        ]
