"""No text of an outsider reaches a terminal as anything but characters to be seen."""

import json

import pytest

from gateway.cli import escape

HOSTILE = "a\x1b[31mb\x07\x9b2Jc\u202edcba\ud800\x7f\u2028\U000e0041\x85\x00"
PLAIN = "Καλημέρα, 👩\u200d💻 «ok» [bold]not markup[/bold] :smile:"


def test_a_line_spells_out_what_steers_a_terminal() -> None:
    """ESC, C1, DEL, bidirectional controls, separators and half characters become visible."""
    shown = escape.line(HOSTILE)
    assert shown == "a\\x1b[31mb\\x07\\x9b2Jc\\u202edcba\\ud800\\x7f\\u2028\\U000e0041\\x85\\x00"


@pytest.mark.parametrize("escaped", [escape.line, escape.block])
def test_ordinary_text_stays_as_it_is(escaped: object) -> None:
    """Letters of all scripts, emoji with joiners and brackets pass unchanged."""
    assert callable(escaped)
    assert escaped(PLAIN) == PLAIN


def test_a_line_has_no_line_breaks_and_an_end() -> None:
    """Line breaks are spelled out; what is too long is cut."""
    assert escape.line("a\nb\r\tc") == "a\\x0ab\\x0d\\x09c"
    assert escape.line("x" * 20, limit=5) == "xxxxx…"


def test_a_block_keeps_lines_and_tabs_only() -> None:
    """LF, CRLF and tabs stay; a lone CR, which would overwrite the line, does not."""
    assert escape.block("a\r\nb\tc\nd\re\x1b") == "a\nb\tc\nd\\x0de\\x1b"


def test_json_text_means_the_same_and_holds_no_controls() -> None:
    """A JSON text is read back as the same value, and every character of it can be seen."""
    document = {"subject": HOSTILE, "name": PLAIN}
    text = escape.json_text(json.dumps(document, ensure_ascii=False, indent=2))
    assert document == json.loads(text)
    assert all(character.isprintable() or character in "\n\u200d" for character in text)
    assert "Καλημέρα" in text


def test_every_control_character_is_caught() -> None:
    """All of C0, C1, the bidirectional controls and surrogates, one by one."""
    codes = [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    codes += [0xD800, 0xDFFF, 0xFEFF]
    assert [code for code in codes if escape.line(chr(code)).isprintable()] == codes
