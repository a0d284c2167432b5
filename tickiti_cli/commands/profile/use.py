"""`tickiti profile use`: makes a profile the default."""

import typer

from tickiti_cli.commands.profile.options import Name
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work

app = verb()


@app.command(cls=Command, epilog=examples("tickiti profile use local"))
def use(ctx: typer.Context, name: Name) -> None:
    """Set the default profile."""
    runtime: Runtime = ctx.obj
    open_work.show(runtime, runtime.config.default_profile)
    runtime.config.use_profile(name)
    runtime.output.done(
        {"default_profile": name}, said=f"The default profile is now '{name}'.", plain=name
    )
