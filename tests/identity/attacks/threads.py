"""Ticket identity and threads: A-01 to A-08 of the threat model."""

from datetime import UTC, datetime, timedelta

from gateway.tokens import Keys, Purpose
from tests.identity.attacks.scene import Attack, Scene
from tests.identity.post import Mail, crlf, mail
from tests.identity.world import token
from tests.identity.zone import EVIL, HOME, LOOSE, Proof
from tests.service import SUPPORT

ADDED = "append_unconfirmed"
NEW = "open_unconfirmed"
ANOTHERS = r"issued to (somebody else|another)"
NO_TOKEN = r"carries no (reply )?token"
FORTY = tuple(
    (name, value)
    for name, value in (
        *((f"X-Spam-{name}", "NO, score=-100") for name in ("Status", "Flag", "Score", "Level", "Report", "Checker")),
        *((f"X-Virus-{name}", "clean") for name in ("Scanned", "Status")),
        *((f"X-Ticket-Gateway-{name}", "yes") for name in ("Trusted", "Account", "Agent", "Ticket", "Confirmed")),
        *((f"X-Gateway-{name}", "7") for name in ("Grade", "Token", "Standing", "Entry")),
        *((f"X-RT-{name}", "x") for name in ("Loop-Prevention", "Interface", "Original-Encoding", "Sign")),
        *((f"X-Zammad-{name}", "closed") for name in ("Ticket-State", "Ticket-Owner", "Customer-Email")),
        *((f"X-GW-{number}", "A3") for number in range(10)),
        ("Authentication-Results", "desk.test; dkim=pass header.d=victim.test; dmarc=pass"),
        ("ARC-Authentication-Results", "i=1; desk.test; dmarc=pass"),
        ("Received-SPF", "pass"),
        ("X-Loop", "support@desk.test.invalid"),
        ("X-Original-To", "kim@desk.test"),
        ("Return-Path", "<>"),
    )
)
"""Fields in which other programs keep what they think."""


def _old_token(scene: Scene) -> str:
    return scene.address(Purpose.REPLY, day=datetime.now(UTC).date() - timedelta(days=200))


def _with_lines_on_top(scene: Scene) -> Mail:
    received = "Received: from mx.evil.test by mx.desk.test; Tue, 1 Sep 2026 10:00:00 +0300\n"
    return Mail(raw=crlf(received) + scene.opening.raw, mail_from=scene.opening.mail_from)


def _with_reply_to(scene: Scene) -> Mail:
    return Mail(raw=crlf(f"Reply-To: {scene.eve}\n") + scene.opening.raw, mail_from=scene.eve)


def _signed_long_ago(scene: Scene) -> Mail:
    return mail(scene.victim, date=datetime.now(UTC) - timedelta(days=8), mail_from=scene.eve)


def _with_our_mail_inside(scene: Scene) -> Mail:
    inner = f"From: {scene.victim}\nTo: {scene.reply_address}\nMessage-ID: {scene.our_id}\n\nRef: {scene.reference}\n"
    return mail(
        scene.eve,
        headers=[("MIME-Version", "1.0"), ("Content-Type", 'multipart/mixed; boundary="b"')],
        text=f"--b\nContent-Type: text/plain\n\nSee this.\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n",
    )


def _wrong_key(scene: Scene) -> str:
    return token(Purpose.REPLY, scene.ticket, scene.victim, keys=Keys({0: bytes(32)}))


def _unknown_key(scene: Scene) -> str:
    return token(Purpose.REPLY, scene.ticket, scene.victim, keys=Keys({7: bytes(range(32))}))


def _other_purpose(scene: Scene) -> str:
    return "r" + scene.address(Purpose.CONFIRM)[1:]


ATTACKS = (
    Attack(
        id="A-01",
        name="a verification mail of a third party comes to a reply address",
        mail=lambda scene: mail(
            f"feedback@{EVIL.name}",
            to=scene.reply_address,
            text="Your code is 123456.\n",
            headers=[("Feedback-ID", "1:verify:evil")],
        ),
        because="Feedback-ID",
    ),
    Attack(
        id="A-01",
        name="a sign-up confirmation of a list comes to a reply address",
        mail=lambda scene: mail(
            f"lists@{EVIL.name}",
            to=scene.reply_address,
            headers=[("List-Unsubscribe", "<https://evil.test/u>")],
        ),
        because="list field",
    ),
    Attack(
        id="A-01",
        name="an automatic mail of a third party comes to a reply address",
        mail=lambda scene: mail(
            f"login@{EVIL.name}",
            to=scene.reply_address,
            headers=[("Auto-Submitted", "auto-generated")],
        ),
        because="a machine wrote to a reply address",
    ),
    Attack(
        id="A-01",
        name="a no-reply address of a third party writes to a reply address",
        mail=lambda scene: mail(f"no-reply@{EVIL.name}", to=scene.reply_address),
        because="a machine wrote to a reply address",
    ),
    Attack(
        id="A-02",
        name="the ticket's number in the subject",
        mail=lambda scene: mail(scene.eve, subject=f"Re: [Ticket {scene.ticket['id']}] ticket {scene.ticket['id']}"),
        action=NEW,
        because="not known",
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-02",
        name="the ticket's reference, read from an old mail",
        mail=lambda scene: mail(scene.eve, text=f"Please go on.\n\nRef: {scene.reference}\n"),
        action=NEW,
        because="no part in",
        token="T1",
        neutral=True,
    ),
    Attack(
        id="A-02",
        name="the Message-ID of the customer's own mail",
        mail=lambda scene: mail(scene.eve, answers=scene.opening_id),
        action=NEW,
        because="no part in",
        neutral=True,
    ),
    Attack(
        id="A-03",
        name="a copy for the attacker in a mail in the customer's name",
        mail=lambda scene: mail(
            scene.victim,
            proof=Proof.NOTHING,
            to=SUPPORT,
            headers=[("Cc", scene.eve), ("Reply-To", scene.eve)],
            mail_from=scene.eve,
        ),
        action=NEW,
        because="p=none|does not forbid",
        grade="A1",
        domain=LOOSE,
    ),
    Attack(
        id="A-04",
        name="a leaked reply address in another's hands",
        mail=lambda scene: mail(scene.eve, to=scene.reply_address),
        action=ADDED,
        because=ANOTHERS,
        token="T2",
        grade="A3",
    ),
    Attack(
        id="A-04",
        name="a leaked reply address in To only",
        mail=lambda scene: mail(scene.eve, to=scene.reply_address, rcpt=[SUPPORT]),
        action=ADDED,
        because=ANOTHERS,
        token="T2",
    ),
    Attack(
        id="A-04",
        name="a leaked reply address in Delivered-To",
        mail=lambda scene: mail(scene.eve, headers=[("Delivered-To", scene.reply_address)]),
        action=ADDED,
        because=ANOTHERS,
        token="T2",
    ),
    Attack(
        id="A-04",
        name="a leaked reply address in the text",
        mail=lambda scene: mail(scene.eve, text=f"> To: {scene.reply_address}\n> Please answer.\n\nI am her.\n"),
        action=NEW,
        because=NO_TOKEN,
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-04",
        name="a leaked reply address in the subject",
        mail=lambda scene: mail(scene.eve, subject=f"Fwd: {scene.reply_address}"),
        action=NEW,
        because=NO_TOKEN,
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-04",
        name="a leaked reply address in References",
        mail=lambda scene: mail(scene.eve, answers=f"<{scene.reply_address}>"),
        action=NEW,
        because=NO_TOKEN,
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-04",
        name="our mail with all its marks as an attachment",
        mail=_with_our_mail_inside,
        action=NEW,
        because="not known",
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-04",
        name="a leaked bounce address as a way into the ticket",
        mail=lambda scene: mail(scene.eve, to=scene.bounce_address),
        action=NEW,
        because="return path|no part in",
        token="T1",
        neutral=True,
    ),
    Attack(
        id="A-05",
        name="the customer's mail once more, octet for octet",
        mail=lambda scene: scene.opening.again(),
        action="duplicate",
        because="same mail",
    ),
    Attack(
        id="A-05",
        name="the customer's mail with new lines on top",
        mail=_with_lines_on_top,
        action="duplicate",
        because="same mail",
    ),
    Attack(
        id="A-05",
        name="the customer's mail with a Reply-To of the attacker",
        mail=_with_reply_to,
        action="duplicate",
        because="same mail",
    ),
    Attack(
        id="A-05",
        name="a signed mail of the customer, eight days old",
        mail=_signed_long_ago,
        action=NEW,
        because="old",
        grade="A1",
    ),
    Attack(
        id="A-06",
        name="an expired reply address in another's hands",
        mail=lambda scene: mail(scene.eve, to=_old_token(scene)),
        action=NEW,
        because="expired",
        token="T1",
        neutral=True,
    ),
    Attack(
        id="A-06",
        name="a reply address signed by a key that is not ours",
        mail=lambda scene: mail(scene.eve, to=_wrong_key(scene)),
        action=NEW,
        because="never issued",
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-06",
        name="a reply address of an unknown key id",
        mail=lambda scene: mail(scene.eve, to=_unknown_key(scene)),
        action=NEW,
        because="never issued",
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-06",
        name="a confirmation address made into a reply address",
        mail=lambda scene: mail(scene.eve, to=_other_purpose(scene)),
        action=NEW,
        because="never issued",
        token="T0",
        neutral=True,
    ),
    Attack(
        id="A-06",
        name="the reply addresses of two tickets at once",
        mail=lambda scene: mail(
            scene.eve, rcpt=[scene.reply_address, token(Purpose.REPLY, {"ref": scene.ticket["ref"] ^ 1}, scene.victim)]
        ),
        because="several tickets",
    ),
    Attack(
        id="A-08",
        name="forty internal fields of other programs and of ours",
        mail=lambda scene: mail(scene.victim, proof=Proof.NOTHING, headers=FORTY, mail_from=scene.eve, peer=HOME),
        because="DMARC",
        grade="A0",
    ),
    Attack(
        id="A-08",
        name="a leaked address with internal fields that make it trusted",
        mail=lambda scene: mail(scene.eve, to=scene.reply_address, headers=FORTY),
        action=ADDED,
        because=ANOTHERS,
        token="T2",
    ),
)
