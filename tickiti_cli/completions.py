"""Completion scripts: which shell has which, and where a shell looks for those of a user.

The rule of this file: a script is put where it is found by itself, or its owner is told what to
write; no file that somebody wrote by hand is touched.
"""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from tickiti_cli import locations, shipped
from tickiti_cli.contract.file_system import is_file, make_folder
from tickiti_cli.contract.replacing import replace
from tickiti_cli.errors import UsageProblem

MARK = "Completion of tickiti"
"""In the first lines of every script of ours."""


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    PWSH = "pwsh"


_SCRIPTS = {
    Shell.BASH: "tickiti.bash",
    Shell.ZSH: "_tickiti",
    Shell.FISH: "tickiti.fish",
    Shell.PWSH: "tickiti.ps1",
}

_PLACES = {
    # the variable that moves it, where it lies by default, and the file under it
    Shell.BASH: ("XDG_DATA_HOME", ".local/share", "bash-completion/completions/tickiti"),
    Shell.ZSH: ("XDG_DATA_HOME", ".local/share", "zsh/site-functions/_tickiti"),
    Shell.FISH: ("XDG_CONFIG_HOME", ".config", "fish/completions/tickiti.fish"),
    Shell.PWSH: ("XDG_DATA_HOME", ".local/share", "tickiti/tickiti.ps1"),
}


def script(shell: Shell) -> str:
    return (shipped.folder("completions") / _SCRIPTS[shell]).read_text("utf-8")


def shell_in_use(environ: Mapping[str, str]) -> Shell:
    """The login shell. Raises UsageProblem where it is none of ours."""
    name = Path(environ.get("SHELL", "")).name
    if name not in [*Shell]:
        known = ", ".join(Shell)
        raise UsageProblem(
            f"SHELL is '{environ.get('SHELL', '')}', for which there is no completion.",
            hint=f"Name the shell: tickiti completion install SHELL (one of {known}).",
        )
    return Shell(name)


def install(shell: Shell, environ: Mapping[str, str]) -> Path:
    """Write the script to the user's own place. Raises UsageProblem."""
    variable, default, file = _PLACES[shell]
    path = _base(environ, variable, default) / file
    try:
        if is_file(path) and MARK not in path.read_text("utf-8", "replace"):
            raise UsageProblem(f"{path} is not a completion of tickiti: move it away first.")
        make_folder(path.parent)
        replace(path, script(shell).encode())
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}.") from error
    return path


def installed(shell: Shell, environ: Mapping[str, str]) -> Path | None:
    """The script that the shell reads: the user's own, or the one that came with the package."""
    variable, default, file = _PLACES[shell]
    shared = ("fish/vendor_completions.d/tickiti.fish",) if shell is Shell.FISH else (file,)
    prefixes = (Path(sys.prefix), Path("/usr/local"), Path("/usr"))
    places = [_base(environ, variable, default) / file]
    places += [prefix / "share" / name for prefix in prefixes for name in shared]
    return next((place for place in places if is_file(place)), None)


def next_step(shell: Shell, path: Path) -> str:
    """What is left to do before TAB works."""
    steps = {
        Shell.BASH: f"New shells read it where bash-completion is installed; elsewhere add this "
        f"to ~/.bashrc: source {path}",
        Shell.ZSH: f"Add this to ~/.zshrc, before compinit: fpath=({path.parent} $fpath)",
        Shell.FISH: "New shells read it.",
        Shell.PWSH: f"Add this to $PROFILE: . {path}",
    }
    return steps[shell]


def _base(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """By the XDG rules, where a relative path counts for nothing."""
    named = Path(environ.get(variable, ""))
    return named if named.is_absolute() else locations.home(environ) / default
