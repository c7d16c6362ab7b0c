"""Every table, as typed models. The migrations give the same schema; a test compares the two.

    spool ─┬─ raw            the bytes, apart so that a claim does not move them
           ├─ outcome        exactly one for each decided entry
           ├─ mailbox_message  which IMAP message it was
           ├─ mark           what a person said of a mail that was held, or turned out to be spam
           └─ lesson         what the spam engine is to know of it
    ticket ─┬─ article ── attachment ── blob
            ├─ event         the whole story
            ├─ action        what an agent's mail did, and how to take it back
            ├─ thread        message ids that lead to the ticket, seen or only referred to
            ├─ confirmation  whether an account's owner said that he wrote it
            ├─ participant   who was asked for help with it, or invited
            ├─ deadline_notice  which of its deadlines agents were told of
            ├─ letter        which mails its correspondent got by the clock, and what he thinks of us
            └─ outbox        mail that is to leave, one row a recipient
    account ─┬─ account_address        agent        absence        lease
             ├─ shop
             └─ account_order
    held_digest ── held_digest_line    which held mail has which number in a reviewer's digest
    done_line         what agents' commands did, for those who want to hear of it once a day
    account_source    how each source of accounts did last
    asked             how often each account asks, by days
    sender_history    what became of a sender's earlier mails    unscanned    mail that the spam engine is still to see
    address_override, known_address, account_event    what no source told, and what outlives its refreshes

Reads that happen for every mail go through an index whose size does not matter (I10); partial indexes keep finished
work out of the way.
"""

from sqlalchemy import Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one metadata object."""

    metadata = MetaData(naming_convention=CONVENTION)


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which a condition is true, as SQL.

    PostgreSQL is told by `whole`: to name it here loads what speaks to it, a tenth of a start that may never need it.
    """
    return Index(name, *columns, sqlite_where=text(where), info={"where": where})
