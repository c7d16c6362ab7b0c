"""Check looks at everything, changes nothing, and names what is wrong."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.peers.clamd import RunningClamd
from tests.peers.postfix import PASSWORD, USER, Postfix
from tests.peers.process import free_port
from tests.peers.spamd import RunningSpamd


def add(place: Place, text: str) -> None:
    """Add to the configuration."""
    place.file.write_text(place.file.read_text() + text)


def found(place: Place, code: int = 0) -> dict[str, list[tuple[str, str]]]:
    """The findings by the name of their check: state and detail."""
    findings: dict[str, list[tuple[str, str]]] = {}
    for check in place.json("check", code=code)["checks"]:
        findings.setdefault(check["name"], []).append((check["state"], check["detail"]))
    return findings


def test_a_gateway_that_is_right_passes(place: Place) -> None:
    """0, with warnings of what is only for a trial."""
    document = place.json("check")
    assert list(document) == ["ok", "checks"]
    assert document["ok"] is True
    states: dict[str, list[str]] = {}
    for check in document["checks"]:
        states.setdefault(check["name"], []).append(check["state"])
    assert states == {
        "configuration": ["ok"],
        "state directory": ["ok"],
        "store": ["ok"],
        "keys": ["ok"],
        "templates": ["ok"],
        "agents": ["ok"],
        "login page": ["warning"],
        "spam engine": ["warning"],
        "outbox": ["ok", "warning"],
        "listeners": ["warning"],
        "reply domain": ["ok"],
        "spf": ["warning", "warning"],
        "dkim": ["ok"],
        "dmarc": ["warning", "warning", "warning"],
        "agents' domains": ["warning"],
        "border": ["ok"],
    }
    header, *lines = place.run("check").stdout.splitlines()
    assert header.split() == ["Check", "State", "Details"]
    assert lines.index("What to do:") == len(document["checks"]) + 1


def test_each_thing_that_is_missing_fails(place: Place) -> None:
    """1; everything is looked at, not only the first that fails."""
    (place.state / "ticket-gateway.db").unlink()
    (place.config.keys_directory / "0").chmod(0o644)
    add(place, '[accounts]\nfile = "/none.csv"\n')
    findings = found(place, code=1)
    assert findings["store"][0][0] == findings["keys"][0][0] == findings["accounts"][0][0] == "problem"
    assert "db upgrade" in findings["store"][0][1]
    assert "chmod 600" in findings["keys"][0][1]
    assert "/none.csv: No such file or directory" in findings["accounts"][0][1]
    total = sum(map(len, findings.values()))
    assert f"3 of {total} checks failed" in place.run("check", code=1).stderr


def test_each_source_of_accounts_is_read(place: Place, tmp_path: Path) -> None:
    """Their number, or why not; where nobody is verified, nobody is ever proven to be a customer."""
    file = tmp_path / "accounts.jsonl"
    add(place, f'[accounts]\nfile = "{file}"\n')
    file.write_text('{"id": "1", "addresses": [{"address": "a@b.example", "verified": true}]}\n{"id": "2"}\n')
    assert found(place)["accounts"] == [("ok", f"2 accounts in {file}, 1 verified addresses")]
    file.write_text('{"id": "1", "addresses": [{"address": "a@b.example"}]}\n')
    assert found(place)["accounts"][0][0] == "warning"
    file.write_text("{")
    ((state, detail),) = found(place, code=1)["accounts"]
    assert (state, f"{file}, line 1" in detail) == ("problem", True)


def test_where_strangers_are_led_to_is_told(place: Place) -> None:
    """The login page of the webshop."""
    text = place.file.read_text().replace("[gateway]\n", '[gateway]\nlogin_url = "https://shop.example/login"\n')
    place.file.write_text(text)
    assert found(place)["login page"] == [("ok", "senders we do not know are led to https://shop.example/login")]


def test_a_state_directory_that_is_missing_fails(place: Place) -> None:
    """The sentence names it."""
    place.state.rename(place.state.with_name("moved"))
    assert f"{place.state} is not there" in found(place, code=1)["state directory"][0][1]


def test_a_wrong_template_fails(place: Place, tmp_path: Path) -> None:
    """The operator's own ones, with file and line."""
    (tmp_path / "templates" / "en").mkdir(parents=True)
    wrong = tmp_path / "templates" / "en" / "receipt.md"
    wrong.write_text("Subject: x\n\n{{ nobody }}\n")
    add(place, f'[templates]\ndirectory = "{tmp_path}/templates"\n')
    ((state, detail),) = found(place, code=1)["templates"]
    assert state == "problem"
    assert str(wrong) in detail
    assert "nobody" in detail


def test_a_dkim_key_must_be_usable(place: Place, tmp_path: Path) -> None:
    """The file is named."""
    add(place, f'[outbox]\ndkim_domain = "desk.example"\ndkim_selector = "s"\ndkim_key_file = "{tmp_path}/none"\n')
    ((state, detail),) = found(place, code=1)["dkim"]
    assert (state, f"{tmp_path}/none" in detail) == ("problem", True)


def test_a_server_for_dns_must_be_one(place: Place) -> None:
    """Without a resolver nothing can be told: wrong configuration, 2."""
    place.file.write_text(place.file.read_text().replace("zone_file =", 'servers = ["no such name"]\n#'))
    assert "is not an IP address" in place.run("check", code=2).stderr


def test_listeners_are_tried_and_given_back(place: Place, tmp_path: Path) -> None:
    """Free, taken (a warning: it may be we), impossible; afterwards nothing listens there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, free = taken.getsockname()[1], free_port()
        listen = [
            f"127.0.0.1:{free}",
            f"127.0.0.1:{port}",
            "192.0.2.1:25",
            f"unix:{tmp_path}/lmtp",
            "unix:/none/lmtp",
            "systemd:smtp",
        ]
        add(place, f"[ingest.smtp]\nlisten = {listen!r}\n".replace("'", '"'))
        findings = found(place, code=1)["listeners"]
    assert [state for state, _ in findings] == ["ok", "warning", "problem", "ok", "problem", "ok"]
    assert "by this gateway if it is running" in findings[1][1]
    assert not (tmp_path / "lmtp").exists()
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_a_certificate_that_cannot_be_used_fails(place: Place) -> None:
    """With the section that names it."""
    add(place, '[ingest.smtp]\ntls_certificate = "/none.pem"\ntls_key = "/none.key"\n[ingest.lmtp]\ntls_key = "/x"\n')
    findings = found(place, code=1)["listeners"]
    assert findings[0] == ("problem", "[ingest.smtp] /none.pem and /none.key: No such file or directory")
    assert findings[1] == ("problem", "[ingest.lmtp] tls_certificate and tls_key belong together")


def test_a_mailbox_must_be_reachable_and_its_password_readable(place: Place) -> None:
    """Both are told."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for name, port in (("here", server.getsockname()[1]), ("away", free_port())):
            add(
                place,
                f'[[ingest.imap]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {port}\nuser = "u"\n'
                'password_file = "/none"\n',
            )
        findings = found(place, code=1)["mailboxes"]
    assert [state for state, _ in findings] == ["problem", "ok", "problem", "problem"]
    assert findings[0][1] == "here: /none cannot be read"
    assert findings[3][1].endswith("Connection refused")


def test_a_smarthost_that_is_not_there_fails(place: Place) -> None:
    """Named by host and port."""
    port = free_port()
    add(place, f'[outbox]\ndestination = "smtp://127.0.0.1:{port}"\n')
    ((state, detail),) = found(place, code=1)["outbox"]
    assert state == "problem"
    assert detail.startswith(f"127.0.0.1:{port}: ")


def test_a_smarthost_that_may_be_spoken_to_in_the_clear_keeps_accounts_out_of_agents_mail(place: Place) -> None:
    """Nothing is wrong with it, so the operator is warned; this machine is no network."""
    add(place, f'[outbox]\ndestination = "smtp://[::ffff:127.0.0.1]:{free_port()}"\n')
    (_, (state, detail)) = found(place, code=1)["outbox"]
    assert state == "warning"
    assert "agents are told nothing of accounts" in detail


def test_an_outbox_folder_that_cannot_be_written_fails(place: Place) -> None:
    """A file stands in its place."""
    (place.state / "outbound").write_text("")
    assert found(place, code=1)["outbox"][0][0] == "problem"


def publish(place: Place) -> None:
    """What DNS must hold where mail really leaves."""
    assert place.config.dns.zone_file is not None
    with place.config.dns.zone_file.open("a") as zone:
        for domain in ("desk.example", "reply.example"):
            zone.write(f'{domain}. 300 IN TXT "v=spf1 mx -all"\n_dmarc.{domain}. 300 IN TXT "v=DMARC1; p=reject"\n')


@pytest.mark.peer
def test_a_real_smarthost_answers(place: Place, smarthost: Postfix) -> None:
    """Postfix greets; where TLS is required and it has none, it fails."""
    publish(place)
    add(place, f'[outbox]\ndestination = "smtp://127.0.0.1:{smarthost.port}"\n')
    assert found(place)["outbox"] == [("ok", f"127.0.0.1:{smarthost.port} answers, not encrypted")]
    add(place, "require_tls = true\n")
    assert found(place, code=1)["outbox"][0][0] == "problem"


@pytest.mark.peer
def test_the_login_at_the_smarthost_is_tried(place: Place, postfix: Callable[..., Postfix], tmp_path: Path) -> None:
    """Over TLS with its certificate checked; a wrong password fails."""
    publish(place)
    server = postfix(sasl=True)
    password = tmp_path / "password"
    add(
        place,
        f'[outbox]\ndestination = "smtp://localhost:{server.port}"\ntls_ca_file = "{server.ca_file}"\n'
        f'user = "{USER}"\npassword_file = "{password}"\n',
    )
    password.write_text(PASSWORD)
    assert found(place)["outbox"] == [("ok", f"localhost:{server.port} answers, encrypted")]
    password.write_text("wrong")
    ((state, detail),) = found(place, code=1)["outbox"]
    assert state == "problem"
    assert "535" in detail
    assert "wrong" not in detail


@pytest.mark.peer
def test_a_real_spam_engine_answers(place: Place, spamd: RunningSpamd) -> None:
    """SpamAssassin's spamd; where nothing listens it fails and says what to do."""
    text = place.file.read_text()
    place.file.write_text(text.replace('engine = "none"', f"port = {spamd.port}"))
    assert found(place)["spam engine"] == [("ok", "spamassassin answers")]
    place.file.write_text(text.replace('engine = "none"', f"port = {free_port()}"))
    assert "start it" in found(place, code=1)["spam engine"][0][1]


def test_it_changes_nothing(place: Place) -> None:
    """Not a byte of the store, no file more or less."""
    before = {path: path.read_bytes() for path in place.state.rglob("*") if path.is_file()}
    place.run("check")
    assert before == {path: path.read_bytes() for path in place.state.rglob("*") if path.is_file()}


@pytest.mark.peer
def test_a_real_virus_scanner_answers(place: Place, clamd: RunningClamd) -> None:
    """ClamAV's clamd, where there is to be one; where nothing listens it fails and says what to do."""
    text = place.file.read_text()
    place.file.write_text(f'{text}\n[antivirus]\nengine = "clamd"\nport = {clamd.port}\n')
    assert found(place)["virus scanner"] == [("ok", "clamd answers")]
    place.file.write_text(f'{text}\n[antivirus]\nengine = "clamd"\nport = {free_port()}\n')
    assert "start it" in found(place, code=1)["virus scanner"][0][1]
