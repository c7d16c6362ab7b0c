"""The way out into a Maildir."""

import asyncio
import mailbox
from dataclasses import replace
from pathlib import Path

from gateway.outbox.maildir import MaildirTransport
from gateway.outbox.transport import Result
from tests.outbox.sending import letter


def test_a_mail_is_there_as_a_maildir_holds_it(tmp_path: Path) -> None:
    """Python's own reader finds it, new, with its envelope; nothing is left in tmp."""
    folder = tmp_path / "deep" / "outbound"
    attempt = asyncio.run(MaildirTransport(folder).send(letter(1)))
    (found,) = mailbox.Maildir(folder, create=False)

    assert Result.SENT is attempt.result
    assert ("<b1-30k0003rj00xtxew5812fz4p88wv4n@reply.example>", "maria@shop.example", "<m1-1@reply.example>") == (
        found["Return-Path"],
        found["Delivered-To"],
        found["Message-ID"],
    )
    assert ".hidden\n..\n.\nend\n" == found.get_payload()
    assert [] == list((folder / "tmp").iterdir())
    assert 0o700 == (folder / "new").stat().st_mode & 0o777


def test_a_mail_that_is_written_twice_is_there_once(tmp_path: Path) -> None:
    """Its name is made of its Message-ID; another mail has another."""
    transport = MaildirTransport(tmp_path / "m")
    for number in (1, 1, 2):
        asyncio.run(transport.send(letter(number)))

    assert 2 == len(list((tmp_path / "m" / "new").iterdir()))


def test_a_disk_that_does_not_take_it_is_a_reason_to_wait(tmp_path: Path) -> None:
    """Here a file stands where the folder should be; once it is gone, the mail is written."""
    (tmp_path / "m").write_text("in the way")
    transport = MaildirTransport(tmp_path / "m")
    attempt = asyncio.run(transport.send(replace(letter(1), mail_from="")))

    assert (Result.DEFERRED, True) == (attempt.result, attempt.is_hop_down)
    assert f"{tmp_path}/m cannot be written: " in attempt.text
    (tmp_path / "m").unlink()
    assert Result.SENT is asyncio.run(transport.send(letter(1))).result
