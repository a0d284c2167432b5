"""The handwritten part of each shell's completion script, which stands in `shells/`.

Rule: the line `@DATA@` of that file is replaced by the generated tables.
"""

from pathlib import Path


def script(name: str, data: str) -> str:
    """The whole completion script of that file name, with the generated tables in it."""
    return _text(name).replace("@DATA@", data.rstrip("\n"))


def part(name: str) -> str:
    """A file of functions as a text for a script: without comments and indentation."""
    lines = (line.strip() for line in _text(name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _text(name: str) -> str:
    return Path(__file__).with_name("shells").joinpath(name).read_text("utf-8")
