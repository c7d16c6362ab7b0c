"""What our mails say: templates, values that stay values, and one Markdown for text and HTML."""

import html
import re
from functools import partial
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import markdown
from gateway.config import Gateway
from gateway.mail import language as language_guess
from gateway.mail.quotes import REPLY_MARKERS, split
from gateway.outbox.scrub import INTERNAL_BEGIN, INTERNAL_END, scrub
from gateway.pipeline.decide import Policy
from gateway.render import AWKWARD, LANGUAGES, Renderer, TemplateProblem, template_directories
from gateway.tickets.words import WORDS
from tests.cost import assert_linear

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "templates"
TO_CUSTOMERS = (
    *("answer", "ask_shop", "confirm_request", "neutral", "receipt"),
    *("closed", "delayed", "feedback", "reopened", "solved", "waiting"),
)
TO_AGENTS = (
    *("burst", "deadline", "filtered", "held_digest", "held_done", "held_returned"),
    *("late_scan", "late_virus", "notification", "returned", "undeliverable"),
    *("handed_on", "known", "unused"),
    *("call", "file", "specialist_answer"),
    *("done", "help", "note", "woken"),
)
TO_OTHERS = ("forward", "invite")
OF_NO_TICKET = ("done_digest",)
NAMES = TO_CUSTOMERS + TO_OTHERS + TO_AGENTS + OF_NO_TICKET
RENDERER = Renderer()
VECTORS = (
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "    indented",
    "a\n===",
    "***bold*** __x__ `code`",
    "[a](javascript:alert(1))",
    "![x](https://evil.example/p.png)",
    "<b onclick=x>b</b><script>x</script>",
    "<https://evil.example>",
    "[ref]: https://evil.example",
    "{{7*7}} ${x} {0.__class__} {% raw %} #{1}",
    "&lt;b&gt; &amp; &#60;",
    "\\*x\\* \\",
    "| a | b |\n|---|---|",
    "Χριστοδουλοπούλου-Παπαδημητρακοπούλου " * 4,
    "متجر الخبز שלום",
    "👩‍💻 🍞 café",
    "~~~\nfence",
    "```\nfence",
    "one\n\n\ntwo\n  three   four",
    "\t\ttabs",
    AWKWARD,
)


def write(folder: Path, name: str, text: str, language: str = "en") -> Path:
    """A template of an operator."""
    path = folder / language / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def values_of(renderer: Renderer, name: str, value: str) -> dict[str, str]:
    """One value for all placeholders of a template."""
    return dict.fromkeys(renderer.placeholders(name, "en"), value)


def tags(document: str) -> list[str]:
    """Its tags in order, line breaks aside: only those may a value bring."""
    return [tag for tag in re.findall(r"</?(\w+)", document) if tag != "br"]


def visible(document: str) -> str:
    """What a person reads of our HTML, white space aside."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", document)).split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_value_comes_out_as_the_words_it_is(name: str, language: str) -> None:
    """Text and HTML show every vector letter for letter, and the HTML has no tag more than for a harmless word."""
    plain = RENDERER.render(name, language, values_of(RENDERER, name, "Qwvx"))
    for vector in VECTORS:
        awkward = RENDERER.render(name, language, values_of(RENDERER, name, vector))

        assert tags(plain.html) == tags(awkward.html), vector
        assert visible(plain.html).replace("Qwvx", " ".join(vector.split())) == visible(awkward.html)
        assert all(line.rstrip() in awkward.text for line in vector.split("\n")), vector


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=80).filter(markdown.escape))
def test_no_value_ever_becomes_syntax(value: str) -> None:
    """Any text at all, in a paragraph, a quote, a list, bold and as a link's words: it comes out and nothing else."""
    source = "a {v} b\n\n> {v}\n\n- {v}\n- **{v}**\n\n[{v}](https://x.example)\n"
    escaped = markdown.parse(source.replace("{v}", markdown.escape(value)))
    harmless = markdown.parse(source.replace("{v}", "Qwvx"))
    text, plain = markdown.to_text(escaped), markdown.to_text(harmless)
    shown = markdown.to_html(escaped)

    expected = markdown.escape(value).translate(markdown._PLAIN)
    unquoted = "\n".join(line.removeprefix(">").removeprefix(" ") for line in text.split("\n"))
    assert plain.count("Qwvx") == 5
    assert all(line.strip() in unquoted for line in expected.split("\n"))
    assert tags(markdown.to_html(harmless)) == tags(shown)


def test_line_breaks_and_spaces_of_a_value_last() -> None:
    """A program's output stays readable, in a quote as well."""
    tokens = markdown.parse("> " + markdown.escape("$ ls\n  a   b\n\nend\n\n"))

    assert "> $ ls\n>   a   b\n>\n> end\n" == markdown.to_text(tokens)
    assert "<blockquote>\n<p>$ ls<br>\n&nbsp; a&nbsp;&nbsp; b<br>\n<br>\nend</p>\n</blockquote>\n" == markdown.to_html(
        tokens
    )


def test_text_is_made_of_the_same_markdown_as_html() -> None:
    """Lists, nested lists, quotes, headings, code and links, without an escape left over."""
    source = (
        "# Head *line*\n\nSome text\nthat goes on.\\\nNew line \\*no bold\\*.\n\n- one\n- two\n  1. in\n  2. out\n\n"
        "> quoted\n>\n> > twice\n\n3. three\n\n   more\n4. four\n\n```\ncode  x\n```\n\n"
        "[words](https://a.example/x) [https://a.example/y](https://a.example/y) <mail@a.example>\n"
    )

    assert markdown.to_text(markdown.parse(source)) == (
        "Head line\n\nSome text that goes on.\nNew line *no bold*.\n\n- one\n- two\n  1. in\n  2. out\n\n"
        "> quoted\n>\n> > twice\n\n3. three\n\n   more\n\n4. four\n\ncode  x\n\n"
        "words <https://a.example/x> https://a.example/y mail@a.example\n"
    )


def test_html_of_a_template_has_allowed_tags_and_links_only() -> None:
    """Even what an operator writes is sanitised: no pictures, no HTML, no relative or script links (A-42)."""
    source = "<b>raw</b> ![p](https://e.example/p.png) [j](javascript:x) [r](/relative) [h](//host/x) [ok](https://e.example)"
    shown = markdown.to_html(markdown.parse(source))

    assert {"p", "a"} == set(re.findall(r"<(\w+)", shown))
    assert ["https://e.example/p.png", "https://e.example"] == re.findall(r'href="([^"]*)"', shown)
    assert "src=" not in shown


def test_what_a_customer_writes_does_not_cost_more_than_its_length() -> None:
    """Ten times the hostile text takes about ten times the time."""

    def show(piece: str, times: int) -> None:
        tokens = markdown.parse(f"> {markdown.escape(piece * times)}")
        markdown.to_text(tokens)
        markdown.to_html(tokens)

    for piece in ("*", "[", "\n", "> ", "`", "<a ", "a_b "):
        assert_linear(partial(show, piece), 3000)


def test_all_shipped_templates_can_be_rendered() -> None:
    """With awkward data and with none."""
    assert [] == Renderer().check_templates()


@pytest.mark.parametrize("name", NAMES)
def test_all_languages_have_all_templates_with_the_same_placeholders(name: str) -> None:
    """A value that one language shows is not lost in the other."""
    renderer = Renderer()

    assert set(NAMES) == {path.stem for path in SHIPPED.glob("*/*.md")}
    assert set(LANGUAGES) == {path.name for path in SHIPPED.iterdir()}
    for language in LANGUAGES:
        assert renderer.placeholders(name, "en") == renderer.placeholders(name, language), language


def test_the_document_names_every_placeholder_of_every_template() -> None:
    """docs/templates.md and the templates agree."""
    document = (ROOT / "docs" / "templates.md").read_text()
    rows = re.findall(r"^\| (\w+) \| ([\w, ]+) \| [^|]+ \|$", document, re.MULTILINE)
    told = {placeholder: set(names.split(", ")) for placeholder, names in rows if placeholder != "placeholder"}
    told = {placeholder: names for placeholder, names in told.items() if names <= set(NAMES)}
    renderer = Renderer()

    for name in NAMES:
        assert renderer.placeholders(name, "en") == {key for key, names in told.items() if name in names}, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_agents_mails_begin_with_the_marker_and_name_the_reference(language: str) -> None:
    """What our reader of answers looks for is there: an answer above the line is told from the rest."""
    for name in TO_AGENTS:
        values = values_of(RENDERER, name, "x") | {"reference": "T1-ABC"}
        text = RENDERER.render(name, language, values).text
        assert text.startswith(f"{REPLY_MARKERS[language]}\n")
        assert text.endswith("\n\nRef: T1-ABC\n")
        assert "Done." == split(f"Done.\n\n{text}").reply


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_mail_itself_stands_outside_of_the_internal_blocks(language: str) -> None:
    """All else is taken out of an answer even where the whole notification is quoted, in either quoting style."""
    values = {name: f"[{name}]" for name in RENDERER.placeholders("notification", language)}
    text = RENDERER.render("notification", language, values).text
    quoted = "".join(f"> {line}\n" for line in text.splitlines())
    internal = set(values) - {"author", "text", "subject", "desk", "ticket"}

    assert 2 == text.count(INTERNAL_BEGIN)
    assert 1 == text.count(INTERNAL_END)
    for left in (scrub(text), scrub(quoted)):
        assert {"[author]", "[text]"} == set(re.findall(r"\[\w+\]", left))
    assert all(f"[{name}]" in text for name in internal - {"late"})


LIKELY = {
    "account": "7 Bakery (Pro)",
    "address": "maria.papadopoulou@bakery.example",
    "answers_to": "ann@bread.example",
    "attachments": "shot.png (image/png, 12 kB)",
    "author": "ann@bread.example (Ann)",
    "desk": "Shop Support",
    "login_url": "https://shop.example/login",
    "opens": "Wednesday 30 September at 09:00",
    "reference": "T1-30K00-03RJ0-0XTXG-21Y83-SN6G0-PVJKK",
    "shop": "bread.example",
    "shops": "1. bread.example\n2. cake.example",
    "text": "Hello,\n\nit works.",
    "ticket": "104217",
}
"""What stands in a mail on an ordinary day."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_easy_to_read_as_text_and_as_html(name: str, language: str) -> None:
    """Short lines and a short subject, the same words in both forms, and no sign left of the template."""
    values = values_of(RENDERER, name, "Qwvx") | LIKELY
    rendered = RENDERER.render(name, language, values)

    assert language == rendered.language
    assert 78 >= max(map(len, rendered.text.split("\n")))
    assert 10 <= len(rendered.subject) <= 78
    assert not re.search(r"[{}%\\]|\*\*", rendered.text + rendered.subject)
    # Signs of lists and quotes are lines of their own kind in one form and tags in the other.
    plain = re.sub(r"(?m)^[>-](?: |$)", "", rendered.text)
    assert plain.split() == visible(re.sub(r"</?[bu]>|</a>|<a [^>]*>", "", rendered.html)).split()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_mail_reads_well_without_what_may_be_missing(name: str, language: str) -> None:
    """No empty item, no colon before nothing, no two empty lines: with nothing but what is always there."""
    always = {"ticket", "desk", "reference", "author", "state", "problem", "recipient", "reason", "address", "shops"}
    names = RENDERER.placeholders(name, language)
    values = {each: LIKELY.get(each, "Qwvx") if each in always else "" for each in names}
    text = RENDERER.render(name, language, values).text

    assert "\n\n\n" not in text
    assert not re.search(r"(?m)^- *$|^[>-] .*: *$|\\$", text)
    assert "Qwvx" not in text or name in TO_AGENTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_customers_are_sent_to_no_page_but_the_login(language: str) -> None:
    """A link stands in the neutral mail alone, and its words are where it leads."""
    for name in TO_CUSTOMERS:
        rendered = RENDERER.render(name, language, values_of(RENDERER, name, "x") | LIKELY)
        links = re.findall(r'<a href="([^"]*)">([^<]*)</a>', rendered.html)
        page = LIKELY["login_url"]
        assert ([(page, page)] if name == "neutral" else []) == links
        assert rendered.text.count("http") == len(links)


@pytest.mark.parametrize(
    ("language", "yes", "no"),
    [("en", "YES", "NO"), ("el", "ΝΑΙ", "ΟΧΙ"), ("nl", "JA", "NEE"), ("fr", "OUI", "NON"), ("de", "JA", "NEIN")],
)
def test_the_question_who_it_was_names_the_two_words_and_the_address(language: str, yes: str, no: str) -> None:
    """And nothing else that anybody typed: no ticket, no subject, no shop."""
    rendered = RENDERER.render("confirm_request", language, values_of(RENDERER, "confirm_request", "x") | LIKELY)

    assert {"address", "desk", "reference"} == RENDERER.placeholders("confirm_request", language)
    assert LIKELY["address"] in rendered.text
    assert [LIKELY["address"], yes, no] == re.findall(r"<b>([^<]*)</b>", rendered.html)


def test_all_parts_know_the_same_languages() -> None:
    """Templates, the words for agents, the guess, the policy and the configuration."""
    configured = get_args(Gateway.model_fields["default_language"].annotation)

    assert LANGUAGES == language_guess.LANGUAGES == Policy().languages == tuple(WORDS) == configured
    assert set(LANGUAGES) == set(REPLY_MARKERS)


def test_the_neutral_mail_says_the_same_to_everyone() -> None:
    """No number, no name, no subject: only the desk and its login page, and it reads well without the page (D1)."""
    renderer = Renderer()
    values = {"desk": "Shop Support", "login_url": ""}
    with_page = renderer.render("neutral", "en", values | {"login_url": "https://shop.example/login?a=b_c"})
    without = renderer.render("neutral", "en", values)

    assert {"desk", "login_url"} == renderer.placeholders("neutral", "en")
    assert "please log in here:\nhttps://shop.example/login?a=b_c\n" in with_page.text
    assert 'href="https://shop.example/login?a=b_c"' in with_page.html
    assert "log in" not in without.text
    assert "Ref:" not in with_page.text
    assert "We received your message" == with_page.subject


def test_a_receipt_names_ticket_and_shop() -> None:
    """In the customer's language; without a shop the sentence about it is not there."""
    values = {"ticket": "1042", "shop": "honey.example", "desk": "Shop Support", "reference": "T1-30K00"}
    values |= {"opens": "", "text": ""}
    english, greek = (Renderer().render("receipt", language, values) for language in ("en", "el-GR"))

    assert "We have your message (ticket 1042)" == english.subject
    assert "Λάβαμε το μήνυμά σας (αίτημα 1042)" == greek.subject
    assert "number\nis 1042. It is about your shop honey.example.\n" in english.text
    assert "<b>1042</b>" in english.html
    assert '<html lang="el">' in greek.html
    assert "shop " not in Renderer().render("receipt", "en", values | {"shop": ""}).text


@pytest.mark.parametrize(
    ("asked", "given"),
    [("el", "el"), ("el-GR", "el"), ("EL_gr", "el"), ("sv", "en"), ("", "en"), ("../../etc", "en"), ("el/../en", "en")],
)
def test_an_unknown_language_falls_back_to_english(asked: str, given: str) -> None:
    """And nothing of a header is ever a path."""
    rendered = Renderer().render("neutral", asked, {"desk": "d", "login_url": ""})

    assert given == rendered.language


def test_the_operators_template_comes_before_the_shipped_one(tmp_path: Path) -> None:
    """Only the one he has; the others stay."""
    write(tmp_path, "receipt", "Subject: Mine {{ ticket }}\n\nOwn words.\n")
    renderer = Renderer((tmp_path,))
    values = {"ticket": "7", "shop": "", "desk": "d", "reference": "r", "opens": "", "text": ""}

    assert "Mine 7" == renderer.render("receipt", "en", values).subject
    assert "Λάβαμε" in renderer.render("receipt", "el", values).subject
    assert [] == renderer.check_templates()
    assert (tmp_path, *template_directories(None)) == template_directories(tmp_path)


def test_a_subject_is_one_line_of_plain_words() -> None:
    """Not escaped for Markdown, and without the line breaks of a value."""
    renderer = Renderer()
    values = values_of(renderer, "notification", "x") | {"subject": "a *b*\r\nBcc: v@x.example", "ticket": "1"}

    assert "Ticket 1: a *b* Bcc: v@x.example" == renderer.render("notification", "en", values).subject


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Subject: x\n\na\nb {{ nope }}\n", 4, "'nope' is undefined"),
        ("Subject: {{ nope }}\n\na\n", 1, "'nope' is undefined"),
        ("Subject: x\n\n{% if %}\n", 3, "Expected an expression"),
        ("Subject: x\n\n\n{{ 1/0 }}\n", 4, "division by zero"),
        ("Subject: x\n\n{{ desk.__class__.__mro__ }}\n", 3, "unsafe"),
        ("Subject: x\n\n{{ desk.format.__self__ }}\n", 3, "has no attribute"),
        ("Hello\n\nx\n", 1, "must begin with a line"),
        ("Subject: x\nno empty line\n", 1, "must begin with a line"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    """The operator learns where to look, by the check and by the mail that waits."""
    path = write(tmp_path, "neutral", text)
    renderer = Renderer((tmp_path,))

    with pytest.raises(TemplateProblem) as caught:
        renderer.render("neutral", "en", {"desk": "d", "login_url": ""})
    assert caught.value.reason.startswith(f"{path}:{line}: ")
    assert says in caught.value.reason
    assert 1 == len(renderer.check_templates())


def test_check_finds_unknown_placeholders_names_and_places(tmp_path: Path) -> None:
    """A slip of the pen, a file that nothing uses, and a value inside code, where it could not be what it is."""
    write(tmp_path, "receipt", "Subject: x\n\n{{ tickt }}\n")
    write(tmp_path, "reciept", "Subject: x\n\nHello\n")
    write(tmp_path, "neutral", "Subject: x\n\n{{ desk[:3] }}\n")
    write(tmp_path, "answer", "Subject: x\n\n{{ text }}\n", "fr").write_bytes(b"Subject: \xff\n\n")
    problems = Renderer((tmp_path,)).check_templates()

    assert 4 == len(problems)
    unknown = "does not know tickt; placeholders of receipt are: desk, opens, reference, shop, "
    assert any(unknown in p for p in problems)
    assert any(f"{tmp_path}/en/reciept.md: no mail of the gateway has this name" in p for p in problems)
    assert any(f"{tmp_path}/en/neutral.md: a placeholder stands where" in p for p in problems)
    assert any(f"{tmp_path}/fr/answer.md: is not UTF-8 text (byte 9)" in p for p in problems)


def test_a_missing_template_is_named() -> None:
    """With the places that were searched."""
    with pytest.raises(TemplateProblem, match=r"there is no template en/nothing\.md in .*templates"):
        Renderer().render("nothing", "el", {})
    with pytest.raises(TemplateProblem, match="there is no template"):
        Renderer().render("../en/receipt", "en", {})


def test_a_value_is_rendered_once() -> None:
    """The result of a template is never a template (A-47)."""
    values = {"ticket": "{{ desk }}", "shop": "", "desk": "{{ reference }}", "reference": "{% for x in y %}"}
    values |= {"opens": "", "text": ""}
    rendered = Renderer().render("receipt", "en", values)

    assert "We have your message (ticket {{ desk }})" == rendered.subject
    assert "{{ reference }}" in rendered.text
    assert "Ref: {% for x in y %}\n" in rendered.text
