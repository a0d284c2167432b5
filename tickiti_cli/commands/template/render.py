"""Listing, showing and rendering templates."""

from enum import StrEnum
from typing import Annotated

import typer

from tickiti_cli import locations
from tickiti_cli.browser import open_safely
from tickiti_cli.choices import Words
from tickiti_cli.command import Command, WriteCommand, examples, verb
from tickiti_cli.contract import classic, templates
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.templates import finding
from tickiti_cli.templates.files import TYPES
from tickiti_cli.values import Data, DataJson, data_of

app = verb()

LISTED = columns("identifier", "type", "subject", "category", "subcategory", "enabled")
SHOWN = columns(
    "id", "identifier", "type", "category", "subcategory", "enabled", "placeholders", "subject",
    "content",
)  # fmt: skip

Wanted = Annotated[str, typer.Argument(metavar="ID", help="Its identifier, or its id.")]
Type = Annotated[
    str | None,
    typer.Option(
        "--type", metavar="KIND", help=f"Only {', '.join(TYPES)}.", click_type=Words(TYPES)
    ),
]


class Part(StrEnum):
    SUBJECT = "subject"
    CONTENT = "content"


@app.command(
    "list",
    cls=Command,
    epilog=examples("tickiti template list", "tickiti template list --type email --json"),
)
def list_templates(ctx: typer.Context, *, kind: Type = None) -> None:
    """List the templates by identifier, FAQs included."""
    runtime: Runtime = ctx.obj
    rows = [row for row in finding.every(runtime) if kind in (None, row["type"])]
    runtime.output.rows(rows, LISTED, empty="No templates.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti template search warranty", "tickiti template search order --type email --json"
    ),
)
def search(
    ctx: typer.Context,
    *,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for, without case.")],
    kind: Type = None,
) -> None:
    """Find templates by a text in them."""
    runtime: Runtime = ctx.obj
    request = {"search": text} | ({"type": kind} if kind else {})
    rows = runtime.client.call(templates.search, request).data
    runtime.output.rows(rows, LISTED, empty="No such templates.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti template view warranty.received",
        "tickiti template view warranty.received --json --fields placeholders",
    ),
)
def view(ctx: typer.Context, *, template: Wanted) -> None:
    """Show a template, and the placeholders that it expects values for."""
    runtime: Runtime = ctx.obj
    runtime.output.show(finding.find(runtime, template), SHOWN)


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
    template: Annotated[str, typer.Argument(metavar="ID", help="Its identifier.")],
    data: Data = None,
    data_json: DataJson = None,
    part: Annotated[Part | None, typer.Option(help="This part alone.")] = None,
    open_it: Annotated[
        bool, typer.Option("--open", help="Show it in a browser, which loads nothing for it.")
    ] = False,
) -> None:
    """Fill a template with values and show what it says. Nothing is sent."""
    runtime: Runtime = ctx.obj
    if part and open_it:
        raise UsageProblem("Give --part or --open, not both.")
    request = {"template_identifier": template, "data": data_of(data, data_json)}
    rendered = runtime.client.call(classic.render_template, request).written
    if open_it:
        folder = locations.pages_dir(runtime.environ)
        page = open_safely(rendered["content"], title=rendered["subject"], folder=folder)
        runtime.output.remark(f"Opened {page}")
    elif part:
        runtime.output.value(part.value, rendered[part.value])
    else:
        runtime.output.show(rendered, columns("subject", "content"))
