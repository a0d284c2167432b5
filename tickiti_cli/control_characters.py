"""Control characters in text for a terminal: removed, or replaced by their escapes.

Rule: no other module of the CLI lists control characters. Text from a server may hold any of them.
"""

import re

_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
"""Characters that reorder the text behind them, so that a reader sees another text."""

CONTROL = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_DIRECTIONS}]")
"""C0, DEL, C1, the two line separators, and the characters that reorder text."""

_OBEYED = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_DIRECTIONS}]")
"""The characters that are removed from a text of several lines: those of CONTROL without TAB, line
feed and the separators."""

# ESC sequences first: CSI, OSC up to BEL or ST, sequences of two characters, CSI of one byte.
_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?|\x9b[0-?]*[ -/]*[@-~]"
)


def strip_controls(text: str) -> str:
    """The text without anything that a terminal obeys. Line breaks and TABs stay."""
    return _OBEYED.sub("", _SEQUENCES.sub("", text))


def escape_controls(text: str) -> str:
    r"""The text on one line: `\n`, `\t`, `\r` or `\u001b` for a control character.

    In JSON the escape means the same character, so that no value changes.
    """
    return CONTROL.sub(_escape, text)


def on_one_line(text: str) -> str:
    """The text without anything that a terminal obeys, a line break or TAB as its escape."""
    return escape_controls(strip_controls(text))


_IN_UTF8 = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2(?:\x80[\xa8-\xae]|\x81[\xa6-\xa9])")
"""The characters of CONTROL in UTF-8, but for C0, which JSON escapes."""


def escape_controls_of_json(line: bytes) -> bytes:
    """As `escape_controls`, for JSON in UTF-8. Several times as fast, because most texts have none
    of the bytes that a control character begins with."""
    may_have = b"\x7f" in line or b"\xc2" in line or b"\xe2" in line
    if may_have and _IN_UTF8.search(line):
        return escape_controls(line.decode()).encode()
    return line


def _escape(control: re.Match[str]) -> str:
    known = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return known.get(control[0], f"\\u{ord(control[0]):04x}")
