"""`doctor` finds completions and manual pages where the shells and man find them."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tickiti_cli.reference.completion import install, shell_folders
from tickiti_cli.reference.completion.install import Shell

LOADED = {
    "bash": (
        ". /usr/share/bash-completion/bash_completion; __load_completion tickiti; "
        "complete -p tickiti"
    ),
    "fish": 'complete -C "tickiti " | grep -q ticket',
    "zsh": "autoload -Uz compinit && compinit -u -d $ZDOTDIR/dump && [[ -n ${_comps[tickiti]} ]]",
}
"""Ends with 0 if the shell has a completion for tickiti by itself."""

PLACES = {
    "bash": {
        "own": "data/bash-completion/completions/tickiti",
        "named": "named/completions/tickiti",
        "shared": "shared/bash-completion/completions/tickiti",
        "venv": "venv/share/bash-completion/completions/tickiti",
        "fish's": "data/fish/vendor_completions.d/tickiti.fish",
    },
    "fish": {
        "own": "config/fish/completions/tickiti.fish",
        "vendor": "data/fish/vendor_completions.d/tickiti.fish",
        "shared": "shared/fish/vendor_completions.d/tickiti.fish",
        "venv": "venv/share/fish/vendor_completions.d/tickiti.fish",
        "bash's": "data/bash-completion/completions/tickiti",
    },
    "zsh": {
        "own": "data/zsh/site-functions/_tickiti",
        "own, named": "data/zsh/site-functions/_tickiti",
        "venv": "venv/share/zsh/site-functions/_tickiti",
    },
}
"""Where the script of each kind of installation is, under a folder for all of them."""


def environment(run: Cli, place: str) -> dict[str, str]:
    home = run.home
    found = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "ZDOTDIR": str(home),
        "PATH": f"{home}/venv/bin{os.pathsep}{os.environ['PATH']}",
    }
    if place == "shared":
        found["XDG_DATA_DIRS"] = f"{home}/shared"
    if place == "named":
        found["BASH_COMPLETION_USER_DIR"] = str(home / "named")
    return found


@pytest.mark.parametrize(
    ("shell", "place"),
    [(shell, place) for shell, places in PLACES.items() for place in (*places, "nowhere")],
)
def test_doctor_reports_which_completions_the_shell_finds(run: Cli, shell: str, place: str) -> None:
    assert shutil.which(shell), f"{shell} is needed to compare with"
    environ = environment(run, place)
    (run.home / "venv/bin").mkdir(parents=True)
    (run.home / ".zshrc").write_text("")
    command = run.home / "venv/bin/tickiti"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    if place != "nowhere":
        script = run.home / PLACES[shell][place]
        script.parent.mkdir(parents=True)
        script.write_text(install.script(Shell(shell)))
        if "named" in place and shell == "zsh":
            (run.home / ".zshrc").write_text(f"fpath=({script.parent} $fpath)\n")
    flags = ["-i", "-c"] if shell == "zsh" else ["-c"]
    loaded = subprocess.run(
        [shell, *flags, LOADED[shell]], env=run.environ({}) | environ, capture_output=True,
        check=False, stdin=subprocess.DEVNULL, cwd=run.folder,
    )  # fmt: skip
    ran = run("doctor", "--json", **environ, SHELL=f"/usr/bin/{shell}")
    (row,) = [row for row in json.loads(ran.stdout) if row["name"] == "completion"]
    assert row["state"] == ("warn" if loaded.returncode else "ok"), (row, loaded)
    assert bool(row["advice"]) == bool(loaded.returncode)


@pytest.mark.parametrize(
    ("version", "is_found"), [((2, 11), False), ((2, 12), True), ((2, 16), True)]
)
def test_a_newer_bash_completion_searches_next_to_the_command(
    run: Cli, version: tuple[int, int], is_found: bool
) -> None:
    script = run.home / "root/usr/share/bash-completion/bash_completion"
    script.parent.mkdir(parents=True)
    script.write_text(f"    BASH_COMPLETION_VERSINFO=({version[0]} {version[1]} 0)\n")
    command = run.home / "venv/bin/tickiti"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    environ = environment(run, "venv")
    folders = shell_folders.bash_folders(environ, run.home / "own", run.home / "root")
    beside = run.home / "venv/share/bash-completion/completions"
    assert (beside in folders) == is_found
    assert shell_folders.bash_folders(environ, run.home / "own", run.home / "other") == []


@pytest.mark.parametrize("place", ["venv/share/man", "venv/man", "named", "nowhere", "tool/share"])
def test_doctor_reports_which_man_pages_man_finds(run: Cli, place: str) -> None:
    assert shutil.which("man"), "man is needed to compare with"
    (run.home / "venv/bin").mkdir(parents=True)
    if place != "nowhere":
        page = run.home / place / "man1" / "tickiti.1"
        page.parent.mkdir(parents=True)
        shutil.copy(Path(__file__).parents[3] / "man" / "tickiti.1", page)
    environ = environment(run, place) | (
        {"MANPATH": f"{run.home}/named"} if place == "named" else {}
    )
    found = subprocess.run(
        ["man", "-w", "tickiti"], env=run.environ({}) | environ, capture_output=True, check=False
    )
    ran = run("doctor", "--json", **environ)
    (row,) = [row for row in json.loads(ran.stdout) if row["name"] == "man"]
    assert row["state"] == ("warn" if found.returncode else "ok"), (row, found)
