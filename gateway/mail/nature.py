"""What kind of mail is this: from a person, or from a machine, and which? RFC 3834, RFC 3464, RFC 5965, RFC 8098.

The answer decides whether anything may ever be sent because of this mail, so `RULES` is read from the top and the first
that matches wins, whatever the others would say. Pure: no clock, no network, no state.

`X-Auto-Response-Suppress` is no evidence: ordinary mail of Exchange carries it, it only asks us to be silent.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.mail import about, challenge, dsn, parameters
from gateway.mail import nature_words as words
from gateway.mail.dsn import BouncedRecipient, BounceReport
from gateway.mail.message import Message
from gateway.mail.parameters import Parameterised
from gateway.model import Envelope
from gateway.tokens import Keys, Purpose, Token, canonical_address


class NatureKind(StrEnum):
    """Who or what wrote a mail."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    FEEDBACK_REPORT = "feedback_report"
    DISPOSITION_NOTIFICATION = "disposition_notification"
    AGGREGATE_REPORT = "aggregate_report"
    """How servers saw mail that says it is ours: TLS-RPT (RFC 8460), DMARC (RFC 7489 §7.2)."""
    CHALLENGE = "challenge"
    """A correspondent's filter asks that we prove ourselves."""
    CALENDAR = "calendar"
    """A calendar's invitation or answer without a word of a person; with one it is a person's mail."""
    BULK = "bulk"
    OWN_LOOP = "own_loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """The kind, why in words, and what a bounce says."""

    kind: NatureKind
    why: str
    bounce: BounceReport | None = None
    about: Token | None = None
    """Of a report: our token in the mail that it is about. A hint, as any that stands in quoted mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What the rules look at."""

    message: Message
    envelope: Envelope
    keys: Keys
    own: frozenset[str]
    is_report: bool
    """The mail is a multipart/report (RFC 6522)."""
    report_type: str
    """Its `report-type`, in lower case, else ""."""
    subject: str
    """As `words.folded` leaves it: what most rules compare."""
    reverse_path: str
    """In angle brackets; "" where nobody wrote it down."""

    @property
    def has_null_sender(self) -> bool:
        return self.reverse_path == "<>"


def classify(message: Message, envelope: Envelope, keys: Keys, own_addresses: Sequence[str]) -> Nature:
    """The nature of a mail. `own_addresses` are those we send from; tokens of ours are verified with `keys`."""
    report = _report(message.header("Content-Type"))
    case = _Case(
        message=message,
        envelope=envelope,
        keys=keys,
        own=frozenset(map(canonical_address, own_addresses)),
        is_report=report.value == "multipart/report",
        report_type=report.get("report-type").lower() if report.value == "multipart/report" else "",
        subject=words.folded(message.subject),
        reverse_path=_reverse_path(message, envelope),
    )
    for kind, rule in RULES:
        why = rule(case)
        if why and kind is NatureKind.BOUNCE:
            return _bounce(case, why)
        if why:
            return Nature(kind=kind, why=why, about=about.find(message, keys) if kind in _ABOUT_A_MAIL else None)
    return Nature(kind=NatureKind.PERSON, why="nothing says that a machine wrote it")


def _reverse_path(message: Message, envelope: Envelope) -> str:
    if envelope.mail_from is not None:
        return f"<{envelope.mail_from}>"
    # Files and mailboxes have no envelope; their last server may have written down what it was.
    return message.header("Return-Path").strip()


# ---------------------------------------------------------------------------------------------------------------- rules


def _has_our_message_id(case: _Case) -> str:
    for found in case.keys.find(case.message.message_id):
        if found.token and found.purpose in (Purpose.MESSAGE_ID, Purpose.AUTOMATIC_MESSAGE_ID):
            return "its Message-ID is one that we signed: our own mail came back"
    return ""


def _is_from_us(case: _Case) -> str:
    author = case.message.author
    if author and canonical_address(author.address) in case.own:
        return "its From is one of our own addresses"
    return ""


def _is_challenge(case: _Case) -> str:
    return challenge.recognise(case.message)


def _is_delivery_report(case: _Case) -> str:
    return "it is a delivery report (RFC 3464)" if _is_of_type(case, "delivery-status") else ""


def _is_server_bounce(case: _Case) -> str:
    if case.message.header("X-Failed-Recipients"):
        return "it names failed recipients (X-Failed-Recipients)"
    author = case.message.author
    local = author.address.partition("@")[0].casefold() if author else ""
    if local in ("mailer-daemon", "mailerdaemon", "mail-daemon"):
        return "a mail server wrote it (mailer-daemon)"
    if words.EXCHANGE.fullmatch(local):
        return "a mail server wrote it (Exchange)"
    is_servers = (
        local in ("postmaster", "mdaemon")
        or "<>" in case.message.header("From")
        or (author is not None and words.SERVER_NAME.search(words.folded(author.name)) is not None)
    )
    # A postmaster is often a person (RFC 5230 §4.6): his address alone says nothing.
    if is_servers and (case.has_null_sender or _undelivered_titles(case).match(case.subject)):
        return "a mail server's postmaster says that a mail was not delivered"
    return ""


def _undelivered_titles(case: _Case) -> re.Pattern[str]:
    return words.UNDELIVERED if _has_a_servers_mark(case) else words.TITLE


def _is_returned_in_its_language(case: _Case) -> str:
    """Exchange without a report: its sender, its title and its first words, all three."""
    author = case.message.author
    if author is None or not words.LOCAL_TITLE.match(case.subject):
        return ""
    is_servers = author.address.casefold().startswith("postmaster@") or words.SYSTEM_ADMINISTRATOR.match(
        words.folded(author.name)
    )
    opening = " ".join(words.folded(case.message.text.lstrip()).split())
    if is_servers and words.LOCAL_OPENING.match(opening):
        return "a mail server says in its own words that a mail was not delivered"
    return ""


def _may_be_a_postmaster(case: _Case) -> bool:
    """A postmaster, or a shop called so, asks about a delivery that failed; or a server that leaves out no mark."""
    return case.reverse_path not in ("", "<>") and not _has_a_servers_mark(case)


def _has_a_servers_mark(case: _Case) -> bool:
    """What servers add to the mail that they return, and postmasters do not to their own."""
    marks = case.is_report or _has_autoresponder_field(case) or _is_auto_submitted(case) or _is_bulk(case)
    return bool(marks) or any(part.content_type in dsn.RETURNED_TYPES for part in case.message.attachments)


def _names_failures(case: _Case) -> str:
    """A mail server's prose, in a dialect that is known (`bounce_prose`), from somebody who is no person."""
    if not case.message.failures:
        return ""
    author = case.message.header("From").casefold()
    is_servers = (
        case.has_null_sender
        or words.SERVER.search(author) is not None
        or (words.POSTMASTER.search(author) is not None and not _may_be_a_postmaster(case))
        or "mailer-daemon" in case.message.header("Return-Path").casefold()
        or bool(_has_autoresponder_field(case) or _is_bulk(case))
    )
    return "a mail server names recipients that it could not reach" if is_servers else ""


def _is_feedback_report(case: _Case) -> str:
    return "it is a feedback report (RFC 5965)" if _is_of_type(case, "feedback-report") else ""


def _is_disposition_notification(case: _Case) -> str:
    return "it is a disposition notification (RFC 8098)" if _is_of_type(case, "disposition-notification") else ""


def _is_aggregate_report(case: _Case) -> str:
    """By the subject that both standards ask for, and the file's name; people who forward one put "Fwd:" before it."""
    is_typed = case.report_type == "tlsrpt" or (
        case.has_null_sender and any(part.content_type.startswith(_TLS_REPORT) for part in case.message.attachments)
    )
    if is_typed:
        return "it is a report of how servers encrypt (RFC 8460)"
    is_named = any(_AGGREGATE_FILE.fullmatch(part.filename.lower()) for part in case.message.attachments)
    if is_named and _AGGREGATE_SUBJECT.match(case.subject):
        return "it is a report of how servers saw mail in our name (RFC 7489)"
    return ""


def _is_calendar(case: _Case) -> str:
    """Only where nobody wrote anything: an invitation with words is a person's mail with a file."""
    if case.message.text.strip():
        return ""
    for part in case.message.attachments:
        if part.content_type in _CALENDARS and _METHOD.search(part.content[:MAX_CALENDAR]):
            return "a calendar sent it, without a word of a person (RFC 6047)"
    return ""


def _is_auto_submitted(case: _Case) -> str:
    """RFC 3834 §5: anything but `no`, after comments and parameters are taken off."""
    for value in case.message.header_all("Auto-Submitted"):
        keyword = _without_comments(value).partition(";")[0].strip().lower()
        if keyword and keyword != "no":
            known = keyword if keyword in words.AUTO_SUBMITTED else "something else than no"
            return f"its Auto-Submitted says {known} (RFC 3834)"
    return ""


def _has_autoresponder_field(case: _Case) -> str:
    if words.AUTORESPONDER_NAMES.isdisjoint(case.message.header_names()):
        return ""
    for name in words.AUTORESPONDER_FIELDS:
        value = case.message.header(name).strip().lower()
        if value and value not in ("no", "false", "0"):
            return f"it has the field {name}"
    for name, expected in words.AUTORESPONDER_VALUES:
        if any(expected in value.lower() for value in case.message.header_all(name)):
            return f'its {name} says "{expected}"'
    return ""


def _has_absence_subject(case: _Case) -> str:
    """Only together with a sign that it answers something: people ask about such replies, too."""
    message = case.message
    if not words.ABSENCE.match(case.subject) or not _answers(case):
        return ""
    # Who took an old mail to ask about such replies under a new subject asks in both.
    asks = words.QUESTION.search(message.subject) and words.QUESTION.search(message.reply)
    return "" if asks else "its subject is that of an out-of-office reply"


def _says_that_it_is_automatic(case: _Case) -> str:
    """In answer to something, by its subject and by a sentence of its own; a person's answer begins with `Re:`."""
    if not _answers(case) or not words.NOTICE.match(case.subject):
        return ""
    # Who asks something wants an answer, be it about such replies.
    if words.QUESTION.search(case.message.reply):
        return ""
    text = " ".join(words.folded(case.message.reply, words.MAX_SENTENCE).split())
    return "it says of itself that it is automatic" if words.SAYS_SO.search(text) else ""


def _answers(case: _Case) -> bool:
    """Did it come because of a mail, as far as can be seen?"""
    return bool(case.message.in_reply_to or case.message.references or case.has_null_sender or _tokens(case))


def _came_back(case: _Case) -> str:
    """Only servers write to the addresses from which we sent, and with no word about themselves it is a bounce."""
    if case.has_null_sender and _bounce_token(case):
        return "its reverse path is null (RFC 5321 §4.5.5), and it came to a bounce address"
    return ""


def _has_null_sender(case: _Case) -> str:
    return "its reverse path is null (RFC 5321 §4.5.5)" if case.has_null_sender else ""


def _is_list_mail(case: _Case) -> str:
    if words.LIST_FIELDS.isdisjoint(case.message.header_names()):
        return ""
    fields = words.LIST_FIELDS - words.UNSUBSCRIBE if _is_a_persons_answer(case) else words.LIST_FIELDS
    for name, _ in case.message.headers:
        if name.lower() in fields:
            return f"it has the list field {name} (RFC 2369, RFC 2919)"
    return ""


def _is_bulk(case: _Case) -> str:
    precedence = case.message.header("Precedence").strip().lower()
    if precedence in ("bulk", "list", "junk"):
        return f'its Precedence is "{precedence}"'
    if case.message.header("Feedback-ID") and not _is_a_persons_answer(case):
        return "it has a Feedback-ID, which bulk senders add"
    return ""


def _is_a_persons_answer(case: _Case) -> bool:
    """Who answers out of a sales or marketing tool has its marks in his mail; newsletters answer nothing."""
    message = case.message
    answers = bool(message.in_reply_to or message.references)
    return answers and words.ANSWER.match(case.subject) is not None


Rule = Callable[[_Case], str]
"""Says why it matches, "" where it does not."""

RULES: tuple[tuple[NatureKind, Rule], ...] = (
    # Before everything: a loop must end here, whatever else the mail is.
    (NatureKind.OWN_LOOP, _has_our_message_id),
    (NatureKind.OWN_LOOP, _is_from_us),
    # Reports say what they are by their structure; most of them also are auto-submitted with the null reverse path.
    (NatureKind.FEEDBACK_REPORT, _is_feedback_report),
    (NatureKind.DISPOSITION_NOTIFICATION, _is_disposition_notification),
    (NatureKind.AGGREGATE_REPORT, _is_aggregate_report),
    # Some of these call themselves delivery reports.
    (NatureKind.CHALLENGE, _is_challenge),
    (NatureKind.BOUNCE, _is_delivery_report),
    (NatureKind.BOUNCE, _is_server_bounce),
    (NatureKind.BOUNCE, _is_returned_in_its_language),
    (NatureKind.BOUNCE, _names_failures),
    (NatureKind.AUTO_REPLY, _is_auto_submitted),
    (NatureKind.AUTO_REPLY, _has_autoresponder_field),
    (NatureKind.AUTO_REPLY, _has_absence_subject),
    (NatureKind.AUTO_REPLY, _says_that_it_is_automatic),
    (NatureKind.BOUNCE, _came_back),
    (NatureKind.AUTO_REPLY, _has_null_sender),
    (NatureKind.BULK, _is_list_mail),
    (NatureKind.BULK, _is_bulk),
    (NatureKind.CALENDAR, _is_calendar),
)

_ABOUT_A_MAIL = (NatureKind.FEEDBACK_REPORT, NatureKind.DISPOSITION_NOTIFICATION)
MAX_CALENDAR = 16 * 1024
"""Octets of a calendar file that are looked at."""
_CALENDARS = ("text/calendar", "application/ics")
_METHOD = re.compile(rb"^METHOD:", re.IGNORECASE | re.MULTILINE)
_TLS_REPORT = "application/tlsrpt"
_AGGREGATE_SUBJECT = re.compile(r"(?:\[preview\] )?report domain: ?\S{1,250} submitter: ?\S")
_AGGREGATE_FILE = re.compile(
    r"[^!\s]{1,250}![^!\s]{1,250}!\d{1,12}!\d{1,12}(?:![^!\s]{0,100})?(?:\.(?:xml|json|gz|zip)){1,2}"
)


def _bounce(case: _Case, why: str) -> Nature:
    report = dsn.read(case.message)
    token = _bounce_token(case) if case.has_null_sender else None
    if token is None:
        why = f"{why}; it came to no bounce address of ours with a null reverse path, so it proves nothing"
        return Nature(kind=NatureKind.BOUNCE, why=why, bounce=report)
    recipients = tuple(_bound(recipient, token, case.keys) for recipient in report.recipients)
    report = replace(report, genuine=True, recipients=recipients)
    why = f"{why}; genuine: it came to a bounce address that we signed"
    return Nature(kind=NatureKind.BOUNCE, why=why, bounce=report)


def _bounce_token(case: _Case) -> Token | None:
    return next((token for token in _tokens(case) if token.purpose is Purpose.BOUNCE), None)


def _tokens(case: _Case) -> list[Token]:
    """Our tokens in the addresses that the mail came to, as far as they verify."""
    addressed = case.envelope.recipients or case.message.delivered_to
    return [found.token for address in addressed for found in case.keys.find(address) if found.token]


def _bound(recipient: BouncedRecipient, token: Token, keys: Keys) -> BouncedRecipient:
    return replace(recipient, bound=keys.is_bound_to(token, recipient.address))


def _is_of_type(case: _Case, report_type: str) -> bool:
    """Is it such a report? A part of that type alone is not enough: people forward reports that they got."""
    if case.report_type == report_type:
        return True
    if not case.message.attachments or not (case.is_report or case.has_null_sender):
        return False
    kinds = (f"message/{report_type}", f"message/global-{report_type}")
    return any(part.content_type in kinds for part in case.message.attachments)


def _report(content_type: str) -> Parameterised:
    if not content_type.lstrip().lower().startswith("multipart/report"):
        return Parameterised(value="")
    try:
        return parameters.read(content_type)
    except parameters.TooMany:
        return Parameterised(value="")


def _without_comments(value: str) -> str:
    depth, kept = 0, []
    for character in value[:1000]:
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(character)
    return "".join(kept)
