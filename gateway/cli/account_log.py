"""What operators do to accounts stands in the log too, beside what the service does."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway import events
from gateway.config import Config
from gateway.logs import JOURNAL


@contextmanager
def logged(config: Config) -> Iterator[None]:
    """Events of the block go to the journal where there is one; else where `[log] format` says, unless it is "auto":
    on a terminal nobody wants a line for what he just typed.
    """
    form = config.log.format
    if form == "auto" and Path(JOURNAL).exists():
        form = "journald"
    if form == "auto":
        yield
        return
    root, level = logging.getLogger(), events.LOGGER.level
    before = root.handlers[:]
    events.configure(form, config.log.level)
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        events.LOGGER.setLevel(level)
