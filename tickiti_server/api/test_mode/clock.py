"""The endpoints that move the clock of a server in test mode."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled.test_mode import clock as contract
from tickiti_server.api.handler import handles
from tickiti_server.api.test_mode.control import ClockReading, Control
from tickiti_server.api.tokens.bodies.tokens import Moment
from tickiti_server.clock import SECOND, rfc3339
from tickiti_server.validation.fields import Body, Positive
from tickiti_server.validation.json_schema import Time


class Freeze(Body):
    moment: Annotated[
        Moment | None,
        Field(
            description="The time at which the clock stands still; the present one if left out.",
            examples=["2027-01-31T09:00:00+00:00"],
        ),
    ] = None


class Advance(Body):
    seconds: Annotated[
        Positive, Field(description="How far the clock is set forwards.", examples=[86400])
    ]


class ClockTime(TypedDict):
    now: Annotated[Time, Field(description="What the server's clock shows.")]
    is_frozen: Annotated[bool, Field(description="Whether the clock stands still.")]
    ahead_seconds: Annotated[
        int,
        Field(
            description="How far the clock is ahead of the machine's; negative: behind it.",
            examples=[86400],
        ),
    ]
    deliveries_under_way: Annotated[
        int,
        Field(
            description="Mails and callbacks that have not been answered yet. A move waits for"
            " twenty seconds at most.",
            examples=[0],
        ),
    ]


@handles(contract.show)
async def show(control: Control) -> ClockTime:
    """Show the clock of the server."""
    return _shown(await control.clock.show())


@handles(contract.freeze)
async def freeze(control: Control, body: Freeze) -> ClockTime:
    """Stop the clock, at a moment if one is given. What falls due by that happens before the reply.

    Time stands still until the clock is advanced, frozen at another moment or reset. A moment in
    the past is allowed: keys keep their age then, because that never decreases.
    """
    return _shown(await control.clock.freeze(body.moment))


@handles(contract.advance)
async def advance(control: Control, body: Advance) -> ClockTime:
    """Set the clock forwards, frozen or not. What falls due by that happens before the reply.

    In order, each at its moment: tickets on hold open, mail and callbacks are tried again as their
    schedule says, and old keys, delivered mail and unused files are deleted.
    """
    return _shown(await control.clock.advance(body.seconds * SECOND))


@handles(contract.reset)
async def reset(control: Control) -> ClockTime:
    """Set the clock to that of the machine, and let it run."""
    return _shown(await control.clock.reset())


def _shown(reading: ClockReading) -> ClockTime:
    return {
        "now": rfc3339(reading.now),
        "is_frozen": reading.is_frozen,
        "ahead_seconds": round(reading.ahead / SECOND),
        "deliveries_under_way": reading.under_way,
    }
