"""The stage of the demonstration: a configuration, keys, a sample webshop's account and the DNS of its domains.

Everything lies in one folder. The domains are signed for with keys made on the spot, and a zone file answers for them,
so the mails of the demonstration are proven in the same way as real ones.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from gateway.config import Config, load
from gateway.tokens import KEY_BYTES

CUSTOMER = "owner@bakery.example"
AGENT = "agent@desk.example"
STRANGER = "somebody@elsewhere.example"
SUPPORT = "support@desk.example"
SIGNED_DOMAINS = ("bakery.example", "desk.example")
SELECTOR = "demo"
LISTEN = "127.0.0.1:8025"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A folder that is ready to be played on."""

    folder: Path
    config_file: Path
    config: Config

    @property
    def outbound(self) -> Path:
        """The Maildir that outgoing mail goes to."""
        return self.folder / "outbound"

    @property
    def accounts_file(self) -> Path:
        """The sample webshop's account."""
        return self.folder / "accounts.jsonl"

    def signing_key(self, domain: str) -> bytes:
        """The private half of a domain's DKIM key (RFC 8463), base64."""
        return (self.folder / "demo-keys" / domain).read_bytes()


def set_stage(folder: Path, *, spamd_port: int | None, listen: str = LISTEN) -> Stage:
    """Make what is missing in the folder, keep what is there; the configuration is written anew."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _write_once(folder / "keys" / "0", secrets.token_bytes(KEY_BYTES))
    for domain in SIGNED_DOMAINS:
        _write_once(folder / "demo-keys" / domain, base64.b64encode(bytes(SigningKey.generate())))
    (folder / "demo.zone").write_text(_zone(folder))
    (folder / "accounts.jsonl").write_text(json.dumps(_ACCOUNT) + "\n")
    config_file = folder / "config.toml"
    config_file.write_text(_config(folder, spamd_port, listen))
    return Stage(folder=folder, config_file=config_file, config=load(config_file))


_ACCOUNT = {
    "id": "1001",
    "name": "The Corner Bakery",
    "language": "en",
    "phone": "+30 210 0000000",
    "plan": "standard",
    "shops": [{"id": "bakery", "domain": "bakery.example", "name": "The Corner Bakery"}],
    "addresses": [{"address": CUSTOMER, "verified": True}],
}


def _write_once(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(content)


def _zone(folder: Path) -> str:
    lines = ["$TTL 3600"]
    for domain in SIGNED_DOMAINS:
        seed = base64.b64decode((folder / "demo-keys" / domain).read_bytes())
        public = base64.b64encode(bytes(SigningKey(seed).verify_key)).decode()
        lines += [
            f"{domain}. IN SOA ns.{domain}. hostmaster.{domain}. 1 3600 600 86400 300",
            f"{domain}. IN NS ns.{domain}.",
            f'{SELECTOR}._domainkey.{domain}. IN TXT "v=DKIM1; k=ed25519; p={public}"',
            f'_dmarc.{domain}. IN TXT "v=DMARC1; p=reject"',
        ]
    return "\n".join(lines) + "\n"


def _config(folder: Path, spamd_port: int | None, listen: str) -> str:
    where = folder.absolute()
    return f"""\
# Written by `ticket-gateway demo`; see config.example.toml for every key.
[gateway]
support_addresses = ["{SUPPORT}"]
reply_domain = "reply.desk.example"
desk_name = "Shop Support"
login_url = "https://desk.example/login"
state_directory = {json.dumps(str(where))}

[ingest.smtp]
listen = ["{listen}"]

[spam]
port = {spamd_port or 783}
timeout_seconds = 10

[outbox]
destination = "maildir:outbound"

[desk]
undo_seconds = 0

[dns]
zone_file = {json.dumps(str(where / "demo.zone"))}

[log]
level = "warning"

[[agents]]
name = "Agent"
address = "{AGENT}"
languages = ["en"]
"""
