"""Installs the completion script of a shell into the user's own folder.

Rules: the shell finds the script there by itself, or the command prints the missing step. A file
without our mark is never replaced, because the user wrote it.
"""

import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from tickiti_cli import paths
from tickiti_cli.contract.files.file_system import is_file, make_folder
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import replace
from tickiti_cli.reference import shipped
from tickiti_cli.reference.completion import shell_folders

MARK = "Completion of tickiti"
"""Stands in the first lines of every script that we install."""


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
    # the variable that names the folder, the default folder in the home, and the file in it
    Shell.BASH: ("XDG_DATA_HOME", ".local/share", "bash-completion/completions/tickiti"),
    Shell.ZSH: ("XDG_DATA_HOME", ".local/share", "zsh/site-functions/_tickiti"),
    Shell.FISH: ("XDG_CONFIG_HOME", ".config", "fish/completions/tickiti.fish"),
    Shell.PWSH: ("XDG_DATA_HOME", ".local/share", "tickiti/tickiti.ps1"),
}


def script(shell: Shell) -> str:
    return (shipped.folder("completions") / _SCRIPTS[shell]).read_text("utf-8")


def shell_in_use(environ: Mapping[str, str]) -> Shell:
    """The login shell. Raises UsageProblem for a shell that we have no script for."""
    name = Path(environ.get("SHELL", "")).name
    if name not in [*Shell]:
        known = ", ".join(Shell)
        raise UsageProblem(
            f"There is no completion for SHELL '{environ.get('SHELL', '')}'.",
            hint=f"Name the shell: tickiti completion install SHELL (one of {known}).",
        )
    return Shell(name)


def install_script(shell: Shell, environ: Mapping[str, str]) -> Path:
    """Write the script into the user's own folder; its path. Raises UsageProblem."""
    variable, default, file = _PLACES[shell]
    path = _base(environ, variable, default) / file
    try:
        if is_file(path) and MARK not in path.read_text("utf-8", "replace"):
            raise UsageProblem(f"{path} is not a completion script of tickiti: move it away first.")
        make_folder(path.parent)
        replace(path, script(shell).encode())
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}.") from error
    return path


def found_by(shell: Shell, environ: Mapping[str, str]) -> Path | None:
    """The script that this shell loads: from a folder it searches, or by its start file.

    Raises OSError.
    """
    return next((path for path in _looked_at(shell, environ) if path.is_file()), None)


def packaged(shell: Shell) -> Path | None:
    """The script that the package installed under `sys.prefix`, where a shell may not search."""
    if shell is Shell.PWSH:
        return None
    vendor = Path("fish/vendor_completions.d/tickiti.fish")
    path = Path(sys.prefix, "share", vendor if shell is Shell.FISH else _PLACES[shell][2])
    return path if path.is_file() else None


def missing_step(shell: Shell, path: Path, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Why TAB does not work with this script yet, and the step to take; None if TAB works."""
    if shell is Shell.ZSH and path.parent not in shell_folders.zsh_folders(environ):
        if str(path.parent) in _start_file(shell, environ):
            return None
        return "zsh does not search that directory.", next_step(shell, path)
    if shell is Shell.PWSH and str(path) not in _start_file(shell, environ):
        return "$PROFILE does not read it.", next_step(shell, path)
    has_package = shell_folders.bash_completion_version() is not None
    if shell is Shell.BASH and not has_package and str(path) not in _start_file(shell, environ):
        return "bash-completion is not installed.", next_step(shell, path)
    return None


def _looked_at(shell: Shell, environ: Mapping[str, str]) -> Iterator[Path]:
    variable, default, file = _PLACES[shell]
    own = _base(environ, variable, default) / file
    yield own
    if shell is Shell.BASH:
        for folder in shell_folders.bash_folders(environ, own.parent.parent):
            yield folder / "tickiti"
    elif shell is Shell.FISH:
        for folder in shell_folders.fish_folders(environ, own.parent):
            yield folder / "tickiti.fish"
    elif shell is Shell.ZSH:
        for folder in shell_folders.zsh_folders(environ):
            yield folder / "_tickiti"


def _start_file(shell: Shell, environ: Mapping[str, str]) -> str:
    """The text of the shell's start files that exist."""
    home = paths.home(environ)
    files = {
        Shell.BASH: [home / ".bashrc", home / ".bash_profile"],
        Shell.ZSH: [Path(environ.get("ZDOTDIR") or home) / name for name in (".zshrc", ".zshenv")],
        Shell.PWSH: [*(home / ".config/powershell").glob("*rofile.ps1")],
    }
    texts = (path.read_text("utf-8", "replace") for path in files[shell] if path.is_file())
    return "".join(texts).replace("~/", f"{home}/").replace("$HOME/", f"{home}/")


def next_step(shell: Shell, path: Path) -> str:
    """The sentence that tells the user how to make the shell load the script."""
    steps = {
        Shell.BASH: f"New shells load it if bash-completion is installed; otherwise add this "
        f"to ~/.bashrc: source {path}",
        Shell.ZSH: f"Add this to ~/.zshrc, before compinit: fpath=({path.parent} $fpath)",
        Shell.FISH: "New shells load it.",
        Shell.PWSH: f"Add this to $PROFILE: . {path}",
    }
    return steps[shell]


def _base(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """The folder that the variable names, or the default. XDG ignores a relative path."""
    named = Path(environ.get(variable, ""))
    return named if named.is_absolute() else paths.home(environ) / default
