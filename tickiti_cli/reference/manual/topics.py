"""`tickiti help TOPIC`: the same texts as in the man pages, for a terminal or a pipe."""

from tickiti_cli.errors import UsageProblem
from tickiti_cli.nearest import nearest
from tickiti_cli.nouns import NOUNS
from tickiti_cli.surface import blocks, plain
from tickiti_cli.surface.entries import TOPICS, tables


def overview() -> str:
    """Where to begin, every noun and every topic."""
    return plain.render(blocks.read("overview", tables()))


def topic(name: str) -> str:
    """Raises UsageProblem for a name that is no topic."""
    if name not in TOPICS:
        raise _unknown(name)
    return plain.render(blocks.read(name, tables()))


def _unknown(name: str) -> UsageProblem:
    return UsageProblem(
        f"There is no topic '{name}'.{nearest(name, [*TOPICS, *NOUNS])}",
        hint=f"Topics: {', '.join(TOPICS)}",
    )
