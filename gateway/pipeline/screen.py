"""Deciding a mail while its sender waits, so that it can be refused inside the dialogue (design §5.1).

    begin ─► put (durable, claimed for us) ─► process ─► refusal, or "" and 250
                                                  └─ over the budget: 250, and the same work ends without refusing

What must stay true: the mail is durable before it is decided; it is refused exactly if its outcome is `reject`, and an
outcome is `reject` only if somebody still waited to be told when it was decided. Who has been told nothing (the machine
stopped, or the commit took too long) sends the mail again; a copy that was refused before counts as no copy.
"""

import asyncio
import ipaddress
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from gateway import events
from gateway.errors import Temporary
from gateway.model import Incoming
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Aside, Plan
from gateway.pipeline.process import Gateway, process
from gateway.store import spool
from gateway.store.outcomes import Outcome

LEASE = timedelta(minutes=2)
"""For how long the workers leave the mail to us; of a process that died it is taken back at once."""
COMMIT_SECONDS = 10.0
"""How long a sender waits for a refusal that is being written when his time is over."""
TRY_AGAIN = "451 4.3.0 Try again later"
PutClaimed = Callable[[Incoming, timedelta], "Future[str]"]


class Screen:
    """Screens a bounded number of mails at once; `begin` one for each."""

    def __init__(
        self,
        gateway: Gateway,
        put_claimed: PutClaimed,
        *,
        at_once: int,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        """`put_claimed` is `Spool.put_claimed`; `on_outcome` is told each outcome."""
        self.gateway = gateway
        self.put_claimed = put_claimed
        self.turns = threading.BoundedSemaphore(at_once)
        self.pool = ThreadPoolExecutor(at_once, thread_name_prefix="screen")
        self.on_outcome = on_outcome or (lambda outcome: None)

    def begin(self, peer_ip: str | None) -> "Screening | None":
        """Take a turn; None where there is none, and where the peer is not the sender's: its mail is not screened."""
        if peer_ip is None or self._is_border(peer_ip) or not self.turns.acquire(blocking=False):
            return None
        return Screening(self)

    def stop(self) -> None:
        """Finish what is in work."""
        self.pool.shutdown(wait=True)

    def _is_border(self, peer_ip: str) -> bool:
        address = ipaddress.ip_address(peer_ip)
        return any(address in network for network in self.gateway.trust.border_networks)


class Screening:
    """One mail. `put` it, ask for the `refusal`, `end` in any case."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._guard = threading.Lock()
        self._is_over = False
        self._refused: tuple[Evidence, Plan] | None = None
        self._decided: Future[str] = Future()
        self._is_put = False

    def put(self, incoming: Incoming) -> "Future[str]":
        """As `Spool.put`; once it is durable it is being decided."""
        self._is_put = True
        done = self._screen.put_claimed(incoming, LEASE)
        done.add_done_callback(self._kept)
        return done

    async def refusal(self, seconds: float) -> str:
        """The reply that refuses the mail, "" where it is taken; waits so long at most, and for a commit under way."""
        decided = asyncio.wrap_future(self._decided)
        await asyncio.wait({decided}, timeout=max(seconds, 0.0))
        if not decided.done():
            if self._give_up():
                return ""
            await asyncio.wait({decided}, timeout=COMMIT_SECONDS)
        return decided.result() if decided.done() else TRY_AGAIN

    def end(self) -> None:
        """Nobody waits any more."""
        self._give_up()
        if not self._is_put:
            self._screen.turns.release()

    def _give_up(self) -> bool:
        """Refuse it no more; False where a refusal is being written already."""
        with self._guard:
            self._is_over = True
            return self._refused is None

    def _may_refuse(self, evidence: Evidence, plan: Plan) -> bool:
        """Asked by who decides, in his transaction: does the sender still wait? Then he waits for the commit, too."""
        with self._guard:
            if self._refused is None and self._is_over:
                return False
            self._refused = evidence, plan
            return True

    def _kept(self, done: "Future[str]") -> None:
        if done.exception():
            self._screen.turns.release()
            return
        try:
            self._screen.pool.submit(self._work, done.result())
        except RuntimeError:  # the pool is closed: the lease ends by itself
            self._screen.turns.release()
            self._decided.set_result("")

    def _work(self, entry_id: str) -> None:
        reply = ""
        try:
            reply = self._decide(entry_id)
        finally:
            self._screen.turns.release()
            self._decided.set_result(reply)

    def _decide(self, entry_id: str) -> str:
        began = time.monotonic()
        try:
            (entry,) = spool.load(self._screen.gateway.store, [entry_id])
            result = process(self._screen.gateway, entry, self._may_refuse)
        except Exception as error:  # it is kept, and the workers try it again
            self._give_back(entry_id, error)
            return TRY_AGAIN if self._refused else ""
        if not isinstance(result, Outcome):
            return ""
        milliseconds = round((time.monotonic() - began) * 1000)
        events.mail_decided(entry_id, result.action, ticket=result.ticket_id, milliseconds=milliseconds)
        self._screen.on_outcome(result)
        if result.action != Action.REJECT or self._refused is None:
            return ""
        return reply_of(*self._refused, self._screen.gateway.desk.login_url)

    def _give_back(self, entry_id: str, error: Exception) -> None:
        events.mail_failed(entry_id=entry_id, error=events.describe(error))
        gateway, is_ours = self._screen.gateway, not isinstance(error, Temporary)
        reason = f"{type(error).__name__}: {error}" if is_ours else events.describe(error)
        try:
            with gateway.store.transaction() as tx:
                spool.give_back(tx, entry_id, error=reason, next_try_at=gateway.clock.now(), counts=is_ours)
        except Temporary as failure:  # the lease ends by itself
            events.mail_failed(entry_id=entry_id, error=failure.reason)


def reply_of(evidence: Evidence, plan: Plan, login_url: str) -> str:
    """The line that tells the sender's server, and by it a person, why, and what a customer can do (RFC 3463, 7372)."""
    if plan.aside is Aside.SPAM:
        said = "550 5.7.1 Refused, because it looks like spam"
    elif evidence.reading.authentication.dmarc == "fail":
        said = "550 5.7.26 Refused, because the domain of its author says that the mail is not from there (DMARC)"
    else:
        said = "550 5.7.1 Refused, because its author is not who it says"
    is_sayable = login_url.isascii() and login_url.isprintable() and " " not in login_url and len(login_url) <= 300
    return (
        f"{said}. If you are a customer, log in at {login_url} and write to us there"
        if login_url and is_sayable
        else said
    )
