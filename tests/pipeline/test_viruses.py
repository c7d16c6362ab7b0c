"""A virus that a real clamd finds: the mail is held with its name; without an answer it goes on, marked."""

from dataclasses import replace

from sqlalchemy import select

from gateway.clock import SystemClock
from gateway.config import Antivirus
from gateway.pipeline.process import process
from gateway.spam.clamd import Clamd
from gateway.spam.virus import VirusReport, VirusState
from gateway.store.outcomes import balance
from gateway.store.schema.outcome import OutcomeRow
from gateway.tickets import held
from tests.desk import CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.mail.test_magic import EXE
from tests.peers.clamd import RunningClamd, eicar
from tests.peers.process import free_port

FOUND = VirusReport(engine="clamd", state=VirusState.FOUND, why="clamd found X in it", name="X")


def with_clamd(desk: TestDesk, port: int) -> TestDesk:
    """The desk, asking the clamd at that port."""
    scanner = Clamd(Antivirus(engine="clamd", port=port), SystemClock())
    desk.gateway = replace(desk.gateway, scanner=scanner)
    return desk


def test_a_proven_customers_virus_is_held_with_its_name(fast_desk: TestDesk, clamd: RunningClamd) -> None:
    """His mailbox may be broken into: nothing is sent, nothing is lost, and `held` says why."""
    desk = with_clamd(fast_desk, clamd.port)
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "See the file.", attachment=eicar()), mail_from=CUSTOMER)

    assert ("hold", "there is a virus in it: Test.EICAR.NDB.UNOFFICIAL") == (outcome.action, outcome.why)
    assert [] == desk.outbox()
    with desk.store.reading() as tx:
        assert balance(tx).is_even
        explained = tx.execute(select(OutcomeRow.explanation)).scalar_one()
    assert '"name":"Test.EICAR.NDB.UNOFFICIAL"' in explained


def test_a_strangers_virus_is_held_too(fast_desk: TestDesk, clamd: RunningClamd) -> None:
    """Never dropped."""
    desk = with_clamd(fast_desk, clamd.port)
    raw = desk.post.mail(STRANGER, SUPPORT, "See the file.", attachment=eicar())
    assert "hold" == desk.take(raw, mail_from=STRANGER).action


def test_what_clamd_finds_nothing_in_goes_on_without_a_word(fast_desk: TestDesk, clamd: RunningClamd) -> None:
    """An ordinary picture."""
    desk = with_clamd(fast_desk, clamd.port)
    raw = desk.post.mail(CUSTOMER, SUPPORT, "A picture.", attachment=b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert "open" == desk.take(raw, mail_from=CUSTOMER).action
    (told,) = desk.outbox("notification")
    assert "virus" not in dict(told.values)["defects"]


def test_without_an_answer_it_goes_on_marked(fast_desk: TestDesk) -> None:
    """No scanner must bury a customer's mail: agents are told that nobody looked."""
    port = free_port()
    desk = with_clamd(fast_desk, port)
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails."), mail_from=CUSTOMER)

    assert "open" == outcome.action
    (told,) = desk.outbox("notification")
    assert f"not checked for viruses: clamd at 127.0.0.1:{port} cannot be reached" in dict(told.values)["defects"]


def test_a_released_virus_goes_on_and_its_name_goes_with_it(fast_desk: TestDesk, clamd: RunningClamd) -> None:
    """Scanners err; who reads it is warned."""
    desk = with_clamd(fast_desk, clamd.port)
    raw = desk.post.mail(CUSTOMER, SUPPORT, "See the file.", attachment=eicar())
    entry = desk.put(raw, mail_from=CUSTOMER)
    process(desk.gateway, entry)
    with desk.store.transaction() as tx:
        held.release(tx, entry.id, by="Kim", at=desk.clock.now())
    process(desk.gateway, replace(entry, released_at=desk.clock.now()))

    (told,) = desk.outbox("notification")
    assert "there is a virus in it: Test.EICAR.NDB.UNOFFICIAL" in dict(told.values)["defects"]
    assert () == told.attachments


def test_a_program_that_calls_itself_a_picture_is_blocked(fast_desk: TestDesk) -> None:
    """Listed with name, type by its bytes, size and digest; never sent to agents (A-45)."""
    raw = fast_desk.post.mail(CUSTOMER, SUPPORT, "A picture.", attachment=EXE)
    fast_desk.take(raw, mail_from=CUSTOMER)

    (told,) = fast_desk.outbox("notification")
    values = dict(told.values)
    assert () == told.attachments
    assert values["attachments"].startswith("1. shot.png (application/vnd.microsoft.portable-executable, 1 kB, sha256 ")
    assert values["attachments"].endswith(": blocked, a program")
    assert '"shot.png" says it is a PNG picture, and by its bytes it is a Windows program' in values["defects"]
