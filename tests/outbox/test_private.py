"""Is our mail private on its way out? Only then are agents told of accounts."""

from pathlib import Path

import pytest

from gateway.assemble import desk_of
from gateway.config import Config, DeskSection, Outbox
from gateway.outbox.setup import is_private
from gateway.tickets.desk import OVERVIEW_FIELDS


@pytest.mark.parametrize(
    ("outbox", "expected"),
    [
        ({"destination": "maildir:out"}, True),
        ({"destination": "smtp://127.0.0.1:25"}, True),
        ({"destination": "smtp://[::1]:25"}, True),
        ({"destination": "smtp://localhost:25"}, True),
        ({"destination": "smtps://mail.example.com:465"}, True),
        ({"destination": "smtp://mail.example.com:25", "require_tls": True}, True),
        ({"destination": "smtp://mail.example.com:587", "user": "desk"}, True),
        ({"destination": "smtp://mail.example.com:25"}, False),
        ({"destination": "smtp://10.0.0.1:25"}, False),
        ({"destination": "smtp://localhost.example.com:25"}, False),
    ],
    ids=repr,
)
def test_mail_is_private_over_tls_or_on_this_machine(outbox: dict[str, object], expected: bool) -> None:
    """Where TLS is only used if it is offered, somebody between may see to it that it is not."""
    assert expected is is_private(Outbox.model_validate(outbox))


@pytest.mark.parametrize(
    ("destination", "expected"), [("smtp://127.0.0.1:25", OVERVIEW_FIELDS), ("smtp://mail.example.com:25", ())]
)
def test_nothing_of_accounts_is_told_where_mail_may_leave_in_the_clear(
    tmp_path: Path, destination: str, expected: tuple[str, ...]
) -> None:
    """Whatever the configuration lists; by default that is all there is."""
    config = Config.model_validate(
        {
            "gateway": {
                "support_addresses": ["support@desk.test"],
                "reply_domain": "reply.desk.test",
                "state_directory": tmp_path,
            },
            "outbox": {"destination": destination},
        }
    )
    config.keys_directory.mkdir(parents=True)
    (config.keys_directory / "0").write_bytes(bytes(range(32)))
    (config.keys_directory / "0").chmod(0o600)

    assert expected == desk_of(config).overview
    assert OVERVIEW_FIELDS == DeskSection().overview
