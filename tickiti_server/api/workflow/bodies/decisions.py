"""The shapes of a decision: body and reply."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Line, Positive, Text, wrong

Data = Annotated[
    dict[str, Any],
    Field(description="Edited values by field; the others stay.", examples=[{"price": 99}]),
]
AnswerContent = Annotated[
    Text | None,
    Field(
        description="An answer to the customer that goes with it, as HTML.",
        examples=["You get the discount."],
    ),
]


class Decide(Body):
    ticket_number: Annotated[Positive, Field(description="The ticket.", examples=[220009])]
    data: Data = Field(default_factory=dict)
    content: AnswerContent = None


def _names_one_ticket(number: int | None, info: ValidationInfo) -> int | None:
    """Runs last. A member whose own value was wrong is missing from `info`."""
    given = info.data
    if len(given) < len(Accept.model_fields) - 1:
        return number
    intervention, uid = given["intervention"], given["uid"]
    ways = (number, given["ticket_id"], intervention if intervention is not None else uid)
    if sum(way is not None for way in ways) != 1:
        raise wrong("or ticket_id, or intervention and uid must be sent: one of the three")
    if (intervention is None) != (uid is None):
        raise wrong("may be left out only for both: intervention and uid")
    return number


class Accept(Body):
    """Names one ticket: by number, by id, or by an intervention's name and the request's uid."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["ticket_number"]},
                {"required": ["ticket_id"]},
                {"required": ["intervention", "uid"]},
            ],
        }
    )

    ticket_id: Annotated[
        Positive | None, Field(description="The ticket's id, in place of its number.")
    ] = None
    intervention: Annotated[
        Line | None,
        Field(description="The name of the intervention, with the uid in place of the number."),
    ] = None
    uid: Annotated[Line | None, Field(description="The id under which the other system asked.")] = (
        None
    )
    data: Data = Field(default_factory=dict)
    content: AnswerContent = None
    ticket_number: Annotated[
        Positive | None,
        AfterValidator(_names_one_ticket),
        Field(description="The ticket's number.", examples=[220009], validate_default=True),
    ] = None


class Decided(TypedDict):
    ticket_id: Annotated[int, Field(examples=[1])]
    ticket_number: Annotated[int, Field(examples=[220009])]
    intervention: Annotated[str, Field(examples=["discount_request"])]
    uid: Annotated[str, Field(examples=["SP-2412-0489"])]
    response_id: Annotated[
        int,
        Field(
            description="The answer that went with it; without one, the private response.",
            examples=[3],
        ),
    ]
    data: Annotated[
        dict[str, Any], Field(examples=[{"customer": "Marcus", "price": 99, "accept": True}])
    ]
    callback_id: Annotated[
        str | None,
        Field(
            description="Its callback; null: the intervention makes none.",
            examples=["msg_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]
