"""The flags that several verbs of `tickiti escalation` share."""

from typing import Annotated

import typer

from tickiti_cli.parser.choices import Choice

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
