"""Accounts from a file: CSV or JSON Lines, as the webshop's own system exports them.

JSON Lines, one account a line: `{"id","name","language","phone","plan","notes","shops":[{"id","domain","name"}],
"addresses":[{"address","verified"}],"orders":[{"number","shop","placed_at","status","total"}]}`.
CSV: a header line, then one line an address (or a shop, or an order) with the columns `id`, `name`, `language`,
`phone`, `plan`, `notes`, `shop_id`, `shop_domain`, `shop_name`, `address`, `verified`, `order_number`, `order_shop`,
`order_placed_at`, `order_status`, `order_total`; lines with the same id make one account.
A wrong line is an error with its number; nothing of the file is kept then.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from gateway.accounts.lines import account_of_line
from gateway.accounts.record import account_of, newest, usable
from gateway.errors import ConfigError
from gateway.model import Account


def read_accounts(path: Path) -> list[Account]:
    """The accounts of a file; ConfigError names the file, the line and what would be right.

    Addresses that no mail can come from are left out.
    """
    try:
        with path.open("rb") as file:
            return [usable(account) for account in accounts_in(file, str(path))]
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def accounts_in(file: BinaryIO, name: str) -> Iterator[Account]:
    """The accounts of an open file, addresses as they stand there; `name` stands for the file in errors."""
    # newline="": a CSV field may hold line breaks, and only CSV knows which.
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        try:
            first = next((line for line in text if line.strip()), "")
            if not first:
                raise ConfigError(f"{name}: is empty")
            text.seek(0)
            yield from _json_lines(text, name) if first.lstrip().startswith("{") else _merged(_csv(text, name))
        except UnicodeDecodeError as error:
            raise ConfigError(f"{name}: is not UTF-8 text ({error.reason})") from error


def _json_lines(lines: Iterable[str], name: str) -> Iterator[Account]:
    line_of: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            account = account_of_line(line, f"{name}, line {number}")
            if line_of.setdefault(account.id, number) != number:
                before = line_of[account.id]
                raise ConfigError(f"{name}, line {number}: id: the same as in line {before}; one account a line")
            yield account


def _csv(lines: Iterable[str], name: str) -> Iterator[Account]:
    reader = csv.DictReader(lines)
    try:
        if "id" not in (reader.fieldnames or ()):
            raise ConfigError(
                f"{name}, line 1: the header line must name the column id (and address, verified, shop_domain …)"
            )
        for row in reader:
            yield account_of(_fields(row), f"{name}, line {reader.line_num}")
    except csv.Error as error:
        raise ConfigError(f"{name}, line {reader.line_num}: is not CSV: {error}") from error


def _fields(row: dict[str | Any, str | Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: value or "" for name, value in row.items() if isinstance(name, str)}
    if fields.get("shop_domain"):
        shop_id = fields.get("shop_id") or fields["shop_domain"]
        fields["shops"] = [{"id": shop_id, "domain": fields["shop_domain"], "name": fields.get("shop_name", "")}]
    if fields.get("address"):
        fields["addresses"] = [{"address": fields["address"], "verified": fields.get("verified")}]
    if fields.get("order_number"):
        order = {name: fields.get(f"order_{name}", "") for name in ("number", "shop", "placed_at", "status", "total")}
        fields["orders"] = [order]
    return fields


def _merged(accounts: Iterator[Account]) -> Iterator[Account]:
    by_id: dict[str, list[Account]] = {}
    for account in accounts:
        by_id.setdefault(account.id, []).append(account)
    return map(_as_one, by_id.values())


def _as_one(same: list[Account]) -> Account:
    """The lines of one account together: of each field the first that says something."""
    if len(same) == 1:
        return same[0]
    return Account(
        id=same[0].id,
        name=next((line.name for line in same if line.name), ""),
        language=next((line.language for line in same if line.language), ""),
        phone=next((line.phone for line in same if line.phone), ""),
        plan=next((line.plan for line in same if line.plan), ""),
        notes=next((line.notes for line in same if line.notes), ""),
        shops=tuple(dict.fromkeys(shop for line in same for shop in line.shops)),
        addresses=tuple(dict.fromkeys(entry for line in same for entry in line.addresses)),
        orders=newest([order for line in same for order in line.orders]),
    )
