"""The service under a real systemd: it takes mail, survives what happens to services, and stops without losing any."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gateway.logs import message_id
from tests.peers.process import wait_until
from tests.peers.systemd import INSTALLED, UNITS, Machine, booted

pytestmark = [pytest.mark.peer, pytest.mark.timeout(180)]
SERVICE = "ticket-gateway.service"
SOCKETS = ("ticket-gateway-smtp.socket", "ticket-gateway-lmtp.socket")
COMMAND = f"{INSTALLED}/bin/ticket-gateway"

CONFIG = """
[gateway]
support_addresses = ["support@shop.test"]
reply_domain = "r.shop.test"
[ingest.smtp]
listen = ["systemd:smtp"]
[ingest.lmtp]
listen = ["systemd:lmtp"]
[spam]
engine = "none"
[dns]
zone_file = "/etc/ticket-gateway/zone"
"""
ZONE = """
$ORIGIN cust.test.
$TTL 60
@ IN SOA ns hostmaster 1 60 60 60 60
@ IN TXT "v=spf1 ip4:127.0.0.1 -all"
"""
SEND = '''
import smtplib, sys
kind, port, message_id = sys.argv[1:]
mail = f"""From: ann@cust.test
To: support@shop.test
Message-ID: <{message_id}@cust.test>
Subject: help

My shop is down.
"""
with getattr(smtplib, kind)("127.0.0.1", int(port), timeout=30) as client:
    client.sendmail("ann@cust.test", ["support@shop.test"], mail)
print("taken")
'''
# Sends half of a mail, says so, and sends the rest when it is told to. The server then says goodbye by itself.
SEND_SLOWLY = """
import pathlib, smtplib, time
client = smtplib.SMTP("127.0.0.1", 25, timeout=60)
client.ehlo()
client.mail("ann@cust.test")
client.rcpt("support@shop.test")
client.putcmd("data")
print(client.getreply()[0], flush=True)
client.send(b"From: ann@cust.test\\r\\nMessage-ID: <slow@cust.test>\\r\\nSubject: slow\\r\\n\\r\\nfirst half")
pathlib.Path("/tmp/half").touch()
while not pathlib.Path("/tmp/go").exists():
    time.sleep(0.05)
client.send(b", second half\\r\\n.\\r\\n")
print(client.getreply()[0], flush=True)
client.close()
"""
# What has C code that might want memory that is writable and executable, each at work.
LIBRARIES = """
import ctypes.util, sqlite3, ssl
import dkim, lxml.html, nh3, psycopg, pydantic, spf, sqlalchemy
from nacl.signing import SigningKey
key = SigningKey.generate()
key.verify_key.verify(key.sign(b"x"))
assert nh3.clean("<p>x<script>y</script>") == "<p>x</p>"
assert lxml.html.fromstring("<p>x</p>").text == "x"
assert sqlite3.connect(":memory:").execute("SELECT 1").fetchone() == (1,)
ssl.create_default_context()
print("libraries at work")
"""


@pytest.fixture(scope="module")
def machine(installation: Mapping[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One boot for all tests of this file."""
    folder = tmp_path_factory.mktemp("units")
    unit = (UNITS / SERVICE).read_text()
    for old, new in (
        ("Type=notify\n", "Type=oneshot\n"),
        (f"ExecStart={COMMAND} serve\n", f"ExecStart={INSTALLED}/bin/python /opt/libraries.py\n"),
        ("WatchdogSec=60\n", ""),
        ("Restart=always\n", ""),
        ("StateDirectory=ticket-gateway\n", "StateDirectory=libraries\n"),
    ):
        assert old in unit
        unit = unit.replace(old, new)
    (folder / "libraries.service").write_text(unit)
    (folder / "libraries.py").write_text(LIBRARIES)
    (folder / "libraries.py").chmod(0o644)
    units = [*sorted(UNITS.iterdir()), folder / "libraries.service"]
    with booted(bind={**installation, folder / "libraries.py": "/opt/libraries.py"}, units=units) as machine:
        machine.run(COMMAND, "init", "--support-address=support@shop.test", "--reply-domain=r.shop.test")
        machine.run("tee", "/etc/ticket-gateway/config.toml", stdin=CONFIG)
        machine.run("tee", "/etc/ticket-gateway/zone", stdin=ZONE)
        yield machine


@pytest.fixture
def gateway(machine: Machine) -> Machine:
    """The machine with the sockets open and the service running; what earlier tests sent is in its store."""
    machine.run("systemctl", "start", *SOCKETS)
    machine.run("systemctl", "start", SERVICE, check=False)
    assert "active" == machine.show(SERVICE, "ActiveState"), machine.journal(SERVICE)
    return machine


def send(machine: Machine, message_id: str, kind: str = "SMTP", port: int = 25) -> None:
    """Hand in a mail; fails unless it was taken."""
    assert "taken\n" == machine.python(SEND, kind, str(port), message_id)


def audit(machine: Machine) -> dict[str, int]:
    """What `ticket-gateway audit` counts, asked by root beside the service; fails where the two sides differ."""
    counted: dict[str, int] = json.loads(machine.run(COMMAND, "audit", "--json"))
    return counted


def wait_for_decisions(machine: Machine, number: int) -> None:
    """Until so many mails more than were counted before are decided, by the log."""

    def decided() -> bool:
        return number <= machine.run("journalctl", "-o", "cat", "TICKET_GATEWAY_EVENT=mail_decided").count("\n")

    wait_until(decided, "the mails are decided")


def settled(machine: Machine) -> dict[str, int]:
    """What `audit` counts once nothing waits for a decision any more: mail is taken before it can be decided."""
    wait_until(lambda: audit(machine)["pending"] == 0, "what came in is decided", 60)
    return audit(machine)


def main_pid(machine: Machine) -> str:
    """The process of the service."""
    return machine.show(SERVICE, "MainPID")


def test_it_is_active_once_it_takes_mail_and_says_where(gateway: Machine) -> None:
    """`Type=notify`: systemctl start comes back when the listeners are open."""
    assert "Taking mail" in gateway.show(SERVICE, "StatusText")
    send(gateway, "first")


def test_mail_becomes_tickets_inside_the_sandbox(gateway: Machine) -> None:
    """By SMTP and by LMTP; the processes that read mail can set their own limits although `@resources` is forbidden."""
    before = settled(gateway)
    send(gateway, "one")
    send(gateway, "two", "LMTP", 24)
    wait_for_decisions(gateway, before["received"] + 2)

    after = audit(gateway)
    assert before["tickets_opened"] + 2 == after["tickets_opened"]
    assert 0 == after["pending"]


def test_a_killed_service_is_started_again_and_the_mail_is_there(gateway: Machine) -> None:
    """SIGKILL right after 250. The socket stays open, so a client in between waits instead of being refused."""
    before, restarts = settled(gateway), int(gateway.show(SERVICE, "NRestarts"))
    send(gateway, "before")
    killed = main_pid(gateway)
    gateway.run("kill", "-KILL", killed)
    send(gateway, "between")

    assert main_pid(gateway) not in ("0", killed)
    assert restarts + 1 == int(gateway.show(SERVICE, "NRestarts"))
    wait_for_decisions(gateway, before["received"] + 2)
    after = audit(gateway)
    assert before["received"] + 2 == after["received"]
    assert before["tickets_opened"] + 2 == after["tickets_opened"]


def test_stopping_lets_a_mail_that_is_coming_in_finish(gateway: Machine) -> None:
    """Its sender gets 250 although the stop was asked for in the middle of it; then the service exits with 0."""
    before = audit(gateway)["received"]
    stops = gateway.journal(SERVICE).count("stopping")
    gateway.run("systemd-run", "--quiet", "--unit=slow", "/usr/bin/python3", "-c", SEND_SLOWLY)
    wait_until(lambda: gateway.run("ls", "/tmp/half", check=False), "half of the mail is sent")
    gateway.run("systemctl", "stop", "--no-block", SERVICE, *SOCKETS)
    wait_until(lambda: gateway.journal(SERVICE).count("stopping") > stops, "it is stopping")
    gateway.run("touch", "/tmp/go")
    wait_until(lambda: "inactive" == gateway.show(SERVICE, "ActiveState"), "it has stopped", 60)

    assert ["354", "250"] == gateway.run("journalctl", "--unit=slow", "--identifier=python3", "-o", "cat").split()
    assert "success" == gateway.show(SERVICE, "Result")
    assert "0" == gateway.show(SERVICE, "ExecMainStatus")
    assert before + 1 == audit(gateway)["received"]


def test_a_service_that_hangs_is_replaced(gateway: Machine) -> None:
    """The watchdog is fed by the main loop, so a process that only exists does not count as alive."""
    gateway.run("mkdir", "-p", "/run/systemd/system/ticket-gateway.service.d")
    drop_in = "/run/systemd/system/ticket-gateway.service.d/watchdog.conf"
    gateway.run("tee", drop_in, stdin="[Service]\nWatchdogSec=5\n")
    gateway.run("systemctl", "daemon-reload")
    gateway.run("systemctl", "restart", SERVICE)
    restarts = int(gateway.show(SERVICE, "NRestarts"))
    hanging = main_pid(gateway)
    gateway.run("sleep", "7")
    assert hanging == main_pid(gateway), "it was replaced although it lived"
    gateway.run("kill", "-STOP", hanging)

    wait_until(lambda: main_pid(gateway) not in ("0", hanging), "it is replaced", 40)
    assert restarts + 1 == int(gateway.show(SERVICE, "NRestarts"))
    send(gateway, "after-hanging")
    gateway.run("rm", "-r", "/run/systemd/system/ticket-gateway.service.d")
    gateway.run("systemctl", "daemon-reload")


def test_it_holds_no_privilege(gateway: Machine) -> None:
    """Not root, no capability to gain, system calls filtered, nothing of the system writable."""
    status = dict(
        line.split(":\t", 1)
        for line in gateway.run("cat", f"/proc/{main_pid(gateway)}/status").splitlines()
        if ":\t" in line
    )

    assert "0" not in status["Uid"].split()
    assert "0" * 16 == status["CapBnd"]
    assert "1" == status["NoNewPrivs"]
    assert "2" == status["Seccomp"]
    mounts = gateway.run("cat", f"/proc/{main_pid(gateway)}/mountinfo").splitlines()
    assert all(line.split()[5].startswith("ro") for line in mounts if line.split()[4] in ("/", "/usr", "/etc"))


def test_the_libraries_work_under_the_unit(machine: Machine) -> None:
    """`MemoryDenyWriteExecute` and the system call filter break none: PyNaCl's cffi, lxml, nh3, psycopg, SQLite."""
    machine.run("systemctl", "start", "libraries.service", check=False)

    assert "libraries at work" in machine.journal("libraries.service")
    assert "success" == machine.show("libraries.service", "Result")


def test_events_are_journal_entries_with_fields(gateway: Machine) -> None:
    """`[log] format = "auto"` is journald under systemd."""
    send(gateway, "logged")
    entry = json.loads(
        gateway.run("journalctl", "--output=json", "--lines=1", "TICKET_GATEWAY_EVENT=mail_kept", "-u", SERVICE)
    )

    assert message_id("mail_kept") == entry["MESSAGE_ID"]
    assert "smtp" == entry["TICKET_GATEWAY_VIA"]
    assert 26 == len(entry["TICKET_GATEWAY_ENTRY"])
    assert "6" == entry["PRIORITY"]


def test_a_new_key_signs_after_a_restart(gateway: Machine) -> None:
    """Root makes it; the service, which may not read root's file, gets it as a credential."""
    gateway.run(COMMAND, "key", "rotate")
    gateway.run("systemctl", "restart", SERVICE)

    assert "active" == gateway.show(SERVICE, "ActiveState")
    assert ["config.toml", "keys_0", "keys_1"] == gateway.run("ls", f"/run/credentials/{SERVICE}").split()
    send(gateway, "after-rotating")
