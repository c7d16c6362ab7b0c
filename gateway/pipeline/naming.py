"""Whose shops does somebody name who is on no account? Their owners are asked whether he writes for them. Reads only.

What must stay true: looked for only where asking is allowed at all (the author is proven, nobody knows him as a
customer, nothing leads to a ticket), and bounded: `MAX_DOMAINS` names of a mail, each one look-up in an index. What is
found is nothing the author is ever told of: he gets the neutral mail, byte for byte as any other (threat model §4).

BUGS: only a shop's domain as it is on file counts, with or without `www.`; its order numbers are in every text.
"""

import re
from itertools import islice

from gateway.accounts.sender import Sender, Standing
from gateway.mail.nature import NatureKind
from gateway.matching.shop_text import names_in
from gateway.model import Account, Ticket
from gateway.pipeline.evidence import Reading
from gateway.pipeline.policy import COLUMNS, Column
from gateway.store.accounts import accounts_by_shop_domains
from gateway.store.db import Tx

MAX_DOMAINS = 5
"""Domains of one mail that are looked up, the subject's before the text's."""

_TOP_LEVEL = re.compile(r"[^\W\d_]{2,63}")
"""Prices, times and versions have a full stop, too."""


def named_accounts(tx: Tx, reading: Reading, sender: Sender, ticket: Ticket | None) -> tuple[Account, ...]:
    """The accounts of the shops that a proven stranger names in his subject or in what he wrote now."""
    is_person = reading.nature.kind is NatureKind.PERSON
    is_proven = COLUMNS[reading.authentication.grade] is Column.PROVEN
    if ticket is not None or sender.standing is Standing.S2 or not (is_person and is_proven):
        return ()
    text = f"{reading.message.subject}\n{reading.message.reply}"
    names = (name for name in dict.fromkeys(names_in(text)) if _TOP_LEVEL.fullmatch(name.rpartition(".")[2]))
    domains = list(islice(names, MAX_DOMAINS))
    return tuple(accounts_by_shop_domains(tx, domains)) if domains else ()
