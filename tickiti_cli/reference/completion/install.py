"""Completion scripts: which shell has which, and where a shell looks for those of a user.

The rule of this file: a script is put where it is found by itself, or its owner is told what to
write; no file that somebody wrote by hand is touched.
"""

import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from tickiti_cli import locations, shell_places, shipped
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


def found_by(shell: Shell, environ: Mapping[str, str]) -> Path | None:
    """The script that this shell comes upon by itself, or that its start file names. Raises
    OSError."""
    return next((path for path in _looked_at(shell, environ) if path.is_file()), None)


def packaged(shell: Shell) -> Path | None:
    """The script that came with the package; whether a shell looks there is another matter."""
    if shell is Shell.PWSH:
        return None
    vendor = Path("fish/vendor_completions.d/tickiti.fish")
    path = Path(sys.prefix, "share", vendor if shell is Shell.FISH else _PLACES[shell][2])
    return path if path.is_file() else None


def missing_step(shell: Shell, path: Path, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """What still keeps TAB from working with this script, and what to do; None for nothing."""
    if shell is Shell.ZSH and path.parent not in shell_places.zsh_folders(environ):
        if str(path.parent) in _start_file(shell, environ):
            return None
        return "nothing tells zsh to look there.", next_step(shell, path)
    if shell is Shell.PWSH and str(path) not in _start_file(shell, environ):
        return "nothing in $PROFILE reads it.", next_step(shell, path)
    has_package = shell_places.bash_completion_version() is not None
    if shell is Shell.BASH and not has_package and str(path) not in _start_file(shell, environ):
        return "bash-completion, which would read it, is not installed.", next_step(shell, path)
    return None


def _looked_at(shell: Shell, environ: Mapping[str, str]) -> Iterator[Path]:
    variable, default, file = _PLACES[shell]
    own = _base(environ, variable, default) / file
    yield own
    if shell is Shell.BASH:
        for folder in shell_places.bash_folders(environ, own.parent.parent):
            yield folder / "tickiti"
    elif shell is Shell.FISH:
        for folder in shell_places.fish_folders(environ, own.parent):
            yield folder / "tickiti.fish"
    elif shell is Shell.ZSH:
        for folder in shell_places.zsh_folders(environ):
            yield folder / "_tickiti"


def _start_file(shell: Shell, environ: Mapping[str, str]) -> str:
    """What the shell reads at its start, as far as it is there."""
    home = locations.home(environ)
    files = {
        Shell.BASH: [home / ".bashrc", home / ".bash_profile"],
        Shell.ZSH: [Path(environ.get("ZDOTDIR") or home) / name for name in (".zshrc", ".zshenv")],
        Shell.PWSH: [*(home / ".config/powershell").glob("*rofile.ps1")],
    }
    texts = (path.read_text("utf-8", "replace") for path in files[shell] if path.is_file())
    return "".join(texts).replace("~/", f"{home}/").replace("$HOME/", f"{home}/")


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
