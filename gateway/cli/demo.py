"""`ticket-gateway demo`: the whole path on embedded defaults, shown live."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from gateway import events
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.demo.stage import LISTEN, Stage


@click.command()
@click.option(
    "--directory", default="var", type=click.Path(path_type=Path), show_default=True, help="Where its state is kept."
)
@click.option("--listen", default=LISTEN, show_default=True, help="Where it takes mail.")
@click.option("--exit", "leave", is_flag=True, help="End after the mails instead of staying up.")
def demo(directory: Path, listen: str, leave: bool) -> None:
    """Send a sample webshop's mails through the gateway and show what becomes of each."""
    from gateway.demo.spamd import private_spamd
    from gateway.demo.stage import set_stage

    console = Console()
    with private_spamd(directory.absolute()) as spamd_port:
        if spamd_port is None:
            console.print("SpamAssassin is not installed: mail will be shown as unscanned.", style="yellow")
        stage = set_stage(directory.absolute(), spamd_port=spamd_port, listen=listen)
        events.configure("text", stage.config.log.level)
        asyncio.run(_run(stage, console, leave=leave))


class Board:
    """The table of mails: what is known of each so far. Written by the daemon's threads, read by the screen."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._sent: dict[str, tuple[str, str, str]] = {}
        self._outcomes: dict[str, tuple[str, str, str, str]] = {}

    def sent(self, message_id: str, what: str, author: str, subject: str) -> None:
        """A mail is on its way."""
        with self._guard:
            self._sent[message_id] = (what, author, subject)

    def decided(self, explanation: str, ticket: int | None) -> None:
        """A mail has its outcome."""
        document = json.loads(explanation)
        identity = document["identity"]
        who = f"{identity['sender']} {document['authentication']['grade']} {identity['token']}"
        spam = document["spam"]
        scanned = f"{spam['score']:.1f}" if spam["state"] == "scanned" else spam["state"]
        fate = document["plan"]["action"].replace("_", " ") + (f", ticket {ticket}" if ticket else "")
        with self._guard:
            self._outcomes[document["mail"]["message_id"]] = (who, scanned, fate, document["plan"]["why"])

    def has(self, message_id: str) -> bool:
        """Is the outcome of this mail known?"""
        with self._guard:
            return message_id in self._outcomes

    def table(self) -> Table:
        """As a person reads it."""
        table = Table(title="What became of each mail", expand=True)
        table.add_column("from", overflow="fold", ratio=3)
        table.add_column("subject", overflow="fold", ratio=3)
        table.add_column("identity", min_width=8)
        table.add_column("spam", no_wrap=True)
        table.add_column("outcome", overflow="fold", ratio=2)
        table.add_column("why", overflow="fold", ratio=4)
        with self._guard:
            for message_id, (what, author, subject) in self._sent.items():
                cells = self._outcomes.get(message_id, ("…", "…", "…", ""))
                table.add_row(f"{what}\n[dim]{escape(author)}[/dim]", escape(subject), *map(escape, cells))
        return table


async def _run(stage: Stage, console: Console, *, leave: bool) -> None:
    from gateway.daemon import Daemon
    from gateway.demo.play import NothingCame, Scene, play

    await asyncio.to_thread(_prepare, stage)
    board = Board()
    daemon = Daemon(
        stage.config,
        SystemClock(),
        on_outcome=lambda outcome: board.decided(outcome.explanation, outcome.ticket_id),
    )
    await daemon.start()
    port = int(daemon.addresses[0].rpartition(":")[2])

    def on_sent(scene: Scene) -> None:
        mail = scene.mail
        author = str(mail["From"].addresses[0].addr_spec)
        board.sent(str(mail["Message-ID"]), scene.what, author, str(mail["Subject"]))

    try:
        with _shown(board, console):
            await play(stage, port, on_sent, board.has)
    except NothingCame as error:
        console.print(str(error), style="red")
        raise SystemExit(1) from error
    finally:
        if leave:
            await daemon.stop()
    console.print(_what_next(stage, daemon.addresses), soft_wrap=True)
    if not leave:
        await _until_interrupted()
        console.print("Draining …")
        await daemon.stop()
        console.print("Stopped; everything that was accepted is kept.")


def _prepare(stage: Stage) -> None:
    from gateway.accounts.files import read_accounts
    from gateway.basis import open_store
    from gateway.store.accounts import put_accounts
    from gateway.store.migrate import upgrade

    store = open_store(stage.config)
    upgrade(store)
    with store.transaction() as tx:
        put_accounts(tx, read_accounts(stage.accounts_file), SystemClock().now())
    store.close()


@contextmanager
def _shown(board: Board, console: Console) -> Iterator[None]:
    if not console.is_terminal:
        yield
        console.print(board.table())
        return
    with Live(console=console, get_renderable=board.table, refresh_per_second=8):
        yield


async def _until_interrupted() -> None:
    from gateway.daemon import stop_signals

    with stop_signals() as asked:
        await asked


def _what_next(stage: Stage, addresses: tuple[str, ...]) -> str:
    config: Config = stage.config
    host, _, port = addresses[0].rpartition(":")
    command = f"{sys.argv[0]} --config {stage.config_file}"
    return f"""
It stays up and takes mail at {addresses[0]}. Ctrl-C drains and stops it.

  send it more      swaks --server {host}:{port} --to {config.support_address} --from you@elsewhere.example
  what it sent      ls {stage.outbound}/new
  tickets           {command} ticket list
  one ticket        {command} ticket show 1
  held mail         {command} held list
  does it balance   {command} audit
"""
