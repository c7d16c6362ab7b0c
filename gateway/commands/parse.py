r"""What an agent's reply asks for: the commands at its head, then the text.

    reply    =  *( empty / command )  text
    command  =  "#" word [ argument ]           one a line

Only the head counts: the first line that is neither empty nor a command begins the text, and a line in the text that
could be a command makes the whole mail go back, for it was meant as one. A line of the text that begins with `#` is
written `\#`. What is not understood asks for nothing: half of what somebody meant is never done.

Takes linear time; what it is given is the reply as plain text, never HTML nor what is quoted.
"""

import re
from datetime import datetime
from itertools import islice

from gateway.commands.arguments import Unclear
from gateway.commands.clashes import contradictions
from gateway.commands.order import Block, Given, Order, TextUse, Word
from gateway.commands.signing import is_signature
from gateway.commands.spelling import MAX_LINE, is_command, nearest, take_apart, word_of
from gateway.commands.verbs import VERBS, Verb

MAX_COMMANDS = 20
MAX_PROBLEMS = 5
MAX_STRAYS = 200
"""Lines of the text that begin with # and are looked at."""
NEARLY = 0.75
"""How like a command a word below the text is that is taken for one: CSS and comments of programs begin with # too."""
SHORT = 2
"""Words behind it up to which such a line is no sentence."""
_FRAME = re.compile(r"\A\s*(?:\d{1,2}[.)]\s+|[\"'\u2018\u2019\u201c-\u201f\u00ab(\[]+)?")
"""What a program, or somebody careful, puts before a line."""
EMPTY = "The mail holds no text above the quoted part."
ESCAPE = "A line for the customer that begins with # is written with \\# instead."


def parse_block(reply: str, now: datetime, writer: str = "") -> Block:
    """Take the commands off the head of what the agent wrote at that time; `writer` is his name."""
    lines = reply.strip().splitlines()
    head = 0
    while head < len(lines) and (not lines[head].strip() or is_command(lines[head])):
        head += 1
    written = [line for line in lines[:head] if line.strip()]
    text = "\n".join(_plain(line) for line in lines[head:]).strip()
    problems, orders = _orders(written[:MAX_COMMANDS], now)
    if len(written) > MAX_COMMANDS:
        problems.append(f"There are more than {MAX_COMMANDS} commands.")
    problems += [*contradictions(orders), *_strays(lines[head:], now)]
    use = next((use for order in orders if (use := VERBS[order.word].use) is not TextUse.CUSTOMER), TextUse.CUSTOMER)
    if writer and use is not TextUse.LEFT and is_signature(text, writer):
        text = ""
    if not written and not text:
        problems.append(EMPTY)
    if use is TextUse.REFUSED and text and not problems:
        problems.append(f"With #{orders[0].word} there can be no text below: send it in a mail of its own.")
    if problems:
        return Block(problems=tuple(problems[:MAX_PROBLEMS]))
    return Block(orders=orders, text=text, use=use)


def _orders(lines: list[str], now: datetime) -> tuple[list[str], tuple[Order, ...]]:
    problems: list[str] = []
    orders: list[Order] = []
    for line in lines:
        try:
            orders.append(_order(line, now))
        except Unclear as unclear:
            problems.append(str(unclear))
    return problems, tuple(dict.fromkeys(orders))


def _order(line: str, now: datetime) -> Order:
    if len(line) > MAX_LINE:
        raise Unclear(f"The line `{_shown(line)}` is too long for a command.")
    written, rest = take_apart(line)
    word = word_of(written)
    if word is None:
        raise Unclear(_unknown(written))
    return Order(word=word, given=_given(VERBS[word], rest, now))


def _given(verb: Verb, rest: str, now: datetime) -> Given:
    if any(word_of(piece[1:].rstrip(".,;:")) for piece in rest.split() if piece.startswith("#")):
        raise Unclear(f"Behind #{verb.word} stands another command. Each of them has a line of its own.")
    if verb.argument is None:
        if rest:
            raise Unclear(f"#{verb.word} stands alone on its line, without `{_shown(rest)}`.")
        return Given()
    if not rest:
        if verb.is_optional:
            return Given()
        raise Unclear(f"#{verb.word} needs {verb.argument.how}: for example `{verb.example}`.")
    try:
        return verb.argument.read(rest, now)
    except Unclear as unclear:
        raise Unclear(f"#{verb.word}: {unclear}. Write, for example, `{verb.example}`.") from unclear


def _strays(lines: list[str], now: datetime) -> list[str]:
    """Lines of the text that are commands, or are nearly: their writer believes that they are done."""
    short = (_FRAME.sub("", line) for line in lines if len(line) <= MAX_LINE)
    candidates = (line for line in short if is_command(line))
    for line in islice(candidates, MAX_STRAYS):
        written, rest = take_apart(line)
        word = word_of(written)
        if _is_whole(line, now) or (len(rest.split()) <= SHORT and (word or nearest(written, NEARLY))):
            shown = f"#{word}" if word else _shown(line)
            return [f"The line `{shown}` stands below the text. Commands stand at the very top. {ESCAPE}"]
    return []


def _is_whole(line: str, now: datetime) -> bool:
    try:
        return bool(_order(line, now))
    except Unclear:
        return False


def _plain(line: str) -> str:
    return line.replace("\\#", "#", 1) if line.lstrip().startswith("\\#") else line


def _unknown(written: str) -> str:
    near = nearest(written) if written else None
    if near:
        return f"There is no command #{_shown(written)}. Did you mean #{near}?"
    known = ", ".join(f"#{word}" for word in Word)
    return f"There is no command #{_shown(written)}. There are {known}. {ESCAPE}"


def _shown(text: str) -> str:
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= 40 else f"{plain[:40]}…"
