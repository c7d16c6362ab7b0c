"""The grammar of Authentication-Results (RFC 8601 §2.2)."""

from contextlib import suppress

import pytest

from gateway.authn.results import MethodResult, Results, UnreadableResults, parse
from tests.cost import assert_linear


def result(method: str, outcome: str, **properties: str) -> MethodResult:
    """A result as parsed; `header_from` stands for header.from."""
    pairs = tuple((name.replace("_", ".", 1), value) for name, value in properties.items())
    return MethodResult(method=method, result=outcome, properties=pairs)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mx.test; none", Results(authserv_id="mx.test")),
        ("MX.Test. ; none", Results(authserv_id="mx.test")),
        ("mx.test 1; none;", Results(authserv_id="mx.test")),
        ("mx.test", Results(authserv_id="mx.test")),
        (
            " mx.test;\r\n\tspf=pass smtp.mailfrom=shop.test",
            Results(authserv_id="mx.test", results=(result("spf", "pass", smtp_mailfrom="shop.test"),)),
        ),
        (
            '"mx.test" (our (own)) 1 (version); SPF = Pass reason = "ok; dmarc=pass" smtp.mailfrom="a b"@shop.test',
            Results(authserv_id="mx.test", results=(result("spf", "pass", smtp_mailfrom="a b@shop.test"),)),
        ),
        (
            "mx.test; dkim/1=pass header.d=shop.test header.b=ab/c+d== header.s=s1",
            Results(
                authserv_id="mx.test",
                results=(result("dkim", "pass", header_d="shop.test", header_b="ab/c+d==", header_s="s1"),),
            ),
        ),
        (
            "mx.test; dkim/2=pass header.d=shop.test; dmarc=fail action=none header.from=shop.test",
            Results(authserv_id="mx.test", results=(result("dmarc", "fail", header_from="shop.test"),)),
        ),
        (
            "mx.test; spf=pass (192.0.2.1 may send) smtp.mailfrom=a@shop.test; iprev=pass policy.iprev=2001:db8::1",
            Results(
                authserv_id="mx.test",
                results=(
                    result("spf", "pass", smtp_mailfrom="a@shop.test"),
                    result("iprev", "pass", policy_iprev="2001:db8::1"),
                ),
            ),
        ),
        ('mx.test; x=y a.b="q\\"uote;"', Results(authserv_id="mx.test", results=(result("x", "y", a_b='q"uote;'),))),
    ],
)
def test_a_value_is_read(value: str, expected: Results) -> None:
    """Comments, quotes, folding, versions, case, and what big providers write."""
    assert expected == parse(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "it does not begin with the name of a server"),
        ("; spf=pass", "it does not begin with the name of a server"),
        ("spf=pass; mx.test", "it does not begin with the name of a server"),
        ("mx.test other 1; none", "it does not begin with the name of a server"),
        ("mx.test 2; none", "its version is not 1"),
        ("mx.test 1.0; none", "its version is not 1"),
        ("mx.test; spf", "a result is not written as method=result"),
        ("mx.test; spf=pass smtp.mailfrom", "a result is not written as method=result"),
        ("mx.test;; spf=pass", "a result is not written as method=result"),
        ("mx.test; none; spf=pass", "a result is not written as method=result"),
        ("mx.test; header.d=shop.test dkim=pass", "a result does not begin with the name of a method"),
        ("mx.test; spf=pa/ss", "a result is no word"),
        ("mx.test; spf=", "a result is no word"),
        ("mx.test; spf=pass (", "a comment has no end"),
        ("mx.test; spf=pass )", "a bracket or a backslash stands alone"),
        ("mx.test; spf=pass \\x", "a bracket or a backslash stands alone"),
        ('mx.test; spf=pass "x', "a quoted string has no end"),
        ('mx.test; spf=pass "x\\', "a quoted string has no end"),
        ("mx.test; spf=pass ((((((x))))))", "comments are nested too deeply"),
        ("mx.test; spf=pass a.b=" + "x" * 17_000, "it is longer than 16 KiB"),
    ],
)
def test_a_doubtful_value_is_refused_whole(value: str, why: str) -> None:
    """A half reading could be what a forger wants."""
    with pytest.raises(UnreadableResults) as caught:
        parse(value)

    assert why == str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        'mx.test; spf=pass (domain of "x); dmarc=pass header.from=shop.test ("@evil.test) smtp.mailfrom=evil.test',
        "mx.test; spf=fail smtp.helo=evil.test;dmarc=pass(x)header.from=shop.test",
        "mx.test; spf=fail (helo evil\\); dmarc=pass (x) smtp.mailfrom=evil.test",
    ],
    ids=["quoted local part in a comment", "HELO name without spaces", "backslash in a comment"],
)
def test_words_of_an_outsider_do_not_become_a_result(value: str) -> None:
    """A server that repeats a quoted local part or a HELO name carelessly."""
    with pytest.raises(UnreadableResults):
        parse(value)


def test_a_quoted_local_part_stays_one_value() -> None:
    """As a careful server writes it."""
    (found,) = parse('mx.test; spf=pass smtp.mailfrom="x; dmarc=pass header.from=shop.test"@evil.test').results

    assert found.about("smtp.mailfrom") == "x; dmarc=pass header.from=shop.test@evil.test"


def test_a_property_that_stands_there_twice_is_none() -> None:
    """Which is meant, nobody knows."""
    (found,) = parse("mx.test; dmarc=pass header.from=a.test header.from=b.test").results

    assert found.about("header.from") == ""


@pytest.mark.parametrize("text", ["(", '"', "a=", "; ", "a ", "()", "\\", "=", "(a) ", '"" '])
def test_time_is_linear(text: str) -> None:
    """For every kind of character, as long as values may be."""

    def read(size: int) -> None:
        with suppress(UnreadableResults):
            parse("mx.test; " + text * (size // len(text)))

    assert_linear(read, 1600)
