"""The flags that several verbs of `tickiti perspective` share, and the members of a request
that they fill."""

from typing import Annotated, Any

import typer

from tickiti_cli.commands.perspective.conditions import Record, conditions_of, orders_of
from tickiti_cli.input.author import ME, owner_of
from tickiti_cli.runtime import Runtime

Perspective = Annotated[str, typer.Argument(metavar="PERSPECTIVE", help="Perspective name or ID")]

Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--condition",
        metavar="CONDITION",
        help="Condition: FIELD is|is not|contains VALUE",
    ),
]

Orders = Annotated[
    list[str] | None,
    typer.Option(
        "--order", metavar="FIELD[:desc]", help="Sort by FIELD; the first one counts most"
    ),
]

Description = Annotated[str | None, typer.Option(metavar="TEXT", help="Description")]


OF_PERSONS = ("assigned", "raised", "participant")
"""The fields of a condition that hold an address."""


def _of_owner(runtime: Runtime, condition: Record) -> Record:
    """Return the condition with the address of the token's owner in place of `@me`."""
    if condition["value"] != ME or condition["field"] not in OF_PERSONS:
        return condition
    flag = f"--condition '{condition['field']} {condition['operator']} {ME}'"
    return {**condition, "value": owner_of(runtime, f"{flag}: give your e-mail address instead.")}


def members_of(
    runtime: Runtime,
    *,
    name: str | None,
    description: str | None,
    conditions: list[str] | None,
    orders: list[str] | None,
) -> dict[str, Any]:
    """Return the members whose flags were given. Raises UsageProblem."""
    members = {
        "name": name,
        "description": description,
        "conditions": [_of_owner(runtime, one) for one in conditions_of(conditions)]
        if conditions
        else None,
        "orders": orders_of(orders) if orders else None,
    }
    return {member: value for member, value in members.items() if value is not None}
