"""What the gateway needs, looked at one by one: each check is a function from the configuration to findings.

A check never raises and never changes anything; whatever it meets becomes a finding. `fail` is what keeps the gateway
from doing its work, `warn` what an operator should know.
"""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from gateway.authn.answers import AnswerState
from gateway.authn.resolver import Resolver
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.ingest.sockets import close, open_sockets
from gateway.outbox.sign import load_signer
from gateway.outbox.smtp import Smarthost, SmtpTransport, load_smarthost
from gateway.render import Renderer, template_directories
from gateway.spam.open import open_engine
from gateway.store.migrate import HEAD
from gateway.tokens import load_keys

PATIENCE = 10.0
"""Seconds at most that one check waits for another server."""
LONGEST_REPLY_DOMAIN = 17
"""Characters: a signed reply address with its 33 before the domain then fits into the 64 that SRS and BATV leave."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, as a sentence."""

    name: str
    state: State
    detail: str


def all_findings(config: Config) -> Iterator[Finding]:
    """Every check in its order, each finding as soon as it is known."""
    for name, check in CHECKS.items():
        try:
            for state, detail in check(config):
                yield Finding(name, state, detail)
        except GatewayError as error:
            yield Finding(name, State.FAIL, error.reason)
        except Exception as error:
            yield Finding(name, State.FAIL, f"{type(error).__name__}: {error}")


Found = Iterator[tuple[State, str]]


def state_directory(config: Config) -> Found:
    """Is there a place for what must be kept?"""
    yield _writable_folder(config.state)


def store(config: Config) -> Found:
    """Can the store be reached, and has it the right tables?"""
    with open_store(config) as opened, opened.reading():
        yield State.OK, f"{'SQLite' if opened.is_sqlite else 'PostgreSQL'} answers, schema {HEAD}"


def keys(config: Config) -> Found:
    """Are the keys of reply addresses there, and nobody else's to read?"""
    ids = load_keys(config.keys_directory).ids
    yield State.OK, f"{len(ids)} in {config.keys_directory}; key {ids[-1]} signs"


def templates(config: Config) -> Found:
    """Can every mail of ours be written?"""
    directories = template_directories(config.templates.directory)
    problems = Renderer(directories).check_templates()
    yield from ((State.FAIL, problem) for problem in problems)
    if not problems:
        yield State.OK, f"all can be used ({', '.join(map(str, directories))})"


def agents(config: Config) -> Found:
    """Is there somebody who hears of tickets?"""
    if config.agents:
        yield State.OK, f"{len(config.agents)} named"
    else:
        yield State.WARN, "[[agents]] names nobody: no one will be told of a new ticket"


def reply_domain(config: Config) -> Found:
    """Do signed reply addresses reach us?"""
    domain = config.gateway.reply_domain
    if len(domain) > LONGEST_REPLY_DOMAIN:
        yield (
            State.WARN,
            f"{domain} has {len(domain)} characters: with more than {LONGEST_REPLY_DOMAIN} some forwarders cut signed"
            " addresses; the tickets are then found by other traces only",
        )
    answer = Resolver(config.dns, SystemClock()).for_mail().mx(domain)
    if answer.state is AnswerState.TEMPERROR:
        yield State.FAIL, f"DNS gave no answer: {answer.why}"
    elif answer.state is AnswerState.FOUND:
        yield State.OK, f"mail to {domain} goes to {', '.join(mx.host for mx in sorted(answer.records))}"
    else:
        yield State.WARN, f"DNS names no mail server (MX) for {domain}: customers' answers will not arrive"


def spam_engine(config: Config) -> Found:
    """Does the spam engine answer?"""
    if config.spam.engine == "none":
        yield State.WARN, '[spam] engine is "none": no mail is scanned'
        return
    with closing(open_engine(config.spam, SystemClock())) as engine:
        problem = engine.ping()
    yield (State.FAIL, problem) if problem else (State.OK, f"{config.spam.engine} answers")


def outbox(config: Config) -> Found:
    """Can our mail leave?"""
    kind, _, place = config.outbox.destination.partition(":")
    if kind == "maildir":
        yield _writable_folder(config.state / place, may_be_missing=True)
        yield State.WARN, f"mail is only written to the folder {config.state / place}; nothing is sent"
        return
    # As `outbox.setup` names us; login and TLS are tried, no mail is sent.
    yield asyncio.run(_greet(load_smarthost(config.outbox, config.gateway.reply_domain)))


def dkim(config: Config) -> Found:
    """Can our mail be signed, and the signature be verified?"""
    signer = load_signer(config.outbox)
    if signer is None:
        yield State.OK, "not signed here ([outbox] dkim_domain is empty): the smarthost must do it"
        return
    name = f"{signer.selector}._domainkey.{signer.domain}"
    answer = Resolver(config.dns, SystemClock()).for_mail().txt(name)
    if answer.state is AnswerState.FOUND:
        yield State.OK, f"signed as {signer.domain}, key {name}"
    else:
        yield State.FAIL, f"the public key {name} is not in DNS ({answer.state}): our signatures cannot be verified"


def listeners(config: Config) -> Found:
    """Can we listen where we are told to?"""
    for key, section in (("smtp", config.ingest.smtp), ("lmtp", config.ingest.lmtp)):
        if section.tls_certificate or section.tls_key:
            yield _certificate(key, section.tls_certificate, section.tls_key)
        for where in section.listen:
            yield _listener(f"[ingest.{key}] listen", where)
    if not config.ingest.smtp.listen and not config.ingest.lmtp.listen and not config.ingest.imap:
        yield State.WARN, "there is no door: set listen in [ingest.smtp] or [ingest.lmtp], or an [[ingest.imap]]"


def mailboxes(config: Config) -> Found:
    """Can the servers of our mailboxes be reached, and the passwords be read?"""
    for mailbox in config.ingest.imap:
        for file in (mailbox.password_file, mailbox.oauth2 and mailbox.oauth2.refresh_token_file):
            if file and not os.access(file, os.R_OK):
                yield State.FAIL, f"{mailbox.name}: {file} cannot be read"
        try:
            socket.create_connection((mailbox.host, mailbox.port), timeout=PATIENCE).close()
            yield State.OK, f"{mailbox.name}: {mailbox.host}:{mailbox.port} can be reached"
        except OSError as error:
            yield State.FAIL, f"{mailbox.name}: {mailbox.host}:{mailbox.port}: {error.strerror or error}"


def accounts(config: Config) -> Found:
    """Can the file of accounts be read?"""
    if config.accounts.file is None:
        return
    from gateway.accounts.files import read_accounts

    yield State.OK, f"{len(read_accounts(config.accounts.file)):,} accounts in {config.accounts.file}"


CHECKS: dict[str, Callable[[Config], Found]] = {
    "state directory": state_directory,
    "store": store,
    "keys": keys,
    "templates": templates,
    "agents": agents,
    "accounts": accounts,
    "reply domain": reply_domain,
    "spam engine": spam_engine,
    "outbox": outbox,
    "dkim": dkim,
    "listeners": listeners,
    "mailboxes": mailboxes,
}


def _writable_folder(folder: Path, *, may_be_missing: bool = False) -> tuple[State, str]:
    if not folder.is_dir():
        if may_be_missing and not folder.exists():
            return State.OK, f"{folder} will be made"
        return State.FAIL, f"{folder} is not there: `ticket-gateway init` makes it"
    if not os.access(folder, os.W_OK | os.X_OK):
        return State.FAIL, f"{folder} cannot be written to by this user"
    return State.OK, str(folder)


async def _greet(smarthost: Smarthost) -> tuple[State, str]:
    where = f"{smarthost.host}:{smarthost.port}"
    probe = _Probe(replace(smarthost, timeout=min(PATIENCE, smarthost.timeout)))
    try:
        return State.OK, f"{where} answers, {'encrypted' if await probe.is_encrypted() else 'not encrypted'}"
    except Exception as error:
        return State.FAIL, f"{where}: {error or type(error).__name__}"
    finally:
        await asyncio.sleep(0.1)  # TLS says goodbye after the connection is closed, while the loop still turns


class _Probe(SmtpTransport):
    """Connects as for a mail, and goes away again."""

    async def is_encrypted(self) -> bool:
        client = await self._connect()
        try:
            return client.get_transport_info("ssl_object") is not None
        finally:
            with suppress(Exception):
                await client.quit(timeout=1)
            client.close()


def _certificate(key: str, certificate: Path | None, private_key: Path | None) -> tuple[State, str]:
    if not certificate or not private_key:
        return State.FAIL, f"[ingest.{key}] tls_certificate and tls_key belong together"
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, private_key, password="")
    except OSError as error:  # ssl.SSLError is one
        return State.FAIL, f"[ingest.{key}] {certificate} and {private_key}: {error.strerror or error}"
    return State.OK, f"[ingest.{key}] {certificate}"


def _listener(key: str, where: str) -> tuple[State, str]:
    if where.startswith("systemd:"):
        return State.OK, f"{where} is handed over by systemd at the start"
    try:
        for listening in open_sockets(where, key=key, environ={}):
            close(listening)
    except GatewayError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
            return State.WARN, f"{key}: {where} is taken: by this gateway if it is running, else by another program"
        return State.FAIL, error.reason
    return State.OK, f"{where} is free"
