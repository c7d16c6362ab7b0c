"""The verbs: each command with its arguments, its meaning in one line and an example."""

from dataclasses import dataclass

from gateway.commands import arguments
from gateway.commands.arguments import Argument
from gateway.commands.order import TextUse, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command as people learn it."""

    word: Word
    meaning: str
    """One line."""
    example: str
    argument: Argument | None = None
    is_optional: bool = False
    """May the argument be left out?"""
    use: TextUse = TextUse.CUSTOMER
    """What becomes of the text below."""
    repeats: bool = False
    """May it be given twice?"""

    @property
    def usage(self) -> str:
        """The line that it is written as."""
        if self.argument is None:
            return f"#{self.word}"
        return f"#{self.word} [{self.argument.name}]" if self.is_optional else f"#{self.word} {self.argument.name}"


_W = Word

_ALL = (
    Verb(
        word=_W.NOTE,
        argument=arguments.NAMES,
        is_optional=True,
        use=TextUse.INSIDE,
        meaning="keep the text below inside; mail it to the colleagues that are named",
        example="#note Kim, Lee",
    ),
    Verb(word=_W.CLOSE, meaning="close the ticket; the text below is the last answer", example="#close"),
    Verb(
        word=_W.SOLVED,
        meaning="mark the ticket as solved; the customer's next mail brings it back",
        example="#solved",
    ),
    Verb(
        word=_W.WAIT,
        argument=arguments.UNTIL,
        meaning="wait for the customer, and have the ticket again then at the latest",
        example="#wait 3d",
    ),
    Verb(
        word=_W.ASSIGN,
        argument=arguments.NAME,
        meaning="give the ticket to a colleague, who gets it by mail",
        example="#assign Kim",
    ),
    Verb(word=_W.TAKE, meaning="take the ticket yourself", example="#take"),
    Verb(
        word=_W.TEAM,
        argument=arguments.NAME,
        meaning="give the ticket to a team",
        example="#team billing",
    ),
    Verb(
        word=_W.PRIORITY,
        argument=arguments.PRIORITY,
        meaning="say how pressing the ticket is; its deadline follows",
        example="#priority high",
    ),
    Verb(word=_W.TOPIC, argument=arguments.NAME, meaning="say what the ticket is about", example="#topic shipping"),
    Verb(
        word=_W.LANGUAGE,
        argument=arguments.LANGUAGE,
        meaning="write to the customer in this language from now on",
        example="#language el",
    ),
    Verb(
        word=_W.SHOP,
        argument=arguments.DOMAIN,
        meaning="say which of the customer's shops the ticket is about",
        example="#shop bread.example",
    ),
    Verb(
        word=_W.CANNED,
        argument=arguments.CANNED,
        meaning="send a canned answer; the text below stands above it",
        example="#canned domain-name shop=bread.example",
    ),
    Verb(
        word=_W.FORWARD,
        argument=arguments.RECIPIENT,
        use=TextUse.THIRD,
        meaning="ask a colleague or a specialist; the answer comes back as a note",
        example="#forward payments@partner.example",
    ),
    Verb(
        word=_W.INVITE,
        argument=arguments.ADDRESS,
        use=TextUse.THIRD,
        meaning="have an address of the customer's take part in the ticket",
        example="#invite partner@bread.example",
    ),
    Verb(
        word=_W.CALL,
        meaning="get a card for a call: phone, best time, account, what was written",
        example="#call",
    ),
    Verb(
        word=_W.CALLED,
        argument=arguments.MINUTES,
        is_optional=True,
        use=TextUse.INSIDE,
        meaning="write down a call; the text below stays inside",
        example="#called 10",
    ),
    Verb(
        word=_W.ATTACH,
        argument=arguments.NUMBERS,
        repeats=True,
        meaning="get files of the list sent to you",
        example="#attach 2",
    ),
    Verb(
        word=_W.SPLIT,
        argument=arguments.SUBJECT,
        is_optional=True,
        use=TextUse.REFUSED,
        meaning="move the customer's newest mail into a ticket of its own",
        example="#split The invoice of May",
    ),
    Verb(
        word=_W.MERGE,
        argument=arguments.NUMBER,
        use=TextUse.REFUSED,
        meaning="make this ticket a part of that one",
        example="#merge 1234",
    ),
    Verb(
        word=_W.SPAM,
        use=TextUse.INSIDE,
        meaning="close the ticket as spam, send nothing, teach the spam filter",
        example="#spam",
    ),
    Verb(word=_W.NEXT, meaning="get the ticket that is most pressing for you", example="#next"),
    Verb(
        word=_W.UNDO,
        use=TextUse.LEFT,
        meaning="take back your last mail about this ticket, as long as it has not left",
        example="#undo",
    ),
    Verb(word=_W.HELP, use=TextUse.LEFT, meaning="get the list of all commands", example="#help"),
)

VERBS: dict[Word, Verb] = {verb.word: verb for verb in _ALL}
