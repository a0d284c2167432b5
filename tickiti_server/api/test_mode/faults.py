"""Faults: the server fails on purpose, as often and on such requests as a test wants."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled.test_mode import faults as contract
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.errors import NotFound, ValidationFailed
from tickiti_server.api.faults import CALLBACK, HTTP, SMTP, ActiveFault, Fault
from tickiti_server.api.handler import handles
from tickiti_server.api.test_mode.control import Control
from tickiti_server.store.access import tokens
from tickiti_server.validation.fields import Body, Flag, Integer, Line, Positive, Text, wrong

ALL = "all"
OWN, CONTROL = "/_tickiti/", "/_tickiti/test"
MOST_SECONDS = 3600
FLAGS = ("drop-before", "commit-then-drop", "bad-json")
"""Actions without a value."""

OF_REQUESTS = ("route", "key", "token_id")
"""What chooses requests, and neither mail nor webhooks."""


def _number(value: object) -> float:
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise wrong("must be a number") from None
    if isinstance(value, bool):
        raise wrong("must be a number")
    return found


Number = Annotated[float, BeforeValidator(_number)]
Status = Annotated[Integer, Field(ge=200, le=599)]
Seconds = Annotated[Number, Field(ge=0, le=MOST_SECONDS)]


class AddFault(Body):
    route: Annotated[
        Line,
        Field(
            description="Endpoint name, path (* stands for any characters), or all: every path "
            "outside /_tickiti/.",
            examples=["all"],
        ),
    ] = ALL
    status: Annotated[
        Status | None, Field(description="Answer with this status, unhandled.", examples=[503])
    ] = None
    body: Annotated[Text | None, Field(description="Body of that answer.")] = None
    delay: Annotated[
        Seconds | None, Field(description="Handle, and reply so many seconds later.")
    ] = None
    drop_before: Annotated[Flag, Field(description="Close the connection, unhandled.")] = False
    commit_then_drop: Annotated[
        Flag, Field(description="Handle, and close the connection without a reply.")
    ] = False
    truncate: Annotated[
        Annotated[Integer, Field(ge=0)] | None,
        Field(description="Handle, and end the reply after so many bytes of its body."),
    ] = None
    bad_json: Annotated[Flag, Field(description="Handle, and reply with broken JSON.")] = False
    slow: Annotated[
        Positive | None, Field(description="Handle, and reply with so many bytes a second.")
    ] = None
    rate_limit: Annotated[
        Annotated[Integer, Field(ge=1, le=MOST_SECONDS)] | None,
        Field(description="Answer 429 with this Retry-After in seconds, unhandled."),
    ] = None
    smtp_code: Annotated[
        Status | None, Field(description="What the mailbox `local` answers to a mail.")
    ] = None
    callback_status: Annotated[
        Status | None, Field(description="What a webhook's receiver answers; nothing is sent.")
    ] = None
    times: Annotated[
        Positive | None, Field(description="How often it fires. Without it: until cleared.")
    ] = None
    after: Annotated[
        Annotated[Integer, Field(ge=0)], Field(description="Matching requests that pass first.")
    ] = 0
    probability: Annotated[
        Annotated[Number, Field(ge=0, le=1)], Field(description="How likely it fires.")
    ] = 1.0
    seed: Annotated[
        Integer, Field(description="The same seed fires on the same requests again.")
    ] = 0
    key: Annotated[
        Line | None,
        Field(description="Only requests with this Idempotency-Key. * stands for any characters."),
    ] = None
    token_id: Annotated[Positive | None, Field(description="Only requests of this token.")] = None


class ShownFault(TypedDict):
    id: Annotated[int, Field(examples=[1])]
    action: Annotated[str, Field(examples=["status"])]
    value: Annotated[
        float | None, Field(description="Its status, seconds or bytes.", examples=[503])
    ]
    route: Annotated[str | None, Field(description="null: of mail or webhooks.", examples=["all"])]
    times: Annotated[int | None, Field(examples=[2])]
    after: Annotated[int, Field(examples=[0])]
    probability: Annotated[float, Field(examples=[1.0])]
    seed: Annotated[int, Field(examples=[0])]
    key: Annotated[str | None, Field(examples=[None])]
    token_id: Annotated[int | None, Field(examples=[None])]
    matched: Annotated[int, Field(description="Requests that it matched.", examples=[3])]
    fired: Annotated[int, Field(description="How often it fired.", examples=[2])]
    is_over: Annotated[bool, Field(description="Whether it fires no more.", examples=[True])]


class ShownFaults(TypedDict):
    faults: list[ShownFault]


class ClearFaults(Body):
    ids: Annotated[
        list[Positive] | None, Field(description="Without it: all of them.", examples=[[1]])
    ] = None


class ClearedFaults(TypedDict):
    cleared: Annotated[int, Field(examples=[1])]


@handles(contract.index)
async def index(control: Control) -> ShownFaults:
    """List the faults, oldest first, with how often each fired."""
    return {"faults": [_shown(one) for one in control.faults.list()]}


@handles(contract.add, refuses=(NotFound,))
async def add(control: Control, body: AddFault) -> ShownFault:
    """Add a fault: exactly one action, and the requests that it fires on.

    Of several faults the first that fires wins. Paths under /_tickiti/test/ never fail.
    """
    action, value = _action(body)
    of = {"smtp-code": SMTP, "callback-status": CALLBACK}.get(action, HTTP)
    _refuse_useless(body, action, of)
    await _refuse_unknown_token(control, body.token_id)
    fault = Fault(
        action=action,
        of=of,
        route=body.route,
        covers=_covering(body.route),
        value=None if action in FLAGS else value,
        status=int(value) if action in ("status", "smtp-code", "callback-status") else None,
        body=None if body.body is None else body.body.encode(),
        seconds=value if action in ("delay", "rate-limit") else 0.0,
        count=int(value) if action in ("truncate", "slow") else 0,
        times=body.times,
        after=body.after,
        probability=body.probability,
        seed=body.seed,
        key=body.key,
        token_id=body.token_id,
    )
    return _shown(control.faults.add(fault))


@handles(contract.clear, refuses=(NotFound,))
async def clear(control: Control, body: ClearFaults) -> ClearedFaults:
    """Remove the faults of these IDs, or all faults."""
    ids = body.ids
    unknown = set(ids or ()) - {one.id for one in control.faults.list()}
    if unknown:
        raise NotFound.of("ids", f"There is no fault {min(unknown)}.")
    return {"cleared": control.faults.remove(ids)}


def _action(body: AddFault) -> tuple[str, float]:
    """The one action that is named, and its value. Raises ValidationFailed."""
    given: dict[str, Any] = {
        "status": body.status, "delay": body.delay, "drop-before": body.drop_before or None,
        "commit-then-drop": body.commit_then_drop or None, "truncate": body.truncate,
        "bad-json": body.bad_json or None, "slow": body.slow, "rate-limit": body.rate_limit,
        "smtp-code": body.smtp_code, "callback-status": body.callback_status,
    }  # fmt: skip
    named = [(name, float(value)) for name, value in given.items() if value is not None]
    if len(named) != 1:
        actions = ", ".join(name.replace("-", "_") for name in given)
        raise ValidationFailed.of("status", f"A fault has exactly one of: {actions}.")
    return named[0]


def _refuse_useless(body: AddFault, action: str, of: str) -> None:
    """Raise ValidationFailed for a field that would change nothing."""
    if body.body is not None and action != "status":
        raise ValidationFailed.of("body", "The body field belongs to status.")
    chosen = [name for name in OF_REQUESTS if getattr(body, name) not in (None, ALL)]
    if of != HTTP and chosen:
        sentence = f"The {chosen[0]} field chooses requests, and {action} is not about requests."
        raise ValidationFailed.of(chosen[0], sentence)


async def _refuse_unknown_token(control: Control, token_id: int | None) -> None:
    """Raise NotFound for a token that no request can have, so that the fault would never fire."""
    if token_id is None:
        return
    row = await control.database.read(lambda tx: tokens.find_token(tx, token_id), quick=True)
    if row is None:
        raise NotFound.of("token_id", f"There is no token {token_id}.")


def _covering(route: str) -> Callable[[str], bool]:
    """Whether a path belongs to the route. Raises ValidationFailed for an unknown one."""
    if route == ALL:
        return lambda path: not path.startswith(OWN)
    if route in CATALOGUE:
        pattern = re.compile(re.sub(r"\\?{\w+\\?}", "[^/]+", re.escape(CATALOGUE[route].path)))
        return lambda path: pattern.fullmatch(path) is not None
    if not route.startswith("/"):
        sentence = f"There is no endpoint '{route}': name one, or a path that begins with /."
        raise ValidationFailed.of("route", sentence)
    if route.startswith(CONTROL):
        raise ValidationFailed.of("route", "Paths under /_tickiti/test/ never fail.")
    return lambda path: fnmatchcase(path, route)


def _shown(active: ActiveFault) -> ShownFault:
    fault = active.fault
    return {
        "id": active.id,
        "action": fault.action,
        "value": _shortest(fault.value),
        "route": fault.route if fault.of == HTTP else None,
        "times": fault.times,
        "after": fault.after,
        "probability": fault.probability,
        "seed": fault.seed,
        "key": fault.key,
        "token_id": fault.token_id,
        "matched": active.matched,
        "fired": active.fired,
        "is_over": active.is_over,
    }


def _shortest(value: float | None) -> float | None:
    """A whole number as one: a status is 503, a delay may be 0.5."""
    return int(value) if value is not None and value.is_integer() else value
