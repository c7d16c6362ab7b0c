"""Any blocks: one mistake and nothing is done; without one, all of it can be taken back."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.commands.clashes import clash
from gateway.commands.order import TextUse, Word
from gateway.commands.parse import parse_block
from gateway.commands.verbs import VERBS
from gateway.model import Ticket
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.ticket import EventRow
from tests.acting.stage import SPECIALIST, Stage

LINES = {
    Word.NOTE: "#note Lee",
    Word.CLOSE: "#close",
    Word.SOLVED: "#Solved",
    Word.WAIT: "#wait 3d",
    Word.ASSIGN: "#assign lee",
    Word.TAKE: "#take",
    Word.TEAM: "#team billing",
    Word.PRIORITY: "#priority urgent",
    Word.TOPIC: "#topic shipping",
    Word.LANGUAGE: "#language el",
    Word.SHOP: "#shop bread.test",
    Word.CANNED: "#canned login",
    Word.FORWARD: f"#forward {SPECIALIST}",
    Word.INVITE: "#invite bob@bread.test",
    Word.CALL: "#call",
    Word.CALLED: "#called 5",
    Word.SPAM: "#spam",
}
"""Commands that a customer's new ticket can be given."""
MISTAKES = (
    "#clsoe",
    "#wait soon",
    "#assign Sandy",
    "#team sales",
    "#shop elsewhere.test",
    "#forward eve@elsewhere.test",
    "#invite eve@elsewhere.test",
    "#attach 7",
    "#merge 999999",
    "#split",
    "#canned nothing",
    "#topic cheese",
    "#undo",
    "#close #take",
)
QUICK = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def blocks(draw: st.DrawFn) -> list[Word]:
    """Commands that go together, in any order."""
    chosen: list[Word] = []
    for word in draw(st.lists(st.sampled_from(list(LINES)), min_size=1, max_size=6, unique=True)):
        if not any(clash(word, other) for other in chosen):
            chosen.append(word)
    return chosen


def text_of(words: list[Word], below: str) -> str:
    """The mail."""
    return "\n".join([*(LINES[word] for word in words), "", below])


def new_mails(stage: Stage, above: int) -> list[str]:
    """The templates of the mails that were queued since."""
    with stage.desk.store.reading() as tx:
        count = len(tx.execute(select(OutboxRow.id).where(OutboxRow.id > above)).all())
    return [mail.template for mail in stage.desk.outbox()[-count:]] if count else []


def last_ids(stage: Stage) -> tuple[int, int]:
    """Of the newest mail and the newest line of a story."""
    with stage.desk.store.reading() as tx:
        mail = tx.execute(select(OutboxRow.id).order_by(OutboxRow.id.desc()).limit(1)).scalar_one()
        return mail, tx.execute(select(EventRow.id).order_by(EventRow.id.desc()).limit(1)).scalar_one()


def test_one_mistake_and_nothing_is_done(stage: Stage) -> None:
    """No table changes but for the mail itself, the one that comes back, and the line that says so."""
    ticket = stage.new_ticket()

    @QUICK
    @given(blocks(), st.sampled_from(MISTAKES), st.integers(0, 6), st.booleans())
    def examples(words: list[Word], mistake: str, place: int, below: bool) -> None:
        lines = [LINES[word] for word in words]
        lines.insert(place, mistake)
        before, (mail, event) = stage.snapshot(), last_ids(stage)
        stage.write(ticket, "\n".join([*lines, "", "Dear Ann." if below else ""]))

        assert before == stage.snapshot()
        assert ["returned"] == new_mails(stage, mail)
        with stage.desk.store.reading() as tx:
            assert ["returned"] == list(tx.execute(select(EventRow.kind).where(EventRow.id > event)).scalars())

    examples()


def test_whatever_is_done_can_be_taken_back(stage: Stage) -> None:
    """The ticket is as it was before; nothing that waits leaves; nothing of the text went to the customer."""

    @QUICK
    @given(blocks())
    def examples(words: list[Word]) -> None:
        ticket = stage.new_ticket()
        before = untouched(stage.now(ticket))
        stage.write(ticket, text_of(words, "Dear Ann, the canary sings."))
        assert [] == stage.mails(ticket, "returned")
        answers = stage.mails(ticket, "answer")
        assert bool(answers) == parse_block(text_of(words, "x"), stage.desk.clock.now()).answers
        inside = any(VERBS[word].use is not TextUse.CUSTOMER for word in words)
        assert not (inside and any("canary" in dict(answer.values)["text"] for answer in answers))
        stage.write(ticket, "#undo")

        assert [] == stage.mails(ticket, "returned")
        assert before == untouched(stage.now(ticket))
        for template in ("answer", "forward", "invite", "closed", "solved"):
            assert {"cancelled"} >= set(stage.states(ticket, template))

    examples()


def untouched(ticket: Ticket) -> Ticket:
    """Everything but when it was touched."""
    return replace(ticket, updated_at=ticket.opened_at)
