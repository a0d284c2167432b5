"""The texts of `tickiti help` and `tickiti help TOPIC`, which are those of the man pages."""

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.registry import NOUNS, TOPICS
from tickiti_cli.reference.manual import blocks, plain
from tickiti_cli.reference.manual.entries import tables
from tickiti_cli.suggest import nearest


def overview() -> str:
    """The text of `tickiti help`: first steps, every noun and every topic."""
    return plain.render(blocks.read("overview", tables()))


def topic(name: str) -> str:
    """The text of a topic. Raises UsageProblem for an unknown name."""
    if name not in TOPICS:
        raise _unknown(name)
    return plain.render(blocks.read(name, tables()))


def _unknown(name: str) -> UsageProblem:
    return UsageProblem(
        f"Unknown topic or command '{name}'.{nearest(name, [*TOPICS, *NOUNS])}",
        hint=f"Topics: {', '.join(TOPICS)}",
    )
