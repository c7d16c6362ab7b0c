"""Encoded words (RFC 2047) as real programs write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.words import decode, readable, recovered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=?ISO-8859-1?Q?a?=", "a"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=\r\n =?UTF-8?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"),
        ("=?utf-8*el?b?zrE=?=", "α"),
        # A character cut in two.
        ("=?utf-8?b?zg==?= =?utf-8?b?sQ==?=", "α"),
        ("=?utf-8?q?=CE?= =?utf-8?q?=B1?=", "α"),
        # Padding that is missing, or one symbol too many.
        ("=?utf-8?b?zrE?=", "α"),
        ("=?utf-8?b?zrGx?=", "α\ufffd"),
        ("=?utf-8?b?zrE=x?=", "α"),
        ("=?utf-8?q?spaces are wrong here?=", "spaces are wrong here"),
        ("=?utf-8?q?=ZZ=?=", "=ZZ="),
        ("=?x-unknown?q?a=E9?=", "aé"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        ("plain", "plain"),
        ("=?iso-2022-jp?B?GyRCJDMbKEI=?= =?iso-2022-jp?B?GyRCJHMbKEI=?=", "こん"),
    ],
)
def test_encoded_words_are_decoded(text: str, expected: str) -> None:
    """RFC 2047 §8, and what is wrong in the wild."""
    assert expected == decode(text)


def test_escaped_octets_become_characters() -> None:
    """What a decoder could not read is read from the octets."""
    raw = "Ελληνικά κείμενα".encode("cp1253")
    assert "Ελληνικά κείμενα" == recovered(raw.decode("ascii", "surrogateescape"))
    assert "ά" == recovered("ά")


@settings(deadline=None)
@given(st.text(alphabet="=?utf-8QqBb_ A1\n", max_size=200))
def test_decoding_never_raises(text: str) -> None:
    """Whatever looks like an encoded word."""
    assert readable(text) == readable(text).strip()


def test_many_openings_cost_no_more_than_their_length() -> None:
    """Linear: a quadratic decoder would need minutes here."""
    assert 1000 == len(readable("=?" * 500 + "=?a?q?" * 100_000))
    assert decode("=?a?q?" * 100_000)
