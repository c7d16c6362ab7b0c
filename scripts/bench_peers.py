"""Postfix and Dovecot to measure against: private ones, on loopback, as durable as they are shipped.

Postfix takes mail by SMTP and virtual(8) writes it into a Maildir (an fsync of the queue file, one of the Maildir file);
it is tuned: with `in_flow_delay` at its default it stalls senders for a second when mail comes faster than it leaves.
Dovecot takes it by LMTP into a Maildir (an fsync of the file, fdatasync of `new` and of the list of UIDs).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_mails import RECIPIENT
from tests.peers.dovecot import Dovecot, running_provider
from tests.peers.process import answers, free_port, open_folder, require, wait_until

DOMAIN = RECIPIENT.rpartition("@")[2]
NOBODY = 65534

_MAIN = """
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
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
biff = no
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_minimum_uid = 1
default_destination_concurrency_limit = 20
virtual_destination_concurrency_limit = 20
in_flow_delay = 0
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A running server: where to feed it, and where its mails end up."""

    port: int
    lmtp: bool
    inbox: Path
    """The `new` of a Maildir: a file appears there whole, by rename or link."""


@contextmanager
def running_postfix() -> Iterator[Peer]:
    """A Postfix of our own until the block ends."""
    postfix = require("postfix")
    with open_folder() as folder:
        port = free_port()
        for name in ("etc", "queue", "data", "mail"):
            (folder / name).mkdir()
        (folder / "etc/main.cf").write_text(_MAIN.format(folder=folder, domain=DOMAIN, nobody=NOBODY))
        (folder / "etc/master.cf").write_text(_MASTER.format(port=port))
        os.chown(folder / "mail", NOBODY, NOBODY)
        subprocess.run(["chown", "postfix", str(folder / "data")], check=True)
        command = [postfix, "-c", str(folder / "etc")]
        with (folder / "out").open("wb") as out:
            subprocess.run([*command, "start"], check=True, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            try:
                wait_until(lambda: answers(port), f"Postfix answers, see {folder / 'maillog'}")
                yield Peer(port=port, lmtp=False, inbox=folder / "mail/inbox/new")
            finally:
                subprocess.run([*command, "stop"], check=True, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


@contextmanager
def running_dovecot() -> Iterator[Peer]:
    """A Dovecot of our own until the block ends, with the fsyncs that the tests' one does without."""
    with open_folder() as folder, running_provider() as provider:
        server = Dovecot(folder, provider)
        config = folder / "dovecot.conf"
        text = config.read_text()
        assert "mail_fsync = never" in text, "the tests' Dovecot has changed: it must sync like a real one here"
        config.write_text(text.replace("mail_fsync = never", "mail_fsync = optimized"))
        try:
            server.start()
            yield Peer(port=server.lmtp_port, lmtp=True, inbox=folder / "mail" / RECIPIENT.partition("@")[0] / "new")
        finally:
            server.kill()
