"""The people and mails of the decision table: every line with every policy and every proof."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.tokens import Purpose
from tests.identity.expected import TABLE, Cell, cell, grade
from tests.identity.post import Mail, mail, new_id
from tests.identity.world import REPLY_DOMAIN, reference, token
from tests.identity.zone import POLICIES, REJECT, SILENT, Domain, Proof
from tests.service import SUPPORT

QUIET = (("X-Auto-Response-Suppress", "All"),)
"""Asks that no receipt be sent: those who only prepare a case must not use up the limits of automatic mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One cell of the table, met by one mail."""

    line: str
    domain: Domain
    proof: Proof

    @property
    def name(self) -> str:
        """As the tests name it."""
        return f"{self.line}, p={self.domain.policy or 'no record'}, {self.proof.value}"

    @property
    def grade(self) -> str:
        """The grade that it must get."""
        return grade(self.domain, self.proof)

    @property
    def cell(self) -> Cell:
        """What must happen."""
        return cell(self.line, self.grade)

    @property
    def strength(self) -> str:
        """T0 to T3."""
        return self.line[:2]

    @property
    def standing(self) -> str:
        """S0 to S2."""
        return self.line[3:5]

    @property
    def author(self) -> str:
        """Who writes it."""
        return f"{self._key}@{self.domain.name}"

    @property
    def opener(self) -> str:
        """Who has the ticket that it is about; empty where there is none."""
        if self.strength == "T0":
            return ""
        return self.author if self.strength == "T3" else f"{self._key}.opener.{self.domain.name[:3]}@{REJECT.name}"

    @property
    def boss(self) -> str:
        """The verified address of the account that has the author's unverified one on file."""
        return f"boss.{self.author}"

    @property
    def account(self) -> str:
        """The account that the author is verified on, or that has his address on file."""
        return f"{self._key}.{self.domain.name}" if self.standing != "S0" else ""

    @property
    def opener_account(self) -> str:
        """The account of whoever has the ticket."""
        if not self.opener or (self.standing != "S2" and self.strength == "T3"):
            return ""
        return self.account if self.line in ("T3 S2", "T2 S2 same", "T1 S2 same") else f"opener.{self.author}"

    @property
    def accounts(self) -> Iterator[dict[str, Any]]:
        """The accounts of both."""
        verified, unverified = [], []
        if self.standing == "S2":
            verified.append(self.author)
        if self.standing == "S1":
            verified.append(self.boss)
            unverified.append(self.author)
        if self.opener_account and self.opener_account == self.account and self.opener not in verified:
            verified.append(self.opener)
        if self.account:
            several = self.line == "T0 S2 several"
            yield account(self.account, verified, unverified, shops=2 if several else 1)
        if self.opener_account and self.opener_account != self.account:
            yield account(self.opener_account, [self.opener])

    def opening(self) -> Mail:
        """The mail that makes the ticket: proven, and asking for no receipt."""
        return mail(self.opener, headers=QUIET, subject=f"First: {self.name}")

    def mail(self, ticket: dict[str, Any], opening_id: str) -> Mail:
        """The mail of the case, about the ticket that was opened for it."""
        if self.strength == "T0":
            return self._mail()
        if self.strength in ("T3", "T2"):
            address = token(Purpose.REPLY, ticket, self.opener)
            return self._mail(to=address)
        return self._hint(ticket, opening_id)

    def _hint(self, ticket: dict[str, Any], opening_id: str) -> Mail:
        kind = (POLICIES.index(self.domain) + list(Proof).index(self.proof)) % 4
        if kind == 0:
            old = datetime.now(UTC).date() - timedelta(days=181)
            return self._mail(to=token(Purpose.REPLY, ticket, self.opener, day=old))
        if kind == 1:
            return self._mail(answers=opening_id)
        if kind == 2:
            ours = token(Purpose.MESSAGE_ID, ticket, self.opener, domain="")
            return self._mail(answers=f"<{ours[:-1]}.0123abcd@{REPLY_DOMAIN}>")
        return self._mail(text=f"Is there news?\n\n> Ref: {reference(ticket, self.opener)}\n")

    def _mail(self, *, to: str = SUPPORT, answers: str = "", text: str = "") -> Mail:
        return mail(
            self.author,
            proof=self.proof,
            to=to,
            answers=answers,
            subject=f"Case: {self.name}",
            text=text or "CANARY what the author typed\n",
            message_id=new_id(self.domain.name),
        )

    @property
    def _key(self) -> str:
        return f"{self.line} {self.proof.name}".lower().replace(" ", ".")


def account(name: str, verified: list[str], unverified: list[str] | None = None, *, shops: int = 1) -> dict[str, Any]:
    """An account as its own system tells it."""
    stem = name.replace("@", ".").replace(" ", "")
    return {
        "id": name,
        "name": f"Name of {name}",
        "language": "en",
        "phone": "+30 210 5550100",
        "shops": [{"id": f"{name}/{n}", "domain": f"shop{n}.{stem}"} for n in range(1, shops + 1)],
        "addresses": [
            *({"address": address, "verified": True} for address in verified),
            *({"address": address, "verified": False} for address in unverified or ()),
        ],
    }


def all_cases() -> list[Case]:
    """Every line with every policy and every proof; what DNS leaves open with two policies."""
    answered = [proof for proof in Proof if proof is not Proof.UNANSWERED]
    cases = [Case(line=line, domain=domain, proof=proof) for line in TABLE for domain in POLICIES for proof in answered]
    return cases + [
        Case(line=line, domain=domain, proof=Proof.UNANSWERED) for line in TABLE for domain in (REJECT, SILENT)
    ]
