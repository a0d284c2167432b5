"""The texts of `tickiti help` and `tickiti help TOPIC`, which are those of the man pages."""

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.registry import NOUNS, TOPICS
from tickiti_cli.reference.manual import blocks, plain
from tickiti_cli.reference.manual.entries import tables
from tickiti_cli.suggest import nearest


def overview(columns: int) -> str:
    """The text of `tickiti help`: first steps, every noun and every topic."""
    return _fitted("overview", columns)


def topic(name: str, columns: int) -> str:
    """The text of a topic for a terminal of that width. Raises UsageProblem for an unknown name."""
    if name not in TOPICS:
        raise _unknown(name)
    return _fitted(name, columns)


def _fitted(name: str, columns: int) -> str:
    return plain.render(blocks.read(name, tables()), width=min(columns, plain.WIDTH))


def _unknown(name: str) -> UsageProblem:
    return UsageProblem(
        f"Unknown topic or command '{name}'.{nearest(name, [*TOPICS, *NOUNS])}",
        hint=f"Topics: {', '.join(TOPICS)}",
    )
