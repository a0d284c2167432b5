"""`tickiti alias delete`: deletes an alias."""

import typer

from tickiti_cli.commands.alias.options import Name
from tickiti_cli.config import changes
from tickiti_cli.errors import NothingFound
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import nearest

app = verb()


@app.command(cls=Command, epilog=examples("tickiti alias delete urgent"))
def delete(ctx: typer.Context, *, name: Name) -> None:
    """Delete an alias"""
    runtime: Runtime = ctx.obj
    known = runtime.config.aliases
    if name not in known:
        raise NothingFound(
            f"There is no alias '{name}'.{nearest(name, known)}", hint="See: tickiti alias list"
        )
    changes.change(runtime.config, f"aliases.{name}", None)
    runtime.output.done({"name": name}, said=f"Deleted the alias '{name}'.", plain=name)
