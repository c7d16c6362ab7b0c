"""The verbs as people read them: the list that `#help` mails, and docs/commands.md."""

from collections.abc import Iterator, Sequence

from gateway.commands.arguments import KINDS
from gateway.commands.clashes import CLASHES, Clash, clash
from gateway.commands.meanings import meaning
from gateway.commands.order import TextUse, Word
from gateway.commands.parse import MAX_COMMANDS
from gateway.commands.spelling import MAX_LINE
from gateway.commands.verbs import VERBS, Verb

HEAD = f"""\
# Commands

An agent replies to a notification: what he writes goes to the customer. Commands at the head of the reply, one a line,
say what else is to happen:

    #priority high
    #wait 3d

    Dear Ann,
    please send us the number of the order …

This page is written by `python -m tests.commands.test_docs` from the verbs in `gateway/commands/verbs.py`.

## Grammar

    reply    = *( empty-line / command ) text
    command  = "#" word [ argument ]             ; one a line
    text     = *line                             ; what goes to the customer, where no command says otherwise

* Only the head counts: the first line that is neither empty nor a command begins the text. A command below it,
  or a short line that is nearly one, makes the mail go back, for its writer believed that it would be done.
* Commands are read from the plain text of the reply, never from what it quotes; from its HTML only where a program
  sends no plain text, as the plain text that it stands for.
* A text that is nothing but the agent's name, with the lines of a signature, is none. Below an answer his name and the
  lines under it are left out, also without a `-- `; his greeting stays, and the desk's name follows it.
* An answer that holds a line of a note goes back.
* Upper and lower case are the same. A bullet or asterisks before the command, spaces that do not break, invisible
  characters, the wide number sign `＃`, smart dashes and quotes, a full stop behind the word, links that the mail
  program added, and a word that was typed with the Greek keyboard layout (`#ψλοσε`) change nothing.
* A line of the text that begins with `#` is written `\\#`.
* At most {MAX_COMMANDS} commands, of at most {MAX_LINE} characters each.

## All or nothing

A block with an unknown command, a wrong argument, a contradiction, or anything that cannot be done does **nothing**,
and nothing of the mail goes to the customer: the agent gets his text back, with what to mend and the nearest command.
Every block that was used is confirmed by a short mail, or in a list once a day for agents with `confirms = "digest"`.

Mail to others waits `[desk] undo_seconds` (ten minutes). Until it leaves, `#undo` as an answer to the confirmation, or
to any mail of the ticket, takes the last block of this agent back: what waits is withdrawn, and the ticket is as it
was, but for what others did since. A further `#undo` takes back the block before. What went to colleagues stays with
them.

Nobody but the agent can act: the mail must be proven to be his, and must come to the reply address that was made for
him and this ticket. A command never touches another ticket (but for `#merge` and `#next`), never changes an account or
an address, and never finds a recipient outside that the configuration or the customer did not name.
"""


def document() -> str:
    """docs/commands.md."""
    return "\n".join((HEAD, *_verbs(), *_arguments(), *_clashes()))


def help_lines(language: str) -> Iterator[str]:
    """What `#help` lists: a line a command, in the agent's language."""
    for verb in VERBS.values():
        yield f"{verb.usage}: {meaning(verb.word, language)}"


def _verbs() -> Iterator[str]:
    yield "## The commands\n"
    yield "| command | what it does | the text below | example |"
    yield "|---|---|---|---|"
    for verb in VERBS.values():
        yield f"| `{verb.usage}` | {verb.meaning} | {_use(verb)} | `{verb.example}` |"
    yield ""


def _use(verb: Verb) -> str:
    return "" if verb.use is TextUse.CUSTOMER else verb.use.value


def _arguments() -> Iterator[str]:
    yield "## Arguments\n"
    for kind in KINDS:
        words = ", ".join(f"`#{verb.word}`" for verb in VERBS.values() if verb.argument is kind)
        yield f"* {words}: `{kind.name}` is {kind.how}."
    yield ""


def _clashes() -> Iterator[str]:
    yield "## What does not go together\n"
    yield "| command | not with | why |"
    yield "|---|---|---|"
    for each in CLASHES:
        yield f"| {_listed(each.words)} | {_others(each)} | {each.why}. |"
    yield ""
    allowed = sum(not clash(one, other) for one in Word for other in Word if one < other)
    repeated = ", ".join(f"`#{verb.word}`" for verb in VERBS.values() if verb.repeats)
    yield f"The other {allowed} pairs go together. No command but {repeated} may stand there twice.\n"
    yield "They are done in one order, however they are written: language, shop, topic, priority and taking first, then"
    yield "the answer, then what goes to others, then what ends the ticket.\n"


def _others(each: Clash) -> str:
    """The others of a clash: those that are few."""
    allowed = [word for word in Word if word not in (*each.others, *each.words)]
    if len(allowed) > len(each.others):
        return _listed(each.others)
    return f"any other but {_listed(allowed)}" if allowed else "any other"


def _listed(words: Sequence[Word]) -> str:
    return ", ".join(f"`#{word}`" for word in words)
