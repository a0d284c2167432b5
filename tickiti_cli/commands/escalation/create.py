"""`tickiti escalation create`: creates an escalation rule."""

from contextlib import suppress
from typing import Annotated, Any

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.escalation.options import MOST_MINUTES, Action, Email, Repeat, rule_of
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import TickitiError
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti escalation create --minutes 240",
        "tickiti escalation create --minutes 480 --action email"
        " --email anna@sole-trader.example --repeat 60",
    ),
)
def create(
    ctx: typer.Context,
    *,
    minutes: Annotated[
        int,
        typer.Option(
            metavar="MINUTES",
            min=1,
            max=MOST_MINUTES,
            help="Business minutes that a ticket may wait",
        ),
    ],
    action: Action = "notify",
    email: Email = None,
    repeat: Repeat = None,
) -> None:
    """Create an escalation rule

    The bundled server stores rules but does not escalate tickets.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"minutes": minutes, "action": action}
    request |= {"email": address_of(email, "--email")} if email is not None else {}
    request |= {"repeat_minutes": repeat} if repeat is not None else {}
    made = runtime.client.call(workflow.escalations_create, request).accepted
    plain = made.id("id")
    row = Accepted({**request, "id": plain})
    row.lacking = made.lacking
    if not made.lacking:
        with suppress(ApiError, TickitiError):  # the rule is made, read or not
            row = Accepted(rule_of(runtime, plain))
    runtime.output.done(row, said=f"Created escalation rule {plain}.", plain=plain)
