"""The shapes of an install's health: bodies and replies."""

import math
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Line, Positive, trimmed, wrong
from tickiti_server.validation.json_schema import LINE, Written

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_MOST_GIB = 2.0**40
"""A yobibyte: more than any disk has."""

Status = Literal["ok", "warning", "critical"]


def _gibibytes(value: object) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(trimmed(value)):
        value = float(trimmed(value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong("must be a number")
    if not 0 <= value <= _MOST_GIB or math.isnan(value):
        raise wrong(f"must be from 0 to {_MOST_GIB:.0f}")
    return float(value)


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise wrong("must be an absolute path")
    return path


Gibibytes = Annotated[
    float,
    BeforeValidator(_gibibytes),
    Written(
        type=["number", "string"],
        minimum=0,
        maximum=_MOST_GIB,
        pattern=r"^\s*[0-9]{1,15}(\.[0-9]{1,15})?\s*$",
    ),
]


class StoreDisk(Body):
    """An `id`, or the same path, changes what is there."""

    id: Annotated[Positive | None, Field(description="The disk's id, to change its path.")] = None
    root_path: Annotated[
        Line,
        AfterValidator(_absolute),
        Written(pattern=LINE.replace("^", r"^[\s]*(?=/)", 1)),
        Field(description="A directory on the disk.", examples=["/"]),
    ]
    min_free_space: Annotated[
        Gibibytes, Field(description="Below this, in GiB, the health is critical.", examples=[0.5])
    ]
    warn_free_space: Annotated[
        Gibibytes, Field(description="Below this, in GiB, the health is a warning.", examples=[1])
    ]


class FindDisk(Body):
    id: Annotated[Positive, Field(description="The disk's id.", examples=[1])]


class StoreException(Body):
    """An `id`, or the same pattern, changes what is there."""

    id: Annotated[
        Positive | None, Field(description="The exception's id, to change its pattern.")
    ] = None
    pattern: Annotated[
        Line,
        Field(
            description="Pattern for a failed job's name or error; * matches anything.",
            examples=["*mailbox is full*"],
        ),
    ]
    description: Annotated[
        Line,
        Field(description="Why such jobs are ignored.", examples=["Customers clear it up."]),
    ]


class FindException(Body):
    id: Annotated[Positive, Field(description="The exception's id.", examples=[1])]


class HealthCheck(TypedDict):
    name: Annotated[str, Field(examples=["outbox"])]
    status: Annotated[Status, Field(examples=["warning"])]
    message: Annotated[str, Field(examples=["3 jobs failed."])]


class InstallHealth(TypedDict):
    status: Annotated[Status, Field(description="The worst of the checks.", examples=["warning"])]
    checks: list[HealthCheck]


class HealthDisk(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    root_path: Annotated[str, Field(examples=["/"])]
    min_free_space: Annotated[float, Field(examples=[0.5])]
    warn_free_space: Annotated[float, Field(examples=[1.0])]


class HealthException(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    pattern: Annotated[str, Field(examples=["*mailbox is full*"])]
    description: Annotated[str, Field(examples=["Customers clear it up."])]


class HealthSettings(TypedDict):
    disks: list[HealthDisk]
    exceptions: list[HealthException]
