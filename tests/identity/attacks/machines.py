"""Making us send: backscatter, loops, lists and forged bounces, A-23 to A-28."""

from gateway.tokens import Keys, Purpose
from tests.identity.attacks.scene import Attack, Scene
from tests.identity.post import Mail, mail
from tests.identity.world import token
from tests.identity.zone import LOOSE, Proof
from tests.service import SUPPORT

NEW = "open_unconfirmed"
PROVES_NOTHING = "proves nothing"


def bounce(
    scene: Scene, *, to: str, about: str = "", mail_from: str = "", author: str = "MAILER-DAEMON@mx.evil.test"
) -> Mail:
    """A delivery report, RFC 3464."""
    report = (
        "--b\nContent-Type: text/plain\n\nYour mail could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.evil.test\n\n"
        f"Final-Recipient: rfc822; {about or scene.victim}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {scene.our_id}\nTo: {scene.victim}\n\n--b--\n"
    )
    return mail(
        author,
        proof=Proof.NOTHING,
        to=to,
        subject="Undelivered Mail Returned to Sender",
        text=report,
        headers=[
            ("MIME-Version", "1.0"),
            ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"'),
        ],
        mail_from=mail_from,
    )


def _auto(scene: Scene, name: str, value: str) -> Mail:
    return mail(scene.victim, headers=[(name, value)])


def _complaint(scene: Scene) -> Mail:
    return mail(
        scene.eve,
        to=scene.reply_address,
        text="--b\nContent-Type: text/plain\n\nThis is spam.\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        f"Original-Rcpt-To: {scene.victim}\n\n--b--\n",
        headers=[
            ("MIME-Version", "1.0"),
            ("Content-Type", 'multipart/report; report-type=feedback-report; boundary="b"'),
        ],
    )


def _wrong_bounce_address(scene: Scene) -> str:
    return token(Purpose.BOUNCE, scene.ticket, scene.victim, keys=Keys({0: bytes(32)}))


ATTACKS = (
    Attack(
        id="A-23",
        name="the null sender writes to the support address",
        mail=lambda scene: mail(scene.eve, mail_from=""),
        because="null",
    ),
    Attack(
        id="A-23",
        name="the null sender writes to a leaked reply address",
        mail=lambda scene: mail(scene.victim, mail_from="", to=scene.reply_address),
        action="record",
        because="null",
    ),
    Attack(
        id="A-23",
        name="a victim's forged address, so that we write to her",
        mail=lambda scene: mail(f"third.{scene.victim}", proof=Proof.NOTHING, mail_from=scene.eve),
        action=NEW,
        because="does not forbid",
        grade="A1",
        domain=LOOSE,
    ),
    Attack(
        id="A-23",
        name="a proven author and another's reverse path",
        mail=lambda scene: mail(scene.eve, mail_from=f"third.{scene.victim}"),
        action=NEW,
        because="not known",
        grade="A3",
    ),
    Attack(
        id="A-25",
        name="an answer to an automatic mail, its marks stripped by a proxy",
        mail=lambda scene: mail(scene.eve, answers=scene.automatic_id),
        action=NEW,
        because="no part in",
        token="T1",
    ),
    Attack(
        id="A-25",
        name="our own receipt comes back",
        mail=lambda scene: mail(scene.eve, message_id=scene.automatic_id, to=scene.reply_address),
        action="record",
        because="our own mail",
    ),
    Attack(
        id="A-25",
        name="an absence note answers our receipt",
        mail=lambda scene: mail(
            scene.victim, to=scene.reply_address, headers=[("Auto-Submitted", "auto-replied (vacation)")]
        ),
        action="record",
        because="Auto-Submitted",
    ),
    Attack(
        id="A-26",
        name="a list asks whether we want to subscribe",
        mail=lambda scene: mail(
            f"list-confirm.{scene.eve}",
            subject="confirm 8f2a",
            headers=[("List-Id", "<l.evil.test>"), ("List-Subscribe", "<https://evil.test/yes>")],
        ),
        because="list field",
    ),
    Attack(
        id="A-26",
        name="bulk mail in a customer's own name",
        mail=lambda scene: mail(scene.victim, headers=[("Precedence", "bulk")]),
        because="Precedence",
    ),
    Attack(
        id="A-27",
        name="a forged bounce to the support address",
        mail=lambda scene: bounce(scene, to=SUPPORT),
        action="record",
        because=PROVES_NOTHING,
    ),
    Attack(
        id="A-27",
        name="a forged bounce to the customer's reply address",
        mail=lambda scene: bounce(scene, to=scene.reply_address),
        action="record",
        because=PROVES_NOTHING,
    ),
    Attack(
        id="A-27",
        name="a forged bounce to a bounce address that we never signed",
        mail=lambda scene: bounce(scene, to=_wrong_bounce_address(scene)),
        action="record",
        because=PROVES_NOTHING,
    ),
    Attack(
        id="A-27",
        name="a bounce to a leaked bounce address about another recipient",
        mail=lambda scene: bounce(scene, to=scene.bounce_address, about="boss@victim.test"),
        action="record",
        because="delivery report",
    ),
    Attack(
        id="A-27",
        name="a bounce to a leaked bounce address with a reverse path",
        mail=lambda scene: bounce(scene, to=scene.bounce_address, mail_from=scene.eve, author=scene.eve),
        action="record",
        because=PROVES_NOTHING,
    ),
    Attack(
        id="A-27",
        name="a complaint about a customer's ticket",
        mail=_complaint,
        action="record",
        because="feedback report",
    ),
    Attack(
        id="A-28",
        name="a customer's machine writes, proven, to the support address",
        mail=lambda scene: _auto(scene, "Auto-Submitted", "auto-generated"),
        because="Auto-Submitted",
        grade="A3",
    ),
    Attack(
        id="A-28",
        name="an Auto-Submitted that only looks like no",
        mail=lambda scene: _auto(scene, "Auto-Submitted", "no-thanks"),
        because="Auto-Submitted",
    ),
)
