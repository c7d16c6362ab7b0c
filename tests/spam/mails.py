"""Mail for the engine."""

from email.message import EmailMessage

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
HEADER = (
    b"Received: from mail.shop.test (mail.shop.test [198.51.100.7]) by mx.desk.test with ESMTPS;\r\n"
    b"\tTue, 1 Sep 2026 10:59:30 +0300\r\n"
    b"From: Alice <alice@shop.test>\r\nTo: support@desk.test\r\nSubject: The checkout is broken\r\n"
    b"Date: Tue, 1 Sep 2026 10:59:00 +0300\r\nMessage-ID: <1@shop.test>\r\n"
)
HAM = HEADER + b"\r\nSince this morning nobody can pay in our shop. Could you please have a look?\r\n\r\nAlice\r\n"
SPAM = HEADER + b"\r\n" + GTUBE.encode() + b"\r\n"
GREEK = HEADER + (
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "Καλημέρα σας, από σήμερα το πρωί κανείς δεν μπορεί να πληρώσει στο κατάστημά μας.\r\n".encode() * 30
)
GREEK_UNDECLARED = HEADER + b"\r\n" + "Δεν δουλεύει η πληρωμή.\r\n".encode("iso8859-7") * 30


def with_attachment(text: str, size: int, *, attachment_first: bool = False) -> bytes:
    """A mail with a text and a picture of that many bytes."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Alice <alice@shop.test>", "support@desk.test", "A picture"
    mail["Date"], mail["Message-ID"] = "Tue, 01 Sep 2026 10:59:00 +0300", "<2@shop.test>"
    if attachment_first:
        mail.add_attachment(b"\x89PNG" + b"\xab" * size, maintype="image", subtype="png", filename="shot.png")
        mail.add_attachment(text)
    else:
        mail.set_content(text)
        mail.add_attachment(b"\x89PNG" + b"\xab" * size, maintype="image", subtype="png", filename="shot.png")
    return mail.as_bytes().replace(b"\n", b"\r\n")
