"""Blocks as mdoc(7), the language of man pages.

Rule: every text is escaped, so that roff never reads a word of it as a request.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence

from tickiti_cli.reference.manual.blocks import Block, Entries, Literal, Paragraph, Part, Usage

WIDTH = 78
"""Characters of a source line. mandoc warns from 80 on."""

_ESCAPES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
_SPAN = re.compile(r"([^\s`]*)`([^`]+)`([^\s`]*)")
_PIECE = re.compile(r"`[^`]+`|<[^>]+>|\S+")
_BETWEEN = (",", "|", "...")
_OPENING, _CLOSING = "([", ".,:;?!)]"


def render(blocks: Sequence[Block]) -> str:
    return "".join(f"{line}\n" for line in lines(blocks))


def lines(blocks: Sequence[Block]) -> Iterator[str]:
    """The lines of all blocks. `.Pp` separates a paragraph from the block before it.

    Behind a title there is none, because `.Ss` separates by itself.
    """
    before: Block | None = None
    for block in blocks:
        if isinstance(block, Paragraph) and not isinstance(before, Part | None):
            yield ".Pp"
        yield from _lines(block)
        before = block


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from prose(text)
        case Literal(shown):
            yield ".Bd -literal -offset indent"
            yield from (_at_start(exact(line)) for line in shown)
            yield ".Ed"
        case Part(title):
            yield f".Ss {title}"
        case Entries(rows):
            yield ".Bl -tag -width Ds"
            for marked, meaning in rows:
                yield f".It {term(marked)}"
                yield from prose(meaning)
            yield ".El"


def prose(text: str) -> Iterator[str]:
    """One line for each sentence, and one for each name of the program in it."""
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z`(])", text):
        place = 0
        for span in _SPAN.finditer(sentence):
            yield from _words(sentence[place : span.start()])
            yield _named(span[1], span[2], span[3])
            place = span.end()
        yield from _words(sentence[place:])


def _words(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text.strip(), WIDTH, break_long_words=False, break_on_hyphens=False):
        yield _at_start(line.replace("\\", "\\e"))


def _named(before: str, shown: str, after: str) -> str:
    """The macro line of a name, with the punctuation around it.

    Raises ValueError where a letter touches the name, because no macro can express that.
    """
    if set(before) - set(_OPENING) or set(after) - set(_CLOSING):
        raise ValueError(f"part these words from the name: {before}`{shown}`{after}")
    macro, *words = _macro(shown)
    return " ".join([f".{macro}", *before, *words, *after])


def usage(typed: Usage) -> Iterator[str]:
    yield f".Nm {argument(typed.name)}"
    for word in typed.words:
        inner = word.removeprefix("[").removesuffix("]")
        yield f".Op {term(inner)}" if inner != word else f".{term(inner)}"


def term(marked: str) -> str:
    """The macros of a term, without the leading dot."""
    words: list[str] = []
    for piece in _PIECE.findall(marked):
        if piece.startswith("`"):
            words += _macro(piece.strip("`"))
        elif piece.startswith("<"):
            words += ["Ar", argument(piece.strip("<>").lower())]
        elif piece in _BETWEEN:
            words.append(piece)
        else:
            words += ["No", argument(piece)]
    return " ".join(words)


def _macro(shown: str) -> list[str]:
    """The macro of a name by its form: flag, variable, path, command line or single word."""
    if re.fullmatch(r"-[-\w]+", shown):
        return ["Fl", argument(shown[1:])]
    if re.fullmatch(r"[A-Z][A-Z_]+", shown):
        return ["Ev", argument(shown)]
    is_path = re.fullmatch(r"[~$./\w-]*(/|\.toml)[\w./-]*", shown)
    is_line = not re.fullmatch(r"[\w-]+", shown)
    return ["Pa" if is_path else "Ql" if is_line else "Cm", argument(shown)]


def argument(text: str) -> str:
    """Any text as one argument of a macro."""
    escaped = exact(text).replace('"', "\\(dq")
    is_callable = re.fullmatch(r"[A-Z][a-z]|[.,:;()\[\]?!|]", escaped)
    return f'"{escaped}"' if " " in escaped else f"\\&{escaped}" if is_callable else escaped


def exact(text: str) -> str:
    """The text escaped so that hyphens and quotes can be copied from the page unchanged."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def _at_start(line: str) -> str:
    return f"\\&{line}" if line[:1] in (".", "'") else line
