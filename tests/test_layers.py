"""The layer table of docs/architecture.md against every import of the program."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gateway"
FREE = {"clock", "errors", "model", "folding"}
SHARED_LIBRARIES = {"sqlalchemy", "email", "pydantic", "dkim", "aiosmtplib", "logging", "tomllib"}


def table() -> dict[str, tuple[set[str], set[str]]]:
    """The table: module → what it may import, and its own libraries."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    # The header line and the one below it are no modules.
    rows = re.findall(r"^\| ([\w.]+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", text.partition("## Layers")[2], re.MULTILINE)
    return {
        module: (set(re.findall(r"[\w.]+", allowed)), set(re.findall(r"\w+", libraries)))
        for module, allowed, libraries in rows
        if module != "module"
    }


def files() -> list[Path]:
    """Every file of the program."""
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The first part of a file's module below `gateway`; the package itself is "gateway"."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "gateway" if parts == ("__init__",) else parts[0]


def imports(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            if node.module == "gateway":
                yield from (f"gateway.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def test_every_module_stands_in_the_table() -> None:
    """None is missing, none is told of that does not exist."""
    modules = {module_of(path) for path in files()} - {"gateway"}

    assert set(table()) == modules


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_its_layer_may(path: Path) -> None:
    """Inside the program: by the third column."""
    module = module_of(path)
    if module == "gateway":
        return
    allowed = table()[module][0]
    for name in imports(path):
        if not name.startswith("gateway."):
            continue
        target = name.removeprefix("gateway.")
        first = target.split(".")[0]
        fits = "all" in allowed or any(target == entry or target.startswith(f"{entry}.") for entry in allowed)
        assert first in FREE | {module, "__version__"} or fits, f"{module} may not import {name}"


def test_a_library_with_a_home_appears_only_there() -> None:
    """Outside libraries: by the fourth column."""
    homes: dict[str, set[str]] = {}
    for module, (_, libraries) in table().items():
        for library in libraries:
            homes.setdefault(library, set()).add(module)
    for path in files():
        for name in imports(path):
            library = name.split(".")[0]
            if library in homes and module_of(path) not in homes[library]:
                assert library in SHARED_LIBRARIES, f"{path}: {library} belongs to {', '.join(sorted(homes[library]))}"


def test_there_are_no_circles_between_packages() -> None:
    """Following the third column never comes back."""
    allowed = {module: {entry.split(".")[0] for entry in row[0]} - {module} for module, row in table().items()}

    def follow(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"circle: {' → '.join((*path, module))}"
        for target in allowed.get(module, set()) - {"all"}:
            follow(target, (*path, module))

    for module in allowed:
        follow(module, ())
