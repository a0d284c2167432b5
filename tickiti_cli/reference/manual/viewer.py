"""Finds a man page, and shows it.

Rule: a person at a terminal reads a page in man, every other reader gets plain text.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tickiti_cli.errors import UsageProblem
from tickiti_cli.reference import shipped
from tickiti_cli.reference.completion import shell_folders
from tickiti_cli.suggest import nearest

ROOT_PAGE = "tickiti"


def find(wanted: str | None) -> Path:
    """The file of a page, by its noun (`ticket`) or its whole name (`tickiti-config.5`).

    None is the page tickiti(1). Raises UsageProblem for a name without a page.
    """
    known = _pages()
    if (wanted or ROOT_PAGE) in known:
        return known[wanted or ROOT_PAGE]
    names = sorted({path.stem.removeprefix("tickiti-") for path in known.values()})
    raise UsageProblem(
        f"There is no manual page '{wanted}'.{nearest(wanted or '', known)}",
        hint=f"Pages: {', '.join(names)}",
    )


def open_in_man(page: Path) -> None:
    """Replace this process by man. Returns only where man is not installed."""
    if man := shutil.which("man"):
        os.execv(man, [man, str(page)])  # noqa: S606 - a page of our own, by its path


def found_by_man(environ: Mapping[str, str]) -> Path | None:
    """The file that `man tickiti` shows, by the rules of manpath(1). Raises OSError."""
    names = ("tickiti.1", "tickiti.1.gz")
    pages = (
        folder / "man1" / name for folder in shell_folders.man_folders(environ) for name in names
    )
    return next((page for page in pages if page.is_file()), None)


def as_text(page: Path) -> str:
    """The page as plain text, made from the command tree as the file was."""
    from tickiti_cli.reference.manual.pages import pages  # noqa: PLC0415 - it imports every command
    from tickiti_cli.reference.tree import read_tree  # noqa: PLC0415

    return pages(read_tree())[page.name].as_text()


def _pages() -> dict[str, Path]:
    """The file of every name that finds a page. A short name finds the page of lowest section."""
    found: dict[str, Path] = {}
    for path in sorted(shipped.folder("man").glob("tickiti*.[157]")):
        for name in (path.stem, path.name):
            found.setdefault(name, path)
            found.setdefault(name.removeprefix("tickiti-"), path)
    return found
