"""`ticket-gateway held train`: what the spam engine was taught, what waits, and what it makes of a set of mails now."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, iso, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.store.lessons import LessonCount, LessonState, StoredLesson, count_lessons, newest_lessons

if TYPE_CHECKING:
    from gateway.ingest.file_walk import FoundProblem

LEARNT = ("BAYES_", "BAYES")
"""How rules of what was learnt begin: BAYES_99 (SpamAssassin), BAYES_SPAM (rspamd)."""


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--limit", type=click.IntRange(0, 10_000), default=20, show_default=True, help="At most so many lessons.")
@json_option
@click.pass_obj
def train(config_option: str | None, paths: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Show what the spam filter learnt and what waits; with PATHs, what it makes of these mails now.

    PATH is a mail, an mbox, a Maildir or a folder of these. They are scored, and neither kept nor learnt. What they
    would have scored without the lessons is not known; the rules that begin with BAYES are what was learnt.
    """
    config = load_config(config_option)
    with open_store(config) as opened, opened.reading() as tx:
        counts, newest = count_lessons(tx), newest_lessons(tx, limit=limit)
    problems: list[FoundProblem] = []
    mails = list(_scored(config, paths, problems)) if paths else []
    if as_json:
        show_json(_document(counts, newest, mails))
    else:
        _show_lessons(counts, newest)
        _show_mails(mails)
    if problems:
        raise No(f"{len(problems)} sources could not be read")


def _scored(config: Config, paths: Sequence[str], problems: "list[FoundProblem]") -> Iterator[dict[str, Any]]:
    from gateway.cli.explaining import found_mails
    from gateway.spam.open import open_engine

    engine = open_engine(config.spam, SystemClock())
    try:
        for mail in found_mails(paths, config.ingest.max_message_bytes, problems):
            report = engine.scan(mail.raw)
            yield {
                "source": mail.source,
                "state": report.state.value,
                "score": report.score,
                "threshold": report.threshold,
                "learnt": [rule for rule in report.rules if rule.startswith(LEARNT)],
                "rules": list(report.rules),
                "why": report.why,
            }
    finally:
        engine.close()


def _document(
    counts: Sequence[LessonCount], newest: Sequence[StoredLesson], mails: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "counts": [
            {"lesson": each.wanted, "because": each.because, "state": each.state, "count": each.count}
            for each in counts
        ],
        "lessons": [
            {
                "entry": lesson.entry_id,
                "lesson": lesson.wanted,
                "taught": lesson.taught,
                "because": lesson.because,
                "by": lesson.by,
                "at": iso(lesson.wanted_at),
                "taught_at": iso(lesson.taught_at),
                "state": lesson.state,
                "tries": lesson.tries,
                "error": lesson.last_error,
            }
            for lesson in newest
        ],
        "mails": list(mails),
    }


def _show_lessons(counts: Sequence[LessonCount], newest: Sequence[StoredLesson]) -> None:
    columns = [Column("Lesson"), Column("Because"), Column("State"), Column("Mails", right=True)]
    rows = ((each.wanted, each.because, _words(each.state), each.count) for each in counts)
    show_table(columns, rows, nothing="The spam filter was taught nothing yet.")
    if newest:
        say("")
        columns = [Column("Entry"), Column("Lesson"), Column("Because"), Column("By", flexible=True)]
        columns += [Column("When"), Column("State", flexible=True)]
        show_table(
            columns,
            ((each.entry_id, each.wanted, each.because, each.by, each.wanted_at, _state(each)) for each in newest),
        )


def _show_mails(mails: Sequence[dict[str, Any]]) -> None:
    if not mails:
        return
    say("")
    columns = [Column("Mail", flexible=True), Column("Score", right=True), Column("Learnt"), Column("State")]
    show_table(columns, ((mail["source"], mail["score"], ", ".join(mail["learnt"]), mail["state"]) for mail in mails))
    scanned = [mail for mail in mails if mail["state"] == "scanned"]
    high = sum(mail["score"] >= mail["threshold"] for mail in scanned)
    learnt = sum(bool(mail["learnt"]) for mail in scanned)
    say(
        f"\n{len(scanned)} of {len(mails)} mails were scored; {high} reach the threshold; what was learnt counts for "
        f"{learnt}."
    )


def _state(lesson: StoredLesson) -> str:
    error = f" ({lesson.last_error})" if lesson.last_error else ""
    return f"{_words(lesson.state)}{error}"


def _words(state: LessonState) -> str:
    return {LessonState.WAITING: "waits", LessonState.DONE: "done", LessonState.GIVEN_UP: "given up"}[state]
