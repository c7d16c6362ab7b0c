"""What does this mail of ours say? Markdown templates, filled with values, as subject, text/plain and HTML.

A template is `LANGUAGE/NAME.md`: a first line `Subject: …`, an empty line, then Markdown with Jinja2 placeholders. The
operator's folder is searched before the shipped one, the customer's language before the default one.

What must stay true: this is the only user of Jinja2; customers' words are values only, escaped before they enter, and a
template is rendered once, never its result again (A-47).
"""

import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway import markdown
from gateway.errors import ConfigError

LANGUAGES = ("en", "el", "nl", "fr", "de")
"""Languages that we write in; the first is what others fall back to."""
DEFAULT_LANGUAGE = LANGUAGES[0]
AWKWARD = "# 1. *a* [b](javascript:c) {{7*7}} {% x %} ${x} {0.__class__} <b onclick='x'>&amp;`~|\\ -"
"""What `check_templates` puts for each placeholder: it must come out letter for letter and change nothing around it."""
HARMLESS = "Qwvx"
NOTHING: Mapping[str, str] = {}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=[-_]|$)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SUBJECT = "Subject:"
_TAG = re.compile(r"</?[a-z]+")
_BODY_STYLE = (
    "margin:8px;max-width:42em;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    "word-wrap:break-word;overflow-wrap:anywhere"
)
"""Lines that are not too long to read on a wide screen, and nothing, however long, that is wider than a telephone."""
_STYLES = {
    "ul": "margin:0 0 1em;padding-left:1.4em",
    "ol": "margin:0 0 1em;padding-left:1.8em",
    "blockquote": "margin:0 0 1em;padding-left:12px;border-left:3px solid #888",
    "pre": "margin:0 0 1em;white-space:pre-wrap",
}
_TECHNICAL = re.compile(r"<p>(##- |--- [a-z ]{1,40} ---</p>|Ref: T1-)")
_TECHNICAL_STYLE = "font-size:12px;opacity:.65"
"""Lines that programs read: less of them, on a light ground and on a dark one."""
_STYLED = re.compile(rf"<({'|'.join(_STYLES)})(?=[ >])")


class TemplateProblem(ConfigError):
    """A template is missing or wrong; `reason` names file and line. The operator's to mend, so mail waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A mail in words: the subject is one line, the text has LF line ends, the HTML is a whole document."""

    subject: str
    text: str
    html: str
    language: str
    """Of the template that was found, which may not be the one asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text that is no whole mail, in words: it becomes a value of one that is."""

    markdown: str
    """What all the rest is made of: every value in it is escaped already."""

    @property
    def text(self) -> str:
        """As text/plain. A paragraph is one line, however long: as a value its lines last."""
        return _as_text(self.markdown)

    @property
    def html(self) -> str:
        """As a fragment of HTML."""
        return markdown.to_html(markdown.parse(self.markdown))

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, whether they are left in the HTML or not."""
        return tuple(markdown.links(markdown.parse(self.markdown)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    path: Path
    language: str
    subject: Template
    body: Template


@lru_cache(maxsize=256)  # the texts of a desk are few, and a receipt for many a mail holds the same one
def _as_text(source: str) -> str:
    return markdown.to_text(markdown.parse(source), sys.maxsize).strip("\n")


class Renderer:
    """Renders templates of these folders, then of the shipped one; keeps each compiled, so files are read once.

    Usable from any thread.
    """

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        self._directories = tuple(dict.fromkeys((*directories, *template_directories(None))))
        self._environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
        )
        self._environment.filters["flowing"] = markdown.flowing
        self._compiled: dict[tuple[str, str], _Compiled] = {}
        self._passages: dict[Path, Template] = {}

    def render(
        self,
        template: str,
        language: str,
        values: Mapping[str, str],
        formatted: Mapping[str, str] = NOTHING,
        *,
        width: int = markdown.WIDTH,
    ) -> Rendered:
        """The mail that this template makes of these values, in this language or the nearest one there is.

        What is `formatted` is Markdown in which every word is escaped already; it stands in place of the value.

        Raises TemplateProblem where there is no such template, or it cannot be read, or names what `values` lacks.
        """
        compiled = self._find(template, language)
        subject = self._fill(compiled.path, compiled.subject, values)
        escaped = {name: markdown.escape(value) for name, value in values.items()}
        source = self._fill(compiled.path, compiled.body, {**escaped, **formatted})
        tokens = markdown.parse(source)
        text = markdown.to_text(tokens, width)  # before the HTML, which changes the tokens
        return Rendered(
            subject=" ".join(subject.split()),
            text=text,
            html=_document(markdown.to_html(tokens), compiled.language),
            language=compiled.language,
        )

    def passage(self, path: Path, source: str, values: Mapping[str, str]) -> Passage:
        """A text that is no whole mail, filled with these values as `render` does; `path` is where its source stands.

        Raises TemplateProblem where the source is wrong or names what `values` lacks.
        """
        if path not in self._passages:
            self._passages[path] = self._template(path, source)
        escaped = {name: markdown.escape(value) for name, value in values.items()}
        return Passage(markdown=self._fill(path, self._passages[path], escaped).strip("\n"))

    def names_in(self, path: Path, source: str) -> frozenset[str]:
        """The names that the source of a passage asks for. Raises TemplateProblem."""
        try:
            return frozenset(meta.find_undeclared_variables(self._environment.parse(source)))
        except TemplateSyntaxError as error:
            raise TemplateProblem(f"{path}:{error.lineno}: {error.message}") from error

    def _find(self, template: str, language: str) -> _Compiled:
        found = self._compiled.get((template, language))
        if found is None:
            path, tongue = self._path(template, language)
            found = self._compile(path, tongue)
            self._compiled[template, language] = found
        return found

    def _path(self, template: str, language: str) -> tuple[Path, str]:
        # A language comes from mail headers and a name from code; neither may lead out of the folder.
        match = _LANGUAGE.match(language.lower())
        languages = dict.fromkeys(([match[0]] if match else []) + [DEFAULT_LANGUAGE])
        if _NAME.fullmatch(template):
            for tongue in languages:
                for directory in self._directories:
                    path = directory / tongue / f"{template}.md"
                    if path.is_file():
                        return path, tongue
        places = " or ".join(str(directory) for directory in self._directories)
        raise TemplateProblem(f"there is no template {DEFAULT_LANGUAGE}/{template}.md in {places}")

    def _compile(self, path: Path, language: str) -> _Compiled:
        subject, body = _split(path)
        return _Compiled(
            path=path, language=language, subject=self._template(path, subject), body=self._template(path, body)
        )

    def _template(self, path: Path, source: str) -> Template:
        try:
            code = self._environment.compile(source, name=path.name, filename=str(path))
        except TemplateSyntaxError as error:
            raise TemplateProblem(f"{path}:{error.lineno}: {error.message}") from error
        return Template.from_code(self._environment, code, self._environment.make_globals(None), None)

    def _fill(self, path: Path, template: Template, values: Mapping[str, str]) -> str:
        try:
            return template.render(values)
        except TemplateError as error:
            raise TemplateProblem(f"{path}:{_line(error, path)}: {error.message}") from error
        except Exception as error:  # an expression of the operator's that cannot be worked out
            where = f"{path}:{_line(error, path)}"
            raise TemplateProblem(f"{where}: {type(error).__name__}: {error}") from error

    def placeholders(self, template: str, language: str) -> frozenset[str]:
        """The names that a template asks for."""
        path, _ = self._path(template, language)
        return self.names_in(path, "".join(_split(path)))

    def check_templates(self) -> list[str]:
        """What is wrong with the templates, one sentence each: every file, filled with awkward data."""
        problems: list[str] = []
        shipped = Renderer()
        for path in sorted({path for folder in self._directories for path in folder.glob("*/*.md")}):
            language, name = path.parent.name, path.stem
            try:
                if self._path(name, language)[0] == path:  # else another folder's is used in its place
                    problems += self._check(name, language, path, shipped)
            except TemplateProblem as problem:
                problems.append(problem.reason)
        return problems

    def _check(self, name: str, language: str, path: Path, shipped: "Renderer") -> list[str]:
        if not (self._directories[-1] / DEFAULT_LANGUAGE / f"{name}.md").is_file():
            return [f"{path}: no mail of the gateway has this name"]
        known = shipped.placeholders(name, DEFAULT_LANGUAGE)
        unknown = self.placeholders(name, language) - known
        if unknown:
            listed = ", ".join(sorted(known)) or "none"
            return [f"{path}: does not know {', '.join(sorted(unknown))}; placeholders of {name} are: {listed}"]
        plain = self.render(name, language, dict.fromkeys(known, HARMLESS))
        # In lines without an end: where lines are broken depends on the length of a value.
        awkward = self.render(name, language, dict.fromkeys(known, AWKWARD), width=sys.maxsize)
        self.render(name, language, dict.fromkeys(known, ""))
        problems = []
        shown = awkward.text.replace(AWKWARD, HARMLESS).replace(markdown.link_target(AWKWARD), HARMLESS)
        if shown.split() != plain.text.split():
            problems.append(f"{path}: a placeholder stands where its value would be changed; write it as plain text")
        if _TAG.findall(awkward.html) != _TAG.findall(plain.html):
            problems.append(f"{path}: a placeholder stands where its value would change the HTML around it")
        return problems


def template_directories(own: Path | None) -> tuple[Path, ...]:
    """Where templates are searched: the operator's folder, if there is one, then the shipped one."""
    package = Path(__file__).parent
    shipped = package / "_templates"  # in an installed wheel; in a checkout they stand beside the package
    if not shipped.is_dir():
        shipped = package.parent / "templates"
    return (own, shipped) if own else (shipped,)


def _split(path: Path) -> tuple[str, str]:
    try:
        first, _, rest = path.read_bytes().decode("utf-8").replace("\r\n", "\n").partition("\n")
    except OSError as error:
        raise TemplateProblem(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateProblem(f"{path}: is not UTF-8 text (byte {error.start})") from error
    if not first.startswith(_SUBJECT) or rest.partition("\n")[0].strip():
        raise TemplateProblem(f"{path}:1: must begin with a line `{_SUBJECT} …` and an empty line")
    return first.removeprefix(_SUBJECT).strip(), "\n" + rest  # the empty line keeps the numbers of the lines


def _line(error: BaseException, path: Path) -> int:
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else 1


def _document(fragment: str, language: str) -> str:
    """The whole document, styled after the fragment was cleaned: no style of anybody else's is in it (A-42).

    Styles stand at their elements, for many mail programs drop the head. No colour of text or ground is set: the mail
    program's own ones are kept, dark ones too.
    """
    fragment = _TECHNICAL.sub(lambda found: f'<p style="{_TECHNICAL_STYLE}">{found[1]}', fragment)
    fragment = _STYLED.sub(lambda found: f'{found[0]} style="{_STYLES[found[1]]}"', fragment)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"></head>\n'
        f'<body dir="auto" style="{_BODY_STYLE}">\n{fragment}</body>\n</html>\n'
    )
