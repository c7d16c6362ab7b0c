"""How well is mail told apart? Measured on labelled collections, every miss named with its reason.

    make accuracy [CORPORA=DIR]
    .venv/bin/python -m scripts.accuracy [DIR] [--only natures]… [--all]

DIR holds the collections, a folder each (docs/accuracy.md names them and says how each figure is made); without it only
what is measured on texts of our own. Ends with 1 where a figure is below what is wanted.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from scripts import (
    accuracy_canned,
    accuracy_language,
    accuracy_natures,
    accuracy_replies,
    accuracy_spam,
    accuracy_topics,
)

MEASURES: dict[str, Callable[[Path, Console], bool]] = {
    "natures": accuracy_natures.measure,
    "replies": accuracy_replies.measure,
    "spam": accuracy_spam.measure,
}
"""Each prints its figures and says whether they are as wanted."""
OWN: dict[str, Callable[[Console], bool]] = {
    "canned": accuracy_canned.measure,
    "language": accuracy_language.measure,
    "topics": accuracy_topics.measure,
}
"""The same, on texts of our own: they need no collections."""
WITHOUT: dict[str, Callable[[Console], bool]] = {
    "natures": accuracy_natures.measure_own,
    "replies": accuracy_replies.measure_own,
}
"""What of the first remains where there are no collections: texts of our own."""
OF_ALL = {"spam": accuracy_spam.measure_all}
"""In place of a measure that otherwise takes a sample, because every mail would take long."""


def main(arguments: list[str]) -> int:
    """Run the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="?")
    parser.add_argument("--only", action="append", choices=sorted(MEASURES | OWN))
    parser.add_argument("--all", action="store_true", help="every mail, where otherwise a sample is measured (spam)")
    options = parser.parse_args(arguments)
    corpora: Path | None = options.corpora
    own = OWN if corpora else OWN | WITHOUT
    names = options.only or [*own, *(MEASURES if corpora else ())]
    if corpora is None and not own.keys() >= set(names):
        parser.error("say in which folder the collections are")
    console = Console()
    measures = MEASURES | OF_ALL if options.all else MEASURES
    results = [own[name](console) if name in own else measures[name](corpora or Path(), console) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
