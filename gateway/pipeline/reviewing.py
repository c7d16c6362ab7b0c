"""A reviewer's reply to the digest of held mail: his orders are done, all or none, and he hears what they did."""

from collections.abc import Callable, Sequence

from gateway import events
from gateway.commands.review import parse_orders
from gateway.model import Agent
from gateway.pipeline.effect import Doer, Effect
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Plan
from gateway.store import digests
from gateway.tickets import digest as letters
from gateway.tickets import held
from gateway.tickets.held import CHANGES, Done, Result

NO_REVIEWER = "You are not among those who look after held mail ([spam] reviewers)."


def review(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """Do what the reply asks for; a mail that cannot be used goes back to him, and nothing else happens."""
    digest, agent, message = evidence.digest, evidence.agent, evidence.reading.message
    assert digest is not None
    assert agent is not None
    entries = {line.number: line.entry_id for line in digests.lines_of(doer.tx, digest.id) if line.shown}
    orders = parse_orders(message.reply, len(entries))
    problem = plan.problem or _obstacle(doer, agent, message.unparsed) or orders.problem
    if problem:
        letters.send_returned(doer.tx, doer.desk, agent, digest, problem=problem, text=message.reply, at=doer.at)
        return Effect()
    released = _each(doer, agent, held.release, orders.release, entries)
    spam = _each(doer, agent, held.mark_spam, orders.spam, entries)
    _tell_log(agent, [*released.values(), *spam.values()])
    letters.send_done(
        doer.tx,
        doer.desk,
        agent,
        digest,
        released=_numbers(released),
        spam=_numbers(spam),
        nothing="\n".join(
            f"{number}: {words(result)}"
            for number, result in sorted((released | spam).items())
            if result.done not in CHANGES
        ),
        at=doer.at,
    )
    return Effect()


def words(result: Result) -> str:
    """Why nothing was done for a mail, in a sentence."""
    when = f" on {result.at:%Y-%m-%d %H:%M} UTC" if result.at else ""
    by = f" by {result.by}{when}" if result.by else ""
    ticket = f"; it is in ticket {result.ticket_id}" if result.ticket_id is not None else ""
    return {
        Done.RELEASED_BEFORE: f"it was released before{by}{ticket}",
        Done.MARKED_BEFORE: f"it was marked as spam before{by}",
        Done.NOT_HELD: f"it is not held any more{ticket}",
        Done.NOT_KEPT: "its bytes are no longer kept",
        Done.UNKNOWN: "there is no such mail",
        Done.NOTHING_TO_UNDO: "nothing was said of it that could be undone",
    }.get(result.done, result.done.value)


def _obstacle(doer: Doer, agent: Agent, unparsed: str) -> str:
    if not letters.reviewers_of(doer.desk, [agent]):
        return NO_REVIEWER
    return f"The mail could not be read: {unparsed}." if unparsed else ""


def _each(
    doer: Doer, agent: Agent, act: Callable[..., Result], numbers: Sequence[int], entries: dict[int, str]
) -> dict[int, Result]:
    return {number: act(doer.tx, entries[number], by=agent.name, at=doer.at) for number in numbers}


def _numbers(results: dict[int, Result]) -> str:
    return ", ".join(str(number) for number, result in results.items() if result.done in CHANGES)


def _tell_log(agent: Agent, results: Sequence[Result]) -> None:
    for result in results:
        if result.done is Done.RELEASED:
            events.held_mail_released(entry_id=result.entry_id, by=agent.name)
        elif result.done is Done.MARKED:
            events.held_mail_marked(entry_id=result.entry_id, by=agent.name)
