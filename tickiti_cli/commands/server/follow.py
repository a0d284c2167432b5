"""The flag --follow, which `server requests` and `server logs` share."""

from typing import Annotated

import typer

from tickiti_cli.config.settings import Format
from tickiti_cli.errors import UsageProblem
from tickiti_cli.runtime import Runtime

Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Keep showing new entries until Ctrl-C")
]


def refuse_endless_document(runtime: Runtime) -> None:
    if runtime.globals.watch is not None:
        raise UsageProblem("--follow and --watch contradict each other: give one of them.")
    if runtime.globals.sort is not None:
        raise UsageProblem("--follow and --sort contradict each other: give one of them.")
    if runtime.output.format is Format.JSON:
        raise UsageProblem(
            "--follow never ends, so it cannot print a JSON document: use -o ndjson."
        )
