"""`tickiti server unit`: a systemd unit that runs the bundled server."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.bundled_server import systemd
from tickiti_cli.bundled_server.database_claim import database_at
from tickiti_cli.bundled_server.named_servers import LOCAL
from tickiti_cli.bundled_server.process import DEFAULT_PORT
from tickiti_cli.bundled_server.systemd import Installation, Instance
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import ServerName
from tickiti_cli.runtime import Runtime

app = verb()


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
"""Names that may be those of files and of units."""


class Supervisor(StrEnum):
    SYSTEMD = "systemd"


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server unit systemd",
        "tickiti server unit systemd --user >tickiti.service",
        "tickiti server unit systemd --name one --db postgresql://shop@db.example/tickets",
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
    name: ServerName = None,
    db: Annotated[
        str | None,
        typer.Option("--db", metavar="URL", help="PostgreSQL URL (default: a database file)"),
    ] = None,
    user: Annotated[
        bool, typer.Option("--user", help="Unit for your user's systemd instead of the system's")
    ] = False,
) -> None:
    """Print a systemd unit for the server.

    The unit confines the server to what it needs. The system service has a user of its own and
    keeps its data in /var/lib/tickiti; with --user it runs as you, on your data. The first lines of
    the unit say how to install it. The unit of a server with a --name is tickiti-NAME.
    """
    runtime: Runtime = ctx.obj
    instance = _instance(name, db)
    installation = Installation.here()
    written = systemd.user_unit if user else systemd.system_unit
    if installation.hidden and not user:
        runtime.sure_output.remark(
            f"The service's user cannot reach {installation.hidden}: install tickiti where "
            "every user can read it, such as /opt, or use --user."
        )
    text = written(installation, port, instance).rstrip("\n")
    runtime.sure_output.value("unit", text, plain=text)


def _instance(name: str | None, db: str | None) -> Instance:
    """The server of the flags. Raises UsageProblem."""
    called = LOCAL if name is None else name
    if not NAME.fullmatch(called):
        raise UsageProblem(
            f"--name '{called}': the name of a unit has letters, digits, '_', '.' and '-'."
        )
    if db is None:
        return Instance(called)
    database = database_at(db)
    if isinstance(database, Path):
        raise UsageProblem(
            "--db: the unit chooses the file of a database itself; give a URL, or no --db."
        )
    return Instance(called, database)
