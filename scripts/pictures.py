"""How do our mails look? Pictures of them as a telephone and a desktop show them, and their text at 80 columns.

    make pictures
    .venv/bin/python -m scripts.pictures [--to docs/pictures/mails]

The mails are those of an invented day, made by the gateway's own composing. docs/pictures.md tells what to look for.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from scripts import pictures_browser as browser
from scripts.pictures_mails import mail

PHONE, DESKTOP = 390, 1100
FOLDER = Path("docs/pictures/mails")
MOST_BYTES = 2_000_000
SHOWN = (
    *(("notification", language, width) for language in ("en", "el", "de") for width in (PHONE, DESKTOP)),
    *(("notification", language, PHONE) for language in ("nl", "fr")),
    *(("answer", language, PHONE) for language in ("en", "el")),
    ("answer", "de", DESKTOP),
    ("receipt", "en", PHONE),
    ("receipt", "el", PHONE),
    ("ask_shop", "nl", PHONE),
    ("waiting", "fr", PHONE),
    ("solved", "de", PHONE),
    ("feedback", "el", PHONE),
    ("invite", "en", PHONE),
    ("delayed", "nl", PHONE),
    ("neutral", "fr", PHONE),
    ("confirm_request", "de", PHONE),
)
"""Template, language, width in pixels."""
DARK = (("notification", "en"), ("answer", "en"))
"""Once more as a telephone shows them at night."""


def main(arguments: list[str]) -> int:
    """Draw all, and write their texts beside them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=FOLDER)
    folder = parser.parse_args(arguments).to
    console = Console()
    if problem := browser.missing():
        console.print(problem)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.png"), *folder.glob("*.txt")):
        old.unlink()
    for template, language, width in SHOWN:
        seen = mail(template, language)
        browser.draw(seen.html, seen.pictures, width, folder / picture_name(template, language, width))
        (folder / f"{template}-{language}.txt").write_text(f"Subject: {seen.subject}\n\n{seen.text}", "utf-8")
    for template, language in DARK:
        seen = mail(template, language)
        browser.draw(seen.html, seen.pictures, PHONE, folder / f"{template}-{language}-dark.png", dark=True)
    size = sum(path.stat().st_size for path in folder.iterdir())
    console.print(f"{len(SHOWN) + len(DARK)} pictures in {folder}, {size / 1000:.0f} kB")
    return 0 if size <= MOST_BYTES else 1


def picture_name(template: str, language: str, width: int) -> str:
    """The file of a picture."""
    return f"{template}-{language}-{'phone' if width == PHONE else 'desktop'}.png"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
