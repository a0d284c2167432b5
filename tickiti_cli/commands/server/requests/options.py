"""The filters, columns and arguments that the verbs of `tickiti server requests` share."""

import re
from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.output.format import columns
from tickiti_cli.parser.options import Since, Until

REQUESTS = columns(
    "answered_at", "method", "path", "status", "milliseconds", "token_id", "code", "key_hint",
    "request_id", "fault",
    leaving=("key_hint", "token_id", "code", "milliseconds", "fault", "answered_at", "method"),
)  # fmt: skip

RequestId = Annotated[
    str, typer.Argument(metavar="ID", help="Request ID (its X-Request-Id header)")
]


def status_of(text: str) -> str:
    """A status such as 503, or a class of them such as 5xx. Raises typer.BadParameter."""
    status = text.strip().lower()
    if not re.fullmatch("[1-5](xx|[0-9][0-9])", status, re.ASCII):
        raise typer.BadParameter(f"'{text}' is not a status such as 503 or 5xx.")
    return status


class Filters(NamedTuple):
    """One flag for each filter."""

    method: Annotated[
        str | None, typer.Option(metavar="METHOD", help="Only this method, such as POST")
    ] = None
    path: Annotated[
        str | None,
        typer.Option(metavar="GLOB", help="Only this path; * matches any characters"),
    ] = None
    status: Annotated[
        str | None,
        typer.Option(metavar="CODE", parser=status_of, help="Only this status, 503 or 5xx"),
    ] = None
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only failures with this error code")
    ] = None
    key: Annotated[
        str | None,
        typer.Option(metavar="GLOB", help="Only this Idempotency-Key; * matches any characters"),
    ] = None
    token: Annotated[
        int | None, typer.Option(metavar="ID", min=1, help="Only requests of this token")
    ] = None
    faulty: Annotated[
        bool, typer.Option("--faulty", help="Only requests that a fault fired on")
    ] = False
    since: Since = None
    until: Until = None

    def to_members(self) -> dict[str, Any]:
        """The fields of requests.index."""
        given = {
            "method": self.method and self.method.upper(),
            "path": self.path,
            "status": self.status,
            "code": self.code,
            "key": self.key,
            "token_id": self.token,
            "faulty": self.faulty or None,
        }
        return {name: value for name, value in given.items() if value is not None}
