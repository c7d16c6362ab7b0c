"""A flood of machines' mail, and one customer: is his ticket there in time, and was nobody else written to?

    make flood                                       50,000 list mails, 10,000 forged bounces, one customer's mail
    .venv/bin/python -m scripts.flood [--lists N] [--bounces N] [--seconds S]

A real `serve` takes all of it by SMTP; the customer's mail is handed over when the whole flood has been accepted and
most of it still waits to be decided. Then everything is decided, and what left is counted. Ends with 1 where the ticket
came later than S seconds after the customer's mail was accepted, or anybody but him and the agent was written to.
"""

import argparse
import random
import re
import smtplib
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripts.bench_feed import Fed, Prepared, feed
from scripts.bench_gateway import Site, make_site, serving
from scripts.bench_mails import AGENT, RECIPIENT, BenchMail, make_mails
from tests.peers.process import wait_until

SECONDS = 60.0
CONNECTIONS = 20
DRAIN_SECONDS = 3600.0
_WORDS = ("sale", "today", "offer", "news", "price", "free", "week", "summer", "shop", "order", "save", "best", "new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flooded:
    """What was measured."""

    accepted: int
    refused: int
    seconds_to_accept: float
    pending: int
    """Mails that waited to be decided when the customer's came."""
    seconds_to_ticket: float
    seconds_to_decide: float
    """From the first mail until all were decided."""
    outcomes: dict[str, int]
    recipients: tuple[str, ...]
    """To whom anything was sent, each mail once, in the order of the alphabet."""
    expected_recipients: tuple[str, ...]
    is_even: bool

    @property
    def is_quiet(self) -> bool:
        """Was nobody written to but the customer and the agent?"""
        return self.recipients == self.expected_recipients


def flood(folder: Path, *, lists: int, bounces: int) -> Flooded:
    """Let it come, and measure."""
    site = make_site(folder)
    (customer,) = make_mails(1, seed=7, at=datetime.now(UTC) - timedelta(minutes=1))
    mails = machines_mails(lists, bounces)
    with serving(site):
        began = time.monotonic()
        fed = _fed(site, mails)
        accepted_at = time.monotonic()
        pending = len(fed.accepted) - _count(site, "outcome")
        _send(site, customer)
        sent_at = time.monotonic()
        wait_until(lambda: _count(site, "ticket") > 0, "the customer's ticket is there", 10 * SECONDS)
        ticket_at = time.monotonic()
        total = len(fed.accepted) + 1
        wait_until(lambda: _count(site, "outcome") >= total, "all is decided", DRAIN_SECONDS)
        decided_at = time.monotonic()
        wait_until(lambda: _is_outbox_empty(site), "what is to leave has left", 120)
        audit = site.audit()
    return Flooded(
        accepted=len(fed.accepted),
        refused=len(fed.refused),
        seconds_to_accept=accepted_at - began,
        pending=pending,
        seconds_to_ticket=ticket_at - sent_at,
        seconds_to_decide=decided_at - began,
        outcomes=audit["outcomes"],
        recipients=tuple(sorted(_recipient(path) for path in site.outbound.iterdir())),
        expected_recipients=tuple(sorted((customer.author, AGENT))),
        is_even=audit["even"],
    )


def machines_mails(lists: int, bounces: int) -> list[Prepared]:
    """The flood, shuffled, the same for the same numbers."""
    chance = random.Random(7)  # noqa: S311  reproducible, not secret
    mails = [_list_mail(chance, number) for number in range(lists)]
    mails += [_forged_bounce(chance, number) for number in range(bounces)]
    chance.shuffle(mails)
    return mails


def _list_mail(chance: random.Random, number: int) -> Prepared:
    domain = f"list{number % 500}.test"
    text = "\r\n".join(" ".join(chance.choices(_WORDS, k=11)) for _ in range(20))
    raw = (
        f"From: News <news@{domain}>\r\nTo: {RECIPIENT}\r\nSubject: {' '.join(chance.choices(_WORDS, k=4))}\r\n"
        f"Date: Tue, 01 Sep 2026 08:00:00 +0000\r\nMessage-ID: <{number}@{domain}>\r\n"
        f"List-Id: <news.{domain}>\r\nList-Unsubscribe: <mailto:leave@{domain}>\r\n\r\n{text}\r\n"
    )
    return _prepared(f"list-{number}", f"bounces-{number}@{domain}", raw)


def _forged_bounce(chance: random.Random, number: int) -> Prepared:
    victim = f"owner{chance.randrange(250)}@shop{chance.randrange(40)}.test"
    raw = (
        f"From: MAILER-DAEMON@mx{number}.test\r\nTo: {RECIPIENT}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <{number}@mx{number}.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\n\r\nYour mail to {victim} could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx{number}.test\r\n\r\nFinal-Recipient: rfc822; {victim}\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--b--\r\n"
    )
    return _prepared(f"bounce-{number}", "", raw)


def _prepared(name: str, mail_from: str, raw: str) -> Prepared:
    commands = f"MAIL FROM:<{mail_from}>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n"
    return Prepared(name, commands.encode(), raw.encode() + b".\r\n")


def _fed(site: Site, mails: Sequence[Prepared]) -> Fed:
    found: list[Fed] = []
    thread = threading.Thread(
        target=lambda: found.append(feed(site.smtp_port, mails, lmtp=False, connections=CONNECTIONS))
    )
    thread.start()
    thread.join()
    return found[0]


def _send(site: Site, mail: BenchMail) -> None:
    with smtplib.SMTP("127.0.0.1", site.smtp_port, timeout=60) as smtp:
        smtp.sendmail(mail.author, [RECIPIENT], mail.signature + mail.raw)


def _count(site: Site, table: str) -> int:
    path = site.folder / "ticket-gateway.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as store:
        return int(store.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  one of two names


def _is_outbox_empty(site: Site) -> bool:
    path = site.folder / "ticket-gateway.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as store:
        return store.execute("SELECT 1 FROM outbox WHERE state = 'queued' LIMIT 1").fetchone() is None


def _recipient(path: Path) -> str:
    found = re.search(rb"^To: (?:\"[^\"]*\" )?<?([^>\r\n]+)", path.read_bytes(), re.MULTILINE)
    return found[1].decode() if found else ""


def main(arguments: Sequence[str]) -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=int, default=50_000)
    parser.add_argument("--bounces", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = flood(Path(folder) / "site", lists=options.lists, bounces=options.bounces)
    lines = (
        f"accepted {found.accepted} mails in {found.seconds_to_accept:.0f} s, refused {found.refused}",
        f"{found.pending} of them waited to be decided when the customer's mail was handed over",
        f"his ticket was there after {found.seconds_to_ticket:.1f} s",
        f"all was decided after {found.seconds_to_decide:.0f} s: {found.outcomes}, books even: {found.is_even}",
        f"written to: {', '.join(found.recipients)}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    is_whole = not found.refused and found.is_even and found.is_quiet
    return 0 if is_whole and found.seconds_to_ticket <= options.seconds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
