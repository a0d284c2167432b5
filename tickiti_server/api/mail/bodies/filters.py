"""The shapes of subjects and excluded addresses of fetched mail: bodies and replies."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.validation.addresses import MOST_ADDRESS, is_address
from tickiti_server.validation.fields import Body, Line, Positive, trimmed, wrong
from tickiti_server.validation.json_schema import Written

_ANY = "*@"


def _address_or_domain(value: object) -> str:
    text = trimmed(value) if isinstance(value, str) else ""
    whole = f"a@{text.removeprefix(_ANY)}" if text.startswith(_ANY) else text
    if not is_address(whole):
        raise wrong("must be an e-mail address, or *@ and a domain")
    return text


class CreateSubject(Body):
    subject: Annotated[Line, Field(description="A subject of mail.", examples=["Out of office"])]


class CreateExcluded(Body):
    email: Annotated[
        str,
        BeforeValidator(_address_or_domain),
        Written(maxLength=MOST_ADDRESS),
        Field(
            description="An e-mail address, or *@DOMAIN for all addresses of a domain.",
            examples=["*@newsletter.example"],
        ),
    ]


class DeleteFilter(Body):
    id: Annotated[Positive, Field(description="The row's id.", examples=[1])]


class Subject(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    subject: Annotated[str, Field(examples=["Out of office"])]


class Excluded(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    email: Annotated[str, Field(examples=["*@newsletter.example"])]
