"""The blocks of a help topic and a man page, and the markup of their texts in `prose/`.

An empty line ends a paragraph. `term :: meaning` begins an entry; lines indented by two spaces
continue it. Lines indented by four are literal. `## Title` begins a part, `{name}` alone inserts
a table of the code. `x` in backticks is a name of the program.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

LITERAL = "    "


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that are wrapped."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """Lines that are not wrapped: a command, a file."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Terms and their meanings. In a term, `x` is a name as in a text; the user replaces <X>."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The title of the blocks behind it."""

    title: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The synopsis of a command: its name, then words in the markup of a term. [x] is optional."""

    name: str
    words: tuple[str, ...]


Block = Paragraph | Literal | Entries | Part
Tables = Mapping[str, Entries]


def read(name: str, tables: Tables) -> list[Block]:
    """The blocks of the file `prose/NAME.txt`."""
    prose = files("tickiti_cli.reference.manual") / "prose"  # a zip archive may hold it
    return list(parse((prose / f"{name}.txt").read_text("utf-8"), tables))


def parse(text: str, tables: Tables) -> Iterator[Block]:
    for chunk in text.strip("\n").split("\n\n"):
        yield _block(chunk.splitlines(), tables)


def _block(lines: list[str], tables: Tables) -> Block:
    first = lines[0]
    if all(line.startswith(LITERAL) for line in lines):
        return Literal(tuple(line.removeprefix(LITERAL) for line in lines))
    if first.startswith("## "):
        return Part(first.removeprefix("## "))
    if first.startswith("{") and first.endswith("}"):
        return tables[first.strip("{}")]
    if " :: " in first:
        return Entries(tuple(_rows(lines)))
    return Paragraph(" ".join(lines))


def _rows(lines: list[str]) -> Iterator[tuple[str, str]]:
    term, meaning = "", ""
    for line in lines:
        if line.startswith("  "):
            meaning += f" {line.strip()}"
            continue
        if term:
            yield term, meaning
        term, _, meaning = line.partition(" :: ")
    yield term, meaning
