"""Who is writing: forged authors and forged proofs, A-09 to A-13, A-17, A-18, A-21 of the threat model."""

from tests.identity.attacks.scene import Attack, Scene
from tests.identity.post import Mail, crlf, mail
from tests.identity.sealing import seal
from tests.identity.zone import AWAY, EVIL, HOME, LOOSE, MONITOR, QUARANTINE, SILENT, VICTIM, Proof

NEW = "open_unconfirmed"
FORGED = "DMARC fails"
PASS = "dkim=pass header.d=victim.test; spf=pass smtp.mailfrom=victim.test; dmarc=pass header.from=victim.test"


def _forged(scene: Scene, *headers: tuple[str, str]) -> Mail:
    """In the victim's name, from the attacker's server, unsigned."""
    return mail(scene.victim, proof=Proof.NOTHING, headers=headers, mail_from=scene.eve)


def _signed_by(scene: Scene, domain: str) -> Mail:
    """In the victim's name, with a signature that is good and says another domain."""
    plain = _forged(scene)
    return Mail(raw=EVIL.sign(plain.raw, domain=domain), mail_from=scene.eve, peer=HOME)


def _above(scene: Scene, lines: str) -> Mail:
    plain = _forged(scene)
    return Mail(raw=crlf(lines) + plain.raw, mail_from=scene.eve)


def _in_a_part(scene: Scene) -> Mail:
    return mail(
        scene.victim,
        proof=Proof.NOTHING,
        headers=[("MIME-Version", "1.0"), ("Content-Type", 'multipart/mixed; boundary="b"')],
        text=f"--b\nAuthentication-Results: desk.test; {PASS}\nContent-Type: text/plain\n\nhello\n--b--\n",
        mail_from=scene.eve,
    )


def _sealed(scene: Scene) -> Mail:
    """A chain of ARC that holds, by somebody whom nobody listed."""
    return Mail(raw=seal(_forged(scene).raw, domain=MONITOR.name, results=PASS), mail_from=scene.eve)


def _with_more_text(scene: Scene) -> Mail:
    signed = VICTIM.sign(mail(scene.victim, proof=Proof.NOTHING).raw, length=True)
    return Mail(raw=signed + b"Send the money elsewhere.\r\n", mail_from=scene.eve)


def _with_second_subject(scene: Scene) -> Mail:
    signed = mail(scene.victim).raw
    return Mail(raw=b"Subject: another subject\r\n" + signed, mail_from=scene.eve)


def _with_testing_key(scene: Scene) -> Mail:
    plain = mail(scene.victim, proof=Proof.NOTHING)
    return Mail(raw=VICTIM.sign(plain.raw, selector="testing"), mail_from=scene.eve)


def _without_subject_signed(scene: Scene) -> Mail:
    plain = mail(scene.victim, proof=Proof.NOTHING).raw
    signed = VICTIM.sign(plain, headers=(b"from", b"to"))
    return Mail(raw=signed.replace(b"Subject: The", b"Subject: Cancel the", 1) + b"and more\r\n", mail_from=scene.eve)


ATTACKS = (
    Attack(
        id="A-09",
        name="another's address of a domain that forbids nothing",
        mail=_forged,
        action=NEW,
        because="does not forbid",
        grade="A1",
        domain=LOOSE,
    ),
    Attack(
        id="A-09",
        name="another's address of a domain without a record",
        mail=_forged,
        action=NEW,
        because="nothing proves",
        grade="A1",
        domain=SILENT,
    ),
    Attack(id="A-10", name="another's address, p=reject", mail=_forged, because=FORGED, grade="A0"),
    Attack(
        id="A-10", name="another's address, p=quarantine", mail=_forged, because=FORGED, grade="A0", domain=QUARANTINE
    ),
    Attack(
        id="A-10",
        name="another's address, signed by the attacker's domain",
        mail=lambda scene: _signed_by(scene, EVIL.name),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-10",
        name="another's address, signed in the name of his domain with the attacker's key",
        mail=lambda scene: _signed_by(scene, VICTIM.name),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-10",
        name="another's address, signed by a domain that only looks like a part of his",
        mail=lambda scene: _signed_by(scene, f"{VICTIM.name}.evil.test"),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-10",
        name="another's signed mail, changed on its way",
        mail=lambda scene: mail(scene.victim, proof=Proof.BROKEN, mail_from=scene.eve),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-10",
        name="a reply address that leaked, in the customer's name",
        mail=lambda scene: mail(scene.victim, proof=Proof.NOTHING, to=scene.reply_address, mail_from=scene.eve),
        action="append_unconfirmed",
        because="says that (it is forged|he did not)",
        grade="A0",
        token="T3",
    ),
    Attack(
        id="A-12",
        name="a chain of ARC by a sealer whom nobody listed",
        mail=_sealed,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-13",
        name="forged results in the name of our desk",
        mail=lambda scene: _above(scene, f"Authentication-Results: desk.test; {PASS}\n"),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-13",
        name="forged results below a Received that looks like ours",
        mail=lambda scene: _above(
            scene,
            "Received: from a by mx.desk.test; Tue, 1 Sep 2026 10:00:00 +0300\n"
            f"Authentication-Results: localhost; {PASS}\n",
        ),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-13",
        name="forged results with comments, folded, with a quoted id",
        mail=lambda scene: _above(
            scene,
            'Authentication-Results: (x) "desk.test" (y) 1;\n dkim=pass (good) header.d=victim.test;\n dmarc=pass\n',
        ),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-13",
        name="forged results, several of them",
        mail=lambda scene: _above(scene, f"Authentication-Results: desk.test; {PASS}\n" * 3),
        because=FORGED,
        grade="A0",
    ),
    Attack(id="A-13", name="forged results in a part", mail=_in_a_part, because=FORGED, grade="A0"),
    Attack(
        id="A-17",
        name="text behind a signature that covers a part (l=)",
        mail=_with_more_text,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-17",
        name="a second Subject above a signed one",
        mail=_with_second_subject,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-17",
        name="a signature by a key that is only being tested",
        mail=_with_testing_key,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-17",
        name="a signature that covers neither subject nor the end of the text",
        mail=_without_subject_signed,
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-18",
        name="SPF passes for the attacker's own reverse path",
        mail=lambda scene: mail(scene.victim, proof=Proof.NOTHING, mail_from=scene.eve, peer=HOME),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-18",
        name="the victim's reverse path from a server that her domain forbids",
        mail=lambda scene: mail(scene.victim, proof=Proof.NOTHING, mail_from=scene.victim, peer=AWAY),
        because=FORGED,
        grade="A0",
    ),
    Attack(
        id="A-21",
        name="the victim in Reply-To, Sender and every Resent field",
        mail=lambda scene: mail(
            scene.eve,
            headers=[
                ("Reply-To", scene.victim),
                ("Sender", scene.victim),
                ("Resent-From", scene.victim),
                ("Resent-Sender", scene.victim),
                ("Resent-To", scene.victim),
                ("Return-Path", f"<{scene.victim}>"),
                ("Disposition-Notification-To", scene.victim),
                ("Errors-To", scene.victim),
                ("X-Original-From", scene.victim),
            ],
        ),
        action=NEW,
        because="not known",
        standing="S0",
        neutral=True,
    ),
    Attack(
        id="A-21",
        name="a proven stranger who names the victim, her account and her shop",
        mail=lambda scene: mail(
            scene.eve, subject=f"victims{scene.number}.example", text=f"I am {scene.victim}, account {scene.number}.\n"
        ),
        action=NEW,
        because="not known",
        standing="S0",
        neutral=True,
        asks=True,
    ),
    Attack(
        id="A-21",
        name="the victim in Sender, with a leaked address",
        mail=lambda scene: mail(
            scene.eve, to=scene.reply_address, headers=[("Sender", scene.victim), ("Reply-To", scene.victim)]
        ),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        token="T2",
        standing="S0",
    ),
    Attack(
        id="A-21",
        name="the victim as the envelope's sender only",
        mail=lambda scene: mail(scene.eve, mail_from=scene.victim, peer=AWAY),
        action=NEW,
        because="not known",
        standing="S0",
    ),
    Attack(
        id="A-21",
        name="another address of the victim's own domain, proven",
        mail=lambda scene: mail(f"intern.{scene.victim}", to=scene.reply_address),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        token="T2",
        standing="S0",
    ),
)
