"""Flags that several commands share, and how their text becomes a value."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.choices import MOST_DIGITS
from tickiti_cli.command import offering
from tickiti_cli.errors import UsageProblem

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhdw])|0{1,9}", re.ASCII)
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)/([smh])", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class BodyFormat(StrEnum):
    TEXT = "text"
    MD = "md"
    HTML = "html"
    PRE = "pre"
    """Text whose columns count: a table, a log."""


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
Again = Annotated[
    bool, typer.Option("--again", help="Send every line, whatever earlier jobs have done.")
]
OtherToken = Annotated[
    bool,
    typer.Option(
        "--other-token",
        help="Send lines of unknown outcome with another family's token: perhaps a second time.",
    ),
]
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
    typer.Option(
        "--body-format",
        metavar="text|md|html|pre",
        help="How it is written (md: Markdown; pre: keep columns).",
    ),
]
Editor = Annotated[bool, typer.Option("--editor", help="Write it in $VISUAL or $EDITOR.")]
Internal = Annotated[bool, typer.Option("--internal", help="For staff only.")]


def ticket_number(text: str) -> int:
    """`220009`, or `#220009` as people write it. Raises typer.BadParameter."""
    digits = text.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS and int(digits)):
        raise typer.BadParameter(f"'{text}' is not a ticket number such as 220009.")
    return int(digits)


Number = Annotated[
    int, typer.Argument(metavar="NUMBER", parser=ticket_number, help="The ticket's number.")
]
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
    if kind is BodyFormat.PRE:
        return preformatted(text)
    return text if kind is BodyFormat.HTML else html_of(text)


def html_of(text: str) -> str:
    """Plain text as HTML, by a rule that never changes: a retry must send the same bytes.

    Escape `& < > " '`, then every line break (CRLF, CR or LF) becomes `<br>`.
    """
    escaped = html.escape(text, quote=True)
    return escaped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def preformatted(text: str) -> str:
    """Plain text as HTML that keeps every blank, TAB and line break, by a rule that never changes.

    HTML drops a line break right behind <pre>: the one written there does not belong to the text.
    """
    escaped = html.escape(text, quote=True).replace("\r\n", "\n").replace("\r", "\n")
    return f"<pre>\n{escaped}</pre>"


def seconds_of(duration: str, flag: str) -> int:
    """`90s`, `45m`, `24h`, `90d`, `2w` -> seconds; 0 needs no unit. Raises UsageProblem naming the
    flag.

    A bare number is refused: `--overlap 24` meant a day to whoever typed it, and 24 seconds later
    the old token would stop working.
    """
    text = duration.strip()
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageProblem(f"{flag}: {_bad_duration(text)}")
    return int(match[1]) * _UNITS[match[2]] if match[1] else 0


def _bad_duration(text: str) -> str:
    if text.isascii() and text.isdigit():
        number = text[:9]
        return f"'{text}' has no unit: write {number}h for hours or {number}d for days."
    return f"'{text}' is no duration such as 30m, 24h or 90d."


def rate_of(text: str | None) -> float | None:
    """`10/s`, `0.5/s`, `90/m` -> a second. Raises UsageProblem."""
    if text is None:
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageProblem(f"--rate: '{text}' is no rate such as 10/s, 0.5/s or 90/m.")
    return float(match[1]) / _UNITS[match[2]]


def day_of(text: str, flag: str) -> str:
    """A day of the calendar as the server takes it, `2026-11-24`. Raises UsageProblem naming the
    flag."""
    day = text.strip()
    try:
        if _DAY.fullmatch(day):
            return date.fromisoformat(day).isoformat()
    except ValueError:
        pass  # the 31st of February, say
    raise UsageProblem(f"{flag}: '{text}' is not a day such as 2026-11-24.")


def instant_of(text: str, flag: str) -> str:
    """A day, or a second of it in UTC, as the server takes them: `2026-11-24 09:00:00`. Without an
    offset a moment is UTC. Raises UsageProblem naming the flag."""
    try:
        if _DAY.fullmatch(text.strip()):
            return day_of(text, flag)
        moment = datetime.fromisoformat(text.strip())
        in_utc = moment.astimezone(UTC) if moment.tzinfo else moment
        return in_utc.isoformat(" ", "seconds")[:19]
    except (ValueError, OverflowError):
        raise UsageProblem(
            f"{flag}: '{text}' is not a day such as 2026-11-24 or a moment such as "
            "2026-11-24T09:00:00+01:00."
        ) from None


def address_of(text: str, flag: str) -> str:
    """An e-mail address, as far as it can be told here: the server's rules are stricter. Raises
    UsageProblem naming the flag."""
    name, _, host = text.strip().rpartition("@")
    if not name or not host or len(text.split()) != 1:
        raise UsageProblem(
            f"{flag}: '{text}' is not an e-mail address such as marcus@trailblazers-club.example."
        )
    return text


def moment_of(text: str, flag: str) -> str:
    """`90d` from now, or a day, as the server takes it. Raises UsageProblem naming the flag."""
    return day_of(text, flag) if _DAY.fullmatch(text) else _moment(text, flag, direction=1)


def past_moment_of(text: str, flag: str) -> str:
    """`7d` ago, or a day, as the server takes it. Raises UsageProblem naming the flag."""
    return day_of(text, flag) if _DAY.fullmatch(text) else _moment(text, flag, direction=-1)


def _moment(duration: str, flag: str, *, direction: int) -> str:
    try:
        away = timedelta(seconds=direction * seconds_of(duration, flag))
        return (datetime.now(UTC) + away).isoformat(timespec="seconds")
    except OverflowError:
        raise UsageProblem(f"{flag}: '{duration}' is too far away.") from None
