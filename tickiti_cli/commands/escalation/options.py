"""The flags that several verbs of `tickiti escalation` share."""

from typing import Annotated, Any

import typer

from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import NothingFound
from tickiti_cli.parser.choices import Choice
from tickiti_cli.runtime import Runtime

MOST_MINUTES = 525_600
"""The minutes of a year."""

ACTIONS = ("notify", "email")

Action = Annotated[
    str | None,
    typer.Option(
        metavar="notify|email",
        help="Escalation action: notify (in Tickiti) or email",
        click_type=Choice(ACTIONS),
    ),
]
Email = Annotated[
    str | None, typer.Option(metavar="EMAIL", help="Recipient (default: the ticket's assignee)")
]
Repeat = Annotated[
    int | None,
    typer.Option(
        metavar="MINUTES", min=1, max=MOST_MINUTES, help="Repeat every MINUTES of business time"
    ),
]
RuleId = Annotated[int, typer.Argument(metavar="ID", min=1, help="Rule ID")]


def rules_of(runtime: Runtime) -> list[dict[str, Any]]:
    """The rows of all rules, in the order of the server."""
    return runtime.client.call(workflow.escalations_index, {}).rows("escalations")


def rule_of(runtime: Runtime, rule: str | int) -> dict[str, Any]:
    """The row of a rule. Raises NothingFound: a server takes the deletion of no rule for done."""
    for row in rules_of(runtime):
        if str(row.get("id")) == str(rule):
            return row
    raise NothingFound(f"There is no escalation rule {rule}.", hint="See: tickiti escalation list")
