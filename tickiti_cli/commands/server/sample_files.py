"""`tickiti server sample-files`: writes the files that the examples in the help read."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.bundled_server.sample_files import write_samples
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

Folder = Annotated[
    Path, typer.Argument(metavar="[DIR]", help="Directory (default: the current one)")
]


@app.command(
    "sample-files",
    cls=Command,
    epilog=examples("tickiti server sample-files", "tickiti server sample-files samples"),
)
def sample_files(ctx: typer.Context, *, folder: Folder = Path()) -> None:
    """Write the files used in examples.

    The examples in the help work on a server that was started with --demo, in a directory with
    these files. Files that exist are left unchanged.
    """
    runtime: Runtime = ctx.obj
    written = write_samples(folder)
    runtime.output.done(
        {"folder": str(folder), "files": written},
        said=f"Wrote {len(written)} sample files to {folder.absolute()}.",
        plain=folder,
    )
