"""A private rspamd: Debian's, on loopback, without the internet; its Bayes filter in a Redis of its own."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.config import Spam
from gateway.spam.rspamd import Rspamd
from tests.peers.dns import running_dns
from tests.peers.process import answers, free_port, open_folder, require, running

PASSWORD = "only-for-tests"
# All that would ask the internet, or wait for it.
OFF = """
    antivirus arc asn bimi clickhouse dcc dkim_signing elastic external_services fuzzy_check greylist hfilter mx_check
    neural p0f phishing ratelimit rbl replies reputation rspamd_update surbl url_redirector
""".split()  # noqa: SIM905 # so many words are read more easily without quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRspamd:
    """A running rspamd."""

    port: int
    controller_port: int
    password_file: Path
    pid: int
    host: str = "127.0.0.1"


@pytest.fixture(scope="session")
def rspamd() -> Iterator[RunningRspamd]:
    """An rspamd that judges by rules; Bayes from 5 + 5 learned mails on. Leave it running: others use it too."""
    with running_rspamd() as server:
        yield server


@contextmanager
def running_rspamd() -> Iterator[RunningRspamd]:
    """Run an rspamd until the block ends."""
    command, redis_command = require("rspamd"), require("redis-server")
    with open_folder() as folder, ExitStack() as stack:
        ports = {name: free_port() for name in ("scanner", "controller", "redis")}
        # Without a server that answers, rspamd waits for each name.
        names = stack.enter_context(running_dns("none.test. 60 IN A 192.0.2.1\n"))
        (folder / "redis").mkdir()
        redis = [redis_command, "--port", str(ports["redis"]), "--bind", "127.0.0.1"]
        redis += ["--dir", str(folder / "redis"), "--save", ""]
        stack.enter_context(running(redis, log=folder / "redis.log", ready=lambda: answers(ports["redis"])))
        _configure(folder, ports, int(names.address.rpartition(":")[2]))
        probe = Rspamd(Spam(port=ports["scanner"], timeout_seconds=2), SystemClock())
        arguments = ["-f", "-u", "_rspamd", "-g", "_rspamd", "-c", "/etc/rspamd/rspamd.conf"]
        for name, where in (("LOCAL_CONFDIR", "etc"), ("RUNDIR", "run"), ("DBDIR", "db"), ("LOGDIR", "log")):
            arguments.append(f"--var={name}={folder / where}")
        ready = running([command, *arguments], log=folder / "output", ready=lambda: not probe.ping(), seconds=60)
        process = stack.enter_context(ready)
        yield RunningRspamd(
            port=ports["scanner"],
            controller_port=ports["controller"],
            password_file=folder / "password",
            pid=process.pid,
        )


def _configure(folder: Path, ports: dict[str, int], dns_port: int) -> None:
    local, override = folder / "etc" / "local.d", folder / "etc" / "override.d"
    for each in (local, override, folder / "etc" / "maps.d", folder / "run", folder / "db", folder / "log"):
        each.mkdir(parents=True)
    (local.parent / "suffixes").write_text("com\nexample\ntest\n")  # to compile all there are takes 20 seconds
    for module in OFF:
        (local / f"{module}.conf").write_text("enabled = false;\n")
    (local / "options.inc").write_text(
        f'filters = "chartable,dkim,regexp";\ncontrol_socket = "{folder}/run/rspamd.sock mode=0600";\n'
        f'dns {{ nameserver = ["127.0.0.1:{dns_port}"]; timeout = 1s; retransmits = 1; }}\n'
        f'local_addrs = [192.168.0.0/16];\ndisable_hyperscan = true;\nurl_tld = "{folder}/etc/suffixes";\n'
    )
    (override / "worker-normal.inc").write_text(f'bind_socket = "127.0.0.1:{ports["scanner"]}";\ncount = 1;\n')
    (override / "worker-controller.inc").write_text(
        f'bind_socket = "127.0.0.1:{ports["controller"]}";\npassword = "{PASSWORD}";\nsecure_ip = "192.0.2.1";\n'
    )
    (override / "worker-proxy.inc").write_text("enabled = false;\n")
    (local / "redis.conf").write_text(f'servers = "127.0.0.1:{ports["redis"]}";\n')
    (local / "classifier-bayes.conf").write_text("min_learns = 5;\n")
    (folder / "password").write_text(PASSWORD)
    for each in ("etc", "run", "db", "log"):
        for path in (folder / each, *(folder / each).rglob("*")):
            shutil.chown(path, "_rspamd", "_rspamd")
