"""`tickiti server unit`: a systemd unit that runs the bundled server."""

from enum import StrEnum
from typing import Annotated

import typer

from tickiti_cli.bundled_server import systemd
from tickiti_cli.bundled_server.process import DEFAULT_PORT
from tickiti_cli.bundled_server.systemd import Installation
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

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
    supervisor: Annotated[  # noqa: ARG001 - one so far
        Supervisor, typer.Argument(metavar="systemd", help="Service manager: systemd")
    ],
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="PORT", help="Port")
    ] = DEFAULT_PORT,
    user: Annotated[
        bool, typer.Option("--user", help="Unit for your user's systemd instead of the system's")
    ] = False,
) -> None:
    """Print a systemd unit for the server.

    The unit confines the server to what it needs. The system service has a user of its own and
    keeps its data in /var/lib/tickiti; with --user it runs as you, on your data. The first lines of
    the unit say how to install it.
    """
    runtime: Runtime = ctx.obj
    installation = Installation.here()
    written = systemd.user_unit if user else systemd.system_unit
    if installation.hidden and not user:
        runtime.sure_output.remark(
            f"The service's user cannot reach {installation.hidden}: install tickiti where "
            "every user can read it, such as /opt, or use --user."
        )
    text = written(installation, port).rstrip("\n")
    runtime.sure_output.value("unit", text, plain=text)
