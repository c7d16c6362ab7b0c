"""An account as a line of JSON: the form of JSON Lines files, and of what a reading process hands over.

The same account always gives the same line, so that the digest of the line tells whether it changed.
"""

import json
from hashlib import sha256
from typing import Any

from gateway.accounts.record import account_of
from gateway.errors import ConfigError
from gateway.model import Account

_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def document(account: Account) -> dict[str, Any]:
    """The account as a JSON object; its keys are a contract with the webshop's export."""
    return {
        "id": account.id,
        "name": account.name,
        "language": account.language,
        "phone": account.phone,
        "plan": account.plan,
        "notes": account.notes,
        "shops": [{"id": shop.id, "domain": shop.domain, "name": shop.name} for shop in account.shops],
        "addresses": [{"address": entry.address, "verified": entry.verified} for entry in account.addresses],
        "orders": [
            {
                "number": order.number,
                "shop": order.shop_id,
                "placed_at": order.placed_at.isoformat() if order.placed_at else None,
                "status": order.status,
                "total": order.total,
            }
            for order in account.orders
        ],
    }


def line_of(account: Account) -> bytes:
    """The account as one line, without its line break; ASCII, so that nothing typed can break it."""
    return _ENCODER.encode(document(account)).encode("ascii")


def account_of_line(line: bytes | str, place: str) -> Account:
    """The account of a line; ConfigError names `place` and what is wrong."""
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{place}: is not JSON: {error.msg} at character {error.pos}") from error
    except (RecursionError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place}: is not JSON: it cannot be read") from error
    return account_of(data, place)


def digest_of(line: bytes) -> str:
    """By which a line is compared with the one before."""
    return sha256(line).hexdigest()
