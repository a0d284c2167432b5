"""The texts that users read, and the patterns that CONTRIBUTING bans from them.

A text is a line with its place: help, a sentence of the code, a topic, a page of documentation.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.reference.tree import read_tree
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES
from tickiti_server.documentation.openapi.document import describe

ROOT = Path(__file__).parent.parent.parent
PROSE = ROOT / "tickiti_cli" / "reference" / "manual" / "prose"

BANNED = {
    r"(?<!there) is no (?!longer|such)": "is not a",
    r"\bwhat was said\b|\bwhat is said\b|\bwho writes\b": "response, body, author",
    r"\blies?\b|\blying\b": "is in, is stored in",
    r"(?<!\")\bbegun\b": "started, sent",
    r"\b(?:put|puts) right\b": "fixed",
    r"\b(?:put|puts) back\b": "restored",
    r"\byours alone\b|\bthe user's own\b": "private",
    r"\bgoes? on\b": "continues",
    r"\banew\b": "again",
    r"\ball the same\b": "anyway",
    r"\bwhoever\b|\bwhomever\b|\bwhom\b": "the person who",
    r"\bby its bytes\b": "is not a PNG",
    r"\bnobody can be asked\b": "not a terminal",
    r"\bparted\b": "separated",
    r"\bin the place of\b": "instead of",
    r"\bwhat became\b|\bwhat came of\b": "result, outcome",
    r"\bpassed over\b": "skipped",
    r"\b(?:JSON|such|another|unknown) members?\b|\bthe members? `": "field",
    r"\bthe same was\b": "an identical request",
    r"\b(?:spoken|told) of\b": "shown, reported",
    r"<(?:str|int|float|path|text)[ >]|x<=": "a name such as FILE",
}
"""Each pattern, without case, and what to write instead."""


class Text(NamedTuple):
    place: str
    text: str


Source = Callable[[], Iterator[Text]]


def help_texts() -> Iterator[Text]:
    """What `--help` shows, which the manual and the completions repeat."""
    for command in (tree := read_tree()).commands:
        yield Text(f"tickiti {command.path}", command.help)
        for part in (*command.flags, *command.arguments):
            yield Text(f"tickiti {command.path}: {part}", part.help)
    for noun in tree.nouns:
        yield Text(f"tickiti {noun.name}", noun.help)
    for flag in tree.flags:
        yield Text(f"tickiti {flag.long}", flag.help)


def sentences() -> Iterator[Text]:
    """The sentences of both packages: constants with words in them, but no docstrings."""
    for package in ("tickiti_cli", "tickiti_server"):
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_bytes())
            for line, text in _constants(tree):
                yield Text(f"{path.relative_to(ROOT)}:{line}", text)


def _constants(tree: ast.Module) -> Iterator[tuple[int, str]]:
    nodes = [*ast.walk(tree)]
    skipped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    skipped |= {id(part) for n in nodes if isinstance(n, ast.JoinedStr) for part in n.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (p.value if isinstance(p, ast.Constant) else "X" for p in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in skipped and " " in str(node.value):
            yield node.lineno, str(node.value)


def endpoint_texts() -> Iterator[Text]:
    """The OpenAPI document and the page of documentation, which repeats it."""
    document = describe(collect(MODULES, CATALOGUE.values()), "http://127.0.0.1:8642")
    for tag in document["tags"]:
        yield Text(f"endpoints of {tag['name']}", tag["description"])
    for path, item in document["paths"].items():
        (operation,) = item.values()
        yield Text(f"endpoint {path}", f"{operation['summary']} {operation['description']}")
    page = ROOT / "tickiti_server" / "documentation" / "page" / "page.html"
    yield Text(str(page.relative_to(ROOT)), re.sub(r"<[^>]+>", "", page.read_text("utf-8")))


def templates() -> Iterator[Text]:
    """The templates of the server's page, without their tags."""
    for path in sorted((ROOT / "tickiti_server" / "page" / "templates").glob("*.html")):
        words = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]+>", " ", path.read_text("utf-8"))
        for line in filter(str.strip, words.splitlines()):
            yield Text(str(path.relative_to(ROOT)), line.strip())


def documents() -> Iterator[Text]:
    """README, CHANGELOG and the help topics, by paragraph."""
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(PROSE.glob("*.txt"))):
        for paragraph in path.read_text("utf-8").split("\n\n"):
            yield Text(str(path.relative_to(ROOT)), " ".join(paragraph.split()))


def offences(texts: Iterator[Text]) -> list[str]:
    """Each text with a banned pattern, and what to write instead."""
    return [
        f"{place}: {found[0]!r} in {text[:120]!r}: write {better}"
        for place, text in texts
        for pattern, better in BANNED.items()
        if (found := re.search(pattern, text, re.IGNORECASE))
    ]
