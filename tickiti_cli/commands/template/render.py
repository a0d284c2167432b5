"""`tickiti template render`: renders a template with values."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

import typer

from tickiti_cli import paths
from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1 import templates
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.template_data import Data, DataJson, data_of
from tickiti_cli.output.browser import open_safely
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


class Part(StrEnum):
    SUBJECT = "subject"
    CONTENT = "content"


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti template render warranty.received -d name=Marcus -d order.id=4711",
        "tickiti template render warranty.received --data-json values.json --part content",
    ),
)
def render(
    ctx: typer.Context,
    *,
    template: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Template identifier", autocompletion=offering("<template>")
        ),
    ],
    data: Data = None,
    data_json: DataJson = None,
    part: Annotated[Part | None, typer.Option(metavar="PART", help="Print only this part")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the result in the browser")] = False,
) -> None:
    """Render a template with values

    Prints the subject and the HTML. Nothing is sent. With --open, the browser loads no remote
    content.
    """
    runtime: Runtime = ctx.obj
    if part and open_it:
        raise UsageProblem("Give --part or --open, not both.")
    request = {"template_identifier": template, "data": data_of(data, data_json)}
    rendered = _rendered(runtime, request)
    if open_it:
        folder = paths.pages_dir(runtime.environ)
        page = open_safely(rendered["content"], title=rendered["subject"], folder=folder)
        runtime.output.remark(f"Opened {page}")
    elif part:
        runtime.output.value(part.value, rendered[part.value])
    else:
        runtime.output.show(rendered, columns("subject", "content"))


def _rendered(runtime: Runtime, request: dict[str, Any]) -> dict[str, Any]:
    """Return the parts. A definite 403 of render_template leads to templates/render, because a
    token may have templates:read and no send-email."""
    try:
        return runtime.client.call(classic.render_template, request).written
    except ApiError as refusal:
        if refusal.status != HTTPStatus.FORBIDDEN or refusal.is_foreign:
            raise
        try:
            found: dict[str, Any] = runtime.client.call(templates.render, request).data
        except ApiError:
            raise refusal from None
        return found
