"""`tickiti stock-response image`: uploads an image for a stock response."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.api.request import Upload
from tickiti_cli.commands.stock_response.options import STOCK, StockId
from tickiti_cli.contract.v1 import settings
from tickiti_cli.input.read import read_bytes
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti stock-response image refund.sent sole.png"))
def image(
    ctx: typer.Context,
    *,
    stock_response: StockId,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="PNG, JPEG, GIF, WebP, BMP or SVG image")
    ],
) -> None:
    """Upload an image for a stock response

    Prints the <img> tag to add to its content.
    """
    runtime: Runtime = ctx.obj
    upload = Upload(Path(file).name, read_bytes(file, flag=f"FILE {file}"))
    row = lookup.row_of(runtime.client, STOCK, stock_response)
    request = {"template_id": row["id"], "file": upload}
    made = runtime.client.call(settings.stock_responses_image_upload, request).accepted
    tag = made.id("img")
    runtime.output.done(made, said=f"Uploaded {upload.name}. Add it with {tag}", plain=tag)
