"""Finds a man page, and shows it.

Rule: a person at a terminal reads a page in man, every other reader gets plain text.
"""

import os
import shutil
from collections.abc import Mapping
from fnmatch import fnmatch
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath

from tickiti_cli.errors import UsageProblem
from tickiti_cli.reference import shipped
from tickiti_cli.reference.completion import shell_folders
from tickiti_cli.suggest import nearest

ROOT_PAGE = "tickiti"


def find(wanted: str | None) -> Traversable:
    """The file of a page, by its noun (`ticket`) or its whole name (`tickiti-config.5`).

    None is the page tickiti(1). Raises UsageProblem for a name without a page.
    """
    known = _pages()
    if (wanted or ROOT_PAGE) in known:
        return known[wanted or ROOT_PAGE]
    names = sorted({_stem(page).removeprefix("tickiti-") for page in known.values()})
    raise UsageProblem(
        f"There is no manual page '{wanted}'.{nearest(wanted or '', known)}",
        hint=f"Pages: {', '.join(names)}",
    )


def open_in_man(page: Traversable) -> None:
    """Replace this process by man. Returns only where man is not installed, or where the page is in
    a zip archive, which man does not read."""
    if isinstance(page, Path) and (man := shutil.which("man")):
        os.execv(man, [man, str(page)])  # noqa: S606 - a page of our own, by its path


def found_by_man(environ: Mapping[str, str]) -> Path | None:
    """The file that `man tickiti` shows, by the rules of manpath(1). Raises OSError."""
    names = ("tickiti.1", "tickiti.1.gz")
    pages = (
        folder / "man1" / name for folder in shell_folders.man_folders(environ) for name in names
    )
    return next((page for page in pages if page.is_file()), None)


def as_text(page: Traversable) -> str:
    """The page as plain text, made from the command tree as the file was."""
    from tickiti_cli.reference.manual.pages import pages  # noqa: PLC0415 - it imports every command
    from tickiti_cli.reference.tree import read_tree  # noqa: PLC0415

    return pages(read_tree())[page.name].as_text()


def _pages() -> dict[str, Traversable]:
    """The file of every name that finds a page. A short name finds the page of lowest section."""
    found: dict[str, Traversable] = {}
    for page in sorted(shipped.folder("man").iterdir(), key=lambda page: page.name):
        if not fnmatch(page.name, "tickiti*.[157]"):
            continue
        for name in (_stem(page), page.name):
            found.setdefault(name, page)
            found.setdefault(name.removeprefix("tickiti-"), page)
    return found


def _stem(page: Traversable) -> str:
    return PurePath(page.name).stem
