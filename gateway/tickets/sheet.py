"""What stands in a notification? The whole desk on one screen: who, how far proven, what he wrote, what goes next.

What must stay true: what is on file of an account stands only in the values of `overview`, which are empty for whom it
must not be told; nothing that the customer typed is used as anything but words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.mail.build import reply_subject
from gateway.mail.message import Address, Message
from gateway.model import Account, Agent, Article, ArticleKind, StoredAttachment, Ticket
from gateway.outbox.outgoing import OutgoingAttachment
from gateway.store.tickets import OtherTicket
from gateway.tickets import overview
from gateway.tickets.desk import Desk
from gateway.tickets.display_name import shown_name
from gateway.tickets.file_list import file_lines
from gateway.tickets.fitting import Moment, fitting
from gateway.tickets.opening import moment_in_words
from gateway.tickets.state import FINISHED
from gateway.tickets.words import Words, words_of
from gateway.tokens import canonical_address
from gateway.topics.topic import title_of

THREAD_LINES = 12
THREAD_CHARACTERS = 600
"""Of each earlier article: the rest is in the mails that the agent has."""

Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the stages found about a mail, for the agents who read it."""

    identity: str
    """Why its author is taken for whom he is taken, as a sentence; it may name accounts."""
    grade: str = ""
    """How far it is proven who wrote: A3 to A0, or A?."""
    standing: str = ""
    """What we know of the author's address: S2 to S0."""
    strength: str = ""
    """What leads to the ticket: T3 to T0."""
    spam: str = ""
    delivery: str = ""
    """What became of earlier mail to the ticket's correspondent, where it came back, as a sentence."""
    is_vouched_for: bool = False
    """The proven owner of the account says that the author wrote for him."""
    account: Account | None = None
    """The author's, as far as his address and his mail tell."""
    accounts: tuple[Account, ...] = ()
    """All that have his address on file: it may be one of them."""
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What all notifications of one mail share."""

    ticket: Ticket
    message: Message
    circumstances: Circumstances
    earlier: tuple[Article, ...]
    files: tuple[StoredAttachment, ...]
    first_file: int
    """The number of the first of them in the ticket."""
    images: tuple[OutgoingAttachment, ...]
    """Those of them that are shown."""
    tickets: tuple[OtherTicket, ...]
    also_addressed: str
    canned: str
    """Texts that may answer it; they are in the customer's language, whoever reads them."""
    agents: Mapping[str, str]
    """Their names by their addresses; nobody from outside may be called so."""


def sheet_values(desk: Desk, agent: Agent, mail: Sheet, at: datetime) -> Values:
    """The values of the template `notification` for this agent."""
    language = language_of(desk, agent)
    words, ticket, message, found = words_of(language), mail.ticket, mail.message, mail.circumstances
    # Of a ticket's first mail everything is shown: what it quotes is known to nobody here.
    text = message.reply if mail.earlier and message.reply else message.text
    borrowed = (desk.name, desk.support_address, *mail.agents.values())
    fields = overview.told_fields(desk, agent)
    accounts = (found.account,) if found.account else found.accounts
    known = overview.overview(fields, accounts, ticket, mail.tickets, words, at) if fields else overview.NOTHING
    caution = _caution(words, ticket, found)
    return (
        *(("state", words.states[ticket.state]), ("priority", words.priorities[ticket.priority])),
        ("holder", _holder(words, ticket, agent, mail.agents)),
        *(("topic", title_of(ticket.topic, language)), ("team", ticket.team)),
        *_deadline(desk, ticket, language, at),
        ("subject", ticket.subject),
        ("author", _person(message.author, borrowed) if message.author else words.nobody),
        *(("proof", _proof(words, found)), ("caution", caution)),
        ("answers_to", _other_correspondent(ticket, message.author)),
        ("identity", found.identity if "account" in fields else ""),
        *known,
        *(("others", mail.also_addressed), ("delivery", found.delivery), ("spam", found.spam)),
        ("defects", "\n".join(found.defects)),
        ("text", text),
        ("attachments", "\n".join(file_lines(mail.files, message.attachments, language, first=mail.first_file))),
        ("canned", mail.canned),
        ("commands", fitting(_moment(mail, agent, dict(known), is_doubtful=bool(caution)), language)),
        ("thread", "\n\n".join(_earlier(article, desk) for article in reversed(mail.earlier))),
    )


def language_of(desk: Desk, agent: Agent) -> str:
    """In which language an agent is written to."""
    return agent.languages[0] if agent.languages else desk.language


def _holder(words: Words, ticket: Ticket, agent: Agent, names: Mapping[str, str]) -> str:
    if not ticket.assignee:
        return words.free
    if ticket.assignee == agent.address:
        return words.yours
    return words.taken.format(names.get(ticket.assignee, ticket.assignee))


def _deadline(desk: Desk, ticket: Ticket, language: str, at: datetime) -> Values:
    """By the desk's clock; none while the ticket does not wait for us."""
    if ticket.due_at is None or ticket.state in FINISHED:
        return (("due", ""), ("late", ""))
    due = moment_in_words(ticket.due_at.astimezone(desk.hours.zone), language)
    return (("due", due), ("late", "yes" if ticket.due_at <= at else ""))


def _moment(mail: Sheet, agent: Agent, known: Mapping[str, str], *, is_doubtful: bool) -> Moment:
    """What the commands depend on; of an account only what this agent is told anyway."""
    account = mail.circumstances.account
    is_open = known["shops"] and not known["shop"] and account is not None
    return Moment(
        ticket=mail.ticket,
        reader=agent.address,
        is_doubtful=is_doubtful,
        shops=tuple(filter(None, (shop.domain for shop in account.shops))) if account and is_open else (),
        has_phone=bool(known["phone"]),
        files=_only_listed(mail) if mail.files else (),
        other=_same_again(mail) if known["earlier"] and not is_doubtful else None,
    )


def _only_listed(mail: Sheet) -> tuple[int, ...]:
    """The numbers of the files that are neither shown nor dangerous."""
    left_out = {each.sha256 for each in mail.message.attachments if each.danger}
    left_out |= {each.sha256 for each in mail.images}
    return tuple(number for number, file in enumerate(mail.files, mail.first_file) if file.sha256 not in left_out)


def _same_again(mail: Sheet) -> int | None:
    """The number of the newest other ticket with the same subject that is not finished."""
    subject = reply_subject(mail.ticket.subject).casefold()
    others = (each for each in mail.tickets if each.state not in FINISHED)
    return next((each.id for each in others if reply_subject(each.subject).casefold() == subject), None)


def _proof(words: Words, found: Circumstances) -> str:
    codes = (
        (words.grades, found.grade),
        (words.standings, found.standing),
        (words.strengths, found.strength),
    )
    return "\n".join(f"{sentences[code]} ({code})" for sentences, code in codes if code in sentences)


def _caution(words: Words, ticket: Ticket, found: Circumstances) -> str:
    """What is not proven, and so must not be acted upon; "" where the author is proven to be the customer.

    Without a grade `identity` has to say it.
    """
    if not found.grade:
        return words.unproven if ticket.reported_by and not ticket.confirmed else ""
    if found.grade == "A0":
        return words.forged
    if found.grade not in ("A2", "A3"):
        return words.unproven
    if found.standing == "S2" or (ticket.confirmed and (found.strength == "T3" or found.is_vouched_for)):
        return ""
    return words.address_only


def _other_correspondent(ticket: Ticket, author: Address | None) -> str:
    """The address that an answer goes to, where it is not the author's."""
    is_same = author is not None and canonical_address(author.address) == ticket.correspondent
    return "" if is_same else ticket.correspondent


def _person(author: Address, borrowed: Sequence[str]) -> str:
    """The address first: a display name is whatever its writer likes (A-16)."""
    name = shown_name(author.name, borrowed)
    return f"{author.address} ({name})" if name else author.address


def _earlier(article: Article, desk: Desk) -> str:
    """When by the desk's clock, who, and the beginning of what he wrote."""
    text = article.reply or article.text
    lines = [line for line in text[:THREAD_CHARACTERS].strip().split("\n") if line.strip()][:THREAD_LINES]
    shown = "\n".join(lines)
    is_cut = "".join(text.split()) != "".join(shown.split())
    note = " (#note)" if article.kind is ArticleKind.INTERNAL else ""
    when = article.at.astimezone(desk.hours.zone)
    return f"{when:%Y-%m-%d %H:%M} {article.author}{note}:\n{shown}{' […]' if is_cut else ''}"
