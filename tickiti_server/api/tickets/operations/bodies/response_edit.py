"""The shapes of changing a response."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from tickiti_server.api.tickets.bodies.show import Response
from tickiti_server.validation.fields import Body, Flag, Positive, Text, wrong
from tickiti_server.validation.json_schema import TEXT, Written

MOST_REPLACEMENTS = 100


def _exact(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("must be a string")
    return value


Exact = Annotated[str, BeforeValidator(_exact), Written(pattern=TEXT)]
"""Text that is not trimmed, because white space counts in a comparison."""


class Replacement(Body):
    """A text in the stored HTML, and the text that it becomes. Neither is trimmed."""

    find: Annotated[Exact, Field(min_length=1, description="The text to find, such as Monday.")]
    replace: Annotated[
        Exact,
        Field(description="The text that takes its place; none if left out."),
    ] = ""
    all: Annotated[
        Flag, Field(description="True: every occurrence. Otherwise there must be exactly one.")
    ] = False

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        """Empty texts are values here."""
        if not isinstance(members, dict):
            return members
        return {name: value for name, value in members.items() if value is not None}


class UpdateResponse(Body):
    """A new body, or replacements in the body, or another visibility, or two of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("content", "replace", "is_internal")]
        }
    )

    response_id: Annotated[Positive, Field(description="The response's id.", examples=[1])]
    content: Annotated[
        Text | None,
        Field(
            description="What it says from now on, as HTML.",
            examples=["A new pair comes on Friday."],
        ),
    ] = None
    replace: Annotated[
        list[Replacement] | None,
        Field(
            min_length=1,
            max_length=MOST_REPLACEMENTS,
            description="In place of content: replacements in its stored HTML, in this order.",
        ),
    ] = None
    is_internal: Annotated[
        Flag | None, Field(description="True: for staff only from now on; false: published.")
    ] = None
    notify: Annotated[
        Flag,
        Field(
            description="True: what is published here is mailed to the participants who are not "
            "staff."
        ),
    ] = False


class ResponseUpdated(TypedDict):
    response: Response
    notified: Annotated[
        bool, Field(description="Whether a mail was sent to anybody.", examples=[False])
    ]
