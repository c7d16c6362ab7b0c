"""A web service on loopback that answers as a test tells it to, well or badly."""

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.peers.process import require

JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Request:
    """What was asked."""

    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Answer:
    """What to say: a whole answer, or raw bytes after which the connection is cut."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    body: bytes = b""
    cut: bool = False
    """Say a longer Content-Length than there are bytes."""
    wait_for: threading.Event | None = None
    """Say the head, then wait for this (or half a minute) before the body."""


@dataclass(slots=True)
class Service:
    """A running web service."""

    url: str
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], Answer] = lambda request: Answer(status=404)


def documents(*accounts: Mapping[str, Any], next_page: str | None = None, **headers: str) -> Answer:
    """A page of accounts."""
    body = json.dumps({"accounts": list(accounts), "next": next_page}).encode()
    return Answer(headers=JSON | {name.replace("_", "-"): value for name, value in headers.items()}, body=body)


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Service]:
    """A service until the block ends; with a certificate (and its key in the same file) it speaks TLS."""
    service = Service("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self.path, dict(self.headers))
            service.requests.append(request)
            self._say(service.answer(request))

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Transfer-Encoding" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body) + (100 if answer.cut else 0)))
            self.end_headers()
            self.wfile.flush()
            if answer.wait_for:
                answer.wait_for.wait(30)
            try:
                self.wfile.write(answer.body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # who hangs up on us is expected here

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    service.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}/accounts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that it signs itself, with its key, in one file."""
    file = folder / "service.pem"
    subprocess.run(
        [
            *[require("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
            *["-nodes", "-days", "2", "-subj", "/CN=service.test", "-addext", "subjectAltName=IP:127.0.0.1"],
            *["-out", str(file), "-keyout", str(folder / "key.pem")],
        ],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + (folder / "key.pem").read_text())
    return file
