"""Which words of a customer say that it works now, in five languages; and when a text counts as one that helped."""

import pytest

from gateway.canned.helped import Count, counted, helped
from gateway.canned.thanks import Thanks, read_thanks
from gateway.store.canned import CannedUse, LaterMail

SOLVED = (
    "Thanks, solved!",
    "Great, it works now. Kind regards, Helen",
    "Thank you, that helped.",
    "Ευχαριστώ πολύ, λύθηκε!",
    "Τέλεια, δουλεύει τώρα",
    "ευχαριστω, το βρηκα",
    "Bedankt, het werkt weer",
    "Is gelukt, dank je wel!",
    "Merci, c'est bon maintenant.",
    "Super, ça marche",
    "Danke, hat geklappt!",
    "Hat sich erledigt, vielen Dank",
)
ONLY_THANKS = ("Thank you!", "Ευχαριστώ", "Dank je", "Merci beaucoup", "Vielen Dank für die schnelle Antwort")
NEITHER = (
    "",
    "Thanks, but it does not work.",
    "It works now, but the photos are still blurry",
    "Does it work now?",
    "Solved? I don't think so",
    "δεν λύθηκε",
    "Λύθηκε; Πώς το βλέπω;",
    "het werkt nog niet",
    "ça marche pas",
    "geht jetzt leider gar nichts mehr",
    "When will somebody answer me",
    "It works now. " + "And another thing. " * 20,
)


@pytest.mark.parametrize("text", SOLVED)
def test_who_says_that_it_works_is_understood(text: str) -> None:
    """Short and plain."""
    assert Thanks.SOLVED is read_thanks(text)


@pytest.mark.parametrize("text", ONLY_THANKS)
def test_thanks_alone_are_only_thanks(text: str) -> None:
    """They may be for the effort."""
    assert Thanks.THANKS is read_thanks(text)


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_not_plain_is_no_yes(text: str) -> None:
    """A but, a question, a long mail."""
    assert Thanks.NEITHER is read_thanks(text)


def use(how: str, state: str, *later: str, aside: bool = False) -> CannedUse:
    """A text that was used, and what came later: `us` is the desk's, all else are a customer's words."""
    mails = tuple(LaterMail(is_ours=each == "us", reply=each) for each in later)
    return CannedUse(name="login", language="en", how=how, state=state, is_set_aside=aside, later=mails)


HELPED = {
    "sent, he says that it works": use("sent", "waiting_for_customer", "it works now"),
    "sent, he says that it works, then asks for something else": use("sent", "open", "solved!", "and my photos?", "us"),
    "sent, solved without another word": use("sent", "solved"),
    "sent, closed after thanks": use("sent", "closed", "thank you"),
    "offered, he says that it works": use("offered", "open", "thanks, it works now", "us"),
}
NOT_HELPED = {
    "sent, still open": use("sent", "waiting_for_customer"),
    "sent, he wrote again": use("sent", "solved", "no, the other shop"),
    "sent, the desk wrote again": use("sent", "solved", "us"),
    "sent, the desk wrote again before he was content": use("sent", "solved", "us", "it works now"),
    "sent, thanks, still open": use("sent", "open", "thank you"),
    "sent, merged or spam": use("sent", "closed", aside=True),
    "offered, closed by an agent": use("offered", "closed"),
    "offered, closed after thanks": use("offered", "closed", "thank you"),
    "offered, an agent answered first": use("offered", "solved", "us", "it works now"),
    "offered, nothing happened": use("offered", "new"),
}


@pytest.mark.parametrize("case", HELPED.values(), ids=list(HELPED))
def test_a_text_helped_where_the_ticket_says_so(case: CannedUse) -> None:
    """The customer's word, or silence after which it was solved."""
    assert helped(case)


@pytest.mark.parametrize("case", NOT_HELPED.values(), ids=list(NOT_HELPED))
def test_what_is_not_known_is_not_counted(case: CannedUse) -> None:
    """A figure that flatters is worth nothing."""
    assert not helped(case)


def test_uses_are_counted_by_text_and_language() -> None:
    """Offered and sent apart."""
    uses = [*HELPED.values(), *NOT_HELPED.values()]

    assert {("login", "en"): Count(offered=5, offered_helped=1, sent=10, sent_helped=4)} == counted(uses)
    assert {} == counted([])
