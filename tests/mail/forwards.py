"""Forwarded mail as the real programs write it, in five languages: written by hand after each program's own form."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

ANN = "Ann Bread <ann@bread.test>"
BODY = ("Hello,", "", "the payment of order 1234 fails: it says 12:30 and nothing else.", "", "Ann")
SUBJECT = "Payment fails"
COMMENT = "Please have a look at this."
DATE = "1 September 2026 10:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What programs call things in one language."""

    gmail: str
    apple: str
    thunderbird: str
    original: str
    prefix: str
    author: str
    sent: str
    date: str
    to: str
    subject: str
    colon: str = ":"


WORDS = {
    "en": Words(
        gmail="Forwarded message",
        apple="Begin forwarded message",
        thunderbird="Forwarded Message",
        original="Original Message",
        prefix="Fwd",
        author="From",
        sent="Sent",
        date="Date",
        to="To",
        subject="Subject",
    ),
    "el": Words(
        gmail="Προωθημένο μήνυμα",
        apple="Έναρξη προωθημένου μηνύματος",
        thunderbird="Προωθημένο μήνυμα",
        original="Αρχικό μήνυμα",
        prefix="ΠΡΘ",
        author="Από",
        sent="Στάλθηκε",
        date="Ημερομηνία",
        to="Προς",
        subject="Θέμα",
    ),
    "nl": Words(
        gmail="Doorgestuurd bericht",
        apple="Begin doorgestuurd bericht",
        thunderbird="Doorgestuurd bericht",
        original="Oorspronkelijk bericht",
        prefix="FW",
        author="Van",
        sent="Verzonden",
        date="Datum",
        to="Aan",
        subject="Onderwerp",
    ),
    "fr": Words(
        gmail="Message transféré",
        apple="Début du message transféré",
        thunderbird="Message transféré",
        original="Message d'origine",
        prefix="TR",
        author="De",
        sent="Envoyé",
        date="Date",
        to="À",
        subject="Objet",
        colon="\u00a0:",
    ),
    "de": Words(
        gmail="Weitergeleitete Nachricht",
        apple="Anfang der weitergeleiteten Nachricht",
        thunderbird="Weitergeleitete Nachricht",
        original="Ursprüngliche Nachricht",
        prefix="WG",
        author="Von",
        sent="Gesendet",
        date="Datum",
        to="An",
        subject="Betreff",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail of a program, as its text or as its HTML alone."""

    name: str
    subject: str
    text: str = ""
    html: str = ""
    comment: str = COMMENT
    author_name: str = "Ann Bread"
    has_date: bool = True

    def raw(self) -> bytes:
        """The mail as it would come in."""
        mail = EmailMessage()
        mail["From"] = "Kim <kim@desk.test>"
        mail["To"] = "support@desk.test"
        mail["Subject"] = self.subject
        mail["Date"] = "Tue, 01 Sep 2026 08:00:00 +0000"
        mail["Message-ID"] = "<fwd@desk.test>"
        mail.set_content(self.text or self.html, subtype="plain" if self.text else "html")
        return mail.as_bytes(policy=SMTP)


def lines(*found: str) -> str:
    """Lines, with their ends."""
    return "\n".join(found) + "\n"


def quoted(*found: str) -> tuple[str, ...]:
    """Lines as Apple Mail marks them."""
    return tuple(f"> {line}".rstrip() + ("" if line else " ") for line in found)


def field(name: str, value: str, words: Words) -> str:
    """A field as it stands above the mail."""
    return f"{name}{words.colon} {value}"


def gmail(language: str, words: Words) -> list[Case]:
    """Gmail keeps its English labels but for the author's in most languages, and its dashes in all."""
    head = (field(words.author, ANN, words), f"Date: {DATE}", f"Subject: {SUBJECT}", "To: <kim@desk.test>")
    local = (
        field(words.author, ANN, words),
        field(words.date, DATE, words),
        field(words.subject, SUBJECT, words),
        field(words.to, "<kim@desk.test>", words),
    )
    subject = f"Fwd: {SUBJECT}"
    return [
        Case(
            name=f"{language}: gmail",
            subject=subject,
            text=lines(COMMENT, "", "---------- Forwarded message ---------", *head, "", "", *BODY),
        ),
        Case(
            name=f"{language}: gmail, all of it in the language",
            subject=subject,
            text=lines(COMMENT, "", f"---------- {words.gmail} ---------", *local, "", "", *BODY),
        ),
        Case(
            name=f"{language}: gmail with the agent's signature",
            subject=subject,
            text=lines(
                COMMENT, "", "-- ", "Kim", "Desk", "", f"---------- {words.gmail} ----------", *local, "", *BODY
            ),
        ),
        Case(
            name=f"{language}: gmail, HTML alone",
            subject=subject,
            html=(
                f'<div dir="ltr">{COMMENT}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
                f"---------- Forwarded message ---------<br>{words.author}{words.colon} "
                '<strong class="gmail_sendername" dir="auto">Ann Bread</strong> <span dir="auto">&lt;'
                '<a href="mailto:ann@bread.test">ann@bread.test</a>&gt;</span><br>'
                f"Date: {DATE}<br>Subject: {SUBJECT}<br>To:  &lt;"
                '<a href="mailto:kim@desk.test">kim@desk.test</a>&gt;<br></div><br><br>'
                f"{html_body()}</div>"
            ),
        ),
        Case(
            name=f"{language}: gmail without a word above",
            subject=subject,
            text=lines(f"---------- {words.gmail} ---------", *head, "", "", *BODY),
            comment="",
        ),
    ]


def outlook(language: str, words: Words) -> list[Case]:
    """Outlook writes its fields alone, in bold, with a line above them or not."""
    head = (
        field(words.author, ANN, words),
        field(words.sent, DATE, words),
        field(words.to, "Kim <kim@desk.test>; Lee <lee@desk.test>", words),
        field(words.subject, SUBJECT, words),
    )
    old = (field(words.author, "Ann Bread [mailto:ann@bread.test]", words), *head[1:])
    phone = (field(words.author, "Ann Bread <ann@bread.test<mailto:ann@bread.test>>", words), *head[1:])
    starred = tuple(f"*{name}{colon}* {value}" for name, colon, value in (line.partition(": ") for line in head))
    starred = (
        tuple(line.replace("*" + words.colon.strip(":"), "*") for line in starred) if words.colon != ":" else starred
    )
    subject = f"{words.prefix}: {SUBJECT}"
    bold = "<br>".join(
        f"<b><span lang=EN-US>{name}{words.colon}</span></b> {value}"
        for name, value in (
            (words.author, "Ann Bread &lt;ann@bread.test&gt;"),
            (words.sent, DATE),
            (words.to, "Kim &lt;kim@desk.test&gt;"),
            (words.subject, SUBJECT),
        )
    )
    return [
        Case(name=f"{language}: outlook", subject=subject, text=lines(COMMENT, "", *head, "", *BODY)),
        Case(
            name=f"{language}: outlook below a ruler and a signature",
            subject=subject,
            text=lines(COMMENT, "", "-- ", "Kim", "", "_" * 32, *head, "", *BODY),
        ),
        Case(
            name=f"{language}: old outlook",
            subject=subject,
            text=lines(COMMENT, "", f"-----{words.original}-----", *old, "", *BODY),
        ),
        Case(name=f"{language}: outlook on a phone", subject=subject, text=lines(COMMENT, "", *phone, "", *BODY)),
        Case(name=f"{language}: outlook through gmail", subject=subject, text=lines(COMMENT, "", *starred, "", *BODY)),
        Case(
            name=f"{language}: outlook, HTML alone",
            subject=subject,
            html=(
                f'<div class="WordSection1"><p class="MsoNormal">{COMMENT}</p><p class="MsoNormal">&nbsp;</p>'
                '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
                f'<p class="MsoNormal">{bold}</p></div><p class="MsoNormal">&nbsp;</p>{html_body()}</div>'
            ),
        ),
        Case(
            name=f"{language}: outlook on the web, HTML alone",
            subject=subject,
            html=(
                f'<div>{COMMENT}</div><hr style="display:inline-block;width:98%" tabindex="-1">'
                f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{bold}</font><div>&nbsp;</div></div>'
                f"<div>{html_body()}</div>"
            ),
        ),
        Case(
            name=f"{language}: outlook, the subject is the agent's own",
            subject="For you",
            text=lines(COMMENT, "", *head, "", *BODY),
        ),
    ]


def apple(language: str, words: Words) -> list[Case]:
    """Apple Mail marks what it passes on as quoted in its plain text."""
    head = (
        field(words.author, ANN, words),
        field(words.subject, SUBJECT, words),
        field(words.date, DATE, words),
        field(words.to, "kim@desk.test", words),
    )
    opening, subject = f"{words.apple}{words.colon}", f"Fwd: {SUBJECT}"
    bold = "".join(
        f'<div style="margin: 0px;"><b>{name}{words.colon} </b>{value}<br></div>'
        for name, value in (
            (words.author, "Ann Bread &lt;<a href='mailto:ann@bread.test'>ann@bread.test</a>&gt;"),
            (words.subject, f"<b>{SUBJECT}</b>"),
            (words.date, DATE),
            (words.to, "kim@desk.test"),
        )
    )
    return [
        Case(
            name=f"{language}: apple",
            subject=subject,
            text=lines(COMMENT, "", opening, "", *quoted(*head, "", *BODY)),
        ),
        Case(
            name=f"{language}: apple, phone",
            subject=subject,
            text=lines(COMMENT, "", "Sent from my iPhone", "", opening, "", *quoted(*head, "", *BODY)),
        ),
        Case(
            name=f"{language}: apple without marks",
            subject=subject,
            text=lines(COMMENT, "", opening, "", *head, "", *BODY),
        ),
        Case(
            name=f"{language}: apple, the agent's words below",
            subject=subject,
            text=lines(opening, "", *quoted(*head, "", *BODY), "", COMMENT),
        ),
        Case(
            name=f"{language}: apple, each field a paragraph",
            subject=subject,
            text=lines(COMMENT, "", opening, "", *(part for line in head for part in (line, "")), "", *BODY),
        ),
        Case(
            name=f"{language}: apple, HTML alone",
            subject=subject,
            html=(
                f'<html><body>{COMMENT}<br><div><br><blockquote type="cite"><div>{opening}</div><br>{bold}<br>'
                f"<div>{html_body()}</div></blockquote></div></body></html>"
            ),
        ),
    ]


def thunderbird(language: str, words: Words) -> list[Case]:
    """Thunderbird puts the subject first, and a table in its HTML."""
    head = (
        field(words.subject, f"\t{SUBJECT}", words),
        field(words.date, f"\t{DATE}", words),
        field(words.author, f"\t{ANN}", words),
        field(words.to, "\tkim@desk.test", words),
    )
    subject = f"Fwd: {SUBJECT}"
    rows = "".join(
        f'<tr><th nowrap="nowrap" valign="BASELINE" align="RIGHT">{name}{words.colon} </th><td>{value}</td></tr>'
        for name, value in (
            (words.subject, SUBJECT),
            (words.date, DATE),
            (
                words.author,
                'Ann Bread <a class="moz-txt-link-rfc2396E" href="mailto:ann@bread.test">&lt;ann@bread.test&gt;</a>',
            ),
            (words.to, "kim@desk.test"),
        )
    )
    mark = f"-------- {words.thunderbird} --------"
    return [
        Case(
            name=f"{language}: thunderbird",
            subject=subject,
            text=lines(COMMENT, "", "", mark, *head, "", "", *BODY),
        ),
        Case(
            name=f"{language}: thunderbird, English words",
            subject=subject,
            text=lines(COMMENT, "", "-------- Forwarded Message --------", *head, "", *BODY),
        ),
        Case(
            name=f"{language}: thunderbird, quoted once more",
            subject=subject,
            text=lines(COMMENT, "", *quoted(mark, *head, "", *BODY)),
        ),
        Case(
            name=f"{language}: thunderbird, HTML alone",
            subject=subject,
            html=(
                f'<html><body><p>{COMMENT}</p><div class="moz-forward-container"><br><br>{mark}'
                f'<table class="moz-email-headers-table" cellspacing="0" cellpadding="0" border="0"><tbody>{rows}'
                f"</tbody></table><br><br>{html_body()}</div></body></html>"
            ),
        ),
    ]


def mutt(language: str, words: Words) -> list[Case]:
    """The author stands in mutt's line, and one ends the mail; Zimbra and Lotus have lines of their own."""
    head = (f"Date: {DATE}", f"From: {ANN}", "To: kim@desk.test", f"Subject: {SUBJECT}")
    local = (
        field(words.author, ANN, words),
        field(words.to, "kim@desk.test", words),
        field(words.sent, DATE, words),
        field(words.subject, SUBJECT, words),
    )
    end = "----- End forwarded message -----"
    subject = f"[ann@bread.test: {SUBJECT}]"
    return [
        Case(
            name=f"{language}: mutt",
            subject=subject,
            text=lines(COMMENT, "", f"----- Forwarded message from {ANN} -----", "", *head, "", *BODY, "", end),
        ),
        Case(
            name=f"{language}: mutt, quoted",
            subject=subject,
            text=lines(
                COMMENT,
                "",
                f"----- Forwarded message from {ANN} -----",
                "",
                *quoted(*head, "", *BODY),
                "",
                end,
                "",
                "-- ",
                "Kim",
            ),
        ),
        Case(
            name=f"{language}: mutt with every field",
            subject=f"Fwd: {SUBJECT}",
            text=lines(
                COMMENT,
                "",
                f"----- Forwarded message from {ANN} -----",
                "",
                "Return-Path: <ann@bread.test>",
                "Received: from mail.bread.test by mx.desk.test",
                "X-Mailer: Webmail 1.0",
                *head,
                "Message-ID: <orig@bread.test>",
                "",
                *BODY,
                "",
                end,
            ),
        ),
        Case(
            name=f"{language}: zimbra",
            subject=f"Fwd: {SUBJECT}",
            text=lines(COMMENT, "", f"----- {words.thunderbird} -----", *local, "", *BODY),
        ),
        Case(
            name=f"{language}: zimbra, English words",
            subject=f"Fwd: {SUBJECT}",
            text=lines(COMMENT, "", "----- Forwarded Message -----", *local, "", *BODY),
        ),
    ]


def html_body() -> str:
    """What Ann wrote, as HTML."""
    return "".join(f"<div>{line or '<br>'}</div>" for line in BODY)


FAMILIES = {"gmail": gmail, "outlook": outlook, "apple": apple, "thunderbird": thunderbird, "mutt": mutt}
CASES = {
    case.name: case for make in FAMILIES.values() for language, words in WORDS.items() for case in make(language, words)
}
