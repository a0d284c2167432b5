"""`tickiti template pull`: downloads templates to a directory."""

import typer

from tickiti_cli.commands.template.difference import CHANGES, NO_DIFFERENCE, Folder
from tickiti_cli.commands.template.file import SUFFIX
from tickiti_cli.commands.template.folder import Change, compare, make_folder, write
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti template pull templates", "tickiti template pull templates --yes"),
)
def pull_templates(ctx: typer.Context, *, folder: Folder) -> None:
    """Download templates to a directory

    Asks before it overwrites a file that differs. Other files are left untouched.
    """
    runtime: Runtime = ctx.obj
    make_folder(folder)
    differences = compare(runtime, folder)
    stale = [one.identifier for one in differences if one.change is Change.UPDATE]
    if stale:
        names = ", ".join(f"{name}{SUFFIX}" for name in stale)
        runtime.confirm(f"Overwrite {names} with the server's version?")
    wanted = [one for one in differences if one.there]
    for one in wanted:
        assert one.there is not None
        write(folder, one.there)
    rows = [{"change": "written", "identifier": one.identifier} for one in wanted]
    runtime.output.rows(rows, CHANGES, empty=NO_DIFFERENCE)
