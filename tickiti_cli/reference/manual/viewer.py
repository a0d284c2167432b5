"""The man pages as the program shows them.

The rule of this file: a person at a terminal gets them through man, everything else as plain text.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tickiti_cli import shell_places, shipped
from tickiti_cli.errors import UsageProblem
from tickiti_cli.nearest import nearest

ROOT_PAGE = "tickiti"


def find(wanted: str | None) -> Path:
    """The page of a noun (`ticket`), or one by its whole name (`tickiti-config.5`).

    Raises UsageProblem for a name that has no page.
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
    """Become man; returns only where there is none."""
    if man := shutil.which("man"):
        os.execv(man, [man, str(page)])  # noqa: S606 - a page of our own, by its path


def found_by_man(environ: Mapping[str, str]) -> Path | None:
    """The page that `man tickiti` would show, by the rules of manpath(1). Raises OSError."""
    names = ("tickiti.1", "tickiti.1.gz")
    pages = (
        folder / "man1" / name for folder in shell_places.man_folders(environ) for name in names
    )
    return next((page for page in pages if page.is_file()), None)


def as_text(page: Path) -> str:
    """Without man: from the command tree, as the page itself was written."""
    from tickiti_cli.surface.pages import pages  # noqa: PLC0415 - it imports every command
    from tickiti_cli.surface.tree import read  # noqa: PLC0415

    return pages(read())[page.name].as_text()


def _pages() -> dict[str, Path]:
    """Every name that a page can be asked for by; the lower section has the shorter name."""
    found: dict[str, Path] = {}
    for path in sorted(shipped.folder("man").glob("tickiti*.[157]")):
        for name in (path.stem, path.name):
            found.setdefault(name, path)
            found.setdefault(name.removeprefix("tickiti-"), path)
    return found
