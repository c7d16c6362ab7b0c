"""`ticket-gateway serve`: run the daemon."""

import asyncio
import gc
from contextlib import closing

import click

from gateway import events
from gateway.clock import SystemClock
from gateway.config import find_file, load


@click.command()
@click.option(
    "--roles",
    default="",
    metavar="LIST",
    help="Do only these, separated by commas: smtp, lmtp, imap, decide, deliver, clock. Default: all.",
)
@click.pass_context
def serve(context: click.Context, roles: str) -> None:
    """Take mail, decide it, send what follows, until SIGTERM or Ctrl-C."""
    gc.disable()  # what is loaded stays: looking for garbage in it takes a tenth of the start
    # The doors' part of the program: not needed for the other commands' help.
    from gateway import daemon, memory
    from gateway.basis import Role
    from gateway.deciding.nursery import Nursery, forked_nursery

    try:
        chosen = frozenset(Role(role.strip()) for role in roles.split(",") if role.strip())
    except ValueError as error:
        known = ", ".join(Role)
        raise click.UsageError(f"--roles: {error.args[0]}; there are {known}") from error
    config = load(find_file(context.find_root().params.get("config")))
    memory.give_back()
    roles_here = chosen or frozenset(Role)
    # Before there are threads, and a log that is a socket.
    with closing(forked_nursery() if Role.DECIDE in roles_here else Nursery()) as nursery:
        events.configure(config.log.format, config.log.level)
        asyncio.run(daemon.serve(config, SystemClock(), roles=roles_here, nursery=nursery))
