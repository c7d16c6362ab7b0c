"""The poison shelf: a mail that cannot be decided still becomes a ticket, of as much of it as is safe to read.

When even that fails, the outcome alone is written, with the raw mail kept: counted, visible, nothing lost (I2).
"""

from gateway.accounts.sender import Sender, Standing
from gateway.authn.result import Authentication, Grade
from gateway.errors import Temporary
from gateway.mail.headers import scan
from gateway.mail.nature import Nature, NatureKind
from gateway.matching.match import NO_MATCH
from gateway.matching.token import Strength, TokenEvidence
from gateway.model import Entry
from gateway.pipeline.apply import apply
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence, Reading
from gateway.pipeline.plan import Action, Plan
from gateway.pipeline.process import Gateway
from gateway.spam.report import ScanState, SpamReport
from gateway.store import spool
from gateway.store.agents import active_agents
from gateway.store.db import Tx
from gateway.store.outcomes import Outcome, insert_outcome, outcome_of


def poison(gateway: Gateway, entry: Entry, reason: str) -> Outcome:
    """Shelve the mail; the outcome."""
    why = f"it could not be decided: {reason[:500]}"
    try:
        return _shelve(gateway, entry, why)
    except Temporary:
        raise
    except Exception as error:
        return _record_only(gateway, entry, f"{why}; nor could a ticket be opened: {type(error).__name__}")


def _shelve(gateway: Gateway, entry: Entry, why: str) -> Outcome:
    with gateway.store.transaction() as tx:
        earlier = outcome_of(tx, entry.id)
        if earlier:
            return earlier
        plan = Plan(action=Action.POISON, why=why, language=gateway.policy.default_language, notify=True)
        outcome = apply(Doer(tx=tx, desk=gateway.desk, at=gateway.clock.now()), _evidence(tx, entry, why), plan)
        spool.finish(tx, entry.id)
    return outcome


def _record_only(gateway: Gateway, entry: Entry, why: str) -> Outcome:
    outcome = Outcome(entry_id=entry.id, decided_at=gateway.clock.now(), action=Action.POISON.value, why=why)
    with gateway.store.transaction() as tx:
        insert_outcome(tx, outcome)
        spool.finish(tx, entry.id)
    return outcome


def _evidence(tx: Tx, entry: Entry, why: str) -> Evidence:
    return Evidence(
        reading=Reading(
            entry=entry,
            message=scan(entry.raw, why),
            content_key="",
            nature=Nature(kind=NatureKind.PERSON, why="not looked at"),
            authentication=Authentication(grade=Grade.A1, why="not looked at"),
            spam=SpamReport(engine="none", state=ScanState.UNSCANNED, why="not looked at"),
            token=TokenEvidence(strength=Strength.T0, why="not looked at"),
        ),
        sender=Sender(standing=Standing.S0, why="not looked at"),
        match=NO_MATCH,
        agents=tuple(active_agents(tx)),
        agent=None,
        duplicate_of=None,
        names_automatic_mail=False,
    )
