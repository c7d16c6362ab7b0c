"""How far an import or a refresh of accounts is: a bar on standard error where that is a terminal, else nothing."""

from types import TracebackType

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.cli.screen import console


class AccountBar:
    """One bar: what was read at first, then how much of it is written."""

    def __init__(self, title: str) -> None:
        shown = console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[done]}"),
            TimeElapsedColumn(),
            console=shown,
            disable=not shown.is_terminal,
        )
        self._task = self._progress.add_task(title, total=None, done="")

    def __enter__(self) -> "AccountBar":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def read(self, accounts: int) -> None:
        """So many accounts were read so far."""
        self._progress.update(self._task, done=f"{accounts:,} accounts read")

    def written(self, done: int, total: int) -> None:
        """So many of those that changed are on file."""
        self._progress.update(self._task, completed=done, total=total, done=f"{done:,} of {total:,} written")
