"""A mail's HTML as a picture, in headless Chromium, as wide as a screen and as high as the mail."""

import base64
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

BROWSER = "chromium-headless-shell"
SHRINKER = "pngquant"
MISSING = f"{BROWSER} and {SHRINKER} are needed: scripts/apt-install tests/pictures-packages.txt"
_MEASURE = (
    "<script>addEventListener('load', () => { const e = document.documentElement;"
    " document.title = e.scrollWidth + 'x' + e.scrollHeight })</script>"
)


class TooWide(Exception):
    """A part of the mail is wider than the screen."""


def missing() -> str:
    """What is to be installed; "" where all is there."""
    return "" if shutil.which(BROWSER) and shutil.which(SHRINKER) else MISSING


def draw(html: str, pictures: dict[str, bytes], width: int, to: Path, *, dark: bool = False) -> None:
    """The PNG of a mail. Raises TooWide where one would have to scroll sideways."""
    for name, content in pictures.items():
        html = html.replace(f"cid:{name}", f"data:image/png;base64,{base64.b64encode(content).decode()}")
    with TemporaryDirectory() as folder:
        page, raw = Path(folder, "mail.html"), Path(folder, "mail.png")
        page.write_text(html + _MEASURE, "utf-8")
        wide, high = _size(_run(page, width, 100, "--dump-dom", dark=dark))
        if wide > width:
            raise TooWide(f"{to.name}: {wide} pixels wide on a screen of {width}")
        page.write_text(html, "utf-8")
        _run(page, width, high, f"--screenshot={raw}", "--hide-scrollbars", dark=dark)
        shrink = [SHRINKER, "--force", "--strip", "--speed=1", "--output", str(to), "32", str(raw)]
        subprocess.run(shrink, check=True, capture_output=True)


def _run(page: Path, width: int, height: int, *options: str, dark: bool) -> str:
    command = [BROWSER, "--no-sandbox", "--disable-gpu", f"--window-size={width},{height}", *options]
    if dark:
        command.append("--blink-settings=preferredColorScheme=0")
    # An empty profile of its own, and no network: a mail that loads something shows a gap.
    command += [f"--user-data-dir={page.parent}/profile", "--proxy-server=127.0.0.1:1", page.as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def _size(document: str) -> tuple[int, int]:
    found = re.search(r"<title>(\d+)x(\d+)</title>", document)
    if found is None:
        raise RuntimeError("the browser did not measure the mail")
    return int(found[1]), int(found[2])
