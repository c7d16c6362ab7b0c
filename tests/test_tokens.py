"""Signed reply tokens: vectors, tampering, what carriers and people do to them, keys on disk."""

import ast
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway import tokens
from gateway.errors import ConfigError
from gateway.tokens import ALPHABET, Found, Keys, Purpose, Token, body_reference, canonical_address, load_keys
from tests.cost import cheap

KEY = bytes(range(32))
DAY = date(2026, 9, 1)
ADDRESS = "alice@shop.example"
REFERENCE = 123456
BIND = 30557
KEYS = Keys({3: KEY})
VECTORS = {
    Purpose.REPLY: "r1-30k0003rj00xtxg21y83sn6g0pvjkk",
    Purpose.BOUNCE: "b1-30k0003rj00xtxew5812fz4p88wv4n",
    Purpose.MESSAGE_ID: "m1-30k0003rj00xtxty1pfsk8yze3xw7c",
    Purpose.CONFIRM: "c1-30k0003rj00xtxbzr0tbx07q89mb9v",
}
REPLY = VECTORS[Purpose.REPLY]
BODY = REPLY[3:]


def issue(purpose: Purpose = Purpose.REPLY, keys: Keys = KEYS) -> str:
    """The token of the vectors."""
    return keys.issue(purpose, ticket_ref=REFERENCE, address=ADDRESS, day=DAY)


def found_in(text: str, keys: Keys = KEYS) -> list[Found]:
    """Everything that looks like a token there."""
    return list(keys.find(text))


GENUINE = Token(purpose=Purpose.REPLY, key_id=3, day=DAY, ticket_ref=REFERENCE, bind=BIND)


class TestVectors:
    """The format is fixed: tokens in people's address books outlive every version of this program."""

    @pytest.mark.parametrize("purpose", VECTORS)
    def test_a_token_is_issued_as_published(self, purpose: Purpose) -> None:
        """Symbol for symbol."""
        assert VECTORS[purpose] == issue(purpose)

    @pytest.mark.parametrize("purpose", VECTORS)
    def test_a_published_token_verifies(self, purpose: Purpose) -> None:
        """With everything that was put into it."""
        expected = Token(purpose=purpose, key_id=3, day=DAY, ticket_ref=REFERENCE, bind=BIND)

        assert expected == KEYS.verify(purpose, VECTORS[purpose][3:])

    @pytest.mark.parametrize("purpose", Purpose)
    def test_every_purpose_issues_what_it_verifies(self, purpose: Purpose) -> None:
        """All seven, each 33 octets long."""
        token = issue(purpose)

        assert 33 == len(token)
        assert [(purpose, True)] == [(found.purpose, found.token is not None) for found in found_in(token)]

    @pytest.mark.parametrize("reference", [0, 1, 2**30 - 1])
    @pytest.mark.parametrize("day", [date(2025, 1, 1), date(2114, 9, 19)])
    def test_the_ends_of_the_ranges_survive(self, reference: int, day: date) -> None:
        """30 bits of reference, 15 bits of day."""
        body = KEYS.issue(Purpose.REPLY, ticket_ref=reference, address=ADDRESS, day=day)[3:]
        token = KEYS.verify(Purpose.REPLY, body)

        assert token is not None
        assert (reference, day) == (token.ticket_ref, token.day)

    @pytest.mark.parametrize(
        ("reference", "day"),
        [(-1, DAY), (2**30, DAY), (0, date(2024, 12, 31)), (0, date(2114, 9, 20))],
    )
    def test_what_does_not_fit_is_refused(self, reference: int, day: date) -> None:
        """A programming error, not a shorter token."""
        with pytest.raises(ValueError, match="cannot issue"):
            KEYS.issue(Purpose.REPLY, ticket_ref=reference, address=ADDRESS, day=day)


class TestTampering:
    """Nothing but what we issued verifies."""

    @pytest.mark.parametrize("position", range(30))
    def test_no_symbol_can_be_changed(self, position: int) -> None:
        """Each of the 30 positions with each of the 31 other symbols."""
        for symbol in set(ALPHABET) - {BODY[position]}:
            forged = BODY[:position] + symbol + BODY[position + 1 :]

            assert KEYS.verify(Purpose.REPLY, forged) is None

    def test_a_token_of_one_purpose_is_none_of_another(self) -> None:
        """All 42 swaps."""
        for issued in Purpose:
            for asked in set(Purpose) - {issued}:
                assert KEYS.verify(asked, issue(issued)[3:]) is None

    def test_a_swapped_tag_is_found_as_false(self) -> None:
        """The shape is there, the MAC is wrong."""
        assert [Found(purpose=Purpose.AGENT, token=None)] == found_in("a" + REPLY[1:])

    def test_an_unknown_key_does_not_verify(self) -> None:
        """Also not the key of zeros that takes the same time."""
        assert Keys({4: KEY}).verify(Purpose.REPLY, BODY) is None
        zeros = Keys({3: bytes(32)}).issue(Purpose.REPLY, ticket_ref=1, address=ADDRESS, day=DAY)
        assert KEYS.verify(Purpose.REPLY, zeros[3:]) is None
        assert Keys({5: KEY}).verify(Purpose.REPLY, zeros[3:]) is None

    @pytest.mark.parametrize(
        "body", ["", BODY[:-1], BODY + "0", "u" * 30, "ä" * 30, "-" * 30, BODY[:29] + "\u212a", " " * 30, BODY + "\n"]
    )
    def test_what_is_no_body_is_no_token(self, body: str) -> None:
        """Never an exception: it may come from a mail."""
        assert KEYS.verify(Purpose.REPLY, body) is None

    def test_how_much_of_a_guess_is_right_does_not_show_in_its_time(self) -> None:
        """Threat A-07: wrong in the first symbol, wrong in the last, and signed by a key that we do not have.

        The fastest of many runs is what the work itself takes; 30 % is far below one MAC, which is most of it.
        """
        first, last = "1" if BODY[14] != "1" else "2", "1" if BODY[29] != "1" else "2"
        classes = {
            "first symbol": BODY[:14] + first + BODY[15:],
            "last symbol": BODY[:29] + last,
            "unknown key": "5" + BODY[1:],
        }
        fastest = dict.fromkeys(classes, 10**9)
        for turn in range(40_000):
            if turn >= 4000 and max(fastest.values()) < 1.3 * min(fastest.values()):
                break  # a busy machine needs longer until each was undisturbed once
            for name, body in classes.items():  # in turns, so that a busy machine is busy for all of them
                began = time.perf_counter_ns()
                KEYS.verify(Purpose.REPLY, body)
                fastest[name] = min(fastest[name], time.perf_counter_ns() - began)

        assert max(fastest.values()) < 1.3 * min(fastest.values()), fastest

    def test_an_unknown_key_costs_a_mac(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whether a key exists does not show in the number of MACs that are computed."""
        computed: list[bytes] = []
        real = tokens._mac

        def counted(key: bytes, purpose: Purpose, head: str) -> str:
            computed.append(key)
            return real(key, purpose, head)

        monkeypatch.setattr(tokens, "_mac", counted)

        for body in (BODY, BODY[:-1] + "0", "5" + BODY[1:]):
            KEYS.verify(Purpose.REPLY, body)

        assert [KEY, KEY, bytes(32)] == computed

    def test_verification_needs_nothing_but_the_keys(self) -> None:
        """With the database down, and after it was restored: the module knows no store."""
        tree = ast.parse(Path(tokens.__file__).read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}

        assert {"gateway.errors"} == {name for name in imported if name.startswith("gateway")}
        assert GENUINE == Keys({3: KEY}).verify(Purpose.REPLY, BODY)

    def test_macs_are_compared_in_constant_time_only(self) -> None:
        """Threat A-07, by reading the program: `==` or `in` never touches a MAC, `compare_digest` does."""
        tree = ast.parse(Path(tokens.__file__).read_text(encoding="utf-8"))
        compared = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)}
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]

        assert [] == [text for text in compared if "mac" in text or "expected" in text or "digest" in text]
        assert ["hmac.compare_digest(expected, mac)"] == [
            ast.unparse(call) for call in calls if ast.unparse(call.func) == "hmac.compare_digest"
        ]


class TestCarriers:
    """What programs and people make of a token on its way back."""

    @pytest.mark.parametrize(
        "text",
        [
            f"{REPLY}@reply.example.com",
            f"{REPLY.upper()}@REPLY.EXAMPLE.COM",
            f'"Support" <{REPLY}@reply.example.com>',
            f"SRS0=HHHH=TT=reply.example.com={REPLY}@forwarder.example",
            f"SRS1=HHHH=first.example==HHHH=TT=reply.example.com={REPLY}@second.example",
            f"prvs=1234abcdef={REPLY}@reply.example.com",
            f"prvs={REPLY}/1234abcdef@reply.example.com",
            f"list-bounces+{REPLY}=reply.example.com@list.example",
            f"bounce-17-{REPLY}=reply.example.com@news.example",
            f"<{REPLY}.1a2b3c4d@reply.example.com>",
            f"x,{REPLY},y",
            REPLY.replace("0", "o"),
            REPLY.replace("0", "O"),
            REPLY.replace("1y8", "iy8").replace("g21", "g2I"),
            REPLY[:3] + BODY.replace("1", "l"),
            REPLY[:3] + BODY.replace("1", "L"),
            f"Στις 1/9 έγραψε το {REPLY}·",
        ],
    )
    def test_a_token_is_found_inside(self, text: str) -> None:
        """Upper case, SRS, BATV, VERP, look-alikes, other letters around it."""
        assert [Found(purpose=Purpose.REPLY, token=GENUINE)] == found_in(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            REPLY[:-1],
            f"{REPLY}0",
            f"x{REPLY}",
            f"0{REPLY}",
            REPLY.replace("1-", "2-"),
            REPLY.replace("-", ""),
            REPLY[:3] + BODY.replace("x", "u", 1),
            "z" + REPLY[1:],
        ],
    )
    def test_what_is_longer_shorter_or_other_is_not_found(self, text: str) -> None:
        """A longer run of symbols is another thing."""
        assert [] == found_in(text)

    def test_all_are_found_in_their_order(self) -> None:
        """True and false ones, as they stand."""
        forged = REPLY[:-1] + "0"
        text = f"<{VECTORS[Purpose.MESSAGE_ID]}.x@a>, {forged}@b {REPLY}@c"

        assert [(Purpose.MESSAGE_ID, True), (Purpose.REPLY, False), (Purpose.REPLY, True)] == [
            (found.purpose, found.token is not None) for found in found_in(text)
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "r1-" * 350_000,
            "r1-" + "0" * 1_000_000,
            ("r1-" + "0" * 29 + " ") * 32_000,
            ("r1-" + "0" * 30 + " ") * 31_000,
            "T1-00000-" * 120_000,
            ("T1-" + " " * 12 + "0" * 29 + "!") * 22_000,
            ("T1-" + "0            " * 30) * 2_500,
            "T1-" + " " * 1_000_000,
            "-" * 1_000_000,
            "Τ" * 500_000,
        ],
        ids=range(10),
    )
    def test_a_megabyte_of_hostile_text_takes_linear_time(self, text: str) -> None:
        """Also 31,000 false tokens, each with its MAC."""
        found = cheap(2, lambda: [*KEYS.find(text), *KEYS.find_references(text)])

        assert len(found) in (0, 1000, 31_000)


class TestBodyReferences:
    """`Ref: T1-30K00-…` at the foot of a mail."""

    TOKEN = issue(Purpose.TEXT)
    SHOWN = body_reference(TOKEN)
    EXPECTED = Found(
        purpose=Purpose.TEXT,
        token=Token(purpose=Purpose.TEXT, key_id=3, day=DAY, ticket_ref=REFERENCE, bind=BIND),
    )

    def test_it_is_shown_in_groups_of_five_capitals(self) -> None:
        """For people who read it out on the telephone."""
        assert "T1-30K00-03RJ0-0XTX" == self.SHOWN[:19]
        assert [2, 5, 5, 5, 5, 5, 5] == [len(group) for group in self.SHOWN.split("-")]
        assert self.SHOWN == self.SHOWN.upper()

    @pytest.mark.parametrize("prefix", ["Ref: ", "> > Ref: ", "Κωδικός: ", "(", "\n", "*"])
    def test_it_is_found_wherever_it_stands(self, prefix: str) -> None:
        """Also in quoted lines, which is where it mostly is."""
        assert [self.EXPECTED] == list(KEYS.find_references(f"Hello\n{prefix}{self.SHOWN})\nBye"))
        assert [self.EXPECTED] == list(KEYS.find_references(prefix + self.SHOWN.lower()))

    def test_greek_capitals_stand_for_the_latin_ones(self) -> None:
        """Typed on a Greek keyboard, each letter that has a twin, alone and all together."""
        twins = dict(zip("ABEZHKMNPTYX", "ΑΒΕΖΗΚΜΝΡΤΥΧ", strict=True))
        for latin, greek in twins.items():
            assert [self.EXPECTED] == list(KEYS.find_references(self.SHOWN.replace(latin, greek)))
        everything = self.SHOWN.translate(str.maketrans(twins)).replace("0", "Ο").replace("1", "Ι")
        assert self.SHOWN != everything
        # The 1 of the tag is a version and no symbol: people copy it, so it keeps its own shape.
        assert [self.EXPECTED] == list(KEYS.find_references("Τ1" + everything[2:]))

    def test_greek_small_letters_do_as_well(self) -> None:
        """The same twins in small."""
        small = self.SHOWN.lower().translate(str.maketrans("kpty", "κρτυ"))

        assert [self.EXPECTED] == list(KEYS.find_references(small))

    @pytest.mark.parametrize(
        "hyphen",
        ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\u00ad", " - ", " ", "\u00a0", "\u200b"],
    )
    def test_hyphens_may_become_other_characters(self, hyphen: str) -> None:
        """What Outlook and Apple Mail make "smart", what Word makes unbreakable, what a telephone leaves out."""
        assert [self.EXPECTED] == list(KEYS.find_references(f"Ref: {self.SHOWN.replace('-', hyphen)}\nBye"))

    @pytest.mark.parametrize("broken", ["\n", "\n> ", "\n> > ", "\n>> ", "\n|", " \n  ", "\r\n"])
    def test_a_line_may_end_inside_of_it(self, broken: str) -> None:
        """After a hyphen, where programs break lines; in quotes of quotes; in the middle of a group."""
        for at in (3, 9, 21, 33, 35):
            text = f"> Ref: {self.SHOWN[:at]}{broken}{self.SHOWN[at:]}\n> Bye"
            assert [self.EXPECTED] == list(KEYS.find_references(text)), at

    def test_groups_may_be_joined(self) -> None:
        """The token as it is issued."""
        assert [self.EXPECTED] == list(KEYS.find_references(f"Ref: {self.TOKEN}"))

    def test_a_damaged_one_does_not_hide_the_next(self) -> None:
        """Cut off in one quote, whole in another."""
        text = f"> Ref: {self.SHOWN[:20]}…\n\nRef: {self.SHOWN}\n"

        assert [self.EXPECTED] == list(KEYS.find_references(text))

    def test_no_more_than_a_thousand_are_verified(self) -> None:
        """Each costs a MAC, and the text is a stranger's."""
        forged = body_reference("t1-" + "0" * 30)

        assert tokens.MAX_CANDIDATES == len(list(KEYS.find_references(f"{forged}\n" * 1500)))

    @pytest.mark.parametrize("damage", ["T1-30K00-03RJ0", "cut", "joined", "more"])
    def test_parts_of_one_are_none(self, damage: str) -> None:
        """Nor is one with a group too many."""
        text = {"cut": self.SHOWN[:-1], "joined": self.SHOWN.replace("-", ""), "more": self.SHOWN + "-00000"}

        assert [] == list(KEYS.find_references(text.get(damage, damage)))

    def test_a_forged_one_is_found_as_false(self) -> None:
        """So that it can be counted."""
        forged = self.SHOWN[:-1] + ("0" if self.SHOWN[-1] != "0" else "1")

        assert [Found(purpose=Purpose.TEXT, token=None)] == list(KEYS.find_references(forged))

    def test_a_reply_token_in_groups_is_no_reference(self) -> None:
        """Its MAC is one of another purpose."""
        assert [Found(purpose=Purpose.TEXT, token=None)] == list(KEYS.find_references(body_reference(REPLY)))


class TestBinding:
    """Whom it was issued to."""

    @pytest.mark.parametrize("address", [ADDRESS, "Alice@Shop.Example", "ALICE@SHOP.EXAMPLE", " alice@shop.example "])
    def test_it_is_bound_to_its_address_in_any_case(self, address: str) -> None:
        """As mail programs write it."""
        assert KEYS.is_bound_to(GENUINE, address)

    @pytest.mark.parametrize(
        "address",
        [
            "bob@shop.example",
            "alice@shop.test",
            "alice+x@shop.example",
            "a.lice@shop.example",
            "",
            "@",
            "\ud800@x.test",
        ],
    )
    def test_it_is_bound_to_no_other(self, address: str) -> None:
        """Dots and plus signs are not folded; rubbish is nobody."""
        assert not KEYS.is_bound_to(GENUINE, address)

    def test_a_withdrawn_key_binds_to_nobody(self) -> None:
        """Nothing of it counts any more."""
        assert not Keys({4: KEY}).is_bound_to(GENUINE, ADDRESS)

    def test_greek_addresses_have_one_spelling(self) -> None:
        """Composed and decomposed accents, capitals, A-labels."""
        composed, decomposed = "άννα@παράδειγμα.δοκιμή", "α\u0301ννα@παρα\u0301δειγμα.δοκιμη\u0301"

        assert "άννα@xn--hxajbheg2az3al.xn--jxalpdlp" == canonical_address(composed)
        assert canonical_address(composed) == canonical_address(decomposed) == canonical_address(composed.upper())


class TestExpiry:
    """180 days, and two of grace for clocks that are wrong."""

    @pytest.mark.parametrize(
        ("now", "expired"),
        [
            (datetime(2026, 9, 1, tzinfo=UTC), False),
            (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=181, seconds=-1), False),
            (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=181), True),
            (datetime(2026, 8, 30, tzinfo=UTC), False),
            (datetime(2026, 8, 30, tzinfo=UTC) - timedelta(seconds=1), True),
            (datetime.fromisoformat("2027-03-01T01:00:00+03:00"), False),
        ],
    )
    def test_it_ends_at_midnight_utc(self, now: datetime, expired: bool) -> None:
        """To the second, in any time zone; one from the future is as good as expired."""
        assert expired is GENUINE.is_expired(now)


class TestKeys:
    """Which keys are taken."""

    def test_the_newest_signs_and_all_verify(self) -> None:
        """Rotation."""
        both = Keys({3: KEY, 7: bytes(range(1, 33))})

        assert (3, 7) == both.ids
        assert 7 == ALPHABET.index(issue(keys=both)[3])
        assert GENUINE == both.verify(Purpose.REPLY, BODY)

    @pytest.mark.parametrize(
        ("keys", "complaint"),
        [
            ({}, "there is no token key"),
            ({32: KEY}, "0 to 31"),
            ({-1: KEY}, "0 to 31"),
            ({0: KEY[:31]}, "must be 32 bytes, is 31"),
            ({0: KEY + b"\n"}, "must be 32 bytes, is 33"),
            ({0: KEY, 1: KEY}, "two token keys are the same"),
        ],
    )
    def test_bad_keys_are_refused(self, keys: dict[int, bytes], complaint: str) -> None:
        """None, a wrong id, a wrong length, a copy."""
        with pytest.raises(ConfigError, match=complaint):
            Keys(keys)

    def test_a_key_is_not_shown(self) -> None:
        """Whoever logs it by mistake tells nothing."""
        assert repr(KEY) not in repr(KEYS)
        assert KEY.hex() not in repr(vars(Keys)) + repr(KEYS)


def write_key(directory: Path, name: str, content: bytes = KEY, mode: int = 0o600) -> Path:
    """A key file."""
    file = directory / name
    file.write_bytes(content)
    file.chmod(mode)
    return file


@contextmanager
def not_root() -> Iterator[None]:
    """As somebody whom permissions bind."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(0)


class TestKeyDirectory:
    """One file a key."""

    def test_keys_are_read_by_their_file_names(self, tmp_path: Path) -> None:
        """Other files beside them do not matter."""
        write_key(tmp_path, "3")
        write_key(tmp_path, "11", bytes(range(1, 33)), 0o440)
        write_key(tmp_path, "README", b"x", 0o644)
        write_key(tmp_path, "3.bak", b"x")
        write_key(tmp_path, "²", b"x")
        (tmp_path / "4").mkdir()

        keys = load_keys(tmp_path)

        assert (3, 11) == keys.ids
        assert GENUINE == keys.verify(Purpose.REPLY, BODY)

    @pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o666])
    def test_a_key_that_everybody_can_read_is_refused(self, mode: int, tmp_path: Path) -> None:
        """With the command that mends it."""
        file = write_key(tmp_path, "3", mode=mode)

        with pytest.raises(ConfigError) as raised:
            load_keys(tmp_path)

        assert f"{file}: everybody on this machine can read this key; `chmod 600 {file}`" == raised.value.reason

    @pytest.mark.parametrize(
        ("files", "complaint"),
        [
            ({}, "there is no token key"),
            ({"3": KEY[:16]}, "token key 3: must be 32 bytes, is 16"),
            ({"3": b""}, "token key 3: must be 32 bytes, is 0"),
            ({"3": KEY, "4": KEY}, "two token keys are the same"),
            ({"3": KEY, "03": bytes(32)}, "two files for token key 3"),
            ({"32": KEY}, "token key 32: the id must be 0 to 31"),
        ],
    )
    def test_bad_keys_are_refused(self, files: dict[str, bytes], complaint: str, tmp_path: Path) -> None:
        """Each with the reason."""
        for name, content in files.items():
            write_key(tmp_path, name, content)

        with pytest.raises(ConfigError, match=complaint):
            load_keys(tmp_path)

    def test_a_missing_directory_says_what_makes_it(self, tmp_path: Path) -> None:
        """`ticket-gateway init`."""
        with pytest.raises(ConfigError, match="No such file or directory; `ticket-gateway init` makes it"):
            load_keys(tmp_path / "keys")

    def test_a_directory_that_is_closed_to_us_is_a_config_error(self, tmp_path: Path) -> None:
        """As when the service runs as another user than `init`."""
        closed = tmp_path / "keys"
        closed.mkdir(mode=0o000)
        with not_root(), pytest.raises(ConfigError, match="Permission denied"):
            load_keys(closed)

    def test_a_key_that_is_closed_to_us_is_a_config_error(self) -> None:
        """The file is named."""
        from tests.peers.process import open_folder

        with open_folder() as folder:
            file = write_key(folder, "3", mode=0o000)
            with not_root(), pytest.raises(ConfigError, match=f"{file}: cannot be read: Permission denied"):
                load_keys(folder)


def test_two_domains_that_two_people_may_own_stay_two() -> None:
    """IDNA 2008: `straße` and `strasse`, a final and an ordinary sigma; what is no domain is compared as it stands."""
    spellings = ["d@straße.example", "d@strasse.example", "d@καφές.example", "d@καφέσ.example"]

    assert 4 == len({canonical_address(each) for each in spellings})
    assert "d@xn--strae-oqa.example" == canonical_address("d@STRAßE.Example")
    assert canonical_address("d@xn--strae-oqa.example") == canonical_address("d@straße.example")
    assert "d@-.\u200d" == canonical_address("D@-.\u200d")
