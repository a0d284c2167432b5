"""Writes the files that the examples in the help read: a picture, a CSV of tickets, and so on.

Rule: a file that exists is never changed, and no link that stands there is followed.
"""

import os
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from tickiti_cli.contract.webhooks import new_secret
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import write_output, write_private


def write_samples(folder: Path) -> list[str]:
    """Write the files that `folder` does not have, and return their names.

    Raises UsageProblem and ConfigProblem where a file cannot be written.
    """
    written: list[str] = []
    samples = files("tickiti_cli.bundled_server") / "samples"  # a zip archive may hold it
    for name, sample in sorted(_files_below(samples), key=lambda found: found[0]):
        path = folder / name
        if not os.path.lexists(path):
            _make_folder(path.parent)
            write_output(path, sample.read_bytes(), flag="DIR")
            written.append(name)
    for name, secret in {"password": "secret", "discount.secret": new_secret()}.items():
        if not os.path.lexists(folder / name):
            write_private(folder / name, secret)
            written.append(name)
    return written


def _files_below(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files_below(entry, f"{above}{entry.name}/")
        else:
            yield f"{above}{entry.name}", entry


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error
