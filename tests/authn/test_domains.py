"""Spelling of domains, organisational domains, alignment."""

import pytest

from gateway.authn.domains import address_domain, ascii_domain, is_aligned, labels_of, organisational_domain, shown


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("Shop.TEST", "shop.test"),
        ("shop.test.", "shop.test"),
        ("a_b.shop-1.test", "a_b.shop-1.test"),
        ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
        ("ΠΑΡΆΔΕΙΓΜΑ.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
        ("test", ""),
        ("", ""),
        ("[192.0.2.1]", ""),
        ("shop..test", ""),
        (".shop.test", ""),
        ("shop test.test", ""),
        ("shop.test\n", ""),
        ("x" * 64 + ".test", ""),
        ("ab." * 100 + "test", ""),
        ("\ud800.test", ""),
        ("-shop.test", ""),
    ],
)
def test_a_domain_has_one_ascii_spelling_or_none(domain: str, expected: str) -> None:
    """Rubbish becomes "", which is aligned with nothing."""
    assert expected == ascii_domain(domain)


def test_the_domain_of_an_address_stands_after_its_last_at() -> None:
    """A quoted local part may hold an at sign."""
    assert address_domain('"a@b.example"@Shop.test') == "shop.test"


def test_a_label_is_what_stands_between_dots() -> None:
    """Nothing is unescaped, and what cannot be asked is None."""
    assert labels_of("a\\.B.test.") == (b"a\\", b"b", b"test")
    assert labels_of("a..test") is None
    assert labels_of("ä" * 32 + ".test") is None


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail.shop.test", "shop.test"),
        ("shop.test", "shop.test"),
        ("a.b.shop.co.uk", "shop.co.uk"),
        ("shop.com.gr", "shop.com.gr"),
        ("co.uk", "co.uk"),
        ("one.blogspot.com", "one.blogspot.com"),
    ],
)
def test_the_organisational_domain_stands_below_the_public_suffix(domain: str, expected: str) -> None:
    """RFC 7489 §3.2; customers of one platform do not vouch for each other."""
    assert expected == organisational_domain(domain)


@pytest.mark.parametrize(
    ("domain", "author", "relaxed", "strict"),
    [
        ("shop.test", "shop.test", True, True),
        ("mail.shop.test", "shop.test", True, False),
        ("shop.test", "mail.shop.test", True, False),
        ("shop.test", "shop.example", False, False),
        ("evilshop.test", "shop.test", False, False),
        ("a.co.uk", "b.co.uk", False, False),
        ("co.uk", "a.co.uk", False, False),
        ("", "", False, False),
        ("", "shop.test", False, False),
    ],
)
def test_alignment_is_by_organisation_or_strict(domain: str, author: str, relaxed: bool, strict: bool) -> None:
    """RFC 7489 §3.1."""
    assert (relaxed, strict) == (is_aligned(domain, author, strict=False), is_aligned(domain, author, strict=True))


def test_what_is_shown_is_printable_and_short() -> None:
    """It goes to logs and people."""
    assert shown("a\x1bb\r\nc d") == "a?b??c d"
    assert len(shown("x" * 9999)) == 253
