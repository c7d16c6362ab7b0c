"""A real border: Postfix with OpenDKIM writes the field where we look for it, and removes forged ones."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.authn.border import read_report
from gateway.authn.signed import SignedMail
from gateway.authn.trust import Trust
from gateway.model import Envelope, Via
from tests.authn.signing import NOW, Signer, rsa_key
from tests.peers.postfix import Postfix, running_postfix
from tests.peers.process import answers, free_port, open_folder, require, running, wait_until

BORDER = "mx.desk.test"
FORGED = (
    b"Authentication-Results: mx.desk.test; spf=pass smtp.mailfrom=bank.test; dmarc=pass header.from=bank.test\r\n"
    b"Received: from mx.bank.test by mx.desk.test with ESMTP; x\r\n"
)


@contextmanager
def border() -> Iterator[Postfix]:
    """A Postfix of that name whose milter verifies DKIM with the key of the tests."""
    with open_folder() as folder:
        port = free_port()
        (folder / "keys").write_text(f"s1._domainkey.shop.test v=DKIM1; p={rsa_key().public}\n")
        (folder / "conf").write_text(
            f"Socket inet:{port}@127.0.0.1\nMode v\nSyslog no\nAuthservID {BORDER}\nAlwaysAddARHeader yes\n"
            f"InternalHosts 192.0.2.99\nTestPublicKeys {folder}/keys\n"
        )
        command = [require("opendkim"), "-f", "-x", str(folder / "conf")]
        with (
            running(command, log=folder / "log", ready=lambda: answers(port)),
            running_postfix(f"myhostname = {BORDER}\nsmtpd_milters = inet:127.0.0.1:{port}\n") as server,
        ):
            yield server


@pytest.mark.peer
def test_what_postfix_and_opendkim_write_is_believed_and_what_a_sender_wrote_is_not() -> None:
    """The field stands above Postfix's own Received line; the forged one of our name is gone, or below."""
    raw = FORGED + Signer().sign()
    with border() as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("a@shop.test", ["support@desk.test"], raw)
        wait_until(lambda: bool(server.mails()), f"Postfix delivers the mail, see {server.log}")
        (delivered,) = server.mails()

    trust = Trust(authserv_id=BORDER, border=BORDER)
    report = read_report(SignedMail(delivered), Envelope(via=Via.IMAP, received_at=NOW), trust)

    assert (report.why, report.vouches_for("shop.test"), report.vouches_for("bank.test")) == ("", True, False)
    assert report.spf == ("", "")
