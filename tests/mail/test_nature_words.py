"""Machines that leave out every field, known by their own words; and persons who use the same ones."""

import pytest

from gateway.mail.nature import NatureKind
from gateway.mail.nature_words import MAX_SENTENCE, SAYS_SO
from tests.cost import assert_linear
from tests.mail.test_nature import envelope, nature

EXCHANGE = "Kan bericht niet bezorgen bij de volgende geadresseerden of groepen:\n\nanna@brood.test"
ANSWER = ("In-Reply-To", "<1@desk.test>")


def kind(author: str, subject: str, text: str, *fields: tuple[str, str]) -> NatureKind:
    """The kind of a mail that came with an ordinary envelope."""
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    raw = f"From: {author}\nSubject: {subject}\n{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    return nature(raw.encode()).kind


def test_exchange_is_known_by_its_sender_title_and_first_words() -> None:
    """All three: each alone is written by people."""
    title = "Niet-bestelbaar: Uw ticket"

    assert NatureKind.BOUNCE is kind("postmaster@brood.test", title, EXCHANGE)
    assert NatureKind.PERSON is kind("anna@brood.test", title, EXCHANGE)
    assert NatureKind.PERSON is kind("postmaster@brood.test", "Re: Uw ticket", EXCHANGE)
    assert NatureKind.PERSON is kind("postmaster@brood.test", title, "Uw bericht kwam aan, maar dit artikel niet.")


def test_a_notice_that_says_it_is_automatic_is_believed() -> None:
    """Where it answers something, and asks nothing."""
    says = "Wij hebben uw bericht ontvangen. Dit is een automatisch bericht."
    title = "Automatische ontvangstbevestiging: Uw ticket"

    assert NatureKind.AUTO_REPLY is kind("info@brood.test", title, says, ANSWER)
    assert NatureKind.PERSON is kind("info@brood.test", title, says)
    assert NatureKind.PERSON is kind("info@brood.test", f"Re: {title}", says, ANSWER)
    assert NatureKind.PERSON is kind("info@brood.test", title, f"{says} Hoe wijzig ik dat?", ANSWER)
    assert NatureKind.PERSON is kind("info@brood.test", title, "Wij hebben uw bericht ontvangen.", ANSWER)


def test_who_asks_about_absences_under_a_new_subject_is_a_person() -> None:
    """In an old thread; a program asks nothing in its subject and its text."""
    assert NatureKind.PERSON is kind("a@b.test", "Afwezig: hoe stel ik dat in?", "Waar zet ik dat aan?", ANSWER)
    assert NatureKind.AUTO_REPLY is kind("a@b.test", "Afwezig: Uw ticket?", "Ik ben er weer op 14-9.", ANSWER)


def test_an_answer_out_of_a_marketing_tool_is_a_persons() -> None:
    """A newsletter answers nothing, and a list says its name."""
    unsubscribe = ("List-Unsubscribe", "<mailto:u@crm.test>")

    assert NatureKind.PERSON is kind("a@b.test", "Re: Your ticket", "The second one.", ANSWER, unsubscribe)
    assert NatureKind.BULK is kind("a@b.test", "Re: Your ticket", "The second one.", unsubscribe)
    assert NatureKind.BULK is kind("a@b.test", "Our sale", "Only today.", ANSWER, unsubscribe)
    assert NatureKind.BULK is kind("a@b.test", "Re: [shop] x", "Hi.", ANSWER, unsubscribe, ("List-Id", "<l.b.test>"))


def test_a_postmaster_whose_path_nobody_knows_may_be_a_person() -> None:
    """A file has no envelope: a title in other words than a program's is his own."""
    raw = "From: postmaster@brot.test\nSubject: {}\n\nBestellmails kommen nicht an."

    assert NatureKind.PERSON is nature(raw.format("Unzustellbar - wer hilft?").encode(), envelope(None)).kind
    assert NatureKind.BOUNCE is nature(raw.format("Unzustellbar: Ihr Ticket").encode(), envelope(None)).kind


@pytest.mark.parametrize("words", ["ceci est un ", "ce message l'un d'eux ", "this is ", "diese eine ", "a" * 40])
def test_the_search_for_such_sentences_is_linear(words: str) -> None:
    """Of any text, as far as it is looked at and further."""
    assert_linear(lambda size: SAYS_SO.search(words * size), MAX_SENTENCE)
