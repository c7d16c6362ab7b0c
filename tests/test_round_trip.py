"""The whole path on real servers: mutt, Postfix with OpenDKIM, us, SpamAssassin, DNS, a second Postfix, Dovecot, mutt.

mutt ─► Postfix (signs) ─► Postfix in front ─ LMTP ─► serve ─ SMTP ─► Postfix ─ LMTP ─► Dovecot ─► mutt, IMAP
                                 └── a copy ─ LMTP ─► Dovecot ─ IMAP ─► serve
"""

import email
import email.policy
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.peers.dns import ServeZone
from tests.peers.dovecot import PASSWORD, Dovecot
from tests.peers.mutt import mutt_reply, mutt_send
from tests.peers.opendkim import running_opendkim
from tests.peers.postfix import Postfix
from tests.peers.process import wait_until
from tests.peers.spamd import RunningSpamd
from tests.service import SUPPORT, Installation, Serving

CUSTOMER = "ann@bread.test"
AGENT = "kim@desk.test"
COPY = "copy@support.test"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
ACCOUNT = (
    '{"id": "7", "name": "Bakery", "phone": "+30 210 555", "shops": [{"id": "s1", "domain": "bread.test"}], '
    '"addresses": [{"address": "ann@bread.test", "verified": true}]}\n'
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that runs."""

    installation: Installation
    served: Serving
    outside: Postfix
    dovecot: Dovecot
    folder: Path

    @property
    def smtp_url(self) -> str:
        """Where the people's mail programs send to."""
        return f"smtp://127.0.0.1:{self.outside.port}"

    def mailbox(self, user: str) -> str:
        """A person's mailbox, as mutt names it."""
        return f"imap://{user}@127.0.0.1:{self.dovecot.imap_port}/INBOX"

    def mails(self, user: str) -> list[EmailMessage]:
        """What lies in a person's mailbox."""
        with self.dovecot.log_in(user) as client:
            client.select_folder("INBOX", readonly=True)
            fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
            raws = [fetched[uid][b"BODY[]"] for uid in sorted(fetched)]
        found = [email.message_from_bytes(raw, policy=email.policy.default) for raw in raws]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    def wait_for_mail(self, user: str, subject: str, count: int = 1) -> EmailMessage:
        """Wait until so many mails with these words in the subject are there; the newest."""
        found: list[EmailMessage] = []

        def look() -> bool:
            found[:] = [mail for mail in self.mails(user) if subject in str(mail["Subject"])]
            return len(found) >= count

        wait_until(look, f"{count} × {subject!r} in the mailbox of {user}: {self.served.log()[-3000:]}", 60)
        return found[-1]

    def threads(self, user: str) -> int:
        """Into how many threads the server sorts the mailbox (RFC 5256, REFERENCES)."""
        with self.dovecot.log_in(user) as client:
            client.select_folder("INBOX", readonly=True)
            return len(client.thread("REFERENCES"))


@pytest.fixture
def world(
    tmp_path: Path,
    postfix: Callable[..., Postfix],
    private_dovecot: Dovecot,
    serve_zone: ServeZone,
    spamd: RunningSpamd,
) -> Iterator[World]:
    """Start it all."""
    dovecot = private_dovecot
    inboxes = f"lmtp:inet:127.0.0.1:{dovecot.lmtp_port}"
    with running_opendkim(["bread.test", "desk.test"]) as dkim:
        installation = Installation(tmp_path)
        front = postfix(
            "relay_domains = desk.test reply.desk.test support.test\n"
            f"transport_maps = inline:{{ {{desk.test=lmtp:inet:127.0.0.1:{installation.lmtp_port}}}, "
            f"{{reply.desk.test=lmtp:inet:127.0.0.1:{installation.lmtp_port}}}, {{support.test={inboxes}}} }}\n"
            f"recipient_bcc_maps = inline:{{ {{{SUPPORT}={COPY}}} }}\n"
        )
        outside = postfix(
            f"relayhost = [127.0.0.1]:{front.port}\ntransport_maps =\nsmtpd_milters = {dkim.milter}\n"
            "milter_default_action = tempfail\n"
        )
        smarthost = postfix(
            "relay_domains = bread.test desk.test\n"
            f"transport_maps = inline:{{ {{bread.test={inboxes}}}, {{desk.test={inboxes}}} }}\n"
        )
        (tmp_path / "password").write_text(PASSWORD)
        installation.dns = f'servers = ["{serve_zone(dkim.zone).address}"]'
        installation.spam = f"port = {spamd.port}"
        installation.outbox = f'destination = "smtp://127.0.0.1:{smarthost.port}"\ntls_ca_file = "{smarthost.ca_file}"'
        installation.extra = f"""
[[agents]]
name = "Kim"
address = "{AGENT}"
languages = ["en"]
[[ingest.imap]]
name = "copy"
host = "127.0.0.1"
port = {dovecot.imap_port}
security = "none"
user = "{COPY}"
password_file = "{tmp_path}/password"
"""
        installation.write()
        (tmp_path / "accounts.jsonl").write_text(ACCOUNT)
        installation.run("account", "import", str(tmp_path / "accounts.jsonl"))
        with installation.serving() as served:
            yield World(installation=installation, served=served, outside=outside, dovecot=dovecot, folder=tmp_path)


def test_a_customers_mail_becomes_a_ticket_and_the_answer_reaches_him(world: World) -> None:
    """Mail, receipt, reply, notification, answer: composed by real programs, found in one thread."""
    picture = world.folder / "screen.png"
    picture.write_bytes(PNG)
    mutt_send(
        smtp_url=world.smtp_url,
        sender=CUSTOMER,
        name="Ann",
        to=SUPPORT,
        subject="Payment fails",
        body="Hello,\nthe page stays empty.\n",
        attachments=[picture],
    )
    receipt = world.wait_for_mail(CUSTOMER, "We have your message (ticket 1)")
    world.wait_for_mail(AGENT, "Ticket 1")
    mutt_reply(
        world.mailbox(CUSTOMER),
        pattern="~s 'We have your message'",
        text="It is only with cards.\n",
        smtp_url=world.smtp_url,
        sender=CUSTOMER,
        password=PASSWORD,
    )
    notification = world.wait_for_mail(AGENT, "Ticket 1", 2)
    mutt_reply(
        world.mailbox(AGENT),
        pattern="~b 'only with cards'",
        text="Dear Ann,\n\nplease try again now.\n",
        smtp_url=world.smtp_url,
        sender=AGENT,
        password=PASSWORD,
    )
    answer = world.wait_for_mail(CUSTOMER, "Re: Payment fails")
    # The copy that Dovecot got is read by IMAP: the same mail by another door.
    audit = world.installation.wait_decided(4)

    assert audit["outcomes"] == {"open": 1, "append": 1, "commands": 1, "duplicate": 1}
    assert (audit["even"], audit["tickets_opened"]) == (True, 1)
    assert str(receipt["Auto-Submitted"]) == "auto-replied"
    assert str(answer["Auto-Submitted"] or "") == ""
    assert "please try again now." in answer.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert world.threads(CUSTOMER) == 1
    shown = [part for part in first_notification(world).walk() if part.get_content_maintype() == "image"]
    assert [(part.get_content(), part.get_content_disposition()) for part in shown] == [(PNG, "inline")]
    ticket = world.installation.json("ticket", "show", "1")
    assert ticket["state"] == "waiting_for_customer"
    assert AGENT not in answer.as_string()
    for secret in ("+30 210 555", "Kim", "internal", "a1-"):
        assert secret not in answer.as_string(), secret
    assert str(notification["Reply-To"]).startswith("a1-")


def first_notification(world: World) -> EmailMessage:
    """The agent's first mail."""
    return world.mails(AGENT)[0]


def test_gtube_ends_held_by_every_door(world: World) -> None:
    """SMTP, LMTP, IMAP, a file and a pipe: held each time, and nobody outside of the desk is written to."""
    installation = world.installation

    def spam(door: str) -> bytes:
        head = f"From: joe@elsewhere.test\r\nTo: {SUPPORT}\r\nSubject: by {door}\r\nMessage-ID: <{door}@elsewhere.test>"
        return f"{head}\r\n\r\n{GTUBE}\r\n".encode()

    for door, kind, port in (
        ("smtp", smtplib.SMTP, installation.smtp_port),
        ("lmtp", smtplib.LMTP, installation.lmtp_port),
        ("postfix", smtplib.SMTP, world.outside.port),
    ):
        with kind("127.0.0.1", port, timeout=30) as client:
            client.sendmail("joe@elsewhere.test", [SUPPORT], spam(door))
    world.dovecot.deliver(COPY, spam("imap"))
    (world.folder / "spam.eml").write_bytes(spam("file"))
    installation.run("import", str(world.folder / "spam.eml"))
    installation.run("import", "-", stdin=spam("pipe"))

    audit = installation.wait_decided(7)
    assert audit["outcomes"] == {"hold": 6, "duplicate": 1}
    mails = [*installation.json("outbox", "list"), *installation.json("outbox", "list", "--state", "sent")]
    assert audit["even"]
    assert {each["recipient"] for each in mails} <= {
        AGENT
    }  # the list of held mail comes within minutes where it is due
    held = installation.json("held", "list")
    assert {entry["via"] for entry in held} == {"smtp", "lmtp", "imap", "file", "pipe"}
