"""What `tickiti ticket create` loads: every module and every class costs each run of a cron job."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

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


@pytest.fixture
def loaded(local: Cli, tmp_path: Path) -> dict[str, list[str]]:
    told = tmp_path / "told"
    argv = [sys.executable, "-c", WATCH, *CREATE]
    environ = local.environ({"TOLD": str(told)})
    subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, check=True, cwd=tmp_path)
    found: dict[str, list[str]] = json.loads(told.read_text())
    return found


def test_one_command_is_loaded_and_no_other(loaded: dict[str, list[str]]) -> None:
    commands = {name for name in loaded["modules"] if name.startswith("tickiti_cli.commands.")}
    assert commands == {"tickiti_cli.commands.ticket", "tickiti_cli.commands.ticket.tickets"}


def test_what_only_other_commands_need_stays_away(loaded: dict[str, list[str]]) -> None:
    heavy = {"asyncio", "platformdirs", "pygments", "rich", "tickiti_cli.bulk", "tickiti_server"}
    heavy |= {"tomlkit", "tomli_w", "webbrowser"}
    assert heavy.isdisjoint(loaded["modules"])


def test_no_data_class_of_ours_is_defined(loaded: dict[str, list[str]]) -> None:
    """To define one takes half a millisecond, a NamedTuple a tenth of that."""
    assert [name for name in loaded["classes"] if name.startswith("tickiti_")] == []
