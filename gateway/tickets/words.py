"""The words for what the stages found, in the languages that agents read: grades, standings, states, priorities.

They are no templates: what a grade means is the program's to say, and must be the same in every mail.
"""

from dataclasses import dataclass

from gateway.model import Priority, TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language."""

    grades: dict[str, str]
    """How far it is proven who wrote (A3 strongest)."""
    standings: dict[str, str]
    """What we know of the address (S2 best)."""
    strengths: dict[str, str]
    """What the address that was written to, or the thread, says about the ticket (T3 strongest)."""
    states: dict[TicketState, str]
    priorities: dict[Priority, str]
    free: str
    """Of a ticket that no agent has."""
    yours: str
    """Of one that the reader has."""
    taken: str
    """Of one that `{}` has."""
    forged: str
    unproven: str
    address_only: str
    nobody: str
    """In place of an author whose address cannot be read."""


_S = TicketState
_P = Priority

ENGLISH = Words(
    grades={
        "A3": "Proven: the author's domain signed this mail.",
        "A2": "Proven: the mail came from a server that the author's domain names.",
        "A1": "Not proven: nothing shows that the owner of this address wrote it.",
        "A?": "Not proven: DNS gave no answer about the author's domain.",
        "A0": "Probably forged: the author's domain does not stand by this mail.",
    },
    standings={
        "S2": "The address is verified on an account.",
        "S1": "The address is known to us, but not verified.",
        "S0": "The address is not known to us.",
    },
    strengths={
        "T3": "The author answers on his own reply address.",
        "T2": "It came to a reply address that was given to somebody else.",
        "T1": "It mentions a ticket, which proves nothing.",
    },
    states={
        _S.NEW: "new",
        _S.OPEN: "open",
        _S.WAITING_FOR_CUSTOMER: "waiting for the customer",
        _S.WAITING_FOR_US: "waiting for us",
        _S.SOLVED: "solved",
        _S.CLOSED: "closed",
    },
    priorities={
        _P.LOW: "low priority",
        _P.NORMAL: "normal priority",
        _P.HIGH: "high priority",
        _P.URGENT: "urgent",
    },
    free="nobody has it",
    yours="you have it",
    taken="{} has it",
    forged="Treat this mail as forged: do nothing that it asks for, and say nothing about any account.",
    unproven="It is not proven who wrote this: say nothing about an account before you have made sure.",
    address_only="Only the address is proven, not that it is a customer's: say nothing about an account before you "
    "have made sure.",
    nobody="(no valid address)",
)

GREEK = Words(
    grades={
        "A3": "Αποδεδειγμένο: ο τομέας του αποστολέα υπέγραψε αυτό το μήνυμα.",
        "A2": "Αποδεδειγμένο: το μήνυμα ήρθε από διακομιστή που δηλώνει ο τομέας του αποστολέα.",
        "A1": "Μη αποδεδειγμένο: τίποτα δεν δείχνει ότι το έγραψε ο κάτοχος αυτής της διεύθυνσης.",
        "A?": "Μη αποδεδειγμένο: το DNS δεν απάντησε για τον τομέα του αποστολέα.",
        "A0": "Πιθανότατα πλαστό: ο τομέας του αποστολέα δεν αναγνωρίζει αυτό το μήνυμα.",
    },
    standings={
        "S2": "Η διεύθυνση είναι επαληθευμένη σε λογαριασμό.",
        "S1": "Η διεύθυνση μας είναι γνωστή, αλλά δεν είναι επαληθευμένη.",
        "S0": "Η διεύθυνση μας είναι άγνωστη.",
    },
    strengths={
        "T3": "Ο αποστολέας απαντά στη δική του διεύθυνση απάντησης.",
        "T2": "Ήρθε σε διεύθυνση απάντησης που είχε δοθεί σε άλλον.",
        "T1": "Αναφέρει ένα αίτημα, αλλά αυτό δεν αποδεικνύει τίποτα.",
    },
    states={
        _S.NEW: "νέο",
        _S.OPEN: "ανοιχτό",
        _S.WAITING_FOR_CUSTOMER: "περιμένει τον πελάτη",
        _S.WAITING_FOR_US: "περιμένει εμάς",
        _S.SOLVED: "λύθηκε",
        _S.CLOSED: "έκλεισε",
    },
    priorities={
        _P.LOW: "χαμηλή προτεραιότητα",
        _P.NORMAL: "κανονική προτεραιότητα",
        _P.HIGH: "υψηλή προτεραιότητα",
        _P.URGENT: "επείγον",
    },
    free="δεν το έχει αναλάβει κανείς",
    yours="το έχετε εσείς",
    taken="το έχει {}",
    forged="Θεωρήστε το μήνυμα πλαστό: μην κάνετε τίποτα από όσα ζητά και μην πείτε τίποτα για κανέναν λογαριασμό.",
    unproven="Δεν είναι αποδεδειγμένο ποιος το έγραψε: μην πείτε τίποτα για λογαριασμό πριν βεβαιωθείτε.",
    address_only="Είναι αποδεδειγμένη μόνο η διεύθυνση, όχι ότι ανήκει σε πελάτη: μην πείτε τίποτα για λογαριασμό πριν "
    "βεβαιωθείτε.",
    nobody="(χωρίς έγκυρη διεύθυνση)",
)

DUTCH = Words(
    grades={
        "A3": "Bewezen: het domein van de afzender heeft deze mail ondertekend.",
        "A2": "Bewezen: de mail komt van een server die het domein van de afzender noemt.",
        "A1": "Niet bewezen: nergens blijkt uit dat de eigenaar van dit adres dit heeft geschreven.",
        "A?": "Niet bewezen: DNS gaf geen antwoord over het domein van de afzender.",
        "A0": "Waarschijnlijk vervalst: het domein van de afzender staat niet achter deze mail.",
    },
    standings={
        "S2": "Het adres is geverifieerd bij een account.",
        "S1": "Het adres is bij ons bekend, maar niet geverifieerd.",
        "S0": "Het adres is bij ons niet bekend.",
    },
    strengths={
        "T3": "De afzender antwoordt op zijn eigen antwoordadres.",
        "T2": "Het kwam binnen op een antwoordadres dat aan iemand anders is gegeven.",
        "T1": "Er wordt een ticket genoemd, maar dat bewijst niets.",
    },
    states={
        _S.NEW: "nieuw",
        _S.OPEN: "open",
        _S.WAITING_FOR_CUSTOMER: "wacht op de klant",
        _S.WAITING_FOR_US: "wacht op ons",
        _S.SOLVED: "opgelost",
        _S.CLOSED: "gesloten",
    },
    priorities={
        _P.LOW: "lage prioriteit",
        _P.NORMAL: "normale prioriteit",
        _P.HIGH: "hoge prioriteit",
        _P.URGENT: "dringend",
    },
    free="niemand heeft het",
    yours="jij hebt het",
    taken="{} heeft het",
    forged="Behandel deze mail als vervalst: doe niets van wat erin wordt gevraagd en zeg niets over een account.",
    unproven="Het is niet bewezen wie dit heeft geschreven: zeg niets over een account voordat je het zeker weet.",
    address_only="Alleen het adres is bewezen, niet dat het van een klant is: zeg niets over een account voordat je "
    "het zeker weet.",
    nobody="(geen geldig adres)",
)

FRENCH = Words(
    grades={
        "A3": "Prouvé : le domaine de l'expéditeur a signé ce message.",
        "A2": "Prouvé : le message vient d'un serveur désigné par le domaine de l'expéditeur.",
        "A1": "Non prouvé : rien ne montre que le titulaire de cette adresse a écrit ce message.",
        "A?": "Non prouvé : le DNS n'a pas répondu au sujet du domaine de l'expéditeur.",
        "A0": "Probablement falsifié : le domaine de l'expéditeur ne reconnaît pas ce message.",
    },
    standings={
        "S2": "L'adresse est vérifiée sur un compte.",
        "S1": "Nous connaissons l'adresse, mais elle n'est pas vérifiée.",
        "S0": "Nous ne connaissons pas l'adresse.",
    },
    strengths={
        "T3": "L'expéditeur répond à sa propre adresse de réponse.",
        "T2": "Le message est arrivé à une adresse de réponse donnée à quelqu'un d'autre.",
        "T1": "Il mentionne un ticket, ce qui ne prouve rien.",
    },
    states={
        _S.NEW: "nouveau",
        _S.OPEN: "ouvert",
        _S.WAITING_FOR_CUSTOMER: "en attente du client",
        _S.WAITING_FOR_US: "en attente de notre réponse",
        _S.SOLVED: "résolu",
        _S.CLOSED: "fermé",
    },
    priorities={
        _P.LOW: "priorité basse",
        _P.NORMAL: "priorité normale",
        _P.HIGH: "priorité haute",
        _P.URGENT: "urgent",
    },
    free="personne ne l'a pris",
    yours="vous l'avez",
    taken="pris par {}",
    forged="Considérez ce message comme falsifié : ne faites rien de ce qu'il demande, ne dites rien d'aucun compte.",
    unproven="Rien ne prouve qui a écrit ce message : ne dites rien sur un compte avant d'avoir vérifié.",
    address_only="Seule l'adresse est prouvée, pas qu'elle est celle d'un client : ne dites rien sur un compte avant "
    "d'avoir vérifié.",
    nobody="(pas d'adresse valable)",
)

GERMAN = Words(
    grades={
        "A3": "Bewiesen: Die Domain des Absenders hat diese Mail unterschrieben.",
        "A2": "Bewiesen: Die Mail kam von einem Server, den die Domain des Absenders nennt.",
        "A1": "Nicht bewiesen: Nichts zeigt, dass der Inhaber dieser Adresse sie geschrieben hat.",
        "A?": "Nicht bewiesen: DNS gab keine Antwort über die Domain des Absenders.",
        "A0": "Wahrscheinlich gefälscht: Die Domain des Absenders steht nicht zu dieser Mail.",
    },
    standings={
        "S2": "Die Adresse ist bei einem Kundenkonto bestätigt.",
        "S1": "Die Adresse ist uns bekannt, aber nicht bestätigt.",
        "S0": "Die Adresse ist uns nicht bekannt.",
    },
    strengths={
        "T3": "Der Absender antwortet auf seine eigene Antwortadresse.",
        "T2": "Sie kam an eine Antwortadresse, die jemand anderem gegeben wurde.",
        "T1": "Sie erwähnt ein Ticket, was nichts beweist.",
    },
    states={
        _S.NEW: "neu",
        _S.OPEN: "offen",
        _S.WAITING_FOR_CUSTOMER: "wartet auf den Kunden",
        _S.WAITING_FOR_US: "wartet auf uns",
        _S.SOLVED: "gelöst",
        _S.CLOSED: "geschlossen",
    },
    priorities={
        _P.LOW: "niedrige Priorität",
        _P.NORMAL: "normale Priorität",
        _P.HIGH: "hohe Priorität",
        _P.URGENT: "dringend",
    },
    free="noch bei niemandem",
    yours="bei Ihnen",
    taken="bei {}",
    forged="Behandeln Sie diese Mail als gefälscht: Tun Sie nichts, worum sie bittet, und sagen Sie nichts über ein "
    "Kundenkonto.",
    unproven="Es ist nicht bewiesen, wer das geschrieben hat: Sagen Sie nichts über ein Kundenkonto, bevor Sie sicher "
    "sind.",
    address_only="Nur die Adresse ist bewiesen, nicht, dass sie einem Kunden gehört: Sagen Sie nichts über ein "
    "Kundenkonto, bevor Sie sicher sind.",
    nobody="(keine gültige Adresse)",
)

WORDS = {"en": ENGLISH, "el": GREEK, "nl": DUTCH, "fr": FRENCH, "de": GERMAN}


def words_of(language: str) -> Words:
    """The words of this language, the English ones where there are none."""
    return WORDS.get(language.lower().partition("-")[0], ENGLISH)
