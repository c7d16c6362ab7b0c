"""Was it you? A wrong yes is the worst error, so everything that is not plain is unclear."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.matching.yes_no import MAX_TEXT, Answer, denies, read_yes_no
from gateway.matching.yes_no_words import NEGATIONS, PHRASES, Kind
from tests.cost import cheap

YES = {
    "en": """
        Yes
        YES
        yes.
        Yes!!!
        Yes, this was me
        Yes, this was me.
        yes that was me
        Yes - it was me.
        Yes it's me
        Yes, that's me!
        Yes, I wrote this mail.
        Yes I did
        I did
        It was me.
        That was me, I was writing from my private address.
        Yes, that was me, and please hurry
        I wrote it
        I sent that email
        OK, that was me
        Sure, it was me
        Yes, thank you
        Yes please
        Correct
        That is correct.
        Confirmed
        I confirm
        I hereby confirm this
        Indeed, I sent it
        Yse
        yess
        yes, tihs was me
        Yes thsi was me
        Yes, it was from me
        Yeah
        yep
        Absolutely
        Yes, this is my message
    """,
    "nl": """
        Ja
        JA!
        Ja.
        Ja hoor
        Ja, dat was ik
        ja dat was ik
        Ja, dat ben ik.
        Ja dat was ik zelf
        Jazeker
        Jawel, dat was ik
        Klopt
        Dat klopt
        Dat klopt, dat was ik
        Ja, klopt!
        Ja, ik was het
        Ja ik heb dat gestuurd
        Dat heb ik geschreven
        Ja, die mail heb ik verstuurd.
        Ik heb deze mail gestuurd
        Ja, die mail is van mij
        Inderdaad, dat was ik
        Ja bedankt
        Ja, dank u wel
        Zeker, dat was ik
        Ik bevestig dat
        Ja, dat wsa ik
        ja, dat heb ik gestuurdt
        Ja, dat is mijn mail
        Bevestigd
    """,
    "fr": """
        Oui
        OUI
        oui.
        Oui, c'était moi
        Oui, c’était moi.
        oui c'etait moi
        Oui c etait moi
        Oui, c'est moi
        C'est bien moi
        C'était bien moi.
        Oui, c'est bien moi qui ai écrit
        Oui, j'ai écrit ce message
        J'ai envoyé ce mail
        Oui, je l'ai envoyé
        Oui, ce message vient de moi
        Oui, ce mail est bien de moi
        Tout à fait
        Exactement
        Effectivement, c'était moi
        Oui merci
        Oui, merci beaucoup
        Bonjour, oui c'était moi
        Je confirme
        Je vous confirme
        Oui, je confirme que c'était moi
        C'est exact
        Ouais, c'était moi
        Mais oui
        Oui, c'étiat moi
        Absolument
    """,
    "de": """
        Ja
        JA
        ja.
        Ja, das war ich
        ja das war ich
        Ja, ich war das
        Ja, ich war es
        Ja, das bin ich
        Ja, das war ich selbst
        Das war ich
        Ja, die Mail ist von mir
        Ja, die Nachricht kam von mir
        Ja, das habe ich geschrieben
        Ich habe das geschrieben
        Ich habe diese Mail geschickt
        Ja, die habe ich gesendet
        Stimmt
        Das stimmt
        Ja, stimmt.
        Genau
        Genau, das war ich
        Richtig
        Jawohl
        Ja, danke
        Ja, vielen Dank
        Ja bitte
        Ich bestätige das
        Hiermit bestätige ich das
        ja, das wra ich
        Ja, ich habe das geschribeen
        Natürlich, das war ich
    """,
    "el": """
        Ναι
        ΝΑΙ
        ΝΑΊ
        ναι.
        Ναί
        Ναι, εγώ ήμουν
        ΝΑΙ, ΕΓΩ ΗΜΟΥΝ
        ναι εγω ημουν
        Ναι, εγώ ήμουνα.
        Ναι, εγώ είμαι
        Εγώ ήμουν
        Ναι, ήμουν εγώ
        Ναι, εγώ το έγραψα
        Ναι, το έγραψα εγώ
        Το έστειλα εγώ
        Ναι, εγώ έστειλα το μήνυμα
        Ναι, εγώ σας έγραψα
        Ναι, δικό μου είναι
        Ναι, είναι δικό μου
        Ναι, το email είναι από εμένα
        Μάλιστα
        Μάλιστα, εγώ ήμουν
        Σωστά
        Ακριβώς, εγώ ήμουν
        Βεβαίως
        Ναι, ευχαριστώ
        Ναι, σας ευχαριστώ πολύ
        Καλημέρα, ναι εγώ ήμουν
        Επιβεβαιώνω
        Το επιβεβαιώνω
        nai
        Nai egw hmoun
        nai, ego imoun
        Ναι, εγώ ήομυν
    """,
}

NO = {
    "en": """
        No
        NO!
        no.
        Nope
        No, it wasn't me
        no it wasn't me
        No, that was not me
        That wasn’t me
        It was not me.
        No, I did not write this
        I didn't write that mail
        I never sent this
        No, I never wrote to you
        Not me
        No, not me!
        No thanks
        Certainly not
        No, please ignore it
        No, that is not my message
        I know nothing about this mail
        Hello, no, this was not me
        No, I have not sent it
        No, this mail is not from us
        Absolutely not
        no, it wans't me
    """,
    "nl": """
        Nee
        NEE!
        nee.
        Neen
        Nee hoor
        Nee, dat was ik niet
        nee dat ben ik niet
        Dat was ik niet
        Ik was het niet
        Nee, ik was dat niet
        Nee, dat heb ik niet geschreven
        Ik heb dat niet gestuurd
        Ik heb geen mail gestuurd
        Ik heb niets verstuurd
        Nee, die mail is niet van mij
        Niet van mij
        Ik niet
        Nee, bedankt
        Zeker niet
        Absoluut niet
        Helemaal niet
        Hallo, nee, dat was ik niet
        Nee, deze mail heb ik nooit verstuurd
        Nee, verwijder het
        nee, dat wsa ik niet
    """,
    "fr": """
        Non
        NON
        non.
        Non merci
        Non, ce n'était pas moi
        Non, ce n’était pas moi.
        non ce n'etait pas moi
        Ce n'est pas moi
        C'était pas moi
        Pas moi
        Pas de moi
        Non, je n'ai pas écrit ce message
        Je n'ai rien envoyé
        Je n'ai jamais écrit cela
        Non, je ne l'ai pas envoyé
        Non, ce n'est pas mon message
        Pas du tout
        Certainement pas
        Absolument pas
        Bonjour, non ce n'était pas moi
        Non, c'est pas moi
        Non, supprimez ce message
        Non, ce n'est pas de moi
        Non et merci
        Non, ce n'étiat pas moi
    """,
    "de": """
        Nein
        NEIN
        nein.
        Nö
        Nein, das war ich nicht
        nein das war ich nicht
        Das war ich nicht
        Ich war das nicht
        Nein, ich war es nicht
        Nein, das habe ich nicht geschrieben
        Ich habe das nicht geschickt
        Ich habe nichts geschrieben
        Ich habe keine Mail geschickt
        Nein, die Mail ist nicht von mir
        Nicht von mir
        Ich nicht
        Nein, danke
        Auf keinen Fall
        Ganz sicher nicht
        Sicher nicht
        Hallo, nein, das war ich nicht
        Nein, diese Nachricht habe ich nie verschickt
        Nein, bitte löschen
        Keinesfalls
        Nein, das wra ich nicht
    """,
    "el": """
        Όχι
        ΟΧΙ
        οχι.
        όχι!
        Όχι, δεν ήμουν εγώ
        οχι δεν ημουν εγω
        Δεν ήμουν εγώ
        Δεν είμαι εγώ
        Όχι εγώ
        Όχι, δεν το έγραψα εγώ
        Δεν το έστειλα
        Δεν έγραψα τίποτα
        Όχι, εγώ δεν έστειλα
        Εγώ δεν το έγραψα
        Δεν είναι δικό μου
        Όχι, δεν είναι από εμένα
        Όχι, ευχαριστώ
        Σε καμία περίπτωση
        Καθόλου
        Βεβαίως όχι
        Καλημέρα, όχι, δεν ήμουν εγώ
        Όχι, διαγράψτε το
        oxi
        ohi den imoun ego
        Oxi, den hmoun egw
        Όχι, δεν ήομυν εγώ
    """,
}

UNCLEAR = {
    "en": """
        ok
        OK.
        Okay, thanks
        Sure
        Thanks
        Thank you for the mail
        Hello
        maybe
        Yes?
        Yes, maybe
        Yes, I think so
        I think it was me
        Probably yes
        Yes... no
        yes no
        No, yes
        Yes and no
        not yes
        Yes, not me
        Yes, it was not me
        yes it wasn't me
        Yes it was nto me
        Yes it was noe me
        Yes, but it was not me
        Yes, somebody wrote in my name
        Yes, my brother wrote it
        Yes, that was him
        Yes, it was your mail
        Yes, I got your mail
        Yes I have the mail
        Yes, please stop these mails
        Yes, who is that?
        Was it me?
        Was that you? Yes
        It was me?
        Why do you ask?
        No problem
        No idea
        No worries, go ahead
        No problem, it was me
        I don't know
        I'm not sure
        Not sure, yes
        I am sure
        Yes, that was me, or my wife
        Yes that was me but he changed it
        It was me who lost the password
        My checkout does not work
        My account was hacked
        1
        👍
        Me
        right
        Yes it could be me
        Well, that wasn't not me
    """,
    "nl": """
        oke
        Prima
        Misschien
        Ja, misschien
        Ja?
        Ja, denk ik
        Ik denk dat ik dat was
        Ja nee
        Nee ja
        Ja, maar dat was ik niet
        Ja, dat was ik niet
        Ja, dat was mijn broer
        Ja, iemand schreef in mijn naam
        Ja, dat is uw mail
        Ja, ik heb uw mail ontvangen
        Ja, wie is dat?
        Was ik dat?
        Waarom vraagt u dat?
        Geen idee
        Geen probleem
        Geen probleem, dat was ik
        Weet ik niet
        Nou ja
        Zeker
        Ja, dat was ik of mijn vrouw
        Ja, dat heeft hij gestuurd
        Dat was zij
        Ik heb een vraag
    """,
    "fr": """
        ok
        D'accord
        Peut-être
        Oui, peut-être
        Oui ?
        Oui, je crois
        Je pense que c'était moi
        Oui et non
        Oui, non
        Oui mais
        Oui, mais ce n'était pas moi
        Oui, ce n'était pas moi
        Oui, c'était mon frère
        Oui, quelqu'un a écrit en mon nom
        Oui, c'est votre message
        Oui, j'ai reçu votre message
        Oui, qui est-ce ?
        C'était moi ?
        Pourquoi ?
        Aucune idée
        Pas de problème
        Pas de problème, c'était moi
        Je ne sais pas
        Si
        Oui, c'était lui
        Oui, il l'a envoyé
        Oui, c'était moi ou ma femme
        Merci
    """,
    "de": """
        ok
        Gut
        Vielleicht
        Ja, vielleicht
        Ja?
        Ja, glaube ich
        Ich glaube, das war ich
        Ja nein
        Jein
        Nein, ja
        Ja, aber das war ich nicht
        Ja, das war ich nicht
        Ja, das war mein Bruder
        Ja, das war deine Mail
        Ja, das ist Ihre Mail
        Ja, jemand hat in meinem Namen geschrieben
        Ja, ich habe Ihre Mail bekommen
        Ja, wer ist das?
        War ich das?
        Warum fragen Sie?
        Keine Ahnung
        Kein Problem
        Kein Problem, das war ich
        Weiß ich nicht
        Na ja
        Sicher
        Ja, das war er
        Ja, das war ich oder meine Frau
        Ich kann mich nicht einloggen
        Ja, das hat meine Frau geschrieben
    """,
    "el": """
        οκ
        Εντάξει
        Ίσως
        Ναι, ίσως
        Ναι;
        Εγώ ήμουν;
        Ναι, νομίζω
        Νομίζω ότι ήμουν εγώ
        Ναι και όχι
        Ναι, όχι
        Όχι, ναι
        Ναι, αλλά δεν ήμουν εγώ
        Ναι, δεν ήμουν εγώ
        Ναι, το έγραψε ο αδερφός μου
        Ναι, το έγραψε αυτός
        Ναι, ήταν ο άντρας μου
        Ναι, κάποιος έγραψε στο όνομά μου
        Ναι, έλαβα το μήνυμά σας
        Ναι, ποιος είναι;
        Γιατί ρωτάτε;
        Δεν ξέρω
        Δεν είμαι σίγουρος
        Κανένα πρόβλημα
        Μπορεί
        Ευχαριστώ
        Καλημέρα
        Εσείς το στείλατε
        Ναι, αυτή ήταν
        isos
    """,
}

CASES = [
    pytest.param(line.strip(), answer, id=f"{answer.value}-{language}-{line.strip()}")
    for answer, table in ((Answer.YES, YES), (Answer.NO, NO), (Answer.UNCLEAR, UNCLEAR))
    for language, lines in table.items()
    for line in lines.strip().split("\n")
]


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_a_reply_of_one_line(text: str, answer: Answer) -> None:
    """Five languages, with slips and without accents."""
    assert answer is read_yes_no(text)


@pytest.mark.parametrize("table", [YES, NO, UNCLEAR], ids=["yes", "no", "unclear"])
def test_each_language_has_its_phrases(table: dict[str, str]) -> None:
    """At least 25 of each kind."""
    assert {"en", "nl", "fr", "de", "el"} == set(table)
    assert 25 <= min(len(lines.strip().split("\n")) for lines in table.values())


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Hi Kim,\n\nYes, that was me.\n\nRegards\nAnn", Answer.YES),
        ("Dear support team\nYes\nAnn", Answer.YES),
        ("Beste support,\n\nJa, dat was ik.\n\nMvg\nAn", Answer.YES),
        ("Bonjour,\n\nOui, c'était moi.\nCordialement,\nAnne", Answer.YES),
        ("Guten Tag,\n\nja, das war ich.\n\nMfG", Answer.YES),
        ("Γεια σας,\n\nΝαι, εγώ ήμουν.\n\nΜε εκτίμηση\nΆννα", Answer.YES),
        ("Yes,\nthis was me", Answer.YES),
        ("Yes, that was me.\nThe checkout does not work since Monday, can you help?", Answer.YES),
        ("Yes. The customers are not able to pay.", Answer.YES),
        ("Ja, dat was ik. Mijn winkel doet het niet.", Answer.YES),
        ("Yes\n\n> Was it you?\n> No?", Answer.YES),
        ("Yes\n-- \nNo reply address, it was not me", Answer.YES),
        ("Yes\nSent from my phone, not me", Answer.YES),
        ("No\nAnn", Answer.NO),
        ("Hello\n\nNo, that was not me.\nWho was it?", Answer.NO),
    ],
)
def test_a_reply_of_several_lines(text: str, answer: Answer) -> None:
    """A greeting is stepped over; what follows about other matters, a signature and quotations do not count."""
    assert answer is read_yes_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "Yes.\nNo wait, it wasn't me",
        "Yes\nNo",
        "Yes. Sorry, no.",
        "Yes.\nBut I did not write that.",
        "Yes\n\nI don't know this address.",
        "Yes. Actually not.",
        "Yes.\nWait",
        "Yes\nMaybe",
        "Yes. That was not me.",
        "Yes. I have never sent you a mail.",
        "Yes\nwas my\nbrother",
        "Yes this was my\nbrother",
        "Yes, I wrote this mail together with a man whom I have\nnever met",
        "Yes, this was written by me on the telephone of the man\nbut he changed it",
        "Ja.\nNee, toch niet.",
        "Ja. Dat was ik niet.",
        "Ja. Ik ken dit adres niet.",
        "Oui.\nNon, ce n'était pas moi.",
        "Oui. Je ne connais pas cette adresse.",
        "Ja.\nNein, doch nicht.",
        "Ja. Ich kenne diese Adresse nicht.",
        "Ναι.\nΌχι, λάθος.",
        "Ναι. Δεν το έγραψα εγώ.",
        "Ναι. Δεν γνωρίζω αυτή τη διεύθυνση.",
        "No.\nYes",
        "No. It was me.",
        "Nee. Dat was ik.",
        "> Yes",
        "",
        "\n\n",
        "-- \nYes",
        "Best regards\nYes",
        "?",
        "Yes" + " yes" * 100,
    ],
)
def test_what_takes_an_answer_back_makes_it_unclear(text: str) -> None:
    """Whatever stands in the rest of the reply, and where no answer stands at all."""
    assert Answer.UNCLEAR is read_yes_no(text)


@pytest.mark.parametrize("negation", sorted(NEGATIONS))
def test_no_yes_holds_a_negation(negation: str) -> None:
    """Wherever in "yes, it was me" somebody puts one, it is no yes."""
    words = ["yes", "it", "was", "me"]
    texts = [" ".join((*words[:place], negation, *words[place:])) for place in range(len(words) + 1)]

    assert Answer.YES not in {read_yes_no(text) for text in texts}


def test_no_phrase_that_means_yes_holds_a_negation() -> None:
    """The table itself: none of its thousands of phrases says both."""
    both = [phrase for phrase, kind in PHRASES.items() if kind in (Kind.YES, Kind.SELF) and NEGATIONS & set(phrase)]

    assert [] == both


@given(st.lists(st.sampled_from(sorted({word for phrase in PHRASES for word in phrase})), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_known_words_in_any_order_are_no_yes_without_one_who_says_it(words: list[str]) -> None:
    """A yes has a phrase that says yes, and no word that says no."""
    text = " ".join(words)
    if read_yes_no(text) is Answer.YES:
        runs = {tuple(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)}
        assert {Kind.YES, Kind.SELF} & {PHRASES.get(run) for run in runs}
        assert not {Kind.NO, Kind.DENIAL} & {PHRASES.get((word,)) for word in words}


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_has_an_answer_and_strange_ones_are_no_yes(text: str) -> None:
    """It never raises."""
    assert read_yes_no("zq " + text) is not Answer.YES


@pytest.mark.parametrize(
    "piece", ["yes ", "yes\n", "not me ", "y", "..", "? ", "- ", ",", "> yes\n", "qq'", "ναι ", "abcde fghij klmno "]
)
def test_a_long_reply_costs_little(piece: str) -> None:
    """Only its beginning is read, and every word of it once."""
    text = piece * (1_000_000 // len(piece))
    cheap(0.2, lambda: read_yes_no(text))

    assert len(text) > 100 * MAX_TEXT


@pytest.mark.parametrize(
    "text",
    [
        "I don't know this message.",
        "I got your answer. I never wrote this!",
        "What is this? I have not written to you.",
        "Ik ken deze mail niet",
        "Je n'ai pas envoyé ce mail",
        "Guten Tag,\n\nich habe Ihnen nicht geschrieben.",
        "Δεν έστειλα εγώ αυτό το μήνυμα.",
    ],
)
def test_a_denial_is_found_without_a_question(text: str) -> None:
    """Among the first sentences of a reply to anything."""
    assert denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know why it happens.",
        "The parcel was not sent yet.",
        "No, it still fails.",
        "I did not get your mail about the invoice.",
        "Ich weiss nicht, warum.",
        "Τι να κάνω; Δεν δουλεύει.",
        "Yes, that was me.",
        "It fails. It fails. It fails. Somebody else says: I never wrote this.",
        "",
    ],
)
def test_other_negations_are_no_denial(text: str) -> None:
    """People who write to support negate a lot."""
    assert not denies(text)


@pytest.mark.parametrize("text", ["Ja! Stoppen!", "Ja. Bitte löschen.", "Oui. Supprimez-le.", "Yes. Delete it."])
def test_a_yes_that_objects_is_unclear(text: str) -> None:
    """Perhaps he means that he did not write it: a wrong yes would let a stranger act."""
    assert Answer.UNCLEAR is read_yes_no(text)
