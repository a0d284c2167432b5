"""How a function becomes the handler of a row: `@handles(row)` marks it, `collect` finds it."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "__tickiti_row__"


@dataclass(frozen=True, slots=True)
class Handler:
    """A row's business rule: `function(call, body) -> reply`, or `function(call)` without a body.

    `body` and `reply` come from the annotations; the body is validated before the call. What its
    docstring says is said to whoever calls the endpoint.
    """

    row: Endpoint
    function: Callable[..., Any]
    body: TypeAdapter[Any] | None
    reply: Any
    refuses: tuple[type[ApiError], ...]
    preparation: "Preparation | None" = None


@dataclass(frozen=True, slots=True)
class Preparation:
    """The part of a rule that needs no transaction: rendering, building an e-mail.

    `function(call, body) -> prepared` runs on a snapshot that it cannot write to, beside the one
    writer; then the handler is called as `function(call, body, prepared)`, and must look again at
    what may have changed between the two. A body of another type than `body` has nothing to
    prepare: it goes to the handler at once, with None. A body that `is_quick` is prepared where it
    stands: a hop to another thread would cost more.
    """

    function: Callable[..., Any]
    body: Any
    is_quick: Callable[[Any], bool]

    @classmethod
    def of(cls, function: Callable[..., Any], is_quick: Callable[[Any], bool]) -> "Preparation":
        """The type of its bodies comes from the annotation: a class, or some with `|`."""
        hints = get_type_hints(function)
        return cls(function, hints[list(inspect.signature(function).parameters)[1]], is_quick)


@dataclass(frozen=True, slots=True)
class _Mark:
    row: Endpoint
    refuses: tuple[type[ApiError], ...]
    prepare: Callable[..., Any] | None
    is_quick: Callable[[Any], bool]


def _never(_body: object) -> bool:
    return False


def handles(
    row: Endpoint,
    *,
    refuses: Sequence[type[ApiError]] = (),
    prepare: Callable[..., Any] | None = None,
    is_quick: Callable[[Any], bool] = _never,
) -> Callable[[Function], Function]:
    """`refuses`: the errors that this rule has beside bad values, for the documentation.
    `is_quick(body)`: the preparation takes well below a millisecond."""

    def mark(function: Function) -> Function:
        setattr(function, _MARK, _Mark(row, tuple(refuses), prepare, is_quick))
        return function

    return mark


def collect(modules: Iterable[ModuleType], rows: Iterable[Endpoint]) -> dict[str, Handler]:
    """Every marked function of `modules` by its row's name.

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
    return Handler(mark.row, function, body, hints["return"], mark.refuses, preparation)
