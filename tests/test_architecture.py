"""The arrows: who may import whom, and how long a file or a function may grow.

Every import counts, one inside a function too: laziness is no way around an arrow. One test holds a
rule for all modules, because a test for each of them would be a third of all tests.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
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
    ("tickiti_server.api", "starlette", ""),
    ("tickiti_server.api", "uvicorn", ""),
    ("tickiti_server.api", "tickiti_server.store.sqlite", ""),
    ("tickiti_server.api", "tickiti_server.http.app", ""),
    ("tickiti_server.api", "tickiti_server.http.pipeline", ""),
    ("tickiti_server.store", "tickiti_server.api", ""),
    ("tickiti_server.delivery", "tickiti_server.api", ""),
    ("tickiti_server.periodic", "tickiti_server.api", ""),
    ("tickiti_server.store", "starlette", ""),
    ("tickiti_server.store", "uvicorn", ""),
]
HOMES = {
    # a slow or a low-level library: who may name it
    "sqlite3": ("tickiti_server.store.sqlite",),
    "tickiti_server.store.sqlite": ("tickiti_server.store.open", "tickiti_server.store.sqlite"),
    "psycopg": ("tickiti_server.store.postgres",),
    "psycopg_pool": ("tickiti_server.store.postgres",),
    "tickiti_server.store.postgres": (
        "tickiti_server.store.open",
        "tickiti_server.store.postgres",
    ),
    "jinja2": ("tickiti_server.page.templating",),
    "python_multipart": ("tickiti_server.http.uploads.multipart",),
    "httpx": ("tickiti_cli.api.connection.proxied",),
    "rich": ("tickiti_cli.output.tables.terminal",),
    "keyring": ("tickiti_cli.credentials.keyring",),
    "markdown_it": ("tickiti_cli.input.markdown",),
    "nh3": ("tickiti_cli.commands.ticket.page.web_page", "tickiti_server.rendering.sanitiser"),
    "platformdirs": ("tickiti_cli.paths",),
    "typer._click": ("tickiti_cli.parser.typer_private",),
    "typer._types": ("tickiti_cli.parser.typer_private",),
}
GENERATED = ("tickiti_cli.python.endpoints", "tickiti_cli.python.types")
"""Modules that a program writes: as long as what they describe."""

LONGER_FILES = {
    "tickiti_cli.contract.errors": "one tree of errors, read as a whole",
}


def belongs(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def nodes(module: str) -> tuple[ast.AST, ...]:
    """All nodes of a module's syntax tree. A module is parsed once for all tests."""
    return tuple(ast.walk(ast.parse(SOURCES[module].read_bytes())))


@cache
def imports(module: str) -> tuple[str, ...]:
    """Every module named by an import; `from a import b` names `a.b`, which may be an attribute."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[str]:
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offences(of: Callable[[str], object], modules: Iterable[str] = SOURCES) -> dict[str, object]:
    """What is wrong with each module, without those that keep the rule."""
    return {module: found for module in modules if (found := of(module))}


def modules_of(package: str) -> list[str]:
    return [module for module in SOURCES if belongs(module, package)]


def forbidden_imports(module: str) -> list[str]:
    return [
        name
        for who, never, but in FORBIDDEN
        if belongs(module, who)
        for name in imports(module)
        if belongs(name, never)
        and not (but and belongs(name, but))
        and name != "tickiti_cli.__version__"
    ]


def test_imports_follow_the_allowed_arrows() -> None:
    assert offences(forbidden_imports) == {}


LEAVES = {
    "tickiti_cli": {
        "contract", "control_characters", "encoding", "errors", "paths", "standard_input",
        "suggest",
    },
    "tickiti_server": {
        "allocator", "clock", "crash_points", "identifiers", "settings", "supervisor",
    },
}  # fmt: skip
"""Modules and folders that import at most each other; everybody may import them."""

LAYERS = {
    "tickiti_cli": {
        "__main__": {"api", "exits", "output", "own_programs", "parser", "runtime"},
        "commands": {
            "api", "bulk", "bundled_server", "config", "credentials", "files", "input", "output",
            "parser", "reference", "runtime", "tokens",
        },
        "exits": {"api", "input", "output", "parser", "runtime"},
        "python": {"api", "bundled_server", "config", "own_programs"},
        "pytest_plugin": {"python"},
        "bulk": {"api", "config", "files", "input", "output", "parser", "runtime"},
        "tokens": {"api", "config", "credentials", "files", "runtime"},
        "bundled_server": {"config", "credentials", "files", "output", "own_programs", "runtime"},
        "reference": {"config", "files", "parser"},
        "input": {"api", "output", "parser", "runtime"},
        "parser": {"config", "output", "runtime"},
        "runtime": {"api", "config", "files", "output", "senders"},
        "senders": {"api", "config", "output"},
        "api": {"config", "files", "output"},
        "output": {"config"},
        "config": {"credentials", "files"},
        "credentials": {"files"},
        "files": set(),
        "own_programs": set(),
    },
    "tickiti_server": {
        "__main__": {"auth", "logs", "maintenance", "prepare", "serve", "store"},
        "maintenance": {"store"},
        "prepare": {"api", "auth", "idempotency", "store"},
        "engine": {"store"},
        "serve": {
            "auth", "connection", "http", "idempotency", "logs", "page", "periodic", "shutdown",
            "store",
        },
        "page": {"api", "auth", "http", "logs", "rendering", "shutdown", "store", "validation"},
        "connection": {"http", "logs", "shutdown", "validation"},
        "http": {
            "api", "auth", "delivery", "documentation", "idempotency", "logs", "periodic",
            "shutdown", "store", "validation",
        },
        "documentation": {"api", "validation"},
        "api": {"auth", "delivery", "idempotency", "logs", "rendering", "store", "validation"},
        "delivery": {"rendering", "store", "validation"},
        "periodic": {"idempotency", "rendering", "store"},
        "auth": {"store"},
        "idempotency": {"store", "validation"},
        "rendering": {"validation"},
        "shutdown": {"logs"},
        "logs": {"validation"},
        "store": {"rendering"},
        "validation": set(),
    },
}  # fmt: skip
"""Which folders of its package each folder imports, type-only imports included: at most these."""

PACKAGES = sorted(LAYERS)


def layer_of(name: str) -> str:
    return name.split(".")[1]


def layers_below(package: str) -> dict[str, set[str]]:
    """The folders that each folder of a package imports, but for itself."""
    found: dict[str, set[str]] = {}
    for module in SOURCES:
        if belongs(module, package) and module != package:
            below = {
                layer_of(owner(name))
                for name in imports(module)
                if belongs(name, package) and owner(name) != package
            }
            found.setdefault(layer_of(module), set()).update(below - {layer_of(module)})
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_each_folder_imports_only_the_listed_folders(package: str) -> None:
    allowed, leaves = LAYERS[package], LEAVES[package]
    against = {
        layer: below - leaves - allowed.get(layer, set())
        for layer, below in layers_below(package).items()
    }
    assert {layer: names for layer, names in against.items() if names} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_listed_folders_exist_and_form_no_circle(package: str) -> None:
    found = layers_below(package)
    assert LAYERS[package].keys() | LEAVES[package] == found.keys()
    tuple(TopologicalSorter(found).static_order())


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_form_no_circle(package: str) -> None:
    arrows = {
        module: {owner(name) for name in imports(module) if belongs(name, package)} - {module}
        for module in SOURCES
        if belongs(module, package)
    }
    tuple(TopologicalSorter(arrows).static_order())


MOST_MODULES = 12
"""Modules of one folder, so that `ls` of any folder is read at a glance."""


def test_a_folder_holds_at_most_twelve_modules() -> None:
    """A noun's folder may have more: its files are its verbs."""
    modules: dict[Path, list[str]] = {}
    for path in SOURCES.values():
        if path.name != "__init__.py" and path.parents[1] != ROOT / "tickiti_cli" / "commands":
            modules.setdefault(path.parent.relative_to(ROOT), []).append(path.name)
    assert {at: names for at, names in modules.items() if len(names) > MOST_MODULES} == {}


def test_each_package_has_twelve_folders_at_most() -> None:
    for package in PACKAGES:
        folders = [path for path in (ROOT / package).iterdir() if (path / "__init__.py").exists()]
        assert len(folders) <= MOST_FOLDERS[package], sorted(path.name for path in folders)


MOST_FOLDERS = {"tickiti_cli": 14, "tickiti_server": 13}
"""Twelve, and in the CLI `files`, because the one place that writes files has five modules, and
`python`, the client for Python, which no command imports; in the server `page`, because no request
of a program needs anything of it."""

NOT_EMPTY = {
    "tickiti_cli": "the version, which the build reads",
    "tickiti_cli.python": "what integrators import; no command does",
    "tickiti_cli.commands.doctor": "doctor is a command without verbs: its app comes from run.py",
}


def test_a_package_is_empty_or_names_the_verbs_of_a_noun() -> None:
    """A re-export costs what it imports, at every start."""
    packages = [module for module, path in SOURCES.items() if path.name == "__init__.py"]
    filled = offences(lambda module: SOURCES[module].read_text("utf-8"), packages)
    nouns = {module for module in filled if module.startswith("tickiti_cli.commands.")}
    assert filled.keys() - nouns - NOT_EMPTY.keys() == set()


def test_sql_is_in_the_store_alone() -> None:
    statement = re.compile(
        r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL
    )
    found = {
        module
        for module in SOURCES
        for node in nodes(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and statement.search(node.value)
    }
    assert {module for module in found if not belongs(module, "tickiti_server.store")} == set()


def owner(name: str) -> str:
    """The module that an imported name belongs to."""
    while name not in SOURCES:
        name = name.rpartition(".")[0]
    return name


def homeless_imports(module: str) -> list[str]:
    return [
        name
        for library, homes in HOMES.items()
        if not any(belongs(module, home) for home in homes)
        for name in imports(module)
        if belongs(name, library)
    ]


def test_drivers_are_named_in_one_place() -> None:
    assert offences(homeless_imports) == {}


STARTERS = {
    "sys.executable": (
        "tickiti_cli.own_programs", "tickiti_cli.bundled_server.systemd",
        "tickiti_server.documentation.python_client.__main__",
    ),
    "subprocess": (
        "tickiti_cli.bundled_server.openapi", "tickiti_cli.input.editor",
        "tickiti_cli.bundled_server.first_token",
        "tickiti_cli.tokens.scan.git_history", "tickiti_cli.bundled_server.data",
        "tickiti_cli.bundled_server.process", "tickiti_cli.tokens.swap",
        "tickiti_cli.credentials.sources", "tickiti_cli.python.own_server",
        "tickiti_cli.python.guard",
        "tickiti_server.documentation.python_client.__main__",
    ),
    "webbrowser": ("tickiti_cli.output.browser",),
}  # fmt: skip
"""Who starts a process. A new one is to be tried in tests/cli/test_current_folder.py."""


def unlisted_starters(module: str) -> list[str]:
    text = SOURCES[module].read_text("utf-8")
    return [name for name, homes in STARTERS.items() if name in text and module not in homes]


def test_process_starters_are_listed() -> None:
    """Each must import and run nothing that is in the current folder."""
    assert offences(unlisted_starters) == {}


CLOCK = "tickiti_server.clock"
TIMES_OF_DAY = {
    "time.clock_gettime", "time.clock_gettime_ns", "time.ctime", "time.gmtime", "time.localtime",
    "time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "email.utils.localtime",
}  # fmt: skip
"""Calls that read what time it is. The server's clock alone reads it, so that a test server's clock
can be moved for everything at once."""

MEASURING = {
    "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "loop.time", ".time",
}  # fmt: skip
DURATIONS = {
    "tickiti_server.api.supervisor.disks": "how long a request waits for a disk",
    "tickiti_server.auth.page_sessions": "how long a link and a session are safe",
    "tickiti_server.connection.admission": "how long a connection waits for its client",
    "tickiti_server.connection.protocol": "how fast a client sends and reads",
    "tickiti_server.delivery.bounded_socket": "the deadline of an attempt with another server",
    "tickiti_server.delivery.slots": "whether a running delivery is slow",
    "tickiti_server.http.bodies.memory": "how fast a client sends a body",
    "tickiti_server.http.own_pages": "how long a request took",
    "tickiti_server.http.pipeline": "how long a request took",
    "tickiti_server.http.rate_limit": "a limit's minute, in which a client really waits",
    "tickiti_server.http.test_mode.due_work": "how long a move of the clock waits for deliveries",
    "tickiti_server.http.reply_sender": "how long a request took",
    "tickiti_server.http.traffic.layer": "how long a request took",
    "tickiti_server.page.app": "how long a request took",
    "tickiti_server.page.events": "how long a connection is silent",
    "tickiti_server.shutdown": "the drain time",
    "tickiti_server.store.moving.move": "how long a move took",
    "tickiti_server.store.postgres.database": "how long a read waited",
    "tickiti_server.store.postgres.token_version": "how old the known version is",
    "tickiti_server.store.sqlite.connection": "how long a read waited",
    "tickiti_server.store.sqlite.functions": "the deadline of a read",
    "tickiti_server.store.sqlite.read_limits": "the deadline of a read",
    "tickiti_server.store.sqlite.reader_pool": "how long a read took, and whose turn is next",
    "tickiti_server.store.sqlite.token_changes": "the pause between two looks at the file",
    "tickiti_server.store.sqlite.writer": "how long the last writes may take",
}
"""Modules that measure real work, each with what it measures: no moved clock changes that."""

MACHINE_CLOCKS = {
    "tickiti_server.api.test_mode.start_state": "journals of clients compare the epoch's beginning",
    "tickiti_server.delivery.callback.callbacks": "a default; the server gives its own clock",
    "tickiti_server.http.services": "a default; the server gives its own clock",
    "tickiti_server.http.test_mode.control": "journals of clients compare the epoch's beginning",
    "tickiti_server.logs.setup": "a default; the server gives its own clock",
    "tickiti_server.periodic.clock_guard": "a default; the server gives its own clock",
    "tickiti_server.periodic.dated_work": "a default; the server gives its own clock",
    "tickiti_server.prepare": "no server runs: it adds what the database says of its clock",
    "tickiti_server.store.sqlite.files.backup": "the name of a file that a restore sets aside",
}
"""Who names the machine's clock beside the module that reads it, and why: no moved clock reaches
these."""

SQL_CLOCKS = re.compile(
    r"\b(CURRENT_(DATE|TIME|TIMESTAMP)|unixepoch\s*\(\s*\))|'now'", re.IGNORECASE
)
SQL_CLOCK_HOMES = {"tickiti_server.store.sqlite.database": "when this file was really upgraded"}


def dotted(node: ast.AST) -> str:
    """`a.b` of an attribute, the name of a name, and nothing of anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value).rpartition('.')[2]}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def of_the_server() -> Iterator[str]:
    return (module for module in SOURCES if belongs(module, "tickiti_server"))


def test_one_module_of_the_server_reads_the_time_of_day() -> None:
    found = {module: times_of_day(module) for module in of_the_server() if module != CLOCK}
    assert {module: names for module, names in found.items() if names} == {}


def times_of_day(module: str) -> set[str]:
    used = {*map(dotted, nodes(module)), *imports(module)} & TIMES_OF_DAY
    # Without an argument these take the time of day too.
    for node in nodes(module):
        if isinstance(node, ast.Call) and not node.args:
            used |= {dotted(node.func).rpartition(".")[2]} & {"formatdate", "strftime"}
    return used


def test_modules_that_name_the_clock_of_the_machine_are_listed() -> None:
    found = {module for module in of_the_server() if f"{CLOCK}.wall_clock" in imports(module)}
    assert found == MACHINE_CLOCKS.keys()


def test_modules_that_measure_real_work_are_listed() -> None:
    found = {module for module in of_the_server() if module != CLOCK and measures(module)}
    assert found == DURATIONS.keys()


def measures(module: str) -> bool:
    # A name and nothing before the dot is that of a call's result: `get_running_loop().time`.
    used = {*map(dotted, nodes(module)), *imports(module)}
    return bool({name.removeprefix("time.") for name in used} & MEASURING)


def test_no_sql_reads_a_clock_of_its_own() -> None:
    found = {
        module
        for module in of_the_server()
        for node in nodes(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SQL_CLOCKS.search(node.value)
    }
    assert found == SQL_CLOCK_HOMES.keys()
    migrations = (ROOT / "tickiti_server/store/sqlite/migrations").glob("*.sql")
    assert [path.name for path in migrations if SQL_CLOCKS.search(path.read_text("utf-8"))] == []


FILE_CALLS = ("fdatasync", "flock", "fsync", "rename", "replace")
"""`replace` with one argument is that of a path; that of a text takes two."""


def file_calls(module: str) -> list[str]:
    if belongs(module, "tickiti_cli.files") or belongs(module, "tickiti_cli.contract.files"):
        return []
    calls = [
        node.func.attr
        for node in nodes(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in FILE_CALLS and (node.func.attr != "replace" or len(node.args) == 1)
    ]  # fmt: skip
    implementation = ("atomic_file", "file_system.lock")
    homes = tuple(f"tickiti_cli.contract.files.{name}" for name in implementation)
    return calls + [name for name in imports(module) if name.startswith(homes)]


def test_renames_syncs_and_locks_of_the_cli_are_in_files() -> None:
    """Each way to write a file, to lock one and to restore one exists once."""
    assert offences(file_calls, modules_of("tickiti_cli")) == {}


def test_the_contract_imports_only_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, "tickiti_cli"}
    assert (
        offences(
            lambda module: {name.partition(".")[0] for name in imports(module)} - allowed,
            modules_of("tickiti_cli.contract"),
        )
        == {}
    )


def imports_of_other_nouns(module: str) -> list[str]:
    noun = ".".join(module.split(".")[:3])
    others = [name for name in imports(module) if belongs(name, "tickiti_cli.commands")]
    return [name for name in others if not belongs(name, noun)]


def test_commands_never_import_another_noun() -> None:
    """What only one noun needs stands in that noun's folder."""
    assert offences(imports_of_other_nouns, modules_of("tickiti_cli.commands")) == {}


def test_a_file_of_more_than_300_lines_has_a_reason() -> None:
    lengths = {
        module: len(path.read_bytes().splitlines())
        for module, path in SOURCES.items()
        if not any(belongs(module, generated) for generated in GENERATED)
    }
    assert {m: n for m, n in lengths.items() if (n > 300) != (m in LONGER_FILES)} == {}


def long_functions(module: str) -> dict[str, int]:
    functions = (
        node for node in nodes(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    return {name: length for name, length in lengths.items() if length > 60}


def test_no_function_is_longer_than_60_lines() -> None:
    assert offences(long_functions) == {}
