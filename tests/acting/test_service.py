"""Commands through the running program: an answer waits, is taken back by a reply, and the next one leaves in time."""

import email
import email.policy
import time
from email.message import EmailMessage
from pathlib import Path

from gateway.clock import SystemClock
from tests.desk import AGENT, SUPPORT, Post, zone
from tests.peers.process import wait_until
from tests.service import Installation, send

CUSTOMER = "joe@signed.test"
AGENTS = f"""
[[agents]]
name = "Kim"
address = "{AGENT}"
"""
UNDO_SECONDS = 4


def sent(installation: Installation, recipient: str, words: str) -> list[EmailMessage]:
    """The mails to somebody that have left, with such words in their text."""
    found = []
    for file in (installation.state / "outbound").glob("new/*"):
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("plain",))  # type: ignore[attr-defined]
        if mail["To"].addresses[0].addr_spec == recipient and words in " ".join(body.get_content().split()):
            found.append(mail)
    return found


def test_an_answer_is_taken_back_and_the_next_one_leaves(tmp_path: Path) -> None:
    """The customer gets the second one only, and no sooner than it can no longer be taken back."""
    installation = Installation(tmp_path, extra=AGENTS, zone=zone(), desk=f"undo_seconds = {UNDO_SECONDS}").write()
    post = Post(SystemClock())

    def newest(words: str) -> str:
        wait_until(lambda: bool(sent(installation, AGENT, words)), f"a mail with {words!r} leaves", 30)
        return str(sent(installation, AGENT, words)[-1]["Reply-To"].addresses[0].addr_spec)

    def reply(to: str, text: str) -> None:
        send(installation.smtp_port, post.mail(AGENT, to, text), author=AGENT, rcpt=[to])

    with installation.serving():
        send(installation.smtp_port, post.mail(CUSTOMER, SUPPORT, "It fails."), author=CUSTOMER)
        reply(newest("It fails."), "#close\nThe wrong words.")
        reply(newest("The ticket is closed."), "#undo")
        newest("Taken back: your answer, #close.")
        began = time.monotonic()
        reply(newest("Taken back"), "The right words.")
        wait_until(lambda: bool(sent(installation, CUSTOMER, "The right words.")), "the answer leaves", 60)
        assert time.monotonic() - began >= UNDO_SECONDS

    assert [] == sent(installation, CUSTOMER, "The wrong words.")
    ticket = installation.json("ticket", "show", "1")
    assert ["in", "withdrawn", "out"] == [article["kind"] for article in ticket["articles"]]
    assert "waiting_for_customer" == ticket["state"]
