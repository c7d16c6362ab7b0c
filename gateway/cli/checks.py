"""What `check` looks at, in its order: this machine first, then what DNS says of us, then who is believed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.cli import checks_border, checks_dkim, checks_dmarc, checks_reply, checks_spf, checks_system
from gateway.cli.checks_site import Check, Note, State, ok, open_site, problem
from gateway.config import Config
from gateway.errors import GatewayError

CHECKS: dict[str, Check] = {
    "state directory": checks_system.state_directory,
    "store": checks_system.store,
    "keys": checks_system.keys,
    "templates": checks_system.templates,
    "agents": checks_system.agents,
    "accounts": checks_system.accounts,
    "login page": checks_system.login_page,
    "spam engine": checks_system.spam_engine,
    "virus scanner": checks_system.virus_scanner,
    "outbox": checks_system.outbox,
    "listeners": checks_system.listeners,
    "mailboxes": checks_system.mailboxes,
    "reply domain": checks_reply.reply_domain,
    "host name": checks_reply.host_name,
    "spf": checks_spf.check,
    "dkim": checks_dkim.check,
    "dmarc": checks_dmarc.check,
    "agents' domains": checks_dmarc.agents,
    "border": checks_border.check,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A note and the check that made it."""

    name: str
    note: Note

    @property
    def is_problem(self) -> bool:
        """Does it keep the gateway from doing its work?"""
        return self.note.state is State.PROBLEM

    def document(self) -> dict[str, Any]:
        """For tools; the keys are a contract."""
        note = self.note
        named = {"name": self.name, "state": note.state.value, "detail": note.detail}
        return named | {"todo": note.todo, "records": list(note.records)}


def border_findings(config: Config, raw: bytes) -> Iterator[Finding]:
    """What a mail that came through the border shows of it."""
    yield from (Finding("border", note) for note in checks_border.judge(open_site(config), raw))


def all_findings(config: Config, file: Path) -> Iterator[Finding]:
    """Every check in its order, each finding as soon as it is known; ConfigError where there is no resolver.

    `file` is where the configuration was read from.
    """
    yield Finding("configuration", ok(str(file)))
    site = open_site(config)
    for name, check in CHECKS.items():
        try:
            for note in check(site):
                yield Finding(name, note)
        except GatewayError as error:
            yield Finding(name, problem(error.reason))
        except Exception as error:
            yield Finding(name, problem(f"{type(error).__name__}: {error}"))
