"""Check holds our own DNS against what the gateway needs, says what is missing, and gives the record to add."""

import base64
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import checks_dkim, checks_dmarc, checks_reply, checks_spf
from gateway.cli.checks_site import Check, Note, State, open_site
from gateway.config import parse
from tests.cli.conftest import Place
from tests.peers.dns import ServeZone
from tests.peers.process import free_port

GATEWAY = {"support_addresses": ["support@desk.test"], "reply_domain": "reply.desk.test"}
SMTP = {"destination": "smtp://mail.desk.test:25"}
AGENT = {"name": "Kim", "address": "kim@staff.test"}
HOSTS = """\
$TTL 300
mail.desk.test. IN A 192.0.2.25
mx.desk.test. IN A 192.0.2.10
mx.desk.test. IN AAAA 2001:db8::10
10.2.0.192.in-addr.arpa. IN PTR mx.desk.test.
0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR mx.desk.test.
"""


class Desk:
    """A configuration whose DNS is a zone file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sections: dict[str, Any] = {"gateway": dict(GATEWAY), "outbox": dict(SMTP)}

    def notes(self, check: Check, zone: str = "", **sections: Any) -> list[Note]:
        """What a check says where DNS holds this, besides the hosts."""
        (self.folder / "zone").write_text(HOSTS + zone)
        dns = {"dns": {"zone_file": str(self.folder / "zone")}}
        return list(check(open_site(parse(self.sections | dns | sections, "test"))))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk that sends over mail.desk.test."""
    return Desk(tmp_path)


def states(notes: Iterable[Note]) -> list[str]:
    """The states in their order."""
    return [note.state.value for note in notes]


def txt(name: str, text: str) -> str:
    """A TXT record."""
    return f'{name}. IN TXT "{text}"\n'


def spf(text: str) -> str:
    """The reply domain's record; the support domain's is right."""
    return txt("reply.desk.test", text) + txt("desk.test", "v=spf1 ip4:192.0.2.25 -all")


class TestSpf:
    """May our smarthost send in our name?"""

    def test_a_record_that_names_the_smarthost_is_right(self, desk: Desk) -> None:
        """By address, by name, by an included record."""
        for record in ("ip4:192.0.2.0/24", "a:mail.desk.test", "include:spf.host.test"):
            notes = desk.notes(
                checks_spf.check, spf(f"v=spf1 {record} -all") + txt("spf.host.test", "v=spf1 mx ip4:192.0.2.25")
            )
            assert ["ok", "ok"] == states(notes), record
            assert "names the smarthost" in notes[0].detail

    def test_a_missing_record_is_given(self, desk: Desk) -> None:
        """Ready for the zone file, with the smarthost's address; other TXT records are none."""
        notes = desk.notes(
            checks_spf.check, txt("reply.desk.test", "v=spf10 -all") + txt("desk.test", "verification=1")
        )
        assert ["problem", "problem"] == states(notes)
        assert ('reply.desk.test. IN TXT "v=spf1 ip4:192.0.2.25 -all"',) == notes[0].records
        assert ('desk.test. IN TXT "v=spf1 ip4:192.0.2.25 -all"',) == notes[1].records

    def test_the_given_record_is_right(self, desk: Desk) -> None:
        """What is pasted passes the next check."""
        given = "\n".join(record for note in desk.notes(checks_spf.check) for record in note.records)
        assert ["ok", "ok"] == states(desk.notes(checks_spf.check, given + "\n"))

    def test_in_a_trial_it_is_a_warning(self, desk: Desk) -> None:
        """Nothing leaves."""
        assert ["warning", "warning"] == states(desk.notes(checks_spf.check, outbox={"destination": "maildir:out"}))

    def test_two_records_are_as_none(self, desk: Desk) -> None:
        """RFC 7208 §4.5."""
        note = desk.notes(
            checks_spf.check, spf("v=spf1 ip4:192.0.2.25 -all") + txt("reply.desk.test", "v=spf1 mx -all")
        )[0]
        assert (State.PROBLEM, "join them into one") == (note.state, note.todo)

    @pytest.mark.parametrize(("terms", "state"), [(10, "ok"), (11, "problem")])
    def test_the_lookups_are_counted(self, desk: Desk, terms: int, state: str) -> None:
        """Ten are allowed, those inside of included records and behind redirect= with them."""
        inside = " ".join(["a:mail.desk.test"] * (terms - 2))
        zone = spf("v=spf1 include:one.test redirect=two.test") + txt("one.test", f"v=spf1 {inside} -all")
        note = desk.notes(checks_spf.check, zone + txt("two.test", "v=spf1 ip4:192.0.2.25 -all"))[0]
        assert state == note.state.value
        assert "10" in note.detail

    def test_a_record_that_includes_itself_ends(self, desk: Desk) -> None:
        """It needs more look-ups than there are."""
        assert "problem" == states(desk.notes(checks_spf.check, spf("v=spf1 include:reply.desk.test -all")))[0]

    @pytest.mark.parametrize(
        "record", ["v=spf1 ip4:192.0.2.999 -all", "v=spf1 include: -all", "v=spf1 inlcude:x.test -all"]
    )
    def test_a_record_that_breaks_the_grammar_is_shown(self, desk: Desk, record: str) -> None:
        """With what is wrong in it."""
        note = desk.notes(checks_spf.check, spf(record))[0]
        assert State.PROBLEM is note.state
        assert record in note.todo

    def test_a_record_without_the_smarthost_is_warned_of(self, desk: Desk) -> None:
        """It may send from another address than it listens at; the term is given."""
        note = desk.notes(checks_spf.check, spf("v=spf1 ip4:198.51.100.1 ~all"))[0]
        assert State.WARNING is note.state
        assert "(192.0.2.25)" in note.detail
        assert note.todo.endswith(": ip4:192.0.2.25")

    def test_plus_all_is_warned_of(self, desk: Desk) -> None:
        """It passes everybody."""
        assert ["warning", "ok", "ok"] == states(desk.notes(checks_spf.check, spf("v=spf1 +all")))

    def test_a_smarthost_of_our_own_network_is_not_known_outside(self, desk: Desk) -> None:
        """The record is looked at, and what cannot be told is said."""
        outbox = {"destination": "smtp://10.0.0.1:25"}
        note = desk.notes(checks_spf.check, spf("v=spf1 mx -all"), outbox=outbox)[0]
        assert State.OK is note.state
        assert "is not known" in note.detail

    def test_silence_of_dns_is_no_finding(self, desk: Desk, serve_zone: ServeZone) -> None:
        """Neither right nor wrong: a warning that it could not be checked."""
        server = serve_zone(HOSTS + spf("v=spf1 include:x.test -all"), servfail=["desk.test", "x.test"])
        notes = desk.notes(checks_spf.check, dns={"servers": [server.address], "timeout_seconds": 1})
        assert ["warning", "warning"] == states(notes)
        assert all("could not be checked" in note.detail for note in notes)


class TestDkim:
    """Does DNS publish the key that we sign with?"""

    @pytest.fixture
    def key(self, desk: Desk) -> Path:
        """A key of 2048 bits for desk.test."""
        return make_key(desk, 2048)

    def test_the_record_is_given_and_then_found(self, desk: Desk, key: Path) -> None:
        """As openssl writes the public key; in strings of at most 255 octets."""
        (note,) = desk.notes(checks_dkim.check)
        assert State.PROBLEM is note.state
        (record,) = note.records
        command = ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"]
        public = subprocess.run(command, check=True, capture_output=True).stdout
        strings = record.removeprefix("s._domainkey.desk.test. IN TXT ").strip('"').split('" "')
        assert f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}" == "".join(strings)
        assert max(map(len, strings)) == 255
        assert ["ok"] == states(desk.notes(checks_dkim.check, record + "\n"))

    def test_another_key_is_told(self, desk: Desk, key: Path) -> None:
        """The old one is still in DNS: every signature of ours fails."""
        (published,) = desk.notes(checks_dkim.check)
        make_key(desk, 2048)
        (note,) = desk.notes(checks_dkim.check, published.records[0] + "\n")
        assert State.PROBLEM is note.state
        assert "another key" in note.detail
        assert ["ok"] == states(desk.notes(checks_dkim.check, note.records[0] + "\n"))

    @pytest.mark.parametrize(
        ("record", "state", "words"),
        [
            ("v=DKIM1; p=", "problem", "revoked"),
            ("v=DKIM1; p=AAAA", "problem", "cannot be read"),
            ("v=DKIM1; k=rsa; t=y; {key}", "warning", "testing"),
            ("v=DKIM1; k=rsa; h=sha1; {key}", "problem", "hash"),
        ],
    )
    def test_a_record_that_is_no_use_is_told(self, desk: Desk, key: Path, record: str, state: str, words: str) -> None:
        """As a receiver would judge it."""
        (missing,) = desk.notes(checks_dkim.check)
        public = "p=" + missing.records[0].replace('" "', "").rpartition("p=")[2].rstrip('"')
        text = record.format(key=public)
        pieces = " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250))
        (note,) = desk.notes(checks_dkim.check, f"s._domainkey.desk.test. IN TXT {pieces}\n")
        assert state == note.state.value
        assert words in note.detail

    def test_a_short_key_is_warned_of(self, desk: Desk) -> None:
        """1024 bits are taken today."""
        make_key(desk, 1024)
        notes = desk.notes(checks_dkim.check)
        assert ["problem", "warning"] == states(notes)
        assert "1024 bits" in notes[1].detail

    def test_a_signature_in_another_name_means_nothing_to_dmarc(self, desk: Desk, key: Path) -> None:
        """Subdomains are aligned; another organisation is not."""
        desk.sections["outbox"]["dkim_domain"] = "mail.desk.test"
        assert ["problem"] == states(desk.notes(checks_dkim.check))
        desk.sections["outbox"]["dkim_domain"] = "other.test"
        notes = desk.notes(checks_dkim.check)
        assert ["problem", "problem"] == states(notes)
        assert "dkim_domain to desk.test" in notes[1].todo

    def test_whoever_does_not_sign_is_told_who_must(self, desk: Desk) -> None:
        """The smarthost."""
        (note,) = desk.notes(checks_dkim.check)
        assert State.OK is note.state
        assert "smarthost must" in note.detail

    def test_silence_of_dns_is_no_finding(self, desk: Desk, key: Path, serve_zone: ServeZone) -> None:
        """A warning, not a missing key."""
        server = serve_zone(HOSTS, servfail=["s._domainkey.desk.test"])
        assert ["warning"] == states(desk.notes(checks_dkim.check, dns={"servers": [server.address]}))


def make_key(desk: Desk, bits: int) -> Path:
    """A new key that desk.test signs with."""
    file = desk.folder / "dkim.pem"
    command = ["openssl", "genrsa", "-traditional", "-out", str(file), str(bits)]
    subprocess.run(command, check=True, capture_output=True)
    file.chmod(0o600)
    desk.sections["outbox"] |= {"dkim_domain": "desk.test", "dkim_selector": "s", "dkim_key_file": str(file)}
    return file


class TestDmarc:
    """What happens to mail that is forged in our name?"""

    RIGHT = txt("_dmarc.desk.test", "v=DMARC1; p=quarantine; sp=reject")

    def test_policies_that_are_enforced_are_right(self, desk: Desk) -> None:
        """One record with sp=, or one of each domain's own."""
        assert ["ok", "ok"] == states(desk.notes(checks_dmarc.check, self.RIGHT))
        own = txt("_dmarc.desk.test", "v=DMARC1; p=reject; sp=none") + txt(
            "_dmarc.reply.desk.test", "v=DMARC1; p=reject"
        )
        assert ["ok", "ok"] == states(desk.notes(checks_dmarc.check, own))

    def test_missing_records_are_given(self, desk: Desk) -> None:
        """And are right when they are there."""
        notes = desk.notes(checks_dmarc.check)
        assert ["problem", "warning"] == states(notes)
        given = "\n".join(record for note in notes for record in note.records)
        assert ["ok", "ok"] == states(desk.notes(checks_dmarc.check, given + "\n"))
        assert ["warning", "warning"] == states(desk.notes(checks_dmarc.check, outbox={"destination": "maildir:x"}))

    def test_a_policy_of_none_is_warned_of(self, desk: Desk) -> None:
        """It is a step on the way; for the reply domain, too."""
        notes = desk.notes(checks_dmarc.check, txt("_dmarc.desk.test", "v=DMARC1; p=none"))
        assert ["warning", "warning"] == states(notes)
        assert notes[0].records
        notes = desk.notes(checks_dmarc.check, txt("_dmarc.desk.test", "v=DMARC1; p=reject; sp=none"))
        assert ["ok", "warning"] == states(notes)

    @pytest.mark.parametrize("record", ["v=DMARC1; p=refuse", "v=DMARC1"])
    def test_a_record_without_a_policy_is_told(self, desk: Desk, record: str) -> None:
        """Receivers treat it as none."""
        assert "problem" == states(desk.notes(checks_dmarc.check, txt("_dmarc.desk.test", record)))[0]

    def test_two_records_are_told(self, desk: Desk) -> None:
        """Receivers use neither."""
        note = desk.notes(checks_dmarc.check, self.RIGHT + txt("_dmarc.desk.test", "v=DMARC1; p=reject"))[0]
        assert (State.PROBLEM, "have only this") == (note.state, note.todo)

    def test_a_reply_domain_of_another_organisation_is_warned_of(self, desk: Desk) -> None:
        """SPF of our mail is then never aligned."""
        desk.sections["gateway"]["reply_domain"] = "answers.test"
        notes = desk.notes(checks_dmarc.check, self.RIGHT + txt("_dmarc.answers.test", "v=DMARC1; p=reject"))
        assert ["ok", "ok", "warning"] == states(notes)
        assert "DKIM alone" in notes[2].detail

    def test_silence_of_dns_is_no_finding(self, desk: Desk, serve_zone: ServeZone) -> None:
        """A warning for each domain."""
        server = serve_zone(HOSTS, servfail=["_dmarc.desk.test", "_dmarc.reply.desk.test"])
        notes = desk.notes(checks_dmarc.check, dns={"servers": [server.address]})
        assert ["warning", "warning"] == states(notes)
        assert all("could not be checked" in note.detail for note in notes)


class TestAgents:
    """Can agents be proven?"""

    @pytest.mark.parametrize(
        ("record", "state", "words"),
        [
            ("v=DMARC1; p=reject", "ok", "p=reject"),
            ("v=DMARC1; p=quarantine", "ok", "p=quarantine"),
            ("v=DMARC1; p=none", "warning", "p=none"),
            ("v=DMARC1; p=later", "warning", "cannot be used"),
            ("verification", "warning", "has no DMARC record"),
        ],
    )
    def test_their_domain_should_enforce_dmarc(self, desk: Desk, record: str, state: str, words: str) -> None:
        """Else only their own signature proves an order."""
        (note,) = desk.notes(checks_dmarc.agents, txt("_dmarc.staff.test", record), agents=[AGENT, AGENT])
        assert state == note.state.value
        assert words in note.detail
        assert ("cannot be proven" in note.detail) is (state == "warning")

    def test_silence_of_dns_is_no_finding(self, desk: Desk, serve_zone: ServeZone) -> None:
        """A warning that names the domain."""
        server = serve_zone(HOSTS, servfail=["_dmarc.staff.test"])
        (note,) = desk.notes(checks_dmarc.agents, agents=[AGENT], dns={"servers": [server.address]})
        assert "DMARC of staff.test could not be checked" in note.detail


class TestReplyDomain:
    """Do answers reach us, and nobody else?"""

    def test_mail_that_leads_here_is_right(self, desk: Desk) -> None:
        """By our name, or by another name with our address."""
        ours = {"smtp": {"listen": ["0.0.0.0:25"], "hostname": "mx.desk.test"}}
        other = "alias.desk.test. IN A 192.0.2.10\n"
        for host in ("mx.desk.test", "alias.desk.test"):
            notes = desk.notes(checks_reply.reply_domain, f"{other}reply.desk.test. IN MX 5 {host}.\n", ingest=ours)
            assert ["ok"] == states(notes), notes

    def test_mail_that_leads_elsewhere_is_warned_of(self, desk: Desk) -> None:
        """Perhaps it is handed on; the record to have it here is given."""
        ours = {"smtp": {"listen": ["0.0.0.0:25"], "hostname": "mx.desk.test"}}
        (note,) = desk.notes(checks_reply.reply_domain, "reply.desk.test. IN MX 5 mail.desk.test.\n", ingest=ours)
        assert State.WARNING is note.state
        assert ("reply.desk.test. IN MX 10 mx.desk.test.",) == note.records

    def test_where_nobody_named_us_it_says_so(self, desk: Desk) -> None:
        """Behind an IMAP provider, say."""
        (note,) = desk.notes(checks_reply.reply_domain, "reply.desk.test. IN MX 5 mail.desk.test.\n")
        assert State.OK is note.state
        assert "not for DNS to tell" in note.detail

    def test_a_domain_that_takes_no_mail_is_a_problem(self, desk: Desk) -> None:
        """No MX, and the null MX (RFC 7505)."""
        (none,) = desk.notes(checks_reply.reply_domain)
        (null,) = desk.notes(checks_reply.reply_domain, "reply.desk.test. IN MX 0 .\n")
        assert (State.PROBLEM, State.PROBLEM) == (none.state, null.state)
        assert "null MX" in null.detail
        (trial,) = desk.notes(checks_reply.reply_domain, outbox={"destination": "maildir:x"})
        assert State.WARNING is trial.state

    @pytest.mark.parametrize(
        ("domain", "states_"), [("a" * 12 + ".test", ["ok"]), ("a" * 13 + ".test", ["warning", "ok"])]
    )
    def test_a_long_one_is_warned_of(self, desk: Desk, domain: str, states_: list[str]) -> None:
        """17 characters pass, 18 are warned of."""
        desk.sections["gateway"]["reply_domain"] = domain
        assert states_ == states(desk.notes(checks_reply.reply_domain, f"{domain}. IN MX 5 mx.desk.test.\n"))

    @pytest.mark.parametrize("domain", ["desk.test", "STAFF.test"])
    def test_it_must_be_nobody_else_s(self, desk: Desk, domain: str) -> None:
        """Threat A-01: whose mail comes to staff addresses must not come to a stranger's ticket."""
        desk.sections["gateway"]["reply_domain"] = domain
        notes = desk.notes(checks_reply.reply_domain, f"{domain}. IN MX 5 mx.desk.test.\n", agents=[AGENT])
        assert ["problem", "ok"] == states(notes)
        assert f"reply.{domain.lower()}" in notes[0].todo

    def test_silence_of_dns_is_no_finding(self, desk: Desk, serve_zone: ServeZone) -> None:
        """A warning."""
        server = serve_zone(HOSTS, servfail=["reply.desk.test"])
        (note,) = desk.notes(checks_reply.reply_domain, dns={"servers": [server.address]})
        assert (State.WARNING, True) == (note.state, "could not be checked" in note.detail)


class TestHostName:
    """Our name and our address lead to each other."""

    @staticmethod
    def smtp(**values: Any) -> dict[str, Any]:
        """[ingest] with a public listener."""
        return {"smtp": {"listen": ["[::]:25"], "hostname": "mx.desk.test"} | values}

    def test_both_ways_are_looked_at(self, desk: Desk) -> None:
        """For each address."""
        notes = desk.notes(checks_reply.host_name, ingest=self.smtp())
        assert ["ok", "ok"] == states(notes)
        assert ["mx.desk.test is 192.0.2.10, and 192.0.2.10 is mx.desk.test"] == [notes[0].detail]

    def test_an_address_with_another_name_is_warned_of(self, desk: Desk) -> None:
        """Or with none; the record is for whoever owns the address."""
        notes = desk.notes(checks_reply.host_name, ingest=self.smtp(hostname="mail.desk.test"))
        assert ["warning"] == states(notes)
        assert ("25.2.0.192.in-addr.arpa. IN PTR mail.desk.test.",) == notes[0].records
        wrong = "25.2.0.192.in-addr.arpa. IN PTR host-25.provider.test.\n"
        (note,) = desk.notes(checks_reply.host_name, wrong, ingest=self.smtp(hostname="mail.desk.test"))
        assert "is called host-25.provider.test" in note.detail

    def test_a_name_without_an_address_is_a_problem(self, desk: Desk) -> None:
        """As is no name at all a warning."""
        assert ["problem"] == states(desk.notes(checks_reply.host_name, ingest=self.smtp(hostname="none.desk.test")))
        (note,) = desk.notes(checks_reply.host_name, ingest=self.smtp(hostname="localhost"))
        assert (State.WARNING, True) == (note.state, "localhost" in note.detail)

    @pytest.mark.parametrize("listen", [[], ["127.0.0.1:25"], ["[::1]:25"], ["unix:/run/smtp"], ["localhost:25"]])
    def test_where_no_stranger_connects_it_does_not_matter(self, desk: Desk, listen: list[str]) -> None:
        """Loopback and unix sockets."""
        assert [] == desk.notes(checks_reply.host_name, ingest=self.smtp(listen=listen))

    def test_silence_of_dns_is_no_finding(self, desk: Desk, serve_zone: ServeZone) -> None:
        """Of the name, and of the address."""
        for silent in ("mx.desk.test", "10.2.0.192.in-addr.arpa"):
            server = serve_zone(HOSTS, servfail=[silent])
            notes = desk.notes(checks_reply.host_name, ingest=self.smtp(), dns={"servers": [server.address]})
            assert "warning" == states(notes)[0]
            assert "could not be checked" in notes[0].detail


def test_all_of_it_is_told_with_its_records(place: Place) -> None:
    """For people: a table, then what to do with lines to copy. For tools: the same with stable keys."""
    findings = place.json("check")["checks"]
    assert {("name", "state", "detail", "todo", "records")} == {tuple(finding) for finding in findings}
    record = '_dmarc.desk.example. IN TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@desk.example"'
    assert any(record in finding["records"] for finding in findings)
    lines = place.run("check").stdout.splitlines()
    assert f"    {record}" in lines[lines.index("What to do:") :]


def test_dns_that_never_answers_is_not_waited_for_long(place: Place) -> None:
    """One budget for all questions; every finding of DNS is a warning then."""
    text = place.file.read_text().replace(
        "zone_file =", f'servers = ["127.0.0.1:{free_port()}"]\ntimeout_seconds = 0.2\n#'
    )
    place.file.write_text(text)
    findings = place.json("check")["checks"]
    of_dns = [each for each in findings if each["name"] in ("spf", "dmarc", "reply domain", "agents' domains")]
    unanswered = [each for each in of_dns if "could not be checked" in each["detail"]]
    assert {"warning"} == {each["state"] for each in of_dns}
    assert len(unanswered) >= 6
