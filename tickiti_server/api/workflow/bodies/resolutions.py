"""The shapes of resolution categories: bodies and replies."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Flag, Line, Positive, trimmed, wrong
from tickiti_server.validation.json_schema import Written

MOST_CATEGORIES = 100
"""Categories of one order."""

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)


def _colour(value: object) -> str:
    text = trimmed(value) if isinstance(value, str) else ""
    if not _COLOUR.fullmatch(text):
        raise wrong("must be a colour as #rrggbb, such as #2e7d32")
    return text


Name = Annotated[
    Line, Field(description="Its name, unique whatever the case.", examples=["Refunded"])
]
Colour = Annotated[
    str,
    BeforeValidator(_colour),
    Written(pattern=r"^\s*#[0-9A-Fa-f]{6}\s*$"),
    Field(description="The colour that it is shown in, as #rrggbb.", examples=["#2e7d32"]),
]
Selectable = Annotated[
    Flag,
    Field(description="False: kept for old tickets, offered for no new one.", examples=[True]),
]
ResolutionId = Annotated[Positive, Field(description="The category's id.", examples=[1])]


class CreateResolution(Body):
    name: Name
    colour: Colour
    selectable: Selectable = True


class UpdateResolution(Body):
    """Members that are left out keep their values."""

    id: ResolutionId
    name: Name | None = None
    colour: Colour | None = None
    selectable: Selectable | None = None


class FindResolution(Body):
    id: Annotated[ResolutionId, Field(examples=[2])]


class ReorderResolutions(Body):
    ids: Annotated[
        list[Positive],
        Field(
            max_length=MOST_CATEGORIES,
            description="The ids of all categories, in their new order.",
            examples=[[1]],
        ),
    ]


class Resolution(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["Refunded"])]
    colour: Annotated[str, Field(examples=["#2e7d32"])]
    position: Annotated[int, Field(description="Its place in the order.", examples=[1])]
    selectable: Annotated[bool, Field(examples=[True])]
