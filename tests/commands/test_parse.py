"""The head of an agent's reply: commands, then the text; what is not understood asks for nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands.order import Block, Given, Order, TextUse, Word
from gateway.commands.parse import MAX_COMMANDS, parse_block
from gateway.commands.verbs import VERBS
from tests.cost import assert_linear

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


def order(word: Word, **fields: object) -> Order:
    """An order with what it is given."""
    return Order(word=word, given=Given(**fields))  # type: ignore[arg-type]


def parsed(reply: str) -> Block:
    """The block of a reply that was written now."""
    return parse_block(reply, NOW)


def given_to(line: str) -> Given:
    """What the one command of a line is given."""
    block = parsed(line)
    assert () == block.problems
    (only,) = block.orders
    return only.given


@pytest.mark.parametrize(
    ("reply", "words", "text"),
    [
        ("Hello Ann,\nit works again.", (), "Hello Ann,\nit works again."),
        ("#close\nDone.", (Word.CLOSE,), "Done."),
        (
            "\n# Solved \n\n#take\n\nHi\n#close is just text here",
            (Word.SOLVED, Word.TAKE),
            "Hi\n#close is just text here",
        ),
        ("#take\n#TAKE", (Word.TAKE,), ""),
        ("Put this in:\n#footer { color: red }\n#1 is done.", (), "Put this in:\n#footer { color: red }\n#1 is done."),
        ("\\#1 is the newest order.\n\\#2 too", (), "#1 is the newest order.\n#2 too"),
        ("The order #12\nis open.", (), "The order #12\nis open."),
    ],
)
def test_commands_are_taken_off_the_head(reply: str, words: tuple[Word, ...], text: str) -> None:
    """What is read is exactly what was meant."""
    block = parsed(reply)
    assert (words, text, ()) == (tuple(each.word for each in block.orders), block.text, block.problems)


@pytest.mark.parametrize(
    "line",
    [
        "＃close",
        "#\u00a0close",
        "\u200b#close\u200b",
        "- #close",
        "* #close",
        "• #close",
        "– #close",
        "**#close**",
        "*#close*",
        "#Close.",
        "#close:",
        "  #CLOSE ",
        "#ψλοσε",
        "#ΨΛΟΣΕ",
        "#cLOSE,",
        "#cl\u00adose",
    ],
)
def test_what_mail_programs_and_keyboards_make_of_it_is_understood(line: str) -> None:
    """Nothing else could be meant."""
    assert (order(Word.CLOSE),) == parsed(line).orders


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("#wait 3d", NOW + timedelta(days=3)),
        ("#wait:3d", NOW + timedelta(days=3)),
        ("#wait 2 weeks", NOW + timedelta(weeks=2)),
        ("#wait 12h", NOW + timedelta(hours=12)),
        ("#wait für 3 Tage", NOW + timedelta(days=3)),
        ("#wait 2 ημέρες", NOW + timedelta(days=2)),
        ("#ςαιτ έως 24/12", datetime(2026, 12, 24, tzinfo=UTC)),
        ("#WAIT 2 ΗΜΕΡΕΣ", NOW + timedelta(days=2)),
        ("#wait 1 week.", NOW + timedelta(weeks=1)),
        ("#wait tomorrow", NOW + timedelta(days=1)),
        ("#wait 2026–12–24", datetime(2026, 12, 24, tzinfo=UTC)),
        ("#wait until 24.12.2026", datetime(2026, 12, 24, tzinfo=UTC)),
        ("#wait 24/12", datetime(2026, 12, 24, tzinfo=UTC)),
        ("#wait 24.12.26", datetime(2026, 12, 24, tzinfo=UTC)),
        ("#wait 1/3", datetime(2027, 3, 1, tzinfo=UTC)),
    ],
)
def test_times_are_durations_or_days(line: str, expected: datetime) -> None:
    """In five languages; a day without a year is the next one."""
    assert expected == given_to(line).until


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("#note Kim, @Lee; Lee", Given(names=("Kim", "Lee"))),
        ("#note Lee Marsh <lee@desk.test>", Given(names=("lee@desk.test",))),
        ("#note lee@desk.test <mailto:lee@desk.test>", Given(names=("lee@desk.test",))),
        ("#assign “Kim Alba”", Given(text="Kim Alba")),
        ("#invite <bob@bread.test>", Given(text="bob@bread.test")),
        ("#forward Lee", Given(text="Lee")),
        ("#merge #12", Given(numbers=(12,))),
        ("#attach 1, 3 3", Given(numbers=(1, 3))),
        ("#called 10 min", Given(numbers=(10,))),
        ("#called:10", Given(numbers=(10,))),
        ("#note:Kim", Given(names=("Kim",))),
        ("#called", Given()),
        ("#priority H", Given(text="high")),
        ("#language Ελληνικά", Given(text="el")),
        ("#shop https://Bread.test/cart", Given(text="bread.test")),
        ("#shop bread.test <http://bread.test>", Given(text="bread.test")),
        ("#split The invoice of May", Given(text="The invoice of May")),
        ("#canned login", Given(text="login")),
        ("#canned a-b Shop=“My shop” n=1", Given(text="a-b", parameters=(("shop", "My shop"), ("n", "1")))),
    ],
)
def test_arguments_are_read_by_their_kinds(line: str, expected: Given) -> None:
    """However a mail program wrote them."""
    assert expected == given_to(line)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("#clsoe\nDone.", "There is no command #clsoe. Did you mean #close?"),
        ("#xyzzy\nDone.", "There is no command #xyzzy. There are #note, #close, "),
        ("#\nDone.", "There is no command #. There are"),
        ("#1 is open", "A line for the customer that begins with # is written with \\# instead."),
        ("#close now\nDone.", "#close stands alone on its line, without `now`."),
        ("#close #take", "Behind #close stands another command. Each of them has a line of its own."),
        ("#wait", "#wait needs `3d`"),
        ("#wait soon", "#wait: `soon` is no duration and no date. Write, for example, `#wait 3d`."),
        ("#wait 2026-02-30", "is no duration and no date"),
        ("#wait 2020-01-01", "is over already"),
        ("#wait 9999 weeks", "is more than a year away"),
        ("#assign Kim, Lee", "there must be one name"),
        ("#invite bob", "`bob` is not an address"),
        ("#merge twelve", "`twelve` is not a number"),
        ("#merge 0", "from 1 up"),
        ("#priority higher", "there is no priority `higher`; there are low, normal, high, urgent"),
        ("#canned login shop", "`shop` is not `key=value`"),
        ("#canned login a=1 A=2", "`A` is given twice"),
        ("#assign Kim\n#assign Lee", "#assign stands there twice. Which of them holds?"),
        ("#close\n#wait 3d", "#close and #wait do not go together. A ticket goes on in one way only."),
        ("#merge 12\nDear Ann", "With #merge there can be no text below"),
        ("Dear Ann,\nit works.\n#close", "The line `#close` stands below the text. Commands stand at the very top."),
        ("Dear Ann,\n• #Note Kim", "The line `#note` stands below the text."),
        ("Dear Ann,\n#close now", "The line `#close` stands below the text."),
        ("Dear Ann,\n#wait", "The line `#wait` stands below the text."),
        ("Dear Ann,\n#asign Kim", "The line `#asign Kim` stands below the text."),
        ("1. #close\nDone.", "The line `#close` stands below the text."),
        ("“#close”\nDone.", "The line `#close”` stands below the text."),
        ("#close;#take", "Behind #close stands another command."),
        ("#close,#spam", "Behind #close stands another command."),
        ("#close.now", "#close stands alone on its line, without `now`."),
        ("   \n", "The mail holds no text above the quoted part."),
        ("#take " + "x" * 600, "is too long for a command"),
        ("#attach 1\n#attach 2\n" * 20 + "\n".join(f"#attach {number}" for number in range(3, 50)), "more than 20"),
    ],
)
def test_what_is_not_understood_asks_for_nothing(reply: str, problem: str) -> None:
    """A wrong block has no orders and no text, and says what to mend."""
    block = parsed(reply)
    assert Block(problems=block.problems) == block
    assert problem in "\n".join(block.problems)


def test_every_mistake_of_a_block_is_told_at_once() -> None:
    """Up to five: more than that nobody reads."""
    assert 3 == len(parsed("#clsoe\n#wait soon\n#merge x\nHi").problems)
    assert 5 == len(parsed("\n".join(f"#wrong{number}" for number in range(MAX_COMMANDS))).problems)


def test_the_text_goes_where_the_commands_say() -> None:
    """To the customer, unless one of them takes it."""
    uses = {
        verb.word: parsed(verb.example + ("" if verb.use is TextUse.REFUSED else "\nText.")).use
        for verb in VERBS.values()
    }
    assert {verb.word: verb.use for verb in VERBS.values()} == uses
    assert parsed("#take\nText.").answers
    assert not parsed("#note\nText.").answers
    assert parsed("#called 5\n#canned login\nText.").answers


@given(st.text(), st.lists(st.sampled_from([verb.example for verb in VERBS.values()]), max_size=4))
def test_any_reply_is_read_or_comes_back(text: str, examples: list[str]) -> None:
    """It never raises; and what has a problem has nothing else."""
    block = parsed("\n".join([*examples, text]))
    assert not block.problems or Block(problems=block.problems) == block


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "#" * n,
        lambda n: "#take\n" * n,
        lambda n: "#canned a " + 'b="' * n,
        lambda n: "#note " + "<" * n,
        lambda n: "x\n" + "- #\n" * n,
        lambda n: "x\n" + "#wait 3d3d\n" * n,
        lambda n: "\u200b" * n + "#close",
        lambda n: "* " * n + "#close",
        lambda n: "#shop " + "<mailto:" * n,
    ],
    ids=range(9),
)
def test_long_replies_take_linear_time(make: Callable[[int], str]) -> None:
    """Ten times as long takes no more than some ten times as long."""
    assert_linear(lambda size: parsed(make(size)), 10_000)


@pytest.mark.parametrize(
    ("below", "is_left"),
    [
        ("Kim Alba\nSupport team\n+30 210 123456", False),
        ("Kind regards,\n\nKim", False),
        ("Με εκτίμηση\nKIM Alba", False),
        ("Kim will call you on Monday.", True),
        ("Kim Alba\nCan you call her?", True),
        ("Thank you!\nKim", True),
        ("Best wishes to you, and see you soon\nKim", True),
        ("Lee", True),
        ("Kim" + "\nMore." * 9, True),
    ],
)
def test_a_name_alone_is_no_answer(below: str, is_left: bool) -> None:
    """Programs put signatures below commands without a line between them; what says anything is the customer's."""
    found = parse_block(f"#close\n\n{below}", NOW, "Kim Alba")
    assert (below if is_left else "", ()) == (found.text, found.problems)


def test_a_reply_that_holds_a_name_alone_holds_nothing() -> None:
    """Somebody pressed the wrong button."""
    assert "no text above" in parse_block("Kim Alba\nSupport", NOW, "Kim Alba").problems[0]
    assert () == parse_block("#merge 12\n\nKim Alba\nSupport", NOW, "Kim Alba").problems
