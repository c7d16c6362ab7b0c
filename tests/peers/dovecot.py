"""A private Dovecot: IMAP, STARTTLS, IMAPS and LMTP on loopback, and a provider of OAuth2 tokens beside it.

Every user exists (`make_user` gives one that no other test knows), the password of all is PASSWORD. The provider
refreshes access tokens (RFC 6749 §6) and answers Dovecot whether one is good (RFC 7662). A test that kills or stops the
server takes one of its own (`private_dovecot`). It also listens on 127.0.0.2, for which its certificate is not good.
"""

import json
import os
import secrets
import signal
import smtplib
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from imapclient import IMAPClient

from tests.peers.process import PACKAGES, answers, free_port, open_folder, require, wait_until

PASSWORD = "secret"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1, 127.0.0.2
default_internal_user = dovecot
default_login_user = dovenull
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
mail_uid = nobody
mail_gid = nogroup
mail_fsync = never
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
disable_plaintext_auth = no
mail_max_userip_connections = 100
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
ssl_dh =
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  # refused logins of one test must not slow down those of the next
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@support.test
}}
"""

OAUTH2_CONFIG = """
introspection_mode = post
introspection_url = {url}/introspect
username_attribute = email
active_attribute = active
active_value = true
"""


@dataclass
class Provider:
    """Hands out access tokens for refresh tokens, and tells Dovecot whose they are."""

    url: str = ""
    life_seconds: int = 3600
    rotates: bool = False
    """Does a refresh give a new refresh token and end the old one?"""
    fails_with: tuple[int, str] | None = None
    """Status and body of every token answer, instead of the right one."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The form of every token request."""
    _grants: dict[str, str] = field(default_factory=dict)
    _access: dict[str, str] = field(default_factory=dict)

    @property
    def token_url(self) -> str:
        """Where access tokens come from."""
        return f"{self.url}/token"

    def grant(self, user: str) -> str:
        """A new refresh token of this user."""
        token = f"refresh-{secrets.token_hex(8)}"
        self._grants[token] = user
        return token

    def withdraw(self, user: str) -> None:
        """End all grants of this user."""
        self._grants = {token: owner for token, owner in self._grants.items() if owner != user}

    def end_access(self, user: str) -> None:
        """End all access tokens of this user before their time."""
        self._access = {token: owner for token, owner in self._access.items() if owner != user}

    def answer_refresh(self, form: dict[str, str]) -> tuple[int, str]:
        """RFC 6749 §5."""
        self.asked.append(form)
        if self.fails_with:
            return self.fails_with
        user = self._grants.get(form.get("refresh_token", ""))
        if user is None or form.get("grant_type") != "refresh_token":
            return 400, json.dumps({"error": "invalid_grant", "error_description": "Token has been revoked."})
        access = f"access-{secrets.token_hex(8)}"
        self._access[access] = user
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.life_seconds}
        if self.rotates:
            del self._grants[form["refresh_token"]]
            answer["refresh_token"] = self.grant(user)
        return 200, json.dumps(answer)

    def answer_introspection(self, form: dict[str, str]) -> tuple[int, str]:
        """RFC 7662 §2.2."""
        user = self._access.get(form.get("token", ""))
        return 200, json.dumps({"active": True, "username": user, "email": user} if user else {"active": False})


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            refresh = self.path == "/token"
            status, body = provider.answer_refresh(form) if refresh else provider.answer_introspection(form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        provider.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


class Dovecot:
    """One server. It keeps its ports and its mail over stop and start."""

    def __init__(self, folder: Path, provider: Provider) -> None:
        self.folder = folder
        self.provider = provider
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        self.ca_file = folder / "cert.pem"
        self._process: subprocess.Popen[bytes] | None = None
        self._program = require("dovecot")
        assert Path("/usr/lib/dovecot/lmtp").exists(), f"dovecot-lmtpd is not installed: `{PACKAGES}` installs it"
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
        os.chown(folder / "mail", 65534, 65534)
        make_certificate(folder)
        ports = {"imap": self.imap_port, "imaps": self.imaps_port, "lmtp": self.lmtp_port}
        (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, password=PASSWORD, **ports))
        (folder / "oauth2.conf").write_text(OAUTH2_CONFIG.format(url=provider.url))

    def start(self) -> None:
        """Start it and wait until it answers."""
        # Ended when the test run dies, whatever ends that.
        command = [require("setpriv"), "--pdeathsig=TERM", self._program, "-F", "-c", str(self.folder / "dovecot.conf")]
        with (self.folder / "out").open("ab") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True
            )
        wait_until(self._ready, f"Dovecot answers, see {self.folder / 'log'}")

    def kill(self) -> None:
        """End it with all its processes at once, as a power cut would."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)

    def stop(self) -> None:
        """End it in order."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(20)

    def freeze(self) -> None:
        """Stop all its processes where they stand: connections stay open and silent."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def make_user(self) -> str:
        """The address of a user whose mailbox is empty."""
        return f"u{secrets.token_hex(6)}@support.test"

    def deliver(self, user: str, raw: bytes) -> None:
        """Hand over a mail as a mail server does (LMTP)."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=20) as lmtp:
            lmtp.sendmail("customer@cust.test", [user], raw)

    @contextmanager
    def log_in(self, user: str) -> Iterator[IMAPClient]:
        """A person's mail program."""
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=20) as client:
            client.login(user, PASSWORD)
            yield client

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "out").read_text(errors="replace")[-2000:]
        return all(answers(port) for port in (self.imap_port, self.imaps_port, self.lmtp_port))


def make_certificate(folder: Path, host: str = "localhost") -> None:
    """Make cert.pem and key.pem there, for the host and 127.0.0.1; cert.pem is also the CA file to trust."""
    command = (
        f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={host} -addext "
        f"subjectAltName=DNS:{host},IP:127.0.0.1 -keyout {folder}/key.pem -out {folder}/cert.pem"
    )
    subprocess.run([require("openssl"), *command.split()], check=True, capture_output=True)


@contextmanager
def running_dovecot() -> Iterator[Dovecot]:
    """A started server with its provider until the block ends."""
    with open_folder() as folder, running_provider() as provider:
        server = Dovecot(folder, provider)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The server of the whole test run: do not stop it."""
    with running_dovecot() as server:
        yield server


@pytest.fixture
def private_dovecot() -> Iterator[Dovecot]:
    """A server of this test's own, which it may kill, freeze and start again."""
    with running_dovecot() as server:
        yield server
