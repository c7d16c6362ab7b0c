"""Held mail through the running program: held by its score, listed, released by a reviewer's reply, learnt by spamd."""

import email
import email.policy
import re
import time
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from tests.desk import AGENT, SUPPORT, Post, zone
from tests.peers.process import wait_until
from tests.peers.spamd import RunningSpamd, running_spamd
from tests.service import Installation, send
from tests.spam.mails import GTUBE

AGENTS = f"""
[[agents]]
name = "Kim"
address = "{AGENT}"
"""


@pytest.fixture
def server() -> Iterator[RunningSpamd]:
    """A spamd of its own, for its log tells what it learnt."""
    with running_spamd() as server:
        yield server


def sent_to_agent(installation: Installation, subject: str) -> EmailMessage:
    """The newest mail to the agent with such a subject."""
    found: list[EmailMessage] = []

    def is_there() -> bool:
        folder = installation.state / "outbound"
        for raw in [file.read_bytes() for file in folder.glob("new/*")]:
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            if mail["To"].addresses[0].addr_spec == AGENT and subject in mail["Subject"]:
                found.append(mail)
        return bool(found)

    wait_until(is_there, f"a mail about {subject!r} is sent", 30)
    return found[-1]


def test_a_reviewers_reply_lets_held_mail_go_on(tmp_path: Path, server: RunningSpamd) -> None:
    """From the score to the ticket, which has the mail's own time; spamd is taught."""
    installation = Installation(tmp_path, extra=AGENTS, spam=f"port = {server.port}", zone=zone()).write()
    post = Post(SystemClock())
    with installation.serving() as served:
        send(
            installation.smtp_port,
            post.mail("joe@signed.test", SUPPORT, GTUBE, subject="Payment"),
            author="joe@signed.test",
        )
        assert 1 == installation.wait_decided(1)["held"]
        came = SystemClock().now()
        installation.run("held", "digest")
        digest = sent_to_agent(installation, "Held mail")
        body = digest.get_body(("plain",))
        assert body is not None
        assert re.search(r"^1\. joe@signed\.test\s+Payment\s+spam score", body.get_content(), re.MULTILINE)
        assert digest.get_body(("html",)) is not None
        time.sleep(1)
        address = digest["Reply-To"].addresses[0].addr_spec
        send(installation.smtp_port, post.mail(AGENT, address, "release 1"), author=AGENT, rcpt=[address])
        audit = installation.wait_decided(2)
        wait_until(lambda: bool(served.events("lesson_taught")), "spamd learnt it", 30)
        done = sent_to_agent(installation, "done").get_body(("plain",))

    assert (1, 0, True) == (audit["tickets_opened"], audit["held"], audit["even"])
    ticket = installation.json("ticket", "show", "1")
    assert datetime.fromisoformat(ticket["opened_at"]) <= came
    assert "released from held by Kim" in next(
        event["detail"][:25] for event in ticket["events"] if event["kind"] == "released"
    )
    assert done is not None
    assert "held: 1." in " ".join(done.get_content().split())
    assert ["ham"] == [event["lesson"] for event in served.events("lesson_taught")]
