"""`tickiti completion` prints the scripts and installs them."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tickiti_cli import paths
from tickiti_cli.reference.__main__ import ROOT

PLACES = {
    # a shell, what is checked in for it, and where it looks for a user's own
    "bash": ("tickiti.bash", "data/bash-completion/completions/tickiti"),
    "zsh": ("_tickiti", "data/zsh/site-functions/_tickiti"),
    "fish": ("tickiti.fish", ".config/fish/completions/tickiti.fish"),
    "pwsh": ("tickiti.ps1", "data/tickiti/tickiti.ps1"),
}


def script(shell: str) -> str:
    return (ROOT / "completions" / PLACES[shell][0]).read_text()


def next_step(shell: str, path: Path) -> str:
    return {
        "bash": "New shells load it if bash-completion is installed; otherwise add this to "
        f"~/.bashrc: source {path}",
        "zsh": f"Add this to ~/.zshrc, before compinit: fpath=({path.parent} $fpath)",
        "fish": "New shells load it.",
        "pwsh": f"Add this to $PROFILE: . {path}",
    }[shell]


@pytest.mark.parametrize("shell", PLACES)
def test_a_script_is_printed_as_it_is_checked_in(run: Cli, shell: str) -> None:
    assert run("completion", shell) == Ran(0, script(shell), "")


@pytest.mark.parametrize("shell", PLACES)
def test_install_writes_the_script_and_names_the_missing_step(run: Cli, shell: str) -> None:
    path = run.home / PLACES[shell][1]
    expected = Ran(0, f"{path}\n", f"{next_step(shell, path)}\n")
    assert run("completion", "install", shell) == expected
    assert path.read_text() == script(shell)
    path.write_text(f"# Completion of tickiti for {shell}, an older one.\n")
    assert run("completion", "install", shell) == expected
    assert path.read_text() == script(shell)


def test_install_takes_the_login_shell_and_nothing_else_is_written(run: Cli) -> None:
    run.home.mkdir()
    path = run.home / "data/zsh/site-functions/_tickiti"
    assert run("completion", "install", "-q", SHELL="/usr/bin/zsh") == Ran(0, "", "")
    assert [file for file in run.home.rglob("*") if file.is_file()] == [path]


def test_install_under_an_unknown_login_shell_names_the_known_shells(run: Cli) -> None:
    assert run("completion", "install", SHELL="/bin/dash") == Ran(
        2,
        "",
        "tickiti: There is no completion for SHELL '/bin/dash'.\n"
        "Name the shell: tickiti completion install SHELL (one of bash, zsh, fish, pwsh).\n",
    )


def test_install_does_not_replace_a_file_of_another_author(run: Cli) -> None:
    path = run.home / PLACES["bash"][1]
    path.parent.mkdir(parents=True)
    path.write_text("complete -W 'mine' tickiti\n")
    assert run("completion", "install", "bash") == Ran(
        2, "", f"tickiti: {path} is not a completion script of tickiti: move it away first.\n"
    )
    assert path.read_text() == "complete -W 'mine' tickiti\n"


def test_install_names_an_unwritable_folder(run: Cli) -> None:
    run.home.mkdir()
    (run.home / "data").write_text("")
    path = run.home / PLACES["bash"][1]
    assert run("completion", "install", "bash") == Ran(
        2, "", f"tickiti: {path} cannot be written: Not a directory.\n"
    )


def test_a_relative_data_folder_is_ignored(run: Cli) -> None:
    path = run.home / ".local/share/bash-completion/completions/tickiti"
    assert run("completion", "install", "bash", XDG_DATA_HOME="here").stdout == f"{path}\n"


@pytest.mark.parametrize("home", [".", "here", "../home"])
def test_a_relative_home_is_ignored(home: str) -> None:
    assert paths.home({"HOME": home}) == Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_fish_loads_the_installed_script(run: Cli) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    run("completion", "install", "fish")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["fish", "-c", "complete -C 'tickiti tic'"],
        env=run.environ({"PATH": path}), cwd=run.folder, capture_output=True, text=True,
        timeout=20, check=True,
    )  # fmt: skip
    assert done.stdout == "ticket\tCreate, answer, list and view tickets\n"
