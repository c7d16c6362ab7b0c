"""What a gateway has kept and done, read from its database: nothing lost, nothing twice (I2, I3)."""

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select

from gateway.store.db import Store, Tx
from gateway.store.outcomes import balance
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.spool import SpoolRow
from gateway.store.schema.ticket import ArticleRow, TicketRow
from scripts.bench_mails import BenchMail, accounts, make_mails, zone
from tests.peers.process import wait_until
from tests.service import Installation


@dataclass(frozen=True, slots=True)
class Ledger:
    """A look at one moment."""

    is_even: bool
    pending: int
    kept: Counter[str]
    """How often each mail stands in the spool, by SHA-256."""
    used: Counter[str]
    """How often each mail has an outcome that is not "duplicate"."""
    first_message_ids: tuple[str, ...]
    """Of the first article of each ticket."""
    articles: int
    notifications: Counter[int]
    """How often the agent is told of each article."""


def install(installation: Installation) -> Installation:
    """Make it a desk with an agent, whose customers are those of `some_mails`."""
    installation.zone = zone()
    installation.extra = '[[agents]]\nname = "Agent"\naddress = "agent@support.test"\n'
    installation.write()
    (installation.folder / "accounts.jsonl").write_text(accounts())
    installation.run("account", "import", str(installation.folder / "accounts.jsonl"))
    return installation


def some_mails(installation: Installation, count: int, seed: int) -> tuple[list[BenchMail], list[str]]:
    """Mails as files in the folder `mails`, and their SHA-256; three in ten answer an earlier one."""
    mails = make_mails(count, seed=seed, at=datetime.now(UTC) - timedelta(hours=1))
    folder = installation.folder / "mails"
    folder.mkdir()
    for number, mail in enumerate(mails):
        (folder / f"{number:06d}.eml").write_bytes(mail.signature + mail.raw)
    return mails, [sha256(mail.signature + mail.raw).hexdigest() for mail in mails]


def ledger(installation: Installation) -> Ledger:
    """Read everything."""
    with closing(_open(installation)) as store, store.reading() as tx:
        found = balance(tx)
        kept = tx.execute(select(SpoolRow.sha256)).scalars()
        used = tx.execute(
            select(SpoolRow.sha256)
            .join(OutcomeRow, OutcomeRow.entry_id == SpoolRow.id)
            .where(OutcomeRow.action != "duplicate")
        ).scalars()
        return Ledger(
            is_even=found.is_even,
            pending=found.pending,
            kept=Counter(kept),
            used=Counter(used),
            first_message_ids=_first_message_ids(tx),
            articles=tx.execute(select(func.count()).select_from(ArticleRow)).scalar_one(),
            notifications=_notifications(tx),
        )


def progress(installation: Installation) -> int:
    """A number that grows with every mail kept and every mail decided; cheap enough to ask all the time."""
    file = f"file:{installation.state}/ticket-gateway.db?mode=rw"
    try:
        with closing(sqlite3.connect(file, uri=True)) as database:
            found = database.execute("SELECT (SELECT count(*) FROM spool) + (SELECT count(*) FROM outcome)")
            return int(found.fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # another process makes or mends the database just now


def wait_decided(installation: Installation, count: int) -> None:
    """Wait until so many different mails came in and nothing is pending."""
    with closing(_open(installation)) as store:

        def is_done() -> bool:
            time.sleep(0.1)  # to look has its price too
            with store.reading() as tx:
                came = tx.execute(select(func.count(SpoolRow.sha256.distinct()))).scalar_one()
                return came == count and balance(tx).pending == 0

        wait_until(is_done, f"{count} mails are decided", 100)


def assert_nothing_lost_or_twice(found: Ledger, mails: Sequence[BenchMail], digests: Sequence[str]) -> None:
    """Every mail has exactly one outcome that is no duplicate, every thread one ticket, every article one notice."""
    assert (found.is_even, found.pending) == (True, 0)
    assert found.used == Counter(digests)
    assert len(set(found.first_message_ids)) == len(found.first_message_ids)
    assert len(found.first_message_ids) == sum(not mail.is_answer for mail in mails)
    assert (found.articles, set(found.notifications.values())) == (len(mails), {1})
    assert len(found.notifications) == found.articles


def moments(seed: int, count: int, span: int) -> list[int]:
    """So many random amounts of progress below `span`."""
    chance = random.Random(seed)
    return [chance.randrange(1, span) for _ in range(count)]


def _open(installation: Installation) -> Store:
    url = installation.store.replace("postgresql://", "postgresql+psycopg://", 1)
    return Store(f"sqlite:///{installation.state}/ticket-gateway.db" if url == "sqlite" else url)


def _first_message_ids(tx: Tx) -> tuple[str, ...]:
    first = select(func.min(ArticleRow.id)).group_by(ArticleRow.ticket_id)
    rows = tx.execute(
        select(ArticleRow.message_id)
        .join(TicketRow, TicketRow.id == ArticleRow.ticket_id)
        .where(ArticleRow.id.in_(first))
    )
    return tuple(rows.scalars())


def _notifications(tx: Tx) -> Counter[int]:
    rows = tx.execute(select(OutboxRow.article_id, OutboxRow.outgoing)).all()
    return Counter(row.article_id for row in rows if json.loads(row.outgoing)["template"] == "notification")
