"""The one address that decides identity, and the tricks that must not bend it (threats A-14, A-15, A-16)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.address import MAX_ADDRESSES, addresses, author_of
from gateway.mail.message import Address
from gateway.tokens import canonical_address

READ = [
    (b"alice@shop.example", "alice@shop.example", ""),
    (b" Alice <alice@shop.example>", "alice@shop.example", "Alice"),
    (b"<alice@shop.example>", "alice@shop.example", ""),
    (b"Alice < alice@shop.example >", "alice@shop.example", "Alice"),
    (b'"Alice, of the Shop" <alice@shop.example>', "alice@shop.example", "Alice, of the Shop"),
    (b"John Q. Public <john@shop.example>", "john@shop.example", "John Q. Public"),
    (b"alice@shop.example (Alice)", "alice@shop.example", "Alice"),
    (b"Alice (of (the) shop) <alice@shop.example>", "alice@shop.example", "Alice"),
    (b"Alice (a \\) b) <alice@shop.example>", "alice@shop.example", "Alice"),
    (b"Alice\r\n <alice@shop.example>", "alice@shop.example", "Alice"),
    (b"Alice\n\t<alice@shop.example>\r\n", "alice@shop.example", "Alice"),
    (b"=?utf-8?b?zpXOu86tzr3Otw==?= <eleni@shop.example>", "eleni@shop.example", "Ελένη"),
    (b"=?iso-8859-7?q?=C5=EB=DD=ED=E7?= <eleni@shop.example>", "eleni@shop.example", "Ελένη"),
    ("Ελένη <eleni@shop.example>".encode(), "eleni@shop.example", "Ελένη"),
    ("Ελένη <eleni@shop.example>".encode("windows-1253"), "eleni@shop.example", "Ελένη"),
    ("ελένη@κατάστημα.example".encode(), "ελένη@κατάστημα.example", ""),
    (b'"alice"@shop.example', "alice@shop.example", ""),
    (b'"alice of shop"@shop.example', '"alice of shop"@shop.example', ""),
    (b"o'brien+x=y@shop.example", "o'brien+x=y@shop.example", ""),
    (b"a@b.c.d-e.example", "a@b.c.d-e.example", ""),
    (b"root@localhost", "root@localhost", ""),
    (b"=?utf-8?q?Smith=2C_Jane?= <jane@shop.example>", "jane@shop.example", "Smith, Jane"),
    (b"=?utf-8?Q?Smith,_Jane?= <jane@shop.example>", "jane@shop.example", "Smith, Jane"),
    # Two readings, one address.
    (b"alice@shop.example <Alice@Shop.example>", "Alice@Shop.example", ""),
    # A phrase in quotes is a name, whatever stands in it.
    (b'"alice@shop.example" <evil@x.test>', "evil@x.test", "alice@shop.example"),
    (b'"Alice <alice@shop.example>" <evil@x.test>', "evil@x.test", "Alice <alice@shop.example>"),
    (b'"a\\" <alice@shop.example>, \\"b" <evil@x.test>', "evil@x.test", 'a" <alice@shop.example>, "b'),
    (b"=?utf-8?q?alice=40shop.example?= <evil@x.test>", "evil@x.test", "alice@shop.example"),
]


@pytest.mark.parametrize(("field", "address", "name"), READ)
def test_a_plain_from_field_names_its_one_mailbox(field: bytes, address: str, name: str) -> None:
    """What RFC 5322 allows and people really write is read."""
    assert (Address(address=address, name=name), "") == author_of([field])


TRICKS = [
    b"",
    b"   ",
    b"<>",
    b"Alice",
    b"Alice <>",
    b"alice@shop.example <evil@x.test>",
    b"<alice@shop.example>evil@x.test",
    b"<alice@shop.example> <evil@x.test>",
    b"<alice@shop.example> evil",
    b"alice@shop.example)<evil@x.test>",
    b"alice@shop.example(<evil@x.test>",
    b"(alice@shop.example <evil@x.test>",
    b"=?utf-8?q?alice=40shop.example?=",
    b"=?utf-8?q?alice=40shop.example=3E?= evil@x.test",
    b"=?utf-8?q?<alice@shop.example>?= <evil@x.test>",
    b"=?utf-8?q?alice?=@shop.example",
    b"<=?utf-8?q?alice?=@shop.example>",
    b"alice@shop.example, evil@x.test",
    b"Alice <alice@shop.example>, Evil <evil@x.test>",
    b"Alice, <alice@shop.example>",
    b"alice@shop.example,",
    b"alice@shop.example;",
    b"Friends: alice@shop.example;",
    b"Friends: alice@shop.example, evil@x.test;",
    b"Undisclosed recipients:;",
    b"<@evil.test:alice@shop.example>",
    b"<@evil.test,@x.test:alice@shop.example>",
    b"alice@shop.example@x.test",
    b"<alice@shop.example@x.test>",
    b"alice @shop.example",
    b"alice@ shop.example",
    b"alice@shop .example",
    b"alice(comment)@shop.example",
    b"<alice@shop.example(comment)>",
    b"alice@(comment)shop.example",
    b".alice@shop.example",
    b"alice.@shop.example",
    b"al..ice@shop.example",
    b"alice@shop..example",
    b"alice@.shop.example",
    b"alice@shop.example.",
    b"alice@-shop.example",
    b"alice@shop-.example",
    b"alice@" + b"a" * 64 + b".example",
    b"a" * 65 + b"@shop.example",
    b"a@" + b"b." * 130 + b"example",
    b"alice@[192.0.2.1]",
    b"alice@shop.example\x00.x.test",
    b"alice@shop.example\x00",
    b"ali\x00ce <alice@shop.example>",
    b"Alice\r<alice@shop.example>",
    b"Alice\nBcc: x <alice@shop.example>",
    b"alice\\@shop.example@x.test",
    b'"alice@shop.example',
    b'"alice@shop.example" evil@x.test',
    b'alice"@shop.example',
    b'"alice"."b"@shop.example',
    b'"=?utf-8?q?alice?="@shop.example',
    b'"al\tice"@shop.example',
    "alice@shop\uff0eexample".encode(),
    "alice@shop\u3002example".encode(),
    "alice@\uff53hop.example".encode(),
    "alice@shop\u200b.example".encode(),
    "alice\u202e@shop.example".encode(),
    "alice@sh\u202eop.example".encode(),
    "ali\u00a0ce@shop.example".encode(),
    "ηλίας@shop.example".encode("windows-1253"),
    b"alice@shop.example" + b"(" * 3 + b")" * 3,
    b"(" * 1000 + b")" * 1000 + b" alice@shop.example",
    b"(" * 8000 + b"alice@shop.example",
    b"Alice " * 2000 + b"<alice@shop.example>",
    b"[Shop] Alice <alice@shop.example>",
    b"Alice <alice@shop.example",
    b"Alice alice@shop.example>",
]


@pytest.mark.parametrize("field", TRICKS)
def test_a_from_field_that_can_be_read_in_two_ways_is_nobodys(field: bytes) -> None:
    """No identity, and a reason in words."""
    author, why = author_of([field])
    assert author is None
    assert why


@pytest.mark.parametrize("count", [0, 2, 3])
def test_a_mail_has_exactly_one_from_field(count: int) -> None:
    """None and two are both nobody, also when both name the same address."""
    author, why = author_of([b"alice@shop.example"] * count)
    assert author is None
    assert "From field" in why


def test_a_quoted_local_part_that_needs_no_quotes_is_the_same_mailbox() -> None:
    """Otherwise a customer would be two people."""
    quoted, _ = author_of([b'"alice.b"@shop.example'])
    plain, _ = author_of([b"alice.b@shop.example"])
    assert quoted is not None
    assert quoted == plain


def test_names_lose_what_deceives_the_eye() -> None:
    """Bidirectional and zero-width characters, controls and encoded line ends."""
    author, _ = author_of(["\u202eegap\u200b <a@x.test>".encode()])
    assert author == Address(address="a@x.test", name="egap")
    author, _ = author_of([b"=?utf-8?q?Evil=0D=0ABcc=3A_v=40x=00?= <a@x.test>"])
    assert author == Address(address="a@x.test", name="Evil Bcc: v@x")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_give_an_address_or_a_reason(field: bytes) -> None:
    """Never an exception, and never an address of two readings."""
    author, why = author_of([field])
    assert (author is None) == bool(why)
    if author:
        assert author.address.isprintable()
        assert canonical_address(author.address).count("@") >= 1


@settings(deadline=None)
@given(st.text(alphabet='alice@shop.tx<>()"\\,:;= ?', max_size=60))
def test_an_address_that_was_read_stands_in_the_field_as_it_is(field: str) -> None:
    """Nothing is put together from pieces: no decoding, no joining across comments."""
    author, _ = author_of([field.encode()])
    if author:
        assert author.address in field.replace('"', "") or author.address in field


def test_lenient_reading_is_for_display_and_takes_what_it_can() -> None:
    """Groups, semicolons, missing quotes and broken items."""
    value = 'Desk <desk@x.test>, "A, B" <ab@x.test>; Team: t1@x.test, t2@x.test;, broken, Smith, John <john@x.test>'
    found = [(address.name, address.address) for address in addresses(value)]
    assert [
        ("Desk", "desk@x.test"),
        ("A, B", "ab@x.test"),
        ("", "t1@x.test"),
        ("", "t2@x.test"),
        ("John", "john@x.test"),
    ] == found


def test_lenient_reading_looks_at_no_more_than_a_thousand() -> None:
    """A To field with 20,000 addresses is a bomb."""
    assert MAX_ADDRESSES == len(addresses(", ".join(f"u{number}@x.test" for number in range(2000))))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_lenient_reading_never_raises(value: str) -> None:
    """Whatever stands in a To field."""
    assert all("@" in address.address for address in addresses(value))
