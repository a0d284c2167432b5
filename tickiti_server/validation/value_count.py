"""How many values a JSON text holds, counted before it is parsed.

The parser keeps the interpreter's lock from its first byte to its last, so that a thread of its own
does not help whoever waits: what it may be given is limited here, at the speed of memory. The rule
of this file: only methods of bytes look at the text, a piece at a time, and others run in between.
"""

from tickiti_cli.contract.errors import PayloadTooLarge

MOST_VALUES = 100_000
"""Objects, arrays, strings, numbers, flags and nulls; the names in objects do not count."""

PIECE = 64 * 1024
"""Bytes that are looked at without a pause: a millisecond at worst."""

_OPENING = (b"[", b"{")
_BLANK = b" \t\r\n"


def refuse_many(text: bytes) -> None:
    """Raise PayloadTooLarge for JSON with more than MOST_VALUES values.

    Of what is not JSON, the part before its first error is counted right: no parser sees more.
    """
    # Each value but the first needs a byte of its own that comes before it, and most are longer.
    if len(text) > MOST_VALUES and _is_over(text):
        raise PayloadTooLarge(
            f"The body holds more than {MOST_VALUES} JSON values. Send several requests."
        )


def _is_over(text: bytes) -> bool:
    counter = _Counter()
    for start in range(0, len(text), PIECE):
        counter.add(text[start : start + PIECE])
        if counter.values > MOST_VALUES:
            return True
    return False


class _Counter:
    """A value begins with the text, with each comma and with each bracket that opens; a bracket
    that is closed at once has opened for none."""

    def __init__(self) -> None:
        self.values = 1
        self._is_inside_string = False
        self._escape = b""
        """A backslash at the end of the piece before."""

        self._opened = b""
        """A bracket at the end of the piece before."""

    def add(self, piece: bytes) -> None:
        outside = self._without_strings(self._escape + piece).translate(None, _BLANK)
        found = self._opened + outside
        self.values += outside.count(b",") + outside.count(b"[") + outside.count(b"{")
        self.values -= found.count(b"[]") + found.count(b"{}")
        if outside:
            self._opened = outside[-1:] if outside.endswith(_OPENING) else b""

    def _without_strings(self, piece: bytes) -> bytes:
        """The piece with a quotation mark in the place of what each string says."""
        piece = piece.replace(b"\\\\", b"")
        self._escape = b"\\" if piece.endswith(b"\\") else b""
        parts = piece.removesuffix(b"\\").replace(b'\\"', b"").split(b'"')
        first = 0 if self._is_inside_string else 1
        parts[first::2] = [b'"'] * len(parts[first::2])
        self._is_inside_string ^= len(parts) % 2 == 0
        return b"".join(parts)
