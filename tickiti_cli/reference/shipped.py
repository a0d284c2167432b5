"""The files that come with the program: completion scripts and man pages.

Rule: the same name finds a file in a checkout and in an installed package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def folder(kind: str) -> Path:
    """The folder `completions` or `man`: inside an installed package, or at a checkout's root."""
    installed = _PACKAGE / "share" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind
