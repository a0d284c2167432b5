"""Runs our own programs, each in an interpreter of its own.

Rule: such a program imports this installation and no other, and nothing from the current folder.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PLACE = Path(__file__).absolute().parent.parent
"""The folder or the archive of this package, and of the server's package."""

NOWHERE = "/nonexistent"
"""Replaces a PATH that becomes empty, because an empty PATH is the current folder."""

_RUN = (
    "import sys, runpy; place, module = sys.argv[1:3]; del sys.argv[1:3]; "
    "later = [n for n, path in enumerate(sys.path) if path.endswith('-packages')]; "
    "place in sys.path or sys.path.insert([*later, len(sys.path)][0], place); "
    "runpy.run_module(module, run_name='__main__', alter_sys=True)"
)
"""Runs a module as `-m` does, from an archive too. The folder of this package comes after the
standard library and before site-packages or dist-packages."""


def command(module: str, *words: str) -> list[str]:
    """Returns the command line that runs a module of this installation, with `environment`.

    `-P`, because Python's `-m` searches the current folder first.
    """
    return [sys.executable, "-P", "-c", _RUN, str(PLACE), module, *words]


def lone_script(file: str, *words: str) -> list[str]:
    """Returns the command line that runs a file of this installation which imports the standard
    library alone: it starts in a fifth of the time."""
    return [sys.executable, "-I", "-S", file, *words]


def tickiti_itself() -> list[str]:
    """Returns the arguments by which an interpreter runs `tickiti`: this archive, or this
    installation."""
    import zipfile  # noqa: PLC0415 - only a unit file asks

    if sys.argv[0] and zipfile.is_zipfile(sys.argv[0]):
        return ["-P", str(Path(sys.argv[0]).absolute())]
    return ["-P", "-m", "tickiti_cli"]


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the environment of our programs. PYTHONPATH keeps its absolute folders only, because
    an empty or a relative entry depends on the current folder. PYTHONIOENCODING is dropped, because
    this process reads the output, not a terminal."""
    kept = only_absolute(environ.get("PYTHONPATH", ""))
    dropped = ("PYTHONPATH", "PYTHONIOENCODING")
    rest = {name: value for name, value in environ.items() if name not in dropped}
    return {**rest, "PYTHONPATH": kept} if kept else rest


def settle_path() -> None:
    """Removes empty and relative entries from PATH, so that no editor, pager, browser, hook or
    token command is started from the current folder."""
    os.environ["PATH"] = only_absolute(os.environ.get("PATH", os.defpath)) or NOWHERE


def only_absolute(path: str) -> str:
    """Returns the absolute folders of a list such as PATH."""
    return os.pathsep.join(one for one in path.split(os.pathsep) if one.startswith("/"))
