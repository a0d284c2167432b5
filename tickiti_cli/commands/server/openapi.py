"""`tickiti server openapi`: the bundled server's API as an OpenAPI document."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli import paths
from tickiti_cli.bundled_server import openapi as description
from tickiti_cli.bundled_server.process import DEFAULT_PORT
from tickiti_cli.files.atomic_write import is_stdout, write_output
from tickiti_cli.parser.command import Command, examples, verb
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
        Path | None, typer.Option(metavar="FILE", help="Write the document to FILE, replacing it")
    ] = None,
) -> None:
    """Print the API as an OpenAPI 3.1 document.

    No server has to run; --base-url sets the address in the document. A running server serves the
    same document at /_tickiti/openapi.json and a documentation page at /_tickiti/docs.
    """
    runtime: Runtime = ctx.obj
    base_url = runtime.globals.base_url or f"http://127.0.0.1:{DEFAULT_PORT}"
    text = description.openapi_document(base_url.rstrip("/"))
    document = json.loads(text)
    if out is None or is_stdout(str(out)):
        runtime.output.raw(document, text.rstrip("\n"))
        return
    write_output(paths.absolute(out), text.encode())
    written = {"path": str(out), "endpoints": len(document["paths"])}
    said = f"Wrote {out} (endpoints: {written['endpoints']})."
    runtime.output.done(written, said=said, plain=str(out))
