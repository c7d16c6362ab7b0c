"""`ticket-gateway import`: mail from files, mbox, Maildir or a pipe, through the same spool and stages as all other mail.

What must stay true (I1): exit code 0 comes only when every mail was committed to the spool. What becomes of a kept mail
is decided at once where that is possible; where it is not, that is no failure of the import: the mail waits, and
`serve` or the next import decides it. Behind a mail server nothing may end with another code once the mail is kept.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import Interrupted, No, Refused
from gateway.cli.screen import Column, json_option, show_json, show_table, warn
from gateway.cli.stored import open_store
from gateway.cli.tally import Bars, NotingSpool, Tally, quiet_events, wait_until_decided
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.ingest.file_walk import STDIN
from gateway.ingest.files import ImportReport, import_sources
from gateway.model import Via
from gateway.store.db import Store

CLOCK = SystemClock()


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
    mail server. Mail that came in before is recognised, so an import that was interrupted is simply run again.

    Ends with 1 when something could not be read (the rest is taken), with 75 when the store could not keep a mail. With
    - nothing but 0 and 75 is said, except 1 for a mail that will never be taken: too large, or empty.
    """
    is_pipe = STDIN in paths
    if is_pipe and len(paths) > 1:
        raise click.UsageError("- stands alone: it is one mail on standard input")
    began = CLOCK.monotonic()
    tally = Tally()
    config = load_config(config_option)
    with quiet_events(config), Bars(tally) as bars, open_store(config) as store:
        with _deciding(config, store, tally, spool_only=spool_only):
            report = _take(config, store, tally, bars, paths, via_pipe=is_pipe, sender=envelope_from, to=recipients)
            interrupted = report is None or _decide(store, tally, spool_only=spool_only, is_pipe=is_pipe)
    document = _document(tally, report, CLOCK.monotonic() - began)
    _show(document, as_json=as_json)
    _end(document, interrupted=interrupted, is_pipe=is_pipe)
