"""Check looks at a mail that came through the border: whether what strangers write in its name would be believed."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from smtplib import SMTP

import pytest

from gateway.cli.checks_border import is_probe, judge, probe_mail
from gateway.cli.checks_site import Note, Site, open_site
from gateway.config import parse
from tests.cli.conftest import Place
from tests.peers.postfix import running_postfix
from tests.peers.process import answers, free_port, open_folder, require, running, wait_until

TRUST = {"authserv_id": "mx.desk.test", "border": "mx.desk.test"}
GATEWAY = {"support_addresses": ["support@desk.test"], "reply_domain": "reply.desk.test"}
OWN = "Authentication-Results: mx.desk.test; dkim=none; dmarc=fail header.from=probe.invalid\n"
RECEIVED = (
    "Received: from x (y [192.0.2.1] by mx.other.test)\n\tby MX.desk.test (Postfix) with ESMTP id 1;\n"
    "\tSun, 1 Nov 2026 10:00:00 +0000\n"
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with a border."""
    (tmp_path / "zone").write_text("$TTL 300\n")
    dns = {"zone_file": str(tmp_path / "zone")}
    return open_site(parse({"gateway": GATEWAY, "dns": dns, "authentication": TRUST}, "test"))


def said(site: Site, mail: str) -> list[tuple[str, str]]:
    """The notes on a mail."""
    return [(note.state.value, note.detail) for note in judge(site, mail.encode())]


def without(mail: str, *names: str) -> str:
    """A mail without some fields, as a border removes them."""
    header, _, body = mail.partition("\n\n")
    fields = header.replace("\n ", "\x00").replace("\n\t", "\x01").split("\n")
    kept = "\n".join(field for field in fields if field.partition(":")[0] not in names)
    return kept.replace("\x00", "\n ").replace("\x01", "\n\t") + "\n\n" + body


def test_a_border_that_removes_what_is_forged_is_right(site: Site) -> None:
    """Its own results on top, its Received below them, nothing in its name further down."""
    mail = OWN + RECEIVED + without(probe_mail(site), "Authentication-Results")
    assert said(site, mail) == [
        ("ok", "mx.desk.test put its results where they are believed"),
        ("ok", "what was forged in the name of mx.desk.test was removed"),
    ]


def test_a_forged_field_that_is_left_is_a_problem_although_it_is_not_believed(site: Site) -> None:
    """Its place is all that protects us."""
    notes = said(site, OWN + RECEIVED + probe_mail(site))
    assert [state for state, _ in notes] == ["ok", "problem"]
    assert "did not remove" in notes[1][1]


@pytest.mark.parametrize(
    "spelling",
    ['"mx.desk.test"', "MX.DESK.TEST", "(a (b) c) mx.desk.test (d)", "mx.desk.test 1", "\n mx.desk.test\n\t1"],
)
def test_the_name_is_read_as_the_standard_writes_it(site: Site, spelling: str) -> None:
    """Quoted, in capitals, with comments, with a version, folded (RFC 8601 §2.2)."""
    forged = f"Authentication-Results: {spelling}; dkim=pass header.d=forged.probe.invalid\n"
    mail = OWN + RECEIVED + forged + without(probe_mail(site), "Authentication-Results")
    assert said(site, mail)[1][0] == "problem"


def test_a_forged_field_that_is_believed_is_shouted(site: Site) -> None:
    """The border writes no Received field of its own, so the forged one is taken for its."""
    mail = f"{OWN}Received: from x by other.test; Sun, 1 Nov 2026 10:00:00 +0000\n"
    forged = "Authentication-Results: mx.desk.test; dkim=pass header.d=forged.probe.invalid\n"
    notes = said(site, mail + forged + probe_mail(site))
    assert notes[1][0] == "problem"
    assert "BELIEVED" in notes[1][1]


def test_a_border_that_is_called_otherwise_is_a_problem(site: Site) -> None:
    """The names that are there are told; a part of another name is none."""
    received = "Received: from mx.desk.test by in.other.test; x\nReceived: from y by notmx.desk.test; x\n"
    ((state, detail),) = said(site, OWN + received + "Subject: x\n\nx\n")
    assert state == "problem"
    assert "it names: in.other.test, notmx.desk.test" in detail


def test_results_under_another_name_are_a_problem(site: Site) -> None:
    """The name to set is told; so are results below the Received field, which some providers write."""
    other = "Authentication-Results: mx1.provider.test; dkim=none\n"
    (own, forged) = said(site, other + RECEIVED + "Subject: x\n\nx\n")
    assert (own[0], "of: mx1.provider.test" in own[1], forged[0]) == ("problem", True, "warning")
    assert said(site, RECEIVED + OWN + "Subject: x\n\nx\n")[0][0] == "problem"


def test_two_fields_of_the_border_are_a_problem(site: Site) -> None:
    """None of them is believed."""
    notes = said(site, OWN + OWN + RECEIVED + "Subject: x\n\nx\n")
    assert (notes[0][0], "2 fields" in notes[0][1]) == ("problem", True)


def test_a_mail_that_is_no_probe_does_not_show_everything(site: Site) -> None:
    """It says what would."""
    notes: list[Note] = list(judge(site, (OWN + RECEIVED + "Subject: x\n\nx\n").encode()))
    assert [note.state.value for note in notes] == ["ok", "warning"]
    assert "check --probe" in notes[1].todo


def test_what_is_no_mail_is_told(site: Site) -> None:
    """Not a traceback."""
    assert said(site, "\x00\x01 no header\n")[0][0] == "problem"
    assert said(site, "")[0][0] == "problem"


@pytest.fixture
def with_border(place: Place) -> Place:
    """A gateway that believes its border."""
    place.file.write_text(
        place.file.read_text() + '[authentication]\nauthserv_id = "mx.desk.test"\nborder = "mx.desk.test"\n'
    )
    return place


def test_the_probe_is_a_mail_and_says_what_it_is(with_border: Place) -> None:
    """Printed as it is to be sent; without a border there is nothing to forge."""
    probe = with_border.run("check", "--probe").stdout.encode()
    assert is_probe(probe)
    assert b"To: support@desk.example\n" in probe
    assert probe.lower().count(b"authentication-results: mx.desk.test") == 6
    for result in (b"spf=pass", b"dkim=pass", b"dmarc=pass"):
        assert re.search(rb"^Authentication-Results: mx.desk.test; " + result + rb" [^;\n]*$", probe, re.MULTILINE)
    assert not is_probe(b"Subject: x\n\nX-Border-Probe: y\n")
    assert b"Received: from probe.invalid" in probe


def test_without_a_border_there_is_no_probe(place: Place) -> None:
    """The keys to set are named."""
    assert "authserv_id and border first" in place.run("check", "--probe", code=2).stderr
    assert place.json("check", "--border", "-", code=1)["checks"][0]["state"] == "problem"


def test_the_mail_comes_from_a_file_standard_input_or_the_spool(with_border: Place, site: Site, tmp_path: Path) -> None:
    """The newest probe that the gateway took, whatever became of it."""
    good = OWN + RECEIVED + without(probe_mail(site), "Authentication-Results")
    bad = OWN + RECEIVED + probe_mail(site)
    (tmp_path / "mail.eml").write_text(good)
    assert with_border.json("check", "--border", str(tmp_path / "mail.eml"))["ok"] is True
    assert with_border.run("check", "--border", "-", stdin=bad, code=1).stdout.count("problem") == 1
    assert "No such file" in with_border.run("check", "--border", "/none", code=2).stderr
    assert "no probe was taken" in with_border.run("check", "--border", "newest", code=1).stderr
    with_border.run("import", str(tmp_path / "mail.eml"))
    assert with_border.json("check", "--border", "newest")["ok"] is True


@pytest.mark.parametrize(
    ("name", "door"),
    [("[ingest.lmtp]", 'listen = ["127.0.0.1:0"]'), ("[authentication]", 'border_networks = ["192.0.2.0/24"]')],
)
def test_who_takes_mail_from_another_server_is_told_what_a_border_is_for(place: Place, name: str, door: str) -> None:
    """A warning where one is needed and none is named."""
    place.file.write_text(f"{place.file.read_text()}{name}\n{door}\n")
    findings = [each for each in place.json("check")["checks"] if each["name"] == "border"]
    assert [each["state"] for each in findings] == ["warning"]
    assert "authserv_id and border" in findings[0]["todo"]


def test_a_named_border_is_what_the_reply_domain_leads_to(with_border: Place) -> None:
    """MX of the reply domain against its name."""
    findings = {each["name"]: each for each in with_border.json("check")["checks"]}
    assert findings["border"]["state"] == "ok"
    assert findings["reply domain"]["state"] == "warning"
    assert findings["reply domain"]["records"] == ["reply.example. IN MX 10 mx.desk.test."]


@pytest.fixture(scope="module")
def opendkim() -> Iterator[int]:
    """A real OpenDKIM that verifies and reports as mta.test; its port."""
    with open_folder() as folder, ExitStack() as stack:
        port = free_port()
        (folder / "conf").write_text(
            f"Socket inet:{port}@127.0.0.1\nMode v\nSyslog no\nAuthservID mta.test\nAlwaysAddARHeader yes\n"
            "InternalHosts 203.0.113.1\nRequireSafeKeys no\n"
        )
        command = [require("opendkim"), "-f", "-x", str(folder / "conf")]
        stack.enter_context(running(command, log=folder / "log", ready=lambda: answers(port)))
        yield port


@pytest.mark.peer
@pytest.mark.parametrize(
    ("header_checks", "states"),
    [("", ["ok", "problem"]), ("header_checks = regexp:{folder}/etc/headers\n", ["ok", "ok"])],
    ids=["as installed", "as docs/identity.md says"],
)
def test_a_real_border_is_judged(tmp_path: Path, opendkim: int, header_checks: str, states: list[str]) -> None:
    """OpenDKIM behind Postfix leaves forged fields about DMARC and SPF in; with one line of header_checks they go."""
    (tmp_path / "zone").write_text("$TTL 300\n")
    trust = {"authserv_id": "mta.test", "border": "mta.test"}
    sections = {"gateway": GATEWAY, "dns": {"zone_file": str(tmp_path / "zone")}, "authentication": trust}
    site = open_site(parse(sections, "test"))
    with running_postfix(f"smtpd_milters = inet:127.0.0.1:{opendkim}\n{header_checks}") as server:
        (server.folder / "etc" / "headers").write_text("/^Authentication-Results:/ IGNORE\n")
        with SMTP("127.0.0.1", server.port, timeout=20) as outside:
            outside.sendmail("probe@probe.invalid", ["support@desk.test"], probe_mail(site))
        wait_until(lambda: bool(server.mails()), "Postfix delivers the probe")
        (arrived,) = server.mails()
    assert is_probe(arrived)
    assert [note.state.value for note in judge(site, arrived)] == states
