"""What is wrong with a canned text, in sentences: its placeholders, its links, its length."""

from gateway.canned.text import Canned
from gateway.render import AWKWARD, HARMLESS, Passage, Renderer

MAX_TEXT = 4000
"""Characters of a text, filled with short values."""
MAX_PUBLIC_TEXT = 1800
"""Of one that may stand in a receipt, below the words that its reader waits for."""
KNOWN_TO_US = frozenset({"shop"})
"""What a receipt can give; all else only a person knows."""
SCHEMES = ("http://", "https://", "mailto:")


def faults_of(canned: Canned, renderer: Renderer) -> list[str]:
    """Sentences with the file in front. Raises TemplateProblem where the Markdown or a placeholder is broken."""
    used, declared = renderer.names_in(canned.path, canned.source), frozenset(canned.parameters)
    faults = [f"uses `{name}`, which is missing in `parameters`" for name in sorted(used - declared)]
    faults += [f"in `parameters` stands `{name}`, which the text does not use" for name in sorted(declared - used)]
    if canned.public and set(canned.required) - KNOWN_TO_US:
        asked = ", ".join(sorted(set(canned.required) - KNOWN_TO_US))
        faults.append(f"a text with `public: true` goes out by itself: {asked} must get a `?` in `parameters`")
    if not faults:
        faults = _faults_of_words(canned, renderer)
    return [f"{canned.path}: {fault}" for fault in faults]


def _faults_of_words(canned: Canned, renderer: Renderer) -> list[str]:
    plain, awkward, bare = (_filled(canned, renderer, value) for value in (HARMLESS, AWKWARD, ""))
    faults = []
    if awkward.text.replace(AWKWARD, HARMLESS).split() != plain.text.split():
        faults.append("a parameter stands where its value would be changed; write it as plain text or as a link")
    if plain.html.count("<") != awkward.html.count("<"):
        faults.append("a parameter stands where its value would change the HTML around it")
    limit = MAX_PUBLIC_TEXT if canned.public else MAX_TEXT
    if len(plain.text) > limit:
        faults.append(f"the text has {len(plain.text)} characters, more than {limit}")
    faults += [f"a link leads to `{link[:60]}`; it must begin with {', '.join(SCHEMES)}" for link in _wrong_links(bare)]
    return faults


def _filled(canned: Canned, renderer: Renderer, value: str) -> Passage:
    values = {name: value or ("" if name in canned.optional else HARMLESS) for name in canned.parameters}
    return renderer.passage(canned.path, canned.source, values)


def _wrong_links(passage: Passage) -> list[str]:
    return [link for link in passage.links if not link.startswith(SCHEMES)]
