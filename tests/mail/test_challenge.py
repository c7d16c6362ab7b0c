"""Filters that ask us to prove that we are human."""

import pytest

from gateway.mail.nature import NatureKind
from tests.mail.test_nature import nature

ASKS = b"Before your message can be delivered, click the link below."


@pytest.mark.parametrize(
    "raw",
    [
        b"From: noreply@boxbe.com\nSubject: Re: x\n\nhello",
        b"From: x@mail.spamarrest.com\nSubject: Re: x\n\nhello",
        b"From: no-reply@filter.test\nSubject: Re: x\n\n" + ASKS,
        b"From: carol@shop.example\nAuto-Submitted: auto-replied\nSubject: Re: x\n\n" + ASKS.upper(),
        "From: antispam@filter.test\nSubject: x\n\nΚάντε κλικ στον σύνδεσμο για να παραδοθεί".encode(),
    ],
)
def test_a_challenge_is_known(raw: bytes) -> None:
    """By its service, or because a machine says the sentences of such filters."""
    assert NatureKind.CHALLENGE == nature(raw).kind


@pytest.mark.parametrize(
    "raw",
    [
        b"From: carol@shop.example\nSubject: x\n\nMy customers are told: " + ASKS,
        b"From: carol@notboxbe.com\nSubject: x\n\nhello",
        b"From: no-reply@filter.test\nSubject: x\n\nYour invoice",
    ],
)
def test_who_only_talks_about_one_is_not(raw: bytes) -> None:
    """A person may quote the sentence; a machine may say something else."""
    assert NatureKind.PERSON == nature(raw).kind
