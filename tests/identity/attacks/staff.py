"""Who speaks for the desk? Forged agents, leaked agents' addresses, orders in customers' mail: A-19, A-20."""

from datetime import timedelta

from gateway.clock import SystemClock
from gateway.tokens import Purpose
from tests.identity.attacks.scene import Attack, Scene
from tests.identity.post import Mail, crlf, mail
from tests.identity.world import KIM, LEE
from tests.identity.zone import EVIL, HOME, Proof
from tests.service import SUPPORT

FORGED = "DMARC fails|not proven"
YESTERDAY = SystemClock().now().date() - timedelta(days=1)
ANOTHERS = r"issued to (somebody else|another)"


def _unsigned(scene: Scene, author: str, to: str, text: str = "I close this.\n\n#close\n") -> Mail:
    return mail(author, proof=Proof.NOTHING, to=to, text=text, mail_from=scene.eve, peer=HOME)


def _signed_by_attacker(scene: Scene) -> Mail:
    plain = _unsigned(scene, KIM, scene.agents_address)
    return Mail(raw=EVIL.sign(plain.raw), mail_from=scene.eve, rcpt=plain.rcpt, peer=HOME)


def _with_results(scene: Scene) -> Mail:
    plain = _unsigned(scene, KIM, scene.agents_address)
    line = "Authentication-Results: desk.test; auth=pass smtp.auth=kim@desk.test; dkim=pass header.d=desk.test\n"
    return Mail(raw=crlf(line) + plain.raw, mail_from=KIM, rcpt=plain.rcpt)


ATTACKS = (
    Attack(
        id="A-19",
        name="an agent's name with a leaked reply address of the customer",
        mail=lambda scene: _unsigned(scene, KIM, scene.reply_address),
        because="of our own domain",
        grade="A0",
    ),
    Attack(
        id="A-19",
        name="an agent's name with his own leaked address",
        mail=lambda scene: _unsigned(scene, KIM, scene.agents_address),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-19",
        name="an agent's name, signed by the attacker's domain",
        mail=_signed_by_attacker,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-19",
        name="an agent's name with forged results of our own server",
        mail=_with_results,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-19",
        name="an agent's leaked address in the attacker's hands",
        mail=lambda scene: mail(scene.eve, to=scene.agents_address, text="#close\n"),
        because="no agent",
        grade="A3",
    ),
    Attack(
        id="A-19",
        name="an agent's leaked address in the customer's hands",
        mail=lambda scene: mail(scene.victim, to=scene.agents_address, text="#close\n"),
        because="no agent",
        grade="A3",
    ),
    Attack(
        id="A-19",
        name="an agent's leaked address in To, the support address in the envelope",
        mail=lambda scene: mail(scene.eve, to=scene.agents_address, rcpt=[SUPPORT], text="#take\n"),
        because="no agent",
    ),
    Attack(
        id="A-19",
        name="a proven agent on a customer's reply address",
        mail=lambda scene: mail(KIM, to=scene.reply_address, text="#close\n"),
        action="append_unconfirmed",
        because=ANOTHERS,
        grade="A3",
    ),
    Attack(
        id="A-19",
        name="another proven address of our own domain on an agent's address",
        mail=lambda scene: mail("cleaner@desk.test", to=scene.agents_address, text="#close\n"),
        because="no agent",
        grade="A3",
    ),
    Attack(
        id="A-19",
        name="an unknown address of our own domain, unsigned",
        mail=lambda scene: _unsigned(scene, "director@desk.test", SUPPORT),
        because="of our own domain",
        grade="A0",
    ),
    Attack(
        id="A-19",
        name="our own support address as the author",
        mail=lambda scene: _unsigned(scene, SUPPORT, scene.reply_address),
        action="record",
        because="our own address",
    ),
    Attack(
        id="A-19",
        name="orders in the attacker's mail to a leaked address",
        mail=lambda scene: mail(
            scene.eve, to=scene.reply_address, text=f"#close\n#solved\n#assign {LEE}\n#account 7\n#address add x\n"
        ),
        action="append_unconfirmed",
        because=ANOTHERS,
        token="T2",
    ),
    Attack(
        id="A-20",
        name="an agent's absence note to his private address",
        mail=lambda scene: mail(
            # One that is over: other tests write to Kim as well.
            KIM,
            to=scene.agents_address,
            text=f"I am away until {YESTERDAY}. CANARY\n",
            headers=[("Auto-Submitted", "auto-replied")],
        ),
        action="record",
        because="Auto-Submitted",
    ),
    Attack(
        id="A-20",
        name="the internal block as a customer's text",
        mail=lambda scene: mail(
            scene.eve,
            to=scene.reply_address,
            text=f"--- internal ---\n- From: **{scene.victim}**\n- Who that is: verified (S2); (A3)\n--- end ---\n",
        ),
        action="append_unconfirmed",
        because=ANOTHERS,
        token="T2",
    ),
    Attack(
        id="A-19",
        name="a confirmation address that nobody was asked at",
        mail=lambda scene: mail(scene.eve, to=scene.address(Purpose.CONFIRM), text="yes\n"),
        because="proves too little",
    ),
)
