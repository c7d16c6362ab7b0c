"""Authentication-Results of our own border server (threat A-13): one is believed, every forged one is not."""

from itertools import pairwise

import pytest

from gateway.authn.authenticate import authenticate
from gateway.authn.border import BorderReport, read_report
from gateway.authn.result import Grade
from gateway.authn.signed import SignedMail
from gateway.authn.trust import Trust, network_of
from gateway.model import Envelope, Via
from tests.authn.conftest import Resolve
from tests.authn.signing import MAIL, NOW, Signer, rsa_key, txt
from tests.authn.test_authenticate import KEY, NONE, REJECT, message

TRUST = Trust(authserv_id="mx.desk.test", border="mx.desk.test")
LINE = b"Received: from out.shop.test (out.shop.test [192.0.2.1])\r\n\tby mx.desk.test (Postfix) with ESMTPS; x\r\n"
INNER = b"Received: from mx.desk.test (mx.desk.test [192.0.2.2]) by imap.desk.test (Dovecot) with LMTP; x\r\n"
FORGED_LINE = b"Received: from out.shop.test by mx.desk.test with ESMTP; x\r\n"
GOOD = "mx.desk.test; spf=pass smtp.mailfrom=bounce@shop.test; dmarc=pass header.from=shop.test"
IMAP = Envelope(via=Via.IMAP, received_at=NOW)


def field(value: str) -> bytes:
    """The header field."""
    return f"Authentication-Results: {value}\r\n".encode()


def report(raw: bytes, envelope: Envelope = IMAP, trust: Trust = TRUST) -> BorderReport:
    """What is believed."""
    return read_report(SignedMail(raw), envelope, trust)


@pytest.mark.parametrize(
    "raw",
    [
        field(GOOD) + LINE + MAIL,
        INNER + field(GOOD) + LINE + MAIL,
        field(GOOD) + INNER + LINE + MAIL,
        field(GOOD) + field("other.test; spf=fail smtp.mailfrom=shop.test") + LINE + MAIL,
        field(GOOD.replace("mx.desk.test", '"MX.desk.test" (us) 1')) + LINE + MAIL,
        field(GOOD.replace("; ", ";\r\n\t")) + LINE + MAIL,
        field(GOOD) + LINE + FORGED_LINE + field(GOOD.replace("pass", "fail")) + MAIL,
        (field(GOOD) + LINE + MAIL).replace(b"\r\n", b"\n"),
        field(GOOD) + LINE.replace(b"by mx.desk.test", b"by MX.DESK.TEST.") + MAIL,
    ],
)
def test_the_one_field_above_the_borders_line_is_believed(raw: bytes) -> None:
    """Quoted, folded, commented, in any case, with other servers' fields and lines around it."""
    found = report(raw)

    assert (found.spf, found.vouches_for("shop.test"), found.why) == (("pass", "shop.test"), True, "")


FORGED = {
    "below the line": LINE + field(GOOD) + MAIL,
    "below the line, with a line of its own": LINE + field(GOOD) + FORGED_LINE + MAIL,
    "two": field(GOOD) + field(GOOD) + LINE + MAIL,
    "two, one unreadable": field("mx.desk.test; spf") + field(GOOD) + LINE + MAIL,
    "no line of the border": field(GOOD) + INNER.replace(b"mx.desk.test", b"mx.other.test") + MAIL,
    "another server's": field(GOOD.replace("mx.desk.test", "mx.desk.test.evil.test")) + LINE + MAIL,
    "name in a comment": field(GOOD.replace("mx.desk.test", "evil.test (mx.desk.test)")) + LINE + MAIL,
    "version 2": field(GOOD.replace("mx.desk.test", "mx.desk.test 2")) + LINE + MAIL,
    "unreadable": field(GOOD + '; x="') + LINE + MAIL,
    "in the text": LINE + MAIL.replace(b"Since", field(GOOD) + b"Since"),
    "in a part": LINE
    + MAIL.replace(
        b"\r\n\r\n", b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + field(GOOD) + b"\r\n", 1
    ),
    "space before the colon": field(GOOD).replace(b":", b" :", 1) + LINE + MAIL,
    "another field": field(GOOD).replace(b"Authentication", b"X-Orig-Authentication", 1) + LINE + MAIL,
    "in a folded field": b"X: y\r\n " + field(GOOD) + LINE + MAIL,
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_field_gives_nothing(forged: str, zone_resolver: Resolve) -> None:
    """Neither a report nor a better grade."""
    found = report(FORGED[forged])
    resolver = zone_resolver(REJECT)

    answer = authenticate(message(), FORGED[forged], IMAP, resolver, TRUST)

    assert (found.results, found.spf, found.vouches_for("shop.test")) == (None, ("", ""), False)
    assert (answer.grade, answer.spf) == (Grade.A0, "none")
    assert answer.trusted_results == f"none: {found.why}"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (FORGED["below the line"], "the only field stands below that line, where anybody could have written it"),
        (FORGED["two"], "2 fields of mx.desk.test stand above the line of mx.desk.test"),
        (FORGED["no line of the border"], "no Received line is by mx.desk.test"),
        (LINE + MAIL, "there is no field of mx.desk.test above the line of mx.desk.test"),
        (FORGED["version 2"], "the field of mx.desk.test cannot be read: its version is not 1"),
        (b"no field\r\n" + MAIL, "a line of the header is not a field"),
    ],
)
def test_why_nothing_is_believed_is_told(raw: bytes, why: str) -> None:
    """So that an operator can set his border right."""
    assert why == report(raw).why


@pytest.mark.parametrize(
    ("envelope", "believed"),
    [
        (IMAP, True),
        (Envelope(via=Via.LMTP, received_at=NOW, peer_ip="127.0.0.1"), True),
        (Envelope(via=Via.PIPE, received_at=NOW), True),
        (Envelope(via=Via.FILE, received_at=NOW), True),
        (Envelope(via=Via.FILE, received_at=NOW, peer_ip="203.0.113.9"), False),
        (Envelope(via=Via.SMTP, received_at=NOW, peer_ip="203.0.113.9"), False),
        (Envelope(via=Via.SMTP, received_at=NOW, peer_ip="192.0.2.2"), True),
        (Envelope(via=Via.SMTP, received_at=NOW, peer_ip="::ffff:192.0.2.2"), True),
        (Envelope(via=Via.SMTP, received_at=NOW), False),
    ],
)
def test_a_stranger_who_hands_us_the_mail_himself_is_not_the_border(envelope: Envelope, believed: bool) -> None:
    """He could write both the field and the line; by SMTP only the border's own addresses count."""
    network = network_of("192.0.2.2")
    assert network
    trust = Trust(authserv_id="mx.desk.test", border="mx.desk.test", border_networks=(network,))

    assert believed is (report(field(GOOD) + LINE + MAIL, envelope, trust).results is not None)


@pytest.mark.parametrize("trust", [Trust(), Trust(authserv_id="mx.desk.test"), Trust(border="mx.desk.test")])
def test_without_configuration_nothing_is_believed(trust: Trust) -> None:
    """The default."""
    assert report(field(GOOD) + LINE + MAIL, trust=trust) == BorderReport()


@pytest.mark.parametrize(
    ("value", "spf"),
    [
        ("spf=pass smtp.mailfrom=a@shop.test", ("pass", "shop.test")),
        ("spf=fail smtp.mailfrom=shop.test; spf=pass smtp.helo=mx.shop.test", ("fail", "shop.test")),
        ("spf=pass smtp.helo=mx.shop.test", ("pass", "mx.shop.test")),
        ("spf=pass smtp.mailfrom=shop.test; spf=fail smtp.mailfrom=shop.test", ("", "")),
        ("spf=pass", ("", "")),
        ("spf=pass smtp.mailfrom=not-a-domain", ("", "")),
        ("none", ("", "")),
    ],
)
def test_spf_is_that_of_the_envelope_sender_else_of_helo(value: str, spf: tuple[str, str]) -> None:
    """Exactly one, or none."""
    assert spf == report(field(f"mx.desk.test; {value}") + LINE + MAIL).spf


class TestGrades:
    """What the border's word is worth."""

    SHARED = txt("shop.test", "v=spf1 include:sendgrid.net -all")

    @pytest.mark.parametrize(
        ("zone", "value", "grade", "dmarc"),
        [
            (REJECT, "spf=pass smtp.mailfrom=shop.test", Grade.A2, "pass"),
            (NONE, "spf=pass smtp.mailfrom=shop.test", Grade.A2, "pass"),
            ("\n", "spf=pass smtp.mailfrom=shop.test", Grade.A2, "none"),
            (REJECT, "spf=pass smtp.mailfrom=evil.test", Grade.A0, "fail"),
            (REJECT, "spf=softfail smtp.mailfrom=shop.test", Grade.A0, "fail"),
            (REJECT, "dmarc=pass header.from=shop.test", Grade.A1, "fail"),
            (REJECT, "dmarc=pass header.from=evil.test", Grade.A0, "fail"),
            (REJECT, "dkim=pass header.d=shop.test", Grade.A1, "fail"),
            (REJECT, "dkim=pass header.d=shop.test; dmarc=fail header.from=shop.test", Grade.A0, "fail"),
            (REJECT, "dkim=pass header.d=evil.test", Grade.A0, "fail"),
            (REJECT + SHARED, "spf=pass smtp.mailfrom=shop.test", Grade.A1, "pass"),
            (REJECT + KEY, "spf=fail smtp.mailfrom=shop.test; dmarc=fail header.from=shop.test", Grade.A0, "fail"),
        ],
    )
    def test_its_spf_counts_as_ours_would_and_its_dmarc_only_saves(
        self, zone: str, value: str, grade: Grade, dmarc: str, zone_resolver: Resolve
    ) -> None:
        """SPF of a domain that includes a shared sender proves nothing: which part let it pass is not told."""
        raw = field(f"mx.desk.test; {value}") + LINE + MAIL
        trust = Trust(authserv_id="mx.desk.test", border="mx.desk.test", shared_senders=frozenset({"sendgrid.net"}))

        answer = authenticate(message(), raw, IMAP, zone_resolver(zone), trust)

        assert (grade, dmarc) == (answer.grade, answer.dmarc)
        assert answer.trusted_results.startswith("mx.desk.test: ")

    def test_our_own_look_at_dkim_is_preferred(self, zone_resolver: Resolve) -> None:
        """It passes here, whatever the border found; and where we see through it, the border's "pass" saves nothing."""
        says_fail = field("mx.desk.test; dkim=fail header.d=shop.test; dmarc=fail header.from=shop.test") + LINE
        resolver = zone_resolver(REJECT + KEY)

        assert Grade.A3 is authenticate(message(), says_fail + Signer().sign(), IMAP, resolver, TRUST).grade
        partly = field(GOOD.replace("spf=pass", "spf=fail")) + LINE + Signer(length=True).sign()
        assert Grade.A0 is authenticate(message(), partly, IMAP, resolver, TRUST).grade

    def test_an_old_mail_stays_old(self, zone_resolver: Resolve) -> None:
        """Threat A-05: the border's DKIM and DMARC know nothing of replays; its SPF does."""
        from datetime import timedelta

        old = message(date=NOW - timedelta(days=8))
        resolver = zone_resolver(REJECT + KEY)
        fields = [field(GOOD.replace("spf=pass", f"spf={spf}")) for spf in ("fail", "pass")]

        grades = [authenticate(old, one + LINE + Signer().sign(), IMAP, resolver, TRUST).grade for one in fields]

        assert grades == [Grade.A1, Grade.A3]

    def test_spf_is_not_asked_of_the_border_itself(self, zone_resolver: Resolve) -> None:
        """By SMTP from its address: that peer is not the sender's server."""
        zone = REJECT + txt("shop.test", "v=spf1 ip4:192.0.2.2 -all") + rsa_key().record()
        network = network_of("192.0.2.0/30")
        assert network
        trust = Trust(authserv_id="mx.desk.test", border="mx.desk.test", border_networks=(network,))
        envelope = Envelope(via=Via.SMTP, received_at=NOW, mail_from="a@shop.test", peer_ip="192.0.2.2", helo="mx")

        answers = [authenticate(message(), MAIL, envelope, zone_resolver(zone), one) for one in (Trust(), trust)]

        assert [(answer.grade, answer.spf) for answer in answers] == [(Grade.A2, "pass"), (Grade.A0, "none")]


def test_the_order_of_lines_is_that_of_the_mail() -> None:
    """Moving the field down by one line at a time, it is believed exactly as long as it is above the border's."""
    lines = [INNER, LINE, FORGED_LINE]
    believed = [
        report(b"".join([*lines[:place], field(GOOD), *lines[place:]]) + MAIL).results is not None for place in range(4)
    ]

    assert believed == [True, True, False, False]
    assert all(first >= second for first, second in pairwise(believed))
