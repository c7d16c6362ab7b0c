"""Which sources of accounts does the configuration name, and how is each called in words?"""

from dataclasses import dataclass
from hashlib import sha256

from gateway import __version__
from gateway.config import Accounts
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configured source."""

    name: str
    """"file", "sql" or "http"."""
    place: str
    """Where it is, for people; without a password."""
    settings: Accounts
    fingerprint: str
    """Changes with the configuration and with this program: what was read with another one is read again."""

    @property
    def every_seconds(self) -> float:
        """How long after one refresh the next one is due; a file is read when it changed."""
        return self.settings.refresh_minutes * 60


def sources_of(settings: Accounts) -> tuple[Source, ...]:
    """The configured sources, in the order in which they are read."""
    places = {"file": _file, "sql": _sql, "http": _http}
    fingerprint = sha256(f"{__version__} {settings.model_dump_json()}".encode()).hexdigest()[:16]
    return tuple(
        Source(name=name, place=place, settings=settings, fingerprint=fingerprint)
        for name, place_of in places.items()
        if (place := place_of(settings))
    )


def _file(settings: Accounts) -> str:
    return str(settings.file) if settings.file else ""


def _sql(settings: Accounts) -> str:
    if not settings.sql:
        return ""
    from gateway.accounts.sql import url_of

    try:
        return url_of(settings.sql).render_as_string(hide_password=True)
    except ConfigError:  # told when it is read
        return str(settings.sql.url_file or "[accounts.sql] url")


def _http(settings: Accounts) -> str:
    return settings.http.url.partition("?")[0] if settings.http else ""
