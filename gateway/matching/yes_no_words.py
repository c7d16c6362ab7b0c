"""How people say "yes, it was me" and "no, it was not", in Greek, Dutch, French, English and German.

Phrases are written as patterns: `|` between words that may stand for each other, `_` inside of one such choice, `?`
behind what may be left out. Words are as `folding.folded` makes them, without apostrophes. What is not in here is not
understood, and that is the point: see `yes_no`.
"""

import itertools
from enum import Enum


class Kind(Enum):
    """What a phrase says."""

    YES = "yes"
    """Agreement, with nothing of what it agrees to."""
    SELF = "self"
    """It was me."""
    NO = "no"
    DENIAL = "denial"
    """It was not me."""
    POLITE = "polite"
    """Nothing."""


_MAIL = "mail|email|message|request"
_EN_MAILS = "the_mail|this_mail|this_email|this_message|this_request|that_mail|that_email|that_message|that_request"
_EN_IT = f"it|this|that|you|to_you|you_this_mail|you_that_mail|{_EN_MAILS}"
_EN_OF_ME = f"me|i|mine|from_me|by_me|my_{_MAIL.replace('|', '|my_')}"
_NL_IT = "dat|dit|het|deze_mail|die_mail|de_mail|dit_bericht|dat_bericht|deze_email|die_email|u|jullie|je"
_NL_DONE = "geschreven|gestuurd|verstuurd|verzonden|gemaild|gedaan|opgestuurd|toegestuurd"
_FR_DONE = "ecrit|envoye|redige"
_FR_IT = "ce_message|ce_mail|cet_email|ce_courriel|cela|ca|le_message|le_mail|ce_e_mail"
_DE_DONE = "geschrieben|gesendet|geschickt|verfasst|gemailt|abgeschickt|verschickt"
_DE_IT = "das|es|dies|diese_mail|diese_email|diese_nachricht|die_mail|die_email|die_nachricht|ihnen|euch"
_EL_DID = "εγραψα|εστειλα"
_EL_IT = "το_μηνυμα|το_μειλ|το_email|το_mail|αυτο_το_μηνυμα|αυτο_το_email|αυτο|το_αιτημα|το_ηλεκτρονικο_μηνυμα"

PATTERNS: dict[Kind, tuple[str, ...]] = {
    Kind.YES: (
        *("yes|yep|yeah|yup|yea|yess|aye", "correct|confirmed|affirmative|indeed|absolutely|definitely|certainly"),
        *("that|this|it is indeed? correct|right|true|so", "thats|its correct|right|true", "i hereby? can? confirm"),
        *("i hereby? confirm it|this|that", "of_course", "yes_indeed", "hereby confirmed"),
        *("ja|jazeker|jawel|jep|jup|yep", "klopt|correct|inderdaad|bevestigd", "dat|dit|het klopt", "ja_zeker|ja_hoor"),
        *("dat|dit is juist|correct|waar", "ik bevestig dat|dit|het?", "hierbij bevestig ik dat|dit?"),
        *("oui|ouais", "mais|ben|oh oui", "tout_a_fait|exactement|effectivement|absolument|affirmatif", "oui_oui"),
        *(
            "cest|ceci_est|cela_est bien? exact|correct|vrai|ca|juste",
            "je vous? confirme",
            "je le confirme",
            "bien_sur",
        ),
        *("jawohl|jo|genau|stimmt|richtig|korrekt|bestatigt", "das stimmt|passt", "das ist so? richtig|korrekt|wahr"),
        *("ich bestatige das|es|dies|hiermit?", "hiermit bestatige ich das|es|dies?", "ja_genau", "ja_stimmt"),
        *("ναι|μαλιστα|σωστα|ακριβωσ|βεβαιωσ|βεβαια|σιγουρα", "επιβεβαιωνω", "το επιβεβαιωνω", "ειναι σωστο|αληθεια"),
        *("ναι_ναι", "ισχυει", "σωστο", "nai|malista|sosta|swsta|akrivos|vevaios|epivevaiono"),
    ),
    Kind.SELF: (
        f"it|this|that was|is|were indeed|really|definitely|certainly? {_EN_OF_ME}",
        f"its|thats|twas really|indeed? {_EN_OF_ME}",
        f"i wrote|sent|did_write|did_send|have_written|have_sent|ve_written|ve_sent|ive_written|ive_sent {_EN_IT}?",
        f"i am|was the_one who wrote|sent {_EN_IT}?",
        f"it was me|i who|that wrote|sent {_EN_IT}?",
        "i did",
        f"i confirm|hereby_confirm that? it|this|that was|is {_EN_OF_ME}",
        "i confirm|hereby_confirm that? i wrote|sent it|this|this_mail|this_email|this_message",
        "dat|dit|het|die was|is|ben|waren inderdaad|echt|zeker? ik zelf?",
        "dat|dit|het|die|deze_mail|die_mail is|was|komt|kwam inderdaad|echt? van_mij|door_mij|mijn_mail|mijn_bericht",
        "ik was|ben het|dat|dit inderdaad|zelf?",
        f"dat|dit|die|deze|deze_mail|die_mail|dit_bericht|dat_bericht heb ik inderdaad|zelf? {_NL_DONE}",
        f"ik heb {_NL_IT}? inderdaad|zelf? {_NL_DONE}",
        "cetait|cest|c_etait|c_est bien|effectivement|vraiment? moi|de_moi|mon_message|mon_mail|mon_email",
        "ce_message|ce_mail|cet_email|cela|ca vient|est|etait|provient bien? de_moi",
        f"jai|j_ai bien|effectivement? {_FR_DONE} {_FR_IT}?",
        f"cest|cetait bien? moi qui ai|lai|vous_ai {_FR_DONE} {_FR_IT}?",
        f"je lai|l_ai|vous_ai bien? {_FR_DONE}",
        "je confirme que cest|cetait bien? moi",
        "das|es|dies war|bin|waren wirklich|tatsachlich? ich selbst?",
        "ich war|bin das|es|dies wirklich|selbst|tatsachlich?",
        "das|es|dies|die_mail|diese_mail|die_nachricht|diese_nachricht war|ist|kam|kommt|stammt wirklich? von_mir",
        "das war|ist meine mail|email|nachricht|anfrage",
        f"ich habe|hab {_DE_IT}? selbst? {_DE_DONE}",
        f"das|die|diese_mail|diese_nachricht|dies habe|hab ich selbst? {_DE_DONE}",
        "εγω ημουν|ημουνα|ειμαι|το_εγραψα|το_εστειλα|σασ_εγραψα|σασ_εστειλα|το_εκανα|το_ειχα_στειλει",
        "ημουν|ημουνα|ειμαι οντωσ? εγω",
        "εγω ημουν|ημουνα που εγραψα|εστειλα",
        f"εγω? {_EL_DID} {_EL_IT}? εγω?",
        f"εγω? σασ|το {_EL_DID} εγω?",
        f"{_EL_IT} το {_EL_DID} εγω?",
        "το_μηνυμα|το_email|αυτο? ειναι|ηταν δικο_μου|απο_εμενα|απο_μενα",
        "δικο μου ειναι|ηταν?",
        "egw|ego hmoun|imoun|hmouna|imouna|eimai|ime|to_egrapsa|to_esteila|to_estila",
        "hmoun|imoun|eimai egw|ego",
        "to egrapsa|esteila|estila egw|ego?",
    ),
    Kind.NO: (
        *("no|nope|nah", "absolutely|certainly|definitely|of_course not", "no_way", "not_at_all"),
        *("nee|neen", "nee_hoor", "zeker|absoluut|helemaal niet", "non", "pas_du_tout|absolument_pas|certainement_pas"),
        *("nein|nö", "ganz? sicher|bestimmt|absolut nicht", "auf_keinen_fall|keinesfalls|keineswegs"),
        *("οχι|oxi|ohi|ochi", "σε_καμια_περιπτωση|καθολου", "σιγουρα_οχι|βεβαιωσ_οχι|φυσικα_οχι"),
    ),
    Kind.DENIAL: (
        f"it|this|that was|is|were definitely|certainly? not {_EN_OF_ME}",
        f"it|this|that wasnt|isnt|werent {_EN_OF_ME}",
        f"wasnt|not {_EN_OF_ME}",
        f"i definitely|certainly? did|have not write|send|sent|wrote|written|do {_EN_IT}?",
        f"i didnt|havent|never|have_never|did_never write|send|sent|wrote|written|do {_EN_IT}?",
        f"i know nothing about|of {_EN_IT}",
        "dat|dit|het|die was|is|ben ik|ikzelf niet",
        "ik was|ben het|dat|dit niet",
        "dat|dit|die|deze_mail|die_mail is|was|komt niet van_mij|door_mij|mijn_mail",
        "niet ik|van_mij|door_mij",
        "ik niet",
        f"dat|dit|die|deze_mail|die_mail heb ik nooit|niet {_NL_DONE}",
        f"ik heb {_NL_IT}? niet|nooit|niets|niks {_NL_DONE}",
        f"ik heb geen mail|email|bericht {_NL_DONE}",
        "ce netait|nest|n_etait|n_est pas moi|de_moi|mon_message|mon_mail",
        "cetait|cest pas moi|de_moi",
        "pas moi|de_moi",
        f"je nai|n_ai pas|jamais|rien {_FR_DONE} {_FR_IT}?",
        f"je ne lai|vous_ai|l_ai pas|jamais {_FR_DONE}",
        "das|es|dies war|bin|waren ich nicht",
        "ich war|bin das|es|dies nicht",
        "ich nicht",
        "nicht ich|von_mir",
        "das|es|die_mail|diese_mail|die_nachricht|diese_nachricht war|ist|kam|kommt|stammt nicht von_mir",
        f"ich habe|hab {_DE_IT}? nicht|nie|niemals|nichts|keine_mail|keine_email|keine_nachricht {_DE_DONE}",
        f"das|die|dies|diese_mail|diese_nachricht habe|hab ich nicht|nie|niemals {_DE_DONE}",
        "δεν|δε ημουν|ημουνα|ειμαι εγω?",
        "οχι εγω|απο_εμενα|απο_μενα|δικο_μου",
        "oxi|ohi|ochi egw|ego",
        "εγω δεν ημουν|ημουνα|εγραψα|εστειλα|το_εγραψα|το_εστειλα",
        f"δεν|δε το|σασ? {_EL_DID} {_EL_IT}? τιποτα? εγω?",
        "δεν ειναι|ηταν δικο_μου|απο_εμενα|απο_μενα",
        "den hmoun|imoun|hmouna|imouna|eimai egw|ego?",
        "den to? egrapsa|esteila|estila egw|ego?",
    ),
    Kind.POLITE: (
        *(
            "hi|hello|hey|dear|please|thanks|ok|okay|okey|sure|greetings|sir|madam|me|well|oh|ah|and|also|again",
            "thank you",
        ),
        *("thank|thanks you? very_much|a_lot|so_much|for_asking|for_checking|for_the_mail|for_your_mail?",),
        *("i am|m sure", "im sure", "good morning|afternoon|evening|day", "have a nice day", "all good|fine|okay|ok"),
        *(
            "hallo|hoi|hai|dag|beste|bedankt|dank|graag|dankjewel|dankuwel|zeker|en|hoor",
            "dank je|u wel?",
            "alstublieft",
        ),
        *("goedemorgen|goedemiddag|goedenavond|goedendag|goeiedag", "fijne dag"),
        *("bonjour|bonsoir|salut|merci|svp|madame|monsieur|daccord|si|et", "merci beaucoup|bien|davance|a_vous"),
        *("sil vous plait", "bonne journee|soiree", "bien a_vous", "pour votre|ce message|mail|email"),
        *(
            "hallo|moin|servus|danke|bitte|gern|gerne|sicher|und|naturlich|selbstverstandlich",
            "vielen dank",
            "guten tag",
        ),
        *("guten morgen|abend", "danke schon|sehr|ihnen", "schonen tag", "liebe|viele grusse"),
        *("γεια|καλημερα|καλησπερα|ευχαριστω|ευχαριστουμε|παρακαλω|οκ|οκει|και|χαιρετε|καλα", "γεια σασ|σου"),
        *(
            "ευχαριστω πολυ",
            "σασ ευχαριστω πολυ?",
            "φυσικα",
            "kalimera|kalispera|geia|gia|efxaristo|efharisto|euxaristw",
        ),
    ),
}


def _choices(word: str) -> list[tuple[str, ...]]:
    found = [tuple(choice.split("_")) for choice in word.removesuffix("?").split("|")]
    return [(), *found] if word.endswith("?") else found


def _expanded(pattern: str) -> list[tuple[str, ...]]:
    chosen = itertools.product(*(_choices(word) for word in pattern.split()))
    return [tuple(itertools.chain.from_iterable(parts)) for parts in chosen]


PHRASES: dict[tuple[str, ...], Kind] = {
    phrase: kind
    for kind in (Kind.POLITE, Kind.YES, Kind.SELF, Kind.NO, Kind.DENIAL)  # the later is the more careful reading
    for pattern in PATTERNS[kind]
    for phrase in _expanded(pattern)
    if phrase
}
LONGEST = max(map(len, PHRASES))
GREETINGS = frozenset(
    """
    hi hello hey dear good beste geachte hallo hoi dag goedemorgen goedemiddag goedenavond bonjour bonsoir salut cher
    chere chers madame monsieur guten liebe lieber liebes sehr moin servus γεια καλημερα καλησπερα αγαπητε αγαπητη
    αγαπητοι χαιρετε kalimera kalispera geia gia thanks thank bedankt merci danke vielen ευχαριστω
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
NEGATIONS = frozenset(
    """
    not never neither nor none nothing nobody dont doesnt didnt isnt wasnt werent havent hasnt cannot cant wont wouldnt
    no nope nah without niet nooit geen niets niks nee neen noch pas jamais rien aucun aucune ni non sans nest netait
    nicht nie niemals nichts kein keine keinen keiner keinem nein weder ohne δεν δε οχι ουτε μητε ποτε τιποτα μην χωρισ
    κανεισ den oxi ohi ochi oute pote
    """.split()  # noqa: SIM905
)
AUTHORS = frozenset(
    """
    me mine my i myself wrote write written sent send mail email message know recognise recognize recognized
    ik mij mijn geschreven schreef gestuurd verstuurd verzonden gemaild ken herken weet mail bericht
    moi mien ecrit envoye message connais reconnais sais lauteur
    ich mir mein meine geschrieben gesendet geschickt verfasst schrieb schickte kenne erkenne weiss nachricht
    εγω εμενα μου εγραψα εστειλα γραψει στειλει ημουν ημουνα ειμαι δικο ξερω γνωριζω αναγνωριζω μηνυμα
    egw ego hmoun imoun egrapsa esteila estila kserw xero
    """.split()  # noqa: SIM905
)
"""What makes a negation near it one of having written."""
RECOGNISED = frozenset(
    """
    wrote write written sent send know recognise recognize recognized
    geschreven schreef gestuurd verstuurd verzonden gemaild ken herken
    ecrit envoye connais reconnais
    geschrieben gesendet geschickt verfasst schrieb schickte kenne erkenne
    εγραψα εστειλα γραψει στειλει ξερω γνωριζω αναγνωριζω
    """.split()  # noqa: SIM905
)
MAILS = frozenset(
    ("mail", "email", "message", "request", "bericht", "courriel", "nachricht", "μηνυμα", "μειλ", "αιτημα")
)
"""Who negates one of the former in a sentence with one of these did not write it."""
OBJECTIONS = frozenset(
    """
    stop cancel delete remove block stoppen verwijderen blokkeren annuleren loschen sperren stornieren supprimer
    supprimez bloquer bloquez annuler annulez arretez διαγραψτε διαγραφη σταματηστε ακυρωστε μπλοκαρετε
    """.split()  # noqa: SIM905
)
"""A short sentence with one of these after a yes: perhaps he means the opposite."""

DOUBTS = frozenset(
    """
    maybe perhaps possibly probably presumably guess guessing think believe suppose unsure might may could doubt but
    though although except unless or however if somebody someone who what why else wait actually sorry correction
    hacked hack phishing scam scammer fraud fake stolen spoofed forged impostor impersonated impersonating name him her
    his they them he she
    misschien waarschijnlijk vermoedelijk denk geloof vermoed twijfel maar tenzij of iemand wie wat waarom wacht
    eigenlijk gehackt gehacked oplichting oplichter fraude nep vals gestolen naam hij zij hem haar
    peut etre probablement crois pense suppose doute mais sauf ou quelquun qui quoi pourquoi attendez attends
    desole pirate piratage arnaque fraude usurpe usurpation faux nom il elle lui eux
    vielleicht wahrscheinlich vermutlich eventuell moglicherweise glaube denke zweifel aber ausser oder jemand wer warum
    wieso moment eigentlich gehackt betrug betruger gefalscht falschung gestohlen name namen er sie ihm ihr
    ισωσ μαλλον πιθανον πιθανωσ νομιζω πιστευω υποθετω μπορει αμφιβαλλω αλλα ομωσ εκτοσ καποιοσ καποια καποιοι ποιοσ τι
    γιατι περιμενετε συγγνωμη χακαραν απατη απατεωνασ ψευτικο πλαστο ονομα ονοματι αυτοσ αυτη αυτοι εγραψε εστειλε
    εγραψεσ εστειλεσ εγραψαν εστειλαν ησουν ηταν
    isos isws mallon nomizo nomizw alla omos kapoios
    """.split()  # noqa: SIM905
)
"""With one of them beside it, a yes is not one: somebody wonders, corrects himself or speaks of another."""
OTHERS = frozenset(
    """
    deine seine keine ihre eure dein sein kein your yours ours their theirs jouw zijn onze votre notre leur there where
    then than when those these shall wants wrong strong right write
    """.split()  # noqa: SIM905
)
"""Words that are near to one of ours and mean something else: no slips."""
