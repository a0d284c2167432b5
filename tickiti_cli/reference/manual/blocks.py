"""What a help topic and a man page are made of, and how their text is written in `prose/`.

A paragraph is lines up to an empty one. `term :: meaning` begins an entry, which goes on in lines
indented by two spaces. Lines indented by four are shown as they are. `## Title` begins a part,
`{name}` alone stands for a table of the code. `x` in backticks is a name of the program.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROSE = Path(__file__).with_name("prose")
LITERAL = "    "


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """Lines shown as they are: a command, a file."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Terms and what they mean. In a term, `x` is a name as in a text and <X> is to be replaced."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The title of what follows."""

    title: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How a command is typed: its name, and words in the markup of a term; [x] may be left out."""

    name: str
    words: tuple[str, ...]


Block = Paragraph | Literal | Entries | Part
Tables = Mapping[str, Entries]


def read(name: str, tables: Tables) -> list[Block]:
    """The text of that name in `prose/`."""
    return list(parse((PROSE / f"{name}.txt").read_text("utf-8"), tables))


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
