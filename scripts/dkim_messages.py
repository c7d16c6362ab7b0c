"""Runs dkimpy's own test messages through our DKIM, beside dkimpy itself, and names every signature judged otherwise.

    make dkim-messages DIR=DIR                         (DIR, or any folder below, holds dkimpy's test data)

Two passes. Every signature that a message has is verified with the keys that dkimpy's tests use. Then every message is
signed anew, in each canonicalisation and with RSA and Ed25519, and must pass; with one letter added to its text it must
fail. Ours may be stricter than dkimpy: that is printed with the reason. Ends with 1 where ours is milder, or where a
message that should pass does not; with 2 where there are no messages.
"""

import argparse
import base64
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import dkim as library
from nacl.signing import SigningKey
from rich.console import Console

from gateway.authn import dkim
from gateway.authn.resolver import Resolver
from gateway.authn.signed import SignedMail
from gateway.authn.zone import Zone
from gateway.clock import FixedClock
from gateway.config import Dns

AT = datetime(2018, 7, 1, tzinfo=UTC)
SUFFIXES = (".msg", ".message", ".mbox")
FORMS = tuple(product((b"relaxed", b"simple"), repeat=2))
ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""The public key of RFC 8463 appendix A."""
GMAIL = (
    "k=rsa; "
    "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1Kd87/UeJjenpabgbFwh+eBCsSTrqmwIYYvywlbhbqoo2DymndFkbjOVIPIldNs/"
    "m40KF+yzMn1skyoxcTUGCQs8g3FgD2Ap3ZB5DekAo5wMmk4wimDO+U8QzI3SD07y2+07wlNWwIt8svnxgdxGkVbbhzY8i+RQ9DpSVpPbF7ykQxtKXkv/"
    "ahW3KjViiAH+ghvvIhkx4xYSIc9oSwVmAl5OctMEeWUwg8Istjqz8BZeTWbf41fbNhte7Y+YqZOwq1Sd0DbvYAD9NOZK9vlfuac0598HY+vtSBczUiKE"
    "RHv1yRbcaQtZFh5wtiRrN04BLUTD21MycBX5jYchHjPY/wIDAQAB"
)
"""What 20120113._domainkey.gmail.com published when the message was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One signature: what it is of, what dkimpy says, what ours says."""

    what: str
    passes_there: bool
    ours: dkim.Signature

    @property
    def is_missed(self) -> bool:
        """Ours is milder, or is stricter without a rule that says so ("neutral", "permerror")."""
        if self.passes_there:
            return self.ours.result not in ("pass", "neutral", "permerror")
        return self.ours.result == "pass"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both passes; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where dkimpy's test data are, in any folder below")
    folder: Path = parser.parse_args(arguments).folder
    files = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not files:
        sys.stderr.write(f"there is no message ({', '.join(SUFFIXES)}) in {folder} or below\n")
        return 2
    console = Console(highlight=False, soft_wrap=True, markup=False)
    verdicts = [*_as_they_are(files), *_signed_anew(files)]
    for verdict in verdicts:
        is_strict = verdict.passes_there and verdict.ours.result != "pass"
        if verdict.is_missed or is_strict:
            word = "MISS" if verdict.is_missed else "strict"
            console.print(f"{word:6} {verdict.what}: {verdict.ours.result} ({verdict.ours.why})")
    missed = sum(verdict.is_missed for verdict in verdicts)
    passed = sum(verdict.ours.result == "pass" for verdict in verdicts)
    console.print(f"{len(files)} messages, {len(verdicts)} signatures, {passed} pass, {missed} missed")
    return 1 if missed else 0


def _as_they_are(files: Sequence[Path]) -> Iterator[Verdict]:
    key = next(
        (file.parent / "test.txt").read_text("ascii").strip() for file in files if (file.parent / "test.txt").exists()
    )
    records = {
        "test._domainkey.example.com": key,
        "test._domainkey.football.example.com": key,
        "brisbane._domainkey.football.example.com": ED25519,
        "20120113._domainkey.gmail.com": GMAIL,
    }
    for file in files:
        yield from _judged(file.name, file.read_bytes(), records)


def _signed_anew(files: Sequence[Path]) -> Iterator[Verdict]:
    made = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], check=True, capture_output=True).stdout
    der = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=made, check=True, capture_output=True
    ).stdout
    small = SigningKey.generate()
    keys = (
        (b"rsa-sha256", made, "rsa", der),
        (b"ed25519-sha256", base64.b64encode(bytes(small)), "ed25519", bytes(small.verify_key)),
    )
    for file, form, (algorithm, private, kind, public) in product(files, FORMS, keys):
        raw, what = file.read_bytes(), f"{file.name} {b'/'.join(form).decode()} {kind}"
        record = {"s1._domainkey.signer.test": f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"}
        try:
            field = library.sign(raw, b"s1", b"signer.test", private, canonicalize=form, signature_algorithm=algorithm)
        except (library.ParameterError, library.MessageFormatError):
            continue  # no From field, or no mail at all
        yield next(_judged(what, field + raw, record))
        yield next(_judged(f"{what}, changed", field + raw.rstrip() + b"x\r\n", record))


def _judged(what: str, raw: bytes, records: dict[str, str]) -> Iterator[Verdict]:
    lines = [f"{name}. 60 IN TXT {_strings(value)}\n" for name, value in records.items()]
    resolver = Resolver(Dns(), FixedClock(AT), Zone("".join(lines), what)).for_mail()
    mail = SignedMail(raw)
    for number, found in enumerate(dkim.find(mail, AT)):
        ours = dkim.verify(mail, found, resolver)
        yield Verdict(what=what, passes_there=_passes_there(raw, number, records), ours=ours)


def _passes_there(raw: bytes, number: int, records: dict[str, str]) -> bool:
    try:
        answer = library.DKIM(raw).verify(
            number, lambda name, timeout=5: records.get(name.decode("ascii", "replace").rstrip("."), "")
        )
        return bool(answer)
    except library.DKIMException:
        return False


def _strings(value: str) -> str:
    return " ".join(f'"{value[start : start + 200]}"' for start in range(0, len(value), 200))


if __name__ == "__main__":
    sys.exit(main())
