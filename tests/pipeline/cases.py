"""Evidence made by hand: what a decision is made from, without a store, a network or a mail."""

from datetime import UTC, date, datetime

from gateway.accounts.sender import Sender, Standing
from gateway.authn.result import Authentication, Grade
from gateway.mail.message import Address, Message
from gateway.mail.nature import Nature, NatureKind
from gateway.matching.match import NO_MATCH, Match
from gateway.matching.shop import ShopMatch
from gateway.matching.token import Strength, TokenEvidence
from gateway.model import Account, Agent, Entry, Envelope, Shop, Ticket, TicketState, Via
from gateway.pipeline.evidence import NO_SHOP, Evidence, Reading
from gateway.spam.report import ScanState, SpamReport
from gateway.tokens import Purpose, Token

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
ANN = Address(address="ann@bread.test", name="Ann")
BAKERY = Account(id="7", language="el", shops=(Shop(id="s", domain="bread.test"),))
FLORIST = Account(id="8")
TWO_SHOPS = ShopMatch(
    shop=None,
    account=None,
    by="none",
    why="nothing in it names one of the 2 shops of its author",
    candidates=((BAKERY, Shop(id="s", domain="bread.test")), (BAKERY, Shop(id="t", domain="cake.test"))),
)
TICKET = Ticket(
    id=1,
    ref=5,
    state=TicketState.OPEN,
    subject="x",
    correspondent="owner@bread.test",
    correspondent_name="",
    confirmed=True,
    account_id="7",
    shop_id=None,
    language="en",
    assignee=None,
    opened_at=AT,
    updated_at=AT,
    closed_at=None,
)
TOKEN = Token(purpose=Purpose.REPLY, key_id=0, day=date(2026, 9, 1), ticket_ref=5, bind=0)
MATCH = Match(ticket=TICKET, by="reply_token", why="")
AGENT = Agent(name="Kim", address="kim@desk.test")
SPAM = SpamReport(engine="spamassassin", state=ScanState.SCANNED, score=5.0, threshold=5.0, why="5.0 of 5.0")


def evidence(
    *,
    strength: Strength = Strength.T0,
    standing: Standing = Standing.S0,
    account: Account | None = None,
    grade: Grade = Grade.A3,
    match: Match = NO_MATCH,
    mail_from: str | None = "ann@bread.test",
    headers: tuple[tuple[str, str], ...] = (),
    kind: NatureKind = NatureKind.PERSON,
    author: Address | None = ANN,
    shop: ShopMatch = NO_SHOP,
    text: str = "hello",
) -> Evidence:
    """Evidence for a person's mail; what matters to a case is named in it."""
    token = None if strength is Strength.T0 else TOKEN
    return Evidence(
        reading=Reading(
            entry=Entry(
                id="01",
                envelope=Envelope(via=Via.SMTP, received_at=AT, mail_from=mail_from),
                raw=b"",
                sha256="",
                tries=1,
            ),
            message=Message(author=author, headers=headers, text=text, reply=text),
            content_key="",
            nature=Nature(kind=kind, why="its kind"),
            authentication=Authentication(grade=grade, why=""),
            spam=SpamReport(engine="none", state=ScanState.SKIPPED, why=""),
            token=TokenEvidence(strength=strength, why="", token=token, place="reply_token" if token else ""),
        ),
        sender=Sender(standing=standing, why="", accounts=(account,) if account else ()),
        match=match,
        agents=(),
        agent=None,
        duplicate_of=None,
        names_automatic_mail=False,
        shop=shop,
    )


S2, S1, S0 = Standing.S2, Standing.S1, Standing.S0
T3, T2, T1, T0 = Strength.T3, Strength.T2, Strength.T1, Strength.T0
