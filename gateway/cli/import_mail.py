"""`ticket-gateway import`: mail from files, mbox, Maildir or a pipe, on the same path as all other mail.

What must stay true (I1): exit code 0 comes only when every mail was committed to the spool. What becomes of a kept mail
is decided at once where that is possible; where it is not, that is no failure of the import: the mail waits, and
`serve` or the next import decides it.
"""

from typing import TYPE_CHECKING, Any

import click

from gateway.cli.context import load_config, reverse_path
from gateway.cli.failure import Interrupted, No, Refused
from gateway.cli.screen import Column, json_option, show_json, show_table, warn

if TYPE_CHECKING:
    from gateway.cli.importing import Imported

SHOWN_PROBLEMS = 20


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--envelope-from", metavar="ADDRESS", help="The reverse path of the mails; <> for the null one.")
@click.option("--rcpt", "recipients", metavar="ADDRESS", multiple=True, help="A recipient (repeatable).")
@click.option("--spool-only", is_flag=True, help="Only keep the mails; `serve` or the next import decides them.")
@json_option
@click.pass_obj
def import_mail(
    config_option: str | None,
    paths: tuple[str, ...],
    envelope_from: str | None,
    recipients: tuple[str, ...],
    spool_only: bool,
    as_json: bool,
) -> None:
    """Take mail from files and decide what becomes of it.

    PATH is a mail, an mbox, a Maildir or a folder of these; - is exactly one mail on standard input, for the pipe of a
    mail server (best with --spool-only beside a running `serve`). Mail that came in before is recognised, so an import
    that was interrupted is simply run again.

    Ends with 1 when something could not be read (the rest is taken), with 75 when the store could not keep a mail. With
    - every failure is 75, but for a mail that will never be taken, too large or empty: 1.
    """
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("- stands alone: it is one mail on standard input")
    config = load_config(config_option)
    from gateway.cli.importing import Sources, run_import  # all stages and their libraries: too much for --help

    sources = Sources(paths=paths, mail_from=reverse_path(envelope_from), recipients=recipients)
    imported = run_import(config, sources, decide=not spool_only)
    if as_json:
        show_json(document(imported))
    else:
        _show(imported)
    _end(imported, is_pipe=sources.is_pipe)


def document(imported: "Imported") -> dict[str, Any]:
    """What an import did, for tools; the keys are a contract."""
    return {
        "received": imported.received,
        "problems": [{"source": problem.source, "why": problem.why} for problem in imported.problems],
        "outcomes": imported.outcomes,
        "pending": imported.pending,
        "interrupted": imported.is_interrupted,
        "seconds": round(imported.seconds, 3),
    }


_WORDS = {
    "open": "tickets opened",
    "open_unconfirmed": "tickets opened, unconfirmed",
    "append": "added to a ticket",
    "append_unconfirmed": "added to a ticket, unconfirmed",
    "commands": "agents' answers and commands",
    "record": "recorded (bounces, auto-replies, reports)",
    "hold": "held",
    "reject": "rejected",
    "duplicate": "duplicates",
    "poison": "poisoned",
}


def _show(imported: "Imported") -> None:
    rows = [("taken", imported.received)]
    rows += [(f"  {_WORDS.get(action, action)}", count) for action, count in imported.outcomes.items()]
    rows += [("  still pending", imported.pending)] if imported.pending else []
    show_table([Column("Mails"), Column("Count", right=True)], rows)


def _end(imported: "Imported", *, is_pipe: bool) -> None:
    for problem in imported.problems[:SHOWN_PROBLEMS]:
        warn(f"{problem.source}: {problem.why}")
    if imported.is_interrupted:
        raise Interrupted(f"interrupted: {imported.received} mails are kept; run the same import again for the rest")
    if is_pipe and imported.problems:
        raise Refused(f"the mail was not taken: it {imported.problems[0].why}")
    if imported.problems:
        raise No(f"{len(imported.problems)} sources could not be read; everything else was taken")
