"""What does the spam engine do to customers' mail? The SpamAssassin collection through a spamd of our own.

Every mail is judged by Debian's spamd with local rules, asked by the engine's own client, and the score goes through
the table of `gateway.pipeline.policy`, once for each kind of sender. That is done with the header as it came and
without the fields that betray the label (`BETRAYING`, `COLLECTOR`), each before and after the Bayes filter has learnt
one half (every second mail of each class, by name); then only the other half is measured.

A mail without a score is counted, named, and makes the measure fail: no case is dropped in silence.
"""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.clock import SystemClock
from gateway.config import Spam
from gateway.pipeline.policy import SPAM, SpamClass, Verdict, band_of
from gateway.spam.history import Reputation
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.server import Lesson
from gateway.spam.spamd import Spamd
from gateway.tickets.digest import MAX_LINES, STRANGER_DAYS
from tests.peers.spamd import running_spamd

FOLDERS = {Lesson.HAM: "easy-ham-1", Lesson.SPAM: "spam-1"}
SAMPLE = 5
"""Of so many pairs of mails in the order of their names one is measured; `--all` measures every mail."""
PATIENCE = 60.0
"""Seconds for one mail: here it is measured what is said, not how fast."""

BETRAYING = re.compile(
    rb"(?:list-[^:]{1,80}|x-spam-[^:]{1,80}|x-mailman-[^:]{1,80}|precedence|delivered-to|delivery-date|return-path"
    rb"|errors-to|sender|x-beenthere|x-loop|x-original-date|x-original-to|x-apparently-to|x-egroups-return|mailing-list"
    rb"|x-mailing-list|x-mailscanner|x-virus-scanned|old-return-path|status|x-status|x-keywords)[ \t]{0,9}:",
    re.IGNORECASE,
)
"""Fields that mailing lists and the collector's programs wrote: most of the ham came by lists, little of the spam."""
COLLECTOR = re.compile(
    rb"(?i)netnoteinc\.com|spamassassin\.taint\.org|slashnull\.org|webnote\.net|jmason\.org|\(fetchmail|zzzz@"
)
"""What stands in the Received lines of the collector's own machines and in no others."""
_FIELD = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*\n)*")
_END = re.compile(rb"\r?\n\r?\n")

WHO = {
    SpamClass.TRUSTED: "proven customer",
    SpamClass.SPOOFABLE: "customer's address, not proven",
    SpamClass.OTHER: "proven stranger",
    SpamClass.UNPROVEN: "unproven stranger",
}
CUSTOMERS = (SpamClass.TRUSTED, SpamClass.SPOOFABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A mail of the collection."""

    path: Path
    label: Lesson
    index: int
    """Its place in its class."""

    @property
    def is_lesson(self) -> bool:
        """Is it of the half that is learnt?"""
        return self.index % 2 == 0

    @property
    def name(self) -> str:
        """Folder and number: the rest of the name is a digest."""
        return f"{self.path.parent.name}/{self.path.name.partition('.')[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A mail and what the engine said."""

    mail: Labelled
    report: SpamReport

    @property
    def is_scanned(self) -> bool:
        """Has it a score?"""
        return self.report.state is ScanState.SCANNED

    @property
    def is_called_spam(self) -> bool:
        """At or above the threshold?"""
        return self.report.score >= self.report.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All judgements under the same circumstances."""

    title: str
    judged: tuple[Judged, ...]

    def of(self, label: Lesson) -> list[Judged]:
        """Those of one class that have a score."""
        return [each for each in self.judged if each.mail.label is label and each.is_scanned]

    @property
    def unscanned(self) -> list[Judged]:
        """Those without."""
        return [each for each in self.judged if not each.is_scanned]


def measure(corpora: Path, console: Console) -> bool:
    """Print the figures of the sample; is no customer's mail lost?"""
    return _measure(corpora, console, step=SAMPLE)


def measure_all(corpora: Path, console: Console) -> bool:
    """The same of every mail."""
    return _measure(corpora, console, step=1)


def _measure(corpora: Path, console: Console, *, step: int) -> bool:
    mails = [mail for label in FOLDERS for mail in _mails(corpora / "spamassassin_corpus", label)]
    runs = [run for is_stripped in (False, True) for run in _runs(mails, console, step=step, is_stripped=is_stripped)]
    console.print(_scores(runs, "every mail" if step == 1 else f"a sample: one pair of mails in {step}"))
    console.print(_losses(runs))
    for run in runs:
        _tell_misses(run, console)
    refused = sum(_count(run, Lesson.HAM, who, Verdict.REFUSE) for run in runs for who in CUSTOMERS)
    return not refused and not any(run.unscanned for run in runs)


def _mails(folder: Path, label: Lesson) -> list[Labelled]:
    paths = sorted((folder / FOLDERS[label]).glob("*.txt"))
    if not paths:
        raise FileNotFoundError(f"{folder / FOLDERS[label]} holds no mail")
    return [Labelled(path=path, label=label, index=index) for index, path in enumerate(paths)]


def _runs(mails: Sequence[Labelled], console: Console, *, step: int, is_stripped: bool) -> Iterator[Run]:
    """Before and after learning, each pair of header and engine with a spamd of its own."""
    cores = os.cpu_count() or 1
    header = "without the fields that betray" if is_stripped else "as they came"
    sample = [mail for mail in mails if mail.index // 2 % step == 0]
    lessons = [mail for mail in mails if mail.is_lesson]
    with running_spamd(processes=cores) as server:
        settings = Spam(host=server.host, port=server.port, timeout_seconds=PATIENCE, connections=cores)
        engine = Spamd(settings, SystemClock())

        def scan(mail: Labelled) -> Judged:
            return Judged(mail=mail, report=engine.scan(_read(mail, is_stripped=is_stripped)))

        def learn(mail: Labelled) -> str:
            return engine.learn(_read(mail, is_stripped=is_stripped), mail.label)

        with ThreadPoolExecutor(cores) as threads, _progress(console) as progress:
            untrained = threads.map(scan, sample)
            yield Run(
                title=f"untrained, {header}", judged=tuple(progress.track(untrained, len(sample), description="scan"))
            )
            problems = list(progress.track(threads.map(learn, lessons), len(lessons), description="learn"))
            assert not any(problems), f"not learnt: {next(filter(None, problems))}"
            others = [mail for mail in sample if not mail.is_lesson]
            trained = threads.map(scan, others)
            yield Run(
                title=f"trained, {header}", judged=tuple(progress.track(trained, len(others), description="scan"))
            )


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<6}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _read(mail: Labelled, *, is_stripped: bool) -> bytes:
    raw = mail.path.read_bytes()
    raw = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw  # the mailbox's line, not the mail's
    return stripped(raw) if is_stripped else raw


def stripped(raw: bytes) -> bytes:
    """The mail without the fields that betray its label."""
    end = _END.search(raw)
    cut = end.start() + 1 if end else len(raw)
    return b"".join(field for field in _FIELD.findall(raw[:cut]) if not _betrays(field)) + raw[cut:]


def _betrays(field: bytes) -> bool:
    is_trace = field[:9].lower() == b"received:"
    return bool(COLLECTOR.search(field) if is_trace else BETRAYING.match(field))


def _scores(runs: Sequence[Run], extent: str) -> Table:
    table = Table(title=f"Spam engine alone, at its threshold ({extent})")
    for column in ("run", "spam", "found", "recall", "ham", "false", "false positives", "precision", "unscanned"):
        table.add_column(column)
    for run in runs:
        spam, ham = run.of(Lesson.SPAM), run.of(Lesson.HAM)
        found = sum(each.is_called_spam for each in spam)
        false = sum(each.is_called_spam for each in ham)
        shares = (_share(found, len(spam)), _share(false, len(ham)), _share(found, found + false))
        row = (run.title, len(spam), found, shares[0], len(ham), false, shares[1], shares[2], len(run.unscanned))
        table.add_row(*map(str, row))
    return table


def _losses(runs: Sequence[Run]) -> Table:
    table = Table(title="What becomes of ham, by whom it is from, and of spam that claims to be from him")
    columns = ("run", "from", "ham refused", "held", "not on day 1", "nor later", "goes on", "spam goes on")
    for column in columns:
        table.add_column(column)
    for run in runs:
        for who, words in WHO.items():
            ham, spam = len(run.of(Lesson.HAM)), len(run.of(Lesson.SPAM))
            counts = [
                _count(run, Lesson.HAM, who, verdict) for verdict in (Verdict.REFUSE, Verdict.HOLD, Verdict.GO_ON)
            ]
            refused, held, gone = (f"{count} ({_share(count, ham)})" for count in counts)
            passed = _share(_count(run, Lesson.SPAM, who, Verdict.GO_ON), spam)
            late, never = (str(_not_listed(run, who, digests)) for digests in (1, STRANGER_DAYS.days))
            table.add_row(run.title, words, refused, held, late, never, gone, passed)
    return table


def _verdict(judged: Judged, who: SpamClass) -> Verdict:
    return SPAM[who, Reputation.NONE][band_of(judged.report.score, judged.report.threshold)]


def _count(run: Run, label: Lesson, who: SpamClass, verdict: Verdict) -> int:
    return sum(_verdict(judged, who) is verdict for judged in run.of(label))


def _not_listed(run: Run, who: SpamClass, digests: int) -> int:
    """Held ham that so many digests would not show, were all mails of the run of such senders, and of one day."""
    held = [each for label in FOLDERS for each in run.of(label) if _verdict(each, who) is Verdict.HOLD]
    beyond = sorted(held, key=lambda each: each.report.score)[digests * MAX_LINES :]
    return sum(each.mail.label is Lesson.HAM for each in beyond)


def _tell_misses(run: Run, console: Console) -> None:
    for judged in run.unscanned:
        console.print(f"  {run.title}: {judged.mail.name} has no score: {judged.report.why}", markup=False)
    for judged in run.of(Lesson.HAM):
        if judged.is_called_spam:
            rules = ", ".join(judged.report.rules)
            console.print(f"  {run.title}: {judged.mail.name} is ham, {judged.report.score:g}: {rules}", markup=False)
    missed = [
        f"{each.mail.path.name[:5]} {each.report.score:g}" for each in run.of(Lesson.SPAM) if not each.is_called_spam
    ]
    console.print(f"  {run.title}: spam below the threshold: {', '.join(missed) or 'none'}", markup=False)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "-"
