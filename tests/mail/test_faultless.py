"""Two readings that must be one: what is read quickly, and by who knows every fault."""

from collections.abc import Sequence
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail import address, faultless, headers, structure
from gateway.mail.structure import Part

FIELD = "Content-Type: multipart/mixed; boundary=b\n"
LINES = (
    *("--b", "--b", "--b--", "--c", "--c--", "--b-", "-- ", "", "", "", "text", " folded", "X: y", ":", "From x"),
    *("Content-Type: multipart/digest; boundary=c", "Content-Type: text/plain", "Content-Transfer-Encoding: base64"),
)
MAILBOX = (
    *('"', "\\", "<", ">", "<a.b@c.example>", "@", "(", ")", ",", ".", " ", "\t", "=?utf-8?q?x?=", "Maria", "é", "-"),
    *("a@b.example", '"N. N." ', "x" * 64, "_", "\udce9"),
)


def tree(part: Part) -> object:
    """All that is known of a part and those inside of it."""
    defects = [type(defect) for defect in part.defects]
    inside = [tree(child) for child in part.children]
    return part.get_content_type(), list(part.raw_items()), defects, part.depth, inside or part.get_payload()


def new_part() -> Part:
    """A part of no limits."""
    return Part()


def joined(lines: Sequence[tuple[str, str]]) -> str:
    """Lines with the ends that they have."""
    return "".join(text + end for text, end in lines)


TEXTS = st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(("\n", "\n", "\r\n"))), max_size=30).map(joined)


@given(TEXTS)
def test_a_faultless_mail_is_what_the_parser_makes_of_it(text: str) -> None:
    """And of all others it says so."""
    with suppress(faultless.Faulty):
        found = faultless.read([FIELD], text, new_part)
        assert tree(structure._parsed(FIELD, text, new_part)) == tree(found)


def test_an_ordinary_mail_is_faultless() -> None:
    """With parts in a part, and text around them that nobody sees."""
    parts = "--c\r\n\r\nA\r\n--c \r\nX: y\r\n\tz\r\n\r\n\r\n--c--\r\n"
    inner = f"Content-Type: multipart/alternative; boundary=c\r\n\r\n{parts}"
    root = faultless.read([FIELD], f"above\r\n--b\r\n{inner}\r\n--b\r\n\r\nB\r\n\r\n--b--\r\nbelow", new_part)
    both, last = root.children
    assert ["A", ""] == [child.get_payload() for child in both.children]
    assert "y\r\n\tz" == both.children[1]["X"]
    assert "B\r\n" == last.get_payload()


@given(TEXTS)
def test_what_the_parser_does_not_see_is_kept_octet_for_octet(text: str) -> None:
    """The placeholders for text change no part."""
    raw = (FIELD + "\n" + text.replace("text", "text " * 30)).encode()
    read = structure.read(raw, headers.read(raw))
    parsed = structure._parsed(FIELD, raw.decode().removeprefix(FIELD + "\n"), new_part)
    octets = [b"".join(part.octets) for part in read.root.walk() if not part.children]
    assert [part.get_payload().encode() for part in parsed.walk() if not part.children] == octets


@given(st.lists(st.sampled_from(MAILBOX), max_size=8).map("".join))
def test_an_ordinary_address_is_what_the_grammar_makes_of_it(text: str) -> None:
    """It decides identity."""
    ordinary = address._ORDINARY.fullmatch(text)
    found = address._of_ordinary(ordinary) if ordinary else None
    assert found is None or found == address._of_any(text)
