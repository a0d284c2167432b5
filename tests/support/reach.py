"""Which modules of tests can notice where the databases are, and which need PostgreSQL anyway.

Rule: only tests/support/databases.py reads TICKITI_TEST_STORE, and tests/conftest.py, which asks
here. A module whose imports do not lead to the former does the same whatever the variable says.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATABASES = ROOT / "tests/support/databases.py"


def knows_the_store(module: Path) -> bool:
    """Whether the imports of a test module, or of a conftest.py above it, lead to `databases`."""
    return any(DATABASES in _reached(path) for path in _with_conftests(module))


@cache
def needs_postgresql(module: Path) -> bool:
    """Whether a test module, or a conftest.py above it, imports the tests' cluster by its name.

    The text is searched, because every run asks this about every module: to parse them takes
    seconds."""
    name = b"\nfrom tests.support.cluster import "
    return any(name in path.read_bytes() for path in _with_conftests(module))


def _with_conftests(module: Path) -> list[Path]:
    folders = [folder for folder in module.parents if ROOT / "tests" in folder.parents]
    conftests = (folder / "conftest.py" for folder in folders)
    return [module, *(path for path in conftests if path.exists())]


def _reached(module: Path) -> set[Path]:
    """The modules of tests that this one imports, itself or through others, at whatever depth."""
    found = {module}
    waiting = [module]
    while waiting:
        new = _imported(waiting.pop()) - found
        found |= new
        waiting += new
    return found


@cache
def _imported(module: Path) -> frozenset[Path]:
    tree = ast.parse(module.read_bytes())
    return frozenset(
        path for node in ast.walk(tree) for name in _names(node) if (path := _file(name))
    )


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str) -> Path | None:
    """The module of tests of this name; None for every other name."""
    if not name.startswith("tests."):
        return None
    path = ROOT.joinpath(*name.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in candidates if each.exists()), None)
