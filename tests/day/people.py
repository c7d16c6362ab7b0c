"""Who is there on that day: twelve customers with their accounts, three agents, and some others."""

import json
import struct
import zlib
from dataclasses import dataclass

DESK = "Shop Support"
KIM, LEE, MO = "kim@desk.test", "lee@desk.test", "mo@desk.test"
AGENTS = f"""
[[agents]]
name = "Kim Alba"
address = "{KIM}"
languages = ["en", "de", "el"]
teams = ["support", "shops"]
[[agents]]
name = "Lee Berg"
address = "{LEE}"
languages = ["nl", "fr", "de"]
teams = ["billing"]
[[agents]]
name = "Mo Corda"
address = "{MO}"
languages = ["el"]
teams = ["shops"]
"""
SPECIALIST = "payments@partner.test"
DESIGNER = "designer@pain.test"
"""On file, unverified, with the account of Ines."""
SPAMMER = "deals@cheap.test"
DOMAINS = ("bread.test", "psomi.test", "kaas.test", "pain.test", "brot.test", "partner.test", "desk.test")
"""Their mail servers sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer and his account."""

    name: str
    domain: str
    language: str
    """As his account has it; "" where it says nothing."""
    shops: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """His verified address; Dovecot's mailbox is its local part."""
        return f"{self.name}@{self.domain}"

    @property
    def phone(self) -> str:
        """Only agents know it."""
        return f"+30 210 {zlib.crc32(self.name.encode()) % 10**7:07}"

    @property
    def order(self) -> str:
        """Only agents know it."""
        return f"ORDER-{self.name.upper()}"

    @property
    def account(self) -> str:
        """As the importer reads it."""
        addresses = [{"address": self.address, "verified": True}]
        addresses += [{"address": each, "verified": False} for each in self.unverified]
        return json.dumps(
            {
                "id": f"acc-{self.name}",
                "name": f"{self.name.title()}'s company",
                "language": self.language,
                "phone": self.phone,
                "plan": f"plan-{self.name}",
                "shops": [{"id": f"{self.name}-{number}", "domain": each} for number, each in enumerate(self.shops)],
                "addresses": addresses,
                "orders": [{"number": self.order, "placed_at": "2026-07-01", "total": "19.00 EUR"}],
            }
        )


CUSTOMERS = (
    Customer(name="ann", domain="bread.test", language="en", shops=("bread.test",)),
    Customer(name="jo", domain="bread.test", language="en", shops=("jo.test",)),
    Customer(name="lisa", domain="bread.test", language="en", shops=("lisa.test",)),
    Customer(name="bas", domain="kaas.test", language="nl", shops=("kaas.test",)),
    Customer(name="gert", domain="kaas.test", language="nl", shops=("gert.test",)),
    Customer(name="chloe", domain="pain.test", language="fr", shops=("chloe.test",)),
    Customer(name="ines", domain="pain.test", language="fr", shops=("pain.test", "tarte.test"), unverified=(DESIGNER,)),
    Customer(name="dora", domain="brot.test", language="de", shops=("brot.test",)),
    Customer(name="hans", domain="brot.test", language="de", shops=("hans.test",)),
    Customer(name="eleni", domain="psomi.test", language="el", shops=("psomi.test",)),
    Customer(name="kostas", domain="psomi.test", language="el", shops=("kostas.test",)),
    # Nobody told his account's language, and he writes Greek in Latin letters.
    Customer(name="fotis", domain="psomi.test", language="", shops=("fotis.test",)),
)
BY_NAME = {customer.name: customer for customer in CUSTOMERS}


def screenshot(red: int, green: int, blue: int, *, width: int = 320, height: int = 200) -> bytes:
    """A real PNG: stripes of this colour (RFC 2083)."""
    rows = (bytes((0, *((red, green, blue) if y // 8 % 2 else (255, 255, 255)) * width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


SHOT_OF_ANN = screenshot(200, 30, 30)
SHOT_OF_KIM = screenshot(30, 120, 60)
