"""Tokens where they should not be."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from tickiti_cli import sarif
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.errors import ConditionNotMet, UsageProblem
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.scanning import Scan, checked
from tickiti_cli.settings import Format
from tickiti_cli.token_search import Finding

app = verb()

FOUND = columns("path", "line", "column", "token")


class ScanFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token scan src",
        "tickiti token scan . --git-history",
        "git log -p | tickiti token scan -",
        "tickiti token scan src --format sarif > findings.sarif",
    ),
)
def scan(
    ctx: typer.Context,
    *,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders, or - for stdin.")
    ],
    form: Annotated[
        ScanFormat, typer.Option("--format", help="How findings are written.")
    ] = ScanFormat.TEXT,
    history: Annotated[
        bool,
        typer.Option("--git-history", help="Search every commit of git repositories as well."),
    ] = False,
) -> None:
    """Look for tokens in files: exit 13 if there are any, 0 if there are none.

    A token of the bundled server is proven by its checksum; what has the shape of the vendor's, an
    id, a bar and 40 characters or more, is marked as possible. No server is asked, and no token is
    shown whole. Binary files, UTF-16 and gzip are searched; other packed files are named, since
    they are not unpacked. Links are not followed.
    """
    runtime: Runtime = ctx.obj
    if form is ScanFormat.JSON:
        runtime.output.format = Format.JSON
    look = Scan(runtime.streams.input_bytes, runtime.environ, with_history=history)
    findings = look.of(checked(paths))
    if form is ScanFormat.SARIF:
        runtime.output.text(json.dumps(sarif.log_of(findings), indent=2))
    else:
        rows = map(_row, findings) if runtime.output.is_json else map(_line, findings)
        runtime.output.rows(rows, FOUND, empty="No token was found.")
    _tell_the_rest(runtime, look)


def _row(finding: Finding) -> dict[str, Any]:
    """A finding for a program: `possible` stands only where it is so."""
    row = finding._asdict()
    return row | ({"possible": True} if row.pop("is_possible") else {})


def _line(finding: Finding) -> dict[str, Any]:
    """The same for a person."""
    row = finding._asdict()
    return row | ({"token": f"{finding.token} (possible)"} if finding.is_possible else {})


def _tell_the_rest(runtime: Runtime, look: Scan) -> None:
    """What was not looked at, and how it ends. Raises ConditionNotMet and UsageProblem."""
    for line in look.packed:
        runtime.output.remark(f"Not unpacked: {line}")
    for line in look.passed:
        runtime.output.detail(f"Passed over: {line}")
    for line in look.unread:
        runtime.output.remark(f"Not read: {line}")
    if look.found:
        raise ConditionNotMet(_counted(look), hint=_hint(look))
    if look.unread:
        raise UsageProblem("What could not be read cannot be called clean.")


def _counted(look: Scan) -> str:
    certain = look.found - look.possible
    words = ["1 token" if certain == 1 else f"{certain} tokens"] if certain else []
    if look.possible:
        words += ["1 possible token" if look.possible == 1 else f"{look.possible} possible tokens"]
    return f"{' and '.join(words)} {'was' if look.found == 1 else 'were'} found."


def _hint(look: Scan) -> str:
    if look.found > look.possible:
        return "End each where it was minted, then remove it: tickiti token revoke ID"
    return "If it is one, end it where it was made, then remove it; it has no checksum to prove it."
