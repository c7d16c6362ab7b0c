"""What stands before the identity table: machines, answers to our questions, agents, lists, spam. Pure.

The rules run in the order of `RULES` and the first that has an answer wins. The order is part of the policy: nothing
automatic is answered, because every rule about automatic mail stands before every rule that answers (A-28).
"""

from collections.abc import Callable

from gateway.accounts.sender import Standing
from gateway.mail.nature import NatureKind
from gateway.matching.token import Strength
from gateway.matching.yes_no import Answer, read_yes_no
from gateway.model import Role
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.finished import ratings
from gateway.pipeline.machines import TABLE, Attach, MailClass, Tell, class_of, is_machines_address
from gateway.pipeline.overlay import overlay_of
from gateway.pipeline.plan import Action, Aside, Plan
from gateway.pipeline.policy import Column, Relation, Verdict
from gateway.pipeline.relation import column_of, is_of_matched_ticket, relation_of
from gateway.pipeline.starts import starts
from gateway.spam.virus import VirusState
from gateway.tokens import Purpose, canonical_address

NOT_HIS_ADDRESS = "The address that you wrote to is too old, or it is another agent's. Reply to this mail instead."
SEVERAL_TICKETS = "You wrote to the addresses of several tickets at once. Answer each of them in a mail of its own."


def verifications(evidence: Evidence) -> Plan | None:
    """A machine's mail to an address that was given to a customer (A-01).

    Whoever signs up elsewhere with his reply address must not read here what that service sends to it.
    """
    token = evidence.reading.token
    if token.strength is not Strength.T2 or token.token is None or token.token.purpose is Purpose.AGENT:
        return None
    kind, author = evidence.reading.nature.kind, evidence.reading.message.author
    is_machines = kind is NatureKind.PERSON and is_machines_address(author)
    if not is_machines and kind not in (NatureKind.AUTO_REPLY, NatureKind.BULK):
        return None  # reports say what they are: they are recorded
    if relation_of(evidence) is Relation.OWNER:
        return None
    why = "a machine wrote to a reply address that was given to a customer: it may be meant for an account elsewhere"
    return Plan(action=Action.HOLD, why=why)


def machines(evidence: Evidence) -> Plan | None:
    """What machines sent is recorded with its ticket, or held where none is found; it is never answered.

    An automatic reply that only names a mail of ours is held: it may be a contact form's, or a person's own words.
    """
    found = class_of(evidence.reading)
    row = TABLE[found]
    if row.attach is Attach.ARTICLE or found is MailClass.BULK:
        return None
    is_found = evidence.match.ticket is not None and (row.attach is not Attach.PROVEN or _was_handed_out(evidence))
    action = Action.RECORD if is_found or evidence.digest else row.without_ticket
    is_told = row.tell is Tell.AGENTS and action is Action.RECORD
    return Plan(action=action, why=evidence.reading.nature.why, notify=is_told)


def _was_handed_out(evidence: Evidence) -> bool:
    """Did it come to a signed address: a reply address, or a return path, where programs answer (RFC 3834 §4)?"""
    found = evidence.reading.token
    is_return_path = found.token is not None and found.token.purpose is Purpose.BOUNCE
    return is_return_path or found.strength in (Strength.T3, Strength.T2)


def viruses(evidence: Evidence) -> Plan | None:
    """A mail with a known virus is held, whoever its author is: mailboxes are broken into, and scanners err.

    What machines sent is recorded before: no agent gets a file of it, and a bounce brings back what others sent.
    """
    report = evidence.reading.virus
    if report.state is not VirusState.FOUND:
        return None
    return Plan(action=Action.HOLD, why=f"there is a virus in it: {report.name}")


def confirmations(evidence: Evidence) -> Plan | None:
    """The answer to "was this you?" counts from the verified address that was asked, if it is proven (design 5.4)."""
    token, ticket = evidence.reading.token, evidence.match.ticket
    if token.token is None or token.token.purpose is not Purpose.CONFIRM:
        return None
    obstacle = what_stands_against(evidence)
    if obstacle:
        return Plan(action=Action.HOLD, why=f"an answer to our question about a mail, but {obstacle}")
    account = next((each for each in evidence.sender.accounts if each.id == evidence.asked_account), None)
    if account is None:
        why = "its author is proven, and was not asked about this ticket at this address"
        return Plan(action=Action.APPEND_UNCONFIRMED, why=why, notify=True)
    if ticket and ticket.confirmed and ticket.account_id == account.id:
        return None  # it was settled: he goes on with what is his ticket by now
    answer = read_yes_no(evidence.reading.message.reply)
    action = Action.APPEND if answer is Answer.YES else Action.APPEND_UNCONFIRMED
    return Plan(action=action, why=_ANSWERS[answer], account=account, answer=answer, notify=True)


_ANSWERS = {
    Answer.YES: "the proven owner of the account says that it was he",
    Answer.NO: "the proven owner of the account says that it was not he",
    Answer.UNCLEAR: "the proven owner of the account answers neither yes nor no: a person must read it",
}


def what_stands_against(evidence: Evidence) -> str:
    """Why an answer to our question does not count; "" where it does."""
    token = evidence.reading.token
    if token.is_ambiguous:
        return "it was sent to addresses of several tickets"
    if token.strength is not Strength.T3:
        return f"its address proves too little: {token.why}"
    if column_of(evidence) is not Column.PROVEN:
        return f"it is not proven who wrote it: {evidence.reading.authentication.why}"
    if evidence.sender.standing is not Standing.S2:
        return f"its author owns no account: {evidence.sender.why}"
    return "" if is_of_matched_ticket(evidence) else "it is of a ticket that is not in the store"


NOT_HIS_DIGEST = "The address that you wrote to is too old, or it is another reviewer's. Reply to a digest of your own."


def reviews(evidence: Evidence) -> Plan | None:
    """Orders about held mail need the reviewer's proven address and the token that this digest was sent to him with."""
    token = evidence.reading.token
    if evidence.digest is None:
        return None
    if evidence.agent is None:
        return Plan(action=Action.HOLD, why="it was sent to a reviewer's private address, and its author is no agent")
    if column_of(evidence) is not Column.PROVEN:
        why = f"a reviewer's address, but it is not proven that he wrote it: {evidence.reading.authentication.why}"
        return Plan(action=Action.HOLD, why=why)
    if token.strength is not Strength.T3 or token.is_ambiguous:
        return Plan(action=Action.COMMANDS, why=f"a reviewer writes, but {token.why}", problem=NOT_HIS_DIGEST)
    why = f"{evidence.agent.name} answers the digest of held mail from his proven address, on his own token"
    return Plan(action=Action.COMMANDS, why=why)


def agents(evidence: Evidence) -> Plan | None:
    """An agent's orders need his proven address and the token that was issued to him for this ticket (A-19).

    Who is proven to be an agent is told when his mail is not used: he believes that he has answered.
    """
    token = evidence.reading.token
    if token.token is None or token.token.purpose is not Purpose.AGENT:
        return None
    if evidence.agent is None:
        return Plan(action=Action.HOLD, why="it was sent to an agent's private address, and its author is no agent")
    if column_of(evidence) is not Column.PROVEN:
        why = f"an agent's address, but it is not proven that he wrote it: {evidence.reading.authentication.why}"
        return Plan(action=Action.HOLD, why=why)
    if not is_of_matched_ticket(evidence):
        return Plan(action=Action.HOLD, why="an agent answers a ticket that is not in the store")
    if token.is_ambiguous:
        why = "an agent writes to addresses of several tickets"
        return Plan(action=Action.COMMANDS, why=why, problem=SEVERAL_TICKETS)
    if token.strength is not Strength.T3:
        return Plan(action=Action.COMMANDS, why=f"an agent writes, but {token.why}", problem=NOT_HIS_ADDRESS)
    return Plan(action=Action.COMMANDS, why=f"{evidence.agent.name} answers from his proven address, on his own token")


def ambiguous(evidence: Evidence) -> Plan | None:
    """One mail to the reply addresses of several tickets: a person says which one it is of."""
    if not evidence.reading.token.is_ambiguous:
        return None
    return Plan(action=Action.HOLD, why="it was sent to the reply addresses of several tickets")


def bulk(evidence: Evidence) -> Plan | None:
    """Lists and newsletters are held, but for what a proven customer sends into his own ticket."""
    if evidence.reading.nature.kind is not NatureKind.BULK:
        return None
    if evidence.sender.standing is Standing.S2 and evidence.reading.token.strength in (Strength.T3, Strength.T2):
        return None
    return Plan(action=Action.HOLD, why=evidence.reading.nature.why)


def spam(evidence: Evidence) -> Plan | None:
    """The spam table: a mail that scores too high is held whoever its author is; some are refused while one can."""
    found = overlay_of(evidence)
    if found is None or found.verdict is Verdict.GO_ON:
        return None
    is_refused = found.verdict is Verdict.REFUSE and evidence.in_dialogue
    return Plan(action=Action.REJECT if is_refused else Action.HOLD, why=found.why, aside=Aside.SPAM)


WHAT_HE_IS = {
    Role.COLLEAGUE: "a colleague who was asked for help with the ticket",
    Role.SPECIALIST: "a specialist who was asked for help with the ticket",
    Role.INVITED: "a person of the customer's side who was invited into the ticket",
}


def participants(evidence: Evidence) -> Plan | None:
    """Who was asked for help, or invited, answers: his word is a note, or his own; he has no rights of the customer's.

    He must be proven, and write on the address that was made for him alone; an invited person may also write on the
    customer's, who handed it to him. Where anybody else uses a participant's address, only the customer is heard, and
    only on that of somebody of his own side.
    """
    found, token, author = evidence.participant, evidence.reading.token, evidence.reading.message.author
    if found is None:
        return None
    is_he = author is not None and canonical_address(author.address) == found.address
    is_invited, is_proven = found.role is Role.INVITED, column_of(evidence) is Column.PROVEN
    if is_he and is_proven and (token.strength is Strength.T3 or (is_invited and token.strength is Strength.T2)):
        kept = "added as his own" if is_invited else "kept as a note"
        why = f"{WHAT_HE_IS[found.role]} answers, and is proven: {kept}"
        return Plan(action=Action.APPEND, why=why, notify=True, participant=found)
    if is_invited and not is_he and relation_of(evidence) is Relation.OWNER:
        return None
    proof = token.why if is_proven else f"it is not proven who wrote it: {evidence.reading.authentication.why}"
    why = f"it was sent to the address of {found.address}, {WHAT_HE_IS[found.role]}, but {proof}"
    return Plan(action=Action.HOLD, why=why, participant=found)


RULES: tuple[Callable[[Evidence], Plan | None], ...] = (
    verifications,
    machines,
    viruses,
    confirmations,
    reviews,
    agents,
    starts,
    ambiguous,
    bulk,
    spam,
    participants,
    ratings,
)
