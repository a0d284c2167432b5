"""`tickiti intervention decide`: decides a ticket that an intervention created."""

from typing import Annotated, Any

import typer

from tickiti_cli.contract.bundled import callbacks
from tickiti_cli.input.body import BodyFormat, BodySource
from tickiti_cli.input.options import Body, BodyFile, BodyKind, Editor
from tickiti_cli.input.template_data import DataJson, data_of
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention decide 220019 --set price=89.90 --set accept=true",
        "tickiti intervention decide 220020 --set accept=false -b 'Not this time.'",
    ),
)
def decide(
    ctx: typer.Context,
    *,
    number: Number,
    edited: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="K=V", help="Value of a form field; other fields keep theirs"
        ),
    ] = None,
    data_json: DataJson = None,
    body: Body = None,
    body_file: BodyFile = None,
    editor: Editor = False,
    body_format: BodyKind = BodyFormat.TEXT,
) -> None:
    """Decide an intervention ticket

    --body adds a reply to the requester. The decision is final. It is sent to the other system as
    a callback: see `tickiti callback list`. Repeating the same decision changes nothing; a
    different one exits with 8.
    """
    runtime: Runtime = ctx.obj
    data = data_of(edited, data_json, flag="--set")
    content = BodySource(body, body_file, in_editor=editor, kind=body_format).html(runtime)
    request: dict[str, Any] = {"ticket_number": number, "data": data}
    request |= {"content": content} if content is not None else {}
    decided = runtime.client.call(callbacks.decide, request).accepted
    callback = decided["callback_id"]
    told = " and queued a callback" if callback else ""
    said = f"Decided ticket {number}{told}."
    runtime.output.done(decided, said=said, plain=callback or "")
