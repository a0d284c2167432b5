"""The filters of `ticket list` and `ticket export`, and the search that they make."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.vocabulary import PRIORITIES, PRIORITY_WORDS, TICKET_STATUSES
from tickiti_cli.encoding import is_number
from tickiti_cli.errors import NothingFound, TickitiError, UsageProblem
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.dates import FORMS, TimeRange, day_of
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import nearest

DAYS = ("created_from", "created_to", "updated_from", "updated_to")
"""Search modes whose tokens are days."""

MODES = {"raised_by": "raised"}
"""The search mode of a flag, where the two differ."""

Several = list[str] | None
CREATED = ("--created-from", "--created-to")
UPDATED = ("--updated-from", "--updated-to")
CreatedFrom = Annotated[
    str | None,
    typer.Option(CREATED[0], "--since", metavar="DATE", help=f"Created on or after DATE: {FORMS}"),
]
CreatedTo = Annotated[
    str | None,
    typer.Option(CREATED[1], "--until", metavar="DATE", help="Created on or before DATE"),
]
UpdatedFrom = Annotated[
    str | None, typer.Option(metavar="DATE", help="Last updated on or after DATE")
]
UpdatedTo = Annotated[
    str | None, typer.Option(metavar="DATE", help="Last updated on or before DATE")
]

STATUS_CHOICE = Choice(TICKET_STATUSES, case_sensitive=False)
PRIORITY_CHOICE = Choice(tuple(PRIORITIES), also=tuple(PRIORITY_WORDS), case_sensitive=False)
"""The server ignores the case of both, and takes a priority by its number as well."""


class TicketFilters(NamedTuple):
    """The flags that filter tickets. A flag given several times matches any of its values."""

    perspective: Annotated[
        str | None,
        typer.Option(metavar="PERSPECTIVE", help="Saved view, by name or ID (default: All)"),
    ] = None
    status: Annotated[
        Several,
        typer.Option(metavar="STATUS", help="Status", click_type=STATUS_CHOICE),
    ] = None
    queue: Annotated[Several, typer.Option(metavar="QUEUE", help="Queue name")] = None
    subject: Annotated[Several, typer.Option(metavar="TEXT", help="Text in the subject")] = None
    raised_by: Annotated[
        Several,
        typer.Option(
            metavar="EMAIL|@me", help="Requester's e-mail address", autocompletion=offering("@me")
        ),
    ] = None
    assigned: Annotated[
        Several,
        typer.Option(
            metavar="EMAIL|@me",
            help="Assignee's e-mail address",
            autocompletion=offering("<staff>", "@me"),
        ),
    ] = None
    priority: Annotated[
        Several,
        typer.Option(metavar="PRIORITY", help="Priority", click_type=PRIORITY_CHOICE),
    ] = None
    hashtag: Annotated[
        Several,
        typer.Option(
            metavar="TAG", help="Hashtag, with or without #", autocompletion=offering("<hashtag>")
        ),
    ] = None
    created_from: CreatedFrom = None
    created_to: CreatedTo = None
    updated_from: UpdatedFrom = None
    updated_to: UpdatedTo = None
    search: Annotated[
        Several,
        typer.Option(
            metavar="MODE=TOKEN",
            help="Search in a field by its mode, such as subject_content=plate",
        ),
    ] = None

    def to_query(self) -> dict[str, Any]:
        """The `search_object` of the request, with one criterion for each flag that was given.

        The server filters by whole days in UTC, so that its reply may hold rows before and after
        the times of the flags: see `period`. Raises UsageProblem for a malformed date or --search.
        """
        criteria = [
            *self._criteria(),
            *self.period.criteria(),
            *map(_criterion, self.search or []),
        ]
        wanted: dict[str, Any] = {"criteria": criteria} if criteria else {}
        if self.perspective is not None:
            is_id = is_number(self.perspective)
            name = "search_perspective_id" if is_id else "search_perspective"
            wanted[name] = int(self.perspective) if is_id else self.perspective
        return {"search_object": wanted} if wanted else {}

    def _criteria(self) -> Iterator[dict[str, Any]]:
        for field, tokens in self._asdict().items():
            if tokens and field not in ("perspective", "search", *DAYS):
                yield {"mode": MODES.get(field, field), "tokens": tokens}

    @property
    def period(self) -> "Period":
        """Raises UsageProblem."""
        return Period(
            TimeRange.of(self.created_from, self.created_to, CREATED),
            TimeRange.of(self.updated_from, self.updated_to, UPDATED, member="updated_at"),
        )


class Period(NamedTuple):
    """When tickets were created and last changed."""

    created: TimeRange
    updated: TimeRange

    def criteria(self) -> Iterator[dict[str, Any]]:
        """The criteria of the days in UTC that the period touches."""
        for name, asked in zip(self._fields, self, strict=True):
            for side, bound in (("from", asked.start), ("to", asked.last)):
                if bound is not None:
                    yield {"mode": f"{name}_{side}", "tokens": [bound.date().isoformat()]}

    def __bool__(self) -> bool:
        """True if the criteria alone would find tickets outside of the period."""
        return not (self.created.is_whole_days and self.updated.is_whole_days)

    def covers(self, row: Mapping[str, Any]) -> bool:
        return self.created.covers(row) and self.updated.covers(row)

    def is_before(self, _row: Mapping[str, Any]) -> bool:
        """Never true, because a perspective may sort tickets by anything."""
        return False


def _criterion(term: str) -> dict[str, Any]:
    """Parse a --search into a criterion. Raises UsageProblem."""
    mode, equals, token = term.partition("=")
    if not (mode and equals and token):
        raise UsageProblem(
            f"--search: '{term}' is not MODE=TOKEN, such as status=open or subject_content=plate."
        )
    return {"mode": mode, "tokens": [_token(mode, token, f"--search {mode}")]}


def _token(mode: str, token: str, flag: str) -> str:
    """Return a token as the server accepts it. Raises UsageProblem for a malformed day."""
    if mode in DAYS:
        return day_of(token, flag)
    return token.removeprefix("#") if mode == "ticket_number" else token


def unless_empty(
    rows: Iterable[Mapping[str, Any]], refuse: Callable[[], None]
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows. `refuse` is called where there are none: it raises NothingFound for a name
    that is unknown, because a misspelt one would look like an empty queue."""
    found = False
    for row in rows:
        found = True
        yield row
    if not found:
        refuse()


def refuse_unknown(runtime: Runtime, filters: TicketFilters) -> None:
    """Raises NothingFound if no queue, or no agent, of the filters is known. A hashtag that no
    ticket has is not an error, because it comes and goes with the tickets; a person is told."""
    refuse_unknown_queue(runtime, filters.queue)
    agents = [one for one in filters.assigned or [] if "@" in one]
    if len(agents) == len(filters.assigned or []):
        _refuse_unknown(agents, "agent", "staff", lambda: _agents(runtime))
    if filters.hashtag and runtime.streams.is_terminal(runtime.streams.stderr):
        tags = [tag.strip().removeprefix("#") for tag in filters.hashtag]
        try:
            _refuse_unknown(tags, "hashtag", "hashtag", lambda: _hashtags(runtime))
        except NothingFound as problem:
            runtime.output.remark(problem.message)


def _refuse_unknown(
    names: Sequence[str] | None, noun: str, listed_by: str, known: Callable[[], list[str]]
) -> None:
    if not names:
        return
    try:
        found = known()
    except (ApiError, TickitiError):
        return  # this token may not list them, or this server cannot
    keys = {name.casefold() for name in found}
    if not any(name.strip().casefold() in keys for name in names):
        raise NothingFound(
            f"There is no {noun} '{names[0]}'.{nearest(names[0], found)}",
            hint=f"See: tickiti {listed_by} list",
        )


def refuse_unknown_queue(runtime: Runtime, names: Sequence[str] | None) -> None:
    """Raises NothingFound if none of the queues exists."""
    _refuse_unknown(names, "queue", "queue", lambda: _queues(runtime))


def _queues(runtime: Runtime) -> list[str]:
    from tickiti_cli.api import lookup  # noqa: PLC0415 - rare

    return [str(row["name"]) for row in lookup.rows_of(runtime.client, lookup.QUEUE)]


def _agents(runtime: Runtime) -> list[str]:
    from tickiti_cli.contract.v1 import tickets  # noqa: PLC0415 - rare

    return [str(row["email"]) for row in runtime.client.call(tickets.staff, {}).rows("staff")]


def _hashtags(runtime: Runtime) -> list[str]:
    from tickiti_cli.contract.v1 import settings  # noqa: PLC0415 - rare

    rows = runtime.client.call(settings.hashtags_index, {}).rows("hashtags")
    return [str(row["tag"]) for row in rows]
