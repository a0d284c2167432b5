"""The handwritten part of each shell's completion script, which stands in `shells/`.

Rule: the line `@DATA@` of that file is replaced by the generated tables.
"""

from pathlib import Path


def script(name: str, data: str) -> str:
    """The whole completion script of that file name, with the generated tables in it."""
    return _text(name).replace("@DATA@", data.rstrip("\n"))


def part(name: str) -> str:
    """A file of functions that a script takes in."""
    return _text(name)


def _text(name: str) -> str:
    return Path(__file__).with_name("shells").joinpath(name).read_text("utf-8")
