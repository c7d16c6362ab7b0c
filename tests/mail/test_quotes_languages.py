"""What programs put above quotations in other languages, and what customers write that only looks like it."""

import pytest

from gateway.mail.quotes import Split, is_forward, split
from gateway.mail.quotes_attribution import attribution
from gateway.mail.quotes_block import header_block, is_forward_line, is_separator
from gateway.mail.quotes_signature import is_phone_line

ATTRIBUTIONS = {
    "es, Gmail": "El mar, 1 sept 2026 a las 10:00, Support (<support@x.test>) escribió:",
    "es, Apple": "El 1 sept 2026, a las 10:00, Support <support@x.test> escribió:",
    "it, Gmail": "Il giorno mar 1 set 2026 alle ore 10:00 Support <support@x.test> ha scritto:",
    "it, Apple": "Il giorno 1 set 2026, alle ore 10:00, Support <support@x.test> ha scritto:",
    "pt, Gmail": "Em ter., 1 de set. de 2026 às 10:00, Support <support@x.test> escreveu:",
    "pt, Portugal": "Support <support@x.test> escreveu (terça, 1/09/2026 à(s) 10:00):",
    "pl, Gmail": "wt., 1 wrz 2026 o 10:00 Support <support@x.test> napisał(a):",
    "pl, Thunderbird": "W dniu 01.09.2026 o 10:00, Support pisze:",
    "pl, wp": "Dnia 1 września 2026 10:00 Support <support@x.test> napisał(a):",
    "ru, Gmail": "вт, 1 сент. 2026 г. в 10:00, Support <support@x.test>:",
    "ru, Thunderbird": "01.09.2026 10:00, Support пишет:",
    "ru, Gmail, old": '1 сентября 2026 г., 10:00 пользователь "Support" <\nsupport@x.test> написал:',
    "uk, Gmail": "вт, 1 вер. 2026 р. о 10:00 Support <support@x.test> пише:",
    "sv, Gmail": "Den tis 1 sep. 2026 kl 10:00 skrev Support <support@x.test>:",
    "sv, Apple": "1 sep. 2026 kl. 10:00 skrev Support <support@x.test>:",
    "da, Gmail": "Den tirs. 1. sep. 2026 kl. 10.00 skrev Support <support@x.test>:",
    "nb, Gmail": "tir. 1. sep. 2026 kl. 10:00 skrev Support <support@x.test>:",
    "fi, Gmail": "ti 1. syysk. 2026 klo 10.00 Support (support@x.test) kirjoitti:",
    "cs, Gmail": "út 1. 9. 2026 v 10:00 odesílatel Support <support@x.test> napsal:",
    "cs, Seznam": "Dne 1. 9. 2026 v 10:00 Support napsal(a):",
    "tr, Gmail": "Support <support@x.test>, 1 Eyl 2026 Sal, 10:00 tarihinde şunu yazdı:",
    "ja, Gmail": "2026年9月1日(火) 10:00 Support <support@x.test>:",
    "ja, Apple": "2026/09/01 10:00、Support <support@x.test>のメール:",
    "zh, Gmail": "Support <support@x.test> 于2026年9月1日周二 10:00写道：",
    "zh, Apple": "在 2026年9月1日，10:00，Support <support@x.test> 写道：",
    "ro, Gmail": "mar., 1 sept. 2026 la 10:00, Support <support@x.test> a scris:",
    "ro, Apple": "Pe 1 sept. 2026, la 10:00, Support <support@x.test> a scris:",
    "bg, Gmail": "На вт, 1.09.2026 г. в 10:00 Support <support@x.test> написа:",
    "hu, Gmail": "Support <support@x.test> ezt írta (időpont: 2026. szept. 1., K, 10:00):",
    "hr, Gmail": "uto, 1. ruj 2026. u 10:00 Support <support@x.test> napisao je:",
    "nl, Outlook for Mac": "Op 1-9-2026 10:00 heeft Support <support@x.test> geschreven:",
    "de, Yahoo": "Support <support@x.test> hat am Dienstag, 1. September 2026 10:00 geschrieben:",
}


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
@pytest.mark.parametrize("quoted", ["> Hello\n> there", "Hello\nthere"], ids=["marked", "unmarked"])
def test_the_attributions_of_many_languages_are_known(line: str, quoted: str) -> None:
    """Above marked lines, and where nothing is marked."""
    expected = Split(reply="Yes.\n\nMaria", quoted=f"{line}\n\n{quoted}")
    assert expected == split(f"Yes.\n\nMaria\n\n{line}\n\n{quoted}")


HEADS = {
    "es": "De: S <s@x.test>\nEnviado el: martes, 1 de septiembre de 2026 10:00\nPara: M\nAsunto: RE: a",
    "it": "Da: S <s@x.test>\nInviato: martedì 1 settembre 2026 10:00\nA: M\nOggetto: R: a",
    "pt": "De: S <s@x.test>\nEnviada em: terça-feira, 1 de setembro de 2026 10:00\nPara: M\nAssunto: RES: a",
    "pl": "Od: S <s@x.test>\nWysłano: wtorek, 1 września 2026 10:00\nDo: M\nTemat: ODP: a",
    "ru": "От: S <s@x.test>\nОтправлено: 1 сентября 2026 г. 10:00\nКому: M\nТема: RE: a",
    "sv": "Från: S <s@x.test>\nSkickat: den 1 september 2026 10:00\nTill: M\nÄmne: SV: a",
    "da": "Fra: S <s@x.test>\nSendt: 1. september 2026 10:00\nTil: M\nEmne: SV: a",
    "fi": "Lähettäjä: S <s@x.test>\nLähetetty: tiistai 1. syyskuuta 2026 10:00\nVastaanottaja: M\nAihe: VS: a",
    "cs": "Od: S <s@x.test>\nOdesláno: úterý 1. září 2026 10:00\nKomu: M\nPředmět: RE: a",
    "tr": "Kimden: S <s@x.test>\nGönderildi: 1 Eylül 2026 Salı 10:00\nKime: M\nKonu: RE: a",
    "ja": "差出人: S <s@x.test>\n送信日時: 2026年9月1日 10:00\n宛先: M\n件名: RE: a",
    "zh": "发件人: S <s@x.test>\n发送时间: 2026年9月1日 10:00\n收件人: M\n主题: RE: a",
    "ro": "De la: S <s@x.test>\nTrimis: marți, 1 septembrie 2026 10:00\nCătre: M\nSubiect: RE: a",
    "bg": "От: S <s@x.test>\nИзпратено: вторник, 1 септември 2026 г. 10:00\nДо: M\nОтносно: RE: a",
    "hu": "Feladó: S <s@x.test>\nElküldve: 2026. szeptember 1., kedd 10:00\nCímzett: M\nTárgy: RE: a",
    "Hotmail, the date first": "Date: Tue, 1 Sep 2026\nSubject: a\nFrom: s@x.test\nTo: m@x.test",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_the_header_blocks_of_many_languages_are_known(head: str) -> None:
    """As Outlook writes them."""
    assert 4 == header_block(head.split("\n"), 0)
    assert Split(reply="Yes.", quoted=f"{head}\n\nHello") == split(f"Yes.\n\n{head}\n\nHello")


@pytest.mark.parametrize(
    "line",
    [
        *("-----Mensaje original-----", "-----Messaggio originale-----", "-----Oryginalna wiadomość-----"),
        *("-------- Исходное сообщение --------", "-----Původní zpráva-----", "-----Alkuperäinen viesti-----"),
        "----- Původní e-mail -----",
        "-----Eredeti üzenet-----",
        "-----邮件原件-----",
        "__ Oorspronkelijk bericht __",
    ],
)
def test_separators_of_many_languages_are_known(line: str) -> None:
    """Dashes around words that no customer writes between dashes."""
    assert is_separator(line)


@pytest.mark.parametrize(
    "line",
    [
        "---------- Forwarded message ---------",
        "--- begin forwarded text",
        "> Begin forwarded message:",
        "Begin forwarded message:",
        *("-------- Messaggio inoltrato --------", "Inicio del mensaje reenviado:"),
        "---------- Переслане повідомлення -----",
        *("-------- Προωθημένο μήνυμα --------", "-------- Doorgestuurd bericht --------"),
        "Anfang der weitergeleiteten Nachricht:",
        *("-------- Välitetty viesti --------", "*Begin forwarded message:*", "Έναρξη προωθημένου μηνύματος:"),
    ],
)
def test_lines_above_mails_that_are_passed_on_are_known(line: str) -> None:
    """With marks before them and without."""
    assert is_forward_line(line)
    text = f"Look.\n\n{line}\nFrom: A <a@x.test>\nSent: now\nTo: b\nSubject: c\n\nHello\n-- \nA"
    assert Split(reply=text) == split(text)


@pytest.mark.parametrize("subject", ["I: x", "RV: x", "VB: x", "转发: x", "Doorst: x", "ΠΡΟΏΘ: x", "İLT: x"])
def test_subjects_of_mails_that_are_passed_on_are_known(subject: str) -> None:
    """In the words of each language."""
    assert is_forward(subject)


@pytest.mark.parametrize(
    "text",
    [
        "Yesterday at 10:00 I called:\nnobody answered",
        "On Monday 31/8/2026 at 10:00 the carrier's man wrote on the door:\nclosed",
        "On 3 May 2026 you wrote:\nwe will call.\nNobody called.",
        "My addresses are a@x.test, b@x.test and from 1/9/2026 10:00:\nc@x.test",
        "Please put this on the page:\n\nDelivery from: 10:00\nto: 12:00\nwhen: 1/9/2026\n\nThank you",
        "Name: Maria\nDate: 1/9/2026\nTo: my shop\nOrder: 12",
        "From: A\nTo: B\nDate: 1/9/2026 10:00\nWhich price is that?",
        "---- my list ----\none\ntwo",
        "-------- Τιμές --------\n10 ευρώ",
        "Στις 10:00 ο πελάτης έγραψε:\nδεν το θέλω πια",
        "Le client a écrit :\nje n'en veux plus",
        "Der Kunde schrieb:\nich will es nicht mehr",
        "De klant schreef:\nik wil het niet meer",
        "1. first\n2. second:\n3. third",
        "The message says: virus found.\n\nThis message is not for the recipient?",
        "Line one\n---\nLine two",
    ],
)
def test_what_a_customer_writes_is_no_quotation(text: str) -> None:
    """A man on the door is quoted by the customer, not by his program."""
    greeted = f"Hello,\n\n{text}"
    assert Split(reply=greeted) == split(greeted)


@pytest.mark.parametrize(
    "line",
    [
        *("Sent from my iPhone", "Sent from my Samsung Galaxy smartphone.", "Get Outlook for iOS<https://aka.ms/x>"),
        *("Sent from Outlook for Android", "Sent from Yahoo Mail for iPhone", "Sent from Yahoo Mail. Get the app"),
        *("Στάλθηκε από το iPhone μου", "Στάλθηκε από το κινητό μου", "ΣΤΑΛΘΗΚΕ ΑΠΟ ΤΟ IPHONE ΜΟΥ"),
        "Εστάλη από το Outlook για iOS",
        *("Verzonden vanaf mijn iPhone", "Verstuurd vanaf mijn Samsung-apparaat", "Outlook voor iOS ophalen"),
        *("Envoyé de mon iPhone", "Envoyé depuis mon mobile Orange", "Téléchargez Outlook pour Android"),
        "Envoyé à partir d’Outlook pour iOS",
        *("Von meinem iPhone gesendet", "Von meinem Samsung Galaxy Smartphone gesendet."),
        "Gesendet mit der GMX iPhone App",
        *("Gesendet von Outlook für Android", "Outlook für iOS beziehen <https://x.test/y#z>"),
        "Von meinem Huawei-Mobiltelefon gesendet",
        *("Enviado desde mi iPhone", "Inviato da iPhone", "Enviado do meu iPhone", "Wysłane z iPhone’a"),
        "Отправлено с iPhone",
        *("Skickat från min iPhone", "Sendt fra min iPhone", "Lähetetty iPhonesta", "iPhone'umdan gönderildi"),
        "iPhoneから送信",
        *("Odesláno z iPhonu", "Trimis de pe iPhone-ul meu", "Изпратено от моя iPhone", "发自我的 iPhone"),
        "Sent from my mobile, excuse typos",
    ],
)
def test_lines_of_phones_are_signatures(line: str) -> None:
    """Of many makers, in many languages."""
    assert is_phone_line(line, alone=False)
    assert Split(reply="Yes.", signature=line) == split(f"Yes.\n\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        *("Sent from my desk, is much easier than my phone.", "Sent by mail yesterday", "Sent from the bank: 10 euro"),
        *("Sent from my phone it works but from the office it does not", "Get Outlook for Windows to work please"),
        *("Στάλθηκε από τον πελάτη χθες", "Envoyé par courrier", "Von meinem Telefon aus geht es nicht"),
        *("Outlook für Windows zeigt einen Fehler", "Verzonden met PostNL", "Ik heb het met mijn telefoon verstuurd"),
        *("Was it sent from my iPhone?", "Gesendet am Montag", "Verstuurd op maandag met de post"),
    ],
)
def test_what_a_customer_says_of_phones_is_no_signature(line: str) -> None:
    """It stays with his text, even as the last line."""
    assert Split(reply=f"Hello\n\n{line}") == split(f"Hello\n\n{line}")


def test_the_line_above_an_attribution_stays_with_the_customer() -> None:
    """Though it begins as an attribution does."""
    lines = ["On Monday I shall be at", "On 1 Sep 2026 at 10:00, Support <s@x.test> wrote:", "> Hello"]
    assert Split(reply=lines[0], quoted="\n".join(lines[1:])) == split("\n".join(lines))
    assert None is attribution(lines, 0)


@pytest.mark.parametrize("mark", ["JD> ", "| ", "# ", "» "])
def test_answers_between_lines_with_other_marks_are_kept(mark: str) -> None:
    """Some people choose their own; without answers below it is a quotation."""
    head = "On 1 Sep 2026 at 10:00, John D <s@x.test> wrote:"
    quoted = f"{head}\n{mark}Which shop?\n{mark}Since when?"
    assert Split(reply=f"Hello\n\n{quoted}\n\nshop.example") == split(f"Hello\n\n{quoted}\n\nshop.example")
    assert Split(reply="Hello", quoted=quoted) == split(f"Hello\n\n{quoted}")


def test_answers_below_a_header_block_are_kept() -> None:
    """Outlook can be told to mark the lines; what is marked further down is an older mail's."""
    head = "From: S <s@x.test>\nSent: Monday\nTo: M\nSubject: RE: a"
    answered = f"Hello\n\n{head}\n\n> Which shop?\nshop.example\n> Since when?\nMonday"
    assert Split(reply=answered) == split(answered)
    older = f"{head}\n\nWhich shop?\n\n> older\n\nBye"
    assert Split(reply="Hello", quoted=older) == split(f"Hello\n\n{older}")


def test_a_first_person_writes_no_attribution() -> None:
    """`I wrote` is what a customer tells."""
    assert None is attribution(["On 1 Sep 2026 at 10:00 I wrote to s@x.test:"], 0)
