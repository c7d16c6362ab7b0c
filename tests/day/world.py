"""The servers of that day, what lies in everybody's mailbox, and what the store says.

mutt ─► Postfix (signs; a copy of everything) ─► Postfix in front ─ LMTP ─► serve ─ SMTP ─► Postfix ─ LMTP ─► Dovecot
"""

import email
import email.policy
import json
import smtplib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid, parsedate_to_datetime
from pathlib import Path
from typing import Any

from gateway.tokens import Keys, Purpose, body_reference
from tests.day.people import AGENTS, CUSTOMERS, DESK, DOMAINS, SPECIALIST
from tests.peers.dns import running_dns
from tests.peers.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.peers.mutt import mutt_forward, mutt_reply, mutt_send
from tests.peers.opendkim import running_opendkim
from tests.peers.postfix import Postfix, running_postfix
from tests.peers.process import wait_until
from tests.peers.spamd import RunningSpamd
from tests.service import SUPPORT, Installation, Serving

UNDO_SECONDS = 15
"""An answer waits so long: on a busy machine an agent's second mail must be here before that."""
ARCHIVE = "archive@archive.test"
"""Gets a copy of whatever people send."""
PROGRAMS = 3
"""People who type at the same moment."""
SECONDS = 120
KEYS = Keys({0: bytes(range(32))})


@dataclass(slots=True)
class World:
    """Everything that runs."""

    installation: Installation
    served: Serving
    outside: Postfix
    dovecot: Dovecot
    folder: Path
    typing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PROGRAMS))

    # --- people at their mail programs

    def write(self, sender: str, subject: str, text: str, *, to: str = SUPPORT, files: tuple[Path, ...] = ()) -> None:
        """A new mail."""
        with self.typing:
            mutt_send(smtp_url=self._smtp, sender=sender, to=to, subject=subject, body=text, attachments=files)

    def reply(self, to: EmailMessage, text: str, *, files: tuple[Path, ...] = (), at_once: bool = False) -> None:
        """The recipient of a mail in his mailbox replies to it: his text on top, what mutt quotes below."""
        with threading.Semaphore() if at_once else self.typing:
            mutt_reply(text=text, attachments=files, **self._open(to))

    def forward(self, mail: EmailMessage, text: str, *, to: str = SUPPORT) -> None:
        """The recipient of a mail passes it on."""
        with self.typing:
            mutt_forward(text=text, to=to, **self._open(mail))

    def answer_by_itself(self, mail: EmailMessage, subject: str, text: str) -> None:
        """The mail program of a mail's recipient answers although he is not there."""
        answer = EmailMessage()
        answer["From"], answer["To"], answer["Subject"] = mail["To"], mail["Reply-To"], subject
        answer["Date"], answer["Message-ID"] = mail["Date"], make_msgid(domain="desk.test")
        answer["In-Reply-To"] = answer["References"] = mail["Message-ID"]
        answer["Auto-Submitted"] = "auto-replied"
        answer.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.outside.port, timeout=60) as client:
            client.send_message(answer, address_of(mail), [str(mail["Reply-To"]).strip("<>")])

    # --- mailboxes

    def mails(self, address: str) -> list[EmailMessage]:
        """What lies in a mailbox, in the order in which it came."""
        with self.dovecot.log_in(address) as client:
            client.select_folder("INBOX", readonly=True)
            fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
        raws = [fetched[uid][b"BODY[]"] for uid in sorted(fetched)]
        return [email.message_from_bytes(raw, EmailMessage, policy=email.policy.default) for raw in raws]

    def threads(self, address: str) -> int:
        """Into how many conversations the server sorts a mailbox (RFC 5256, REFERENCES)."""
        with self.dovecot.log_in(address) as client:
            client.select_folder("INBOX", readonly=True)
            return len(client.thread("REFERENCES"))

    def wait(self, address: str, template: str, name: str = "", *, count: int = 1) -> EmailMessage:
        """Wait until so many mails of this template lie in the mailbox, of the ticket of `name`; the newest of them."""
        found: list[EmailMessage] = []

        def look() -> bool:
            wanted = self.sent(address, template, self.ticket(name) if name else None)
            if len(wanted) < count:
                return False
            found[:] = [mail for mail in self.mails(address) if mail["Message-ID"] in wanted]
            return len(found) >= count

        def what() -> str:
            return f"{count} × {template} about {name} in the mailbox of {address}: {self.state()}"

        self.until(look, what)
        return found[-1]

    def until(self, condition: Callable[[], object], what: Callable[[], str], seconds: float = SECONDS) -> None:
        """Wait, and look only now and then: others want the processor as well."""
        done = threading.Event()
        for _ in range(round(seconds / 0.25)):
            if condition():
                return
            done.wait(0.25)
        raise AssertionError(f"not within {seconds:g} s: {what()}")

    # --- what the gateway knows

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """What the store holds."""
        file = self.installation.state / "ticket-gateway.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(statement, values)]

    def ticket(self, name: str) -> int:
        """The number of a customer's ticket; of his second one, for example, with `hans 2`; 0 before there is one."""
        who, _, which = name.partition(" ")
        rows = self.rows("SELECT id FROM ticket WHERE correspondent LIKE ? ORDER BY id", f"{who}@%")
        number = int(which or 1)
        return int(rows[number - 1]["id"]) if len(rows) >= number else 0

    def story(self, name: str) -> list[str]:
        """The kinds of events of a ticket."""
        rows = self.rows("SELECT kind FROM event WHERE ticket_id = ? ORDER BY id", self.ticket(name))
        return [row["kind"] for row in rows]

    def outbox(self) -> list[dict[str, Any]]:
        """Every mail that left, or is to leave, with the name of its template."""
        rows = self.rows("SELECT id, ticket_id, message_id, recipient, state, outgoing FROM outbox ORDER BY id")
        return [{**row, **json.loads(row["outgoing"])} | {"recipient": row["recipient"]} for row in rows]

    def sent(self, address: str, template: str, ticket: int | None = None) -> list[str]:
        """The Message-IDs of the mails that left."""
        statement = (
            "SELECT message_id FROM outbox WHERE recipient = ? AND json_extract(outgoing, '$.template') = ? "
            "AND state = 'sent' AND ticket_id = coalesce(?, ticket_id)"
        )
        return [row["message_id"] for row in self.rows(statement, address, template, ticket)]

    def reference(self, name: str, mail: EmailMessage) -> str:
        """The reference at the foot of a mail to the customer of a ticket."""
        (row,) = self.rows("SELECT ref FROM ticket WHERE id = ?", self.ticket(name))
        day = parsedate_to_datetime(str(mail["Date"])).date()
        token = KEYS.issue(Purpose.TEXT, ticket_ref=row["ref"], address=address_of(mail), day=day)
        return body_reference(token)

    def state(self) -> str:
        """For a failure: what came, what left and what the program said last."""
        came = self.rows("SELECT action, why, ticket_id FROM outcome ORDER BY decided_at")
        rows = self.outbox()
        left = [(row["template"], row["recipient"], row["ticket_id"], row["state"]) for row in rows]
        told = [value for row in rows for key, value in dict(row["values"]).items() if key in ("problem", "done")]
        return "\n".join(map(str, (*came, *left, *told, self.served.log()[-2000:])))

    @property
    def _smtp(self) -> str:
        return f"smtp://127.0.0.1:{self.outside.port}"

    def _open(self, mail: EmailMessage) -> dict[str, str]:
        person = address_of(mail)
        return {
            "mailbox": f"imap://{person}@127.0.0.1:{self.dovecot.imap_port}/INBOX",
            "pattern": f"~i {str(mail['Message-ID']).strip('<>')}",
            "smtp_url": self._smtp,
            "sender": person,
            "password": PASSWORD,
        }


def address_of(mail: EmailMessage) -> str:
    """To whom it was sent."""
    return str(mail["To"].addresses[0].addr_spec)


def plain(mail: EmailMessage) -> bytes:
    """Its text/plain part, decoded and otherwise as it came."""
    part = mail.get_body(("plain",))
    assert part is not None
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


@contextmanager
def running_world(folder: Path, spamd: RunningSpamd) -> Iterator[World]:
    """Start it all."""
    installation = Installation(folder)
    ours = f"lmtp:inet:127.0.0.1:{installation.lmtp_port}"
    with ExitStack() as stack:
        dkim = stack.enter_context(running_opendkim(DOMAINS))
        dns = stack.enter_context(running_dns(dkim.zone))
        dovecot = stack.enter_context(running_dovecot())
        inboxes = f"lmtp:inet:127.0.0.1:{dovecot.lmtp_port}"
        front = stack.enter_context(
            running_postfix(
                "relay_domains = desk.test reply.desk.test archive.test\n"
                f"transport_maps = inline:{{ {{{SUPPORT}={ours}}}, {{reply.desk.test={ours}}}, "
                f"{{desk.test={inboxes}}}, {{archive.test={inboxes}}} }}\n"
            )
        )
        outside = stack.enter_context(
            running_postfix(
                f"relayhost = [127.0.0.1]:{front.port}\ntransport_maps =\nsmtpd_milters = {dkim.milter}\n"
                f"milter_default_action = tempfail\nalways_bcc = {ARCHIVE}\n"
            )
        )
        smarthost = stack.enter_context(
            running_postfix(f"relay_domains = static:all\ntransport_maps = static:{inboxes}\n")
        )
        installation.dns = f'servers = ["{dns.address}"]'
        installation.spam = f"port = {spamd.port}"
        installation.outbox = f'destination = "smtp://127.0.0.1:{smarthost.port}"\ntls_ca_file = "{smarthost.ca_file}"'
        _configure(installation)
        served = stack.enter_context(installation.serving())
        yield World(installation=installation, served=served, outside=outside, dovecot=dovecot, folder=folder)


def _configure(installation: Installation) -> None:
    installation.gateway = f'desk_name = "{DESK}"'
    installation.outbox += "\nneutral_delay_seconds = [0, 0]"  # its randomness is shown elsewhere
    installation.desk = (
        f'undo_seconds = {UNDO_SECONDS}\nhours = ["mon-sun 00:00-24:00"]\nspecialists = ["{SPECIALIST}"]'
    )
    installation.extra = AGENTS
    installation.write()
    accounts = installation.folder / "accounts.jsonl"
    accounts.write_text("".join(f"{each.account}\n" for each in CUSTOMERS))
    installation.run("account", "import", str(accounts))


def wait_for_delivery(world: World) -> None:
    """Until everything that was to leave has left, and lies in the mailboxes."""

    def all_there() -> bool:
        rows = world.outbox()
        if any(row["state"] == "queued" for row in rows):
            return False
        wanted: dict[str, int] = {}
        for row in rows:
            wanted[row["recipient"]] = wanted.get(row["recipient"], 0) + (row["state"] == "sent")
        return all(len(world.mails(address)) >= count for address, count in wanted.items())

    wait_until(all_there, "everything is delivered", SECONDS)
