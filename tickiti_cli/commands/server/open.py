"""`tickiti server open`: opens the server's page in the browser."""

from typing import Annotated

import typer

from tickiti_cli import paths
from tickiti_cli.contract.bundled import page as contract
from tickiti_cli.contract.bundled.page import View
from tickiti_cli.output.browser import open_link
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti server open --no-browser", "tickiti server open outbox --no-browser"),
)
def open_page(
    ctx: typer.Context,
    *,
    view: Annotated[
        View,
        typer.Argument(
            metavar="[VIEW]",
            help=f"{', '.join(View)} (default: {View.TICKETS})",
            autocompletion=offering(*View),
        ),
    ] = View.TICKETS,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link instead of opening it")
    ] = False,
) -> None:
    """Open the server's page in the browser.

    The page shows tickets, mail, requests, webhooks, tokens and faults, and changes nothing. Its
    link works once and for five minutes; the page then stays open until the browser is closed or
    the token ends, after at most 12 hours.
    """
    runtime: Runtime = ctx.obj
    made = runtime.client.call(contract.link, {"view": view.value}).data
    base_url = runtime.config.connection.base_url.rstrip("/")
    if no_browser:
        runtime.output.value("url", f"{base_url}{made['path']}")
        return
    open_link(f"{base_url}{made['path']}", folder=paths.pages_dir(runtime.environ))
    runtime.output.remark(f"Opened {base_url}{contract.ROOT}/{view.value}")
