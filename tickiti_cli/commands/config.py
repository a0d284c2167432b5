"""`tickiti config`: what settings are, where they come from, and how to change them."""

from typing import Annotated

import typer

from tickiti_cli import changing
from tickiti_cli.command import Command, examples, offering
from tickiti_cli.errors import UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import SETTINGS

app = noun("Settings: show them, change them, see where they come from.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A setting, default_profile, or profiles.NAME.MEMBER.",
        autocompletion=offering(*SETTINGS, "default_profile"),
    ),
]


@app.command(cls=Command, epilog=examples("tickiti config path"))
def path(ctx: typer.Context) -> None:
    """Show where the configuration file is."""
    runtime: Runtime = ctx.obj
    # Also where the file is broken: this is how one finds it.
    runtime.plainest_output.value("path", str(runtime.config.path))


@app.command("list", cls=Command, epilog=examples("tickiti config list --show-origin"))
def list_settings(
    ctx: typer.Context,
    *,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Show where each value comes from.")
    ] = False,
) -> None:
    """List the settings in force; no secret is shown."""
    runtime: Runtime = ctx.obj
    rows = [
        {"name": name, "value": value.value, "origin": value.origin}
        for name, value in runtime.config.in_force()
    ]
    shape = columns("name", "value", "origin") if show_origin else columns("name", "value")
    runtime.output.rows(rows, shape)


@app.command(
    cls=Command,
    epilog=examples("tickiti config get timeout", "tickiti config get profiles.local.base_url"),
)
def get(ctx: typer.Context, *, name: Name) -> None:
    """Show one setting as it is in force, or a member of a profile; never a secret."""
    runtime: Runtime = ctx.obj
    runtime.output.value(name, changing.value(runtime.config, name))


@app.command(
    "set",
    cls=Command,
    epilog=examples(
        "tickiti config set timeout 10",
        "tickiti config set profiles.local.allow_http false",
        "tickiti config set timeout 10 && tickiti config set timeout --unset",
    ),
)
def set_value(
    ctx: typer.Context,
    *,
    name: Name,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="What it is from now on.")
    ] = None,
    unset: Annotated[
        bool, typer.Option("--unset", help="Take it out of the file instead.")
    ] = False,
) -> None:
    """Change one member of your config.toml, whose comments stay; a bad value changes nothing.

    What there is to set: tickiti man config.5.
    """
    runtime: Runtime = ctx.obj
    if (value is None) != unset:
        raise UsageProblem("Give a value, or --unset; one of the two.")
    output = runtime.output  # in the format of now, also where that is what changes
    stored = changing.change(runtime.config, name, value)
    result = {"name": name, "value": stored, "path": str(runtime.config.path)}
    said = f"{name} is not set any more." if unset else f"{name} is {value} from now on."
    output.done(result, said=said, plain=name)


@app.command(cls=Command, epilog=examples("tickiti config edit"))
def edit(ctx: typer.Context) -> None:
    """Change your config.toml in your editor; it is written back only if it is valid."""
    runtime: Runtime = ctx.obj
    is_changed = changing.edit(runtime)
    path = str(runtime.config.path)
    said = f"Wrote {path}" if is_changed else "Nothing was changed."
    runtime.output.done({"path": path, "changed": is_changed}, said=said, plain=path)
