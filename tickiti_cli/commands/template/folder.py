"""Templates as a folder of files under version control: pull, diff, push."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.command import Command, ConfirmedCommand, examples, verb
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.templates.files import SUFFIX
from tickiti_cli.templates.folder import Change, compare, make, push, write

app = verb()

CHANGED = columns("change", "identifier")
NOTHING = "The folder and the server hold the same templates."

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder with a file identifier.html for each.")
]


@app.command(
    "pull",
    cls=ConfirmedCommand,
    epilog=examples("tickiti template pull templates", "tickiti template pull templates --yes"),
)
def pull_templates(ctx: typer.Context, *, folder: Folder) -> None:
    """Write the server's templates into a folder; files of other templates stay."""
    runtime: Runtime = ctx.obj
    make(folder)
    differences = compare(runtime, folder)
    stale = [one.identifier for one in differences if one.change is Change.UPDATE]
    if stale:
        names = ", ".join(f"{name}{SUFFIX}" for name in stale)
        runtime.confirm(f"Overwrite {names}, which the server has otherwise?")
    wanted = [one for one in differences if one.there]
    for one in wanted:
        assert one.there is not None
        write(folder, one.there)
    rows = [{"change": "written", "identifier": one.identifier} for one in wanted]
    runtime.output.rows(rows, CHANGED, empty=NOTHING)


@app.command(
    cls=Command,
    epilog=examples("tickiti template diff templates", "tickiti template diff templates --json"),
)
def diff(ctx: typer.Context, *, folder: Folder) -> None:
    """Show how a folder's templates differ from the server's, as a patch of the server."""
    runtime: Runtime = ctx.obj
    differences = compare(runtime, folder)
    records = [{**one.record, "patch": one.patch} for one in differences]
    runtime.output.patches(records, columns("change", "identifier", "patch"), empty=NOTHING)


@app.command(
    "push",
    cls=ConfirmedCommand,
    epilog=examples(
        "tickiti template push templates --dry-run",
        "tickiti template push templates --delete --yes",
    ),
)
def push_templates(
    ctx: typer.Context,
    *,
    folder: Folder,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the server's templates that have no file.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would change; change nothing.")
    ] = False,
) -> None:
    """Make the server's templates those of a folder; only what differs is sent."""
    runtime: Runtime = ctx.obj
    differences = compare(runtime, folder)
    wanted = [one for one in differences if delete or one.change is not Change.DELETE]
    surplus = ", ".join(one.identifier for one in differences if one.change is Change.DELETE)
    if surplus and not delete:
        runtime.output.remark(f"On the server alone, and kept there without --delete: {surplus}.")
    elif surplus and not dry_run:
        runtime.confirm(f"These templates have no file: {surplus}. Delete them?")
    rows = (one.record for one in wanted) if dry_run else push(runtime, wanted)
    runtime.output.rows(rows, CHANGED, empty="Nothing to push.", as_lines=bool(wanted))
