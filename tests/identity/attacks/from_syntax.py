"""Whose address is it? The From field written so that two programs read it in two ways: A-14 to A-16."""

from tests.identity.attacks.scene import Attack, Scene
from tests.identity.post import Mail, crlf, mail
from tests.identity.zone import EVIL, HOMOGRAPH, Proof

NEW = "open_unconfirmed"
NOBODY = "not exactly one author"
NOT_KNOWN = "not known"


def _from(scene: Scene, field: str, *, to: str = "") -> Mail:
    """Any From field, signed by the attacker's domain, as hers is all that she can sign."""
    return mail(scene.eve, from_field=field, to=to or scene.reply_address)


def _nobody(name: str, field: str) -> Attack:
    """A field that names no one: `{v}` is the victim, `{e}` the attacker."""
    return Attack(
        id="A-14",
        name=name,
        mail=lambda scene: _from(scene, field.format(v=scene.victim, e=scene.eve)),
        because=NOBODY,
        grade="A0",
        standing="S0",
    )


def _attacker(name: str, field: str) -> Attack:
    """A field that names the attacker, whatever else it shows."""
    return Attack(
        id="A-16",
        name=name,
        mail=lambda scene: _from(scene, field.format(v=scene.victim, e=scene.eve)),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        grade="A3",
        token="T2",
        standing="S0",
    )


def _two_fields(scene: Scene, first: str, second: str) -> Mail:
    plain = mail(first, proof=Proof.NOTHING, to=scene.reply_address).raw
    return Mail(
        raw=EVIL.sign(plain.replace(b"\r\nTo:", crlf(f"\nFrom: {second}\nTo:"), 1)),
        mail_from=scene.eve,
        rcpt=(scene.reply_address,),
    )


def _without(scene: Scene) -> Mail:
    plain = mail(scene.eve, proof=Proof.NOTHING, to=scene.reply_address)
    raw = plain.raw.replace(b"From:", b"X-From:", 1)
    return Mail(raw=raw, mail_from=scene.victim, rcpt=plain.rcpt)


def _in_the_text(scene: Scene) -> Mail:
    plain = mail(scene.eve, proof=Proof.NOTHING, to=scene.reply_address)
    head, _, body = plain.raw.partition(b"\r\n\r\n")
    return Mail(
        raw=EVIL.sign(head + b"\r\n\r\n" + crlf(f"From: {scene.victim}\n\n") + body),
        mail_from=scene.eve,
        rcpt=plain.rcpt,
    )


def _bare_newline(scene: Scene) -> Mail:
    """What smtplib would mend is refused by the listener where it comes as it is: see the SMTP tests. Here: folded."""
    return _from(scene, f"{scene.eve}\r\n <{scene.victim}>")


ATTACKS = (
    Attack(
        id="A-14",
        name="two From fields, the victim's first",
        mail=lambda scene: _two_fields(scene, scene.victim, scene.eve),
        because="2 From fields",
        grade="A0",
        standing="S0",
    ),
    Attack(
        id="A-14",
        name="two From fields, the attacker's first",
        mail=lambda scene: _two_fields(scene, scene.eve, scene.victim),
        because="2 From fields",
        grade="A0",
        standing="S0",
    ),
    Attack(id="A-14", name="no From field", mail=_without, because="no From field", grade="A0", standing="S0"),
    Attack(id="A-14", name="a folded field with two addresses", mail=_bare_newline, because=NOBODY, grade="A0"),
    _nobody("two mailboxes", "{v}, {e}"),
    _nobody("two mailboxes in brackets", "<{v}>, <{e}>"),
    _nobody("an address as an unquoted name", "{v} <{e}>"),
    _nobody("an address behind the brackets", "<{v}>{e}"),
    _nobody("two pairs of brackets", "<{v}> <{e}>"),
    _nobody("an unpaired bracket", "{v})<{e}"),
    _nobody("a bracket that does not close", "Ann <{v}"),
    _nobody("a comment inside the address", "victim(x)@victim.test"),
    _nobody("comments that nest deeply", "(((((({v})))))) {e}"),
    _nobody("a group of one", "Staff: {v};"),
    _nobody("a group of nobody", "undisclosed-recipients:;"),
    _nobody("a source route", "<@evil.test:{v}>"),
    _nobody("spaces around the at sign", "victim @ victim.test <{e}"),
    _nobody("a semicolon instead of a comma", "{v}; {e}"),
    _nobody("an encoded word as the whole address", "=?utf-8?q?victim=40victim.test?="),
    _nobody("an encoded word inside the address", "=?utf-8?q?victim?=@victim.test"),
    _nobody("an address literal", "<victim@[127.0.0.1]>"),
    _nobody("something behind the address", "<{v}>x"),
    _nobody("a full-width domain", "<victim@ｖictim.test>"),
    _nobody("a dot that is none", "<victim@victim。test>"),
    _nobody("an empty local part", "<@victim.test>"),
    _nobody("nothing", ""),
    _nobody("a field without end", "<{v}>" + "x" * 9000),
    _nobody("a NUL written as an encoded word in the address", "<=?utf-8?q?victim=00?=@victim.test>"),
    Attack(
        id="A-15",
        name="a percent sign for an at sign",
        mail=lambda scene: _from(scene, f"{scene.victim.replace('@', '%')}@evil.test"),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        grade="A3",
        standing="S0",
        token="T2",
    ),
    Attack(
        id="A-15",
        name="an exclamation mark path",
        mail=lambda scene: _from(scene, f"victim.test!{scene.victim.partition('@')[0]}@evil.test"),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        grade="A3",
        standing="S0",
        token="T2",
    ),
    Attack(
        id="A-15",
        name="the victim's whole address as a quoted local part",
        mail=lambda scene: _from(scene, f'"{scene.victim}"@evil.test'),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        grade="A3",
        standing="S0",
        token="T2",
    ),
    Attack(
        id="A-15",
        name="the victim's local part in quotes",
        mail=lambda scene: _from(scene, f'"{scene.victim.partition("@")[0]}"@victim.test'),
        action="append_unconfirmed",
        because="says that (it is forged|he did not)",
        grade="A0",
        token="T3",
    ),
    Attack(
        id="A-15",
        name="the victim's domain in capitals, with a dot more",
        mail=lambda scene: _from(scene, f"{scene.victim.upper()}."),
        because=NOBODY,
        grade="A0",
    ),
    Attack(
        id="A-15",
        name="a From line at the head of the text",
        mail=_in_the_text,
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        standing="S0",
        token="T2",
    ),
    _attacker("the victim's address as a quoted name", '"{v}" <{e}>'),
    _attacker("the victim's address as an encoded name", "=?utf-8?q?victim=40victim.test?= <{e}>"),
    _attacker("the victim's address as a comment", "{e} ({v})"),
    _attacker("a name that is written from right to left", '"\u202etset.mitciv\u202c" <{e}>'),
    _attacker("a name with invisible characters", '"A\u200bnn\u2060 \u00adV" <{e}>'),
    _attacker("the name of an agent", '"Kim (Shop Support)" <{e}>'),
    _attacker("a name with line breaks as encoded words", "=?utf-8?q?Ann=0D=0ABcc=3A_x=40evil.test?= <{e}>"),
    Attack(
        id="A-16",
        name="the victim's domain with a Cyrillic letter",
        mail=lambda scene: _from(scene, scene.victim.replace("victim.test", "vi\u0441tim.test")),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        grade="A1",
        standing="S0",
        token="T2",
    ),
    Attack(
        id="A-16",
        name="a domain that looks like the victim's, with proof",
        mail=lambda scene: mail(f"{scene.victim.partition('@')[0]}@{HOMOGRAPH.name}", to=scene.reply_address),
        action="append_unconfirmed",
        because=r"issued to (somebody else|another)",
        grade="A3",
        standing="S0",
        token="T2",
    ),
)
