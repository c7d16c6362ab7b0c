"""`ticket-gateway canned`: the texts that answer what comes every day."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from gateway.canned.helped import Count, counted
from gateway.canned.library import Problem, Suggestion, canned_files, faults, load_library
from gateway.canned.text import Canned
from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, json_option, say, show_json, show_panel, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.mail.language import guess_language
from gateway.store.canned import canned_uses

LANGUAGE = click.option("--language", metavar="LANGUAGE", default="", help="In this language: el, en, nl, fr, de.")


@click.group()
def canned() -> None:
    """Look at the canned answers: which there are, and how often they helped.

    They are files, `templates/LANGUAGE/canned/NAME.md`; docs/canned.md tells how to write one. Agents send them by
    `#canned NAME` in a reply.
    """


@canned.command("list")
@LANGUAGE
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="Count so many days.")
@json_option
@click.pass_obj
def list_canned(config_option: str | None, language: str, days: int, as_json: bool) -> None:
    """List the texts: how often each was offered in receipts, how often agents sent it, and how often that helped.

    "Helped" counts only what the tickets show: docs/canned.md says how.
    """
    config = load_config(config_option)
    library = load_library(config.templates.directory)
    counts = _counts(config, days)
    listed = [each for each in library.texts() if language in ("", each.language)]
    if as_json:
        show_json([document(each) | _counted(counts.get((each.name, each.language), Count())) for each in listed])
        return
    columns = [Column("Name"), Column("Title", flexible=True), Column("Languages"), Column("Public")]
    columns += [Column(title, right=True) for title in ("Offered", "Helped", "Sent", "Helped")]
    names = dict.fromkeys(each.name for each in listed)
    show_table(
        columns,
        (_row([each for each in listed if each.name == name], counts) for name in names),
        nothing="There are no canned answers.",
    )


@canned.command()
@click.argument("name")
@LANGUAGE
@click.argument("parameters", metavar="[KEY=VALUE]...", nargs=-1)
@json_option
@click.pass_obj
def show(config_option: str | None, name: str, language: str, parameters: tuple[str, ...], as_json: bool) -> None:
    """Show a text as a customer reads it, with these parameters."""
    config = load_config(config_option)
    library = load_library(config.templates.directory)
    language = language or config.gateway.default_language
    given = {key: value for key, _, value in (each.partition("=") for each in parameters)}
    found = library.find(name, language)
    missing = {key: f"[{key}]" for key in found.required if key not in given} if found else {}
    words = library.fill(name, language, missing | given)
    if isinstance(words, Problem):
        raise No(words.sentence)
    assert found is not None
    if as_json:
        show_json(document(found) | {"text": words})
        return
    show_panel(f"{found.name}: {found.title}", _facts(found), below=words)


@canned.command()
@json_option
@click.pass_obj
def check(config_option: str | None, as_json: bool) -> None:
    """Look whether every text can be sent, and name file and key where not."""
    directory = load_config(config_option).templates.directory
    found = faults(directory)
    if as_json:
        show_json({"texts": len(canned_files(directory)), "problems": found})
    else:
        say("\n".join(found) or f"{len(canned_files(directory))} texts; all can be sent.")
    if found:
        raise No(f"{len(found)} of the texts must be mended" if len(found) > 1 else "a text must be mended")


@canned.command()
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@LANGUAGE
@click.option("--topic", default="", help="As if the mail were about this topic.")
@json_option
@click.pass_obj
def find(config_option: str | None, words: tuple[str, ...], language: str, topic: str, as_json: bool) -> None:
    """Find the texts that would be suggested for a mail with these words."""
    config = load_config(config_option)
    library, text = load_library(config.templates.directory), " ".join(words)
    language = language or guess_language(text) or config.gateway.default_language
    found = library.suggest(text, language, topic)
    offered = {each.name for each in library.offers(text, language, topic)}
    if as_json:
        show_json([_suggested(each, offered) for each in found])
        return
    show_table(
        [Column("Fits", right=True), Column("Name"), Column("Title", flexible=True), Column("In receipts")],
        ((f"{each.score:.2f}", each.name, each.title, "yes" if each.name in offered else "no") for each in found),
        nothing=f"No text in {language} fits these words.",
    )


def document(found: Canned) -> dict[str, Any]:
    """A text for tools; the keys are a contract."""
    return {
        "name": found.name,
        "language": found.language,
        "title": found.title,
        "topics": list(found.topics),
        "keywords": list(found.keywords),
        "required": list(found.required),
        "optional": list(found.optional),
        "public": found.public,
        "file": str(found.path),
    }


def _counts(config: Config, days: int) -> dict[tuple[str, str], Count]:
    with open_store(config) as opened, opened.reading() as tx:
        return counted(canned_uses(tx, SystemClock().now() - timedelta(days=days)))


def _counted(count: Count) -> dict[str, int]:
    return {
        "offered": count.offered,
        "offered_helped": count.offered_helped,
        "sent": count.sent,
        "sent_helped": count.sent_helped,
    }


def _row(texts: Sequence[Canned], counts: dict[tuple[str, str], Count]) -> list[object]:
    """One name, its languages together."""
    found = [counts.get((each.name, each.language), Count()) for each in texts]
    title = next((each.title for each in texts if each.language == "en"), texts[0].title)
    return [
        texts[0].name,
        title,
        " ".join(each.language for each in texts),
        "yes" if all(each.public for each in texts) else "no",
        sum(count.offered for count in found),
        sum(count.offered_helped for count in found),
        sum(count.sent for count in found),
        sum(count.sent_helped for count in found),
    ]


def _facts(found: Canned) -> list[tuple[str, str]]:
    facts = (
        ("Language", found.language),
        ("Topics", ", ".join(found.topics)),
        ("Keywords", ", ".join(found.keywords)),
        ("Needs", ", ".join(found.required)),
        ("May take", ", ".join(found.optional)),
        ("Public", "yes" if found.public else "no"),
        ("File", str(found.path)),
    )
    return [(name, value) for name, value in facts if value]


def _suggested(found: Suggestion, offered: set[str]) -> dict[str, Any]:
    return {
        "name": found.name,
        "language": found.language,
        "title": found.title,
        "score": round(found.score, 3),
        "command": found.command,
        "public": found.public,
        "offered": found.name in offered,
    }
