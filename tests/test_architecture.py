"""The arrows: who may import whom, and how long a file or a function may grow.

Every import counts, one inside a function too: laziness is no way around an arrow.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("tickiti_cli", "tickiti_server")
    for path in sorted((ROOT / package).rglob("*.py"))
}

FORBIDDEN = [
    # who, what it never imports, but for
    ("tickiti_cli", "tickiti_server", ""),
    ("tickiti_cli.contract", "tickiti_cli", "tickiti_cli.contract"),
    ("tickiti_server", "tickiti_cli", "tickiti_cli.contract"),
    ("tickiti_server.families", "starlette", ""),
    ("tickiti_server.families", "uvicorn", ""),
    ("tickiti_server.families", "tickiti_server.store.sqlite", ""),
    ("tickiti_server.families", "tickiti_server.app", ""),
    ("tickiti_server.families", "tickiti_server.dispatch", ""),
    ("tickiti_server.store", "tickiti_server.families", ""),
    ("tickiti_server.store", "starlette", ""),
    ("tickiti_server.store", "uvicorn", ""),
]
HOMES = {
    # a slow or a low-level library: who may name it
    "sqlite3": ("tickiti_server.store.sqlite",),
    "httpx": ("tickiti_cli.client", "tickiti_cli.transport"),
    "rich": ("tickiti_cli.tables",),
    "keyring": ("tickiti_cli.keyrings",),
    "markdown_it": ("tickiti_cli.markdown",),
}
LONGER_FILES = {
    "tickiti_cli.contract.errors": "one tree of errors, read as a whole",
}


def belongs(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def imports(module: str) -> Iterator[str]:
    """Every module named by an import; `from a import b` names `a.b`, which may be an attribute."""
    for node in ast.walk(ast.parse(SOURCES[module].read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", SOURCES)
def test_no_module_imports_against_the_arrows(module: str) -> None:
    for who, never, but in FORBIDDEN:
        if belongs(module, who):
            assert [
                name
                for name in imports(module)
                if belongs(name, never)
                and not (but and belongs(name, but))
                and name != "tickiti_cli.__version__"
            ] == []


@pytest.mark.parametrize("module", SOURCES)
def test_each_driver_is_named_in_one_place(module: str) -> None:
    for library, homes in HOMES.items():
        if not any(belongs(module, home) for home in homes):
            assert [name for name in imports(module) if belongs(name, library)] == []


STARTERS = {
    "sys.executable": ("tickiti_cli.own_programs", "tickiti_cli.systemd"),
    "subprocess": (
        "tickiti_cli.description", "tickiti_cli.editor", "tickiti_cli.first_tokens",
        "tickiti_cli.git_history", "tickiti_cli.local_data",
        "tickiti_cli.local_server", "tickiti_cli.swapping", "tickiti_cli.token_sources",
    ),
    "webbrowser": ("tickiti_cli.browser",),
}  # fmt: skip
"""Who starts a process. A new one is to be tried in tests/cli/test_current_folder.py."""


@pytest.mark.parametrize("module", SOURCES)
def test_who_starts_a_process_is_known(module: str) -> None:
    """Each must import and run nothing that is in the current folder."""
    text = SOURCES[module].read_text("utf-8")
    for name, homes in STARTERS.items():
        assert name not in text or module in homes, name


@pytest.mark.parametrize("module", [m for m in SOURCES if belongs(m, "tickiti_cli.contract")])
def test_the_contract_stands_on_the_standard_library(module: str) -> None:
    allowed = {*sys.stdlib_module_names, "tickiti_cli"}
    assert {name.partition(".")[0] for name in imports(module)} <= allowed


@pytest.mark.parametrize("module", [m for m in SOURCES if belongs(m, "tickiti_cli.commands")])
def test_commands_never_import_each_other(module: str) -> None:
    """A noun that is a folder puts its own parts together."""
    others = [name for name in imports(module) if belongs(name, "tickiti_cli.commands")]
    assert [name for name in others if not belongs(name, module)] == []


@pytest.mark.parametrize("module", SOURCES)
def test_a_file_of_more_than_300_lines_has_a_reason(module: str) -> None:
    length = len(SOURCES[module].read_bytes().splitlines())
    assert (length > 300) == (module in LONGER_FILES), f"{length} lines"


@pytest.mark.parametrize("module", SOURCES)
def test_no_function_is_longer_than_60_lines(module: str) -> None:
    functions = (
        node
        for node in ast.walk(ast.parse(SOURCES[module].read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > 60} == {}
