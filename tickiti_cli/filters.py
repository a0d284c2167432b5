"""The filters of tickets, for `ticket list` and `ticket export`, and the search they make."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from tickiti_cli.choices import PRIORITIES, STATUSES
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.encoding import is_number
from tickiti_cli.errors import NothingFound, TickitiError, UsageProblem
from tickiti_cli.nearest import nearest
from tickiti_cli.options import day_of
from tickiti_cli.runtime import Runtime

DAYS = ("created_from", "created_to", "updated_from", "updated_to")
"""Search modes whose tokens are days."""

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
    criteria = []
    for mode, tokens in given.items():
        listed = [tokens] if isinstance(tokens, str) else list(tokens or [])
        flag = f"--{mode.replace('_', '-')}"
        if tokens:
            criteria.append({"mode": mode, "tokens": [_token(mode, one, flag) for one in listed]})
    for term in search or []:
        mode, equals, token = term.partition("=")
        if not (mode and equals and token):
            raise UsageProblem(f"--search: '{term}' is not MODE=TOKEN, such as status=open.")
        criteria.append({"mode": mode, "tokens": [_token(mode, token, f"--search {mode}")]})
    wanted: dict[str, Any] = {"criteria": criteria} if criteria else {}
    if perspective is not None:
        is_id = is_number(perspective)
        name = "search_perspective_id" if is_id else "search_perspective"
        wanted[name] = int(perspective) if is_id else perspective
    return {"search_object": wanted} if wanted else {}


def _token(mode: str, token: str, flag: str) -> str:
    """A token as the server takes it. Raises UsageProblem for what it would refuse."""
    if mode in DAYS:
        return day_of(token, flag)
    return token.removeprefix("#") if mode == "ticket_number" else token


def unless_no_such_queue(
    runtime: Runtime, rows: Iterable[Mapping[str, Any]], names: Sequence[str] | None
) -> Iterator[Mapping[str, Any]]:
    """The rows. Where there are none, and none of the queues exists: NothingFound, since a wrong
    name would look like a queue without tickets."""
    found = False
    for row in rows:
        found = True
        yield row
    if names and not found:
        _refuse_unknown(runtime, names)


def _refuse_unknown(runtime: Runtime, names: Sequence[str]) -> None:
    from tickiti_cli import arranged  # noqa: PLC0415 - rare

    try:
        known = [str(row["name"]) for row in arranged.queues(runtime)]
    except (ApiError, TickitiError):
        return  # this token may not list them, or this server cannot
    keys = {name.casefold() for name in known}
    if not any(name.strip().casefold() in keys for name in names):
        raise NothingFound(
            f"There is no queue '{names[0]}'.{nearest(names[0], known)}",
            hint="See: tickiti queue list",
        )
