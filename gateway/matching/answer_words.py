"""The words of a short answer to "which of these?": numbers, and what may stand around them.

Greek, Dutch, French, English and German; every word as `folding.folded` makes it, without apostrophes. Rows are the
numbers from 1 on; `*` stands for the endings of a German adjective, `~` for those of a Greek one.
"""

_ORDINAL_ROWS = """
    first eerste premier premiere erst* πρωτ~
    second tweede deuxieme seconde zweit* δευτερ~
    third derde troisieme dritt* τριτ~
    fourth vierde quatrieme viert* τεταρτ~
    fifth vijfde cinquieme funft* fuenft* πεμπτ~
    sixth zesde sixieme sechst* εκτ~
    seventh zevende septieme siebt* siebent* εβδομ~
    eighth achtste huitieme acht* ογδο~
    ninth negende neuvieme neunt* ενατ~
    tenth tiende dixieme zehnt* δεκατ~
    eleventh elfde onzieme elft* ενδεκατ~
    twelfth twaalfde douzieme zwolft* zwoelft* δωδεκατ~
    thirteenth dertiende treizieme dreizehnt* δεκατοτριτ~
    fourteenth veertiende quatorzieme vierzehnt* δεκατοτεταρτ~
    fifteenth vijftiende quinzieme funfzehnt* fuenfzehnt* δεκατοπεμπτ~
    sixteenth zestiende seizieme sechzehnt* δεκατοεκτ~
    seventeenth zeventiende dix-septieme siebzehnt* δεκατοεβδομ~
    eighteenth achttiende dix-huitieme achtzehnt* δεκατοογδο~
    nineteenth negentiende dix-neuvieme neunzehnt* δεκατοενατ~
    twentieth twintigste vingtieme zwanzigst* εικοστ~
"""
_CARDINAL_ROWS = """
    one een un une eins ein eine ενα μια
    two twee deux zwei zwo δυο
    three drie trois drei τρια τρεισ
    four vier quatre τεσσερα τεσσερισ
    five vijf cinq funf fuenf πεντε
    six zes sechs εξι
    seven zeven sept sieben επτα εφτα
    eight acht huit οκτω οχτω
    nine negen neuf neun εννια εννεα
    ten tien dix zehn δεκα
    eleven elf onze εντεκα
    twelve twaalf douze zwolf zwoelf δωδεκα
    thirteen dertien treize dreizehn δεκατρια
    fourteen veertien quatorze vierzehn δεκατεσσερα
    fifteen vijftien quinze funfzehn fuenfzehn δεκαπεντε
    sixteen zestien seize sechzehn δεκαεξι
    seventeen zeventien dix-sept siebzehn δεκαεπτα
    eighteen achttien dix-huit achtzehn δεκαοκτω
    nineteen negentien dix-neuf neunzehn δεκαεννια
    twenty twintig vingt zwanzig εικοσι
"""
_ENDINGS = {"*": ("e", "er", "es", "en", "em"), "~": ("οσ", "η", "ο", "ον", "ου", "ησ", "α")}


def _numbered(rows: str) -> dict[str, int]:
    return {
        form: number
        for number, row in enumerate(rows.strip().split("\n"), 1)
        for word in row.split()
        for form in ([word[:-1] + ending for ending in _ENDINGS[word[-1]]] if word[-1] in _ENDINGS else [word])
    }


ORDINALS = _numbered(_ORDINAL_ROWS)
CARDINALS = _numbered(_CARDINAL_ROWS)
"""They count only alone or after a word like `number`: `one` and `een` are everywhere."""
SUFFIXES = frozenset(
    """
    st nd rd th e er ere eme ieme de ste te ter tes ten ο η οσ ησ ον α
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
"""What stands behind the digits of `2nd`."""
LAST = frozenset(
    """
    last laatste dernier derniere letzte letzter letztes letzten τελευταιοσ τελευταια τελευταιο
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
MARKS = frozenset(
    """
    number numbers no nr num numero n nummer nummers option optie optio choice keuze choix wahl αριθμοσ αριθμο αρ
    νο νουμ νουμερο shop webshop eshop store boutique magasin winkel webwinkel laden onlineshop geschaft
    καταστημα μαγαζι arithmos noumero katastima magazi
    """.split()  # noqa: SIM905
)
"""Before them or after them a number is an answer: `shop 2`, `the second shop`."""
FILLERS = frozenset(
    """
    a about again all am an and answer any ask asked at be because correct concerns concerning definitely eh em for from
    good hello hey hi i id im in is it its just list mail main mean meant mine my of ok okay on one or our please
    problem question regarding right s sure thank thanks that thats the their there think this to url want was
    website with would yes yeah you your www http https com

    aan alstublieft antwoord bedankt bedoel beste betreft dag dank dat de deze die dit een gaat goedemorgen goedemiddag
    graag groet hallo en of het hoi hier ik inderdaad ja je jullie lijst met mijn nee om onderste onze op over site
    uit van vraag voor wel wij zijn

    au bien bonjour cela celle celui cest ce concerne de des du elle est et il je la le les ma merci mon non notre nous
    ou et oui par parle pour question quil reponse salut sagit site sur svp un une veux votre liste dans cette parlais

    auf bitte das dem den der die dies dieser dieses danke ein eine einen es frage fur geht gute guten handelt ich im in
    ist ja liste mein meine meinen meinem mir nein oder seite sich so tag um und uns unser unsere unseren von war
    webseite wir zu zum zur morgen

    απο αυτη αυτο αυτοσ αφορα γεια για ειναι εγω ενα η θελω θεμα και καλημερα καλησπερα καλο λεω λιστα μασ με μια μιλαω
    μου ναι να ο οι παρακαλω που προκειται σασ σε στη στην στο στον ευχαριστω τα την τησ το τον του των
    ιστοσελιδα σελιδα einai gia kalimera nai parakalo to tin efxaristo efharisto
    """.split()  # noqa: SIM905
)
"""What an answer may hold besides a number, and still be nothing but that answer."""
NEGATIONS = frozenset(
    """
    not none neither nor never nothing dont doesnt didnt isnt wasnt arent cant wrong
    niet geen noch nooit pas aucun aucune ni jamais
    nicht kein keine keiner keines keinen keinem keins weder nie weiss
    δεν δε οχι κανενα κανεναν κανεισ καμια μην ουτε μητε ποτε ξερω oxi ohi ochi kanena
    """.split()  # noqa: SIM905
)
"""With one of them in it, a line says which shop it is not."""
SEVERAL = frozenset(
    """
    both all every each several beide allebei alle allemaal elke ieder iedere meerdere tous toutes plusieurs chaque
    beides beiden allen jeder jede jedes mehrere ολα ολεσ ολουσ αμφοτερα καθε ola
    """.split()  # noqa: SIM905
)
COURTESIES = frozenset(
    """
    hello hi hey dear good thanks thank greetings sorry beste geachte goedemorgen goedemiddag goedenavond dag hallo hoi
    bedankt dank bonjour bonsoir cher chere chers salut madame monsieur merci desole liebe lieber liebes sehr guten moin
    servus danke vielen γεια καλημερα καλησπερα αγαπητοι αγαπητε αγαπητη χαιρετε ευχαριστω ευχαριστουμε συγγνωμη
    kalimera kalispera geia
    """.split()  # noqa: SIM905
)
"""A line that begins with one of them and answers nothing is stepped over."""
CLOSINGS = (
    *("regards", "kind regards", "best regards", "best wishes", "warm regards", "cheers", "sincerely", "yours"),
    *("met vriendelijke", "vriendelijke groet", "mvg", "groeten", "groetjes", "hoogachtend", "gr.", "met groet"),
    *("cordialement", "bien a vous", "bien cordialement", "sinceres salutations", "salutations", "cdlt", "amicalement"),
    *(
        "mit freundlichen",
        "mit besten",
        "mfg",
        "viele grusse",
        "liebe grusse",
        "freundliche grusse",
        "beste grusse",
        "lg",
    ),
    *("με εκτιμηση", "φιλικα", "με φιλικουσ", "χαιρετισμ", "me ektimisi", "filika"),
    *("sent from", "get outlook", "verstuurd vanaf", "verzonden vanaf", "envoye de", "envoye depuis", "gesendet von"),
    *("von meinem", "diese nachricht wurde", "σταλθηκε απο", "εσταλη απο", "αποστολη απο", "on behalf"),
)
"""What stands above a name: from such a line on, nothing answers."""
