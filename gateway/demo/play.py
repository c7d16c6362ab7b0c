"""Plays the demonstration: sends six real mails over SMTP, in turn, and tells what became of each."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import aiosmtplib

from gateway.demo import mails
from gateway.demo.stage import AGENT, CUSTOMER, SUPPORT, Stage

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One mail of the demonstration, as it was sent."""

    number: int
    what: str
    mail: EmailMessage


class NothingCame(Exception):
    """A mail that should have left the gateway did not within the time."""


async def play(stage: Stage, port: int, on_sent: Callable[[Scene], None], decided: Callable[[str], bool]) -> None:
    """Send the mails; each waits for what it answers. `decided` tells whether a Message-ID has its outcome."""
    first = mails.first_mail()
    await _send(stage, port, first, SUPPORT, 1, "a customer, with a screenshot", on_sent, decided)
    receipt = await _arrived(stage, CUSTOMER, str(first["Message-ID"]))
    reply = mails.customers_reply(receipt)
    await _send(stage, port, reply, str(reply["To"]), 2, "the customer's reply", on_sent, decided)
    notification = await _arrived(stage, AGENT)
    answer = mails.agents_answer(notification)
    await _send(stage, port, answer, str(answer["To"]), 3, "the agent's answer", on_sent, decided)
    stranger, spam = mails.strangers_mail(), mails.spam_mail()
    await _send(stage, port, stranger, SUPPORT, 4, "a stranger", on_sent, decided)
    await _send(stage, port, spam, SUPPORT, 5, "spam", on_sent, decided)
    sent_answer = await _arrived(stage, CUSTOMER, str(reply["Message-ID"]))
    away = mails.out_of_office(sent_answer)
    await _send(stage, port, away, str(away["To"]), 6, "out of office", on_sent, decided)


async def _send(
    stage: Stage,
    port: int,
    mail: EmailMessage,
    recipient: str,
    number: int,
    what: str,
    on_sent: Callable[[Scene], None],
    decided: Callable[[str], bool],
) -> None:
    author = str(mail["From"].addresses[0].addr_spec)
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
        # RFC 3834 §3.3: what a machine answers has no return path.
        await smtp.sendmail("" if mail["Auto-Submitted"] else author, [recipient], mails.signed(stage, mail))
    on_sent(Scene(number=number, what=what, mail=mail))
    await _until(lambda: decided(str(mail["Message-ID"])), f"the outcome of mail {number}")


async def _arrived(stage: Stage, address: str, answers: str = "") -> EmailMessage:
    """The newest outgoing mail to an address, that answers a certain mail if one is named."""
    found: list[EmailMessage] = []

    def look() -> bool:
        for path in sorted((stage.outbound / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            mail = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(mail, EmailMessage)
            if address in str(mail["To"]) and answers in (str(mail["In-Reply-To"] or ""), ""):
                found.append(mail)
                return True
        return False

    await _until(look, f"a mail to {address} in {stage.outbound}")
    return found[0]


async def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not await asyncio.to_thread(condition):
        if time.monotonic() > end:
            raise NothingCame(f"waited {PATIENCE_SECONDS:g} s for {what}; the log above says why it did not come")
        await asyncio.sleep(0.05)
