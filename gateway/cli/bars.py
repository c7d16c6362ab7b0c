"""How far an import is: two bars on standard error where that is a terminal, nothing elsewhere."""

from types import TracebackType

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gateway.cli.screen import console
from gateway.ingest.files import Progress as Read


class Bars:
    """One bar for the bytes that are read, one for the mails that are decided. Usable from any thread."""

    def __init__(self, *, with_decisions: bool) -> None:
        shown = console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[mails]:,} mails"),
            TimeElapsedColumn(),
            console=shown,
            disable=not shown.is_terminal,
        )
        self._reading = self._progress.add_task("reading", total=None, mails=0)
        self._deciding = self._progress.add_task("deciding", total=None, mails=0, visible=with_decisions)

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def read(self, read: Read) -> None:
        """So much is read and kept."""
        total = read.total_bytes or None  # of standard input nobody knows
        self._progress.update(self._reading, completed=read.bytes, total=total, mails=read.mails)

    def decided(self, kept: int, decided: int) -> None:
        """So many of the kept mails are decided."""
        self._progress.update(self._deciding, completed=decided, total=kept or None, mails=decided)
