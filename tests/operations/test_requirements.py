"""The requirements name what the code imports, and every line says why it is there."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("accounts", "analysis", "common", "config", "content", "demo_models", "generation", "operations")
PRODUCT_FILES = (
    "requirements.txt",
    "requirements-models.txt",
    "requirements-mysql.txt",
    "requirements-audiocraft.txt",
)
OURS = {*PRODUCT, "tests", "benchmarks"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_lines(*files: str) -> list[str]:
    lines = [line for name in files for line in (ROOT / name).read_text().splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def named_in(*files: str) -> set[str]:
    return {canonical(re.split(r"[\[=]", line)[0]) for line in requirement_lines(*files)}


def imported_by(*folders: str) -> dict[str, str]:
    """Top-level modules of third parties → a file that imports them."""
    found = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top not in OURS and top not in sys.stdlib_module_names:
                    found[top] = str(path.relative_to(ROOT))
    return found


@pytest.mark.parametrize(
    ("folders", "files"),
    [
        (PRODUCT, PRODUCT_FILES),
        (("tests", "benchmarks"), (*PRODUCT_FILES, "requirements-dev.txt")),
    ],
)
def test_every_import_is_a_requirement(folders: tuple[str, ...], files: tuple[str, ...]) -> None:
    distributions = packages_distributions()
    # Parts of Django's and Daphne's own interfaces.
    named = named_in(*files) | {"asgiref", "twisted", "zope-interface"}

    missing = {
        module: path
        for module, path in imported_by(*folders).items()
        if not named & {canonical(name) for name in distributions.get(module, [module])}
    }

    assert missing == {}


def test_every_requirement_is_pinned_and_says_why() -> None:
    lines = requirement_lines(*(path.name for path in ROOT.glob("requirements*.txt")))

    assert [line for line in lines if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==\S+ +# .{8,}", line)] == []
