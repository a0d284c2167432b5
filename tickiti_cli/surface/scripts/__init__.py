"""The unchanging part of each shell's completion script; `@DATA@` is where the tables go."""

from pathlib import Path


def script(name: str, data: str) -> str:
    """A whole script."""
    return Path(__file__).with_name(name).read_text("utf-8").replace("@DATA@", data.rstrip("\n"))
