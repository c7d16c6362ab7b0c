"""What do phones, lawyers and virus scanners put below a mail, in which language? Tables of `quotes_signature`.

Compared after `folded`. Each must be what no customer writes as the last words of his mail: `This message ...` alone
is not enough, `Sent by mail` is not here.
"""

import re

from gateway.mail.quotes_words import folded


def _folded(*phrases: str) -> tuple[str, ...]:
    return tuple(folded(phrase) for phrase in phrases)


MAX_PHONE_WORDS = 12
PHONE_BEGINS = _folded(
    *("sent from ", "sent via ", "sent with ", "sent using ", "send from my "),
    *("στάλθηκε από ", "εστάλη από ", "αποστολή από ", "απεστάλη από ", "στάλθηκε με ", "στάλθηκε μέσω "),
    "σταλθηκε απ",
    *("verzonden vanaf ", "verzonden met ", "verzonden via ", "verzonden vanuit ", "verzonden door mijn "),
    *("verstuurd vanaf ", "verstuurd met ", "verstuurd via ", "verstuurd vanuit ", "verstuurd door mijn "),
    *("envoyé de ", "envoyé depuis ", "envoyé à partir ", "envoyé avec ", "envoyé via ", "envoyé d'", "provenance : "),
    *("gesendet von ", "gesendet mit ", "gesendet über ", "gesendet aus ", "versendet mit ", "versendet von "),
    *("diese nachricht wurde von mein", "diese e-mail wurde von mein", "geschickt von mein", "von unterwegs gesendet"),
    *("enviado desde ", "enviado do ", "enviado a partir de ", "enviado através ", "enviado com ", "enviado con "),
    *("inviato da", "inviato con ", "wysłane z ", "wysłano z ", "отправлено с ", "отправлено из ", "надіслано з "),
    *("skickat från ", "skickades från ", "sendt fra ", "sendt med ", "lähetetty ", "odesláno z ", "odoslané z "),
    *("trimis de pe ", "trimis din ", "изпратено от ", "poslano s ", "poslano iz ", "saadetud minu "),
)
GENERIC_BEGINS = _folded("sent from my ", "sent from a ", "sent from an ")
"""Of lines that stand alone, whatever they name."""
EXCUSES = re.compile("excuse|typo|brevity|συγχωρ|λαθ[ηω]|tippfehler|fautes|typefout|kurze|bref")
DEVICES = re.compile(
    "|".join(
        _folded(
            *("iphon", "ipad", r"\bios\b", "android", "samsung", "galaxy", "huawei", "xiaomi", "redmi", "nokia"),
            "pixel",
            *("blackberry", "outlook", "windows", "yahoo", r"\baol\b", "gmail", "smartphone", "mobile", "phone"),
            "tablet",
            *("mobil", "handy", "telefon", "τηλεφων", "κινητ", "συσκευ", "ταμπλετ", "portable", r"\bgsm\b", "proton"),
            *(r"\bspark\b", "edison", "airmail", "sparrow", "bluemail", "thunderbird", r"web\.de", r"\bgmx\b"),
            "t-online",
            *("orange", r"\bsfr\b", "libero", "wiko", "oneplus", r"\boppo\b", r"\bhonor\b", "appareil", "device"),
            "apparaat",
            *("toestel", "gerat", "freenet", "mailbird", r"em client", "telefoon", "movil", "cellulare", "telemovel"),
            *("celular", "ordinateur", "macbook", r"\bmac\b", r"\bpc\b", "смартфон", "телефон", r"mail\.ru", "яндекс"),
            *("application mail", "k-9 mail", "motorola", "sony xperia", "puhelim", "puhelin", "телефона", "mon tel"),
        )
    )
)
OUTLOOK = re.compile(
    r"(?:get|download|obtenez|telechargez|telecharger|obtenir|obtener|ottieni|scarica|obter o|pobierz|hent|hamta|lataa"
    r"|αποκτηστε το|ληψη του|λαβετε το|κατεβαστε το|holen sie sich|laden sie|ziskejte|descarcati)"
    r" outlook (?:for|pour|para|per|voor|fur|για|dla|til|for|pro|pentru|на|til) ?(?:το )?"
    r"(?:ios|android|mac|windows|mobile)(?: herunter)?"
    r"|outlook (?:fur|voor) (?:ios|android|mac) (?:beziehen|herunterladen|laden|holen|downloaden|ophalen)"
    r"|(?:skaffa|hanki) outlook (?:for|for )?(?:ios|android)"
)
WHOLE_LINES = re.compile(
    r"von (?:meinem|meiner|meinem/meiner) [^,.?]{2,40} (?:gesendet|geschickt|verschickt)"
    r"|[^\s,.?]{2,20}(?: [^\s,.?]{2,20}){0,3} gonderildi"
    r"|[^\s,.?]{2,20}-(?:omrol|emrol|amrol) kuldve"
    r"|[^\s,.?]{2,20}から送信|发自我的.{1,20}|發自我的.{1,20}|iphone을?에서 보냄|나의 iphone에서 보냄"
    r"|get [a-z]{2,12} ?mail for (?:android|ios|iphone|ipad)"
    r"|sent from nine|sent from yahoo mail\. get the app|yahoo mail: [^?]{5,80}"
)

VERB_LAST = re.compile(
    r"(?:von|vanaf|vanuit) [^,.?]{2,60} (?:gesendet|geschickt|verschickt|versandt|verzonden|verstuurd|gestuurd)"
)
"""Languages that put the verb at the end; a device must be named, too."""
SECURE_MAIL = re.compile(
    r"(?:sent|gesendet|versendet|verschickt|verzonden|verstuurd|envoye|secured|sicher versendet|beveiligd|securise"
    r"|σταλθηκε|εσταλη|απεσταλη|enviado|inviato|wyslano|skickat|sendt)"
    r" (?:with|from|via|mit|von|aus|met|vanuit|avec|depuis|par|με|απο|μεσω|con|com|desde|da|z|med|fran|fra)"
    r"(?: [^\s,.?]{1,20}){0,4} (?:proton ?mail|proton|tutanota|tuta)(?: mail| mobile)?"
    r"(?:(?: [^\s,.?]{1,20}){0,2} (?:e-?mail|mail|email))?:?"
)
"""Programs that praise their secrecy in every language."""

FOOTERS = _folded(
    *("please consider the environment", "think before you print", "this e-mail has been checked for viruses"),
    *("this email has been checked for viruses", "this email has been scanned", "this e-mail has been scanned"),
    *("this message has been scanned", "virus-free.", "please don't print this e-mail"),
    *("σκεφτείτε το περιβάλλον πριν", "παρακαλούμε σκεφτείτε το περιβάλλον", "πριν εκτυπώσετε", "χωρίς ιούς."),
    *("αυτό το email έχει ελεγχθεί", "αυτό το e-mail έχει ελεγχθεί", "αυτό το μήνυμα έχει ελεγχθεί"),
    "προστατέψτε το περιβάλλον",
    *("denk aan het milieu", "denkt u aan het milieu", "virusvrij.", "deze e-mail is gecontroleerd op virussen"),
    *("op al onze ", "dit e-mailbericht is gescand", "deze e-mail is gescand"),
    *("pensez à l'environnement", "avant d'imprimer", "garanti sans virus", "sans virus."),
    "l'absence de virus dans ce",
    *("afin de préserver l'environnement", "merci de penser à l'environnement", "n'imprimez ce"),
    *("bitte denken sie an die umwelt", "denken sie an die umwelt", "virenfrei.", "diese e-mail wurde von avast"),
    *("diese e-mail wurde auf viren", "bitte prüfen sie, ob diese", "bitte überlegen sie, ob"),
    *("libre de virus.", "privo di virus.", "livre de vírus.", "wolny od wirusów.", "virusfri."),
)
"""First words that are enough by themselves."""
LEGAL_BEGINS = _folded(
    *("this e-mail", "this email", "this message", "the information contained", "the information in this"),
    "the contents of",
    *("confidentiality", "disclaimer", "important notice", "notice:", "legal notice", "privacy notice"),
    "caution: this",
    *("if you are not the intended", "if you have received this", "the content of this"),
    *("το παρόν μήνυμα", "το παρόν ηλεκτρονικό", "το παρόν email", "το παρόν e-mail", "αυτό το μήνυμα"),
    "αυτό το email",
    *("αυτό το e-mail", "το περιεχόμενο", "το μήνυμα αυτό", "οι πληροφορίες που", "το ηλεκτρονικό αυτό"),
    "αυτό το ηλεκτρονικό",
    *("αποποίηση ευθύνης", "δήλωση εμπιστευτικότητας", "σημείωση εμπιστευτικότητας", "αν δεν είστε ο"),
    "εάν δεν είστε ο",
    *("εάν λάβατε", "αν λάβατε", "εμπιστευτικό", "η παρούσα", "το email αυτό", "το e-mail αυτό"),
    *("dit bericht", "dit e-mailbericht", "deze e-mail", "deze mail", "dit mailbericht", "de informatie"),
    "de inhoud van",
    *("vertrouwelijk", "indien u niet de", "deze email", "als u niet de", "aan dit bericht"),
    *("ce message", "ce courriel", "cet e-mail", "cet email", "ce mail", "les informations contenues", "avis de conf"),
    *("si vous n'êtes pas", "confidentialité", "l'intégrité de ce", "le contenu de ce", "les informations figurant"),
    *("diese e-mail", "diese email", "diese nachricht", "der inhalt dieser", "die information", "die in dieser"),
    *("haftungsausschluss", "vertraulich", "hinweis:", "wenn sie nicht der", "sollten sie nicht der"),
    "falls sie nicht der",
    *("le informazioni contenute", "este mensaje", "este correo", "esta mensagem", "questo messaggio"),
)
LEGAL_WORDS = re.compile(
    "|".join(
        _folded(
            *("confidential", "privileged", "intended recipient", "intended solely", "intended only"),
            "notify the sender",
            *("unauthori[sz]ed", "addressee", "disclos", "solely for", "delete it", "delete this"),
            *("εμπιστευτικ", "απορρητ", "αποδεκτη", "παραληπτη", "αποκλειστικα", "διαγραψ", "ενημερωσ", "αποστολεα"),
            *("vertrouwelijk", "geadresseerde", "bestemd", "openbaarmaking", "verwijder", "afzender", "vernietig"),
            *("confidentiel", "destinataire", "expediteur", "detruire", "supprim", "divulg", "usage exclusif"),
            *("vertraulich", "adressat", "empfanger", "absender", "vernichte", "losche", "unbefugt", "weitergabe"),
            *("riservat", "destinatari", "confidencial", "mittente", "remitente"),
        )
    )
)
"""Of these, two different ones."""
TITLES = frozenset(
    _folded(
        *("disclaimer", "confidential", "confidentiality notice", "important notice", "legal notice"),
        "legal disclaimer",
        *("αποποίηση ευθύνης", "δήλωση εμπιστευτικότητας", "εμπιστευτικό", "εμπιστευτικότητα", "σημείωση"),
        *("vertrouwelijk", "vertrouwelijkheid", "avis de confidentialité", "confidentialité", "avertissement"),
        *("haftungsausschluss", "vertraulichkeit", "vertraulichkeitshinweis", "rechtlicher hinweis", "hinweis"),
    )
)
CLOSINGS = _folded(
    *("thanks", "thank you", "many thanks", "regards", "best regards", "kind regards", "best", "sincerely", "cheers"),
    *("yours sincerely", "yours faithfully", "with kind regards", "warm regards", "thanks and regards"),
    "thanks & regards",
    *("ευχαριστώ", "ευχαριστούμε", "ευχαριστώ πολύ", "με εκτίμηση", "φιλικά", "με φιλικούς χαιρετισμούς"),
    "χαιρετισμούς",
    *("σας ευχαριστώ", "μετά τιμής", "με τιμή"),
    *("met vriendelijke groet", "met vriendelijke groeten", "groet", "groeten", "mvg", "bedankt", "alvast bedankt"),
    *("vriendelijke groet", "vriendelijke groeten", "hoogachtend", "dank u", "dank je wel"),
    *("cordialement", "bien cordialement", "bien à vous", "merci", "salutations", "merci d'avance"),
    "sincères salutations",
    *("mit freundlichen grüßen", "mit freundlichem gruß", "viele grüße", "beste grüße", "liebe grüße", "mfg", "danke"),
    *("freundliche grüße", "vielen dank", "gruß", "grüße"),
)
"""Words below which a line is drawn, and then the signature."""
