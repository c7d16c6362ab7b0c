"""docs/identity.md against the code: its tables are the program's, its settings exist, its zone passes `check`.

`python -m tests.test_identity_docs` writes the tables anew.
"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.accounts.sender import Standing
from gateway.authn.grade import GRADES, Policy, Proof
from gateway.authn.result import Grade
from gateway.cli import checks_border, checks_dmarc, checks_reply, checks_spf
from gateway.cli.checks_site import Check, open_site
from gateway.config import Authentication, parse
from gateway.matching.token import Strength
from gateway.pipeline.plan import Action, Disclosure
from gateway.pipeline.policy import COLUMNS, IDENTITY, MARKS, SPAM, Band, Cell, Column, Relation, Verdict
from gateway.tokens import LIFETIME_DAYS

PAGE = Path(__file__).parent.parent / "docs" / "identity.md"
THRESHOLD = 5
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def decisions() -> str:
    """The identity table, a row for each token and relation."""
    columns = {column: [grade.value for grade in Grade if COLUMNS[grade] is column] for column in Column}
    head = ["token", "author", *(f"{column} ({', '.join(columns[column])})" for column in Column)]
    rows = [
        [strength, relation, *(in_words(row[column]) for column in Column)]
        for (strength, relation), row in IDENTITY.items()
    ]
    return table(head, rows)


def in_words(cell: Cell) -> str:
    """A cell: what happens, then what is sent and may be said, then the rest."""
    words = [f"**{cell.action.value.replace('_', ' ')}**"]
    if cell.reply:
        words.append(cell.reply.value.replace("_", " "))
    words.append(cell.disclosure.value)
    named = (("asks owner", cell.asks_owner), ("links", cell.links), ("confirms", cell.confirms))
    named += (("refusable", cell.refusable),)
    return ", ".join((*words, *(name for name, is_set in named if is_set)))


def spam() -> str:
    """The overlay, a column for each band of scores."""
    marks = dict(MARKS)
    bounds = [f"{band} (from {marks[band] * THRESHOLD:g})" if band in marks else str(band) for band in Band]
    rows = [[whose, history, *(row[band] for band in Band)] for (whose, history), row in SPAM.items()]
    return table(["whose mail", "history", *bounds], rows)


def grades() -> str:
    """Every policy with every proof."""
    rows = [[policy, *(f"**{GRADES[policy, proof][0]}**" for proof in Proof)] for policy in Policy]
    return table(["its DMARC policy", *Proof], rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


TABLES: dict[str, Callable[[], str]] = {"decisions": decisions, "spam": spam, "grades": grades}


def written_out() -> str:
    """The page with its tables as they are now."""
    return MARKED.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", PAGE.read_text(encoding="utf-8"))


def block(language: str) -> str:
    """The first block of code of that language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_tables_are_the_program_s() -> None:
    """`python -m tests.test_identity_docs` after a change of one."""
    page = PAGE.read_text(encoding="utf-8")
    assert set(TABLES) == {name for _, name, _ in MARKED.findall(page)}
    assert page == written_out()


def test_every_cell_of_the_table_is_on_the_page() -> None:
    """None is lost by the way it is written out: as many rows and columns as the code has."""
    rows = decisions().splitlines()[2:]
    assert len(IDENTITY) == len(rows)
    assert {2 + len(Column)} == {line.count(" | ") + 1 for line in rows}


@pytest.mark.parametrize("kind", [Grade, Standing, Strength, Disclosure, Relation, Verdict])
def test_every_code_is_explained(kind: type[Grade]) -> None:
    """Outside of the tables that are written out; in bold, where an eye looks for it, or in italics."""
    text = MARKED.sub("", PAGE.read_text(encoding="utf-8")).lower()
    plain = {Verdict.GO_ON.value, Verdict.HOLD.value}  # words that explain themselves
    assert [code.value for code in kind if code.value not in plain and f"*{code.value.lower()}*" not in text] == []


def test_every_action_of_the_table_is_explained() -> None:
    """By its own word."""
    text = MARKED.sub("", PAGE.read_text(encoding="utf-8"))
    actions = {cell.action for row in IDENTITY.values() for cell in row.values()}
    words = {word for action in actions for word in action.value.split("_")}
    assert [word for word in words if f"*{word}*" not in text] == []
    assert actions <= set(Action)


def test_every_setting_is_named_and_every_name_is_a_setting() -> None:
    """[authentication] as a whole."""
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in Authentication.model_fields if name not in page] == []
    assert tomllib.loads(block("toml"))["authentication"].keys() <= Authentication.model_fields.keys()


def test_the_figures_are_the_program_s() -> None:
    """Lifetime of a token, limits, longest reply domain."""
    from gateway.ingest.recipients import WRONG_IN_ALL, WRONG_PER_PEER

    page = PAGE.read_text(encoding="utf-8")
    assert f"at most {LIFETIME_DAYS} days old" in page
    assert f"after {WRONG_PER_PEER} wrong ones in an hour from one peer, or {WRONG_IN_ALL} from all" in page
    assert f"of {checks_reply.LONGEST_REPLY_DOMAIN} characters or fewer" in page
    assert f"at most {checks_spf.MOST_LOOKUPS} DNS look-ups".replace("10", "ten") in page


@pytest.mark.parametrize(
    "check",
    [
        checks_reply.reply_domain,
        checks_reply.host_name,
        checks_spf.check,
        checks_dmarc.check,
        checks_dmarc.agents,
        checks_border.check,
    ],
)
def test_the_zone_of_the_page_passes_the_check(check: Check, tmp_path: Path) -> None:
    """Who pastes it with his own names is done: nothing but `ok`."""
    (tmp_path / "zone").write_text("$TTL 300\n" + block("dns"))
    sections = {
        "gateway": {"support_addresses": ["support@example.com"], "reply_domain": "reply.example.com"},
        "outbox": {"destination": "smtp://192.0.2.25:25"},
        "ingest": {"smtp": {"listen": ["0.0.0.0:25"], "hostname": "mx.example.com"}},
        "agents": [{"name": "Kim", "address": "kim@example.com"}],
        "dns": {"zone_file": str(tmp_path / "zone")},
    }
    for trust in ({}, tomllib.loads(block("toml"))):
        notes = list(check(open_site(parse(sections | trust, "page"))))
        assert notes
        assert {"ok"} == {note.state.value for note in notes}, notes


if __name__ == "__main__":
    PAGE.write_text(written_out(), encoding="utf-8")
