"""The example configuration: every key of `gateway.config` with its default and its meaning.

It is made from the declarations, so it cannot be out of date. Only what must be set is set.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from gateway.config import Config, Section, section_of

WIDTH = 118
HEAD = """\
# Configuration of ticket-gateway (TOML). Every key is listed. A line such as `#key = value` shows the default, or an
# example where there is none: take the `#` away to set it. `ticket-gateway check` tells whether all is right.
"""
EXAMPLES: dict[str, Any] = {
    "gateway.support_addresses": ["support@example.com"],
    "gateway.reply_domain": "reply.example.com",
    "ingest.smtp.tls_certificate": "/etc/ticket-gateway/fullchain.pem",
    "ingest.smtp.tls_key": "/etc/ticket-gateway/privkey.pem",
    "ingest.lmtp.tls_certificate": "/etc/ticket-gateway/fullchain.pem",
    "ingest.lmtp.tls_key": "/etc/ticket-gateway/privkey.pem",
    "ingest.imap.name": "support",
    "ingest.imap.host": "imap.example.com",
    "ingest.imap.tls_ca_file": "/etc/ticket-gateway/ca.pem",
    "ingest.imap.user": "support@example.com",
    "ingest.imap.password_file": "/etc/ticket-gateway/imap-password",
    "ingest.imap.oauth2.token_url": "https://login.example.com/token",
    "ingest.imap.oauth2.client_id": "ticket-gateway",
    "ingest.imap.oauth2.client_secret_file": "/etc/ticket-gateway/oauth2-secret",
    "ingest.imap.oauth2.refresh_token_file": "/var/lib/ticket-gateway/oauth2-refresh-token",
    "spam.socket": "/run/spamd.sock",
    "antivirus.socket": "/run/clamav/clamd.ctl",
    "spam.password_file": "/etc/ticket-gateway/rspamd-password",
    "outbox.tls_ca_file": "/etc/ticket-gateway/ca.pem",
    "outbox.password_file": "/etc/ticket-gateway/smarthost-password",
    "outbox.dkim_key_file": "/etc/ticket-gateway/dkim.pem",
    "dns.zone_file": "/etc/ticket-gateway/trial.zone",
    "accounts.file": "/var/lib/ticket-gateway/accounts.csv",
    "accounts.sql.accounts_query": "SELECT id, name, language, phone, plan, notes FROM customer",
    "accounts.sql.url_file": "/etc/ticket-gateway/accounts-url",
    "accounts.http.url": "https://shop.example.com/accounts",
    "accounts.http.token_file": "/etc/ticket-gateway/accounts-token",
    "accounts.http.tls_ca_file": "/etc/ticket-gateway/ca.pem",
    "teams.name": "payments",
    "agents.name": "Alex",
    "agents.address": "alex@example.com",
    "templates.directory": "/etc/ticket-gateway/templates",
}
"""What stands where there is no default: keys that must be set, and files."""


def example_config(settings: Mapping[str, object] | None = None) -> str:
    """The text of the file; `settings` ("gateway.reply_domain" → value) are set instead of shown as defaults."""
    return HEAD + "\n".join(_tables(Config, "", "", settings or {})) + "\n"


def _tables(model: type[Section], path: str, mark: str, settings: Mapping[str, object]) -> Iterator[str]:
    """A section's own keys come before the sections inside it, as TOML wants it."""
    plain = {key: field for key, field in model.model_fields.items() if section_of(field) is None}
    for key, field in plain.items():
        yield from _key(field, f"{path}{key}", key, mark, settings)
    for key, field in model.model_fields.items():
        inner = section_of(field)
        if inner:
            yield from _table(inner, field, f"{path}{key}", mark, settings)


def _table(
    model: type[Section], field: FieldInfo, path: str, mark: str, settings: Mapping[str, object]
) -> Iterator[str]:
    is_list = get_origin(field.annotation) is tuple
    # What there may be none of, or many, is shown as one commented example.
    inner_mark = "#" if is_list or type(None) in get_args(field.annotation) else mark
    yield ""
    yield from _comment((model.__doc__ or "").partition("\n")[0] + (" Repeat it for each one." if is_list else ""))
    yield f"{inner_mark}[[{path}]]" if is_list else f"{inner_mark}[{path}]"
    yield from _tables(model, f"{path}.", inner_mark, settings)


def _key(field: FieldInfo, path: str, key: str, mark: str, settings: Mapping[str, object]) -> Iterator[str]:
    yield from _comment(field.description or "")
    if path in settings:
        yield f"{key} = {toml(settings[path])}"
    elif field.is_required():
        yield f"{mark}{key} = {toml(EXAMPLES[path])}"
    else:
        default = field.get_default()
        yield from _default(key, toml(EXAMPLES[path] if default is None else default))


def _default(key: str, value: str) -> list[str]:
    """A long list goes over several lines."""
    if len(key) + len(value) < WIDTH or not value.startswith("["):
        return [f"#{key} = {value}"]
    items = textwrap.wrap(value[1:-1], WIDTH, initial_indent="#    ", subsequent_indent="#    ")
    return [f"#{key} = [", *items, "#]"]


def _comment(text: str) -> list[str]:
    sentence = text[:1].upper() + text[1:]
    return textwrap.wrap(sentence, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def toml(value: object) -> str:
    """A value as TOML: its strings, numbers, truth values and lists are written as in JSON."""
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value)
