"""What was done, said to the agent in his language: one sentence for each thing that commands do.

A value that an outsider may have typed is one line; the templates escape it.
"""

from typing import Final

LANGUAGES: Final = ("en", "el", "nl", "fr", "de")

SENTENCES: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "answer_leaves": (
        "Your answer to {to} leaves at {time}.",
        "Η απάντησή σας προς {to} φεύγει στις {time}.",
        "Je antwoord aan {to} vertrekt om {time}.",
        "Votre réponse à {to} part à {time}.",
        "Ihre Antwort an {to} geht um {time} hinaus.",
    ),
    "answer_left": (
        "Your answer to {to} is on its way.",
        "Η απάντησή σας προς {to} έφυγε.",
        "Je antwoord aan {to} is onderweg.",
        "Votre réponse à {to} est partie.",
        "Ihre Antwort an {to} ist unterwegs.",
    ),
    "answer_stopped": (
        "Your answer to {to} was not sent: mail to this address comes back.",
        "Η απάντησή σας προς {to} δεν στάλθηκε: τα μηνύματα σε αυτή τη διεύθυνση επιστρέφονται.",
        "Je antwoord aan {to} is niet verstuurd: mail aan dit adres komt terug.",
        "Votre réponse à {to} n'a pas été envoyée : les messages à cette adresse reviennent.",
        "Ihre Antwort an {to} wurde nicht gesendet: Mails an diese Adresse kommen zurück.",
    ),
    "note": (
        "Your note is kept; nothing of it goes to the customer.",
        "Η σημείωσή σας φυλάχτηκε· τίποτα από αυτήν δεν πηγαίνει στον πελάτη.",
        "Je notitie is bewaard; niets ervan gaat naar de klant.",
        "Votre note est conservée ; rien n'en est envoyé au client.",
        "Ihre Notiz ist gespeichert; nichts davon geht an den Kunden.",
    ),
    "note_to": (
        "{names} got your note by mail.",
        "Η σημείωσή σας στάλθηκε με μήνυμα: {names}.",
        "Je notitie is gemaild aan {names}.",
        "Votre note a été envoyée par e-mail à {names}.",
        "Ihre Notiz ging per Mail an {names}.",
    ),
    "closed": (
        "The ticket is closed.",
        "Το αίτημα έκλεισε.",
        "Het ticket is gesloten.",
        "Le ticket est fermé.",
        "Das Ticket ist geschlossen.",
    ),
    "solved": (
        "The ticket is solved.",
        "Το αίτημα λύθηκε.",
        "Het ticket is opgelost.",
        "Le ticket est résolu.",
        "Das Ticket ist gelöst.",
    ),
    "wait": (
        "The ticket waits for the customer; you have it again on {time} at the latest.",
        "Το αίτημα περιμένει τον πελάτη· το έχετε ξανά το αργότερο στις {time}.",
        "Het ticket wacht op de klant; je krijgt het uiterlijk op {time} terug.",
        "Le ticket attend le client ; vous le retrouverez au plus tard le {time}.",
        "Das Ticket wartet auf den Kunden; spätestens am {time} haben Sie es wieder.",
    ),
    "assigned": (
        "{name} has the ticket now and got it by mail.",
        "Το αίτημα το έχει τώρα: {name}. Του στάλθηκε με μήνυμα.",
        "{name} heeft het ticket nu en kreeg het per mail.",
        "{name} a maintenant le ticket et l'a reçu par e-mail.",
        "{name} hat das Ticket jetzt und bekam es per Mail.",
    ),
    "taken": (
        "The ticket is yours.",
        "Το αίτημα είναι δικό σας.",
        "Het ticket is van jou.",
        "Le ticket est à vous.",
        "Das Ticket gehört Ihnen.",
    ),
    "team": (
        "The team {team} has the ticket now.",
        "Το αίτημα το έχει τώρα η ομάδα {team}.",
        "Het team {team} heeft het ticket nu.",
        "L'équipe {team} a maintenant le ticket.",
        "Das Team {team} hat das Ticket jetzt.",
    ),
    "team_told": (
        "It went by mail to {names}.",
        "Στάλθηκε με μήνυμα: {names}.",
        "Het is gemaild aan {names}.",
        "Il a été envoyé par e-mail à {names}.",
        "Es ging per Mail an {names}.",
    ),
    "priority": (
        "The priority is now {priority}.",
        "Η προτεραιότητα είναι τώρα {priority}.",
        "De prioriteit is nu {priority}.",
        "La priorité est maintenant {priority}.",
        "Die Priorität ist jetzt {priority}.",
    ),
    "due": (
        "The answer is due on {time}.",
        "Η απάντηση πρέπει να δοθεί έως τις {time}.",
        "Het antwoord moet er zijn op {time}.",
        "La réponse est attendue le {time}.",
        "Die Antwort ist am {time} fällig.",
    ),
    "topic": (
        "The topic is now {topic}.",
        "Το θέμα είναι τώρα {topic}.",
        "Het onderwerp is nu {topic}.",
        "Le sujet est maintenant {topic}.",
        "Das Thema ist jetzt {topic}.",
    ),
    "language": (
        "The customer gets mail in this language from now on: {language}.",
        "Ο πελάτης λαμβάνει από τώρα μηνύματα σε αυτή τη γλώσσα: {language}.",
        "De klant krijgt vanaf nu mail in deze taal: {language}.",
        "Le client reçoit désormais les messages dans cette langue : {language}.",
        "Der Kunde bekommt von jetzt an Mails in dieser Sprache: {language}.",
    ),
    "shop": (
        "The ticket is about the shop {shop}.",
        "Το αίτημα αφορά το κατάστημα {shop}.",
        "Het ticket gaat over de shop {shop}.",
        "Le ticket concerne la boutique {shop}.",
        "Im Ticket geht es um den Shop {shop}.",
    ),
    "spam": (
        "The ticket is closed as spam, and nothing was sent.",
        "Το αίτημα έκλεισε ως ανεπιθύμητο και δεν στάλθηκε τίποτα.",
        "Het ticket is gesloten als spam; er is niets verstuurd.",
        "Le ticket est fermé comme indésirable ; rien n'a été envoyé.",
        "Das Ticket ist als Spam geschlossen, und nichts wurde gesendet.",
    ),
    "spam_learnt": (
        "The spam filter learns its first mail.",
        "Το φίλτρο μαθαίνει το πρώτο του μήνυμα.",
        "Het spamfilter leert de eerste mail ervan.",
        "Le filtre apprend son premier message.",
        "Der Spamfilter lernt seine erste Mail.",
    ),
    "next": (
        "Ticket {number} is yours now; it comes in a mail of its own.",
        "Το αίτημα {number} είναι τώρα δικό σας· έρχεται σε ξεχωριστό μήνυμα.",
        "Ticket {number} is nu van jou; het komt in een eigen mail.",
        "Le ticket {number} est maintenant à vous ; il arrive dans un message à part.",
        "Ticket {number} gehört jetzt Ihnen; es kommt in einer eigenen Mail.",
    ),
    "next_none": (
        "There is no ticket that waits for you now.",
        "Κανένα αίτημα δεν σας περιμένει αυτή τη στιγμή.",
        "Er wacht nu geen ticket op jou.",
        "Aucun ticket ne vous attend en ce moment.",
        "Zurzeit wartet kein Ticket auf Sie.",
    ),
    "undone": (
        "Taken back: {what}.",
        "Ανακλήθηκαν: {what}.",
        "Teruggenomen: {what}.",
        "Annulé : {what}.",
        "Zurückgenommen: {what}.",
    ),
    "answer": ("your answer", "η απάντησή σας", "je antwoord", "votre réponse", "Ihre Antwort"),
    "undone_mails": (
        "Nothing of it has left, and nothing will.",
        "Τίποτα από αυτά δεν έφυγε ούτε θα φύγει.",
        "Niets ervan is vertrokken, en dat gebeurt ook niet meer.",
        "Rien n'en est parti, et rien ne partira.",
        "Nichts davon ist hinausgegangen, und nichts geht mehr hinaus.",
    ),
    "undone_ticket": (
        "The ticket is as it was before.",
        "Το αίτημα είναι όπως ήταν πριν.",
        "Het ticket is weer zoals het was.",
        "Le ticket est comme avant.",
        "Das Ticket ist wieder, wie es war.",
    ),
    "undone_since": (
        "What has changed since then stays as it is: {what}.",
        "Ό,τι άλλαξε από τότε μένει όπως είναι: {what}.",
        "Wat sindsdien is veranderd, blijft zo: {what}.",
        "Ce qui a changé depuis reste ainsi : {what}.",
        "Was sich seitdem geändert hat, bleibt so: {what}.",
    ),
    "undone_not": (
        "This was done at once and stays: {what}",
        "Αυτό έγινε αμέσως και μένει: {what}",
        "Dit is meteen gedaan en blijft zo: {what}",
        "Ceci a été fait aussitôt et reste : {what}",
        "Das geschah sofort und bleibt: {what}",
    ),
    "unused": (
        "Your text below the command was not used.",
        "Το κείμενο κάτω από την εντολή δεν χρησιμοποιήθηκε.",
        "De tekst onder het commando is niet gebruikt.",
        "Le texte sous la commande n'a pas été utilisé.",
        "Der Text unter dem Befehl wurde nicht verwendet.",
    ),
    "help": (
        "The list of all commands comes in a mail of its own.",
        "Ο κατάλογος όλων των εντολών έρχεται σε ξεχωριστό μήνυμα.",
        "De lijst van alle commando's komt in een eigen mail.",
        "La liste de toutes les commandes arrive dans un message à part.",
        "Die Liste aller Befehle kommt in einer eigenen Mail.",
    ),
}


def sentence(language: str, key: str, /, **values: str) -> str:
    """The sentence in this language, in English where there is none."""
    code = language.lower().partition("-")[0]
    said = SENTENCES[key][LANGUAGES.index(code) if code in LANGUAGES else 0]
    for name, value in values.items():  # not str.format: a value never says what to fill in
        said = said.replace(f"{{{name}}}", " ".join(value.split()))
    return said
