"""Canned texts in real mails: offered in receipts, suggested in notifications, counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.canned.helped import Count, counted
from gateway.model import ArticleKind, Ticket
from gateway.render import Passage
from gateway.store import canned as store
from gateway.store.outcomes import Outcome
from gateway.store.types import EPOCH
from gateway.tickets import canning, change
from gateway.tickets.state import Happening
from tests.desk import CUSTOMER, STRANGER, SUPPORT, TestDesk

DOMAIN = (
    "Hello, I bought a domain name at another registrar. What do I enter in its DNS settings so that it shows my shop?"
)
PHONE = "I lost my phone with the authenticator app and have no backup codes. How do I get the six digits login code?"


def write(
    desk: TestDesk, text: str, *, author: str = CUSTOMER, subject: str = "a question", signed: bool = True
) -> Outcome:
    """A mail comes in."""
    return desk.take(desk.post.mail(author, SUPPORT, text, subject=subject, signed=signed), mail_from=author)


def text_of(desk: TestDesk, template: str) -> str:
    """The last mail of that template, as plain text."""
    return desk.letter(desk.outbox(template)[-1]).data.decode()


def value(desk: TestDesk, template: str) -> str:
    """The canned texts in the last mail of that template."""
    return dict(desk.outbox(template)[-1].values)["text" if template == "receipt" else "canned"]


def counts(desk: TestDesk) -> dict[tuple[str, str], Count]:
    """What is counted."""
    with desk.store.reading() as tx:
        return counted(store.canned_uses(tx, EPOCH))


def answer(desk: TestDesk, ticket: Ticket, name: str) -> None:
    """An agent sends a canned text."""
    at = desk.clock.now()
    with desk.store.transaction() as tx:
        passage = canning.canned_answer(tx, desk.gateway.desk, ticket, name=name, parameters={})
        assert isinstance(passage, Passage)
        change.add_text(
            tx,
            ticket,
            kind=ArticleKind.OUT,
            author="kim@desk.test",
            author_name="Kim",
            text=passage.text,
            message_id="<1@reply.desk.test>",
            entry_id=None,
            at=at,
        )
        canning.note_sent(tx, ticket, name, at=at)


def test_a_proven_customer_reads_in_his_receipt_what_may_already_help(desk: TestDesk) -> None:
    """The text with his shop in it; it is counted."""
    outcome = write(desk, DOMAIN)
    receipt = value(desk, "receipt")

    assert receipt.startswith("Use your own domain name\n\nA domain name is the address")
    assert "In the settings of your shop bread.test, under domain names" in receipt
    assert "Perhaps this already helps" in text_of(desk, "receipt")
    assert {("domain-name", "en"): Count(offered=1)} == counts(desk)
    assert desk.ticket(outcome).id


def test_nothing_that_the_customer_typed_stands_in_what_he_is_offered(desk: TestDesk) -> None:
    """It chooses among our texts, no more (I6)."""
    write(desk, f"{DOMAIN} zanzibar {{{{7*7}}}} <b>xyzzy</b>", subject="domain name xyzzy DNS")

    offered = value(desk, "receipt")
    assert offered
    assert "xyzzy" not in offered
    assert "zanzibar" not in offered


def test_a_receipt_never_holds_a_text_that_is_not_public(desk: TestDesk) -> None:
    """Agents are suggested it all the same."""
    write(desk, PHONE, subject="two-factor login")

    assert "" == value(desk, "receipt")
    assert "Perhaps this already helps" not in text_of(desk, "receipt")
    assert "#canned two-factor – Lost phone: login codes (two-factor login)\n" in value(desk, "notification")
    assert {} == counts(desk)


@pytest.mark.parametrize(("author", "signed"), [(STRANGER, True), (STRANGER, False), (CUSTOMER, False)])
def test_nobody_but_a_proven_customer_is_offered_anything(desk: TestDesk, author: str, signed: bool) -> None:
    """The neutral mail is the same for everyone."""
    write(desk, DOMAIN, author=author, signed=signed)

    assert [] == desk.outbox("receipt")
    assert all("text" not in dict(mail.values) for mail in desk.outbox("neutral"))
    assert {} == counts(desk)


def test_what_fits_no_text_gets_the_plain_receipt(desk: TestDesk) -> None:
    """As before there were any."""
    write(desk, "Have a nice weekend, we are very happy with you.", subject="greetings")

    assert "" == value(desk, "receipt")
    assert "" == value(desk, "notification")


def test_agents_see_three_texts_with_the_command_that_sends_each(desk: TestDesk) -> None:
    """In the customer's language, inside of the lines that never reach a customer."""
    write(desk, f"{DOMAIN} And how can I pay for shipping with a discount code?")
    suggested = value(desk, "notification").split("\n\n")

    assert 3 == len(suggested)
    assert suggested[0].startswith(
        "#canned domain-name – Use your own domain name\nA domain name is the address people"
    )
    text = text_of(desk, "notification")
    before, _, _ = text.partition("#canned domain-name")
    assert before.count("--- internal ---") > before.count("--- end of internal ---")


def test_the_shop_of_the_ticket_is_filled_in(desk: TestDesk) -> None:
    """Where nobody says otherwise, and only where the text has a place for it."""
    ticket = desk.ticket(write(desk, DOMAIN))
    with desk.store.reading() as tx:

        def ask(name: str, **given: str) -> str:
            answer = canning.canned_answer(tx, desk.gateway.desk, ticket, name=name, parameters=given)
            return answer.text if isinstance(answer, Passage) else str(answer)

        assert "settings of your shop bread.test," in ask("domain-name")
        assert "settings of your shop other.test," in ask("domain-name", shop="other.test")
        assert "Enter 192.0.2.7, both" in ask("domain-name", target="192.0.2.7")
        assert "The canned answer backup does not know `shop`. It takes: link." == ask("backup", shop="x")


def test_a_text_that_ended_the_matter_is_counted_as_helpful(desk: TestDesk) -> None:
    """Sent, then the customer says that it works."""
    outcome = write(desk, DOMAIN)
    desk.clock.at += timedelta(hours=1)
    answer(desk, desk.ticket(outcome), "domain-name")
    assert {("domain-name", "en"): Count(offered=1, sent=1)} == counts(desk)

    desk.clock.at += timedelta(hours=1)
    reply_to = desk.outbox("receipt")[0].reply_to
    desk.take(desk.post.mail(CUSTOMER, reply_to, "Thanks, it works now!"), rcpt=(reply_to,), mail_from=CUSTOMER)

    assert {("domain-name", "en"): Count(offered=1, sent=1, sent_helped=1)} == counts(desk)


def test_who_is_helped_by_his_receipt_is_counted(desk: TestDesk) -> None:
    """Before anybody of the desk had to write."""
    write(desk, DOMAIN)
    desk.clock.at += timedelta(hours=1)
    reply_to = desk.outbox("receipt")[0].reply_to
    desk.take(desk.post.mail(CUSTOMER, reply_to, "Found it, thank you!"), rcpt=(reply_to,), mail_from=CUSTOMER)

    assert {("domain-name", "en"): Count(offered=1, offered_helped=1)} == counts(desk)


def test_a_solved_ticket_counts_and_a_withdrawn_answer_does_not(desk: TestDesk) -> None:
    """What an agent took back was never sent."""
    ticket = desk.ticket(write(desk, DOMAIN))
    desk.clock.at += timedelta(minutes=5)
    answer(desk, ticket, "domain-name")
    with desk.store.transaction() as tx:
        change.move(tx, ticket, Happening.SOLVED, actor="Kim", at=desk.clock.now())
    assert {("domain-name", "en"): Count(offered=1, sent=1, sent_helped=1)} == counts(desk)

    with desk.store.transaction() as tx:
        tx.exec_driver_sql("UPDATE article SET kind = 'withdrawn' WHERE kind = 'out'")

    assert {("domain-name", "en"): Count(offered=1)} == counts(desk)


def test_a_greek_customer_is_offered_a_greek_text(desk: TestDesk) -> None:
    """In the language of the receipt."""
    text = "Καλημέρα, αγόρασα ένα όνομα τομέα από άλλη εταιρεία. Τι γράφω στα DNS για να συνδέσω το domain;"
    write(desk, text, subject="domain")

    assert value(desk, "receipt").startswith("Το δικό σας όνομα τομέα (domain)")
    assert "Ίσως σας βοηθήσει ήδη αυτό" in text_of(desk, "receipt") or "base64" in text_of(desk, "receipt")


def test_a_desk_without_texts_works_as_before(desk: TestDesk) -> None:
    """An operator may switch all of them off."""
    bare = replace(desk.gateway.desk, canned=type(desk.gateway.desk.canned)())
    desk.gateway = replace(desk.gateway, desk=bare)
    write(desk, DOMAIN)

    assert ("", "") == (value(desk, "receipt"), value(desk, "notification"))
