"""The whole program with a source that hangs and one that works: mail is taken and decided, and a stop is a stop."""

import threading
import time
from pathlib import Path

from tests.accounts.servers import Answer, serving
from tests.peers.process import wait_until
from tests.service import Installation, send

MAIL = b"From: ann@bread.test\r\nTo: support@desk.test\r\nSubject: Hello\r\nMessage-ID: <1@bread.test>\r\n\r\nHello\r\n"


def test_a_source_that_hangs_holds_up_no_mail_and_no_stop(tmp_path: Path) -> None:
    """The file beside it is on file, the mail has its outcome, and SIGTERM ends the process while it still hangs."""
    end = threading.Event()
    accounts = tmp_path / "accounts.jsonl"
    accounts.write_text('{"id": "7", "addresses": [{"address": "ann@bread.test", "verified": true}]}\n')
    with serving() as service:
        service.answer = lambda request: Answer(body=b"[]", wait_for=end)
        extra = f'[accounts]\nfile = "{accounts}"\n[accounts.http]\nurl = "{service.url}"\n'
        gateway = Installation(tmp_path, extra=extra).write()
        with gateway.serving() as served:
            wait_until(lambda: service.requests, "the service is asked")
            assert ["7"] == [account["id"] for account in gateway.json("account", "list")]
            send(gateway.smtp_port, MAIL, author="ann@bread.test")
            assert 1 == gateway.wait_decided(1)["received"]
            began = time.monotonic()
            served.stop()
            assert time.monotonic() - began < 25
        end.set()
    assert [] == served.events("unexpected") + served.events("library") + served.events("account_source_failed")
    assert 1 == len(service.requests)
