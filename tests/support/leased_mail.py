"""A mail whose bytes a test gives, as the dispatcher holds it while it is sent."""

from dataclasses import dataclass


@dataclass(slots=True)
class LeasedMail:
    """The LeaseHandle of a mail; `marks` counts the calls that it may have arrived."""

    raw: bytes
    piece: int = 65_536
    """Bytes that are read at once."""

    marks: int = 0

    def mark_may_have_arrived(self) -> None:
        self.marks += 1

    def read_piece(self, start: int) -> bytes:
        return self.raw[start : start + self.piece]
