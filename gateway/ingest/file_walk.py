"""Which files hold the mail that a path means: a file, a Maildir, or a folder with everything in it, in a steady order.

The order is that of the names, numbers by their value: in MH folders and Maildirs that is the order of arrival, so a
reply comes after what it answers. A symbolic link inside a folder is told and not followed: it may lead anywhere.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A regular file that is to hold mail."""

    path: Path
    source: str
    """The path as a person reads it: printable, whatever its bytes are."""
    size: int
    one_mail: bool
    """It cannot be an mbox, even if it begins like one."""
    in_folder: bool
    """It was found and not named: links are not followed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProblem:
    """Something that is no mail, or could not be read; all else goes on."""

    source: str
    why: str


def walk(paths: Sequence[str | Path]) -> Iterator[FoundFile | FoundProblem]:
    """Every file that these paths mean; `-` is left out."""
    for path in map(Path, paths):
        if str(path) == STDIN:
            continue
        try:
            status = path.stat()
        except OSError as error:
            yield FoundProblem(source=printable(path), why=f"cannot be read: {error.strerror}")
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _walk_folder(path)
        else:
            yield _judge(path, status, one_mail=_holds_one_mail(path.name), in_folder=False)


def printable(path: Path) -> str:
    """A path as text: bytes that are not UTF-8 and characters that cannot be printed are escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(symbol if symbol.isprintable() else symbol.encode("unicode_escape").decode() for symbol in text)


def renamed(file: FoundFile) -> Path | None:
    """Where a Maildir's mail is now, which a mail program has flagged or taken out of `new` since it was found."""
    unique = file.path.name.partition(":")[0]
    current = file.path.parent.parent / "cur"
    try:
        return next((path for path in current.iterdir() if path.name.partition(":")[0] == unique), None)
    except OSError:
        return None


def _walk_folder(root: Path) -> Iterator[FoundFile | FoundProblem]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            is_maildir = (folder / "cur").is_dir() and (folder / "new").is_dir()
            entries = _maildir(folder) if is_maildir else _list(folder)
        except OSError as error:
            yield FoundProblem(source=printable(folder), why=f"cannot be read: {error.strerror}")
            continue
        below = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                below.append(Path(entry.path))
            else:
                yield _found(entry, one_mail=is_maildir or _holds_one_mail(entry.name))
        waiting.extend(reversed(below))


def _list(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not entry.name.startswith(".")), key=_by_name)


def _maildir(folder: Path) -> list[os.DirEntry[str]]:
    mails = [entry for part in ("cur", "new") for entry in _list(folder / part) if not entry.is_dir()]
    return sorted(mails, key=_by_name)


def _by_name(entry: os.DirEntry[str]) -> tuple[int, int, str]:
    name = entry.name
    return (0, int(name), name) if name.isascii() and name.isdigit() else (1, 0, name)


def _holds_one_mail(name: str) -> bool:
    """Files of MH and Maildir, and what says of itself that it is one mail."""
    return name.isdigit() or ":2," in name or name.lower().endswith(".eml")


def _found(entry: os.DirEntry[str], *, one_mail: bool) -> FoundFile | FoundProblem:
    try:
        return _judge(Path(entry.path), entry.stat(follow_symlinks=False), one_mail=one_mail, in_folder=True)
    except OSError as error:
        return FoundProblem(source=printable(Path(entry.path)), why=f"cannot be read: {error.strerror}")


def _judge(path: Path, status: os.stat_result, *, one_mail: bool, in_folder: bool) -> FoundFile | FoundProblem:
    source = printable(path)
    if stat.S_ISLNK(status.st_mode):
        return FoundProblem(source=source, why="is a symbolic link; name what it points to, if that is wanted")
    if not stat.S_ISREG(status.st_mode):
        return FoundProblem(source=source, why="is a device, a pipe or a socket; a pipe is read as -")
    return FoundFile(path=path, source=source, size=status.st_size, one_mail=one_mail, in_folder=in_folder)
