"""`tickiti resolution reorder`: changes the order of resolutions."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.resolution.options import RESOLUTION
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import NothingFound
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti resolution reorder Replaced Repaired"))
def reorder(
    ctx: typer.Context,
    *,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RESOLUTION...",
            help="Names or IDs, first to last",
            autocompletion=offering("<resolution>"),
        ),
    ],
) -> None:
    """Change the order of resolutions

    The named resolutions come first; the others follow in their current order.
    """
    runtime: Runtime = ctx.obj
    rows = lookup.rows_of(runtime.client, RESOLUTION)
    first = [_row_of(rows, name) for name in names]
    ids = [*dict.fromkeys(row["id"] for row in [*first, *rows])]
    runtime.client.call(workflow.resolutions_reorder, {"ids": ids})
    moved = f"resolution '{first[0]['name']}'" if len(first) == 1 else f"{len(first)} resolutions"
    said = f"Moved {moved} to the top."
    runtime.output.done({"ids": ids}, said=said, plain="\n".join(map(str, ids)))


def _row_of(rows: list[lookup.Row], name: str) -> lookup.Row:
    found = RESOLUTION.find(rows, name)
    if found is None:
        raise NothingFound(f"There is no resolution '{name}'.", hint=RESOLUTION.where_to_see)
    return found
