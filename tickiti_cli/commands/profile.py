"""`tickiti profile`: the servers you have logged in to."""

from typing import Annotated

import typer

from tickiti_cli import changing, unfinished
from tickiti_cli.command import PROFILES, Command, ConfirmedCommand, examples, offering
from tickiti_cli.groups import noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("Servers you have logged in to.")

LISTED = columns("name", "base_url", "is_default", "has_token")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The profile.", autocompletion=offering(PROFILES))
]


@app.command("list", cls=Command, epilog=examples("tickiti profile list"))
def list_profiles(ctx: typer.Context) -> None:
    """List the profiles."""
    runtime: Runtime = ctx.obj
    rows = [_row(runtime, name) for name in sorted(runtime.config.profiles)]
    runtime.output.rows(rows, LISTED, empty="No profiles.")


@app.command(cls=Command, epilog=examples("tickiti profile use local"))
def use(ctx: typer.Context, name: Name) -> None:
    """Make a profile the default."""
    runtime: Runtime = ctx.obj
    unfinished.tell(runtime, runtime.config.default_profile)
    runtime.config.use_profile(name)
    runtime.output.done({"default_profile": name}, said=f"'{name}' is the default.", plain=name)


@app.command(cls=Command, epilog=examples("tickiti profile show", "tickiti profile show local"))
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A profile (what is used now).",
            autocompletion=offering(PROFILES),
        ),
    ] = None,
) -> None:
    """Show a profile, or what is used now; never a secret."""
    runtime: Runtime = ctx.obj
    config = runtime.config
    if name is not None:
        config.refuse_unknown_profile(name)
        unfinished.tell(runtime, name)
        runtime.output.show(_row(runtime, name), LISTED)
        return
    connection = config.connection
    now = {
        "name": connection.profile,
        "base_url": connection.base_url,
        "chosen_by": connection.origin,
    }
    runtime.output.show(now, columns(*now))


@app.command(cls=Command, epilog=examples("tickiti profile rename prod production"))
def rename(
    ctx: typer.Context,
    *,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
) -> None:
    """Give a profile another name; its token and its being the default go along."""
    runtime: Runtime = ctx.obj
    changing.rename_profile(runtime, name, new)
    runtime.output.done({"name": new, "was": name}, said=f"'{name}' is '{new}' now.", plain=new)


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti profile remove prod --yes"))
def remove(ctx: typer.Context, *, name: Name) -> None:
    """Forget a server and its token. The token itself stays valid."""
    runtime: Runtime = ctx.obj
    runtime.config.refuse_unknown_profile(name)
    runtime.confirm(f"Forget the profile '{name}' and its token?")
    changing.remove_profile(runtime, name)
    runtime.output.done({"name": name}, said=f"Forgot the profile '{name}'.", plain=name)


def _row(runtime: Runtime, name: str) -> dict[str, object]:
    config = runtime.config
    return {
        "name": name,
        "base_url": config.profiles[name].get("base_url"),
        "is_default": name == config.default_profile,
        "has_token": config.token_store(name).is_filled,
    }
