"""Which lines of a text does its HTML mark as quoted? The value that goes from the HTML to `gateway.mail.quotes`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Numbers of lines, from 0."""

    quoted: frozenset[int] = frozenset()
    """Lines inside of a quotation, or of what a mail program wrote above it."""
    heads: frozenset[int] = frozenset()
    """Lines with which the header block of a quoted mail begins, if it looks like one."""
    signature: frozenset[int] = frozenset()
    """Lines that the mail program has put into an element for signatures."""
    is_forward: bool = False
    """The mail program has marked a mail that is passed on."""

    def below(self, lines: int) -> "Marks":
        """The same, further down."""
        return Marks(
            quoted=frozenset(line + lines for line in self.quoted),
            heads=frozenset(line + lines for line in self.heads),
            signature=frozenset(line + lines for line in self.signature),
            is_forward=self.is_forward,
        )

    def __or__(self, other: "Marks") -> "Marks":
        return Marks(
            quoted=self.quoted | other.quoted,
            heads=self.heads | other.heads,
            signature=self.signature | other.signature,
            is_forward=self.is_forward or other.is_forward,
        )


NO_MARKS = Marks()
