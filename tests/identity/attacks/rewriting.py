"""No attack, but what honest mail goes through on its way: it must work (§3.1, §3.3, §3.4)."""

from collections.abc import Callable

from tests.identity.attacks.scene import Attack, Scene
from tests.identity.post import Mail, mail
from tests.service import SUPPORT

GREEK = str.maketrans("ABEHKMNTXZ", "ΑΒΕΗΚΜΝΤΧΖ")


def _local(scene: Scene) -> str:
    return scene.reply_address.partition("@")[0]


def _outlook(scene: Scene) -> Mail:
    shown = scene.reply_address
    return mail(scene.victim, to=f"'{shown}' <{shown}>", rcpt=[shown])


def _works(name: str, token: str, made: Callable[[Scene], Mail], because: str = "reply address") -> Attack:
    return Attack(
        id="3.4", name=name, mail=made, action="append", because=because, token=token, grade="A3", succeeds=True
    )


def _hint(name: str, made: Callable[[Scene], Mail]) -> Attack:
    return _works(name, "T1", made, "reference|answers a mail")


ATTACKS = (
    _works("as it was issued", "T3", lambda scene: mail(scene.victim, to=scene.reply_address)),
    _works("in capitals", "T3", lambda scene: mail(scene.victim, to=scene.reply_address.upper())),
    _works(
        "with o for 0 and l for 1",
        "T3",
        lambda scene: mail(
            scene.victim, to="r1-" + _local(scene)[3:].replace("0", "o").replace("1", "l") + "@reply.desk.test"
        ),
    ),
    _works("as Outlook shows it", "T3", _outlook),
    _works(
        "the author's address in other capitals",
        "T3",
        lambda scene: mail(scene.victim, from_field=scene.victim.capitalize(), to=scene.reply_address),
    ),
    _works(
        "to the support address, with the reply address in To",
        "T3",
        lambda scene: mail(scene.victim, to=f"{SUPPORT}, {scene.reply_address}", rcpt=[SUPPORT]),
    ),
    _works(
        "fetched from a mailbox that knows it by Delivered-To",
        "T3",
        lambda scene: mail(scene.victim, headers=[("Delivered-To", scene.reply_address)]),
    ),
    _works(
        "wrapped by a forwarder (SRS)",
        "T3",
        lambda scene: mail(
            scene.victim, to=f"SRS0=ab12=XY=reply.desk.test={_local(scene)}@forwarder.test", rcpt=[SUPPORT]
        ),
    ),
    _works(
        "wrapped by a list (VERP)",
        "T3",
        lambda scene: mail(scene.victim, to=f"list-bounces+{_local(scene)}=reply.desk.test@list.test", rcpt=[SUPPORT]),
    ),
    _works(
        "signed by the sender's server (BATV)",
        "T3",
        lambda scene: mail(scene.victim, to=f"prvs=0123abcdef={_local(scene)}@reply.desk.test"),
    ),
    _works(
        "wrapped by Exchange (IMCEA)",
        "T3",
        lambda scene: mail(
            scene.victim, to=f"IMCEASMTP-{_local(scene)}+40reply+2Edesk+2Etest@exchange.test", rcpt=[SUPPORT]
        ),
    ),
    _hint("only the parent's id is left (Apple)", lambda scene: mail(scene.victim, answers=scene.our_id)),
    _hint("the parent's id in capitals", lambda scene: mail(scene.victim, answers=scene.our_id.upper())),
    _hint(
        "ids joined by commas (Exchange)",
        lambda scene: mail(scene.victim, headers=[("References", f"<a@b.test>,{scene.our_id},<c@d.test>")]),
    ),
    _hint(
        "nothing is left but the foot of our mail",
        lambda scene: mail(scene.victim, text=f"It fails still.\n\n> Ref: {scene.reference}\n"),
    ),
    _hint(
        "the reference in small letters",
        lambda scene: mail(scene.victim, text=f"It is about {scene.reference.lower()}, thanks.\n"),
    ),
    _hint(
        "the reference on a Greek keyboard",
        lambda scene: mail(scene.victim, text=f"Κωδικός {scene.reference.translate(GREEK)}\n"),
    ),
)
