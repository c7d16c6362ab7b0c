"""What an agent's reply asks for: commands at its head, one a line with `#` in front, then the answer.

    #close          solve and close the ticket
    #solved         the same, but a further mail of the customer reopens it without notice
    #note           everything below is for the desk only; nothing is sent to the customer
    #take           the ticket is mine
    #spam           the ticket is spam: it is closed, the spam filter learns it; text below stays inside

Empty lines before and between the commands do not end the block; the first other line does. An unknown command makes
the whole mail do nothing: the agent gets his text back.
"""

import difflib
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """The commands."""

    CLOSE = "close"
    SOLVED = "solved"
    NOTE = "note"
    TAKE = "take"
    SPAM = "spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What one mail of an agent asks for; with a `problem` it asks for nothing."""

    verbs: tuple[Verb, ...] = ()
    answer: str = ""
    """What goes to the customer; with NOTE or SPAM, what stays inside."""
    problem: str = ""

    @property
    def is_note(self) -> bool:
        """Is the text for the desk only? To who sends spam nothing is sent."""
        return Verb.NOTE in self.verbs or Verb.SPAM in self.verbs


def parse_instruction(reply: str) -> Instruction:
    """Take the commands off the head of what the agent wrote."""
    lines = reply.strip().splitlines()
    verbs: list[Verb] = []
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        word = lines.pop(0).strip().removeprefix("#").strip().lower()
        if not word:
            continue
        if word not in list(Verb):
            return Instruction(problem=_unknown(word))
        verbs.append(Verb(word))
    answer = "\n".join(lines).strip()
    if not verbs and not answer:
        return Instruction(problem="The mail holds no text above the quoted part.")
    return Instruction(verbs=tuple(dict.fromkeys(verbs)), answer=answer)


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word.split()[0], list(Verb), 1)
    known = ", ".join(f"#{verb}" for verb in Verb)
    hint = f"Did you mean #{near[0]}?" if near else f"There are {known}."
    return f"There is no command #{word[:40]}. {hint}"
