"""Did anything change at a source since it was last read, as far as the source itself can tell?"""

from dataclasses import dataclass


class Unchanged(Exception):
    """The source says that nothing changed since the version that was named: an answer, not an error."""


@dataclass(slots=True)
class Version:
    """What a source calls its contents: the known version before it is read, the new one afterwards; "" for none."""

    text: str = ""
