"""Explaining mails: the READ half and the decision of the real run, on a store that is only read."""

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import warn
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.ingest.file_walk import FoundProblem
from gateway.ingest.files import FoundMail, read_sources
from gateway.model import Entry, Envelope
from gateway.pipeline.decide import decide
from gateway.pipeline.explanation import explanation
from gateway.pipeline.process import Gateway, read, weigh
from gateway.store.ids import new_id
from gateway.store.outcomes import outcome_of

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StandingClock:
    """The time of day stands still; durations go on, so that budgets of seconds end."""

    at: datetime

    def now(self) -> datetime:
        """The time it was given, in UTC."""
        return self.at.astimezone(UTC)

    def monotonic(self) -> float:
        """Seconds of the machine."""
        return SystemClock().monotonic()


def document_of(gateway: Gateway, mail: FoundMail, envelope: Envelope) -> Document:
    """What would become of this mail; nothing is written."""
    entry = Entry(
        id=new_id(envelope.received_at),
        envelope=replace(envelope, source=mail.source),
        raw=mail.raw,
        sha256=hashlib.sha256(mail.raw).hexdigest(),
        tries=0,
    )
    reading = read(gateway, entry)
    with gateway.store.reading() as tx:
        evidence = weigh(gateway, tx, reading)
    return explanation(evidence, decide(evidence, gateway.policy), with_text=True)


def found_mails(paths: Sequence[str], limit: int, problems: list[FoundProblem]) -> Iterator[FoundMail]:
    """The mails of these paths; what cannot be read is told and added to `problems`."""
    for found in read_sources(paths, max_message_bytes=limit, one_mail=True):
        if isinstance(found, FoundMail):
            yield found
        else:
            problems.append(found)
            warn(f"{found.source}: {found.why}")


def explained(gateway: Gateway, mails: Iterable[FoundMail], envelope: Envelope, *, threads: int) -> Iterator[Document]:
    """The documents in the order of the mails; several at once, for most of the time is waiting for DNS and spamd."""
    waiting: deque[Future[Document]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="explain") as pool:
        try:
            for mail in mails:
                waiting.append(pool.submit(document_of, gateway, mail, envelope))
                while len(waiting) > 2 * threads:  # so that a large mbox does not gather in memory
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def decided(config_option: str | None, entries: Sequence[str]) -> Iterator[Document]:
    """The stored explanations of decided mails, by their entry ids."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        for entry in entries:
            outcome = outcome_of(tx, entry)
            if outcome is None:
                raise No(f"there is no decided mail with the entry id {entry}")
            if not outcome.explanation:
                raise No(f"{entry}: {outcome.why}")  # shelved with nothing but its reason
            yield json.loads(outcome.explanation)
