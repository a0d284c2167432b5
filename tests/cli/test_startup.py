"""`tickiti ticket create` loads a fixed list of modules, because each costs every run of a cron
job."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.cli import Cli

# Ends as the program does, once it has said what was made.
WATCH = """
import dataclasses, json, os, sys
from pathlib import Path
made, make, end = [], dataclasses._process_class, os._exit
def watched(cls, *rest):
    made.append(f"{cls.__module__}.{cls.__qualname__}")
    return make(cls, *rest)
def tell(code):
    Path(os.environ["TOLD"]).write_text(json.dumps({"modules": [*sys.modules], "classes": made}))
    end(code)
dataclasses._process_class, os._exit = watched, tell
from tickiti_cli.__main__ import main
main()
"""
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")

LOADED = {
    "tickiti_cli": (
        "__main__ control_characters encoding errors exits own_programs paths runtime senders "
        "suggest"
    ),
    "tickiti_cli.api": "client deadline reply request retry sender transport",
    "tickiti_cli.api.connection": "answer incoming json_body",
    "tickiti_cli.api.journal": "journal outcome",
    "tickiti_cli.commands.ticket": "create",
    "tickiti_cli.commands.ticket.parts": "shape",
    "tickiti_cli.config": (
        "addresses flags layers project_file proxy resolution resolved_settings settings"
    ),
    "tickiti_cli.contract": "classic endpoint errors",
    "tickiti_cli.contract.files": "atomic_file file_system",
    "tickiti_cli.credentials": "credentials_file keyring sources token_store",
    "tickiti_cli.files": "atomic_write lock private_file toml_text",
    "tickiti_cli.input": "body options read template_data",
    "tickiti_cli.output": "choice failure format output progress streams",
    "tickiti_cli.parser": "app choices command global_flags groups options registry typer_private",
}
"""Of each folder, the modules that `ticket create` loads; the folders themselves come on top."""


@pytest.fixture
def loaded(local: Cli, tmp_path: Path) -> dict[str, list[str]]:
    return watched(local, tmp_path, CREATE)


def watched(run: Cli, folder: Path, words: Sequence[str]) -> dict[str, list[str]]:
    """The modules that a run loads, and the data classes that it defines."""
    told = folder / "told"
    argv = [sys.executable, "-c", WATCH, *words]
    environ = run.environ({"TOLD": str(told)})
    subprocess.run(
        argv, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, cwd=folder
    )
    found: dict[str, list[str]] = json.loads(told.read_text())
    return found


def test_a_list_in_a_pipe_loads_nothing_of_tables(local: Cli, tmp_path: Path) -> None:
    found = watched(local, tmp_path, ("ticket", "list"))["modules"]
    assert [name for name in found if name.startswith(("rich", "tickiti_cli.output.tables"))] == []


def test_ticket_create_loads_exactly_these_modules(loaded: dict[str, list[str]]) -> None:
    """Each further module costs a run about 0.3 ms: add only what this command itself needs."""
    expected = {f"{folder}.{name}" for folder, names in LOADED.items() for name in names.split()}
    folders = {*LOADED, *(folder.rpartition(".")[0] for folder in LOADED)} - {""}
    ours = {name for name in loaded["modules"] if name.partition(".")[0] == "tickiti_cli"}
    assert {"missing": expected - ours, "more": ours - expected - folders} == {
        "missing": set(),
        "more": set(),
    }


def test_ticket_create_loads_no_slow_library(loaded: dict[str, list[str]]) -> None:
    heavy = {"asyncio", "platformdirs", "pygments", "rich", "tickiti_cli.bulk", "tickiti_server"}
    heavy |= {"httpx", "http.client", "tomlkit", "tomli_w", "urllib.request", "webbrowser"}
    assert heavy.isdisjoint(loaded["modules"])


def test_ticket_create_defines_no_dataclass_of_ours(loaded: dict[str, list[str]]) -> None:
    """To define one takes half a millisecond, a NamedTuple a tenth of that."""
    assert [name for name in loaded["classes"] if name.startswith("tickiti_")] == []
