"""Tokens where they should not be."""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from tickiti_cli import sarif
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.errors import ConditionNotMet, UsageProblem
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.scanning import Scan, checked
from tickiti_cli.settings import Format

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
) -> None:
    """Look for tokens in files: exit 13 if there are any, 0 if there are none.

    Only what the checksum proves to be a token is reported, without asking any server. Binary
    files and .git are passed over, links are not followed, and no token is shown whole.
    """
    runtime: Runtime = ctx.obj
    if form is ScanFormat.JSON:
        runtime.output.format = Format.JSON
    look = Scan(runtime.streams.input_bytes)
    findings = look.of(checked(paths))
    if form is ScanFormat.SARIF:
        runtime.output.text(json.dumps(sarif.log_of(findings), indent=2))
    else:
        rows = (asdict(finding) for finding in findings)
        runtime.output.rows(rows, FOUND, empty="No token was found.")
    for line in look.unread:
        runtime.output.remark(f"Not read: {line}")
    if look.found:
        counted = "1 token was" if look.found == 1 else f"{look.found} tokens were"
        hint = "End each where it was minted, then remove it: tickiti token revoke ID"
        raise ConditionNotMet(f"{counted} found.", hint=hint)
    if look.unread:
        raise UsageProblem("What could not be read cannot be called clean.")
