"""`tickiti profile remove`: removes a profile and its stored token."""

import typer

from tickiti_cli.commands.profile import changes
from tickiti_cli.commands.profile.options import Name
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti profile remove production --yes"))
def remove(ctx: typer.Context, *, name: Name) -> None:
    """Remove a profile and its stored token.

    The token itself stays valid.
    """
    runtime: Runtime = ctx.obj
    runtime.config.refuse_unknown_profile(name)
    runtime.confirm(f"Remove profile '{name}' and its stored token?")
    changes.remove_profile(runtime, name)
    runtime.output.done({"name": name}, said=f"Removed profile '{name}'.", plain=name)
