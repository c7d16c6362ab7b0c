"""A large file is decoded piece by piece: the same octets come out, however it is cut."""

import base64
import binascii
import random

import pytest

from gateway.mail import transfer

LARGE = random.Random(5).randbytes(600_001)


def cut(data: bytes, at: random.Random) -> list[bytes]:
    """The data in some pieces, empty ones among them."""
    places = sorted(at.randrange(len(data) + 1) for _ in range(at.randrange(5)))
    return [data[start:end] for start, end in zip((0, *places), (*places, len(data)), strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_a_large_file_is_decoded_in_pieces(seed: int) -> None:
    """Its lines are cut anywhere, also in the middle of four symbols."""
    pieces = cut(base64.encodebytes(LARGE).replace(b"\n", b"\r\n"), random.Random(seed))

    assert (LARGE, "") == transfer.decode(pieces, "base64")


def test_it_makes_no_difference_where_the_content_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound, padded in the middle, damaged, with a footer behind it: as the library reads it in one piece."""
    monkeypatch.setattr(transfer, "_PIECE", 7)
    for seed in range(3000):
        at = random.Random(seed)
        alphabet = "ABCDabcd+/\r\n " + ("=" if at.random() < 0.5 else "") + ("!é" if at.random() < 0.1 else "")
        data = "".join(at.choice(alphabet) for _ in range(at.randrange(60))).encode()
        whole = transfer.decode([data], "base64")

        assert whole == transfer.decode(cut(data, at), "base64")
        if not whole[1]:
            assert whole[0] == binascii.a2b_base64(data)
