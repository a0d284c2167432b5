"""`tickiti template push`: uploads changed templates from a directory."""

from typing import Annotated

import typer

from tickiti_cli.commands.template.difference import CHANGES, Folder
from tickiti_cli.commands.template.folder import Change, compare, push
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
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
        bool, typer.Option("--delete", help="Delete templates that have no file")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show the changes without making them")
    ] = False,
) -> None:
    """Upload changed templates from a directory

    Templates that have no file stay on the server unless --delete is given.
    """
    runtime: Runtime = ctx.obj
    differences = compare(runtime, folder, may_rename=not dry_run)
    wanted = [one for one in differences if delete or one.change is not Change.DELETE]
    surplus = ", ".join(one.identifier for one in differences if one.change is Change.DELETE)
    if surplus and not delete:
        runtime.output.remark(
            f"Kept on the server although they have no file (--delete deletes them): {surplus}."
        )
    elif surplus and not dry_run:
        runtime.confirm(f"Delete templates that have no file: {surplus}?")
    rows = (one.record for one in wanted) if dry_run else push(runtime, folder, wanted)
    runtime.output.rows(rows, CHANGES, empty="Nothing to push.", as_lines=bool(wanted))
