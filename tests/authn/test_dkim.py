"""DKIM: really signed mail, its keys asked over the network and from zone files."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dkim as library
import pytest

from gateway.authn import dkim
from gateway.authn.resolver import Resolver
from gateway.authn.signed import SignedMail
from gateway.clock import FixedClock
from gateway.config import Dns
from tests.authn.conftest import Resolve
from tests.authn.signing import MAIL, NOW, SIGNED, Signer, ed25519_key, rsa_key, txt
from tests.peers.dns import ServeZone

FORMS = [(header, body) for header in (b"relaxed", b"simple") for body in (b"relaxed", b"simple")]


def verified(raw: bytes, resolver: Resolver, at: datetime) -> list[dkim.Signature]:
    """Every signature of a mail."""
    mail, asked = SignedMail(raw), resolver.for_mail()
    return [dkim.verify(mail, found, asked) for found in dkim.find(mail, at)]


def results(raw: bytes, resolver: Resolver, at: datetime = NOW) -> list[tuple[str, str]]:
    """Domain and result of each signature."""
    return [(found.domain, found.result) for found in verified(raw, resolver, at)]


def only(raw: bytes, resolver: Resolver, at: datetime = NOW) -> dkim.Signature:
    """The one signature of a mail."""
    (signature,) = verified(raw, resolver, at)
    return signature


@pytest.mark.parametrize("key", [rsa_key, ed25519_key], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("form", FORMS, ids=[f"{header.decode()}/{body.decode()}" for header, body in FORMS])
def test_a_signed_mail_passes_with_crlf_and_with_lf(key: object, form: tuple[bytes, bytes], resolve: Resolve) -> None:
    """In all four canonicalisations and both algorithms; mail files often have bare LF."""
    pair = key()  # type: ignore[operator]
    raw = Signer(key=pair, canonicalize=form).sign()
    resolver = resolve(pair.record())

    assert results(raw, resolver) == [("shop.test", "pass")]
    assert results(raw.replace(b"\r\n", b"\n"), resolver) == [("shop.test", "pass")]


@pytest.mark.parametrize(
    "forge",
    [
        lambda raw: raw.replace(b"nobody can pay", b"everybody pays"),
        lambda raw: raw.replace(b"Subject: The", b"Subject: My"),
        lambda raw: raw.replace(b"alice@shop.test", b"carol@shop.test"),
        lambda raw: raw + b"more text\r\n",
        lambda raw: b"From: Mallory <mallory@evil.test>\r\n" + raw,
    ],
    ids=["body", "subject", "author", "added text", "second author"],
)
def test_a_changed_mail_fails(forge: object, resolve: Resolve) -> None:
    """Body, signed fields, and a From field on top of the signed one."""
    raw = forge(Signer().sign())  # type: ignore[operator]

    assert only(raw, resolve(rsa_key().record())).result in ("fail", "neutral")


def test_somebody_elses_key_fails(resolve: Resolve) -> None:
    """The domain publishes another key."""
    raw = Signer(key=rsa_key(1024)).sign()

    assert results(raw, resolve(rsa_key(2048).record())) == [("shop.test", "fail")]


def test_folding_and_white_space_may_change_where_the_signer_relaxed_it(zone_resolver: Resolve) -> None:
    """RFC 6376 §3.4.2, §3.4.4."""
    raw = Signer().sign()
    changed = raw.replace(b"The checkout is broken", b"The  checkout\r\n\tis broken").replace(b"  nobody", b"\t nobody")

    assert raw != changed
    assert results(changed, zone_resolver(rsa_key().record())) == [("shop.test", "pass")]


def test_every_signature_is_judged_on_its_own(resolve: Resolve) -> None:
    """One passes, one has no key, one was made for other text."""
    other = replace(Signer(), domain=b"relay.test")
    raw = Signer(domain=b"nokey.test").sign(Signer().sign(MAIL))
    forged = other.sign(MAIL.replace(b"Alice\r\n", b"Bob\r\n")).partition(b"From:")[0]
    zone = rsa_key().record() + rsa_key().record(domain="relay.test")

    assert results(forged + raw, resolve(zone)) == [
        ("relay.test", "fail"),
        ("nokey.test", "permerror"),
        ("shop.test", "pass"),
    ]


def test_five_signatures_are_looked_at_and_no_more(serve_zone: ServeZone, clock: FixedClock) -> None:
    """A hundred signatures must not cost a hundred look-ups."""
    raw = MAIL
    for number in range(8):
        raw = Signer(selector=f"s{number}".encode()).sign(raw)
    server = serve_zone(rsa_key().record())

    found = results(raw, Resolver(Dns(servers=(server.address,)), clock))

    assert found == [("shop.test", "permerror")] * 5
    assert len(server.questions) == 5


def test_a_mail_without_a_signature_costs_no_look_up(serve_zone: ServeZone, clock: FixedClock) -> None:
    """Most mail of strangers."""
    server = serve_zone(rsa_key().record())

    assert results(MAIL, Resolver(Dns(servers=(server.address,)), clock)) == []
    assert server.questions == []


class TestGaps:
    """Threat A-17: signatures whose arithmetic is right and that prove nothing."""

    @pytest.mark.parametrize("text", [b"", b"Send the money to me.\r\n"], ids=["as signed", "text added"])
    def test_a_signature_of_a_part_of_the_text_is_neutral(self, text: bytes, resolve: Resolve) -> None:
        """The library says True to both (l=)."""
        raw = Signer(length=True, canonicalize=(b"relaxed", b"simple")).sign() + text

        signature = only(raw, resolve(rsa_key().record()))

        assert library.verify(raw, dnsfunc=lambda *_, **__: f"p={rsa_key().public}".encode())
        assert (
            signature.result,
            signature.why,
        ) == ("neutral", "it covers only a part of the text (l=), so anything could be added")

    def test_a_short_key_is_neutral(self, resolve: Resolve) -> None:
        """512 bits were broken in public in 2012."""
        key = rsa_key(512)

        signature = only(Signer(key=key).sign(), resolve(key.record()))

        assert (signature.result, signature.why) == ("neutral", "the key has only 512 bits")

    def test_a_key_of_1024_bits_still_passes(self, resolve: Resolve) -> None:
        """RFC 8301 §3.2: verifiers must take it."""
        key = rsa_key(1024)

        assert results(Signer(key=key).sign(), resolve(key.record())) == [("shop.test", "pass")]

    @pytest.mark.parametrize("flags", ["y", "y:s", "s : y"])
    def test_a_domain_that_is_testing_is_neutral(self, flags: str, resolve: Resolve) -> None:
        """RFC 6376 §3.6.1: such mail must not be treated differently from unsigned mail."""
        signature = only(Signer().sign(), resolve(rsa_key().record(tags=f"t={flags}; ")))

        assert (signature.result, signature.why) == ("neutral", "the domain is only testing DKIM (t=y)")

    def test_a_signature_that_omits_the_author_is_neutral(self, resolve: Resolve) -> None:
        """RFC 6376 §5.4 demands From; dkimpy would not sign without, so the tag is changed afterwards."""
        raw = Signer().sign().replace(b"h=from : to", b"h=xfrm : to")

        signature = only(raw, resolve(rsa_key().record()))

        assert (signature.result, signature.why) == ("neutral", "it does not cover the From field")

    @pytest.mark.parametrize(("seconds", "expected"), [(-1, "neutral"), (1, "fail")])
    def test_an_expired_signature_is_neutral_by_the_time_of_arrival(
        self, seconds: int, expected: str, zone_resolver: Resolve
    ) -> None:
        """x= is not signed here, so a living one fails for that; an expired one is not even computed."""
        moment = int(NOW.timestamp()) + seconds
        raw = Signer().sign().replace(b"q=dns/txt;", f"q=dns/txt; x={moment};".encode())

        assert [("shop.test", expected)] == results(raw, zone_resolver(rsa_key().record()))

    def test_sha1_is_neutral(self, zone_resolver: Resolve) -> None:
        """RFC 8301 §3.1: must not be used to verify."""
        raw = Signer(key=replace(rsa_key(), algorithm=b"rsa-sha1")).sign()

        assert results(raw, zone_resolver(rsa_key().record())) == [("shop.test", "neutral")]

    @pytest.mark.parametrize("name", ["Subject", "Date", "To", "SUBJECT"])
    def test_a_second_field_that_is_not_signed_makes_it_neutral(self, name: str, resolve: Resolve) -> None:
        """People see the upper one, the signature covers the lower one (RFC 6376 §8.15): the library passes it."""
        raw = f"{name}: forged\r\n".encode() + Signer().sign()

        assert library.verify(raw, dnsfunc=lambda *_, **__: f"p={rsa_key().public}".encode())
        assert results(raw, resolve(rsa_key().record())) == [("shop.test", "neutral")]

    def test_fields_signed_once_too_often_stay_good_while_there_is_one(self, resolve: Resolve) -> None:
        """Oversigning, as careful senders do."""
        raw = Signer(headers=(*SIGNED, b"from", b"subject", b"reply-to")).sign()

        assert results(raw, resolve(rsa_key().record())) == [("shop.test", "pass")]
        assert results(b"Reply-To: x@evil.test\r\n" + raw, resolve(rsa_key().record())) == [("shop.test", "fail")]


class TestKeys:
    """What key records may say (RFC 6376 §3.6.1)."""

    @pytest.mark.parametrize(
        ("zone", "why"),
        [
            ("", "there is no key at s1._domainkey.shop.test"),
            (txt("s1._domainkey.shop.test", "v=spf1 -all"), "there is no key at s1._domainkey.shop.test"),
            (txt("s1._domainkey.shop.test", "v=DKIM1; p="), "the key was revoked"),
            (txt("s1._domainkey.shop.test", "v=DKIM1; p=AAAA"), "the key cannot be read"),
            (txt("s1._domainkey.shop.test", "v=DKIM1; p=!"), "the key cannot be read"),
            (txt("s1._domainkey.shop.test", "v=DKIM2; p=AAAA"), "the key cannot be read"),
            (txt("s1._domainkey.shop.test", "v=DKIM1; k=dsa; p=AAAA"), "the key cannot be read"),
            (txt("s1._domainkey.shop.test", "p=x; p=y"), "the key record is not a list of tags"),
        ],
    )
    def test_an_unusable_key_is_a_permanent_error(self, zone: str, why: str, zone_resolver: Resolve) -> None:
        """Trying again would not help."""
        signature = only(Signer().sign(), zone_resolver(zone))

        assert ("permerror", why) == (signature.result, signature.why)

    @pytest.mark.parametrize(
        ("tags", "result", "why"),
        [
            ("s=email; ", "pass", ""),
            ("s=* ; ", "pass", ""),
            ("s=tlsrpt; ", "permerror", "the key is not one for mail"),
            ("h=sha256; ", "pass", ""),
            ("h=sha1; ", "permerror", "the key does not allow this hash"),
            ("t=s; ", "pass", ""),
            ("n=a note; x=unknown; ", "pass", ""),
        ],
    )
    def test_tags_of_the_key_are_obeyed(self, tags: str, result: str, why: str, zone_resolver: Resolve) -> None:
        """Service, hash, subdomains."""
        signature = only(Signer().sign(), zone_resolver(rsa_key().record(tags=tags)))

        assert (result, why) == (signature.result, signature.why)

    @pytest.mark.parametrize(("tags", "result"), [("", "pass"), ("t=s; ", "permerror")])
    def test_a_key_may_forbid_to_sign_for_subdomains(self, tags: str, result: str, zone_resolver: Resolve) -> None:
        """i= of a subdomain with t=s."""
        raw = Signer(identity=b"alice@mail.shop.test").sign()

        assert [("shop.test", result)] == results(raw, zone_resolver(rsa_key().record(tags=tags)))

    def test_a_key_of_another_algorithm_does_not_count(self, zone_resolver: Resolve) -> None:
        """An RSA signature, an Ed25519 key."""
        signature = only(Signer().sign(), zone_resolver(ed25519_key().record()))

        assert (signature.result, signature.why) == ("permerror", "the key is one for another algorithm")

    def test_other_records_beside_the_key_do_not_disturb(self, resolve: Resolve) -> None:
        """A wildcard's SPF record, for one; two keys do: which is meant, nobody knows (§3.6.2.2)."""
        other = txt("s1._domainkey.shop.test", "v=spf1 -all")

        assert results(Signer().sign(), resolve(other + rsa_key().record())) == [("shop.test", "pass")]
        assert results(Signer().sign(), resolve(rsa_key().record() + rsa_key(1024).record())) == [
            ("shop.test", "permerror")
        ]

    def test_a_huge_key_is_refused_before_it_is_used(self, zone_resolver: Resolve) -> None:
        """A modulus of 8192 bits; one of 400,000 would keep a processor busy for minutes."""
        modulus = bytes([0, 0x80]) + bytes(1022) + b"\x01"
        exponent = b"\x01\x00\x01"
        numbers = der(0x02, modulus) + der(0x02, exponent)
        public = base64.b64encode(der(0x30, numbers)).decode()

        signature = only(Signer().sign(), zone_resolver(txt("s1._domainkey.shop.test", f"v=DKIM1; p={public}")))

        assert (signature.result, signature.why) == ("permerror", "the key is larger than 4096 bits")


def der(tag: int, content: bytes) -> bytes:
    """A DER value with a long-form length."""
    return bytes([tag, 0x82]) + len(content).to_bytes(2) + content


@pytest.mark.parametrize(
    "damage",
    [
        (b"d=shop.test", b"d=shop..test"),
        (b"d=shop.test", b"d=<shop.test"),
        (b"d=shop.test", b"x=shop.test"),
        (b"d=shop.test", b"d=test"),
        (b"a=rsa-sha256", b"a=rsa-md5"),
        (b"v=1;", b"v=2;"),
        (b"v=1;", b"v=1; v=1;"),
        (b"q=dns/txt", b"q=finger"),
        (b"c=relaxed/relaxed", b"c=free/free"),
        (b"s=s1", b"s=s1; t=soon; z"),
        (b"i=@shop.test", b"i=@evil.test"),
        (b"i=@shop.test", b"i=shop.test"),
        (b"h=from", b"h=" + b"x:" * 300 + b"from"),
        (b"h=from", b"h=" + b" " * 200 + b"from"),
        (b"h=from", b"h=" + b"y" * 9000 + b":from"),
    ],
    ids=lambda pair: repr(pair[1][:24]),
)
def test_a_damaged_signature_is_a_permanent_error(damage: tuple[bytes, bytes], zone_resolver: Resolve) -> None:
    """Never an exception, never a pass."""
    raw = Signer().sign()
    assert damage[0] in raw

    assert only(raw.replace(*damage, 1), zone_resolver(rsa_key().record())).result == "permerror"


@pytest.mark.parametrize(
    "head",
    [b" leading: space\r\n", b"no field at all\r\n", b"From : alice@shop.test\r\n", b"X: y\r\n" * 2500],
    ids=["continuation first", "not a field", "space before colon", "too many fields"],
)
def test_a_header_without_one_certain_reading_has_no_good_signature(head: bytes, zone_resolver: Resolve) -> None:
    """Two programs might see two different authors in it."""
    assert results(head + Signer().sign(), zone_resolver(rsa_key().record())) == [("", "permerror")]


def test_the_separator_line_of_an_mbox_does_not_disturb(zone_resolver: Resolve) -> None:
    """As left on top by some exports."""
    raw = b"From alice@shop.test Tue Sep  1 10:59:00 2026\n" + Signer().sign().replace(b"\r\n", b"\n")

    assert results(raw, zone_resolver(rsa_key().record())) == [("shop.test", "pass")]


def test_no_answer_from_dns_is_temporary(serve_zone: ServeZone, clock: FixedClock) -> None:
    """SERVFAIL and silence."""
    name = "s1._domainkey.shop.test"
    for server in (serve_zone("x.test. 60 IN A 192.0.2.1\n", servfail=[name]), serve_zone("\n", silent=[name])):
        resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=0.3), clock)
        signature = only(Signer().sign(), resolver)

        assert (signature.domain, signature.result) == ("shop.test", "temperror")
        assert signature.why.startswith(f"TXT {name}: ")


def test_a_signature_tells_when_it_was_made_and_whether_the_date_is_covered(zone_resolver: Resolve) -> None:
    """What the rule against old mail sent again needs."""
    resolver = zone_resolver(rsa_key().record())
    with_date, without = Signer().sign(), Signer(headers=(b"from", b"to")).sign()

    assert only(with_date, resolver).covers_date
    assert not only(without, resolver).covers_date
    signed_at = only(without, resolver).signed_at
    assert signed_at is not None
    assert abs(datetime.now(UTC) - signed_at) < timedelta(minutes=1)


RFC_6376 = b"""DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
"""
RFC_6376_ZONE = txt(
    "brisbane._domainkey.example.com",
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
    "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gb"
    "to/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB",
)


def test_the_example_of_rfc_6376_passes(resolve: Resolve) -> None:
    """Appendix A.2: "simple" twice, with folded fields; one space more in its text, and it does not."""
    resolver = resolve(RFC_6376_ZONE)

    assert results(RFC_6376, resolver) == [("example.com", "pass")]
    assert results(RFC_6376.replace(b"game. Are", b"game.  Are"), resolver) == [("example.com", "fail")]
    assert results(RFC_6376.replace(b"From: Joe", b"From:  Joe"), resolver) == [("example.com", "fail")]


RFC_8463 = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC_8463_ZONE = txt(
    "brisbane._domainkey.football.example.com", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
) + txt(
    "test._domainkey.football.example.com",
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
    "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    "Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
)


def test_the_example_of_rfc_8463_passes(resolve: Resolve) -> None:
    """Appendix A: one mail, signed with Ed25519 and with RSA."""
    assert results(RFC_8463, resolve(RFC_8463_ZONE)) == [("football.example.com", "pass")] * 2
    changed = RFC_8463.replace(b"hungry yet", b"hungry now")
    assert results(changed, resolve(RFC_8463_ZONE)) == [("football.example.com", "fail")] * 2


def test_ours_agrees_with_the_library_on_odd_bodies(zone_resolver: Resolve) -> None:
    """Our own preparation of the body must not change what dkimpy would have computed."""
    record = f"p={rsa_key().public}".encode()
    resolver = zone_resolver(rsa_key().record())
    head = MAIL.partition(b"\r\n\r\n")[0]
    bodies = [b"", b"\r\n", b"\r\n\r\n", b" \r\n\t\r\n", b"a", b"a\r\n \r\n", b"a \t b\t\r\n", b"a\rb\r\n"]
    bodies += [b"\ra\r\n\r\n\r\r\n", b"a" + b"\r\n" * 10_000, b" a\n\nb \n \n"]
    for body in bodies:
        for form in FORMS:
            raw = Signer(canonicalize=form).sign(head + b"\r\n\r\n" + body)

            assert library.verify(raw, dnsfunc=lambda *_, **__: record)
            assert results(raw, resolver) == [("shop.test", "pass")], (body, form)
