"""The commands of LMTP (RFC 2033): SMTP between two servers of one house, with a reply for each recipient."""

from gateway.ingest.smtp import GatewaySMTP


class GatewayLMTP(GatewaySMTP):
    """A session of LMTP."""

    protocol_name = "LMTP"

    async def smtp_LHLO(self, argument: str) -> None:  # noqa: N802
        """RFC 2033 §4.1: as EHLO."""
        await self._extended_hello(argument)

    async def smtp_HELO(self, argument: str) -> None:  # noqa: N802
        """RFC 2033 §4.1: not to be used here."""
        await self.push("500 5.5.1 This is LMTP, say LHLO")

    async def smtp_EHLO(self, argument: str) -> None:  # noqa: N802
        """RFC 2033 §4.1: not to be used here."""
        await self.push("500 5.5.1 This is LMTP, say LHLO")

    def _number_of_replies(self, recipients: tuple[str, ...]) -> int:
        """RFC 2033 §4.2: one for each recipient that was accepted, in their order."""
        return len(recipients)
