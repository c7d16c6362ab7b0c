"""The configuration: one TOML file, read once, every key with its default and its meaning.

A wrong key or value is refused with the file, the key and what would be right; nothing is guessed. `config.example.toml`
is made from these declarations (`ticket-gateway init --print`), and a test holds the two together.
"""

import difflib
import ipaddress
import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from gateway.errors import ConfigError
from gateway.hours.reading import read_week
from gateway.topics.names import TOPIC_NAMES

DEFAULT_FILE = Path("/etc/ticket-gateway/config.toml")
FILE_VARIABLE = "TICKET_GATEWAY_CONFIG"
DEFAULT_STATE = Path("/var/lib/ticket-gateway")
MEGABYTE = 1024 * 1024


def _address(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not (local and at and domain) or any(character.isspace() for character in value):
        raise ValueError("must be an address such as support@example.com")
    return value


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if value.startswith(("unix:/", "systemd:")) or (host and colon and port.isdigit() and int(port) < 65536):
        return value
    raise ValueError('must be "HOST:PORT", "unix:/PATH" or "systemd:NAME" (a socket handed over by systemd)')


def _server(value: str) -> str:
    return _listen(value) if ":" in value else value


def _destination(value: str) -> str:
    if value.startswith(("smtp://", "smtps://")) or (value.startswith("maildir:") and len(value) > 8):
        return value
    raise ValueError('must be "smtp://HOST:PORT", "smtps://HOST:PORT" or "maildir:PATH"')


def _delay(value: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= value[0] <= value[1] <= 3600:
        raise ValueError("must be two numbers of seconds, the smaller first, at most 3600: [30, 90]")
    return value


def _accounts_url(value: str) -> str:
    try:
        parsed = urlsplit(value)
        is_here = parsed.hostname in ("127.0.0.1", "::1", "localhost")
    except ValueError:
        parsed, is_here = urlsplit(""), False
    if not parsed.hostname or not (parsed.scheme == "https" or (parsed.scheme == "http" and is_here)):
        raise ValueError('must be "https://HOST/…" ("http://" only to this machine: the accounts are personal data)')
    return value


MailAddress = Annotated[str, AfterValidator(_address)]
Listen = Annotated[str, AfterValidator(_listen)]
DnsServer = Annotated[str, AfterValidator(_server)]
Destination = Annotated[str, AfterValidator(_destination)]
AccountsUrl = Annotated[str, AfterValidator(_accounts_url)]
Delay = Annotated[tuple[float, float], AfterValidator(_delay)]


def _domain(value: str) -> str:
    if "." not in value.strip(".") or any(character.isspace() or character in "@/:" for character in value):
        raise ValueError("must be a domain such as example.com")
    return value.lower().removesuffix(".")


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError("must be an IP address or network such as 192.0.2.0/24") from error
    return value


def _forwarder(value: str) -> str:
    try:
        return _network(value)
    except ValueError:
        return _domain(value)


def _days(value: object) -> object:
    if not isinstance(value, str):
        return value
    first, _, last = value.partition("/")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise ValueError('must be "FIRST/LAST", such as "2026-12-20/2027-01-03"') from error
    if days[1] < days[0]:
        raise ValueError("the last day is before the first")
    return days


def _specialist(value: str) -> str:
    return f"@{_domain(value[1:])}" if value.startswith("@") else _address(value)


def _week(value: tuple[str, ...]) -> tuple[str, ...]:
    if value:
        read_week(value)
    return value


def _topic(value: str) -> str:
    if value not in TOPIC_NAMES:
        near = difflib.get_close_matches(value, TOPIC_NAMES, 1)
        known = f"did you mean {near[0]}?" if near else f"there are: {', '.join(TOPIC_NAMES)}"
        raise ValueError(f"there is no topic {value}; {known}")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as error:  # not found, a folder of the database, outside of it
        raise ValueError('must be a time zone of the IANA database such as "Europe/Athens"') from error
    return value


Week = Annotated[tuple[str, ...], AfterValidator(_week)]
TopicName = Annotated[str, AfterValidator(_topic)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Days = Annotated[tuple[date, date], BeforeValidator(_days)]
Specialist = Annotated[str, AfterValidator(_specialist)]
Domain = Annotated[str, AfterValidator(_domain)]
Network = Annotated[str, AfterValidator(_network)]
Forwarder = Annotated[str, AfterValidator(_forwarder)]

SHARED_SENDERS = (
    "amazonses.com",
    "email.freshdesk.com",
    "hubspotemail.net",
    "mail.zendesk.com",
    "mailgun.org",
    "mcsv.net",
    "mimecast.com",
    "pphosted.com",
    "relay.mailchannels.net",
    "salesforce.com",
    "sendgrid.net",
    "sparkpostmail.com",
    "spf.brevo.com",
    "spf.constantcontact.com",
    "spf.mailjet.com",
    "spf.mandrillapp.com",
    "spf.mtasv.net",
    "spf.sendinblue.com",
    "spf.smtp2go.com",
    "spf.web-hosting.com",
    "websitewelcome.com",
)
"""Services whose customers send from the same addresses, as customers' SPF records include them."""


class Section(BaseModel):
    """What all sections share: unknown keys are errors, values do not change, and errors never repeat a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, hide_input_in_errors=True)


class Gateway(Section):
    """The desk: who we are to those who write to us."""

    support_addresses: tuple[MailAddress, ...] = Field(
        min_length=1, description="addresses that people write to; the first is the From of our mail"
    )
    reply_domain: str = Field(
        min_length=1,
        description="domain of signed reply addresses; its mail must reach this gateway and no person; 17 characters at most survive forwarders",
    )
    desk_name: str = Field("Support", description="name beside the support address in our mail")
    default_language: Literal["en", "el", "nl", "fr", "de"] = Field(
        "en", description="language of our mail where nothing tells the customer's"
    )
    login_url: str = Field(
        "", description="page of the webshop's own login, named to senders we do not know; empty: not named"
    )
    state_directory: Path = Field(
        DEFAULT_STATE, description="where state is kept; $STATE_DIRECTORY (set by systemd) wins over the default"
    )


class Store(Section):
    """The one durable store."""

    url: str = Field(
        "sqlite",
        description='"sqlite" (a file in the state directory), "sqlite:////PATH" or "postgresql://USER@HOST/DATABASE"',
    )


class SmtpLimits(Section):
    """What a listener takes from one peer."""

    hostname: str = Field("localhost", description="name in the greeting")
    tls_certificate: Path | None = Field(
        None, description="PEM file of the certificate chain; with tls_key it turns STARTTLS on"
    )
    tls_key: Path | None = Field(None, description="PEM file of the certificate's key")
    max_recipients: int = Field(100, ge=1, description="recipients of one mail; more are answered 452")
    max_connections: int = Field(50, ge=1, description="connections at once, all peers together; more are answered 421")
    max_connections_per_peer: int = Field(20, ge=1, description="connections at once from one IP address")
    max_mails_per_peer_per_minute: int = Field(
        600, ge=1, description="mails from one IP address within a minute; more are answered 451"
    )
    max_errors: int = Field(100, ge=1, description="refused commands of one connection before it is closed")
    command_timeout_seconds: float = Field(
        300, gt=0, description="longest wait for the next command (RFC 5321 §4.5.3.2.7)"
    )
    data_timeout_seconds: float = Field(1800, gt=0, description="longest time for one mail's data")
    block_timeout_seconds: float = Field(180, gt=0, description="longest wait for the next bytes of a mail's data")


class Smtp(SmtpLimits):
    """The SMTP listener (RFC 5321)."""

    listen: tuple[Listen, ...] = Field((), description='"HOST:PORT", "unix:/PATH" or "systemd:NAME"; empty: no SMTP')
    bare_newlines: Literal["reject", "normalise"] = Field(
        "reject",
        description="what to do with a CR or LF that stands alone in a mail: strangers' servers are refused (SMTP smuggling), our own may be mended",
    )
    screen: bool = Field(
        False,
        description="only for a listener that is the public MX: decide while the sender waits, and refuse plain spam and forged authors (550)",
    )
    screen_seconds: float = Field(
        15, gt=0, le=20, description="longest wait for that decision; after it the mail is taken, and held if need be"
    )


class Lmtp(SmtpLimits):
    """The LMTP listener (RFC 2033), for a mail server of our own in front."""

    listen: tuple[Listen, ...] = Field((), description='"HOST:PORT", "unix:/PATH" or "systemd:NAME"; empty: no LMTP')
    bare_newlines: Literal["reject", "normalise"] = Field("normalise", description="as for SMTP")
    socket_mode: str = Field("0660", pattern=r"^0[0-7]{3}$", description="permissions of unix sockets, octal")
    max_connections_per_peer: int = Field(50, ge=1, description="as for SMTP; here the peer is our own server")
    max_mails_per_peer_per_minute: int = Field(
        1_000_000, ge=1, description="as for SMTP; our own server is not held back"
    )


class OAuth2(Section):
    """A refresh grant for IMAP by XOAUTH2 (RFC 6749 §6)."""

    token_url: str = Field(description="where access tokens come from")
    client_id: str = Field(description="as registered with the mail provider")
    client_secret_file: Path | None = Field(None, description="file that holds the client secret, if there is one")
    refresh_token_file: Path = Field(
        description="file that holds the refresh token; rewritten when the provider hands out a new one"
    )
    scope: str = Field("", description="scope to ask for, if the provider wants one")
    grant_expires: str = Field(
        "", description='day the grant ends ("2027-03-31"); a warning is logged from 30 days before'
    )


class Imap(Section):
    """A mailbox to poll (RFC 9051)."""

    name: str = Field(
        min_length=1, max_length=60, description="a short name of your own for logs and the ledger; never change it"
    )
    host: str = Field(description="IMAP server")
    port: int = Field(993, ge=1, le=65535, description="993 for tls, usually 143 for starttls")
    security: Literal["tls", "starttls", "none"] = Field("tls", description='"none" only for a server on this machine')
    tls_ca_file: Path | None = Field(None, description="certificates to trust instead of the system's")
    user: str = Field(description="login")
    password_file: Path | None = Field(None, description="file that holds the password")
    oauth2: OAuth2 | None = Field(None, description="XOAUTH2 instead of a password")
    folder: str = Field("INBOX", description="folder to read")
    processed_folder: str = Field("Processed", description="folder that taken mail is moved to; made if missing")
    idle: bool = Field(True, description="wait for new mail with IDLE where the server can")
    poll_seconds: float = Field(60, gt=0, description="longest time between two looks")
    timeout_seconds: float = Field(
        60, gt=0, description="a server that is silent for longer is given up and connected again"
    )
    batch: int = Field(50, ge=1, le=500, description="mails fetched at once")


class Ingest(Section):
    """The doors in."""

    max_message_bytes: int = Field(
        25 * MEGABYTE, ge=1024, description="largest mail taken; larger ones are refused in the dialogue"
    )
    smtp: Smtp = Field(default_factory=Smtp, description="")
    lmtp: Lmtp = Field(default_factory=Lmtp, description="")
    imap: tuple[Imap, ...] = Field((), description="")


class Reading(Section):
    """The limited worker processes that take mail apart."""

    workers: int = Field(1, ge=1, le=64, description="processes that parse mail")
    memory_bytes: int = Field(512 * MEGABYTE, ge=64 * MEGABYTE, description="memory of one of them")
    cpu_seconds: int = Field(10, ge=1, description="processor time for one mail")
    wall_seconds: float = Field(20, gt=0, description="time for one mail")


class Spam(Section):
    """The spam engine."""

    engine: Literal["spamassassin", "rspamd", "none"] = Field(
        "spamassassin", description='"rspamd" is faster; "none": mail is marked as skipped'
    )
    host: str = Field("127.0.0.1", description="where the engine listens")
    port: int = Field(783, ge=1, le=65535, description="where spamd listens; rspamd's scanner is at 11333")
    socket: Path | None = Field(None, description="the engine's unix socket, instead of host and port")
    controller_port: int = Field(11334, ge=1, le=65535, description="where rspamd's controller learns")
    password_file: Path | None = Field(None, description="file that holds the password of rspamd's controller")
    user: str = Field("", description="whose preferences the engine uses; empty: its own default")
    threshold: float = Field(5.0, description="score from which a mail is held")
    timeout_seconds: float = Field(20, gt=0, description="no answer within this time: the mail goes on as unscanned")
    max_scan_bytes: int = Field(
        500_000, ge=1000, description="of a larger mail only the head and the first bytes are scanned"
    )
    connections: int = Field(4, ge=1, description="mails scanned at once; as many as spamd has children")
    reviewers: tuple[MailAddress, ...] = Field(
        (), description="agents who get the daily list of held mail, by their addresses; empty: all agents"
    )
    burst_tickets: int = Field(
        10, ge=0, description="new tickets of one customer's address within an hour before more are held; 0: no limit"
    )
    burst_spam: int = Field(
        3, ge=0, description="mails of it held as spam within an hour before its new tickets are held; 0: no limit"
    )
    digest_hour: int = Field(7, ge=0, le=23, description="hour of the day (UTC) at which that list is sent")


class Antivirus(Section):
    """The virus scanner."""

    engine: Literal["clamd", "none"] = Field("none", description='"clamd": ClamAV; mail with a known virus is held')
    host: str = Field("127.0.0.1", description="where clamd listens (TCPSocket, TCPAddr)")
    port: int = Field(3310, ge=1, le=65535, description="where clamd listens")
    socket: Path | None = Field(None, description="clamd's unix socket, instead of host and port (LocalSocket)")
    timeout_seconds: float = Field(20, gt=0, description="no answer within this time: the mail goes on as unscanned")
    max_scan_bytes: int = Field(
        25 * MEGABYTE, ge=1000, description="largest mail that is scanned; at most clamd's StreamMaxLength"
    )
    connections: int = Field(4, ge=1, description="mails scanned at once; at most clamd's MaxThreads")


class Outbox(Section):
    """The door out."""

    destination: Destination = Field(
        "maildir:outbound",
        description='"smtp://HOST:PORT" (STARTTLS where offered), "smtps://HOST:PORT" or "maildir:PATH" (relative to the state directory)',
    )
    require_tls: bool = Field(False, description="never send over an unencrypted connection")
    tls_ca_file: Path | None = Field(None, description="certificates to trust instead of the system's")
    user: str = Field("", description="login at the smarthost; empty: none")
    password_file: Path | None = Field(None, description="file that holds the password")
    connections: int = Field(4, ge=1, le=64, description="kept connections to the smarthost")
    timeout_seconds: float = Field(60, gt=0, description="longest wait for an answer of the smarthost")
    give_up_days: float = Field(5, gt=0, description="how long a mail is tried before the desk is told")
    first_retry_seconds: float = Field(
        300, gt=0, description="pause after the first temporary failure; doubles each time"
    )
    longest_retry_seconds: float = Field(14_400, gt=0, description="longest pause between two tries")
    neutral_delay_seconds: Delay = Field(
        (30.0, 90.0),
        description="the mail to senders we do not know waits at random between so long and so long, so that its delay tells nothing",
    )
    dkim_domain: str = Field("", description="d= of our DKIM signature; empty: the smarthost signs")
    dkim_selector: str = Field("", description="s= of our DKIM signature")
    dkim_key_file: Path | None = Field(None, description="PEM file of the DKIM key")


class Dns(Section):
    """The one resolver."""

    servers: tuple[DnsServer, ...] = Field((), description='"HOST" or "HOST:PORT"; empty: the system\'s')
    zone_file: Path | None = Field(
        None, description="RFC 1035 master file that answers everything instead; for tests and trials"
    )
    timeout_seconds: float = Field(5, gt=0, description="for one question")
    budget_seconds: float = Field(20, gt=0, description="for all questions of one mail")


class Authentication(Section):
    """Who may vouch for the author of a mail besides DNS."""

    authserv_id: str = Field(
        "",
        description="name our own border server gives itself in Authentication-Results (RFC 8601); empty: that field is never believed",
    )
    border: str = Field(
        "", description='name our border server writes after "by" in its own Received line; needed with authserv_id'
    )
    border_networks: tuple[Network, ...] = Field(
        (),
        description="addresses from which the border hands mail to our SMTP listener: such a peer is not the sender's, so SPF is not asked of it",
    )
    trusted_sealers: tuple[Domain, ...] = Field(
        (), description="forwarders whose ARC seals (RFC 8617) make refused mail unproven mail, never proven mail"
    )
    trusted_forwarders: tuple[Forwarder, ...] = Field(
        (), description="the same for forwarders without ARC: IP addresses or networks, or domains of DKIM signatures"
    )
    shared_senders: tuple[Domain, ...] = Field(
        SHARED_SENDERS,
        description="sending services that many share: SPF by an include or redirect of one of them proves nothing alone",
    )
    own_domains: tuple[Domain, ...] = Field(
        (),
        description="domains only we write from: unproven mail that names one as its author is forged; empty: those of support_addresses",
    )

    @model_validator(mode="after")
    def _border_is_named(self) -> "Authentication":
        if bool(self.authserv_id) != bool(self.border):
            raise ValueError("authserv_id and border belong together: set both, or neither")
        return self


class KeysSection(Section):
    """The keys of signed reply tokens."""

    directory: Path = Field(
        Path("keys"),
        description="one file a key, named 0 to 31, 32 random bytes; relative to the state directory; the systemd credential keys wins over the default",
    )


class AccountsSql(Section):
    """Accounts from a database, which is only read (docs/accounts.md)."""

    url: str = Field("", description='SQLAlchemy URL, such as "postgresql://USER@HOST/DATABASE"; or url_file')
    url_file: Path | None = Field(None, description="file that holds the URL, for one with a password in it")
    accounts_query: str = Field(
        min_length=1, description="gives the column id, and as far as there are: name, language, phone, plan, notes"
    )
    shops_query: str = Field("", description="gives account_id, id, domain and, if there is one, name; empty: no shops")
    addresses_query: str = Field(
        "", description="gives account_id, address, verified (true only where the owner proved it); empty: no addresses"
    )
    orders_query: str = Field(
        "", description="gives account_id, number and, if there are: shop, placed_at, status, total; empty: no orders"
    )

    @model_validator(mode="after")
    def _has_one_url(self) -> "AccountsSql":
        if bool(self.url) == bool(self.url_file):
            raise ValueError("set url or url_file, one of the two")
        return self


class AccountsHttp(Section):
    """Accounts from a web service of the webshop's own system (docs/accounts.md)."""

    url: AccountsUrl = Field(description='where they are: "https://…"; "http://…" only on this machine')
    token_file: Path | None = Field(None, description="file that holds the token sent as `Authorization: Bearer`")
    tls_ca_file: Path | None = Field(None, description="certificates to trust instead of the system's")
    timeout_seconds: float = Field(30, gt=0, description="a server that is silent for longer is given up")


class Accounts(Section):
    """Accounts of the webshop: one or more sources, and what is imported by hand (docs/accounts.md)."""

    file: Path | None = Field(
        None, description="CSV or JSON Lines file read at start and whenever it changes; without it: `account import`"
    )
    refresh_minutes: float = Field(15, gt=0, description="how often the database and the web service are asked")
    timeout_seconds: float = Field(600, gt=0, description="longest time for reading one source whole")
    max_bytes: int = Field(
        256 * MEGABYTE, ge=MEGABYTE, description="largest file or answer; a larger one changes nothing"
    )
    sql: AccountsSql | None = Field(None, description="")
    http: AccountsHttp | None = Field(None, description="")


class AnswerHoursSection(Section):
    """Within how many working hours a ticket is to be answered, by its priority."""

    urgent: float = Field(2, gt=0, le=1000, description="working hours")
    high: float = Field(4, gt=0, le=1000, description="working hours")
    normal: float = Field(8, gt=0, le=1000, description="working hours; what every ticket begins with")
    low: float = Field(24, gt=0, le=1000, description="working hours")


class DeskSection(Section):
    """How the desk works."""

    time_zone: TimeZone = Field("UTC", description='whose clock its hours follow, such as "Europe/Athens"')
    hours: Week = Field(
        ("mon-fri 09:00-17:00",),
        min_length=1,
        description='when it works: "mon-fri 09:00-17:00", "sat 10:00-13:00, 14:00-16:00"; round the clock is '
        '"mon-sun 00:00-24:00". Once it is set here, customers hear when a desk that is closed opens',
    )
    holidays: tuple[date, ...] = Field((), description='days on which it does not: "2026-12-25"')
    answer_hours: AnswerHoursSection = Field(default_factory=AnswerHoursSection, description="")
    undo_seconds: float = Field(
        600, ge=0, le=86_400, description="an agent's answer leaves after so long; until then `#undo` takes it back"
    )
    digest_hour: int = Field(
        17, ge=0, le=23, description='hour at which agents with `confirms = "digest"` hear what their commands did'
    )
    closing_mail: bool = Field(True, description="a customer hears that an agent closed his ticket")
    remind_after_days: int = Field(
        7, ge=0, le=3650, description="who did not answer us for so long is reminded, once an answer; 0: never"
    )
    solve_after_days: int = Field(
        21, ge=0, le=3650, description="a ticket that waits for the customer for so long counts as solved; 0: never"
    )
    close_after_days: int = Field(
        14, ge=0, le=3650, description="a solved ticket is closed after so long, without a mail; 0: never"
    )
    feedback_after_days: int = Field(
        2, ge=0, le=3650, description="so long after his ticket is done a customer is asked how it went; 0: never"
    )
    delay_mail: bool = Field(
        True, description="a customer whose ticket nobody answered in time hears that, and why, once"
    )
    overview: tuple[Literal["account", "shops", "plan", "phone", "orders", "tickets", "notes"], ...] = Field(
        ("account", "shops", "plan", "phone", "orders", "tickets", "notes"),
        description="what of an account agents are told by mail; only those at the desk's own domain, and only where "
        "mail leaves over TLS (or to this machine)",
    )
    specialists: tuple[Specialist, ...] = Field(
        (),
        description='whom agents may `#forward` a ticket to, besides each other: "ADDRESS", or "@DOMAIN" for all of it',
    )


class TeamSection(Section):
    """Agents who look after some topics; an agent is of a team by his `teams`."""

    name: str = Field(min_length=1, max_length=60, description="what agents have in their `teams`")
    topics: tuple[TopicName, ...] = Field(
        (), description="topics it looks after, by the names that `ticket-gateway topics show` lists; empty: all others"
    )
    languages: tuple[Literal["en", "el", "nl", "fr", "de"], ...] = Field(
        (), description="languages it looks after; empty: all"
    )


class AgentSection(Section):
    """A person of the desk."""

    name: str = Field(min_length=1, description="as colleagues call him; never shown to customers")
    address: MailAddress = Field(description="where notifications go and answers come from")
    teams: tuple[str, ...] = Field((), description="teams he works in")
    languages: tuple[str, ...] = Field((), description="languages he answers in; empty: all")
    confirms: Literal["mail", "digest"] = Field(
        "mail", description='how he hears that his commands were done: "mail" at once, "digest" once a day'
    )
    away: tuple[Days, ...] = Field((), description='his holidays: "2026-12-20/2027-01-03", or one day')
    hours: Week = Field((), description='his working hours, such as "mon 09:00-13:00"; empty: those of the desk')


class Templates(Section):
    """The mail we write."""

    directory: Path | None = Field(
        None, description="folder of LANGUAGE/NAME.md files that are used before the shipped ones"
    )


class Pipeline(Section):
    """Deciding."""

    processes: int = Field(
        2, ge=1, le=64, description="processes that decide; on SQLite, which has one writer, more than 2 do not help"
    )
    workers: int = Field(
        8, ge=1, le=64, description="mails in work at once in each of them: they mostly wait for DNS and spamd"
    )
    lease_seconds: float = Field(
        600, gt=0, description="after this time a mail that a dead process had in work is taken again"
    )
    max_tries: int = Field(
        3, ge=1, description="a mail that failed this often goes to the poison shelf, as a ticket of its header"
    )


class Log(Section):
    """What we tell the log."""

    format: Literal["auto", "json", "journald", "text"] = Field(
        "auto", description='"auto": journald under systemd, text on a terminal, else JSON lines'
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe event that is written"
    )


class Config(Section):
    """The whole file."""

    gateway: Gateway
    store: Store = Field(default_factory=Store)
    ingest: Ingest = Field(default_factory=Ingest)
    reading: Reading = Field(default_factory=Reading)
    spam: Spam = Field(default_factory=Spam)
    antivirus: Antivirus = Field(default_factory=Antivirus)
    outbox: Outbox = Field(default_factory=Outbox)
    dns: Dns = Field(default_factory=Dns)
    authentication: Authentication = Field(default_factory=Authentication)
    keys: KeysSection = Field(default_factory=KeysSection)
    accounts: Accounts = Field(default_factory=Accounts)
    desk: DeskSection = Field(default_factory=DeskSection)
    teams: tuple[TeamSection, ...] = ()
    agents: tuple[AgentSection, ...] = ()
    templates: Templates = Field(default_factory=Templates)
    pipeline: Pipeline = Field(default_factory=Pipeline)
    log: Log = Field(default_factory=Log)

    @model_validator(mode="after")
    def _reviewers_are_agents(self) -> "Config":
        agents = [agent.address.casefold() for agent in self.agents]
        for reviewer in self.spam.reviewers:
            if reviewer.casefold() not in agents:
                raise ValueError(f"[spam] reviewers: {reviewer} is no agent: [[agents]] names nobody with that address")
        return self

    @model_validator(mode="after")
    def _teams_are_named(self) -> "Config":
        names = [team.name for team in self.teams]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"[[teams]] names {name} twice")
        for agent in self.agents if names else ():
            for name in agent.teams:
                if name not in names:
                    raise ValueError(
                        f"[[agents]] {agent.name}: there is no team {name}; [[teams]] has {', '.join(names)}"
                    )
        return self

    @property
    def state(self) -> Path:
        """The state directory: the configured one, else systemd's, else the default."""
        configured = self.gateway.state_directory
        given = os.environ.get("STATE_DIRECTORY", "")
        return Path(given.split(":")[0]) if given and configured == DEFAULT_STATE else configured

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL of the store."""
        url = self.store.url
        if url == "sqlite":
            return f"sqlite:///{self.state.absolute()}/ticket-gateway.db"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def keys_directory(self) -> Path:
        """The directory of token keys."""
        credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
        # systemd names the files of a directory that it hands over as credential `keys`: keys_0, keys_1, …
        if credentials and self.keys.directory == Path("keys") and any(Path(credentials).glob("keys_*")):
            return Path(credentials)
        return self.state / self.keys.directory

    @property
    def support_address(self) -> str:
        """The address our mail comes from."""
        return self.gateway.support_addresses[0]


def load(path: Path) -> Config:
    """Read the configuration file; ConfigError names the file, the key and what would be right."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; `ticket-gateway init` writes a first configuration") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    return parse(data, str(path))


def parse(data: dict[str, Any], name: str) -> Config:
    """Make a Config of what a TOML file held; `name` stands for the file in errors."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        problems = [
            _problem(detail["loc"], detail["type"], detail["msg"]) for detail in error.errors(include_url=False)
        ]
        raise ConfigError("\n".join(f"{name}: {problem}" for problem in problems)) from error


def find_file(option: str | None) -> Path:
    """The configuration file: `--config`, else $TICKET_GATEWAY_CONFIG, else /etc/ticket-gateway/config.toml."""
    return Path(option or os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
        return f"{key}: there is no such key; {hint}"
    if kind == "missing":
        return f"{key}: is missing; it must be set"
    said = message.removeprefix("Value error, ")
    return f"{key}: {said}" if key else said


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Config
    for part in location:
        if isinstance(part, str):
            model = section_of(model.model_fields[part]) or model
    return list(model.model_fields)


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds (itself, in a tuple, or optional), None for a plain value."""
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None
