"""`tickiti escalation edit`: edits an escalation rule."""

from typing import Annotated, Any

import typer

from tickiti_cli.commands.escalation.options import (
    MOST_MINUTES,
    Action,
    Email,
    Repeat,
    RuleId,
    rule_of,
)
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti escalation edit 1 --minutes 120", "tickiti escalation edit 1 --no-repeat"
    ),
)
def edit(
    ctx: typer.Context,
    *,
    rule: RuleId,
    minutes: Annotated[
        int | None,
        typer.Option(
            metavar="MINUTES",
            min=1,
            max=MOST_MINUTES,
            help="Business minutes that a ticket may wait",
        ),
    ] = None,
    action: Action = None,
    email: Email = None,
    repeat: Repeat = None,
    no_repeat: Annotated[bool, typer.Option("--no-repeat", help="Escalate only once")] = False,
) -> None:
    """Edit an escalation rule

    Fields without a flag keep their values.
    """
    runtime: Runtime = ctx.obj
    if repeat is not None and no_repeat:
        raise UsageProblem("Give --repeat or --no-repeat, not both.")
    where_to = None if email is None else address_of(email, "--email")
    given = {"minutes": minutes, "action": action, "email": where_to, "repeat_minutes": repeat}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    changes |= {"repeat_minutes": None} if no_repeat else {}
    if not changes:
        raise UsageProblem("Nothing to change: add --minutes, --action, --email or --repeat.")
    row = rule_of(runtime, rule)
    runtime.client.call(workflow.escalations_update, {"id": rule, **changes})
    runtime.output.done({**row, **changes}, said=f"Updated escalation rule {rule}.", plain=rule)
