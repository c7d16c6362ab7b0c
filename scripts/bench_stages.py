"""Where the time of one mail goes: each stage of `gateway.pipeline.process`, one mail after the other in one thread.

The stages are called as `process` calls them, with a clock between. Wall time holds what the mail waits for (the
process that reads it, the disk at the commit); processor time is what this thread itself burns.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.authn.authenticate import authenticate
from gateway.basis import agents_of, open_store
from gateway.clock import SystemClock
from gateway.config import load
from gateway.mail.nature import classify
from gateway.matching.token import find_token
from gateway.model import Entry, Envelope, Incoming, Via
from gateway.pipeline.apply import apply
from gateway.pipeline.content import content_key
from gateway.pipeline.decide import decide
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Reading
from gateway.pipeline.process import Gateway, names_to_lock, weigh
from gateway.pipeline.scanning import ask_engine
from gateway.pipeline.topic import look_at_words
from gateway.stages import open_gateway
from gateway.store import spool
from gateway.store.agents import put_agents
from gateway.store.outcomes import outcome_of
from gateway.store.spool import Spool
from scripts.bench_gateway import Site
from scripts.bench_mails import RECIPIENT

LEASE = timedelta(minutes=10)


@dataclass(slots=True)
class Spent:
    """Seconds of one stage, over all mails."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(slots=True)
class Watch:
    """Adds up what each stage took; a stage lasts from the last look to this one."""

    stages: dict[str, Spent] = field(default_factory=dict)
    _wall: float = 0.0
    _cpu: float = 0.0

    def start(self) -> None:
        """From now on it counts."""
        self._wall, self._cpu = time.perf_counter(), time.thread_time()

    def stage(self, name: str) -> None:
        """The stage of that name ends now, the next begins."""
        wall, cpu = time.perf_counter(), time.thread_time()
        spent = self.stages.setdefault(name, Spent())
        spent.wall += wall - self._wall
        spent.cpu += cpu - self._cpu
        self.start()


def stage_times(site: Site, mails: Sequence[Path], *, warm_up: int = 20) -> tuple[Watch, int]:
    """Decide all mails of these files; the watch, and how many it looked at: the first ones, which load tables, not."""
    config = load(site.config)
    clock = SystemClock()
    store = open_store(config)
    watch = Watch()
    with open_gateway(config, store, clock) as gateway:
        with store.transaction() as tx:
            put_agents(tx, agents_of(config))
        kept = Spool(store, clock)
        kept.start()
        futures = [kept.put(Incoming(envelope=_envelope(), raw=path.read_bytes())) for path in mails]
        for future in futures:
            future.result()
        kept.stop()
        decided = 0
        while True:
            watch.start()
            entries = spool.claim(store, limit=32, now=clock.now(), lease=LEASE)
            if not entries:
                break
            watch.stage("claim")
            for entry in entries:
                decided += 1
                if decided == warm_up:
                    watch.stages.clear()
                _decide(gateway, entry, watch)
    store.close()
    return watch, max(1, decided - warm_up)


def _decide(gateway: Gateway, entry: Entry, watch: Watch) -> None:
    """`process.process`, with a look at the clock after each stage."""
    watch.start()
    message = gateway.reader.read(entry.raw)
    watch.stage("parse, in its process")
    nature = classify(message, entry.envelope, gateway.desk.keys, gateway.own_addresses)
    watch.stage("nature")
    authentication = authenticate(message, entry.raw, entry.envelope, gateway.resolver, gateway.trust)
    watch.stage("authenticate")
    report = ask_engine(gateway.engine, nature, entry, authentication, gateway.trust)
    watch.stage("spam engine (none)")
    model = gateway.topics.newest(gateway.store, gateway.clock)
    topic = look_at_words(message, nature, model, gateway.desk)
    watch.stage("topic, canned texts")
    token = find_token(message, entry.envelope, gateway.desk.keys, gateway.clock.now())
    reading = Reading(
        entry=entry,
        message=message,
        content_key=content_key(message),
        nature=nature,
        authentication=authentication,
        spam=report,
        token=token,
        topic=topic,
    )
    watch.stage("token, content key")
    with gateway.store.transaction() as tx:
        assert outcome_of(tx, entry.id) is None
        gateway.store.lock_names(tx, names_to_lock(reading))
        watch.stage("begin")
        evidence = weigh(gateway, tx, reading)
        watch.stage("weigh")
        plan = decide(evidence, gateway.policy)
        watch.stage("decide")
        apply(Doer(tx=tx, desk=gateway.desk, at=gateway.clock.now()), evidence, plan)
        spool.finish(tx, entry.id)
        watch.stage("apply")
    watch.stage("commit")


def _envelope() -> Envelope:
    return Envelope(via=Via.LMTP, received_at=datetime.now(UTC), recipients=(RECIPIENT,), source="bench")
