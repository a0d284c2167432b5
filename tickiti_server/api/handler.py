"""Handlers of endpoints: `@handles(row)` marks a function, `collect` finds all of them."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple, TypeVar, get_type_hints

from pydantic import TypeAdapter

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.file_types import MOST_FILE
from tickiti_server.auth.caller import Caller

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "__tickiti_row__"


@dataclass(frozen=True, slots=True)
class Handler:
    """A row's business rule: `function(call, body) -> reply`, or `function(call)` without a body.

    `body` and `reply` come from the annotations. The body is validated before the call. The
    docstring of the function is part of the API documentation.
    """

    row: Endpoint
    function: Callable[..., Any]
    body: TypeAdapter[Any] | None
    reply: Any
    refuses: tuple[type[ApiError], ...]
    preparation: "Preparation | None" = None
    most_file: int = MOST_FILE
    """Bytes of the file of a multipart row."""

    as_opening: "AsOpening | None" = None


class NewTicket(NamedTuple):
    """A ticket and its first response, as a database may store them in one statement."""

    queue_key: str
    email_key: str
    author_id: int | None
    """None: the requester is the author."""

    secure_id: str
    subject: str
    priority: int
    html: str
    text: str | None
    is_internal: bool
    staff_response: bool

    def reply(self, *, number: int, ticket_id: int) -> Mapping[str, object]:
        """What the handler returns for this ticket."""
        return {"ticket_number": number, "ticket_id": ticket_id, "secure_id": self.secure_id}


AsOpening = Callable[[Caller, Any, Any], NewTicket | None]
"""`as_opening(caller, body, prepared)` is what the handler would store, where that is nothing but a
ticket and its first response; otherwise None. A test holds it against the handler."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """The part of a handler that needs no write transaction: rendering, building an e-mail.

    `function(call, body) -> prepared` runs in a read transaction. Then the handler runs as
    `function(call, body, prepared)` in the write transaction, and must check again what may have
    changed in between. A body of another type than `body` is not prepared: the handler gets None. A
    body that `is_quick` is prepared on the event loop and without the database, because a hop to a
    thread costs more.
    """

    function: Callable[..., Any]
    body: Any
    is_quick: Callable[[Any], bool]

    @classmethod
    def of(cls, function: Callable[..., Any], is_quick: Callable[[Any], bool]) -> "Preparation":
        """A preparation for the type of bodies in the annotation of `function`."""
        hints = get_type_hints(function)
        return cls(function, hints[list(inspect.signature(function).parameters)[1]], is_quick)


@dataclass(frozen=True, slots=True)
class _Mark:
    row: Endpoint
    refuses: tuple[type[ApiError], ...]
    prepare: Callable[..., Any] | None
    is_quick: Callable[[Any], bool]
    most_file: int
    as_opening: AsOpening | None


def _never(_body: object) -> bool:
    return False


def handles(
    row: Endpoint,
    *,
    refuses: Sequence[type[ApiError]] = (),
    prepare: Callable[..., Any] | None = None,
    is_quick: Callable[[Any], bool] = _never,
    most_file: int = MOST_FILE,
    as_opening: AsOpening | None = None,
) -> Callable[[Function], Function]:
    """Mark a function as the handler of `row`.

    `refuses` are its errors beside invalid values, for the API documentation. `is_quick(body)` is
    True if the preparation takes well below a millisecond and reads nothing from the database.
    """

    def mark(function: Function) -> Function:
        setattr(
            function, _MARK, _Mark(row, tuple(refuses), prepare, is_quick, most_file, as_opening)
        )
        return function

    return mark


def collect(modules: Iterable[ModuleType], rows: Iterable[Endpoint]) -> dict[str, Handler]:
    """All handlers of `modules`, by the name of their row.

    Raises LookupError unless each served row has exactly one handler and no other row has any.
    """
    found: dict[str, Handler] = {}
    for module in modules:
        for function in vars(module).values():
            mark: _Mark | None = getattr(function, _MARK, None)
            if mark is None:
                continue
            if mark.row.name in found:
                raise LookupError(f"two handlers for {mark.row.name}")
            found[mark.row.name] = _handler(mark, function)
    served = {row.name for row in rows if row.served}
    if served != found.keys():
        raise LookupError(f"served rows and handlers differ: {sorted(served ^ found.keys())}")
    return found


def _handler(mark: _Mark, function: Callable[..., Any]) -> Handler:
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters)
    body = TypeAdapter(hints[parameters[1]]) if len(parameters) > 1 else None
    preparation = Preparation.of(mark.prepare, mark.is_quick) if mark.prepare else None
    if (preparation is not None) != (len(parameters) > 2):
        raise LookupError(f"{mark.row.name}: a preparation and a third parameter go together")
    return Handler(
        mark.row,
        function,
        body,
        hints["return"],
        mark.refuses,
        preparation,
        mark.most_file,
        mark.as_opening,
    )
