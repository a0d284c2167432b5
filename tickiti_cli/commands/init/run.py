"""`tickiti init`: leads from nothing to the first ticket."""

from typing import Annotated

import typer

from tickiti_cli.commands.init import first_ticket, server
from tickiti_cli.commands.init.first_ticket import Draft
from tickiti_cli.config.changes import refuse_bad_name
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

NEXT = "Next: tickiti ticket list, tickiti status, tickiti help"


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti init",
        "tickiti init --bundled --no-ticket",
        "tickiti init --bundled --from marcus@trailblazers-club.example"
        " -s 'Sole cracked' -b 'At mile 14.'",
    ),
)
def init(
    ctx: typer.Context,
    *,
    bundled: Annotated[
        bool,
        typer.Option("--bundled", help="Start the bundled server in the background and use it"),
    ] = False,
    no_ticket: Annotated[bool, typer.Option("--no-ticket", help="Do not create a ticket")] = False,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="EMAIL", help="Requester of the first ticket")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", "-s", metavar="TEXT", help="Subject of the first ticket"),
    ] = None,
    body: Annotated[
        str | None, typer.Option("--body", "-b", metavar="TEXT", help="Text of the first ticket")
    ] = None,
) -> None:
    """Set up tickiti, from nothing to the first ticket.

    Asks which server to use, the bundled one or your own install, logs in, and optionally creates a
    ticket. An existing setup that works is kept, so you can run it again at any time. Without a
    terminal give --bundled, or --base-url URL and --token-file FILE.
    """
    runtime: Runtime = ctx.obj
    draft = Draft(sender, subject, body)
    if no_ticket and draft.is_begun:
        raise UsageProblem("--no-ticket contradicts --from, --subject and --body.")
    if runtime.globals.profile is not None:
        refuse_bad_name(runtime.config, runtime.globals.profile)
    runtime.next_step = "Nothing was set up."
    is_new = _set_up(runtime, bundled=bundled)
    connection = runtime.config.connection
    result = {"profile": connection.profile, "base_url": connection.base_url}
    said, plain = "The setup is complete.", connection.profile or connection.base_url
    if not no_ticket and first_ticket.is_wanted(runtime, draft, is_new=is_new):
        plain = result["ticket_number"] = str(first_ticket.create(runtime, draft))
        said = f"Created ticket {plain}. To see it: tickiti ticket view {plain}"
    runtime.next_step = ""
    runtime.output.done(result, said=said, plain=plain)
    runtime.output.progress(NEXT)


def _set_up(runtime: Runtime, *, bundled: bool) -> bool:
    """Set up a server, and return whether it was not set up before. Raises UsageProblem where
    nobody can be asked."""
    if bundled:
        return server.start_bundled(runtime)
    if runtime.globals.base_url:
        return server.log_in(runtime)
    if not runtime.may_ask:
        raise UsageProblem(
            "tickiti init asks questions and needs a terminal.",
            hint="Without one: `tickiti server start --detach`, or "
            "`tickiti auth login --base-url URL --token-stdin`.",
        )
    if server.present(runtime):
        runtime.next_step = "No ticket was created."
        return False
    if server.chosen(runtime) == server.BUNDLED:
        return server.start_bundled(runtime)
    return server.log_in(runtime)
