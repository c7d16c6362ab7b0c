"""How the data of each record type becomes a record of ours."""

from collections.abc import Callable
from typing import Any

import dns.name

from gateway.authn.answers import Mx, Record


def name_text(name: dns.name.Name) -> str:
    """A name of DNS as text, lower case, without the final dot; "" for the root."""
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""


# The library's classes have their fields as attributes that the type checker does not know of.
READERS: dict[str, Callable[[Any], Record]] = {
    "TXT": lambda rdata: b"".join(rdata.strings),
    "A": lambda rdata: str(rdata.address),
    "AAAA": lambda rdata: str(rdata.address),
    "MX": lambda rdata: Mx(rdata.preference, name_text(rdata.exchange)),
    "PTR": lambda rdata: name_text(rdata.target),
}
"""By type; other types are of no use to us."""
