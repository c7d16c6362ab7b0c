"""Addresses that would make us a relay, or lead around the signed ones: refused in the dialogue."""

from tests.identity.attacks.scene import Attack
from tests.identity.post import mail


def _refused(id_: str, name: str, recipient: str) -> Attack:
    """`{r}` is the local part of the victim's reply address, `{v}` the victim."""
    return Attack(
        id=id_,
        name=name,
        mail=lambda scene: mail(
            scene.eve, rcpt=[recipient.format(r=scene.reply_address.partition("@")[0], v=scene.victim)]
        ),
        action="",
        because="No such address|Syntax",
    )


ATTACKS = (
    _refused("A-23", "another's mailbox as the recipient", "{v}"),
    _refused("A-23", "a percent sign behind our domain", "victim%victim.test@desk.test"),
    _refused("A-23", "a source route to another's mailbox", "@desk.test:{v}"),
    _refused("A-23", "our address as a quoted local part", '"support@desk.test"@evil.test'),
    _refused("A-02", "a reply address at another domain", "{r}@desk.test"),
    _refused("A-02", "a reply address with a tag", "{r}+x@reply.desk.test"),
    _refused("A-02", "a reply address cut short", "r1-00@reply.desk.test"),
    _refused("A-01", "any other name at the reply domain", "admin@reply.desk.test"),
    _refused("A-01", "a message id as an address", "m1-{r}@reply.desk.test"),
    _refused("A-02", "a reply address between two others", "x{r}x@reply.desk.test"),
)
