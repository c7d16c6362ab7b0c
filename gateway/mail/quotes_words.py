"""Which words do mail programs put above what they quote, in which language? The tables of `gateway.mail.quotes`.

All are compared after `folded`: without case, accents and the shape of apostrophes, because people and old programs
leave accents out. A word that is missing here costs a quotation shown too much; one too many may cost a customer's
words, so words of daily speech are only here where more than one of them must agree.
"""

import re

from gateway import folding

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u00a0": " ", "\u202f": " ", "\u200b": None})


def folded(text: str) -> str:
    """The text without case and accents (Greek tonos included), for comparison only."""
    return folding.folded(text if text.isascii() else text.translate(_APOSTROPHES))


def _table(*lines: str) -> frozenset[str]:
    """Phrases that commas separate."""
    return frozenset(folded(word.strip()) for line in lines for word in line.split(",") if word.strip())


FROM = _table(
    "from, Από, Αποστολέας, Van, Afzender, De, Expéditeur, Von, Absender",
    "Da, Mittente, Remitente, Desde, Remetente, Od, Nadawca, От, От кого, Від, Від кого, Από τον/την",
    "Från, Fra, Lähettäjä, Odesílatel, Odosielateľ, Kimden, Gönderen, Feladó, Expeditor, Від, Saatja, Nuo, No",
    "差出人, 送信元, 发件人, 寄件者, 寄件人, 보낸 사람, De la, Pošiljatelj, Šalje, Pošiljatelj",
)
SENT = _table(
    "Sent, Sent at, Στάλθηκε, Εστάλη, Αποστολή, Απεσταλμένο, Verzonden, Verstuurd, Envoyé, Envoyé le, Gesendet",
    "Enviado, Enviado el, Enviada, Enviada em, Enviado em, Inviato, Wysłano, Wysłane, Отправлено, Надіслано, Skickat",
    "Sendt, Lähetetty, Odesláno, Poslané, Gönderildi, Gönderilme, Gönderilme Tarihi, Elküldve, Küldve, Trimis",
    "Изпратено, Saadetud, Išsiųsta, Nosūtīts, 送信日時, 送信, 发送时间, 傳送時間, 寄件日期, 보낸 날짜",
    "Poslano, Poslato",
    "Message du, Trimis la",
)
SUBJECT = _table(
    "Subject, Θέμα, Onderwerp, Objet, Sujet, Betreff, Asunto, Oggetto, Assunto, Temat, Тема, Относно, Ämne, Emne",
    "Aihe, Předmět, Predmet, Konu, Tárgy, Subiect, Teema, Tema, Temats, 件名, 主题, 主旨, 主題, 제목",
)
OTHER_LABELS = _table(
    "To, Cc, Bcc, Date, Importance, Priority, Reply-To, Attachments, On Behalf Of, Received, When, Where",
    "Προς, Κοιν., Κοιν, Κοινοποίηση, Ιδιαίτερη κοινοποίηση, Ημερομηνία, Ημ/νία, Συνημμένα, Σπουδαιότητα, Παραλήπτης",
    "Aan, Datum, Bijlagen, Kopie, Urgentie, Prioriteit, Ontvanger",
    "À, A, Copie à, Copie, Destinataire, Pièces jointes, Répondre à, Importance, Priorité",
    "An, Kopie, Antwort an, Anlagen, Wichtigkeit, Empfänger",
    "Para, Fecha, Data, CC, Per, Do, DW, Data wysłania, Кому, Дата, Копия, Копія, До, Till, Datum, Kopia, Til, Dato",
    "Kopi",
    "Vastaanottaja, Päivä, Päiväys, Päivämäärä, Kopio, Komu, Kopie, Dátum, Dátum, Kime, Kime:, Tarih, Bilgi",
    "Címzett, Másolatot kap, Către, Data, Дата, До, Saaja, Kuupäev, Kam, 宛先, 日付, 日時, 收件人, 收件者",
    "抄送, 副本, 日期",
    "받는 사람, 날짜, 참조, Za, Prima",
)
LABELS = FROM | SENT | SUBJECT | OTHER_LABELS
"""Labels of the header block that Outlook and others put above a quoted mail."""

ORIGINAL = _table(
    "original message, original appointment, original e-mail, reply message, original mail",
    "αρχικό μήνυμα, πρωτότυπο μήνυμα, αρχικό μύνημα, αρχικό email, αρχικό e-mail",
    "oorspronkelijk bericht, origineel bericht, oorspronkelijke bericht, oorspronkelijke e-mail",
    "message d'origine, message original, message initial, mail original, e-mail d'origine",
    "ursprüngliche nachricht, originalnachricht, original-nachricht, urspr. nachricht, ursprüngliche mitteilung",
    "originalmeldung, ursprüngliche e-mail, ursprüngliche mail, original nachricht",
    "mensaje original, messaggio originale, messaggio di origine, mensagem original, wiadomość oryginalna",
    "oryginalna wiadomość, исходное сообщение, оригинальное сообщение, первоначальное сообщение",
    "оригінальне повідомлення, вихідне повідомлення, ursprungligt meddelande, originalmeddelande",
    "original meddelande",
    "oprindelig meddelelse, oprindelig besked, opprinnelig melding, alkuperäinen viesti, původní zpráva",
    "původní e-mail",
    "pôvodná správa, orijinal mesaj, orijinal ileti, özgün ileti, özgün mesaj, eredeti üzenet, mesaj original",
    "mesajul original, mesajul iniţial, оригинално съобщение, първоначално съобщение, izvorna poruka",
    "originalna poruka",
    "algne kiri, 元のメッセージ, 原始邮件, 原始郵件, 邮件原件, 回复的原邮件, 원본 메시지",
)
"""What stands between dashes above a quotation."""

FORWARDED = _table(
    "forwarded message, begin forwarded message, forwarded mail, forwarded by, start forwarded message",
    "begin forwarded text",
    "προωθημένο μήνυμα, προώθηση μηνύματος, έναρξη προωθημένου μηνύματος, προωθηθέν μήνυμα, μήνυμα που προωθήθηκε",
    "αρχή προωθημένου μηνύματος, προωθούμενο μήνυμα, έναρξη μηνύματος προώθησης",
    "doorgestuurd bericht, doorgestuurde bericht, begin doorgestuurd bericht, doorgezonden bericht",
    "message transféré, début du message transféré, message réexpédié, début du message réexpédié, mail transféré",
    "courriel transféré, transfert de message",
    "weitergeleitete nachricht, anfang der weitergeleiteten nachricht, weitergeleitete mail, weitergeleitete e-mail",
    "beginn der weitergeleiteten nachricht, weitergeleitete mitteilung",
    "mensaje reenviado, inicio del mensaje reenviado, messaggio inoltrato, inizio messaggio inoltrato",
    "mensagem encaminhada, mensagem reencaminhada, início da mensagem encaminhada, início da mensagem reencaminhada",
    "wiadomość przekazana dalej, wiadomość przesłana dalej, przekazana wiadomość, treść przekazanej wiadomości",
    "пересылаемое сообщение, пересланное сообщение, начало переадресованного сообщения, перенаправленное сообщение",
    "переслане повідомлення, vidarebefordrat meddelande, vidarebefordrat mejl, vidarebefordrat brev",
    "videresendt besked, videresendt meddelelse, start på videresendt besked, videresendt melding",
    "start på videresendt melding, välitetty viesti, edelleen lähetetty viesti, edelleenlähetetty viesti",
    "přeposlaná zpráva, přeposlaný e-mail, začátek přeposlané zprávy, preposlaná správa, yönlendirilen mesaj",
    "yönlendirilmiş ileti, iletilen mesaj, iletilmiş mesaj, továbbított üzenet, mesaj redirecționat",
    "mesaj transmis mai departe, mesaj redirectionat, препратено съобщение, proslijeđena poruka, prosleđena poruka",
    "転送されたメッセージ, 転送メッセージ, 转发的邮件, 转发邮件信息, 轉寄郵件, 전달된 메시지",
)
"""What stands above a mail that is passed on."""

FORWARD_PREFIXES = _table(
    "fw, fwd, πρθ, προώθ, πρ, doorst, tr, wg, i, rv, rm, enc, res, pd, vb, vl, vs, vid, пересл, ilt, továbbítás",
    "转发, 轉寄, 転送",
)
"""Of subjects. Finnish `VS` is an answer and Danish `VS` is not: then more is shown."""

MARKER_WORDS = "##-", "-##"

_WROTE = _table(
    "wrote, writes, έγραψε, schreef, geschreven, écrit, schrieb, geschrieben, escribió, ha scritto, scritto",
    "escreveu, escrito, napisał, napisał(a), napisała, pisze, написал, написала, написал(а), пишет, писал, написав",
    "написала, пише, написа, skrev, kirjoitti, napsal, napsal(a), napsala, napísal, napísala, yazdı, írta, ezt írta",
    "a scris, napisao, napisao/la, napisala, kirjutas, rakstīja, rašė, va escriure, viết",
)
WROTE = re.compile(r"(?<![\w'])(?:" + "|".join(re.escape(word) for word in sorted(_WROTE, reverse=True)) + r")(?!\w)")
"""On a folded line: that somebody wrote."""
WROTE_ASIAN = re.compile("写道|寫道|来信|のメール|が書きました|書き込みました|님이 작성|작성")
"""Scripts that put no space between words."""

QUOTING = re.compile(
    "(?:quoting|zitat von|zitiere|citeren|citaat van|παραθεση απο|παραθετοντας|παραθετω απο|citation de|en citant"
    "|citando(?: a)?|citazione di|cita de|cytat od|cytowanie|cytuje|citerar|citerer|citat fra|цитирую|citace od) "
)
"""On a folded line: the words by which Horde and its kin begin, in place of a verb behind the name."""

OPENINGS = _table(
    "on, στις, την, τη, το, στη, ο, η, op, le, am, von, van, de, em, el, il, in data, a, em data, w dniu, dnia, den",
    "d",
    "dne, dňa, pe, на, в, från, fra, el dia, en, tarihinde, 在, 于, 於, en date du, i dag, ai, il giorno, pada, vao",
)
"""First words of the lines that say who wrote when."""
DAYS = _table(
    "mon, tue, wed, thu, fri, sat, sun, monday, tuesday, wednesday, thursday, friday, saturday, sunday",
    "δευ, τρι, τετ, πεμ, παρ, σαβ, κυρ, δευτερα, τριτη, τεταρτη, πεμπτη, παρασκευη, σαββατο, κυριακη",
    "ma, di, wo, do, vr, za, zo, maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag, zondag",
    "lun, mar, mer, jeu, ven, sam, dim, lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche",
    "mo, mi, fr, sa, so, montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonntag",
    "mié, jue, vie, sáb, dom, gio, sab, seg, ter, qua, qui, sex, pon, wt, śr, czw, pt, sob, niedz",
    "пн, вт, ср, чт, пт, сб, вс, нд, mån, tis, ons, tors, fre, lör, sön, man, tir, tor, lør, søn",
    "ke, to, pe, la, su, po, út, st, čt, pá, ne, pzt, sal, çar, per, cum, cmt, paz, h, k, sze, cs, p, szo, v",
)

POINTS_BELOW = re.compile(
    "|".join(
        re.escape(folded(phrase))
        for phrase in (
            *("see below", "answers below", "answer below", "comments below", "my replies below", "in red", "inline"),
            *("in-line", "between the lines", "in blue", "in bold", "in green"),
            *("δειτε παρακατω", "δες παρακατω", "δειτε πιο κατω", "δες πιο κατω", "απαντω παρακατω", "με κοκκινο"),
            *("απαντησεις παρακατω", "απαντω πιο κατω", "απαντω απο κατω", "στα κοκκινα", "απαντησεις μου κατω"),
            *("αναμεσα στις γραμμες", "με μπλε", "σε κοκκινο", "εμβολιμα", "απανταω παρακατω", "απαντησα παρακατω"),
            *("zie hieronder", "zie onder", "zie beneden", "antwoorden hieronder", "in rood", "in het rood"),
            *("tussen de regels", "tussen de tekst", "in blauw", "in de tekst hieronder", "hieronder mijn antwoord"),
            *("voir ci-dessous", "voir plus bas", "reponses ci-dessous", "en rouge", "dans le texte", "en bleu"),
            *("mes reponses dans", "reponds ci-dessous", "reponds dans le"),
            *("siehe unten", "s. u.", "s.u.", "antworten unten", "im text", "in rot", "zwischen den zeilen", "in blau"),
            *("antworten im", "antworte unten", "weiter unten"),
            *("mas abajo", "en rojo", "qui sotto", "in rosso", "abaixo", "a vermelho", "ponizej", "на красном", "ниже"),
        )
    )
)
"""On a folded text: that the answers stand inside of what is quoted."""
