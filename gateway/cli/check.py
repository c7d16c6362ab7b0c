"""`ticket-gateway check`: is everything there that the gateway needs?"""

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, json_option, show_json, show_table
from gateway.config import find_file


@click.command()
@json_option
@click.pass_obj
def check(config_option: str | None, as_json: bool) -> None:
    """Look at everything the gateway needs.

    Configuration, folders, store, keys, templates, DNS, spam engine, smarthost, listeners, mailboxes. Changes nothing.
    Ends with 1 when something fails; a warning is no failure.
    """
    config = load_config(config_option)
    from gateway.cli.checks import Finding, State, all_findings  # loads everything, so after the configuration

    findings = [Finding("configuration", State.OK, str(find_file(config_option))), *all_findings(config)]
    failed = [finding for finding in findings if finding.state is State.FAIL]
    if as_json:
        named = [{"name": each.name, "state": each.state.value, "detail": each.detail} for each in findings]
        show_json({"ok": not failed, "checks": named})
    else:
        columns = [Column("Check"), Column("State"), Column("Details", flexible=True)]
        show_table(columns, ((each.name, each.state.value, each.detail) for each in findings))
    if failed:
        raise No(f"{len(failed)} of {len(findings)} checks failed")
