"""The flags that all bulk jobs share, and their values.

Rule: no other module of `bulk` imports typer.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tickiti_cli.bulk.records.file_format import Dialect, FileFormat
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.durations import rate_of


class OnError(StrEnum):
    """Whether a bulk job goes on after a line that fails."""

    STOP = "stop"
    CONTINUE = "continue"


Lines = Annotated[str, typer.Argument(metavar="FILE", help='CSV or NDJSON file ("-" for stdin)')]
LinesFormat = Annotated[
    FileFormat | None,
    typer.Option("--format", help="File format: csv or ndjson (default: by file name)"),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", metavar="CHAR", help="CSV delimiter, such as ; or tab (default: detected)"
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="File encoding, such as windows-1252 (default: by byte order mark, else UTF-8)",
    ),
]
KeyFrom = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNS", help="Derive idempotency keys from these columns, comma-separated"
    ),
]
Jobs = Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Send N rows at once")]
Again = Annotated[
    bool, typer.Option("--again", help="Send all rows, including those sent by an earlier run")
]
OtherToken = Annotated[
    bool,
    typer.Option(
        "--other-token",
        help="Resume with an unrelated token; some rows may be sent twice",
    ),
]
AtError = Annotated[
    OnError, typer.Option(metavar="ACTION", help="After a failed row: stop or continue")
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write a result for each row to FILE (.csv or .ndjson)"),
]
Out = Annotated[str, typer.Option(metavar="FILE", help='Output file ("-" for stdout)')]
OutFormat = Annotated[
    FileFormat | None,
    typer.Option("--format", help="Output format: csv or ndjson (default: by file name)"),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an interrupted export")]
Members = Annotated[
    str | None, typer.Option("--fields", metavar="A,B,C", help="Export only these fields")
]


class LinesFlags(NamedTuple):
    """The flags that tell how to read a file of lines; each field has the name of its flag."""

    file_format: LinesFormat = None
    delimiter: Delimiter = None
    encoding: Encoding = None

    def parse(self) -> Dialect:
        """Check the values of the flags. Raises UsageProblem."""
        return Dialect.of(self.file_format, self.delimiter, self.encoding)


class BulkOptions(NamedTuple):
    """The values of the flags that all bulk jobs share."""

    key_from: Sequence[str] = ()
    """Columns that each line's idempotency key is derived from."""

    jobs: int = 1
    """Lines sent at once."""

    rate: float | None = None
    """Attempts a second on average; None for no limit."""

    stops_at_error: bool = False
    report: Path | None = None
    is_again: bool = False
    """Send lines that an earlier job has done, too."""

    other_token: bool = False
    """Let a token of another family send lines whose outcome is unknown."""


class BulkFlags(NamedTuple):
    """The flags that all bulk jobs share; each field has the name of its flag."""

    key_from: KeyFrom = None
    jobs: Jobs = 1
    on_error: AtError = OnError.CONTINUE
    report: Report = None
    again: Again = False
    other_token: OtherToken = False

    def parse(self, rate: str | None = None) -> BulkOptions:
        """Parse the values of the flags. Raises UsageProblem."""
        names = self.key_from.split(",") if self.key_from else ()
        return BulkOptions(
            key_from=[name.strip() for name in names],
            jobs=self.jobs,
            rate=rate_of(rate),
            stops_at_error=self.on_error is OnError.STOP,
            report=self.report,
            is_again=self.again,
            other_token=self.other_token,
        )


def refuse_one_key(key: str | None) -> None:
    """Raise UsageProblem if a key was given, because each line needs a key of its own."""
    if key:
        raise UsageProblem("--idempotency-key is one key; for many lines use --key-from COLUMNS.")
