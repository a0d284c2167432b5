"""The epoch as replies show it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.clock import rfc3339_exact
from tickiti_server.store.access import test_mode


class Epoch(TypedDict):
    epoch: Annotated[
        str,
        Field(
            description="Names the time since the last reset. Each reset begins another.",
            examples=["pXJ0bW9kZS1lcG9jaC1leGFtcGxl"],
        ),
    ]
    epoch_began_at: Annotated[
        str,
        Field(
            description="When the epoch began, by the clock of the machine.",
            examples=["2026-11-24T09:00:00.000000+00:00"],
        ),
    ]


def shown(epoch: test_mode.Epoch) -> Epoch:
    return {"epoch": epoch.name, "epoch_began_at": rfc3339_exact(epoch.began_at)}
