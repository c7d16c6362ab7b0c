"""A private OpenDKIM: signs what passes a Postfix, as the mail servers of real customers and of the desk do."""

import base64
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import answers, free_port, open_folder, require, running

SELECTOR = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDkim:
    """A milter at a port, and the zone that publishes its keys."""

    port: int
    zone: str

    @property
    def milter(self) -> str:
        """As `smtpd_milters` names it."""
        return f"inet:127.0.0.1:{self.port}"


@contextmanager
def running_opendkim(domains: Sequence[str]) -> Iterator[OpenDkim]:
    """Sign mail from these domains; each gets a key of its own and a DMARC policy of reject."""
    program = require("opendkim")
    with open_folder() as folder:
        zone = ["$TTL 300", *(line for domain in domains for line in _key(folder, domain))]
        port = free_port()
        (folder / "conf").write_text(
            f"Socket inet:{port}@127.0.0.1\nMode s\nCanonicalization relaxed/relaxed\nSyslog no\n"
            f"KeyTable {folder}/keytable\nSigningTable refile:{folder}/signingtable\nInternalHosts 127.0.0.0/8\n"
            "RequireSafeKeys no\n"
        )
        (folder / "keytable").write_text("".join(f"{name} {name}:{SELECTOR}:{folder}/{name}.pem\n" for name in domains))
        (folder / "signingtable").write_text("".join(f"*@{name} {name}\n" for name in domains))
        command = [program, "-f", "-x", str(folder / "conf")]
        with running(command, log=folder / "log", ready=lambda: answers(port)):
            yield OpenDkim(port=port, zone="\n".join(zone) + "\n")


def _key(folder: Path, domain: str) -> list[str]:
    private = folder / f"{domain}.pem"
    openssl = require("openssl")
    subprocess.run([openssl, "genrsa", "-traditional", "-out", str(private), "2048"], check=True, capture_output=True)
    public = subprocess.run(
        [openssl, "rsa", "-in", str(private), "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    private.chmod(0o600)
    record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    pieces = " ".join(f'"{record[start : start + 250]}"' for start in range(0, len(record), 250))
    return [
        f"{domain}. IN SOA ns.{domain}. hostmaster.{domain}. 1 3600 600 86400 300",
        f"{domain}. IN NS ns.{domain}.",
        f"{SELECTOR}._domainkey.{domain}. IN TXT {pieces}",
        f'_dmarc.{domain}. IN TXT "v=DMARC1; p=reject"',
    ]
