"""An answer as Gmail, Outlook and Apple Mail send it: bold words, a list, a link, a pasted picture. What arrives?"""

import html as entities
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.message import Address
from gateway.mail.reader import Reader
from gateway.outbox.compose import Composer, compose
from gateway.render import Renderer
from gateway.store import outbox as outbox_sql
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, open_desk, sign
from tests.stores import sqlite_store

PASTED = b"\x89PNG\r\n\x1a\n" + b"pasted" * 9
QUOTED = b"\x89PNG\r\n\x1a\n" + b"from the customer" * 4
LOGO = b"\x89PNG\r\n\x1a\n" + b"logo" * 9
LINK = "https://help.desk.test/pay?step=2&x=1"

GMAIL_HTML = (
    '<div dir="ltr"><div>Hello <b>Ann</b>,</div><div>please do this:</div><ol><li>Open <i>Settings</i></li>'
    f'<li>Press <b>Save</b></li></ol><div>More on <a href="{LINK.replace("&", "&amp;")}">this page</a>.</div>'
    '<div><br></div><div><img src="cid:ii_pasted" alt="where.png" width="400"><br></div><div><br></div>-- <br>'
    '<div dir="ltr" class="gmail_signature"><div>Kim Alba</div><div>Mobile +30 690 000</div>'
    '<div><img src="cid:ii_logo"></div></div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    "On Tue, Sep 1, 2026 at 10:00 AM Shop Support &lt;support@desk.test&gt; wrote:<br></div>"
    '<blockquote class="gmail_quote">{quoted}<img src="cid:ii_quoted"></blockquote></div>'
)
GMAIL_TEXT = (
    "Hello *Ann*,\nplease do this:\n\n   1. Open *Settings*\n   2. Press *Save*\n\n"
    f"More on this page <{LINK}>.\n\n[image: where.png]\n\n-- \nKim Alba\nMobile +30 690 000\n[image: logo.png]\n\n"
    "On Tue, Sep 1, 2026 at 10:00 AM Shop Support <support@desk.test> wrote:\n\n{quoted}"
)
OUTLOOK_HTML = (
    '<html><head><style>p.MsoNormal {{margin:0}}</style></head><body><div class="WordSection1">'
    '<p class="MsoNormal">Hello <b>Ann</b>,<o:p></o:p></p><p class="MsoNormal">please do this:<o:p></o:p></p>'
    '<ol><li class="MsoListParagraph">Open <i>Settings</i><o:p></o:p></li>'
    '<li class="MsoListParagraph">Press <b>Save</b><o:p></o:p></li></ol>'
    f'<p class="MsoNormal">More on <a href="{LINK.replace("&", "&amp;")}">this page</a>.<o:p></o:p></p>'
    '<p class="MsoNormal"><img id="Picture_x0020_1" src="cid:ii_pasted"><o:p></o:p></p>'
    '<div id="Signature"><p class="MsoNormal">-- <o:p></o:p></p><p class="MsoNormal">Kim Alba<o:p></o:p></p>'
    '<p class="MsoNormal">Mobile +30 690 000 <img src="cid:ii_logo"></p></div>'
    '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal">'
    "<b>From:</b> Shop Support &lt;support@desk.test&gt;<br><b>Sent:</b> Tuesday, September 1, 2026 10:00 AM<br>"
    "<b>To:</b> Kim &lt;kim@desk.test&gt;<br><b>Subject:</b> Ticket 1: Payment fails<o:p></o:p></p></div></div>"
    '{quoted}<img src="cid:ii_quoted"></div></body></html>'
)
OUTLOOK_TEXT = (
    "Hello Ann,\nplease do this:\n\n  1.  Open Settings\n  2.  Press Save\n\n"
    f"More on this page<{LINK}>.\n[cid:ii_pasted]\n-- \nKim Alba\nMobile +30 690 000 [cid:ii_logo]\n\n"
    "From: Shop Support <support@desk.test>\nSent: Tuesday, September 1, 2026 10:00 AM\nTo: Kim <kim@desk.test>\n"
    "Subject: Ticket 1: Payment fails\n\n{bare}"
)
APPLE_HTML = (
    '<html><body style="overflow-wrap: break-word;">Hello <b>Ann</b>,<div>please do this:</div>'
    '<div><ol class="MailOutline"><li>Open <i>Settings</i></li><li>Press <b>Save</b></li></ol>'
    f'<div>More on <a href="{LINK.replace("&", "&amp;")}">this page</a>.</div>'
    '<div><img alt="where.png" src="cid:ii_pasted"></div></div><div><br id="lineBreakAtBeginningOfSignature">'
    "<div>-- </div><div>Kim Alba</div><div>Mobile +30 690 000</div></div>"
    '<div><br><blockquote type="cite"><div>On 1 Sep 2026, at 10:00, Shop Support &lt;support@desk.test&gt; wrote:'
    '</div><br><div>{quoted}<img src="cid:ii_quoted"></div></blockquote></div></body></html>'
)
APPLE_TEXT = (
    "Hello Ann,\nplease do this:\n\n1. Open Settings\n2. Press Save\n\n"
    f"More on this page <{LINK}>.\n\n-- \nKim Alba\nMobile +30 690 000\n\n"
    "> On 1 Sep 2026, at 10:00, Shop Support <support@desk.test> wrote:\n> \n{quoted}"
)
PROGRAMS = {
    "gmail": (GMAIL_TEXT, GMAIL_HTML),
    "outlook": (OUTLOOK_TEXT, OUTLOOK_HTML),
    "apple": (APPLE_TEXT, APPLE_HTML),
}


@pytest.fixture
def desk(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk with one ticket, whose mail has a picture, and a note."""
    store = sqlite_store(tmp_path / "desk.db")
    with open_desk(store, clock, tmp_path, reader) as opened:
        raw = opened.post.mail(CUSTOMER, SUPPORT, "It fails, see there.", attachment=QUOTED)
        opened.take(raw, mail_from=CUSTOMER)
        yield opened
    store.close()


def answer_of(desk: TestDesk, program: str, pictures: tuple[tuple[str, str, bytes], ...]) -> EmailMessage:
    """The agent answers from this program; the mail that the customer gets."""
    notified = desk.outbox("notification")[-1]
    rendered = Renderer().render("notification", "en", dict(notified.values))
    text, html = PROGRAMS[program]
    quoted = "".join(f"> {line}\n" for line in rendered.text.split("\n"))
    mail = EmailMessage()
    for name, value in (("From", AGENT), ("To", notified.reply_to), ("Subject", "Re: Ticket 1: Payment fails")):
        mail[name] = value
    mail["Date"], mail["Message-ID"] = format_datetime(desk.clock.now()), f"<{program}@desk.test>"
    mail.set_content(text.replace("{quoted}", quoted).replace("{bare}", rendered.text))
    mail.add_alternative(html.replace("{{", "{").replace("}}", "}").replace("{quoted}", rendered.html), subtype="html")
    related = mail.get_body(("html",))
    assert isinstance(related, EmailMessage)
    for content_id, filename, content in pictures:
        related.add_related(content, "image", "png", cid=f"<{content_id}>", filename=filename, disposition="inline")
    desk.take(sign(mail.as_bytes(policy=SMTP), "desk.test"), rcpt=[notified.reply_to], mail_from=AGENT)
    (outgoing,) = desk.outbox("answer")
    with desk.store.reading() as tx:
        blobs = outbox_sql.blobs(tx, [each.sha256 for each in outgoing.attachments])
    composer = Composer(renderer=Renderer(), sender=Address(address=SUPPORT, name="Shop Support"))
    data = compose(composer, outgoing, outbox_id=1, created_at=desk.clock.now(), blobs=blobs).data
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    """Its text or its HTML."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


ALL = (("ii_pasted", "where.png", PASTED), ("ii_logo", "logo.png", LOGO), ("ii_quoted", "shot.png", QUOTED))


@pytest.mark.parametrize("program", PROGRAMS)
def test_formatting_and_the_pasted_picture_reach_the_customer(desk: TestDesk, program: str) -> None:
    """In both forms; the desk's name stands below, nothing of the agent's signature nor of the quotation does."""
    shown = ALL if program != "apple" else ALL[::2]
    message = answer_of(desk, program, shown)
    text, html = part(message, "plain"), part(message, "html")
    pictures = {str(each["Content-ID"])[1:-1]: each for each in message.walk() if each["Content-ID"]}

    for line in ("Hello Ann,", "1. Open Settings", "2. Press Save", f"More on this page <{LINK}>."):
        assert line in text.split("\n"), text
    for tag in ("<b>Ann</b>", "<i>Settings</i>", "<b>Save</b>", "<li>"):
        assert tag in html, html
    assert [LINK] == [entities.unescape(url) for url in re.findall(r'href="([^"]*)"', html)]
    assert [PASTED] == [each.get_content() for each in pictures.values()]
    assert list(pictures) == re.findall(r'src="cid:([^"]*)"', html)
    assert html.index("this page") < html.index("<img") < html.index("Shop Support")
    assert re.search(r"\n\nShop Support\n\nRef: T1-[0-9A-Z-]+\n$", text)
    for unwanted in ("cid:", "[image", "Kim", "+30", "internal", "Account", "see there", AGENT):
        assert unwanted not in text, unwanted
        assert unwanted not in html.replace('src="cid:', ""), unwanted


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_article_keeps_the_words_and_the_picture(desk: TestDesk, program: str) -> None:
    """What agents read later is what the customer got, without names of parts that nobody has."""
    answer_of(desk, program, ALL if program != "apple" else ALL[::2])
    (told,) = [dict(mail.values)["text"] for mail in desk.outbox("answer")]

    assert "cid:" not in told
    assert "[image" not in told
    assert "Press" in told
