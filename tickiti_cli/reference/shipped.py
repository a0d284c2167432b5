"""The files that come with the program: completion scripts and man pages.

Rule: the same name finds a file in a checkout, in an installed package and in a zip archive.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_CHECKOUT = Path(__file__).parent.parent.parent


def folder(kind: str) -> Traversable:
    """The folder `completions` or `man`: inside an installed package, or at a checkout's root."""
    installed = files("tickiti_cli") / "share" / kind
    return installed if installed.is_dir() else _CHECKOUT / kind
