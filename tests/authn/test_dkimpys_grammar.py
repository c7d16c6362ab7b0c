"""What we read ourselves to save time is read as dkimpy reads it, on anything."""

import random
from collections.abc import Sequence

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from gateway.authn import signed
from gateway.authn.dkim_key import Tags, tag_list

PIECES = (b"b=", b"; b=", b"\tb \r\n =", b"bh=", b"A/+9=", b" ", b"\r\n ", b"\n", b";", b"d=x.test", b"1=2", b"!", b"b")


def made_of(pieces: Sequence[bytes], *, count: int = 20_000) -> list[bytes]:
    """Values that may hold anything that matters to the grammar."""
    chance = random.Random(1)
    return [b"".join(chance.choices(pieces, k=chance.randrange(12))) for _ in range(count)]


def test_a_signature_is_left_out_as_dkimpy_does() -> None:
    """RFC 6376 §3.7: nothing behind b=, and everything else as it stands."""
    for value in made_of(PIECES):
        assert dkim.RE_BTAG.sub(b"\\1", value) == signed.without_signature(value), value


def test_fields_are_chosen_as_dkimpy_does() -> None:
    """RFC 6376 §5.4.2: from the bottom, each once."""
    chance = random.Random(2)
    names = (b"From", b"from", b"To", b"Received", b"X")
    for _ in range(500):
        fields = [(chance.choice(names), b" %d\r\n" % number) for number in range(chance.randrange(8))]
        mail = signed.SignedMail(b"".join(name + b":" + value for name, value in fields) + b"\r\n")
        wanted = [chance.choice(names).lower() for _ in range(chance.randrange(6))]
        assert dkim.select_headers(fields, wanted) == signed.chosen(mail, wanted)


def test_tags_are_read_as_dkimpy_does() -> None:
    """RFC 6376 §3.2: a list that it refuses is none to us."""
    for value in made_of(PIECES):
        assert by_dkimpy(value) == tag_list(value), value


def by_dkimpy(value: bytes) -> Tags | None:
    """The tags, or None where dkimpy refuses them."""
    try:
        tags: Tags = parse_tag_value(value)  # type: ignore[no-untyped-call]
    except InvalidTagValueList:
        return None
    return tags
