"""What the people of the sample mails write, in five languages."""

SUBJECT = {
    "en": "Payment by card fails at the checkout",
    "el": "Η πληρωμή με κάρτα δεν ολοκληρώνεται στο ταμείο",
    "nl": "Betalen met de kaart lukt niet bij het afrekenen",
    "fr": "Le paiement par carte échoue à la caisse",
    "de": "Kartenzahlung schlägt an der Kasse fehl",
}
TITLE = {
    "en": "How do I connect my own domain name?",
    "el": "Πώς συνδέω το δικό μου domain;",
    "nl": "Hoe koppel ik mijn eigen domeinnaam?",
    "fr": "Comment relier mon propre nom de domaine ?",
    "de": "Wie verbinde ich meine eigene Domain?",
}
_LINK = "https://www.bakery.example/en/checkout/payment/step-3?session=0123456789abcdef0123456789abcdef&return=basket"
QUESTION = {
    "en": f"""Hello,

since this morning my customers cannot pay by credit card. They come to the last step, press the button, and then \
there is only a red message (see the picture). Bank transfer works.

It happens here:
{_LINK}

I have put the list of prices into the mail as well, because two of them look odd to me. Can you look at it today? \
On Friday we have the big sale.

Thank you,
Maria""",
    "el": f"""Καλημέρα,

από σήμερα το πρωί οι πελάτες μου δεν μπορούν να πληρώσουν με κάρτα. Φτάνουν στο τελευταίο βήμα, πατούν το κουμπί \
και μετά βλέπουν μόνο ένα κόκκινο μήνυμα (δείτε την εικόνα). Η κατάθεση σε τράπεζα λειτουργεί.

Συμβαίνει εδώ:
{_LINK}

Σας στέλνω και τον κατάλογο με τις τιμές, γιατί δύο από αυτές μου φαίνονται περίεργες. Μπορείτε να το δείτε σήμερα; \
Την Παρασκευή έχουμε τις μεγάλες εκπτώσεις.

Ευχαριστώ,
Μαρία""",
    "nl": f"""Hallo,

sinds vanochtend kunnen mijn klanten niet meer met creditcard betalen. Ze komen bij de laatste stap, drukken op de \
knop en dan staat er alleen een rode melding (zie de afbeelding). Overboeken werkt wel.

Het gebeurt hier:
{_LINK}

Ik stuur ook de prijslijst mee, want twee prijzen lijken me vreemd. Kunnen jullie er vandaag naar kijken? Vrijdag \
begint de grote uitverkoop.

Bedankt,
Maria""",
    "fr": f"""Bonjour,

depuis ce matin, mes clients ne peuvent plus payer par carte. Ils arrivent à la dernière étape, appuient sur le \
bouton, et il n'y a plus qu'un message rouge (voir l'image). Le virement fonctionne.

Cela se passe ici :
{_LINK}

Je joins aussi la liste des prix, car deux d'entre eux me semblent étranges. Pouvez-vous regarder aujourd'hui ? \
Vendredi, ce sont les grandes soldes.

Merci,
Maria""",
    "de": f"""Guten Morgen,

seit heute früh können meine Kunden nicht mehr mit Karte zahlen. Sie kommen bis zum letzten Schritt, drücken den \
Knopf, und dann steht da nur eine rote Meldung (siehe Bild). Überweisung geht.

Es passiert hier:
{_LINK}

Die Preisliste schicke ich auch mit, weil mir zwei Preise seltsam vorkommen. Können Sie heute nachsehen? Am Freitag \
beginnt der große Ausverkauf.

Danke,
Maria""",
}
EARLIER = {
    "en": "Hello, can I take payments by card, too? So far I only have bank transfer.",
    "el": "Γεια σας, μπορώ να δέχομαι και πληρωμές με κάρτα; Μέχρι τώρα έχω μόνο τραπεζική κατάθεση.",
    "nl": "Hallo, kan ik ook betalingen met kaart aannemen? Tot nu toe heb ik alleen overboeking.",
    "fr": "Bonjour, puis-je aussi accepter les cartes ? Pour l'instant, je n'ai que le virement.",
    "de": "Hallo, kann ich auch Kartenzahlung annehmen? Bisher habe ich nur Überweisung.",
}
NOTE = {
    "en": "Her contract with the card provider is new; look there first.",
    "el": "Η σύμβασή της με τον πάροχο καρτών είναι καινούργια· κοιτάξτε πρώτα εκεί.",
    "nl": "Haar contract met de kaartprovider is nieuw; kijk daar eerst.",
    "fr": "Son contrat avec le prestataire de cartes est récent ; regarder d'abord là.",
    "de": "Ihr Vertrag mit dem Kartenanbieter ist neu; dort zuerst nachsehen.",
}
OUR_ANSWER = {
    "en": "Yes, you can: under Settings, Payment methods. Please tell us if anything is unclear.",
    "el": "Ναι, μπορείτε: στις Ρυθμίσεις, Τρόποι πληρωμής. Πείτε μας αν κάτι δεν είναι σαφές.",
    "nl": "Ja, dat kan: bij Instellingen, Betaalmethoden. Laat het ons weten als iets niet duidelijk is.",
    "fr": "Oui, c'est possible : dans Réglages, Moyens de paiement. Dites-nous si quelque chose n'est pas clair.",
    "de": "Ja, das geht: unter Einstellungen, Zahlungsarten. Sagen Sie uns, wenn etwas unklar ist.",
}
_SAYS = {
    "en": (
        "Hello Maria,",
        "thank you for the picture, it shows what is wrong: the ",
        "secret key",
        " of the card provider has expired. Please do this:",
        (
            "Log in to the card provider and make a new key",
            "Copy it into Payment methods",
            "Press Save, then try it once",
        ),
        "The steps with pictures are on ",
        "this page",
        "What to click is marked below.",
    ),
    "el": (
        "Γεια σας Μαρία,",
        "ευχαριστούμε για την εικόνα, δείχνει τι φταίει: το ",
        "μυστικό κλειδί",
        " του παρόχου καρτών έχει λήξει. Κάντε τα εξής:",
        (
            "Συνδεθείτε στον πάροχο και φτιάξτε νέο κλειδί",
            "Αντιγράψτε το στους Τρόπους πληρωμής",
            "Αποθηκεύστε και δοκιμάστε",
        ),
        "Τα βήματα με εικόνες είναι σε ",
        "αυτή τη σελίδα",
        "Πού να πατήσετε φαίνεται παρακάτω.",
    ),
    "nl": (
        "Hallo Maria,",
        "bedankt voor de afbeelding, die laat zien wat er mis is: de ",
        "geheime sleutel",
        " van de kaartprovider is verlopen. Doe het volgende:",
        (
            "Log in bij de kaartprovider en maak een nieuwe sleutel",
            "Zet die bij Betaalmethoden",
            "Sla op en probeer het",
        ),
        "De stappen met afbeeldingen staan op ",
        "deze pagina",
        "Waar je moet klikken zie je hieronder.",
    ),
    "fr": (
        "Bonjour Maria,",
        "merci pour l'image, elle montre le problème : la ",
        "clé secrète",
        " du prestataire de cartes a expiré. Voici quoi faire :",
        (
            "Connectez-vous chez le prestataire et créez une clé",
            "Copiez-la dans Moyens de paiement",
            "Enregistrez, puis essayez",
        ),
        "Les étapes en images sont sur ",
        "cette page",
        "L'endroit où cliquer est indiqué ci-dessous.",
    ),
    "de": (
        "Hallo Maria,",
        "danke für das Bild, es zeigt, woran es liegt: Der ",
        "geheime Schlüssel",
        " des Kartenanbieters ist abgelaufen. Bitte gehen Sie so vor:",
        (
            "Beim Kartenanbieter anmelden, neuen Schlüssel machen",
            "Ihn bei Zahlungsarten eintragen",
            "Speichern und probieren",
        ),
        "Die Schritte mit Bildern stehen auf ",
        "dieser Seite",
        "Wohin Sie klicken müssen, ist unten markiert.",
    ),
}
_HELP = "https://help.kallisto.example/payments/card?step=2"


def _answer(language: str) -> tuple[str, str]:
    """As a mail program sends it: HTML and text."""
    hello, why, bold, then, steps, where, page, last = _SAYS[language]
    items = "".join(f"<li>{step}</li>" for step in steps)
    html = (
        f"<div>{hello}</div><div><br></div><div>{why}<b>{bold}</b>{then}</div><ol>{items}</ol>"
        f'<div>{where}<a href="{_HELP}">{page}</a>.</div><div>{last}</div>'
    )
    numbered = "\n".join(f"   {number}. {step}" for number, step in enumerate(steps, 1))
    return html, f"{hello}\n\n{why}*{bold}*{then}\n\n{numbered}\n\n{where}{page} <{_HELP}>.\n{last}"


ANSWER_HTML = {language: _answer(language)[0] for language in _SAYS}
ANSWER_TEXT = {language: _answer(language)[1] for language in _SAYS}
