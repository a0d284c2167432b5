"""The bundled server under a supervisor: the unit that runs it, printed for whoever installs it."""

from enum import StrEnum
from typing import Annotated

import typer

from tickiti_cli import systemd
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.local_server import DEFAULT_PORT
from tickiti_cli.runtime import Runtime
from tickiti_cli.systemd import Installation

app = verb()


class Supervisor(StrEnum):
    SYSTEMD = "systemd"


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server unit systemd", "tickiti server unit systemd --user >tickiti.service"
    ),
)
def unit(
    ctx: typer.Context,
    *,
    supervisor: Annotated[Supervisor, typer.Argument(metavar="systemd", help="For which.")],  # noqa: ARG001 - one so far
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = DEFAULT_PORT,
    user: Annotated[
        bool, typer.Option("--user", help="For your own systemd, not the machine's.")
    ] = False,
) -> None:
    """Print a unit that runs this installation's server, confined to what it needs.

    The machine's service has a user of its own and keeps its data in /var/lib/tickiti; --user runs
    it as you, on your own data. The first lines of the unit say how to install it.
    """
    runtime: Runtime = ctx.obj
    installation = Installation.here()
    written = systemd.user_unit if user else systemd.system_unit
    if installation.hidden and not user:
        runtime.output.remark(
            f"The service's own user cannot reach {installation.hidden}: install tickiti where "
            "every user can read it (/opt, say), or use --user."
        )
    text = written(installation, port).rstrip("\n")
    runtime.output.value("unit", text, plain=text)
