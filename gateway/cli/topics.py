"""`ticket-gateway topics`: which topics there are, what speaks for them, and what a text is about."""

import sys
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import Wrong
from gateway.cli.screen import Column, cell_text, iso, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.jobs.topic_training import train_topics
from gateway.mail.language import guess_language
from gateway.pipeline.topic import model_in_use
from gateway.store.db import Tx
from gateway.store.topic_model import kept_model, model_content
from gateway.topics.guess import Candidate, TopicGuess, guess_topic
from gateway.topics.model import UNTRAINED, TopicModel, from_json
from gateway.topics.names import TOPIC_NAMES
from gateway.topics.topic import LANGUAGES, title_of


@click.group()
def topics() -> None:
    """See what mail is about, and how that is guessed.

    The topics are the chapters of the help centre. A new ticket's is guessed from its words: by keywords, and by what
    agents made of earlier tickets. Agents change it by mail (`#topic`).
    """


@topics.command()
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the titles; else the desk's.")
@json_option
@click.pass_obj
def show(config_option: str | None, language: str | None, as_json: bool) -> None:
    """List the topics, who looks after them, and on how many tickets the guess was trained."""
    config = load_config(config_option)
    with open_store(config) as opened, opened.reading() as tx:
        kept, model = kept_model(tx), _model(tx)
    rows = [_row(config, model, name, language or config.gateway.default_language) for name in TOPIC_NAMES]
    if as_json:
        show_json({"trained_at": iso(kept.trained_at if kept else None), "topics": rows})
        return
    show_table(
        [Column("Topic"), Column("Title", flexible=True), Column("Teams", flexible=True), Column("Learnt", right=True)],
        ((row["name"], row["title"], ", ".join(row["teams"]), f"{row['learnt']:g}") for row in rows),
    )
    trained = (
        f"trained {cell_text(kept.trained_at)} on {kept.mails} tickets"
        if kept
        else "not trained yet: by keywords and the shipped model"
    )
    say(f"\nThe guess is {trained}.")


@topics.command()
@click.pass_obj
def train(config_option: str | None) -> None:
    """Learn from the desk's tickets now; `serve` does it once a day.

    Counts what agents said: a topic that they set, and one that they left when they answered and finished the ticket.
    """
    with open_store(load_config(config_option)) as opened:
        trained = train_topics(opened, SystemClock())
    say(f"Learnt from {trained.examples} tickets: {len(trained.model.features)} words and parts of words.")


@topics.command()
@click.argument("text", metavar="[TEXT]", required=False)
@click.option("--subject", default="", help="The subject of the mail.")
@json_option
@click.pass_obj
def guess(config_option: str | None, text: str | None, subject: str, as_json: bool) -> None:
    """Tell what a text is about, and which words say so; without TEXT, what stands on standard input."""
    words = text if text is not None else _standard_input()
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = guess_topic(words, model_in_use(tx), subject=subject, language=guess_language(words))
    if as_json:
        show_json(_document(found))
        return
    say(found.why[:1].upper() + found.why[1:] + ".")
    if found.others:
        columns = [Column("Else"), Column("Share", right=True), Column("Words", flexible=True)]
        show_table(columns, ((each.topic, f"{each.score:.0%}", ", ".join(each.words)) for each in found.others))


def _model(tx: Tx) -> TopicModel:
    return from_json(model_content(tx)) if kept_model(tx) else UNTRAINED


def _row(config: Config, model: TopicModel, name: str, language: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": title_of(name, language),
        "teams": [team.name for team in config.teams if name in team.topics or not team.topics],
        "learnt": model.mails.get(name, 0.0),
    }


def _document(found: TopicGuess) -> dict[str, Any]:
    return {
        "topic": found.topic or None,
        "score": round(found.score, 2),
        "why": found.why,
        "others": [_candidate(each) for each in found.others],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {"topic": candidate.topic, "score": round(candidate.score, 2), "words": list(candidate.words)}


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Wrong(f"the text is not UTF-8 (byte {error.start})") from error
