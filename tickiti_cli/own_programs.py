"""Our own programs, each run by an interpreter of its own.

The rule of this file: such a program finds this installation and no other, wherever it was read
from, and imports nothing from the current folder, whatever is in it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PLACE = Path(__file__).absolute().parent.parent
"""The folder or the archive that this package was read from, which the server's is in as well."""

NOWHERE = "/nonexistent"
"""For a PATH of which nothing is left: an empty one would be the current folder."""

_RUN = (
    "import sys, runpy; place, module = sys.argv[1:3]; del sys.argv[1:3]; "
    "later = [n for n, path in enumerate(sys.path) if path.endswith('-packages')]; "
    "place in sys.path or sys.path.insert([*later, len(sys.path)][0], place); "
    "runpy.run_module(module, run_name='__main__', alter_sys=True)"
)
"""As `-m` does it, for an archive too, where a fresh interpreter would not look. It comes after the
standard library, before what is installed: site-packages, or dist-packages."""


def command(module: str, *words: str) -> list[str]:
    """The command line that runs a module of this installation; to be run with `environment`.

    `-P`, since Python's own `-m` looks for every module in the current folder first.
    """
    return [sys.executable, "-P", "-c", _RUN, str(PLACE), module, *words]


def tickiti_itself() -> list[str]:
    """What the interpreter is told to run `tickiti`, now or in a year: this archive, or this
    installation."""
    import zipfile  # noqa: PLC0415 - only a unit file asks

    if sys.argv[0] and zipfile.is_zipfile(sys.argv[0]):
        return ["-P", str(Path(sys.argv[0]).absolute())]
    return ["-P", "-m", "tickiti_cli"]


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What our programs are given: in PYTHONPATH an empty entry, which a `PYTHONPATH=$PYTHONPATH:x`
    makes, is the current folder, and a relative one is a folder in it. PYTHONIOENCODING is meant
    for a terminal: what such a program writes is read by this one."""
    kept = only_absolute(environ.get("PYTHONPATH", ""))
    dropped = ("PYTHONPATH", "PYTHONIOENCODING")
    rest = {name: value for name, value in environ.items() if name not in dropped}
    return {**rest, "PYTHONPATH": kept} if kept else rest


def settle_path() -> None:
    """From here on no editor, pager, browser, hook or token command is looked for in the current
    folder, as a PATH with an empty or a relative entry would have it."""
    os.environ["PATH"] = only_absolute(os.environ.get("PATH", os.defpath)) or NOWHERE


def only_absolute(path: str) -> str:
    """A list of folders such as PATH, without those that depend on the current one."""
    return os.pathsep.join(one for one in path.split(os.pathsep) if one.startswith("/"))
