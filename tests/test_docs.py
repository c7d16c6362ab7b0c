"""What the documents say of the tests exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = [
    (document, name)
    for document in sorted((ROOT / "docs").rglob("*.md"))
    for name in re.findall(r"`(tests/[\w/]+\.py::\w+)`", document.read_text())
]


@pytest.mark.parametrize(("document", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_a_document_names_exists(document: Path, name: str) -> None:
    """File and function."""
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text())

    assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, document


@pytest.mark.parametrize("document", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=str)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """Relative links of every document, and the README's."""
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), target
