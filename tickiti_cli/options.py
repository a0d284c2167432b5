"""Flags that several commands share, and how their text becomes a value."""

import html
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.command import offering
from tickiti_cli.errors import UsageProblem

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhdw]?)", re.ASCII)
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)/([smh])", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class BodyFormat(StrEnum):
    TEXT = "text"
    MD = "md"
    HTML = "html"


class FileFormat(StrEnum):
    """How a file holds many records."""

    NDJSON = "ndjson"
    CSV = "csv"


class OnError(StrEnum):
    """What a line that fails does to a bulk job."""

    STOP = "stop"
    CONTINUE = "continue"


Lines = Annotated[str, typer.Argument(metavar="FILE", help="The file, or - for stdin.")]
LinesFormat = Annotated[
    FileFormat | None, typer.Option("--format", help="What it is (by its name).")
]
KeyFrom = Annotated[
    str | None,
    typer.Option(metavar="COLUMNS", help="Derive each key from these, separated by commas."),
]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="Lines sent at once.")]
AtError = Annotated[OnError, typer.Option(help="What a line that fails does to the others.")]
Report = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What became of each line, .csv or .ndjson.")
]
Out = Annotated[
    str, typer.Option(metavar="FILE", help="Write to this file when complete, or - for stdout.")
]
OutFormat = Annotated[
    FileFormat | None, typer.Option("--format", help="How (by the file's name; - is ndjson).")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on where a run that was cut short stopped, if any.")
]
Members = Annotated[
    str | None, typer.Option("--fields", metavar="A,B,C", help="Write these members only.")
]
From = Annotated[str, typer.Option("--from", metavar="EMAIL", help="Who writes.")]
Body = Annotated[str | None, typer.Option("--body", "-b", metavar="TEXT", help="What is said.")]
BodyFile = Annotated[
    str | None,
    typer.Option("--body-file", metavar="FILE", help="Read it from a file, or - for stdin."),
]
BodyKind = Annotated[
    BodyFormat,
    typer.Option("--body-format", metavar="text|md|html", help="How it is written (md: Markdown)."),
]
Editor = Annotated[bool, typer.Option("--editor", help="Write it in $VISUAL or $EDITOR.")]
Internal = Annotated[bool, typer.Option("--internal", help="For staff only.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The ticket's number.")]
Token = Annotated[
    str | None,
    typer.Argument(metavar="ID|NAME", help="Its id, or its name for the newest active one."),
]
OwnToken = Annotated[bool, typer.Option("--self", help="The token in use.")]
Expires = Annotated[
    str | None, typer.Option(metavar="90d|DATE", help="When it stops working by itself.")
]
Install = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DEST",
        help="Put it there: file:PATH or profile:NAME.",
        autocompletion=offering("file:", "profile:"),
    ),
]
Database = Annotated[
    Path | None, typer.Option("--db", metavar="FILE", help="The database (in your data directory).")
]

ServerName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Which server, by its name (local).")
]


def content_of(text: str, kind: BodyFormat) -> str:
    """A body as HTML."""
    if kind is BodyFormat.MD:
        from tickiti_cli.markdown import html_of_markdown  # noqa: PLC0415 - rare

        return html_of_markdown(text)
    return text if kind is BodyFormat.HTML else html_of(text)


def html_of(text: str) -> str:
    """Plain text as HTML, by a rule that never changes: a retry must send the same bytes.

    Escape `& < > " '`, then every line break (CRLF, CR or LF) becomes `<br>`.
    """
    escaped = html.escape(text, quote=True)
    return escaped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def seconds_of(duration: str, flag: str) -> int:
    """`90`, `45m`, `24h`, `90d` -> seconds. Raises UsageProblem naming the flag."""
    match = _DURATION.fullmatch(duration.strip())
    if match is None:
        raise UsageProblem(f"{flag}: '{duration}' is no duration such as 30m, 24h or 90d.")
    return int(match[1]) * _UNITS[match[2] or "s"]


def rate_of(text: str | None) -> float | None:
    """`10/s`, `0.5/s`, `90/m` -> a second. Raises UsageProblem."""
    if text is None:
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageProblem(f"--rate: '{text}' is no rate such as 10/s, 0.5/s or 90/m.")
    return float(match[1]) / _UNITS[match[2]]


def moment_of(text: str, flag: str) -> str:
    """`90d` from now, or a day, as the server takes it. Raises UsageProblem naming the flag."""
    return text if _DAY.fullmatch(text) else _moment(text, flag, direction=1)


def past_moment_of(text: str, flag: str) -> str:
    """`7d` ago, or a day, as the server takes it. Raises UsageProblem naming the flag."""
    return text if _DAY.fullmatch(text) else _moment(text, flag, direction=-1)


def _moment(duration: str, flag: str, *, direction: int) -> str:
    try:
        away = timedelta(seconds=direction * seconds_of(duration, flag))
        return (datetime.now(UTC) + away).isoformat(timespec="seconds")
    except OverflowError:
        raise UsageProblem(f"{flag}: '{duration}' is too far away.") from None
