"""`tickiti ticket view`: shows a ticket and its responses."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from tickiti_cli import paths
from tickiti_cli.config.addresses import web_address
from tickiti_cli.config.settings import DRAWN, Format
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns(
    "number", "subject", "status", "priority", "originator_email", "assigned_to_email",
    "on_hold_until", "created_at", "updated_at",
)  # fmt: skip

RESPONSES = columns("id", "created_at", "created_by_email", "is_internal", "plain_text")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti ticket view 220009",
        "tickiti ticket view 220009 --json",
        "tickiti ticket view 220009 --web",
    ),
)
def view(
    ctx: typer.Context,
    *,
    number: Number,
    no_responses: Annotated[
        bool, typer.Option("--no-responses", help="Hide the responses")
    ] = False,
    raw_html: Annotated[
        bool, typer.Option("--raw-html", help="Show the HTML of the responses as stored")
    ] = False,
    web: Annotated[bool, typer.Option("--web", help="Open the ticket in the browser")] = False,
) -> None:
    """Show a ticket and its responses

    --fields selects fields of the ticket and hides the responses. --web opens the web_url of the
    profile, such as https://support.example/tickets/{number}, or an offline copy without one.
    """
    runtime: Runtime = ctx.obj
    if web and raw_html:
        raise UsageProblem("Give --web or --raw-html, not both.")
    address = web_address(runtime.config.connection.members, number)
    if web and address:
        _open_address(runtime, address)
        return
    shown = runtime.client.call(tickets.show, {"ticket_number": number}).data
    if web:
        _open_copy(runtime, shown["ticket"], [] if no_responses else shown["responses"])
        return
    is_alone = no_responses and runtime.output.format not in DRAWN
    if is_alone or runtime.globals.fields:
        runtime.output.show(shown["ticket"], SHOWN)
        return
    responses = [] if no_responses else shown["responses"]
    if raw_html:
        responses = [{**response, "plain_text": response["html"]} for response in responses]
    runtime.output.thread(
        shown["ticket"], responses, shape=SHOWN, response_shape=RESPONSES, whole=shown
    )
    if address and runtime.output.format is Format.TABLE:
        runtime.output.remark(f"In a browser: {address}")


def _open_address(runtime: Runtime, address: str) -> None:
    from tickiti_cli.output.browser import open_address  # noqa: PLC0415 - rare

    open_address(address)
    runtime.output.remark(f"Opened {address}")


def _open_copy(runtime: Runtime, ticket: Mapping[str, Any], responses: Sequence[Any]) -> None:
    from tickiti_cli.commands.ticket.page.images import embedded  # noqa: PLC0415 - rare
    from tickiti_cli.commands.ticket.page.web_page import page_of  # noqa: PLC0415 - loads nh3
    from tickiti_cli.output.browser import open_safely  # noqa: PLC0415 - rare

    page = page_of(ticket, responses, images=embedded(runtime, ticket["number"], responses))
    title, folder = f"Ticket {ticket['number']}", paths.pages_dir(runtime.environ)
    runtime.output.remark(f"Opened {open_safely(page, title=title, folder=folder)}")
