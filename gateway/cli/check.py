"""`ticket-gateway check`: is everything there that the gateway needs, and is what DNS says of us right?"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import Column, json_option, say, show_json, show_table, show_tasks
from gateway.cli.stored import open_store
from gateway.config import Config, find_file

if TYPE_CHECKING:
    from gateway.cli.checks import Finding

NEWEST = "newest"
NEWEST_MAILS = 20
"""Of each outcome, so many are looked at for a probe."""


@click.command()
@click.option("--border", "border_mail", metavar="FILE", help="Judge the border by a mail that came through it.")
@click.option("--probe", is_flag=True, help="Print a mail that tests the border, to be sent from outside.")
@json_option
@click.pass_obj
def check(config_option: str | None, border_mail: str | None, probe: bool, as_json: bool) -> None:
    """Look at everything the gateway needs.

    Configuration, folders, store, keys, templates, accounts, spam engine, smarthost, listeners, mailboxes. In DNS:
    where signed addresses lead, our name, SPF, DKIM, DMARC of our domains and the agents'. Changes nothing. Each
    finding says what to do, with DNS records to paste. Ends with 1 on a problem; a warning is none.

    The border is the mail server in front of the gateway whose Authentication-Results are believed. Send the mail that
    --probe prints to the support address from outside, and give --border what arrived: a file, - for standard input, or
    the word newest for the newest such mail that the gateway has taken.
    """
    config = load_config(config_option)
    from gateway.cli.checks import all_findings, border_findings  # loads everything, so after the configuration

    if probe:
        _print_probe(config)
        return
    if border_mail is not None:
        findings = list(border_findings(config, _mail(config, border_mail)))
    else:
        findings = list(all_findings(config, find_file(config_option)))
    problems = sum(finding.is_problem for finding in findings)
    if as_json:
        show_json({"ok": not problems, "checks": [finding.document() for finding in findings]})
    else:
        _show(findings)
    if problems:
        raise No(f"{problems} of {len(findings)} checks failed")


def _show(findings: "Sequence[Finding]") -> None:
    columns = [Column("Check"), Column("State"), Column("Details", flexible=True)]
    show_table(columns, ((each.name, each.note.state.value, each.note.detail) for each in findings))
    tasks = [(each.name, each.note.todo, each.note.records) for each in findings if each.note.todo]
    if tasks:
        say("\nWhat to do:")
        show_tasks(tasks)


def _print_probe(config: Config) -> None:
    from gateway.cli.checks_border import probe_mail
    from gateway.cli.checks_site import open_site

    site = open_site(config)
    if not (site.trust.authserv_id and site.trust.border):
        raise Wrong("set [authentication] authserv_id and border first: the probe forges what they name")
    say(probe_mail(site).removesuffix("\n"))


def _mail(config: Config, source: str) -> bytes:
    if source == NEWEST:
        return _newest(config)
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise Wrong(f"{source}: {error.strerror}") from error


def _newest(config: Config) -> bytes:
    """The newest mail that the gateway took and that says it is a probe."""
    from gateway.cli.checks_border import is_probe
    from gateway.pipeline.plan import Action
    from gateway.store.outcomes import outcomes_by_action
    from gateway.store.spool import load

    with open_store(config) as opened:
        with opened.reading() as tx:
            outcomes = [each for action in Action for each in outcomes_by_action(tx, action, limit=NEWEST_MAILS)]
        newest = sorted(outcomes, key=lambda outcome: outcome.decided_at, reverse=True)
        for outcome in newest:
            for entry in load(opened, [outcome.entry_id]):
                if is_probe(entry.raw):
                    return entry.raw
    raise No("no probe was taken lately: send what `ticket-gateway check --probe` prints from outside, and wait")
