"""What is a canned text? A file `templates/LANGUAGE/canned/NAME.md`: what it is about, then its words.

    ---
    title: Use your own domain name
    topics: domains
    keywords: domain, DNS, own address
    parameters: shop?, target
    public: true
    ---

    Markdown with {{ target }}, as in other templates.

Front matter is a line a key, in this spelling and no other (it is no YAML): lists have commas, `?` marks a parameter
that may be left out. What must stay true: every fault has a sentence with the file and the key; nothing is read twice.
"""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from gateway.render import TemplateProblem

KEYS = ("title", "topics", "keywords", "parameters", "public")
NEEDED = ("title", "keywords", "public")
"""Keys that must stand there with something behind them; a text may be of no topic and take no parameter."""
MAX_BYTES = 64 * 1024
MAX_TITLE = 100
"""Characters: it stands in one line of a mail, and in lists."""
MAX_KEYWORD = 60
MAX_KEYWORDS = 80
MARK = "---"

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*)(\??)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """One text in one language; its words are not rendered yet."""

    name: str
    language: str
    title: str
    topics: tuple[str, ...]
    keywords: tuple[str, ...]
    required: tuple[str, ...]
    """Parameters that must be given."""
    optional: tuple[str, ...]
    public: bool
    """May a customer read it in a receipt, before a person has looked?"""
    source: str
    """Markdown with placeholders, after as many empty lines as the front matter has lines."""
    path: Path

    @property
    def parameters(self) -> tuple[str, ...]:
        """All of them, those that must be given first."""
        return self.required + self.optional

    def is_offered_for(self, topic: str) -> bool:
        """May a customer read it whose mail is of this topic, "" where nobody knows?"""
        return self.public and (not topic or topic in self.topics)


def read_canned(path: Path) -> Canned | None:
    """The text of a file, None where it is empty: so an operator switches a shipped one off. Raises TemplateProblem."""
    if not NAME.fullmatch(path.stem) or len(path.stem) > MAX_KEYWORD:
        raise TemplateProblem(f"{path}: the name may hold small Latin letters, digits and single hyphens")
    content = _content(path)
    if not content.strip():
        return None
    head, body = _parted(path, content)
    given = _keys(path, head)
    required, optional = _parameters(path, given.get("parameters", ""))
    return Canned(
        name=path.stem,
        language=path.parent.parent.name,
        title=_title(path, given["title"]),
        topics=_names(path, given.get("topics", "")),
        keywords=_keywords(path, given["keywords"]),
        required=required,
        optional=optional,
        public=_public(path, given["public"]),
        source="\n" * (len(head) + 2) + body,  # the lines keep their numbers
        path=path,
    )


def _content(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TemplateProblem(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise TemplateProblem(f"{path}: is larger than {MAX_BYTES // 1024} KB")
    try:
        return content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TemplateProblem(f"{path}: is not UTF-8 text (byte {error.start})") from error


def _parted(path: Path, content: str) -> tuple[list[str], str]:
    first, *lines = content.split("\n")
    if first.rstrip() != MARK:
        raise TemplateProblem(f"{path}:1: must begin with a line `{MARK}`, then the keys, one a line")
    for number, line in enumerate(lines):
        if line.rstrip() == MARK:
            body = "\n".join(lines[number + 1 :])
            if not body.strip():
                raise TemplateProblem(f"{path}:{number + 2}: there is no text below the keys")
            return lines[:number], body
    raise TemplateProblem(f"{path}: the keys must end with a line `{MARK}`")


def _keys(path: Path, lines: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for number, line in enumerate(lines, start=2):
        key, colon, value = line.partition(":")
        if not colon or key != key.strip():
            raise TemplateProblem(f"{path}:{number}: must be `key: value`, without spaces in front")
        if key not in KEYS:
            raise TemplateProblem(f"{path}:{number}: there is no key `{key[:40]}`{_nearest(key)}")
        if key in given:
            raise TemplateProblem(f"{path}:{number}: `{key}` stands there twice")
        given[key] = value.strip()
    for key in NEEDED:
        if not given.get(key):
            raise TemplateProblem(f"{path}: `{key}` is missing or empty")
    return given


def _nearest(key: str) -> str:
    near = difflib.get_close_matches(key[:40].lower(), KEYS, 1)
    return f"; did you mean `{near[0]}`?" if near else f"; the keys are {', '.join(KEYS)}"


def _title(path: Path, value: str) -> str:
    if len(value) > MAX_TITLE:
        raise TemplateProblem(f"{path}: `title` has {len(value)} characters, more than {MAX_TITLE}")
    return value


def _public(path: Path, value: str) -> bool:
    if value not in ("true", "false"):
        raise TemplateProblem(f"{path}: `public` must be true or false, not `{value[:40]}`")
    return value == "true"


def _listed(path: Path, key: str, value: str) -> tuple[str, ...]:
    if value.startswith("["):
        raise TemplateProblem(f"{path}: `{key}` is written without brackets: `{key}: one, two`")
    items = tuple(item.strip() for item in value.split(",")) if value else ()
    if not all(items):
        raise TemplateProblem(f"{path}: in `{key}` nothing stands before or after a comma")
    doubled = [item for item in items if items.count(item) > 1] if len(items) <= MAX_KEYWORDS else []
    if doubled:
        raise TemplateProblem(f"{path}: in `{key}` stands `{doubled[0][:40]}` twice")
    return items


def _names(path: Path, value: str) -> tuple[str, ...]:
    names = _listed(path, "topics", value)
    for name in names:
        if not NAME.fullmatch(name):
            raise TemplateProblem(f"{path}: in `topics`, `{name[:40]}` is no name of a topic")
    return names


def _keywords(path: Path, value: str) -> tuple[str, ...]:
    keywords = _listed(path, "keywords", value)
    if len(keywords) > MAX_KEYWORDS:
        raise TemplateProblem(f"{path}: `keywords` are {len(keywords)}, more than {MAX_KEYWORDS}")
    for keyword in keywords:
        if len(keyword) > MAX_KEYWORD:
            raise TemplateProblem(f"{path}: in `keywords`, `{keyword[:40]}…` is longer than {MAX_KEYWORD} characters")
    return keywords


def _parameters(path: Path, value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    required: list[str] = []
    optional: list[str] = []
    for item in _listed(path, "parameters", value):
        found = _PARAMETER.fullmatch(item)
        if found is None:
            why = "small letters, digits and `_`; with `?` behind it where it may be left out"
            raise TemplateProblem(f"{path}: in `parameters`, `{item[:40]}` is no name: {why}")
        if found[1] in required + optional:
            raise TemplateProblem(f"{path}: in `parameters` stands `{found[1]}` twice")
        (optional if found[2] else required).append(found[1])
    return tuple(required), tuple(optional)
