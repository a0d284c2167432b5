"""Many tickets from a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.command import WriteCommand, examples, verb
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import FileFormat
from tickiti_cli.runtime import Runtime

app = verb()


class OnError(StrEnum):
    STOP = "stop"
    CONTINUE = "continue"


@app.command(
    "import",
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket import tickets.csv",
        "tickiti ticket import tickets.csv --map E-Mail=from --key-from Reference --jobs 8",
        "tickiti ticket import tickets.ndjson --report report.csv",
    ),
)
def import_tickets(
    ctx: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file, or - for stdin.")],
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="What it is (by its name).")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds."),
    ] = None,
    key_from: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Derive each key from these, separated by commas."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Lines sent at once.")] = 1,
    on_error: Annotated[
        OnError, typer.Option(help="What a line that fails does to the others.")
    ] = OnError.CONTINUE,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What became of each line, .csv or .ndjson.")
    ] = None,
) -> None:
    """Open a ticket for each line of a file. Run again after a crash, it goes on where it was.

    Fields are the long flags of `ticket create`: from, subject, body, queue, ... and data.NAME. A
    column is the field of its own name unless --map says otherwise.
    """
    runtime: Runtime = ctx.obj
    if runtime.globals.idempotency_key:
        raise UsageProblem("--idempotency-key is one key; for many lines use --key-from COLUMNS.")
    from tickiti_cli.bulk import tickets  # noqa: PLC0415 - no other command needs its 10 ms

    plan = tickets.plan(
        runtime,
        file,
        file_format=file_format,
        mapping=mapping or [],
        key_from=key_from,
        jobs=jobs,
        stops_at_error=on_error is OnError.STOP,
        report=report,
    )
    if runtime.globals.dry_run or runtime.globals.print_curl:
        tickets.preview(runtime, plan)
        return
    counts = tickets.send(runtime, plan)
    said = f"{counts['done']} of {counts['lines']} lines imported"
    said += f", {counts['skipped']} were done before." if counts["skipped"] else "."
    runtime.output.done(counts, said=said, plain=counts["done"] + counts["skipped"])
