"""What people write on that day. Every customer's words hold a mark (`A73…`) that stands in nobody else's."""

FIRST = {
    "ann": (
        "Payment fails",
        "Hello,\n\nsince this morning nobody can pay: the page stays empty after the button. See the screenshot, it\n"
        "was order A7301.\n\nAnn\n",
    ),
    "jo": (
        "Cards are refused",
        "Hello,\n\nthe payment provider refuses every card with code 51, as in order A7302. What can I do?\n\nJo\n",
    ),
    "lisa": (
        "My invoice",
        "Dear Kim,\n\nyou helped me so nicely last time: the invoice A7303 has the wrong address on it.\n\nLisa\n",
    ),
    "bas": (
        "Eigen domeinnaam",
        "Hallo,\n\nhoe kan ik mijn eigen domeinnaam gebruiken voor mijn winkel? Ik heb hem gekocht, het\n"
        "nummer is A7304.\n\nBas\n",
    ),
    "gert": (
        "Foto's van producten",
        "Hallo,\n\nde foto's van mijn producten zijn wazig sinds gisteren, bijvoorbeeld bij artikel A7305.\n\nGert\n",
    ),
    "chloe": (
        "Frais de livraison",
        "Bonjour,\n\nje voudrais des frais de livraison différents pour la Belgique, commande A7306.\n\nChloé\n",
    ),
    "ines": (
        "Bannière de la boutique",
        "Bonjour,\n\nla bannière de ma boutique ne s'affiche plus depuis hier soir, référence A7307.\n\nInès\n",
    ),
    "dora": (
        "Rabatt für Stammkunden",
        "Guten Tag,\n\nich möchte meinen Stammkunden einen Rabatt geben, zum Beispiel bei Bestellung A7308.\n\nDora\n",
    ),
    "hans": (
        "Rechnung fehlt",
        "Guten Tag,\n\ndie Rechnung für den Mai fehlt mir noch, Kundennummer A7309.\n\nHans\n",
    ),
    "hans 2": (
        "Nochmals: Rechnung",
        "Guten Tag,\n\nich habe noch immer keine Rechnung bekommen. Es ist dringend, A7310.\n\nHans\n",
    ),
    "eleni": (
        "Παραγγελίες",
        "Καλημέρα σας,\n\nδεν βλέπω τις παραγγελίες μου από χθες το βράδυ, για παράδειγμα την A7311.\n\nΕλένη\n",
    ),
    "kostas": (
        "Μεταφορικά",
        "Καλησπέρα,\n\nθέλω δωρεάν μεταφορικά για αγορές πάνω από 50 €. Πού το ορίζω; Κωδικός A7312.\n\nΚώστας\n",
    ),
    "fotis": (
        "Katastima",
        "Kalimera sas,\n\nden mporo na balo fotografies sto katastima mou apo xthes, mou bgazei lathos A7313. "
        "Ti na kano;\n\nFotis\n",
    ),
}
"""The first mail of each: subject and text."""
SPAM = ("Cheap deals", "Dear friend,\n\nwe sell many followers for your shop. Answer now. A7399\n")

MORE_OF_ANN = "It works again, order A7321 came through. One more question: is the fee as before?\n"
MORE_OF_GERT = "En nog iets anders: op mijn factuur van mei staat een verkeerd bedrag, A7325.\n"
MORE_OF_ELENI = "Και τώρα δεν μπορώ ούτε να συνδεθώ. Μπορείτε να με πάρετε τηλέφωνο; A7331\n"
OF_SPECIALIST = "Code 51 means that the customer's bank has not enough money on file. SPECIALISTONLY\n"
OF_DESIGNER = "Le fichier de la bannière est trop grand, je le remplace ce soir. B7307\n"

# What the agents write for customers: exactly this must arrive.
TO_ANN = """\
Dear Ann,

we found it: a line of the payment page was wrong. It is mended now:

  1. open the shop in a new window,
  2. pay with the test card – 4111 1111 1111 1111,
  3. tell us, whether it works; the picture shows where.

\\# is the sign. <b>Not bold</b>, *not italic*, 5 < 6 & "quoted" …

https://help.desk.test/payments/when-the-page-of-the-payment-provider-stays-empty?a=1&b=2"""
BYE_TO_ANN = "The fee is as before, Ann.\n\nHave a nice week!"
TO_JO = "Dear Jo,\n\ncode 51 comes from the customer's bank, not from your shop:\nanother card will do."
TO_LISA = "Dear Lisa,\n\nplease tell me the right address, and you get a new invoice."
TO_BAS = "Hallo Bas,"
TO_GERT = "Beste Gert,\n\nde foto's worden vannacht opnieuw gemaakt; morgen zijn ze weer scherp."
TO_GERT_2 = "Beste Gert,\n\nde factuur van mei is verbeterd: € 19,00 in plaats van € 91,00."
TO_CHLOE = "Bonjour Chloé,\n\ndans « Livraison », ajoutez une zone « Belgique » et son tarif."
TO_INES = "Bonjour Inès,\n\nvotre graphiste remplace le fichier ce soir :\nla bannière s'affichera demain."
TO_DORA = "Guten Tag Dora,\n\nwelche Kunden meinen Sie? Bitte zwei, drei Beispiele,\ngrößere zuerst – ab 50 €."
TO_HANS = "Guten Tag Hans,\n\ndie Rechnung für den Mai liegt jetzt in Ihrem Konto unter „Rechnungen“."
TO_ELENI = "Καλημέρα Ελένη,\n\nόπως είπαμε στο τηλέφωνο, οι παραγγελίες φαίνονται ξανά."
WRONG_TO_KOSTAS = "Καλησπέρα,\n\nαυτό δεν γίνεται. WRONGANSWER"
TO_KOSTAS = "Καλησπέρα Κώστα,\n\nστα «Μεταφορικά» ορίστε όριο 50 € με κόστος 0 €."
TO_FOTIS = "Καλημέρα Φώτη,\n\nοι φωτογραφίες πρέπει να είναι έως 8 MB· δοκιμάστε με μικρότερη."
TO_SPECIALIST = "Hello,\n\nwhat does code 51 mean?"
TO_DESIGNER = "Bonjour,\n\npouvez-vous regarder la bannière ?"

INSIDE = {
    "note for Lee": "Lee, is this one yours? He never pays in time. NOTEONLY",
    "with the forwarded mail": "She wrote to me, not to the desk. FORWARDONLY",
    "call": "Της εξήγησα τα πάντα. CALLONLY",
}
"""What agents write for each other: nobody outside may read the words in capitals."""
SECRET_WORDS = ("NOTEONLY", "FORWARDONLY", "CALLONLY", "SPECIALISTONLY", "WRONGANSWER", "internal", "a1-")
