"""The files that come with the program: completion scripts and man pages.

The rule of this file: the same file is found in a checkout and in an installed package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """`completions` or `man`: beside the code where it was installed, else in the checkout."""
    installed = _PACKAGE / "share" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind
