"""`tickiti token scan`: finds tokens in files and in git history."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from tickiti_cli.commands.token import sarif
from tickiti_cli.config.settings import Format
from tickiti_cli.control_characters import strip_controls
from tickiti_cli.errors import ConditionNotMet, UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.standard_input import opened_for
from tickiti_cli.tokens.scan.scan import STDIN, Scan, checked, refuse_without_history
from tickiti_cli.tokens.scan.token_search import Finding

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
        "tickiti token scan src --git-history",
        "git log -p | tickiti token scan -",
        "tickiti token scan src --format sarif > findings.sarif",
    ),
)
def scan(
    ctx: typer.Context,
    *,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files or directories, or - for stdin")
    ],
    form: Annotated[
        ScanFormat, typer.Option("--format", help="Format of the findings")
    ] = ScanFormat.TEXT,
    history: Annotated[
        bool,
        typer.Option("--git-history", help="Also search every commit of the git repository"),
    ] = False,
) -> None:
    """Find leaked tokens in files.

    Exits with 13 if tokens are found, 0 if none are. Tokens of the bundled server are confirmed by
    their checksum. Text in the form of a vendor's token (an ID, a bar and at least 40 characters)
    is reported as possible. No server is contacted and no token is shown in full.

    Binary files, UTF-16 and gzip are searched; other archives are listed as skipped. Symbolic links
    are not followed.
    """
    runtime: Runtime = ctx.obj
    if form is ScanFormat.JSON:
        runtime.output.format = Format.JSON
    places = checked(paths)
    piped = opened_for("PATH -") if STDIN in places else None
    look = Scan(piped, runtime.environ, with_history=history)
    if history:
        refuse_without_history(places)
    findings = look.of(places)
    if form is ScanFormat.SARIF:
        runtime.output.text(json.dumps(sarif.log_of(findings), indent=2))
    else:
        rows = map(_row, findings) if runtime.output.is_json else map(_line, findings)
        runtime.output.rows(rows, FOUND, empty="No tokens found.")
    _report_unsearched(runtime, look)


def _row(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON shows it; `possible` is present only where true."""
    row = finding._asdict()
    return row | ({"possible": True} if row.pop("is_possible") else {})


def _line(finding: Finding) -> dict[str, Any]:
    """Return a finding as a table shows it."""
    row = finding._asdict()
    return row | ({"token": f"{finding.token} (possible)"} if finding.is_possible else {})


def _report_unsearched(runtime: Runtime, look: Scan) -> None:
    """Report the files that were not searched, and end with the right exit code. Raises
    ConditionNotMet and UsageProblem."""
    for line in look.packed:
        runtime.output.remark(f"Skipped archive: {line}")
    for line in look.passed:
        runtime.output.detail(f"Skipped: {line}")
    for line in look.partial:
        # --quiet does not hide it: without a finding, the scan would seem to be of everything.
        runtime.streams.remark(strip_controls(line))
    for line in look.unread:
        runtime.output.remark(f"Cannot read: {line}")
    if look.found:
        raise ConditionNotMet(_count(look), hint=_hint(look))
    if look.unread:
        raise UsageProblem("The scan is incomplete: some files could not be read.")


def _count(look: Scan) -> str:
    certain = look.found - look.possible
    words = ["1 token" if certain == 1 else f"{certain} tokens"] if certain else []
    if look.possible:
        words += ["1 possible token" if look.possible == 1 else f"{look.possible} possible tokens"]
    return f"{' and '.join(words)} {'was' if look.found == 1 else 'were'} found."


def _hint(look: Scan) -> str:
    if look.found > look.possible:
        return "Revoke each token, then remove it from the file: tickiti token revoke ID"
    return "If it is a token, revoke it where it was created, then remove it from the file."
