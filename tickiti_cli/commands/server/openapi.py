"""The bundled server's API as a document for programs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli import description, locations
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.contract.replacing import is_stdout
from tickiti_cli.local_server import DEFAULT_PORT
from tickiti_cli.replacing import replace_file
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server openapi --out openapi.json",
        "tickiti server openapi --base-url https://tickets.sole-trader.example",
    ),
)
def openapi(
    ctx: typer.Context,
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it to a file, over an older one.")
    ] = None,
) -> None:
    """Show the API as OpenAPI 3.1, for generators, mock servers and tests.

    No server has to run for it; --base-url is the address that the document names. A running one
    has the same at /_tickiti/openapi.json, and a page for people at /_tickiti/docs.
    """
    runtime: Runtime = ctx.obj
    base_url = runtime.globals.base_url or f"http://127.0.0.1:{DEFAULT_PORT}"
    text = description.described(base_url.rstrip("/"))
    document = json.loads(text)
    if out is None or is_stdout(str(out)):
        runtime.output.raw(document, text.rstrip("\n"))
        return
    replace_file(locations.absolute(out), text.encode())
    written = {"path": str(out), "endpoints": len(document["paths"])}
    said = f"Wrote {out} (endpoints: {written['endpoints']})."
    runtime.output.done(written, said=said, plain=str(out))
