"""The listeners of SMTP and LMTP: opened from the configuration, closed without cutting anybody short.

What must stay true: either all sockets of the configuration are open or none is; they run in the caller's event loop;
after `drain` no session is open and no commit is waited for.
"""

import asyncio
import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway import events
from gateway.clock import Clock
from gateway.config import Ingest, Lmtp, Smtp
from gateway.errors import ConfigError
from gateway.ingest.accept import PATIENCE, Door, Put
from gateway.ingest.limits import Peers
from gateway.ingest.lmtp import GatewayLMTP
from gateway.ingest.recipients import Recipients
from gateway.ingest.service import BeginScreening, Service, no_screen
from gateway.ingest.smtp import GatewaySMTP
from gateway.ingest.sockets import BACKLOG, Listening, close, open_sockets
from gateway.model import Via

_SHUTTING_DOWN = "421 4.3.2 Shutting down, try again later"
_UNIX_MODE = 0o660


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A section of the configuration, what its sessions share, and its sockets."""

    key: str
    config: Smtp | Lmtp
    service: Service
    sockets: tuple[Listening, ...]


class Listeners:
    """Open listeners. Made by `start_listeners`."""

    def __init__(self, door: Door, sections: Sequence[_Section]) -> None:
        self._door = door
        self._sections = sections
        self._servers: list[asyncio.Server] = []

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where we listen, SMTP first, in the order of the configuration; for port 0 the port that was found."""
        return tuple(listening.name for section in self._sections for listening in section.sockets)

    @property
    def connections(self) -> int:
        """How many sessions are open."""
        return sum(len(section.service.connections) for section in self._sections)

    def reload_certificates(self) -> None:
        """Read the certificate files again, for sessions to come; raises ConfigError, then the old ones stay in use."""
        for section in self._sections:
            if section.service.tls and _tls_context(section.config, section.key):
                _load_certificate(section.service.tls, section.config)

    async def drain(self, seconds: float) -> None:
        """Stop: idle sessions are told 421 4.3.2, mails that are coming in may do so for `seconds`, commits end."""
        for server in self._servers:
            server.close()
        _close_all(self._sections)
        for section in self._sections:
            section.service.peers.close()  # for those that are accepted already, but not yet at work
        sessions = {session.task: session for section in self._sections for session in section.service.connections}
        for session in sessions.values():
            session.end_soon(_SHUTTING_DOWN)
        if sessions:
            _, running = await asyncio.wait(sessions, timeout=seconds)
            for task in running:
                sessions[task].end_now(_SHUTTING_DOWN)
            await asyncio.wait(sessions)
        # A store that does not answer must not keep us for ever: nobody was told that these mails are kept.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._door.settled(), PATIENCE)

    async def serve(self) -> None:
        """Begin to accept connections."""
        for section in self._sections:
            for listening in section.sockets:
                self._servers.append(await _serve(section.service, listening))
                events.listener_started(f"{section.service.via.value} {listening.name}")


async def start_listeners(
    ingest: Ingest,
    *,
    put: Put,
    recipients: Recipients,
    clock: Clock,
    scratch: Path,
    has_room: Callable[[], bool] = lambda: True,
    screen: BeginScreening = no_screen,
    environ: Mapping[str, str] = os.environ,
) -> Listeners:
    """Listen wherever `[ingest.smtp]` and `[ingest.lmtp]` say, in the running event loop.

    `put` is `Spool.put`. `scratch` is a folder on disk (not in memory) for mails that are larger than
    `mail_data.IN_MEMORY` while they come in. `has_room` is asked for every mail and must be quick; where it says no,
    the sender is told to try again (452 4.3.1). `screen` begins to screen a mail where `[ingest.smtp] screen` says so;
    over LMTP nothing is screened. Raises ConfigError.
    """
    door = Door(put)

    def service(via: Via, key: str, config: Smtp | Lmtp) -> Service:
        return Service(
            via=via,
            limits=config,
            mend_newlines=config.bare_newlines == "normalise",
            max_message_bytes=ingest.max_message_bytes,
            door=door,
            recipients=recipients,
            peers=_peers(config, clock),
            clock=clock,
            scratch=scratch,
            has_room=has_room,
            tls=_tls_context(config, key),
            screen=screen if isinstance(config, Smtp) and config.screen else no_screen,
            screen_seconds=config.screen_seconds if isinstance(config, Smtp) else 0.0,
        )

    sections: list[_Section] = []
    try:
        for via, config in ((Via.SMTP, ingest.smtp), (Via.LMTP, ingest.lmtp)):
            key = f"ingest.{via.value}"
            made = service(via, key, config)
            sections.append(_Section(key=key, config=config, service=made, sockets=_open(config, key, environ)))
    except ConfigError:
        _close_all(sections)
        raise
    listeners = Listeners(door, sections)
    await listeners.serve()
    return listeners


async def _serve(service: Service, listening: Listening) -> asyncio.Server:
    kind = GatewayLMTP if service.via is Via.LMTP else GatewaySMTP
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: kind(service, listening.name), sock=listening.socket, backlog=BACKLOG)


def _open(config: Smtp | Lmtp, key: str, environ: Mapping[str, str]) -> tuple[Listening, ...]:
    mode = int(config.socket_mode, 8) if isinstance(config, Lmtp) else _UNIX_MODE
    opened: list[Listening] = []
    try:
        for where in config.listen:
            opened += open_sockets(where, key=f"[{key}] listen", mode=mode, environ=environ)
    except ConfigError:
        for listening in opened:
            close(listening)
        raise
    return tuple(opened)


def _close_all(sections: Sequence[_Section]) -> None:
    for section in sections:
        for listening in section.sockets:
            close(listening)


def _peers(config: Smtp | Lmtp, clock: Clock) -> Peers:
    return Peers(
        clock,
        connections=config.max_connections,
        connections_per_peer=config.max_connections_per_peer,
        mails_per_minute=config.max_mails_per_peer_per_minute,
    )


def _tls_context(config: Smtp | Lmtp, key: str) -> ssl.SSLContext | None:
    if not config.tls_certificate and not config.tls_key:
        return None
    if not (config.tls_certificate and config.tls_key):
        raise ConfigError(f"[{key}] tls_certificate and tls_key belong together; set both, or none")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        _load_certificate(context, config)
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or type(error).__name__
        raise ConfigError(
            f"[{key}] tls_certificate {config.tls_certificate} and tls_key {config.tls_key}: cannot be used: {why}"
        ) from error
    return context


def _load_certificate(context: ssl.SSLContext, config: Smtp | Lmtp) -> None:
    assert config.tls_certificate
    context.load_cert_chain(config.tls_certificate, config.tls_key, password="")
