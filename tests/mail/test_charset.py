"""Octets to characters: only charsets of the list, and never an exception."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail import charset
from gateway.mail.charset import codec_of, decode, guess

GREEK = "Καλημέρα, δεν λειτουργεί η πληρωμή με κάρτα"


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("utf-8", "utf-8", GREEK),
        ("UTF8", "utf-8", GREEK),
        ('"utf-8"', "utf-8", GREEK),
        ("iso-8859-7", "iso8859_7", GREEK),
        ("ISO8859-7", "iso8859_7", GREEK),
        ("windows-1253", "cp1253", GREEK),
        ("cp1253", "cp1253", GREEK),
        ("x-mac-greek", "mac_greek", GREEK),
        ("utf-16", "utf-16", GREEK),
        ("iso-8859-1", "cp1252", "“déjà” 20 €"),
        ("latin1", "latin-1", "déjà"),
        ("koi8-r", "koi8_r", "Привет"),
        ("gb2312", "gb2312", "你好"),
        ("big5", "big5", "你好"),
        ("euc-kr", "euc_kr", "안녕"),
        ("ks_c_5601-1987", "euc_kr", "안녕"),
        ("Shift_JIS", "shift_jis", "こんにちは"),
        ("iso-2022-jp", "iso2022_jp", "こんにちは"),
        ("iso-8859-8-i", "iso8859_8", "שלום"),
        ("us-ascii", "ascii", "hello"),
    ],
)
def test_known_charsets_are_decoded_under_all_their_names(label: str, codec: str, text: str) -> None:
    """Also the names that programs misspell, and what Windows means by iso-8859-1."""
    assert (text, "") == decode(text.encode(codec), label)


@pytest.mark.parametrize(
    "label",
    [
        *("utf-7", "unicode-1-1-utf-7", "rot13", "idna", "punycode", "unicode_escape", "raw_unicode_escape"),
        *("base64", "hex", "undefined", "zip", "x-unknown", "no\x00nul", "../../etc", "a" * 5000, "Ω"),
    ],
)
def test_other_names_never_reach_the_codecs(label: str) -> None:
    """They are read as Latin-1 and named: UTF-7 would smuggle tags past every filter."""
    text, defect = decode(b"+ADw-script+AD4- \xe9 uryyb", label)
    assert "+ADw-script+AD4- é uryyb" == text
    assert "unknown charset" in defect
    assert len(defect) < 80
    assert defect.isprintable()


def test_every_codec_of_the_list_exists() -> None:
    """A name that Python does not know would raise in the middle of a mail."""
    for codec in [*charset._CODECS.values(), *charset._SUPERSETS.values()]:
        assert codecs.lookup(codec)
    assert charset._SEVEN_BIT_IS_NOT_ASCII <= set(charset._CODECS.values())


def test_undeclared_octets_are_guessed() -> None:
    """UTF-8 first, then Greek or Western by how the 8-bit octets stand."""
    assert GREEK == guess(GREEK.encode())
    assert GREEK == guess(GREEK.encode("cp1253"))
    assert "Das Geschäft müßte öffnen" == guess("Das Geschäft müßte öffnen".encode("cp1252"))
    assert (GREEK, "8-bit characters without a charset") == decode(GREEK.encode("cp1253"), "")
    assert (GREEK, "charset us-ascii but 8-bit characters") == decode(GREEK.encode(), "us-ascii")


def test_wrong_utf_8_is_recovered() -> None:
    """A mail that says UTF-8 and is not; and one with a single broken character."""
    assert (GREEK, "not all of the text is utf-8") == decode(GREEK.encode("cp1253"), "utf-8")
    text, defect = decode(GREEK.encode() + b"\xff", "utf-8")
    assert (GREEK + "\ufffd", "not all of the text is utf-8") == (text, defect)


@settings(deadline=None)
@given(st.binary(max_size=100), st.text(max_size=30) | st.sampled_from(sorted(charset._CODECS)))
def test_decoding_never_raises(data: bytes, label: str) -> None:
    """Any octets, any name; the result can always be stored."""
    text, _ = decode(data, label)
    text.encode("utf-8")
    assert codec_of(label) in {"", *charset._CODECS.values()}
