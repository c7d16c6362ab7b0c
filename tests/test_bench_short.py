"""The benchmarks work: a short form, for how they measure, not for what they find."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.authn.authenticate import authenticate
from gateway.authn.resolver import Resolver
from gateway.authn.result import Grade
from gateway.clock import SystemClock
from gateway.config import Dns
from gateway.mail.parse import parse
from gateway.model import Envelope, Via
from scripts import bench, bench_report
from scripts.bench_feed import feed, prepare
from scripts.bench_gateway import make_site, serving
from scripts.bench_mails import PICTURE_BYTES, make_mails, write_mails, zone
from scripts.bench_memory import measure_memory, write_large_mails
from scripts.bench_peers import tuned_postfix

COUNT = 40
WRITTEN_AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def some_mails(folder: Path) -> bench.Mails:
    """A few of the benchmark's mails, as files."""
    made = make_mails(COUNT, seed=7, at=datetime.now(UTC) - timedelta(hours=1))
    write_mails(made, folder / "plain", signed=False)
    write_mails(made, folder / "signed", signed=True)
    return bench.Mails(
        plain=folder / "plain", signed=folder / "signed", count=COUNT, recipient="desk@support.test", connections=5
    )


def test_the_mails_are_the_same_each_time_and_a_smaller_set_begins_a_larger_one() -> None:
    """The same bytes, with the same signatures."""
    assert make_mails(20, seed=7, at=WRITTEN_AT) == make_mails(60, seed=7, at=WRITTEN_AT)[:20]


def test_the_mails_are_mixed_as_promised() -> None:
    """About half plain, three tenths with HTML, two tenths with a picture, three tenths answers; 11 KB on average."""
    mails = make_mails(600, seed=7, at=WRITTEN_AT)
    read = [parse(mail.raw) for mail in mails]
    pictures = [message.attachments[0] for message in read if message.attachments]

    assert all(message.defects == () for message in read)
    assert {PICTURE_BYTES} == {picture.size for picture in pictures}
    assert len(pictures) / 600 == pytest.approx(0.2, abs=0.05)
    assert sum(bool(message.html) for message in read) / 600 == pytest.approx(0.4, abs=0.06)
    assert sum(mail.is_answer for mail in mails) / 600 == pytest.approx(0.3, abs=0.05)
    assert sum(len(mail.raw) for mail in mails) / 600 == pytest.approx(11_000, rel=0.15)


def test_signed_mails_prove_their_author(tmp_path: Path) -> None:
    """With the zone that comes with them; without it they prove nothing."""
    (tmp_path / "zone").write_text(zone())
    resolver = Resolver(Dns(zone_file=tmp_path / "zone"), SystemClock())
    envelope = Envelope(via=Via.LMTP, received_at=WRITTEN_AT + timedelta(hours=1))
    signed = [mail.signature + mail.raw for mail in make_mails(30, seed=7, at=WRITTEN_AT)]

    assert {Grade.A3} == {authenticate(parse(raw), raw, envelope, resolver).grade for raw in signed}


@pytest.mark.peer
def test_postfix_takes_the_mails_and_the_clock_stops_at_the_last_file(tmp_path: Path) -> None:
    """The reference that all ratios are to."""
    (measured,) = bench.measure_peer(tuned_postfix(), bench_report.REFERENCE, some_mails(tmp_path), 1.0)

    assert measured.rate > 1


def test_from_the_first_byte_to_the_last_outcome_and_the_last_mail_out(tmp_path: Path) -> None:
    """Every mail is accepted, decided and told of; the table and the document can be made of it."""
    mails = some_mails(tmp_path)
    found = bench.measure_end(tmp_path / "site", mails, 1.0, signed=True, lmtp=True, sends=True)
    found.append(bench_report.Measured(what=bench_report.REFERENCE, rate=found[0].rate, idle=1.0))
    document = bench_report.document([found, found], [], [])

    door, end, out, _ = found
    assert door.rate >= end.rate > 1
    assert out.rate > 1
    assert (end.cpu_milliseconds or 0) > 0
    assert "mails out" in end.facts
    assert [1.0] == [line["ratio"] for line in document["lines"] if line["what"] == door.what]
    assert json.dumps(document)


def test_the_feeder_tells_what_was_refused(tmp_path: Path) -> None:
    """A mail that is not accepted is never counted as one."""
    mails = some_mails(tmp_path)
    site = make_site(tmp_path / "site", recipient="another@support.test")
    prepared = [prepare(path, mails.recipient) for path in sorted(mails.plain.iterdir())]
    with serving(site, roles=("smtp",)):
        fed = feed(site.smtp_port, prepared, lmtp=False, connections=3)

    assert (fed.accepted, len(fed.refused)) == ([], COUNT)
    assert "No such address" in fed.refused[0]


def test_memory_is_measured_while_large_mails_come_in(tmp_path: Path) -> None:
    """Of the main process and of all together: what they take at most is more than what they take before."""
    large = write_large_mails(tmp_path / "large", mails=2, megabytes=3)
    found = measure_memory(tmp_path / "site", large)

    assert found.peak > found.idle > 1
    assert found.all_peak > found.all_idle > found.idle
