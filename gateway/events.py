"""What the log is told: one typed function for each event, one line for each call.

Every line about a mail carries its entry id. Never in a line: the text or subject of a mail, a token, a password.
Values are JSON strings, so nothing that an outsider typed can start a line or a field of its own.
Handlers and formats (`json`, `journald`, `text`) are chosen by `configure`.
"""

import logging
from typing import Any

_LOG = logging.getLogger("ticket-gateway")


def _event(name: str, level: int = logging.INFO, **fields: Any) -> None:
    if _LOG.isEnabledFor(level):
        _LOG.log(level, name, extra={"fields": {key: value for key, value in fields.items() if value is not None}})
