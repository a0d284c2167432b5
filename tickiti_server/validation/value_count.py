"""The number of values in a JSON text, counted before the text is parsed.

The parser holds the GIL from the first byte to the last, so that a thread of its own would not help
other requests. This count limits what the parser gets. Rule: only methods of bytes read the text,
one piece at a time, so that other threads run in between.
"""

from tickiti_cli.contract.errors import PayloadTooLarge

MOST_VALUES = 100_000
"""Objects, arrays, strings, numbers, flags and nulls. Member names do not count."""

PIECE = 64 * 1024
"""Bytes that are counted while the GIL is held: one millisecond at worst."""

_OPENING = (b"[", b"{")
_BLANK = b" \t\r\n"


def refuse_many(text: bytes) -> None:
    """Raise PayloadTooLarge for JSON with more than MOST_VALUES values.

    In a text that is not JSON, the part before the first error is counted exactly; no parser reads
    on.
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
    """Counts values across pieces. One value begins with the text, with each comma and with each
    opening bracket, except a bracket that is closed at once."""

    def __init__(self) -> None:
        self.values = 1
        self._is_inside_string = False
        self._escape = b""
        """The backslash that ended the previous piece, if any."""

        self._opened = b""
        """The opening bracket that ended the previous piece, if any."""

    def add(self, piece: bytes) -> None:
        outside = self._without_strings(self._escape + piece).translate(None, _BLANK)
        found = self._opened + outside
        self.values += outside.count(b",") + outside.count(b"[") + outside.count(b"{")
        self.values -= found.count(b"[]") + found.count(b"{}")
        if outside:
            self._opened = outside[-1:] if outside.endswith(_OPENING) else b""

    def _without_strings(self, piece: bytes) -> bytes:
        """The piece with each string replaced by a quotation mark."""
        piece = piece.replace(b"\\\\", b"")
        self._escape = b"\\" if piece.endswith(b"\\") else b""
        parts = piece.removesuffix(b"\\").replace(b'\\"', b"").split(b'"')
        first = 0 if self._is_inside_string else 1
        parts[first::2] = [b'"'] * len(parts[first::2])
        self._is_inside_string ^= len(parts) % 2 == 0
        return b"".join(parts)
