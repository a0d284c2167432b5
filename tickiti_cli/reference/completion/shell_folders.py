"""The folders that a shell searches for completions, and that man searches for pages.

Rule: the folders follow the documentation of each shell. No shell is started, because the user's
start files could run anything.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

SHARE = "/usr/local/share:/usr/share"
BASH_COMPLETION = ("usr/local/share", "usr/share", "opt/homebrew/share")
"""Where the package bash-completion may lie. Without the package bash loads no script by itself."""

ZSH_FOLDERS = (
    "/usr/local/share/zsh/site-functions",
    "/usr/share/zsh/vendor-functions",
    "/usr/share/zsh/vendor-completions",
    "/usr/share/zsh/site-functions",
    "/opt/homebrew/share/zsh/site-functions",
)
BESIDE_THE_COMMAND = (2, 12)
"""The first bash-completion that also searches the `share` folder beside the command's folder."""


def bash_folders(environ: Mapping[str, str], own: Path, root: Path = Path("/")) -> list[Path]:
    """The folders that bash-completion searches, in its order; none if it is not installed.

    `own` is the user's own folder.
    """
    version = bash_completion_version(root)
    if version is None:
        return []
    user = environ.get("BASH_COMPLETION_USER_DIR")
    folders = [Path(user) if user else own]
    if version >= BESIDE_THE_COMMAND and (command := _command(environ)):
        folders += [bin_folder.parent / "share/bash-completion" for bin_folder in command]
    shared = (environ.get("XDG_DATA_DIRS") or SHARE).split(":")
    folders += [Path(folder) / "bash-completion" for folder in shared]
    folders += [root / place / "bash-completion" for place in BASH_COMPLETION]
    return [folder / "completions" for folder in folders]


def bash_completion_version(root: Path = Path("/")) -> tuple[int, ...] | None:
    for place in BASH_COMPLETION:
        with suppress(OSError):
            script = root / place / "bash-completion/bash_completion"
            text = script.read_text("utf-8", "replace")
            found = re.search(r"BASH_COMPLETION_VERSINFO=\((\d+) (\d+)", text)
            return (int(found[1]), int(found[2])) if found else (2, 0)
    return None


def fish_folders(environ: Mapping[str, str], own: Path) -> list[Path]:
    """The folders that fish searches. `own` is the user's own folder of completions."""
    home = Path(environ.get("HOME") or "/nonexistent")
    shared = [environ.get("XDG_DATA_HOME") or f"{home}/.local/share"]
    shared += [*filter(None, environ.get("XDG_DATA_DIRS", "").split(":")), "/usr/share"]
    vendors = [Path(folder) / "fish/vendor_completions.d" for folder in shared]
    return [own, Path("/etc/fish/completions"), *vendors]


def zsh_folders(environ: Mapping[str, str]) -> list[Path]:
    """The folders of an exported FPATH, then zsh's default folders."""
    exported = filter(None, environ.get("FPATH", "").split(":"))
    return [Path(folder) for folder in (*exported, *ZSH_FOLDERS)]


def man_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """The folders of manpath(1): MANPATH, then the man folders beside each folder of PATH."""
    for folder in environ.get("MANPATH", "").split(":"):
        if folder:
            yield Path(folder)
    if not environ.get("MANPATH") or "" in environ["MANPATH"].split(":"):
        for folder in environ.get("PATH", "").split(":"):
            yield Path(folder).parent / "share/man"
            yield Path(folder).parent / "man"
        yield Path("/usr/local/share/man")
        yield Path("/usr/share/man")


def _command(environ: Mapping[str, str]) -> list[Path]:
    """The folder of the command `tickiti` in PATH, and the folder of the file it links to."""
    found = shutil.which("tickiti", path=environ.get("PATH"))
    return [Path(found).absolute().parent, Path(found).resolve().parent] if found else []
