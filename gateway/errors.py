"""The exceptions that cross a border between modules.

    GatewayError
    ├── Temporary      try again later: the mail stays where it is
    ├── Permanent      trying again will not help
    ├── ConfigError    the operator's input is wrong (exit code 2)
    └── StoreMismatch  the database's schema is not the one this program knows

Everything else that can happen to a mail is an outcome, a value. Unknown means temporary.
"""


class GatewayError(Exception):
    """A failure with two texts: `reason` for us (logs, operators), `reply` for the peer, which names no mechanism."""

    code: int = 451
    enhanced_status: str = "4.3.0"
    reply: str = "Try again later"

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        enhanced_status: str | None = None,
        reply: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        if code is not None:
            self.code = code
        if enhanced_status is not None:
            self.enhanced_status = enhanced_status
        if reply is not None:
            self.reply = reply


class Temporary(GatewayError):
    """Try again later (SMTP 4xx, exit code 75, or the mail is left in its mailbox)."""


class Permanent(GatewayError):
    """It will not work however often it is tried (SMTP 5xx)."""

    code = 550
    enhanced_status = "5.0.0"
    reply = "Not accepted"


class ConfigError(GatewayError):
    """The configuration or the command line is wrong; `reason` says where and what would be right."""


class StoreMismatch(GatewayError):
    """The schema of the database is older or newer than this program."""
