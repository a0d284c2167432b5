"""`tickiti auth logout`: removes the stored token of a profile."""

import typer

from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti auth logout -p local --yes"))
def logout(ctx: typer.Context) -> None:
    """Delete a profile's stored token.

    The token itself stays valid.
    """
    runtime: Runtime = ctx.obj
    name = runtime.globals.profile or runtime.config.connection.profile
    if name is None:
        raise UsageProblem("Missing profile: add --profile NAME.")
    open_work.show(runtime, name)
    runtime.confirm(f"Delete the stored token of profile '{name}'?")
    if not runtime.config.token_store(name).forget():
        raise ConfigProblem(f"Profile '{name}' has no stored token.")
    runtime.output.done(
        {"profile": name}, said=f"Deleted the stored token of profile '{name}'.", plain=name
    )
