"""One running gateway for all of these tests: SMTP in, the real store, and everything that leaves it."""

import json
import smtplib
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from gateway.tokens import Keys, Purpose, body_reference
from tests.identity.post import Mail
from tests.identity.zone import AWAY, NO_ANSWER, zone
from tests.peers.dns import running_dns
from tests.peers.process import wait_until
from tests.service import Installation, Serving

KIM, LEE = "kim@desk.test", "lee@desk.test"
AGENTS = (KIM, LEE)
LOGIN = "https://shops.test/login"
REPLY_DOMAIN = "reply.desk.test"
KEYS = Keys({0: bytes(range(32))})
CONNECTIONS = 8
FIVE_HOURS = 5 * 3600 * 1_000_000
"""Microseconds, as the store counts time."""
Row = dict[str, Any]
Snapshot = dict[str, dict[str, Row]]

_NOT_KEPT = ("spool", "raw", "outcome", "lease", "alembic_version", "sqlite_sequence", "blob")
_KEPT_STILL = {
    "outbox": {"state", "tries", "next_try_at", "claimed_by", "claimed_until", "last_code", "last_text", "done_at"}
}
"""Columns that change by themselves: a mail that leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the dialogue said to a mail, and what became of it."""

    mail: Mail
    code: int
    said: str
    entry: str = ""
    """Empty where it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided about a mail."""

    entry: str
    action: str
    why: str
    ticket_id: int | None
    article_id: int | None
    explained: Row

    @property
    def grade(self) -> str:
        """A0 to A3, or A?."""
        return str(self.explained["authentication"]["grade"])

    @property
    def token(self) -> str:
        """T0 to T3."""
        return str(self.explained["identity"]["token"])

    @property
    def standing(self) -> str:
        """S0 to S2."""
        return str(self.explained["identity"]["sender"])

    @property
    def reasons(self) -> str:
        """Every `why` of the explanation."""
        parts = (self.explained[part]["why"] for part in ("nature", "authentication", "identity", "match", "plan"))
        return " | ".join(map(str, (*parts, self.explained["spam"]["why"], *self.explained["mail"]["defects"])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A mail that was queued to leave."""

    id: int
    template: str
    recipient: str
    ticket_id: int | None
    article_id: int | None
    reply_to: str
    content: Row
    """The whole of it, as it is kept."""

    @property
    def values(self) -> dict[str, str]:
        """What its template is filled with."""
        return dict(self.content["values"])


@dataclass(slots=True)
class World:
    """The gateway and its surroundings."""

    installation: Installation
    served: Serving

    def add_accounts(self, accounts: Sequence[Row]) -> None:
        """Import accounts, as an operator does."""
        file = self.installation.folder / "accounts.jsonl"
        file.write_text("".join(json.dumps(account) + "\n" for account in accounts))
        self.installation.run("account", "import", str(file))

    def send(self, mails: Sequence[Mail]) -> list[Sent]:
        """Send mails, several at once; what each was told, in their order."""
        lots = [mails[start::CONNECTIONS] for start in range(CONNECTIONS)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            found = list(pool.map(self._send_lot, lots, range(CONNECTIONS)))
        return [found[index % CONNECTIONS][index // CONNECTIONS] for index in range(len(mails))]

    def take(self, mails: Sequence[Mail], *, seconds: float = 60) -> list[Outcome]:
        """Send mails that must be accepted, and wait for what becomes of each."""
        sent = self.send(mails)
        refused = [f"{each.code} {each.said}" for each in sent if not each.entry]
        assert not refused, refused
        return self.outcomes([each.entry for each in sent], seconds=seconds)

    def outcomes(self, entries: Sequence[str], *, seconds: float = 60) -> list[Outcome]:
        """Wait for the outcomes of these entries."""
        found: dict[str, Outcome] = {}

        def all_decided() -> bool:
            found.update(self._decided(set(entries) - set(found)))
            return len(found) == len(set(entries))

        wait_until(all_decided, f"{len(entries)} mails are decided: {self.served.log()[-2000:]}", seconds)
        return [found[entry] for entry in entries]

    def rows(self, statement: str, *values: object) -> list[Row]:
        """What the store holds."""
        with closing(self._connect("ro")) as database:
            return [dict(row) for row in database.execute(statement, values)]

    def row(self, statement: str, *values: object) -> Row:
        """The one row."""
        (found,) = self.rows(statement, *values)
        return found

    def ticket(self, ticket_id: int | None) -> Row:
        """A ticket."""
        return self.row("SELECT * FROM ticket WHERE id = ?", ticket_id)

    def article(self, article_id: int | None) -> Row:
        """An article."""
        return self.row("SELECT * FROM article WHERE id = ?", article_id)

    def story(self, ticket_id: int | None) -> list[str]:
        """The kinds of a ticket's events, in their order."""
        found = self.rows("SELECT kind FROM event WHERE ticket_id = ? ORDER BY id", ticket_id)
        return [row["kind"] for row in found]

    def departures(self, *, after: int = 0, ticket_id: int | None = None) -> list[Departure]:
        """What was queued to leave, oldest first."""
        rows = self.rows("SELECT * FROM outbox WHERE id > ? ORDER BY id", after)
        found = [_departure(row) for row in rows]
        return [each for each in found if ticket_id is None or each.ticket_id == ticket_id]

    def last_departure(self) -> int:
        """The newest of them: what comes later belongs to what is sent later."""
        return int(self.row("SELECT coalesce(max(id), 0) AS last FROM outbox")["last"])

    def unsent(self) -> int:
        """How many of them still wait."""
        return int(self.row("SELECT count(*) AS waiting FROM outbox WHERE state = 'queued'")["waiting"])

    def delivered(self) -> list[Message]:
        """What really left: the way out is a Maildir."""
        files = sorted((self.installation.state / "outbound" / "new").iterdir())
        return [message_from_bytes(file.read_bytes()) for file in files]

    def snapshot(self) -> Snapshot:
        """Every row of every table that tells of tickets, accounts and mail."""
        names = [row["name"] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._table(name) for name in names if name not in _NOT_KEPT}

    def waiting(self, entries: Sequence[str]) -> dict[str, str]:
        """Which of these entries were put off, each with why."""
        marks = ", ".join("?" * len(entries))
        rows = self.rows(
            f"SELECT id, last_error FROM spool WHERE state = 'pending' AND last_error IS NOT NULL AND id IN ({marks})",
            *entries,
        )
        return {row["id"]: row["last_error"] for row in rows}

    def hours_pass(self, entries: Sequence[str]) -> None:
        """Let these waiting entries have come five hours ago: the bound for DNS is over."""
        with closing(self._connect("rw")) as database, database:
            database.executemany(
                "UPDATE spool SET received_at = received_at - ?, next_try_at = 0 WHERE id = ? AND state = 'pending'",
                [(FIVE_HOURS, entry) for entry in entries],
            )

    def explain(self, entries: Sequence[str]) -> list[Row]:
        """What `ticket-gateway explain` tells of these entries."""
        named = [argument for entry in entries for argument in ("--entry", entry)]
        found = self.installation.json("explain", *named)
        return found if isinstance(found, list) else [found]

    def _send_lot(self, mails: Sequence[Mail], lot: int) -> list[Sent]:
        clients: dict[str, smtplib.SMTP] = {}
        # One address may send 600 mails a minute: those who send from anywhere do so from several.
        peers = {AWAY: f"127.0.1.{lot + 1}"}
        try:
            return [self._send_one(clients, each, peers.get(each.peer, each.peer)) for each in mails]
        finally:
            for client in clients.values():
                with suppress(smtplib.SMTPException, OSError):
                    client.quit()
                client.close()

    def _send_one(self, clients: dict[str, smtplib.SMTP], mail: Mail, peer: str) -> Sent:
        if peer not in clients:
            clients[peer] = smtplib.SMTP(
                "127.0.0.1",
                self.installation.smtp_port,
                local_hostname="mail.test",
                timeout=30,
                source_address=(peer, 0),
            )
            clients[peer].ehlo()
        client = clients[peer]
        code, text = client.mail(mail.mail_from)
        for recipient in mail.rcpt:
            if code == 250:
                code, text = client.rcpt(recipient)
        if code in (250, 251):
            code, text = client.data(mail.raw)
        else:
            client.rset()
        said = text.decode()
        return Sent(mail=mail, code=code, said=said, entry=said.rpartition(" ")[2] if code == 250 else "")

    def _decided(self, entries: set[str]) -> dict[str, Outcome]:
        marks = ", ".join("?" * len(entries))
        rows = self.rows(f"SELECT * FROM outcome WHERE entry_id IN ({marks})", *entries)
        return {row["entry_id"]: _outcome(row) for row in rows}

    def _table(self, name: str) -> dict[str, Row]:
        left_out = _KEPT_STILL.get(name, set())
        keys = [row["name"] for row in self.rows(f"PRAGMA table_info({name})") if row["pk"]]
        rows = self.rows(f"SELECT * FROM {name}")
        return {
            "/".join(str(row[key]) for key in keys): {
                column: value for column, value in row.items() if column not in left_out
            }
            for row in rows
        }

    def _connect(self, mode: str) -> sqlite3.Connection:
        file = self.installation.state / "ticket-gateway.db"
        database = sqlite3.connect(f"file:{file}?mode={mode}", uri=True, timeout=30)
        database.row_factory = sqlite3.Row
        return database


def token(
    purpose: Purpose,
    ticket: Row,
    address: str,
    *,
    day: date | None = None,
    keys: Keys = KEYS,
    domain: str = REPLY_DOMAIN,
) -> str:
    """An address as the desk would issue it for a ticket."""
    issued = keys.issue(purpose, ticket_ref=ticket["ref"], address=address, day=day or datetime.now(UTC).date())
    return f"{issued}@{domain}"


def reference(ticket: Row, address: str) -> str:
    """The reference at the foot of the desk's mails."""
    issued = KEYS.issue(Purpose.TEXT, ticket_ref=ticket["ref"], address=address, day=datetime.now(UTC).date())
    return body_reference(issued)


@contextmanager
def running_world(folder: Path) -> Iterator[World]:
    """Start it all; SQLite, no spam engine, DNS from a real server."""
    with running_dns(zone(), servfail=NO_ANSWER) as dns:
        installation = Installation(folder, dns=f'servers = ["{dns.address}"]\ntimeout_seconds = 2')
        installation.gateway = f'login_url = "{LOGIN}"\ndesk_name = "Shop Support"'
        installation.outbox += "\nneutral_delay_seconds = [0, 0]"  # its randomness is shown elsewhere
        installation.extra = "".join(
            f'[[agents]]\nname = "{address.partition("@")[0].title()}"\naddress = "{address}"\nlanguages = ["en"]\n'
            for address in AGENTS
        )
        installation.write()
        with installation.serving() as served:
            yield World(installation, served)


def _outcome(row: Row) -> Outcome:
    return Outcome(
        entry=row["entry_id"],
        action=row["action"],
        why=row["why"],
        ticket_id=row["ticket_id"],
        article_id=row["article_id"],
        explained=json.loads(row["explanation"]),
    )


def _departure(row: Row) -> Departure:
    content = json.loads(row["outgoing"])
    return Departure(
        id=row["id"],
        template=content["template"],
        recipient=row["recipient"],
        ticket_id=row["ticket_id"],
        article_id=row["article_id"],
        reply_to=content["reply_to"],
        content=content,
    )
