"""The result of one line, as the log of the job and the report have it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """`ident` is the line's identity, `line` its number in the file at that time.

    `id` is what the server made. `code` and `message` are the error of a line that is not done.
    """

    line: int
    state: str
    key: str = ""
    id: object = None
    code: str = ""
    message: str = ""
    ident: int = 0
    is_of_line: bool = False
    """True for an error that comes again until the line is corrected. The log does not store
    this."""

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Result":
        """Read a row of the log. Raises KeyError, TypeError."""
        return cls(
            row["line"],
            row["state"],
            row["idempotency_key"],
            row["id"],
            row["code"] or "",
            row["message"] or "",
            row["ident"],
        )

    def at(self, line: int) -> "Result":
        """Return the same result with the line's present number."""
        return replace(self, line=line)

    def row(self) -> dict[str, Any]:
        """Return the row of the report."""
        return {
            "line": self.line,
            "state": self.state,
            "id": self.id,
            "idempotency_key": self.key or None,
            "code": self.code or None,
            "message": self.message or None,
        }


REPORTED = tuple(Result(0, "").row())
"""The columns of a report."""
