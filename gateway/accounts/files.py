"""Accounts from a file: CSV or JSON Lines, as the webshop's own system exports them.

JSON Lines, one account a line: `{"id","name","language","phone","plan","notes","shops":[{"id","domain","name"}],
"addresses":[{"address","verified"}]}`. CSV: a header line, then one line an address with the columns `id`, `name`,
`language`, `phone`, `plan`, `notes`, `shop_id`, `shop_domain`, `shop_name`, `address`, `verified`; lines with the same
id make one account. A wrong line is an error with its number; nothing of the file is kept then.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.errors import ConfigError
from gateway.model import Account, AccountAddress, Shop


class _Shop(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    id: str
    domain: str
    name: str = ""


class _Address(BaseModel):
    model_config = ConfigDict(extra="ignore")
    address: str
    verified: bool = False


class _Account(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    id: str
    name: str = ""
    language: str = ""
    phone: str = ""
    plan: str = ""
    notes: str = ""
    shops: list[_Shop] = []
    addresses: list[_Address] = []


def read_accounts(path: Path) -> list[Account]:
    """The accounts of a file; ConfigError names the file, the line and what would be right."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    found = _json_lines(lines, path) if first.lstrip().startswith("{") else _csv(lines, path)
    return _merged(found)


def _json_lines(lines: list[str], path: Path) -> Iterator[Account]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _account(json.loads(line), f"{path}, line {number}")
            except json.JSONDecodeError as error:
                raise ConfigError(
                    f"{path}, line {number}: is not JSON: {error.msg} at character {error.pos}"
                ) from error


def _csv(lines: list[str], path: Path) -> Iterator[Account]:
    reader = csv.DictReader(lines)
    if "id" not in (reader.fieldnames or ()):
        raise ConfigError(
            f"{path}, line 1: the header line must name the column id (and address, verified, shop_domain …)"
        )
    for row in reader:
        fields: dict[str, Any] = {name: value or "" for name, value in row.items() if isinstance(name, str)}
        if fields.get("shop_domain"):
            shop_id = fields.get("shop_id") or fields["shop_domain"]
            fields["shops"] = [{"id": shop_id, "domain": fields["shop_domain"], "name": fields.get("shop_name", "")}]
        if fields.get("address"):
            fields["addresses"] = [{"address": fields["address"], "verified": fields.get("verified") or False}]
        yield _account(fields, f"{path}, line {reader.line_num}")


def _account(data: Any, place: str) -> Account:
    try:
        read = _Account.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the line"
        raise ConfigError(f"{place}: {key}: {first['msg']}") from error
    return Account(
        id=read.id,
        name=read.name,
        language=read.language,
        phone=read.phone,
        plan=read.plan,
        notes=read.notes,
        shops=tuple(Shop(id=shop.id, domain=shop.domain, name=shop.name) for shop in read.shops),
        addresses=tuple(AccountAddress(address=entry.address, verified=entry.verified) for entry in read.addresses),
    )


def _merged(accounts: Iterator[Account]) -> list[Account]:
    by_id: dict[str, Account] = {}
    for account in accounts:
        before = by_id.get(account.id)
        by_id[account.id] = account if before is None else _with_more(before, account)
    return list(by_id.values())


def _with_more(account: Account, more: Account) -> Account:
    return Account(
        id=account.id,
        name=account.name or more.name,
        language=account.language or more.language,
        phone=account.phone or more.phone,
        plan=account.plan or more.plan,
        notes=account.notes or more.notes,
        shops=tuple(dict.fromkeys(account.shops + more.shops)),
        addresses=tuple(dict.fromkeys(account.addresses + more.addresses)),
    )
