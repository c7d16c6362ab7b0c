"""What of a large mail is scanned."""

from email import message_from_bytes

import pytest

from gateway.spam.excerpt import excerpt
from tests.cost import cheap
from tests.spam.mails import HAM, HEADER, with_attachment

LIMIT = 10_000


def test_a_small_mail_is_scanned_as_it_is() -> None:
    """The very same bytes."""
    assert excerpt(HAM, len(HAM)) is HAM


@pytest.mark.parametrize("attachment_first", [False, True])
def test_text_is_kept_and_attachments_are_left_out(attachment_first: bool) -> None:
    """Wherever the text stands; the attachment's header stays, so that the engine sees that there is one."""
    mail = with_attachment("The text of the mail.", 50_000, attachment_first=attachment_first)

    kept = excerpt(mail, LIMIT)

    assert len(kept) < 2000
    assert kept.startswith(mail.partition(b"\r\n\r\n")[0])
    assert b"The text of the mail." in kept
    assert b'filename="shot.png"' in kept
    parts = list(message_from_bytes(kept).walk())
    assert sorted(part.get_content_type() for part in parts[1:]) == ["image/png", "text/plain"]


def test_text_is_cut_at_the_limit() -> None:
    """Not a byte more."""
    kept = excerpt(HEADER + b"\r\n" + b"word " * 10_000, LIMIT)

    assert len(kept) == LIMIT
    assert kept.startswith(HEADER)


def test_dashes_in_a_text_do_not_end_it() -> None:
    """Only declared boundaries do; the words behind a signature line are scanned."""
    text = "Hello\r\n-- \r\nAlice\r\n--picture\r\nContent-Type: image/png\r\n\r\nbuy this\r\n"
    mail = with_attachment(text.replace("\r\n", "\n"), 50_000)

    assert b"buy this" in excerpt(mail, LIMIT)


def test_nested_parts_are_found() -> None:
    """The text inside multipart/alternative inside multipart/mixed."""
    mail = (
        HEADER
        + b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n--outer\r\nContent-Type: image/png\r\n\r\n'
        + b"x" * 20_000
        + b"\r\n--outer\r\nContent-Type: multipart/alternative;\r\n boundary=inner\r\n\r\n--inner\r\n"
        + b"Content-Type: image/gif\r\n\r\n"
        + b"y" * 20_000
        + b"\r\n--inner\r\nContent-Type: text/html\r\n\r\n<p>words</p>\r\n--inner--\r\n--outer--\r\n"
    )

    kept = excerpt(mail, LIMIT)

    assert b"<p>words</p>" in kept
    assert b"xxxx" not in kept
    assert b"yyyy" not in kept


@pytest.mark.parametrize(
    "mail",
    [
        b"x" * 5_000_000,
        b"\n--" * 1_700_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 1_200_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: image/png\n\n" + b"\n--b" * 1_200_000,
        b"boundary=" * 600_000,
        b"boundary = " * 500_000,
        b"A: b\n" + b" \n" * 2_500_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: x\n\ny\n" * 200_000,
    ],
    ids=range(8),
)
def test_hostile_mail_costs_little_and_is_never_left_unseen(mail: bytes) -> None:
    """Linear time; something is always scanned."""
    kept = cheap(1, lambda: excerpt(mail, LIMIT))

    assert 0 < len(kept) <= LIMIT
