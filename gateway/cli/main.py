"""The command `ticket-gateway`: which commands there are, and how each is found.

A command's module is imported when it is called, so that help and small commands start at once: the libraries that
read, sign and send mail take longer to load than most commands to run.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from gateway import __version__
from gateway.cli.failure import end_with


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is, and its line in the list; a test holds the line to the command's own help."""

    module: str
    name: str
    help: str


COMMANDS = {
    "init": Lazy("init", "init", "Write a first configuration, its folders and a key."),
    "check": Lazy("check", "check", "Look at everything the gateway needs."),
    "serve": Lazy("serve", "serve", "Take mail, decide it, send what follows, until SIGTERM or Ctrl-C."),
    "demo": Lazy("demo", "demo", "Send a sample webshop's mails through the gateway and show what becomes of each."),
    "import": Lazy("import_mail", "import_mail", "Take mail from files and decide what becomes of it."),
    "explain": Lazy("explain", "explain", "Tell what would become of a mail, and why, without doing it."),
    "audit": Lazy("audit", "audit", "Prove that every mail taken has exactly one outcome."),
    "ticket": Lazy("ticket", "ticket", "Read tickets and act on them."),
    "topics": Lazy("topics", "topics", "See what mail is about, and how that is guessed."),
    "held": Lazy("held", "held", "Look at mail that was held back, and act on it."),
    "sender": Lazy("sender", "sender", "See what is known of a sender, and let his mail in again."),
    "canned": Lazy("canned", "canned", "Look at the canned answers: which there are, and how often they helped."),
    "account": Lazy("account", "account", "Read and import the webshop's accounts."),
    "outbox": Lazy("outbox", "outbox", "Look at mail that is to leave."),
    "key": Lazy("key", "key", "Make, list and revoke the keys of signed reply addresses."),
    "db": Lazy("db", "db", "Look after the database."),
}


class Commands(click.Group):
    """All commands, each imported when it is called; every failure ends with its exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        command: click.Command = getattr(import_module(f"gateway.cli.{lazy.module}"), lazy.name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name, or say which one may be meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Their list, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether a mail server waits for the exit code, before anything can go wrong."""
        ctx.meta[IS_PIPE] = "import" in args and "-" in args
        rest: list[str] = _ending_well(ctx, lambda: super(Commands, self).parse_args(ctx, args))
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever fails ends with a sentence and an exit code."""
        return _ending_well(ctx, lambda: super(Commands, self).invoke(ctx))


IS_PIPE = "gateway.cli.is_pipe"


def _ending_well(ctx: click.Context, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (Exception, KeyboardInterrupt) as error:
        end_with(error, is_pipe=ctx.meta[IS_PIPE])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    metavar="FILE",
    help="The configuration; else $TICKET_GATEWAY_CONFIG, else /etc/ticket-gateway/config.toml.",
)
@click.version_option(__version__, "--version", prog_name="ticket-gateway", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: str | None) -> None:
    """Turns mail to a support address into tickets, and the desk's answers into mail.

    Exit codes: 0 done; 1 the answer is no; 2 wrong usage or configuration; 70 a fault of the program; 75 try again
    later; 130 interrupted.
    """
    ctx.obj = config


def main() -> None:
    """Run the command line; never returns."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets it spelled out; a mail's text must not end a command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="ticket-gateway")
