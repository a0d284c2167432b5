"""The tags of an HTML text, as the HTML standard's tokenizer finds them (html.spec.whatwg.org,
13.2.5).

The rule of this file: each pattern reads a character once. A construct without its end (a tag
without its `>`, a comment without its `-->`) reaches to the end of the text, so that nothing after
it is read a second time.
"""

import re
from functools import cache

from tickiti_server.rendering.references import unescaped

BLANK = "\\t\\n\\f\\r "
"""The standard's white space, for a class of characters in a pattern."""

VALUE = rf"(?:\"[^\"]*+\"|'[^']*+'|[^{BLANK}\"'>][^{BLANK}>]*+)"
ATTRIBUTE = rf"(?:=?[^{BLANK}/>=]++(?:[{BLANK}]*+=[{BLANK}]*+{VALUE}?+)?+|=)"

MOST_ATTRIBUTES = 1000
"""The most attributes of one tag; further attributes are not looked at."""

MARKUP = re.compile(
    rf"<(?:(?P<slash>/?)(?P<name>[A-Za-z][^{BLANK}/>]*+)"
    rf"(?P<attributes>(?:[{BLANK}/]++|{ATTRIBUTE}){{0,{2 * MOST_ATTRIBUTES}}}+)[^>]*+(?P<end>>|\Z)"
    r"|(?P<comment>!--)"
    r"|[!?][^>]*+(?:>|\Z)|/(?:>|[^A-Za-z>][^>]*+(?:>|\Z)))"
)
"""A tag, where a comment begins, or one of the odd things that are read as a comment: `<!x>`,
`<?x>`, `</3>`, `</>`. A tag whose `end` is empty is cut off by the end of the text."""

_COMMENT_ENDS = re.compile(r"--!?>")


def end_of_comment(html: str, position: int) -> int:
    """The end of the comment whose `<!--` ends at `position`; a comment that never ends takes the
    rest, as in a browser."""
    for short in (">", "->"):
        if html.startswith(short, position):
            return position + len(short)
    found = _COMMENT_ENDS.search(html, position)
    return found.end() if found else len(html)


def attribute(attributes: str, name: str) -> str | None:
    """The value of the first attribute of a tag that is called so; None where there is none."""
    found = _finder(name).match(attributes)
    return None if found is None else unquoted(found[1])


def place_of_value(html: str, markup: re.Match[str], name: str) -> tuple[int, int] | None:
    """The position of the same value in the text, its quotes included."""
    found = _finder(name).match(html, *markup.span("attributes"))
    return None if found is None else found.span(1)


def unquoted(value: str) -> str:
    """A value as it is meant: without its quotes and character references."""
    return unescaped(value[1:-1] if value[:1] in ("'", '"') else value)


@cache
def _finder(name: str) -> re.Pattern[str]:
    others = rf"(?:[{BLANK}/]++|(?!{name}[{BLANK}/=]){ATTRIBUTE}){{0,{2 * MOST_ATTRIBUTES}}}+"
    return re.compile(rf"{others}{name}[{BLANK}]*+=[{BLANK}]*+({VALUE})", re.IGNORECASE)
