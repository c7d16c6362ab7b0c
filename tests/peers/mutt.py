"""A person at mutt: writes mails and answers them with the real program, which does its own quoting and headers.

mutt is a program for a terminal, so an answer is typed: into a terminal that the test holds the other end of.
"""

import os
import select
import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.peers.process import require

# What mutt would ask a person, answered beforehand; nothing is read from, or left in, anybody's home.
SETTINGS = """
set from="{sender}" use_from=yes realname="{name}" envelope_from=yes hostname="{hostname}"
set smtp_url="{smtp_url}" ssl_starttls=no ssl_force_tls=no
set folder="{home}" spoolfile="{mailbox}" mbox_type=Maildir header_cache="" message_cachedir=""
set imap_pass="{password}" copy=no record="" postponed="{home}/postponed" signature="" tmpdir="{home}"
set charset=utf-8 send_charset="us-ascii:utf-8" editor="{editor}" visual="{editor}"
set fast_reply=yes include=yes reply_to=yes reply_self=yes abort_unmodified=no abort_nosubject=no abort_noattach=no
set mime_forward=yes
set recall=no postpone=no quit=yes confirmappend=no move=no delete=yes mark_old=no wait_key=no beep=no sleep_time=0
set crypt_use_gpgme=no
"""
SECONDS = 30.0


def mutt_send(
    *,
    smtp_url: str,
    sender: str,
    to: str,
    subject: str,
    body: str,
    attachments: Sequence[Path] = (),
    name: str = "",
) -> None:
    """Write a mail and send it; `smtp_url` as `smtp://127.0.0.1:2525`."""
    with tempfile.TemporaryDirectory() as home:
        rc = _rc(Path(home), smtp_url=smtp_url, sender=sender, name=name)
        files = [word for path in attachments for word in ("-a", str(path))]
        command = [require("mutt"), "-F", str(rc), "-s", subject, *files, "--", to]
        done = subprocess.run(
            command, input=body, capture_output=True, text=True, timeout=SECONDS, env=_environment(home), check=False
        )
        assert done.returncode == 0, f"mutt: {done.stdout}{done.stderr}"


def mutt_reply(
    mailbox: Path | str,
    *,
    pattern: str,
    text: str,
    smtp_url: str,
    sender: str,
    name: str = "",
    password: str = "",
    to_all: bool = False,
    attachments: Sequence[Path] = (),
) -> None:
    """Open a mailbox, answer the mail that matches, and send: `text` stands at the top, what mutt quotes below it.

    `mailbox` is a Maildir or `imap://user@host:port/INBOX` with `password`; `pattern` is a search of mutt's, such as
    `~i <id>` or `~s 'shop is down'` (mutt(1), muttrc(5)). Where nothing matches, or the mail cannot be sent, mutt says
    so and waits for a person: that fails the test with what it shows.
    """
    begin = "<group-reply>" if to_all else "<reply>"
    rc = {"smtp_url": smtp_url, "sender": sender, "name": name, "mailbox": str(mailbox), "password": password}
    _typed(rc, text, f"<limit>{pattern}<enter>{begin}{_attached(attachments)}<send-message><quit>")


def mutt_forward(
    mailbox: Path | str,
    *,
    pattern: str,
    to: str,
    text: str,
    smtp_url: str,
    sender: str,
    name: str = "",
    password: str = "",
) -> None:
    """Open a mailbox and forward the mail that matches as an attached mail (message/rfc822), with `text` above it."""
    rc = {"smtp_url": smtp_url, "sender": sender, "name": name, "mailbox": str(mailbox), "password": password}
    _typed(rc, text, f"<limit>{pattern}<enter><forward-message>{to}<enter><send-message><quit>")


def _attached(paths: Sequence[Path]) -> str:
    return "".join(f"<attach-file>{path}<enter>" for path in paths)


def _typed(settings: dict[str, str], text: str, keys: str) -> None:
    """Start mutt with an editor that puts the text on top, and press the keys."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "text").write_text(text)
        editor = home / "editor"
        editor.write_text(f'#!/bin/sh\ncat {shlex.quote(folder)}/text "$1" >"$1.new" && mv "$1.new" "$1"\n')
        editor.chmod(0o700)
        rc = _rc(home, **settings)
        with rc.open("a") as file:
            file.write("push {}\n".format('"' + keys.replace("\\", "\\\\").replace('"', '\\"') + '"'))
        _at_a_terminal([require("mutt"), "-F", str(rc)], _environment(folder))


def _rc(home: Path, *, smtp_url: str, sender: str, name: str, mailbox: str = "/dev/null", password: str = "") -> Path:
    rc = home / "muttrc"
    rc.write_text(
        SETTINGS.format(
            sender=sender,
            name=name,
            hostname=sender.rpartition("@")[2],
            smtp_url=smtp_url,
            home=home,
            mailbox=mailbox,
            password=password,
            editor=home / "editor",
        )
    )
    return rc


def _environment(home: str) -> dict[str, str]:
    return {
        "HOME": home,
        "TERM": "vt100",
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "LINES": "24",
        "COLUMNS": "100",
    }


def _at_a_terminal(command: list[str], environment: dict[str, str]) -> None:
    """Run the program with a terminal of its own until it ends by itself."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(
            [require("setsid"), "--ctty", "--wait", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
        )
        os.close(theirs)
        shown = bytearray()
        end = time.monotonic() + SECONDS
        try:
            while process.poll() is None:
                assert time.monotonic() < end, f"{command[0]} waits, and shows {bytes(shown[-2000:])!r}"
                if select.select([terminal], [], [], 0.2)[0]:
                    shown += _read(terminal.fileno())
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 0, f"{command[0]} ended with {process.returncode}: {bytes(shown[-2000:])!r}"


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # EIO: nobody holds the other end any more
        return b""
