"""The filters of tickets, for `ticket list` and `ticket export`, and the search they make."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tickiti_cli.choices import PRIORITIES, STATUSES
from tickiti_cli.encoding import is_number
from tickiti_cli.errors import UsageProblem

Several = list[str] | None

Perspective = Annotated[str | None, typer.Option(metavar="NAME|ID", help="A saved view (All).")]
Status = Annotated[
    Several,
    typer.Option(metavar="STATUS", help="open, on-hold or closed.", click_type=STATUSES),
]
Queue = Annotated[Several, typer.Option(help="The queue's name.")]
Subject = Annotated[Several, typer.Option(help="Part of the subject.")]
RaisedBy = Annotated[Several, typer.Option(help="The originator's address.")]
Assigned = Annotated[Several, typer.Option(help="The assignee's address.")]
Priority = Annotated[
    Several,
    typer.Option(metavar="PRIORITY", help="low, normal, high or urgent.", click_type=PRIORITIES),
]
Hashtag = Annotated[Several, typer.Option(help="A hashtag, with or without #.")]
OnOrAfter = Annotated[str | None, typer.Option(metavar="DATE", help="On or after.")]
OnOrBefore = Annotated[str | None, typer.Option(metavar="DATE", help="On or before.")]
Search = Annotated[Several, typer.Option(metavar="MODE=TOKEN", help="Any search mode of the API.")]


def search_of(
    perspective: str | None, search: Sequence[str] | None, **given: Sequence[str] | str | None
) -> dict[str, Any]:
    """The request's search: a criterion for each filter that was given. Raises UsageProblem."""
    criteria = [
        {"mode": mode, "tokens": [tokens] if isinstance(tokens, str) else tokens}
        for mode, tokens in given.items()
        if tokens
    ]
    for term in search or []:
        mode, equals, token = term.partition("=")
        if not (mode and equals and token):
            raise UsageProblem(f"--search: '{term}' is not MODE=TOKEN, such as status=open.")
        criteria.append({"mode": mode, "tokens": [token]})
    wanted: dict[str, Any] = {"criteria": criteria} if criteria else {}
    if perspective is not None:
        is_id = is_number(perspective)
        name = "search_perspective_id" if is_id else "search_perspective"
        wanted[name] = int(perspective) if is_id else perspective
    return {"search_object": wanted} if wanted else {}
