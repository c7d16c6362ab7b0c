"""Private Postfix servers on loopback: in front of us, or as our smarthost; and smtp-sink, a server made to misbehave.

Every Postfix has its own folder with configuration, queue, log and certificate; nothing of the machine's is touched.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers.process import answers, free_port, open_folder, require, running, wait_until

USER = "desk@support.test"
PASSWORD = "correct horse"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mta.test
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = 127.0.0.1
smtp_dns_support_level = disabled
smtp_host_lookup = native
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
biff = no
smtpd_error_sleep_time = 0
in_flow_delay = 0
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_loglevel = 1
"""

MAILDIRS = """
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
"""

SASL = """
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
showq unix n - n - - showq
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

AUTH = """
base_dir = {folder}/auth/run
log_path = {folder}/auth/log
protocols =
default_internal_user = dovecot
default_login_user = dovenull
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = no
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/auth/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {folder}/auth/sasl {{
    mode = 0666
  }}
}}
service anvil {{
  # one refused login must not slow down the next
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """One running server."""

    folder: Path
    port: int

    @property
    def ca_file(self) -> Path:
        """The certificate to trust: for localhost and 127.0.0.1."""
        return self.folder / "cert.pem"

    @property
    def log(self) -> str:
        """All that it logged."""
        path = self.folder / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""

    def mails(self, user: str = "inbox") -> list[bytes]:
        """What lies in a Maildir of its own, oldest first, as delivered (LF line ends)."""
        found = sorted((self.folder / "mail" / user / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_bytes() for path in found]

    def queue(self) -> list[dict[str, object]]:
        """Its queue, as `postqueue -j` tells it."""
        shown = self._run("postqueue", "-j")
        return [json.loads(line) for line in shown.splitlines() if line]

    def flush(self) -> None:
        """Let it try everything in its queue now."""
        self._run("postqueue", "-f")

    def _run(self, command: str, *options: str) -> str:
        done = subprocess.run(
            [require(command), "-c", str(self.folder / "etc"), *options], check=True, capture_output=True, cwd="/"
        )
        return done.stdout.decode()


@contextmanager
def running_postfix(extra: str = "", *, sasl: bool = False) -> Iterator[Postfix]:
    """A server with these lines in its main.cf (`{folder}` stands for its folder), until the block ends.

    As it is, it takes mail for everybody into the Maildir of `mails`; with `transport_maps` and `relay_domains` it is
    the server in front of us. `sasl`: only over TLS and with USER and PASSWORD.
    """
    with open_folder() as folder, ExitStack() as stack:
        port = free_port()
        _prepare(folder, port, extra, sasl=sasl)
        if sasl:
            stack.enter_context(_running_auth(folder))
        require("postfix")
        # master(8) itself: `postfix start` checks the machine's files for seconds, and its child outlives it.
        process = subprocess.Popen(
            ["/usr/lib/postfix/sbin/master", "-c", str(folder / "etc"), "-d"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it ends its whole process group, which must not be ours
        )
        stack.callback(_end, process)
        wait_until(lambda: answers(port) or process.poll() is not None, f"Postfix answers, see {folder}/maillog")
        server = Postfix(folder=folder, port=port)
        assert process.poll() is None, f"Postfix ended with {process.returncode}: {server.log[-2000:]}"
        yield server


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _prepare(folder: Path, port: int, extra: str, *, sasl: bool) -> None:
    # `postfix start` would make the queue's folders itself, in two seconds.
    for name in ("etc", "data", "mail", "queue", "queue/pid", "queue/maildrop", "queue/public"):
        (folder / name).mkdir()
    for name in QUEUES:
        (folder / "queue" / name).mkdir(mode=0o700)
        shutil.chown(folder / "queue" / name, "postfix")
    for name, mode in (("maildrop", 0o730), ("public", 0o710)):
        shutil.chown(folder / "queue" / name, "postfix", "postdrop")
        (folder / "queue" / name).chmod(mode)
    shutil.chown(folder / "data", "postfix")
    (folder / "data").chmod(0o700)
    shutil.chown(folder / "mail", "nobody")
    make_certificate(folder)
    lines = MAIN + (SASL if sasl else "") + (extra if "transport_maps" in extra else MAILDIRS + extra)
    (folder / "etc" / "main.cf").write_text(lines.replace("{folder}", str(folder)))
    (folder / "etc" / "master.cf").write_text(MASTER.replace("{port}", str(port)))
    # Postfix reads a file again and again until it is two seconds old: it might still be being written.
    os.utime(folder / "etc" / "main.cf", (0, 0))


def make_certificate(folder: Path) -> None:
    """cert.pem and key.pem for localhost and 127.0.0.1; cert.pem is also the CA file to trust."""
    command = (
        f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout {folder}/key.pem -out {folder}/cert.pem"
    )
    subprocess.run([require("openssl"), *command.split()], check=True, capture_output=True)


@contextmanager
def _running_auth(folder: Path) -> Iterator[None]:
    """Dovecot's authentication alone, which Postfix asks."""
    (folder / "auth").mkdir()
    (folder / "auth" / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    config = folder / "auth" / "dovecot.conf"
    config.write_text(AUTH.format(folder=folder))
    with running(
        [require("dovecot"), "-F", "-c", str(config)],
        log=folder / "auth" / "out",
        ready=(folder / "auth" / "sasl").exists,
        cwd=Path("/"),
    ):
        yield


@pytest.fixture
def postfix() -> Iterator[Callable[..., Postfix]]:
    """Starts servers for one test: call it as `running_postfix`."""
    with ExitStack() as stack:
        yield lambda extra="", *, sasl=False: stack.enter_context(running_postfix(extra, sasl=sasl))


@pytest.fixture(scope="session")
def smarthost() -> Iterator[Postfix]:
    """One server for the whole run that takes mail for everybody; it does not know `nobody@…` (550)."""
    with running_postfix("smtpd_recipient_restrictions = check_recipient_access regexp:{folder}/etc/unknown") as server:
        (server.folder / "etc" / "unknown").write_text("/^nobody@/ 550 5.1.1 no such user here\n")
        yield server


# --- smtp-sink ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SunkMail:
    """A mail that smtp-sink took."""

    mail_from: str
    mail_options: str
    recipient: str
    recipient_options: str
    data: bytes
    """LF line ends."""


class Sink:
    """smtp-sink(1) on one port, which it keeps over stop and start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._stack = ExitStack()

    def start(self, *options: str) -> None:
        """Start it: `-r RCPT` refuses softly, `-f RCPT` for good, `-q .` and `-Q .` disconnect; see its manual."""
        number = len(list(self.folder.glob("log*")))
        command = [require("smtp-sink"), "-v", "-u", "nobody", "-R", str(self.folder), "-d", "mail.%M."]
        self._stack.enter_context(
            running(
                [*command, *options, f"127.0.0.1:{self.port}", "128"],
                log=self.folder / f"log{number}",
                ready=lambda: answers(self.port),
                cwd=self.folder,
            )
        )

    def stop(self) -> None:
        """End it; its mails stay."""
        self._stack.close()

    @property
    def log(self) -> str:
        """What it wrote of the dialogues since it was started last."""
        newest = max(self.folder.glob("log*"), key=lambda path: int(path.name.removeprefix("log")))
        return newest.read_text(errors="replace")

    def connections(self) -> int:
        """How many connections it took since it was started last, our own look at the port left out."""
        return self.log.count("smtp-sink: connect (") - 1

    def mails(self) -> list[SunkMail]:
        """What it took, oldest first."""
        found = sorted(self.folder.glob("mail.*"), key=lambda path: path.stat().st_mtime_ns)
        written = [path.read_bytes() for path in found]
        return [_sunk(each) for each in written if each]  # a file is opened before the mail is refused


def _sunk(written: bytes) -> SunkMail:
    """smtp-sink writes the envelope as fields in front, the last of them Received."""
    sender = re.search(rb"^X-Mail-Args: <([^>]*)> ?(.*)", written, re.MULTILINE)
    recipient = re.search(rb"^X-Rcpt-Args: <([^>]*)> ?(.*)", written, re.MULTILINE)
    assert sender is not None
    assert recipient is not None
    trace = re.search(rb"^Received: .*\n(?:[ \t].*\n)*", written, re.MULTILINE)
    assert trace is not None
    return SunkMail(
        mail_from=sender[1].decode(),
        mail_options=sender[2].decode(),
        recipient=recipient[1].decode(),
        recipient_options=recipient[2].decode(),
        data=written[trace.end() :],
    )


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server for one test, not started yet."""
    with open_folder() as folder:
        shutil.chown(folder, "nobody")
        server = Sink(folder)
        try:
            yield server
        finally:
            server.stop()
