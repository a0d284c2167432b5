"""`tickiti config set`: writes one member of the user's config.toml."""

from typing import Annotated

import typer

from tickiti_cli.commands.config.options import Name
from tickiti_cli.config import changes
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti config set timeout 10",
        "tickiti config set profiles.local.from anna@sole-trader.example",
        "tickiti config set timeout 10 && tickiti config set timeout --unset",
    ),
)
def set_value(
    ctx: typer.Context,
    *,
    name: Name,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="New value")] = None,
    unset: Annotated[
        bool, typer.Option("--unset", help="Remove the setting from the file")
    ] = False,
) -> None:
    """Change a setting in config.toml.

    Comments are kept, and an invalid value changes nothing. All settings: tickiti man config.5
    """
    runtime: Runtime = ctx.obj
    if (value is None) != unset:
        raise UsageProblem("Give either VALUE or --unset.")
    output = runtime.output  # before the change, because the setting may be the format
    stored = changes.change(runtime.config, name, value)
    result = {"name": name, "value": stored, "path": str(runtime.config.path)}
    said = f"Removed {name}." if unset else f"Set {name} to {value}."
    output.done(result, said=said, plain=name)
