"""What does one record of an account source mean? Every source's records become an Account here, or are refused.

A record that lacks what it must have, or has it in a wrong form, is refused with the place and the key: its source is
wrong, and nothing of it is kept. An address that no mail can come from ("n/a", "none@") is common in real data and
harms nobody: it is left out and counted. What stands in a record is the webshop's business, but it must fit: ids that
an index can hold, and the newest orders only.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.errors import ConfigError
from gateway.mail.address import author_of
from gateway.model import Account, AccountAddress, Order, Shop

MAX_ORDERS = 20
"""Orders that are kept, the newest: they are an overview, not the books."""
MAX_ADDRESS_OCTETS = 254
"""RFC 5321 §4.5.3.1.3 allows a path of 256 octets, its angle brackets included."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# What nearly all addresses look like; the others are asked of the grammar that reads authors. Linear: no nesting.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")


def _moment(value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


Text = str | None
"""Databases have NULL for what is not there."""
Id = Annotated[str, Field(min_length=1, max_length=200)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Flag = Annotated[bool, BeforeValidator(lambda value: False if value in (None, "") else value)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _Shop(_Record):
    id: Id
    domain: Annotated[Text, Field(max_length=253)]
    name: Text = ""


class _Address(_Record):
    address: Text
    verified: Flag = False


class _Order(_Record):
    number: Id
    shop: Text = ""
    placed_at: Moment = None
    status: Text = ""
    total: Text = ""


class _Account(_Record):
    id: Id
    name: Text = ""
    language: Text = ""
    phone: Text = ""
    plan: Text = ""
    notes: Text = ""
    shops: list[_Shop] = []
    addresses: list[_Address] = []
    orders: list[_Order] = []


def account_of(data: Any, place: str) -> Account:
    """The account of a record; ConfigError names `place`, the key and what would be right, and quotes no value."""
    read = _read(_Account, data, place)
    return Account(
        id=read.id,
        name=read.name or "",
        language=_language(read.language or ""),
        phone=read.phone or "",
        plan=read.plan or "",
        notes=read.notes or "",
        shops=tuple(map(_shop, read.shops)),
        addresses=tuple(map(_address, read.addresses)),
        orders=newest([_order(order) for order in read.orders]),
    )


def shop_of(data: Any, place: str) -> Shop:
    """The shop of a record of its own; ConfigError as `account_of`."""
    return _shop(_read(_Shop, data, place))


def address_of(data: Any, place: str) -> AccountAddress:
    """The address of a record of its own; ConfigError as `account_of`."""
    return _address(_read(_Address, data, place))


def order_of(data: Any, place: str) -> Order:
    """The order of a record of its own; ConfigError as `account_of`."""
    return _order(_read(_Order, data, place))


def newest(orders: list[Order]) -> tuple[Order, ...]:
    """The newest of these orders, newest first; those without a date are the oldest."""
    ordered = sorted(dict.fromkeys(orders), key=lambda order: order.placed_at or _LONG_AGO, reverse=True)
    return tuple(ordered[:MAX_ORDERS])


def usable(account: Account) -> Account:
    """The account without the addresses that no mail can come from."""
    addresses = tuple(entry for entry in account.addresses if is_address(entry.address))
    if len(addresses) == len(account.addresses):
        return account
    return replace(account, addresses=addresses)


def is_address(text: str) -> bool:
    """Could this be the one author of a mail, as our grammar reads them?"""
    if len(text) > MAX_ADDRESS_OCTETS:
        return False
    if _PLAIN_ADDRESS.fullmatch(text):
        return True
    author, _ = author_of([text.encode("utf-8", "surrogatepass")])
    return author is not None and not author.name and "<" not in text


def _language(text: str) -> str:
    """The language without its region; "" for what names none ("Greek")."""
    match = _LANGUAGE.fullmatch(text.strip())
    return match[1].lower() if match else ""


def _shop(shop: _Shop) -> Shop:
    return Shop(id=shop.id, domain=shop.domain or "", name=shop.name or "")


def _address(entry: _Address) -> AccountAddress:
    return AccountAddress(address=entry.address or "", verified=entry.verified)


def _order(order: _Order) -> Order:
    at = order.placed_at
    if at and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return Order(
        number=order.number,
        shop_id=order.shop or "",
        placed_at=at,
        status=order.status or "",
        total=order.total or "",
    )


R = TypeVar("R", bound=_Record)


def _read(kind: type[R], data: Any, place: str) -> R:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the record"
        raise ConfigError(f"{place}: {key}: {first['msg']}") from error
