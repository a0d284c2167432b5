"""What became of one line, as the job's log and the report have it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """`ident` is what the line is known by, `line` where it stood. Done: `id` is what was made.
    Else `code` and `message` say why."""

    line: int
    state: str
    key: str = ""
    id: object = None
    code: str = ""
    message: str = ""
    ident: int = 0

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Result":
        """From a row of the log. Raises KeyError, TypeError."""
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
        """The same where it stands now."""
        return replace(self, line=line)

    def row(self) -> dict[str, Any]:
        """As the report has it."""
        return {
            "line": self.line,
            "state": self.state,
            "id": self.id,
            "idempotency_key": self.key or None,
            "code": self.code or None,
            "message": self.message or None,
        }
