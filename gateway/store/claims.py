"""Who has a row in work, and is he still there? A process that was killed must not hold its mails for a whole lease."""

import os
import secrets
import socket
from pathlib import Path

from sqlalchemy import select, update

from gateway.store.db import Store, Tx
from gateway.store.schema.lease import LeaseRow
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.spool import SpoolRow
from gateway.store.types import EPOCH


def owner_name() -> str:
    """A name for this process that no other ever had: host, process id, its start time, four random bytes."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_start_time(pid)}:{secrets.token_hex(4)}"


def is_gone(owner: str, own: str) -> bool:
    """Is the process of that name certainly dead? Of processes on other machines nothing is known: False."""
    host, pid, start, _ = [*owner.split(":"), "", "", "", ""][:4]
    if owner == own or host != _host() or not pid.isdigit():
        return False
    return int(pid) == os.getpid() or _start_time(int(pid)) != start


def release_claims_of_the_dead(store: Store) -> int:
    """Give back what dead processes of this machine had in work, and end their leases; how many owners were dead."""
    with store.transaction() as tx:
        gone = {owner for owner in _owners(tx) if is_gone(owner, store.owner)}
        if gone:
            for table in (SpoolRow, OutboxRow):
                tx.execute(update(table).where(table.claimed_by.in_(gone)).values(claimed_by=None, claimed_until=None))
            tx.execute(update(LeaseRow).where(LeaseRow.owner.in_(gone)).values(until=EPOCH))
        return len(gone)


def _owners(tx: Tx) -> set[str]:
    found: set[str | None] = set(tx.execute(select(LeaseRow.owner)).scalars())
    found.update(tx.execute(select(SpoolRow.claimed_by).where(SpoolRow.state == "pending").distinct()).scalars())
    found.update(tx.execute(select(OutboxRow.claimed_by).where(OutboxRow.state == "queued").distinct()).scalars())
    return {owner for owner in found if owner}


def _host() -> str:
    return socket.gethostname()[:24].replace(":", "-")


def _start_time(pid: int) -> str:
    """Clock ticks since boot at which the process started, "" where there is none (proc(5), field 22)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
