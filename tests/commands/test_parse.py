"""The head of an agent's reply: commands, then the answer; what is not understood does nothing."""

import pytest

from gateway.commands.parse import Instruction, Verb, parse_instruction


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Hello Ann,\nit works again.", Instruction(answer="Hello Ann,\nit works again.")),
        ("#close\nDone.", Instruction(verbs=(Verb.CLOSE,), answer="Done.")),
        (
            "\n# Solved \n\n#take\n\nHi\n#close is just text here",
            Instruction(verbs=(Verb.SOLVED, Verb.TAKE), answer="Hi\n#close is just text here"),
        ),
        ("#note\nHe called twice.", Instruction(verbs=(Verb.NOTE,), answer="He called twice.")),
        ("#take", Instruction(verbs=(Verb.TAKE,))),
        ("#spam", Instruction(verbs=(Verb.SPAM,))),
        ("#take\n#TAKE", Instruction(verbs=(Verb.TAKE,))),
    ],
)
def test_commands_are_taken_off_the_head(reply: str, expected: Instruction) -> None:
    """What is read is exactly what was meant."""
    assert parse_instruction(reply) == expected


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("#clsoe\nDone.", "There is no command #clsoe. Did you mean #close?"),
        ("#xyzzy\nDone.", "There is no command #xyzzy. There are #close, #solved, #note, #take, #spam."),
        ("#close now\nDone.", "There is no command #close now. Did you mean #close?"),
        ("   \n", "The mail holds no text above the quoted part."),
    ],
)
def test_what_is_not_understood_asks_for_nothing(reply: str, problem: str) -> None:
    """A wrong block has no verbs and no answer, and says what to mend."""
    assert parse_instruction(reply) == Instruction(problem=problem)
