"""Which files hold the mail that a path means: a file, a Maildir, or a folder with everything in it, in a steady order.

The order is that of the names, numbers by their value: in MH folders and Maildirs that is the order of arrival, so a
reply comes after what it answers. A symbolic link inside a folder is told and not followed: it may lead anywhere.
Names that begin with a dot are passed over; so the folders inside a Maildir (.Sent, .Trash) must be named themselves.
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

    path: str
    source: str
    """The path as given, printable whatever its bytes are."""
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
    for path in map(str, paths):
        if path == STDIN:
            continue
        try:
            status = Path(path).stat()
        except OSError as error:
            yield FoundProblem(source=printable(path), why=f"cannot be read: {error.strerror}")
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _walk_folder(path)
        else:
            yield _judge(path, status, one_mail=_holds_one_mail(Path(path).name), in_folder=False)


def printable(path: str) -> str:
    """A path as text: bytes that are not UTF-8 and characters that cannot be printed are escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(symbol if symbol.isprintable() else symbol.encode("unicode_escape").decode() for symbol in text)


def renamed(file: FoundFile) -> Path | None:
    """Where a Maildir's mail is now, which a mail program has flagged or taken out of `new` since it was found."""
    path = Path(file.path)
    unique = path.name.partition(":")[0]
    current = path.parent.parent / "cur"
    try:
        return next((now for now in current.iterdir() if now.name.partition(":")[0] == unique), None)
    except OSError:
        return None


def _walk_folder(root: str) -> Iterator[FoundFile | FoundProblem]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = _list(folder)
            is_maildir = {"cur", "new"} <= {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
            if is_maildir:
                entries = _list_maildir(folder)
        except OSError as error:
            yield FoundProblem(source=printable(folder), why=f"cannot be read: {error.strerror}")
            continue
        below = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
            else:
                yield _found(entry, one_mail=is_maildir or _holds_one_mail(entry.name))
        waiting.extend(reversed(below))


def _list(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not entry.name.startswith(".")), key=_by_name)


def _list_maildir(folder: str) -> list[os.DirEntry[str]]:
    mails = [entry for part in ("cur", "new") for entry in _list(f"{folder}/{part}")]
    return sorted((entry for entry in mails if not entry.is_dir(follow_symlinks=False)), key=_by_name)


def _by_name(entry: os.DirEntry[str]) -> tuple[int, int, str]:
    name = entry.name
    return (0, int(name), name) if name.isascii() and name.isdigit() else (1, 0, name)


def _holds_one_mail(name: str) -> bool:
    """A mail of a Maildir, and what says of itself that it is one mail."""
    return ":2," in name or name.lower().endswith(".eml")


def _found(entry: os.DirEntry[str], *, one_mail: bool) -> FoundFile | FoundProblem:
    source = printable(entry.path)
    try:
        return _judge(entry.path, entry.stat(follow_symlinks=False), one_mail=one_mail, in_folder=True)
    except FileNotFoundError:
        # A mail program may have moved it within its Maildir: whoever opens it looks for it there.
        return FoundFile(path=entry.path, source=source, size=0, one_mail=one_mail, in_folder=True)
    except OSError as error:
        return FoundProblem(source=source, why=f"cannot be read: {error.strerror}")


def _judge(path: str, status: os.stat_result, *, one_mail: bool, in_folder: bool) -> FoundFile | FoundProblem:
    source = printable(path)
    if stat.S_ISLNK(status.st_mode):
        return FoundProblem(source=source, why="is a symbolic link; name what it points to, if that is wanted")
    if not stat.S_ISREG(status.st_mode):
        return FoundProblem(source=source, why="is a device, a pipe or a socket; a pipe is read as -")
    return FoundFile(path=path, source=source, size=status.st_size, one_mail=one_mail, in_folder=in_folder)
