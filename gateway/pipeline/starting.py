"""What an agent begins with a mail to the desk: a ticket of the customer whose mail he forwards, or a mail to one.

What must stay true: the customer of such a ticket is one whom an agent named (`Ticket.reported_by`). Nothing proves
that he wrote, so the ticket is not confirmed, nothing is sent to him by itself, and what agents write goes to his
address alone. What the agent wrote himself is carried out, or kept as a note, as an answer in that ticket would be.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.authn.result import Grade
from gateway.commands.order import TextUse, Word
from gateway.commands.parse import parse_block
from gateway.commands.signing import is_signature
from gateway.mail.language import LANGUAGES, guess_language
from gateway.mail.message import Address, Message
from gateway.matching.match import Match
from gateway.model import Account, Agent, ArticleKind, Ticket, TicketState
from gateway.pipeline import following
from gateway.pipeline.acting import answer
from gateway.pipeline.acting.run import problems
from gateway.pipeline.acting.scene import Scene
from gateway.pipeline.answering import commands
from gateway.pipeline.begun import Passed
from gateway.pipeline.effect import Doer, Effect
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Plan, Start
from gateway.store import tickets as store
from gateway.store.agents import active_agents
from gateway.tickets import change, notifications, starting, undeliverable
from gateway.tickets.absences import present
from gateway.tokens import canonical_address
from gateway.topics.teams import team_for

NOTE = "#note\n"
GIVES = (Word.ASSIGN, Word.TEAM)
"""Commands that tell those to whom they give the ticket."""
NO_TEXT = "Your mail to the customer holds no text."
INSIDE = "What stands below #note, #forward or #called does not go to the customer: write to him first."


def start(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """Do what he begins; a mail that cannot be used goes back to him, and nothing else happens."""
    assert plan.start is not None
    return _STARTS[plan.start](doer, evidence, plan)


def _forward(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    passed, agent = _passed(evidence), _agent(evidence)
    owner = change.Owner(
        confirmed=False,
        account_id=passed.sender.account.id if passed.sender.account else None,
        shop_id=passed.shop.shop.id if passed.shop.shop and passed.sender.account else None,
        language=_language(doer, passed.message.reply or passed.message.text, passed.sender.account),
        topic=plan.topic,
        reported_by=agent.address,
    )
    said = _said(doer, evidence.reading.message, passed.mail.comment, agent)
    obstacle = _obstacle(doer, evidence, said, _prospect(doer, passed.message, owner))
    if obstacle:
        return _give_back(doer, evidence, obstacle)
    why = f"{agent.name} forwarded a mail of {passed.mail.author.address}{_when(passed)}"
    ticket = _open(doer, passed.message, owner, why)
    article_id = _keep(doer, ticket, passed.message)
    following.link(doer, plan, ticket)
    _carry_out(doer, evidence, said, ticket)
    _notify(doer, store.ticket_by_id(doer.tx, ticket.id) or ticket, agent, passed, article_id, said)
    return Effect(ticket_id=ticket.id, article_id=article_id)


def _known(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    passed, agent = _passed(evidence), _agent(evidence)
    ticket = passed.known
    assert ticket is not None
    said = _said(doer, evidence.reading.message, passed.mail.comment, agent)
    obstacle = _obstacle(doer, evidence, said, ticket)
    if obstacle:
        return _give_back(doer, evidence, obstacle)
    detail = f"{agent.name} forwarded a mail of {passed.mail.author.address} that is in this ticket already"
    change.note(doer.tx, ticket, kind="forwarded_again", actor=agent.name, detail=detail, at=doer.at)
    effect = _carry_out(doer, evidence, said, ticket)
    starting.send_known(doer.tx, doer.desk, agent, ticket, text=passed.mail.comment, at=doer.at)
    return Effect(ticket_id=ticket.id, article_id=effect.article_id if effect else None)


def _converse(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    assert evidence.beginning is not None
    (target,) = evidence.beginning.targets
    agent, said = _agent(evidence), evidence.reading.message
    person = Address(address=target.address, name=target.account.name if target.account else "")
    owner = change.Owner(
        confirmed=False,
        account_id=target.account.id if target.account else None,
        language=_language(doer, said.reply, target.account),
        topic=plan.topic,
        reported_by=agent.address,
    )
    first = Message(author=person, subject=said.subject)
    obstacle = _obstacle(doer, evidence, said, _prospect(doer, first, owner)) or _unsent(doer, said, agent)
    if obstacle:
        return _give_back(doer, evidence, obstacle)
    ticket = _open(doer, first, owner, f"{agent.name} writes to {target.address}")
    effect = _carry_out(doer, evidence, said, ticket)
    return Effect(ticket_id=ticket.id, article_id=effect.article_id if effect else None)


def _return(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    return _give_back(doer, evidence, plan.problem)


def _give_back(doer: Doer, evidence: Evidence, problem: str) -> Effect:
    """His text and what to mend; where his mail mentions a ticket, with his reply address for it."""
    agent, ticket, text = _agent(evidence), evidence.match.ticket, evidence.reading.message.text
    if ticket is None:
        starting.send_unused(doer.tx, doer.desk, agent, problem=problem, text=text, at=doer.at)
        return Effect()
    notifications.send_returned(doer.tx, doer.desk, agent, ticket, problem=problem, text=text, at=doer.at)
    change.note(doer.tx, ticket, kind="returned", actor=agent.name, detail=problem, at=doer.at)
    return Effect(ticket_id=ticket.id)


def _said(doer: Doer, message: Message, comment: str, agent: Agent) -> Message | None:
    """What he wrote above the mail, as if he had answered in its ticket: a note, or commands. Its files are not his."""
    if not comment or is_signature(comment, agent.name):
        return None
    block = parse_block(comment, doer.at, agent.name)
    words = NOTE + comment if block.text and block.use is TextUse.CUSTOMER else comment
    return replace(message, text=words, reply=words, quoted="", signature="", html="", attachments=())


def _obstacle(doer: Doer, evidence: Evidence, said: Message | None, ticket: Ticket) -> str:
    """Why what he says cannot be done in the ticket, which there may not be yet; then nothing is begun."""
    if said is None:
        return ""
    if said.unparsed:
        return f"The mail could not be read: {said.unparsed}."
    scene = Scene(
        doer=doer,
        evidence=_as_said(evidence, said, ticket),
        ticket=ticket,
        agent=_agent(evidence),
        agents=tuple(active_agents(doer.tx)),
        block=parse_block(said.reply, doer.at, _agent(evidence).name),
    )
    _, unfit = answer.leaving(scene)
    return "\n".join(scene.block.problems or filter(None, (unfit, *problems(scene))))


def _unsent(doer: Doer, said: Message, agent: Agent) -> str:
    """Why nothing of it would go to the customer, whom it is written to."""
    block = parse_block(said.reply, doer.at, agent.name)
    return "" if block.answers else INSIDE if block.text else NO_TEXT


def _carry_out(doer: Doer, evidence: Evidence, said: Message | None, ticket: Ticket) -> Effect | None:
    """Do what his words ask for as if he had answered in the ticket."""
    if said is None:
        return None
    why = f"{_agent(evidence).name} began ticket {ticket.id} with these words"
    return commands(doer, _as_said(evidence, said, ticket), Plan(action=Action.COMMANDS, why=why))


def _as_said(evidence: Evidence, said: Message, ticket: Ticket) -> Evidence:
    match = Match(ticket=ticket, by="started", why="an agent began it")
    return replace(evidence, reading=replace(evidence.reading, message=said), match=match, beginning=None)


def _open(doer: Doer, message: Message, owner: change.Owner, why: str) -> Ticket:
    owner = replace(owner, team=team_for(owner.topic, doer.desk.teams, owner.language))
    return change.open_ticket(doer.tx, message, owner=owner, hours=doer.desk.hours, why=why, at=doer.mail_at)


def _prospect(doer: Doer, message: Message, owner: change.Owner) -> Ticket:
    """The ticket as it would be, to ask what may be done in it."""
    assert message.author is not None
    return Ticket(
        id=0,
        ref=0,
        state=TicketState.NEW,
        subject=message.subject,
        correspondent=canonical_address(message.author.address),
        correspondent_name=message.author.name,
        confirmed=owner.confirmed,
        account_id=owner.account_id,
        shop_id=owner.shop_id,
        language=owner.language,
        assignee=None,
        opened_at=doer.at,
        updated_at=doer.at,
        closed_at=None,
        reported_by=owner.reported_by,
    )


def _keep(doer: Doer, ticket: Ticket, message: Message) -> int:
    """The customer's mail; of no entry, because what was found about the agent's mail says nothing about him."""
    kind = ArticleKind.IN
    return change.add_mail(doer.tx, ticket, message, kind=kind, entry_id=None, confirmed=False, at=doer.mail_at)


def _notify(doer: Doer, ticket: Ticket, agent: Agent, passed: Passed, article_id: int, said: Message | None) -> None:
    """Who looks after it, unless the agent's own commands gave it to somebody and told him; and the agent himself."""
    agents: Sequence[Agent] = active_agents(doer.tx)
    agents = notifications.recipients_of(present(doer.tx, doer.desk, agents, ticket, doer.at), ticket)
    is_told = said is not None and any(parse_block(said.reply, doer.at, agent.name).has(word) for word in GIVES)
    recipients = [agent] if is_told else [*(each for each in agents if each.address != agent.address), agent]
    sender = passed.sender
    told = f"{agent.name} forwarded it, and nothing else says who wrote it{_when(passed)}"
    found = notifications.Circumstances(
        identity=f"{told}; {sender.why}",
        grade=Grade.A1.value,
        standing=sender.standing.value,
        delivery=undeliverable.in_words(doer.tx, ticket, at=doer.at),
        account=passed.shop.account or sender.account,
        accounts=sender.accounts or sender.claimed,
        defects=passed.message.defects,
    )
    # To each by himself: whom a ticket's mail is told to, the agent who forwarded it need not be one of.
    for each in recipients:
        one = [each]
        notifications.send_notification(doer.tx, doer.desk, one, ticket, article_id, passed.message, found, at=doer.at)


def _language(doer: Doer, text: str, account: Account | None) -> str:
    prior = account.language if account and account.language in LANGUAGES else ""
    return guess_language(text, prior) or prior or doer.desk.language


def _when(passed: Passed) -> str:
    return f" ({passed.mail.date})" if passed.mail.date else ""


def _passed(evidence: Evidence) -> Passed:
    assert evidence.beginning is not None
    assert evidence.beginning.passed is not None
    return evidence.beginning.passed


def _agent(evidence: Evidence) -> Agent:
    assert evidence.agent is not None, "only agents begin anything"
    return evidence.agent


_STARTS: dict[Start, Callable[[Doer, Evidence, Plan], Effect]] = {
    Start.FORWARD: _forward,
    Start.KNOWN: _known,
    Start.CONVERSATION: _converse,
    Start.RETURNED: _return,
}
