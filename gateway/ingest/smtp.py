"""The commands of SMTP (RFC 5321), and what each of them is answered.

No AUTH, no VRFY, no EXPN, no HELP, no version: nothing that a stranger could use. Every reply has an enhanced status
code (RFC 2034, RFC 3463) except where RFC 2034 §4 wants none. One entry in the spool for each transaction, with all of
its recipients.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway import events
from gateway.errors import GatewayError
from gateway.ingest.limits import LOCAL, group_of
from gateway.ingest.mail_data import MailData, Problem
from gateway.ingest.path import SmtpPath, parse_forward_path, parse_reverse_path
from gateway.ingest.protocol import HANDSHAKE_SECONDS, KEEP_SECONDS, Connection, Gone
from gateway.ingest.recipients import Answer
from gateway.model import Envelope, Via

_HOST = re.compile(r"[!-~]{1,255}")  # real clients say much that is no domain (RFC 5321 §4.1.4: must not be refused)
_TEMPORARY = "451 4.3.0 Try again later"

_PROBLEMS = {
    Problem.TOO_LARGE: "552 5.3.4 Message too large",
    Problem.BARE_NEWLINE: "550 5.5.2 Lines of the message must end with CR LF",
    Problem.NUL: "550 5.6.0 Message contains a NUL byte",
    Problem.NO_ROOM: "452 4.3.1 Insufficient storage, try again later",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _MailParameters:
    """What we understand behind a reverse path; `refusal` is the reply to what we do not."""

    size: int = 0
    refusal: str = ""


class GatewaySMTP(Connection):
    """A session of SMTP."""

    async def smtp_HELO(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.1."""
        if await self._greeted(argument, extended=False):
            await self.idle_command(f"250 {self.hostname}")

    async def smtp_EHLO(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.1."""
        await self._extended_hello(argument)

    async def smtp_MAIL(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.2, with SIZE (RFC 1870), 8BITMIME (RFC 6152) and SMTPUTF8 (RFC 6531)."""
        assert self.envelope is not None
        path = _after(argument, "FROM:", parse_reverse_path)
        if refusal := self._no_mail_now():
            await self.push(refusal)
        elif path is None:
            await self.push("501 5.1.7 Syntax: MAIL FROM:<address>")
        elif refusal := self._parameters_refused(path):
            await self.push(refusal)
        elif refusal := self._no_mail_of_this_peer():
            await self.push(self._refused(refusal, "a limit is reached"))
        else:
            self.envelope.mail_from = path.mailbox
            await self.push("250 2.1.0 OK")

    async def smtp_RCPT(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.3."""
        assert self.envelope is not None
        path = _after(argument, "TO:", parse_forward_path)
        if self.envelope.mail_from is None:
            await self.push("503 5.5.1 MAIL first")
        elif path is None:
            await self.push("501 5.1.3 Syntax: RCPT TO:<address>")
        elif path.parameters:
            await self.push("555 5.5.4 Parameter not known")
        elif len(self.envelope.rcpt_tos) >= self.service.limits.max_recipients:
            await self.push("452 4.5.3 Too many recipients, send the mail to the rest of them again")
        else:
            await self.push(self._recipient(path.mailbox))

    async def smtp_DATA(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.4: the mail itself, then its way into the spool."""
        assert self.envelope is not None
        if argument:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 No recipient was accepted")
            return
        recipients = tuple(self.envelope.rcpt_tos)
        await self.push("354 End with CR LF . CR LF")
        reply = await self._take_mail(recipients)
        self.forget_transaction()
        if reply.startswith("2"):
            self.forgive()
        await self.push("\r\n".join([reply] * self._number_of_replies(recipients)))

    async def smtp_RSET(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.5."""
        self.forget_transaction()
        await self.idle_command("250 2.0.0 OK")

    async def smtp_NOOP(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.9."""
        await self.idle_command("250 2.0.0 OK")

    async def smtp_QUIT(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 §4.1.1.10."""
        await self._bid_farewell("221 2.0.0 Bye")

    async def smtp_STARTTLS(self, argument: str) -> None:  # noqa: N802
        """RFC 3207; whatever was said before, in clear, is forgotten."""
        if self.service.tls is None or self.tls:
            await self.push("503 5.5.1 TLS is not available")
            return
        if argument:
            await self.push("501 5.5.4 Syntax: STARTTLS")
            return
        if self.has_input:
            # RFC 3207 §4.2, A-30: somebody in between wants his commands to look as if they came over TLS.
            self.note("commands were sent behind STARTTLS")
            raise Gone
        await self.push("220 2.0.0 Ready")
        await self.flush()
        await self._start_tls()

    async def _not_offered(self, argument: str) -> None:
        await self.idle_command("502 5.5.1 Not offered here")

    smtp_VRFY = smtp_EXPN = smtp_HELP = smtp_AUTH = _not_offered  # type: ignore[assignment]  # noqa: N815

    async def _never_mail(self, argument: str) -> None:
        """A browser was made to talk to us: nothing of what follows may be taken for a command."""
        self.note("the peer speaks HTTP")
        await self._bid_farewell("500 5.5.1 This is not HTTP")

    smtp_GET = smtp_POST = smtp_CONNECT = _never_mail  # noqa: N815

    async def _extended_hello(self, argument: str) -> None:
        if not await self._greeted(argument, extended=True):
            return
        offered = [self.hostname, "PIPELINING", f"SIZE {self.service.max_message_bytes}", "8BITMIME", "SMTPUTF8"]
        offered.append("ENHANCEDSTATUSCODES")
        if self.service.tls is not None and not self.tls:
            offered.append("STARTTLS")
        await self.idle_command("\r\n".join([f"250-{line}" for line in offered[:-1]] + [f"250 {offered[-1]}"]))

    async def _greeted(self, argument: str, *, extended: bool) -> bool:
        assert self.session is not None
        if not _HOST.fullmatch(argument):
            await self.push("501 5.5.4 Say your host name")
            return False
        self.forget_transaction()
        self.session.host_name = argument
        self.session.extended_smtp = extended
        return True

    def _no_mail_now(self) -> str:
        assert self.session is not None
        assert self.envelope is not None
        if not self.session.host_name:
            return "503 5.5.1 Greet first"
        if self.envelope.mail_from is not None:
            return "503 5.5.1 There is a sender already"
        return ""

    def _parameters_refused(self, path: SmtpPath) -> str:
        parameters = _mail_parameters(path)
        if parameters.size > self.service.max_message_bytes:
            return _PROBLEMS[Problem.TOO_LARGE]
        return parameters.refusal

    def _no_mail_of_this_peer(self) -> str:
        if not self.service.has_room():
            return _PROBLEMS[Problem.NO_ROOM]
        if not self.service.peers.take_mail(group_of(self.peer_ip) if self.peer_ip else LOCAL):
            return "451 4.7.1 Too many mails, try again later"
        return ""

    def _recipient(self, mailbox: str) -> str:
        assert self.envelope is not None
        known_ip = self.peer_ip if self.service.via is Via.SMTP else None
        match self.service.recipients.answer(mailbox, known_ip):
            case Answer.KNOWN:
                self.envelope.rcpt_tos.append(mailbox if "@" in mailbox else self.service.recipients.postmaster)
                return "250 2.1.5 OK"
            case Answer.UNKNOWN:
                return "550 5.1.1 No such address here"
            case Answer.NOT_NOW:
                return "451 4.7.1 Try again later"

    def _number_of_replies(self, recipients: tuple[str, ...]) -> int:
        """To the final dot."""
        return 1

    async def _take_mail(self, recipients: tuple[str, ...]) -> str:
        """Read the mail and hand it over; gives the reply, raises Gone where nobody waits for one."""
        service = self.service
        try:
            with MailData(
                limit=service.max_message_bytes, mend_newlines=service.mend_newlines, scratch=service.scratch
            ) as data:
                await self._read_to_the_end(data)
                if data.problem:
                    return self._refused(_PROBLEMS[data.problem], data.problem.value)
                self._reset_timeout(KEEP_SECONDS)
                return await self._keep(self._envelope(recipients), data)
        except GatewayError as error:
            return self._refused(f"{error.code} {error.enhanced_status} {error.reply}", error.reason)
        except (Gone, ConnectionError):
            raise
        except Exception as error:  # here, not in the loop above: LMTP wants as many replies as recipients
            events.unexpected(service.via.value, error)
            return _TEMPORARY

    async def _keep(self, envelope: Envelope, data: MailData) -> str:
        """The reply: kept, or refused by the screen after it was."""
        began = self.loop.time()
        screening = self.service.screen(self.peer_ip)
        if screening is None:
            return f"250 2.0.0 kept as {await self.service.door.keep(envelope, data)}"
        try:
            entry_id = await self.service.door.keep(envelope, data, screening.put)
            refusal = await screening.refusal(began + self.service.screen_seconds - self.loop.time())
        finally:
            screening.end()
        return self._refused(refusal, f"screened as {entry_id}") if refusal else f"250 2.0.0 kept as {entry_id}"

    def _refused(self, reply: str, why: str) -> str:
        events.mail_refused(self.service.via.value, int(reply[:3]), why, self.peer_ip)
        return reply

    async def _read_to_the_end(self, data: MailData) -> None:
        limits = self.service.limits
        last_moment = self.loop.time() + limits.data_timeout_seconds
        while (rest := data.feed(self.take_input())) is None:
            self._reset_timeout(max(0.001, min(limits.block_timeout_seconds, last_moment - self.loop.time())))
            await self.wait_for_input()
        self.put_back(rest)

    def _envelope(self, recipients: tuple[str, ...]) -> Envelope:
        assert self.envelope is not None
        assert self.session is not None
        return Envelope(
            via=self.service.via,
            received_at=self.service.clock.now(),
            recipients=tuple(dict.fromkeys(recipients)),
            mail_from=self.envelope.mail_from,
            # Over LMTP or a unix socket the peer is our own server, not who sent the mail.
            peer_ip=self.peer_ip if self.service.via is Via.SMTP else None,
            helo=self.session.host_name,
            tls=self.tls,
            source=self.source,
        )

    async def _start_tls(self) -> None:
        self._reset_timeout(HANDSHAKE_SECONDS)
        try:
            await self._writer.start_tls(self.service.tls, ssl_handshake_timeout=HANDSHAKE_SECONDS)  # type: ignore[arg-type]
        except OSError as error:  # ssl.SSLError is one
            self.note(f"no TLS: {type(error).__name__}")
            raise Gone from None
        self.transport = self._writer.transport
        self.tls = True
        self.session = self._create_session()
        self.forget_transaction()


def _after(argument: str, keyword: str, parse: Callable[[str], SmtpPath | None]) -> SmtpPath | None:
    """The path behind `FROM:` or `TO:`; the blank that some put in between is allowed."""
    if argument[: len(keyword)].upper() != keyword:
        return None
    return parse(argument[len(keyword) :].lstrip(" "))


def _mail_parameters(path: SmtpPath) -> _MailParameters:
    size = 0
    for parameter in path.parameters:
        keyword, equals, value = parameter.upper().partition("=")
        if keyword == "SIZE" and re.fullmatch(r"[0-9]{1,20}", value):
            size = int(value)
        elif (keyword == "BODY" and value in ("7BIT", "8BITMIME")) or (keyword == "SMTPUTF8" and not equals):
            continue
        elif keyword in ("SIZE", "BODY", "SMTPUTF8"):
            return _MailParameters(refusal="501 5.5.4 Wrong value of a parameter")
        else:
            return _MailParameters(refusal="555 5.5.4 Parameter not known")
    return _MailParameters(size=size)
